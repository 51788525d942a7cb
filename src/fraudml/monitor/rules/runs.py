"""Days with far more than usual, and fees settled for many at once, for which nobody came."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, Said, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import BILLED, RATE, least_likely
from fraudml.monitor.rules.mix import item_mix
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import Shared, prefixed

IN_A_RUN: Said = ("a flat fee that most who bill it settle for many on one day (enrolled families)",
                  "多数机构均集中批量结算的定额费用（如家庭医生签约费）")  # fmt: skip
_PERSONS = 10  # with this fee and nothing else on one day: a run
_HOUSES = 3  # that settle it so, and most of all that bill it: the fund's way, no house's
_OF = ("provider_no", "code_no")
_TOLD = ("claim_lines.item_code", "items.kind")


def settled_in_a_run(at: Shared) -> ir.Table:
    """Claims of one service alone, as most houses that bill it settle it for many on one day.

    Three in four of a house's lines of it are such. What most bill beside other care, and one
    house for everybody by itself, is no such fee.

    returns  claim_no
    """
    if at.claims.missing(_TOLD):
        return at.claim.limit(0).select("claim_no")
    return at.keep("settled_in_a_run", lambda: _in_a_run(at))


def _in_a_run(at: Shared) -> ir.Table:
    b = bill(at).filter(lambda r: (r.lines_n == 1) & (r.services_n == 1))
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    t = t.select("claim_no", "patient_no", "provider_no", "visited_on")
    t = t.inner_join(b.select("claim_no", code_no="first_code"), "claim_no")
    day = t.group_by(*_OF, "visited_on").agg(n=t.count(), persons_n=t.patient_no.nunique())
    day = day.filter(day.persons_n >= _PERSONS)
    run = day.group_by(*_OF).agg(run_n=day.n.sum())
    m = item_mix(at).filter(lambda r: ~r.inpatient)
    m = m.group_by(*_OF).agg(lines_n=m.lines_n.sum())
    m = m.left_join(run, list(_OF))
    m = m.select(*_OF, so=m.run_n.coalesce(0) * 4 >= m.lines_n * 3)
    fee = m.group_by("code_no").agg(houses_n=m.count(), so_n=m.so.cast("int64").sum())
    fee = fee.filter(fee.so_n >= _HOUSES, fee.so_n * 2 > fee.houses_n)
    house = m.filter(m.so).semi_join(fee, "code_no")
    return t.semi_join(day, [*_OF, "visited_on"]).semi_join(house, list(_OF)).select("claim_no")


def _crowded_day(at: Shared, values: Values) -> ir.Table:
    """Days with many more visits than the provider's own days, and than the fund's same day."""
    t = at.claim.filter(~at.claim.visit_kind.isin(["inpatient", "emergency"]))
    t = t.anti_join(settled_in_a_run(at), "claim_no")
    days = t.group_by("provider_no", "visited_on", "level", "provider_kind").agg(
        visits_n=t.count(),
        checks_n=prefixed(t.diagnosis_code, values.codes("check_up_diagnoses")).cast("int64").sum(),
    )
    own, day = ibis.window(group_by="provider_no"), ibis.window(group_by="visited_on")
    d = days.mutate(
        own_n=days.visits_n.sum().over(own), own_days_n=days.count().over(own),
        day_n=days.visits_n.sum().over(day) - days.visits_n,
    )  # fmt: skip
    fund = ibis.window()
    first, last = d.visited_on.min().over(fund), d.visited_on.max().over(fund)
    d = d.mutate(dates_n=days_between(last, first) + 1, fund_n=d.visits_n.sum().over(fund))
    usual = (d.own_n - d.visits_n).cast("float64") / (d.own_days_n - 1).nullif(0).cast("float64")
    fund_day = (d.fund_n - d.own_n).cast("float64") / d.dates_n.cast("float64")
    season = d.day_n.cast("float64") / fund_day.nullif(0.0)
    expected = usual * ibis.greatest(season.coalesce(1.0), 1.0)
    low = least_likely(d.visits_n, values.number("tail_z", d, "visited_on"))
    d = d.filter(
        d.visits_n.cast("float64") >= values.number("least", d, "visited_on"),
        d.own_days_n.cast("float64") >= values.number("days", d, "visited_on"),
        low > values.number("times", d, "visited_on") * expected,
        d.checks_n * 2 < d.visits_n,
    )
    crowded = d.select(
        at_no="provider_no", on_day="visited_on",
        beyond=1.0 - usual / d.visits_n.cast("float64"),
    )  # fmt: skip
    j = t.inner_join(crowded, [t.provider_no == crowded.at_no, t.visited_on == crowded.on_day])
    mid, fen = beyond_expected(j.fund_amount_fen, j.beyond)
    return found(j, Part((*BILLED, "visited_on"), "crowded_day", NOTHING, mid, fen,
                         happened_on="visited_on", who=BILLED))  # fmt: skip


_FEN = (
    "at most what the fund paid of the claims; in the middle, of those beyond the expected",
    "至多为相关结算单基金支付额；中值为超出预期部分",
)

RUNS: tuple[Rule, ...] = (
    Rule(
        id="R01.crowded_day", result_type="suspicious", grain="provider", stage="after",
        needs=(), thresholds=(*RATE, ("days", "count"), ("check_up_diagnoses", "codes")),
        clause="40(3)", no_clause=None,
        words=("a day with far more visits than the provider's own days and the fund's same day",
               "某日就诊量远高于本机构平日及全基金当日水平"),
        amount=_FEN,
        exceptions=(("days on which the whole fund is busier: an epidemic",
                     "全基金同日上升（流行病）"),
                    ("screening days, by their diagnoses", "体检筛查日（按诊断）"),
                    IN_A_RUN, ("providers with few days", "就诊日少的机构")),
        find=_crowded_day,
    ),
)  # fmt: skip
