"""Rules about whether a card was checked: who lets visits pass, and who says it of all of them.

Fraud selects: it leaves the check out for some persons, days or bills. Where a house says ``none``
of everybody for months, its software says so, or nobody there ever asks: both are to be asked, and
neither says which of the visits were another's.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, unusual_of_each, unusual_of_persons
from fraudml.monitor.shared import Shared

_QUARTER = ("provider_no", "quarter")


def _said(at: Shared) -> ir.Table:
    """Claims of which it is said how the person was checked; an emergency comes first."""
    t = at.claim.filter(at.claim.identity_check.notnull(), at.claim.visit_kind != "emergency")
    return t.mutate(quarter=t.visited_on.truncate("Q"), none=t.identity_check == "none")


def _of_all(at: Shared) -> ir.Table:
    """Providers and quarters in which nobody was checked: provider_no, quarter.

    Either a house says so of nearly all its claims, or it does from some quarter on or for some
    quarters, at no more claims than at other times: invented visits come on top of the others.
    """
    values = at.knowledge.values("R25.nobody_checked")
    t = _said(at)
    q = t.group_by(*_QUARTER, "level", "provider_kind").agg(
        n=t.count(), hits=t.none.cast("int64").sum()
    )
    house = ibis.window(group_by="provider_no")
    q = q.mutate(on=at.as_of, all_n=q.n.sum().over(house), all_hits=q.hits.sum().over(house),
                 quarters_n=q.count().over(house))  # fmt: skip
    share, least = values.number("share", q, "on"), values.number("least_claims", q, "on")
    n, others = q.n.cast("float64"), (q.quarters_n - 1).cast("float64")
    always = (q.all_n.cast("float64") >= least) & (q.all_hits >= share * q.all_n)
    usual = (q.all_n - q.n).cast("float64") * (values.number("pace_change", q, "on") + 1.0)
    for_a_time = (n >= least) & (q.hits >= share * n) & (n * others <= usual)
    return q.filter(always | (for_a_time & (others > 0))).select(*_QUARTER)


def _chosen(at: Shared) -> ir.Table:
    """Claims of houses and quarters in which somebody was checked."""
    return _said(at).anti_join(at.keep("nobody_checked", lambda: _of_all(at)), list(_QUARTER))


def _unchecked(at: Shared, values: Values) -> ir.Table:
    t = _chosen(at)
    return unusual_of_each(at, t, t.none, values, "unchecked", "visit_kind")


def _person_unchecked(at: Shared, values: Values) -> ir.Table:
    t = _chosen(at)
    return unusual_of_persons(at, t, t.none, values, "unchecked", "visit_kind")


def _nobody_checked(at: Shared, _values: Values) -> ir.Table:
    t = _said(at).filter(lambda r: r.none)
    t = t.semi_join(at.keep("nobody_checked", lambda: _of_all(at)), list(_QUARTER))
    return found(t, Part(("provider_id",), "unchecked", NOTHING, NOTHING, t.fund_amount_fen,
                         happened_on="visited_on", who=("provider_id",)))  # fmt: skip


_FEN = ("at most what the fund paid of the claims", "至多为相关结算单基金支付额")
_NEEDS = ("claims.identity_check",)
_URGENT = ("emergencies", "急诊")
_FEW = ("providers with few such claims, by the lower limit of their number",
        "按数量下限判定，数量少的机构不列入")  # fmt: skip
_ALL = ("quarters in which a house checks nobody: `R25.nobody_checked`",
        "全季度均无核验记录的机构（见 `R25.nobody_checked`）")  # fmt: skip

CHECKED: tuple[Rule, ...] = (
    Rule(
        id="R11.unchecked", result_type="suspicious", grain="provider", stage="during",
        needs=_NEEDS, thresholds=RATE, clause="40(1)", no_clause=None,
        words=("visits are settled without any check of identity, more often than at peers",
               "未核验身份即结算，频次高于同类"),
        amount=_FEN, exceptions=(_URGENT, _ALL, _FEW), find=_unchecked,
    ),
    Rule(
        id="R11.person_unchecked", result_type="suspicious", grain="patient", stage="after",
        needs=_NEEDS, thresholds=RATE, clause="41(1)", no_clause=None,
        words=("a person's visits are settled without a check far more often than others'",
               "同一人就诊未核验身份的频次远高于他人"),
        amount=_FEN,
        exceptions=(_URGENT, _ALL,
                    ("a few times, by the lower limit of their number", "偶发（按数量下限判定）")),
        find=_person_unchecked,
    ),
    Rule(
        id="R25.nobody_checked", result_type="suspicious", grain="provider", stage="after",
        needs=_NEEDS,
        thresholds=(("share", "share"), ("least_claims", "count"), ("pace_change", "share")),
        clause="39(3)", no_clause=None,
        words=(("a provider says of all its visits that nobody was checked: its software sends it "
                "so, or it never asks for the card"),
               "机构全部结算单均标注未核验身份：系统默认值，或从不核验凭证，请核实"),
        amount=_FEN,
        exceptions=(_URGENT, ("quarters with far more claims than at other times",
                              "结算量远高于平时的季度"), ("few claims", "结算单很少")),
        find=_nobody_checked, of_house=True,
    ),
)  # fmt: skip
