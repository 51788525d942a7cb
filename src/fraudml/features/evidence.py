"""The claims and lines behind a feature: the rows an inspector asks the provider to show."""

from collections.abc import Iterable
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.features.bases import Bases
from fraudml.features.catalogue import feature, needs_of
from fraudml.features.entry import Feature
from fraudml.features.families import FAMILIES
from fraudml.features.line_families import lines_at

_EMPTY = pa.schema(
    [
        ("entity_id", pa.string()),
        ("feature", pa.string()),
        ("claim_id", pa.string()),
        ("line_no", pa.int64()),
        ("served_on", pa.date32()),
        ("code", pa.string()),
        ("amount_fen", pa.int64()),
    ]
)


def evidence_rows(
    engine: Engine,
    claims: Claims,
    grain: GrainName,
    feature_names: Iterable[str],
    as_of: date,
    entity_ids: Iterable[str],
    *,
    bases: Bases | None = None,
) -> ir.Table:
    """Claims or lines of these entities that make up these features, as known by one date.

    returns entity_id, feature, claim_id, line_no (null for a whole claim), served_on, code (item
    of a line, diagnosis of a claim), amount_fen (billed on the line, paid by the fund on the
    claim); unordered, one row per feature and claim or line. Features without single rows and
    features not assessed have none.
    bases  the tables of an earlier call for the same date, so that they are not computed again
    """
    tables = bases or Bases(engine, claims, (as_of,))
    ids = sorted(set(entity_ids))
    entries = [feature(name, grain) for name in dict.fromkeys(feature_names)]
    shown = [e for e in entries if e.rows is not None and not claims.missing(needs_of(e))]
    if not shown or not ids:
        return engine.table(_EMPTY.empty_table(), "features-no-evidence")
    return reduce(lambda one, other: one.union(other), [_rows(tables, e, ids) for e in shown])


def _rows(b: Bases, entry: Feature, ids: list[str]) -> ir.Table:
    family = FAMILIES[entry.family]
    key = GRAINS[entry.grain].key
    base = b.numbers.named(family.make(b), key, *family.back)
    behind = base.filter(base[key].isin(ids))
    behind = behind.filter(entry.rows(behind))  # type: ignore[misc]
    if not family.back:
        return _shown(behind, key, entry)
    source = b.claim if family.source == "claim" else lines_at(b)
    back = tuple(dict.fromkeys((*family.back, key)))
    wanted = source.filter(source[key].isin(ids))
    named = behind.select(**{f"wanted_{name}": behind[name] for name in back}).distinct()
    same = [wanted[name].identical_to(named[f"wanted_{name}"]) for name in back]
    return _shown(wanted.semi_join(named, same), key, entry)


def _shown(t: ir.Table, key: str, entry: Feature) -> ir.Table:
    if "line_no" in t.columns:
        return t.select(
            entity_id=t[key],
            feature=ibis.literal(entry.name),
            claim_id=t.claim_id,
            line_no=t.line_no,
            served_on=t.served_on,
            code=t.item_code,
            amount_fen=t.amount_fen,
        )
    return t.select(
        entity_id=t[key],
        feature=ibis.literal(entry.name),
        claim_id=t.claim_id,
        line_no=ibis.null("int64"),
        served_on=t.admitted_on,
        code=t.diagnosis_code,
        amount_fen=t.fund_amount_fen,
    )
