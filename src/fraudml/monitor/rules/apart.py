"""Rules about being in two places: cards seen minutes apart, time and again, in other districts."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared, timed


def _minutes_apart(at: Shared, values: Values) -> ir.Table:
    """Visits or sales within minutes of another one in another district, several of one person."""
    t = at.claim.filter(~at.claim.visit_kind.isin(["inpatient", "emergency"]))
    t = at_two_places(t, "patient_no", "provider_region", values)
    return found(t, Part(("patient_id",), "elsewhere_too", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on",
                         who=("patient_id",)))  # fmt: skip


def at_two_places(t: ir.Table, who: str, place: str, values: Values) -> ir.Table:
    """Visits within minutes of the last one of the same person elsewhere, where these are several.

    t      claims; left out are those without a moment, that person or that place
    who    column of the person by whom or for whom they are; place  column of where they were
    values of a rule that asks for ``minutes`` (fewer than) and ``times`` (at least)
    """
    t = timed(t).filter(lambda r: r[who].notnull(), lambda r: r[place].notnull())
    before = ibis.window(group_by=who, order_by=["started_at", "claim_no"])
    t = t.mutate(
        place_before=t[place].lag().over(before), at_before=t.started_at.lag().over(before)
    )
    apart = t.started_at.epoch_seconds() - t.at_before.epoch_seconds()
    t = t.filter(
        t.place_before != t[place],
        apart.cast("float64") < values.number("minutes", t, "visited_on") * 60.0,
    )
    t = t.mutate(times_n=t.count().over(ibis.window(group_by=who)))
    return t.filter(t.times_n.cast("float64") >= values.number("times", t, "visited_on"))


APART: tuple[Rule, ...] = (
    Rule(
        id="R11.minutes_apart", result_type="suspicious", grain="patient", stage="during",
        needs=("claims.started_at", "providers.region_code"),
        thresholds=(("minutes", "minutes"), ("times", "count")), clause="41(1)", no_clause=None,
        words=("a card is used in two districts within minutes, time and again",
               "同一凭证多次在数分钟内于两个区县使用"),
        amount=("what the fund paid of the later one; at most of that", "后一次的基金支付额"),
        exceptions=(("a time or two: family may fetch drugs while the person is seen",
                     "一两次（家属代为取药）"),
                    ("emergencies and stays", "急诊和住院"),
                    ("visits whose moment is not recorded", "未记录就诊时刻"),
                    ("places of one district", "同一区县内")),
        find=_minutes_apart,
    ),
)  # fmt: skip
