"""A rule about days in bed on which nothing is done any more: the person may have gone home."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import Rule, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, unusual_of_each
from fraudml.monitor.shared import Shared, prefixed

_FIRST = ibis.date(2000, 1, 1)


def _care(at: Shared, values: Values) -> ir.Table:
    """The items that every day of a stay has: the bed, the round and the nursing."""
    i = at.item.inner_join(at.code, "code_no")
    named = prefixed(i.item_code, values.codes("care_codes")) & (i.item_kind == "service")
    care = ((i.item_kind == "bed") | named).coalesce(False)
    return i.filter(care).select("item_no", care=ibis.literal(True))


def _treated(at: Shared, values: Values) -> ir.Table:
    """One row per stay with lines: the last days with something else than care, and with care.

    returns  claim_no, treated (number of the last day that anything done or given reaches, null
             where nothing was), cared (of the last day with care), care_fen (paid of all care)
    """
    care = _care(at, values)
    t = at.line.filter(at.line.inpatient, at.line.amount_fen > 0)
    t = t.left_join(care, "item_no").drop("item_no_right")
    so = t.care.coalesce(False)
    day = days_between(t.served_on, _FIRST)
    reaches = day + ibis.greatest(t.days_supply.coalesce(1), 1) - 1
    return t.group_by("claim_no").agg(
        treated=reaches.max(where=~so), cared=day.max(where=so),
        care_fen=t.fund_fen.sum(where=so).coalesce(0),
    )  # fmt: skip


def _empty_days(at: Shared, values: Values) -> ir.Table:
    """Stays whose last days have bed and care and nothing else, more of them than at peers."""
    t = at.stay.filter(at.stay.stay_days >= 2).inner_join(_treated(at, values), "claim_no")
    t = t.filter(~t.disposition.isin(["died", "against_advice"]).coalesce(False))
    left = days_between(t.discharged_on, _FIRST)
    came = days_between(t.admitted_on, _FIRST)
    empty = left - 1 - ibis.greatest(t.treated.coalesce(came), came)
    t = t.mutate(empty_n=empty, to_the_end=t.cared >= left - 2)
    many = t.empty_n.cast("float64") >= values.number("days", t, "visited_on")
    paid = share_of(ibis.greatest(t.care_fen, 0), ibis.greatest(t.empty_n, 0), t.stay_days)
    t = t.mutate(fund_amount_fen=ibis.least(paid, ibis.greatest(t.fund_amount_fen, 0)))
    return unusual_of_each(at, t, many & t.to_the_end, values, "empty_days")


EMPTY: tuple[Rule, ...] = (
    Rule(
        id="R07.empty_days", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind"),
        thresholds=(*RATE, ("days", "days"), ("care_codes", "codes")),
        clause="38(1)", no_clause=None,
        words=("stays end with days of nothing but bed and nursing, more often than at peers",
               "住院末段连续数日仅有床位、诊察和护理费用，频次高于同类"),
        amount=("at most what the fund paid of bed and care then; mid: beyond the expected",
                "至多为上述日期床位护理的基金支付额；中值为超出预期部分"),
        exceptions=(("the day of discharge", "出院日"),
                    ("days that a supply given before reaches", "此前所给药品可覆盖的日期"),
                    ("stays that ended by death or against advice", "死亡或自动出院"),
                    ("stays whose bed is not billed to the end", "床位费未计至出院的住院"),
                    ("houses whose peers keep people as long: the rate of the like is taken off",
                     "同类机构同样存在的观察恢复期"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_empty_days,
    ),
)  # fmt: skip
