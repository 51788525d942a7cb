"""Hits held against entities: counts by window and rule, and amounts with every line once."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName

WINDOWS_DAYS = (90, 365)
# Whom a hit may be held against: a provider answers for whatever it settled, a practitioner for
# what was billed under the own number, a patient only for what rules say of patients.
HELD_AGAINST: dict[GrainName, tuple[GrainName, ...]] = {
    "provider": ("provider", "practitioner", "patient"),
    "practitioner": ("provider", "practitioner"),
    "patient": ("patient",),
}
COUNT_TYPES = pa.schema(
    [("grain", pa.string()), ("entity_id", pa.string()), ("as_of", pa.date32()),
     ("window_days", pa.int64()), ("rule_id", pa.string()), ("typology", pa.string()),
     ("result_type", pa.string()), ("hits", pa.int64()), ("claims", pa.int64()),
     ("amount_fen", pa.int64())]
)  # fmt: skip
ISSUE_TYPES = pa.schema(
    [("grain", pa.string()), ("entity_id", pa.string()), ("as_of", pa.date32()),
     ("violation_fen", pa.int64()), ("suspicious_fen", pa.int64()),
     ("suspicious_high_fen", pa.int64())]
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Hits as of one date with their rows, from stage monitor or what a later one left of them."""

    as_of: date
    hits: ir.Table  # columns of data/monitor/hits.parquet
    rows: ir.Table  # columns of data/monitor/hit_lines.parquet
    assessed: pa.Table  # rule_id, typology, result_type, grain of every rule that could be asked


def held(engine: Engine, told: Told, *, name: str = "live") -> tuple[ir.Table, ir.Table]:
    """What each entity has against it: hits by window and rule, and amounts at issue.

    name     of the tables that are kept
    returns  COUNT_TYPES and ISSUE_TYPES: what monitor/counts.py writes of one date
    """
    named = engine.keep(_named(engine, told), f"held-named-{name}")
    counts = engine.keep(_counted(named, told), f"held-counts-{name}")
    return counts, engine.keep(_at_issue(named, told), f"held-at-issue-{name}")


def _named(engine: Engine, told: Told) -> ir.Table:
    """One row per hit of the last year, window and entity it is held against."""
    windows = pa.table(
        {
            "window_days": pa.array(WINDOWS_DAYS, pa.int64()),
            "since": pa.array([told.as_of - timedelta(days=n) for n in WINDOWS_DAYS], pa.date32()),
        }
    )
    w = engine.table(windows, "monitor-windows")
    h = told.hits.inner_join(w, told.hits.known_on > w.since)
    about: dict[GrainName, list[str]] = {
        grain: [
            r["rule_id"] for r in told.assessed.to_pylist() if r["grain"] in HELD_AGAINST[grain]
        ]
        for grain in GRAINS
    }
    parts = [
        h.filter(h[grain.key].notnull(), h.rule_id.isin(about[name])).select(
            "hit_id", "rule_id", "typology", "result_type", "window_days", "amount_fen",
            grain=ibis.literal(name), entity_id=h[grain.key],
        )
        for name, grain in GRAINS.items()
        if about[name]
    ]  # fmt: skip
    if not parts:
        return h.limit(0).select(
            "hit_id", "rule_id", "typology", "result_type", "window_days", "amount_fen",
            grain=ibis.null("string"), entity_id=ibis.null("string"),
        )  # fmt: skip
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _counted(named: ir.Table, told: Told) -> ir.Table:
    """Hits, claims and amount by entity, window and rule."""
    keys = ["grain", "entity_id", "window_days", "rule_id"]
    rows = told.rows
    pairs = rows.select("hit_id", "claim_id").distinct()
    claims = named.inner_join(pairs, "hit_id").select(*keys, "claim_id").distinct()
    claims = claims.group_by(keys).agg(claims=claims.count())
    hits = named.group_by(keys).agg(
        typology=named.typology.max(), result_type=named.result_type.max(), hits=named.count(),
        amount_fen=named.amount_fen.sum(),
    )  # fmt: skip
    j = hits.inner_join(claims, keys).mutate(as_of=_day(told.as_of))
    return j.select(*COUNT_TYPES.names)


def _at_issue(named: ir.Table, told: Told) -> ir.Table:
    """Amounts of an entity over all rules: each line once, violations before suspicions.

    A row that speaks of a whole claim and rows of its lines are one amount, the larger of the two.
    """
    year = named.filter(named.window_days == max(WINDOWS_DAYS))
    year = year.select("hit_id", "grain", "entity_id", sure=year.result_type == "violation")
    r = told.rows.select("hit_id", "claim_id", "line_no", "amount_fen", "amount_high_fen")
    j = year.inner_join(r, "hit_id")
    line = j.group_by("grain", "entity_id", "claim_id", "line_no").agg(
        sure_fen=j.amount_fen.max(where=j.sure).coalesce(0),
        any_fen=j.amount_fen.max(), high_fen=j.amount_high_fen.max(),
    )  # fmt: skip
    claim = line.group_by("grain", "entity_id", "claim_id").agg(
        **{name: _once(line, name) for name in ("sure_fen", "any_fen", "high_fen")}
    )
    whole = claim.group_by("grain", "entity_id").agg(
        violation_fen=claim.sure_fen.sum(),
        suspicious_fen=(claim.any_fen - claim.sure_fen).sum(),
        suspicious_high_fen=(ibis.greatest(claim.high_fen, claim.sure_fen) - claim.sure_fen).sum(),
    )
    return whole.mutate(as_of=_day(told.as_of)).select(*ISSUE_TYPES.names)


def _once(line: ir.Table, name: str) -> ir.Value:
    of_claim = line[name].max(where=line.line_no.isnull()).coalesce(0)
    of_lines = line[name].sum(where=line.line_no.notnull()).coalesce(0)
    return ibis.greatest(of_claim, of_lines)


def _day(day: date) -> ir.DateScalar:
    return ibis.date(day.year, day.month, day.day)
