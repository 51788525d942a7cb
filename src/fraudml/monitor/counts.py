"""Hits by entity as of each date: what models may learn from, known no later than they were.

The rules are asked anew of what each earlier date knew. A hit of today cannot stand for one of
then: a reversal or a death that came later, a share over a month that was still filling, a chain
of stays that had not ended would all be seen differently.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.engine import Engine
from fraudml.monitor.beyond import BEYOND_TYPES, beyond_of_year
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.held import COUNT_TYPES, ISSUE_TYPES, Told, held
from fraudml.monitor.hits import Found, ask_again

_ORDER = ("as_of", "grain", "entity_id", "window_days", "rule_id")
_BEYOND_ORDER = ("as_of", "grain", "entity_id", "rule_id")


def write_counts(at: SharedOfDates, live: Found, earlier: Iterable[date], out: Path) -> None:
    """Write counts, at_issue, beyond and assessed as sorted parquet files into out.

    at       what the live hits were found with; gives way to the earlier dates
    live     what the rules found as of the live date; is not asked again
    earlier  dates before it, of which the same rules are asked
    counts   grain, entity_id, as_of, window_days (90 or 365, by the day the hit was known),
             rule_id, typology, result_type, hits, claims, amount_fen (middle)
    at_issue grain, entity_id, as_of, violation_fen, suspicious_fen, suspicious_high_fen: over 365
             days and all rules, every claim line counted once, and not as suspicious for what
             violations already count
    beyond   grain, entity_id, as_of, rule_id, typology, result_type, claims, amount_fen (middle),
             expected_e6 (claims in hits that like entities' rate leads to expect, in millionths),
             beyond_fen (of the amount, what exceeds that by the lower limit of the count): of the
             hits of 365 days, by the claims they stand on
    assessed rule_id, typology, result_type, grain (whom the rule is about)
    """
    engine = at.engine
    counts, issues = [_empty(engine, COUNT_TYPES, "counts")], [_empty(engine, ISSUE_TYPES, "at")]
    beyond = [_empty(engine, BEYOND_TYPES, "beyond")]
    about = _assessed(live)
    for number, found in enumerate(_each(at, live, earlier)):
        told = Told(found.as_of, found.hits, found.rows, about)
        one, at_issue = held(engine, told, name=str(number))
        counts.append(one)
        issues.append(at_issue)
        beyond.append(engine.keep(beyond_of_year(at, found), f"monitor-beyond-{number}"))
    engine.make_parquet(ibis.union(*counts), out / "counts.parquet", order_by=_ORDER)
    engine.make_parquet(ibis.union(*issues), out / "at_issue.parquet", order_by=_ORDER[:3])
    engine.make_parquet(ibis.union(*beyond), out / "beyond.parquet", order_by=_BEYOND_ORDER)
    engine.make_parquet(
        engine.table(about, "monitor-assessed"), out / "assessed.parquet",
        order_by=("rule_id",),
    )  # fmt: skip


def _each(at: SharedOfDates, live: Found, earlier: Iterable[date]) -> Iterator[Found]:
    """What was found as of each date, the live one first: asking again replaces its tables."""
    yield live
    for day in sorted(set(earlier) - {live.as_of}, reverse=True):
        yield ask_again(at, live, day)


def _empty(engine: Engine, form: pa.Schema, name: str) -> ir.Table:
    return engine.table(form.empty_table(), f"monitor-no-{name}")


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
