"""Who and where: what the accepted claims say of the entities on a list."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName


@dataclass(frozen=True)
class Subject:
    """One entity: providers by name, persons by pseudonym alone; null where not known."""

    name: str | None = None
    kind: str | None = None  # provider's kind, practitioner's specialty, patient's scheme
    level: int | None = None
    region_code: str | None = None
    place_id: str | None = None  # a person's provider with the most claims
    place_name: str | None = None
    claims_n: int | None = None
    first_settled_on: date | None = None
    last_settled_on: date | None = None

    def plain(self) -> dict[str, Any]:
        """For JSON and pages."""
        return asdict(self)


def find_subjects(
    engine: Engine, claims: Claims, ids: list[str], *, grain: GrainName, as_of: date
) -> dict[str, Subject]:
    """Every id with what is known of it by ``as_of``; an id nothing is known of stays empty."""
    listed = engine.table(pa.table({"id": pa.array(ids, pa.string())}), f"lead_ids_{grain}")
    facts: dict[str, dict[str, Any]] = {entity: {} for entity in ids}
    for found in (
        _attributes(claims, listed, grain, as_of),
        _activity(claims, listed, grain, as_of),
        _places(claims, listed, grain, as_of),
    ):
        if found is not None:
            for row in engine.rows(found, at_most=len(ids)).to_pylist():
                facts[row.pop("id")].update(row)
    return {entity: Subject(**known) for entity, known in facts.items()}


def _attributes(claims: Claims, listed: ir.Table, grain: GrainName, as_of: date) -> ir.Table | None:
    if grain == "provider":
        t = claims.table("providers").rename(id="provider_id")
        return t.semi_join(listed, "id").select("id", "name", "kind", "level", "region_code")
    if grain == "patient":
        t = claims.table("patients").rename(id="patient_id")
        return t.semi_join(listed, "id").select("id", "region_code", kind="scheme")
    if not claims.has("practitioners"):
        return None
    t = claims.table("practitioners").rename(id="practitioner_id")
    known = t.filter(t.registered_from <= as_of).semi_join(listed, "id")
    order = [known.registered_from.desc(), known.provider_id]
    newest = known.mutate(
        place=ibis.row_number().over(ibis.window(group_by=known.id, order_by=order))
    )
    return newest.filter(newest.place == 0).select("id", kind="specialty")


def _activity(claims: Claims, listed: ir.Table, grain: GrainName, as_of: date) -> ir.Table | None:
    mine = _claims_of(claims, listed, grain, as_of)
    if mine is None:
        return None
    return mine.group_by("id").agg(
        claims_n=mine.count(),
        first_settled_on=mine.settled_on.min(),
        last_settled_on=mine.settled_on.max(),
    )


def _places(claims: Claims, listed: ir.Table, grain: GrainName, as_of: date) -> ir.Table | None:
    mine = None if grain == "provider" else _claims_of(claims, listed, grain, as_of)
    if mine is None:
        return None
    counted = mine.group_by(["id", "provider_id"]).agg(n=mine.count())
    order = [counted.n.desc(), counted.provider_id]
    ranked = counted.mutate(
        place=ibis.row_number().over(ibis.window(group_by=counted.id, order_by=order))
    )
    first = ranked.filter(ranked.place == 0)
    names = claims.table("providers").select("provider_id", "name", "level", "region_code")
    joined = first.left_join(names, "provider_id")
    place = {"place_id": joined.provider_id, "place_name": joined.name}
    if grain == "practitioner":
        place |= {"level": joined.level, "region_code": joined.region_code}
    return joined.select("id", **place)


def _claims_of(claims: Claims, listed: ir.Table, grain: GrainName, as_of: date) -> ir.Table | None:
    key = GRAINS[grain].key
    if not claims.assessed(f"claims.{key}"):
        return None
    t = claims.table("claims")
    own = t.filter(t.settled_on <= as_of, t.reverses_claim_id.isnull())
    columns = {"id": own[key], "provider_id": own.provider_id, "settled_on": own.settled_on}
    return own.select(**columns).semi_join(listed, "id")
