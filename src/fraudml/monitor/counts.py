"""Hits by entity as of each date: what models may learn from, known no later than they were.

The rules are asked anew of what each earlier date knew. A hit of today cannot stand for one of
then: a reversal or a death that came later, a share over a month that was still filling, a chain
of stays that had not ended would all be seen differently.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.monitor.catalogue import RULES
from fraudml.monitor.entry import Rule
from fraudml.monitor.hits import Found, ask
from fraudml.monitor.knowledge.base import Knowledge
from fraudml.monitor.shared import Shared

WINDOWS_DAYS = (90, 365)
# Whom a hit may be held against: a provider answers for whatever it settled, a practitioner for
# what was billed under the own number, a patient only for what rules say of patients.
HELD_AGAINST: dict[GrainName, tuple[GrainName, ...]] = {
    "provider": ("provider", "practitioner", "patient"),
    "practitioner": ("provider", "practitioner"),
    "patient": ("patient",),
}
_COUNTS = ("grain", "entity_id", "as_of", "window_days", "rule_id", "typology", "result_type",
           "hits", "claims", "amount_fen")  # fmt: skip
_ORDER = ("as_of", "grain", "entity_id", "window_days", "rule_id")


def write_counts(
    engine: Engine,
    claims: Claims,
    knowledge: Knowledge,
    live: Found,
    earlier: Iterable[date],
    out: Path,
    *,
    rules: Iterable[Rule] = RULES,
) -> None:
    """Write out/counts.parquet, out/at_issue.parquet and out/assessed.parquet, all sorted.

    live     what the rules found as of the live date; is not asked again
    earlier  dates before it
    counts   grain, entity_id, as_of, window_days (90 or 365, by the day the hit was known),
             rule_id, typology, result_type, hits, claims, amount_fen (middle)
    at_issue grain, entity_id, as_of, violation_fen, suspicious_fen, suspicious_high_fen: over 365
             days and all rules, every claim line counted once, and not as suspicious for what
             violations already count
    assessed rule_id, typology, result_type, grain (whom the rule is about)
    """
    asked = tuple(rules)
    counts, issues = [_empty(engine, _COUNT_TYPES, "counts")], [_empty(engine, _ISSUE_TYPES, "at")]
    for number, found in enumerate(_each(engine, claims, knowledge, live, earlier, asked)):
        named = engine.keep(_named(engine, found), "monitor-named")
        counts.append(engine.keep(_counted(named, found), f"monitor-counts-{number}"))
        issues.append(engine.keep(_at_issue(named, found), f"monitor-at-issue-{number}"))
    engine.make_parquet(ibis.union(*counts), out / "counts.parquet", order_by=_ORDER)
    engine.make_parquet(ibis.union(*issues), out / "at_issue.parquet", order_by=_ORDER[:3])
    engine.make_parquet(
        engine.table(_assessed(live), "monitor-assessed"), out / "assessed.parquet",
        order_by=("rule_id",),
    )  # fmt: skip


def _each(
    engine: Engine,
    claims: Claims,
    knowledge: Knowledge,
    live: Found,
    earlier: Iterable[date],
    rules: tuple[Rule, ...],
) -> Iterator[Found]:
    """What was found as of each date, the live one first: asking again replaces its tables."""
    yield live
    for day in sorted(set(earlier) - {live.as_of}):
        yield ask(Shared(engine, claims, knowledge, day), rules=rules)


_COUNT_TYPES = pa.schema(
    [("grain", pa.string()), ("entity_id", pa.string()), ("as_of", pa.date32()),
     ("window_days", pa.int64()), ("rule_id", pa.string()), ("typology", pa.string()),
     ("result_type", pa.string()), ("hits", pa.int64()), ("claims", pa.int64()),
     ("amount_fen", pa.int64())]
)  # fmt: skip
_ISSUE_TYPES = pa.schema(
    [("grain", pa.string()), ("entity_id", pa.string()), ("as_of", pa.date32()),
     ("violation_fen", pa.int64()), ("suspicious_fen", pa.int64()),
     ("suspicious_high_fen", pa.int64())]
)  # fmt: skip


def _empty(engine: Engine, form: pa.Schema, name: str) -> ir.Table:
    return engine.table(form.empty_table(), f"monitor-no-{name}")


def _named(engine: Engine, found: Found) -> ir.Table:
    """One row per hit of the last year, window and entity it is held against."""
    windows = pa.table(
        {
            "window_days": pa.array(WINDOWS_DAYS, pa.int64()),
            "since": pa.array([found.as_of - timedelta(days=n) for n in WINDOWS_DAYS], pa.date32()),
        }
    )
    w = engine.table(windows, "monitor-windows")
    h = found.hits.inner_join(w, found.hits.known_on > w.since)
    about: dict[GrainName, list[str]] = {
        grain: [rule.id for rule in found.assessed if rule.grain in HELD_AGAINST[grain]]
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


def _counted(named: ir.Table, found: Found) -> ir.Table:
    """Hits, claims and amount by entity, window and rule."""
    keys = ["grain", "entity_id", "window_days", "rule_id"]
    rows = found.rows
    pairs = rows.select("hit_id", "claim_id").distinct()
    claims = named.inner_join(pairs, "hit_id").select(*keys, "claim_id").distinct()
    claims = claims.group_by(keys).agg(claims=claims.count())
    hits = named.group_by(keys).agg(
        typology=named.typology.max(), result_type=named.result_type.max(), hits=named.count(),
        amount_fen=named.amount_fen.sum(),
    )  # fmt: skip
    j = hits.inner_join(claims, keys).mutate(as_of=_day(found.as_of))
    return j.select(*_COUNTS)


def _at_issue(named: ir.Table, found: Found) -> ir.Table:
    """Amounts of an entity over all rules: each line once, violations before suspicions.

    A row that speaks of a whole claim and rows of its lines are one amount, the larger of the two.
    """
    year = named.filter(named.window_days == max(WINDOWS_DAYS))
    year = year.select("hit_id", "grain", "entity_id", sure=year.result_type == "violation")
    r = found.rows.select("hit_id", "claim_id", "line_no", "amount_fen", "amount_high_fen")
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
    return whole.mutate(as_of=_day(found.as_of)).select(*_ISSUE_TYPES.names)


def _once(line: ir.Table, name: str) -> ir.Value:
    of_claim = line[name].max(where=line.line_no.isnull()).coalesce(0)
    of_lines = line[name].sum(where=line.line_no.notnull()).coalesce(0)
    return ibis.greatest(of_claim, of_lines)


def _assessed(found: Found) -> pa.Table:
    rules = found.assessed
    return pa.table(
        {
            "rule_id": pa.array([rule.id for rule in rules], pa.string()),
            "typology": pa.array([rule.typology for rule in rules], pa.string()),
            "result_type": pa.array([rule.result_type for rule in rules], pa.string()),
            "grain": pa.array([rule.grain for rule in rules], pa.string()),
        }
    )


def _day(day: date) -> ir.DateScalar:
    return ibis.date(day.year, day.month, day.day)
