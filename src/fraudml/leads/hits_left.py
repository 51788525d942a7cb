"""Hits of rules that artefacts account for, and those that are left and weigh."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims, Derived
from fraudml.claims.money import insurance_paid
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.features.hits_beside import rule_counts
from fraudml.monitor.beyond import beyond_of_left
from fraudml.monitor.catalogue import RULES
from fraudml.monitor.held import HELD_AGAINST, Told, held

# A rule's hits weigh where few others have as many for what insurance paid them: one in
# twenty, the usual tail; and one or two hits are what any honest entity has. Of a rule that hardly
# anybody has a hit of that no slip accounts for, one in a hundred, a single hit weighs.
TAIL = 0.05
FEW_HITS = 3
RARE = 0.01
FUND, ACCOUNT = "fund_fen_365d", "account_fen_365d"


@dataclass(frozen=True)
class RuleLeft:
    """Of the hits of one rule: how many an artefact accounts for, and the middle sum of others."""

    explained_n: int
    left_fen: int


@dataclass(frozen=True)
class HitsLeft:
    """The hits of one entity, with and without an artefact behind them."""

    explained_n: int = 0
    explained_fen: int = 0
    left_n: int = 0
    left_fen: int = 0
    weighty: tuple[str, ...] = ()  # rules whose remaining hits are far more than others have
    by_rule: Mapping[str, "RuleLeft"] = field(default_factory=dict)

    @property
    def dearest(self) -> tuple[str, ...]:
        """The rules that weigh, the one with most money left first."""
        none = RuleLeft(0, 0)
        left = {name: self.by_rule.get(name, none).left_fen for name in self.weighty}
        return tuple(sorted(self.weighty, key=lambda name: (-left[name], name)))


def counts_left(
    engine: Engine, claims: Claims, judged: ir.Table, hit_lines: ir.Table, of_all: ir.Table,
    assessed: pa.Table, as_of: date,
) -> Derived:  # fmt: skip
    """What features read of rule hits in the repaired claims: those no artefact accounts for.

    of_all, assessed  data/monitor/beyond.parquet and assessed.parquet
    The hits are not asked anew: what of a hit an artefact can bring about is judged once.
    """
    told = Told(as_of, judged.filter(~judged.explained).drop("explained"), hit_lines, assessed)
    left = beyond_of_left(claims.table("claims"), told, of_all, RULES)
    left = engine.keep(left, "left-beyond")
    return rule_counts(engine, *held(engine, told, name="left"), left, assessed)


def hits_left(
    engine: Engine, judged: ir.Table, features: ir.Table, ids: list[str], grain: GrainName
) -> dict[str, HitsLeft]:
    """What is accounted for and what is left, of each of these entities.

    Only hits of rules that may be held against this grain: what a practitioner supplied too often
    is nothing against the patient who took it.
    features  data/features/GRAIN.parquet of the live date: how many entities there are, and what
              the fund paid each
    """
    key = GRAINS[grain].key
    about = [rule.id for rule in RULES if rule.grain in HELD_AGAINST[grain]]
    t = judged.filter(judged[key].notnull(), judged.rule_id.isin(about))
    e = t.explained
    each = t.group_by(entity_id=t[key], rule_id=t.rule_id).agg(
        explained_n=e.cast("int64").sum(), left_n=(~e).cast("int64").sum(),
        explained_fen=e.ifelse(t.amount_high_fen, 0).sum(),
        left_fen=e.ifelse(0, t.amount_high_fen).sum(), middle_fen=e.ifelse(0, t.amount_fen).sum(),
    )  # fmt: skip
    # practitioners have no feature of accounts
    account = features[ACCOUNT] if ACCOUNT in features.columns else ibis.literal(0)
    paid = insurance_paid(features[FUND], account)
    fund = features.select(fund_id=features[key], fund=paid)
    everybody = features.agg(everybody_n=features.count())
    j = each.inner_join(fund, each.entity_id == fund.fund_id).cross_join(everybody)
    j = j.mutate(weight=j.left_n.cast("float64") / ibis.greatest(j.fund, 1.0))
    order = ibis.window(group_by="rule_id", order_by=j.weight.desc())
    holders = (j.left_n > 0).cast("int64").sum().over(ibis.window(group_by="rule_id"))
    ranked = j.mutate(place=ibis.rank().over(order), holders_n=holders)
    wanted = engine.table(pa.table({"wanted": pa.array(ids, pa.string())}), f"gate-ids-{grain}")
    own = ranked.semi_join(wanted, ranked.entity_id == wanted.wanted)
    few = own.place.cast("float64") < TAIL * own.everybody_n.cast("float64")
    rare = own.holders_n.cast("float64") <= RARE * own.everybody_n.cast("float64")
    own = own.select(
        "entity_id", "rule_id", "explained_n", "left_n", "explained_fen", "left_fen", "middle_fen",
        weighty=few & ((own.left_n >= FEW_HITS) | (rare & (own.left_n > 0))),
    )  # fmt: skip
    rows = engine.rows(own, at_most=len(ids) * 10_000).to_pylist()
    found: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        found.setdefault(str(row["entity_id"]), []).append(row)
    return {entity: _summed(mine) for entity, mine in found.items()}


def _summed(rows: list[dict[str, object]]) -> HitsLeft:
    def total(name: str) -> int:
        return sum(int(str(row[name])) for row in rows)

    return HitsLeft(
        total("explained_n"), total("explained_fen"), total("left_n"), total("left_fen"),
        tuple(sorted(str(row["rule_id"]) for row in rows if row["weighty"])),
        {
            str(row["rule_id"]): RuleLeft(
                int(str(row["explained_n"])), int(str(row["middle_fen"]))
            )
            for row in rows
        },
    )  # fmt: skip
