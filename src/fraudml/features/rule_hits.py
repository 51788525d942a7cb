"""What the rules of monitoring found of an entity in a year, by typology and result type.

The pairs of typology and result type that some rule can find, and the clause its rules share, stand
in ``rule_pairs.csv``, written from the rules by ``make docs``: this room imports no rule, so that a
reworded rule makes no model anew.
"""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import ibis
import ibis.expr.types as ir

from fraudml.entities import GRAINS, GrainName
from fraudml.features.bases import WINDOW_DAYS
from fraudml.features.entry import Aggregate, Feature, Law, Writer, ratio
from fraudml.features.hits_beside import TABLE, pair_name

_RESULT_WORDS = {"violation": ("violations", "违规"), "suspicious": ("suspicious acts", "可疑")}
_HALF_Z = 1.645 / 2  # the square root of a count varies by 1/2: Anscombe 1948; one side, 95 %


def surely(hits: ir.NumericValue) -> ir.Value:
    """How many hits remain when chance is taken off: lower 95 % limit of a Poisson mean.

    (sqrt(n) - 0.82)^2: 0.03 of one hit, 0.8 of 3, 23 of 32. One slip is no pattern.
    """
    root = ibis.greatest(hits.cast("float64").sqrt() - _HALF_Z, 0.0)
    return root * root


def hits_feature(pair: str) -> str:
    """The feature that a lead's hits of one typology and result type stand behind."""
    return f"rule_{pair}_hits_to_expected_{WINDOW_DAYS}d"


def share_feature(pair: str) -> str:
    """The feature that says how much of the own fund money one typology and result type concern."""
    return f"rule_{pair}_fund_share_{WINDOW_DAYS}d"


def pairs_of(grain: GrainName) -> tuple[tuple[str, str], ...]:
    """Every typology and result type that some rule can find of a grain: name, typology."""
    return tuple(
        (pair_name(row["typology"], row["result_type"]), row["typology"])
        for row in _pairs()
        if row["grain"] == grain
    )


def hits_to_expected(pair: str) -> Aggregate:
    """Hits that chance does not explain, over one more than the others' rate leads to expect.

    Expected: own claims x hits of the others / claims of the others. So many claims alone say
    nothing, and neither does a single hit among few claims.
    """

    def value(t: ir.Table) -> ir.Value:
        own, claims = t[f"{pair}_hits"].max(), t.claims_n.max()
        rate = ratio(t[f"all_{pair}_hits"].max() - own, t.all_claims_n.max() - claims)
        return surely(own) / (claims.cast("float64") * rate.coalesce(0.0) + 1.0)

    return value


def fund_share(pair: str) -> Aggregate:
    """Amount beyond what like entities have, over own money and the middle entity's.

    Money as in claims/money.py. Between 0 and 1; the middle entity's keeps the tiniest from coming
    first. Null where nobody was paid.
    """

    def value(t: ir.Table) -> ir.Value:
        paid = t.paid_fen.max().cast("float64") + t.usual_fen.max()
        return ratio(t[f"{pair}_beyond_fen"].max(), paid).clip(0.0, 1.0)

    return value


@cache
def _pairs() -> list[dict[str, str]]:
    text = (files("fraudml.features") / "rule_pairs.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _of_pair(grain: GrainName, row: dict[str, str]) -> Iterator[Feature]:
    write = Writer(grain, f"{grain}_rule_hits")
    share = Writer(grain, f"{grain}_rule_hits", per="claims_count_365d", noise="measured")
    typology, result = row["typology"], row["result_type"]
    pair, (en, zh) = pair_name(typology, result), _RESULT_WORDS[result]
    law, needs = Law(typology, 1, row["clause"] or None), (f"{TABLE}.{pair}",)
    yield write(
        hits_feature(pair),
        (f"{en.capitalize()} found by the {typology} rules, to what others' rate leads to expect",
         f"{typology} 类规则命中{zh}次数与预期之比"),
        hits_to_expected(pair), law, needs=needs,
    )  # fmt: skip
    yield share(
        share_feature(pair),
        (f"Share of fund money in {en} of the {typology} rules, beyond what like entities have",
         f"{typology} 类规则命中{zh}金额超出同类水平部分占基金支付比"),
        fund_share(pair), Law(typology, 0, row["clause"] or None), needs=needs,
    )  # fmt: skip


def _totals(grain: GrainName) -> Iterator[Feature]:
    write = Writer(grain, f"{grain}_rule_hits")
    for result, (en, zh) in _RESULT_WORDS.items():
        yield write(
            f"rule_{result}_fen_365d",
            (f"Fund money at issue in {en} that rules found, every claim line counted once",
             f"规则命中{zh}所涉基金（每行明细只计一次）"),
            lambda t, name=f"{result}_fen": t[name].max(),  # type: ignore[misc]
            needs=(f"{TABLE}.{result}",),
        )  # fmt: skip


RULE_HITS: dict[GrainName, tuple[Feature, ...]] = {
    grain: (
        *(entry for row in _pairs() if row["grain"] == grain for entry in _of_pair(grain, row)),
        *_totals(grain),
    )
    for grain in GRAINS
}
