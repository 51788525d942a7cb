"""Hits of monitoring beside what an entity settled: one wide row per entity and as-of date."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Derived
from fraudml.claims.money import insurance_paid
from fraudml.engine import Engine
from fraudml.entities import GrainName
from fraudml.features.bases import WINDOW_DAYS, Bases

TABLE = "rule_counts"
KEY_COLUMN = "hits"
_KEYS = ("grain", "entity_id", "as_of")
_PAIR = ("typology", "result_type")
_RESULTS = ("violation", "suspicious")


def pair_name(typology: str, result_type: str) -> str:
    """The column that a typology and a result type are asked of.

    >>> pair_name("T05", "violation")
    't05_violation'
    """
    return f"{typology.lower()}_{result_type}"


def rule_counts(
    engine: Engine, counts: ir.Table, at_issue: ir.Table, beyond: ir.Table, assessed: pa.Table
) -> Derived:
    """The tables of stage monitor as one that features can ask: wide, one row per entity and date.

    counts, at_issue, beyond, assessed  as monitor/counts.py writes them
    A pair of typology and result type counts as come in where one of its rules was assessed.
    """
    pairs = sorted({(row["typology"], row["result_type"]) for row in assessed.to_pylist()})
    year = counts.filter(counts.window_days == WINDOW_DAYS)
    none = ibis.literal(0, "int64")
    t = year.select(*_KEYS, *_PAIR, "hits", beyond_fen=none)
    t = t.union(beyond.select(*_KEYS, *_PAIR, "beyond_fen", hits=none).select(*t.columns))
    columns: dict[str, ir.Value] = {}
    for typology, result in pairs:
        mine = (t.typology == typology) & (t.result_type == result)
        name = pair_name(typology, result)
        columns[f"{name}_hits"] = t.hits.sum(where=mine).coalesce(0)
        columns[f"{name}_beyond_fen"] = t.beyond_fen.sum(where=mine).coalesce(0)
    wide = t.group_by(*_KEYS).agg(**columns)
    a = at_issue.rename(issue_grain="grain", issue_id="entity_id", issue_as_of="as_of")
    j = wide.left_join(
        a,
        [wide.grain == a.issue_grain, wide.entity_id == a.issue_id, wide.as_of == a.issue_as_of],
    ).drop("issue_grain", "issue_id", "issue_as_of")
    names = {pair_name(*pair) for pair in pairs}
    came = {KEY_COLUMN, *names, *(r for r in _RESULTS if any(r == result for _, result in pairs))}
    return Derived(engine.keep(j, "features-rule-counts"), frozenset(came))


def hits_beside(
    grain: GrainName, counted: Callable[[Bases], ir.Table]
) -> Callable[[Bases], ir.Table]:
    """Everybody who settled anything, beside the hits of a year; 0 where there is none."""

    def make(b: Bases) -> ir.Table:
        own = b.numbers.named(counted(b), "as_of", f"{grain}_id")
        c = b.claims.table(TABLE)
        mine = c.filter(c.grain == grain).drop("grain").rename(hit_id="entity_id", hit_on="as_of")
        j = own.left_join(mine, [own[f"{grain}_id"] == mine.hit_id, own.as_of == mine.hit_on])
        numbers = [n for n in mine.columns if n not in ("hit_id", "hit_on")]
        j = j.mutate(**{name: j[name].coalesce(0) for name in numbers})
        j = j.mutate(paid_fen=insurance_paid(j.fund_fen, j.account_fen))
        paid = j.filter(j.paid_fen > 0)
        usual = paid.group_by(usual_as_of="as_of").agg(usual_fen=paid.paid_fen.median())
        j = j.left_join(usual, j.as_of == usual.usual_as_of).drop("usual_as_of")
        everybody = ibis.window(group_by="as_of")
        hits = [name for name in numbers if name.endswith("_hits")]
        return j.mutate(
            all_claims_n=j.claims_n.sum().over(everybody),
            **{f"all_{name}": j[name].sum().over(everybody) for name in hits},
        )

    return make
