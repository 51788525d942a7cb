"""Rules about persons: dead, in two places, supplied twice, on duty beyond the day."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.claims.regions import pool_of
from fraudml.claims.whole_numbers import whole
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import RATE, counted, outlying
from fraudml.monitor.shared import SCALE, Shared, timed

_LINES = "claim_lines.item_code"


def _after_death(at: Shared, values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.died_on.notnull())
    late = days_between(t.admitted_on, t.died_on).cast("float64")
    t = t.filter(late > values.number("grace_days", t, "admitted_on"))
    t = t.mutate(both_known_on=ibis.greatest(t.settled_on, t.death_known_on))
    fen = t.fund_amount_fen
    return found(t, Part(("claim_id",), "after_death", fen, fen, fen, known_on="both_known_on",
                         happened_on="visited_on"))  # fmt: skip


def _two_places(at: Shared, values: Values) -> ir.Table:
    t = at.claim
    t = timed(t.filter(~t.visit_kind.isin(["pharmacy", "inpatient"])))
    t = t.select("claim_no", "patient_no", "provider_no", "provider_region", "started_at",
                 "visited_on", "level", "provider_kind")  # fmt: skip
    before = ibis.window(group_by="patient_no", order_by=["started_at", "claim_no"])
    t = t.mutate(
        place_before=t.provider_no.lag().over(before), at_before=t.started_at.lag().over(before),
        region_before=t.provider_region.lag().over(before), no_before=t.claim_no.lag().over(before),
    )  # fmt: skip
    apart = t.started_at.epoch_seconds() - t.at_before.epoch_seconds()
    far = pool_of(t.region_before) != pool_of(t.provider_region)
    near = values.number("minutes_same_prefecture", t, "visited_on")
    limit = far.coalesce(False).ifelse(
        values.number("minutes_other_prefecture", t, "visited_on"), near
    )
    t = t.filter(t.place_before != t.provider_no, apart.cast("float64") < limit * 60.0)
    t = at.claim.inner_join(t.select("claim_no", "no_before"), "claim_no")
    last = at.claim.view().select(
        no_before="claim_no", claim_before="claim_id", fund_before="fund_amount_fen",
        settled_before="settled_on",
    )  # fmt: skip
    t = t.inner_join(last, "no_before")
    t = t.mutate(both_settled_on=ibis.greatest(t.settled_on, t.settled_before))
    who, key = ("patient_id",), ("claim_before", "claim_id")
    second = Part(key, "visit", NOTHING, t.fund_amount_fen, t.fund_amount_fen,
                  known_on="both_settled_on", happened_on="visited_on", who=who)  # fmt: skip
    one = t.select(
        "patient_id", "visited_on", "both_settled_on", "provider_id", "practitioner_id",
        "claim_before", "fund_before", later=t.claim_id, claim_id=t.claim_before,
    )  # fmt: skip
    first = Part(("claim_before", "later"), "visit", NOTHING, NOTHING, one.fund_before,
                 known_on="both_settled_on", happened_on="visited_on", who=who)  # fmt: skip
    return found(t, second).union(found(one, first))


def _lines_after_death(at: Shared, values: Values) -> ir.Table:
    """Lines served after the person's death, of claims that began in time."""
    t = at.claim.filter(at.claim.died_on.notnull())
    late = days_between(t.admitted_on, t.died_on).cast("float64")
    t = t.filter(late <= values.number("grace_days", t, "admitted_on"))
    t = t.select("claim_no", "died_on", "death_known_on")
    rows = at.told(at.line.inner_join(t, "claim_no").filter(lambda r: r.served_on > r.died_on))
    late = days_between(rows.served_on, rows.died_on).cast("float64")
    rows = rows.filter(late > values.number("grace_days", rows, "served_on"))
    rows = rows.mutate(both_known_on=ibis.greatest(rows.settled_on, rows.death_known_on))
    fen = ibis.greatest(rows.fund_fen, 0)
    return found(rows, Part(("claim_id",), "after_death", NOTHING, fen, fen,
                            known_on="both_known_on"))  # fmt: skip


def _supplies(at: Shared) -> ir.Table:
    """One row per dispensing of a drug, beside how far the earlier supplies reach."""
    drugs = at.limits("item_kind")
    t = at.line.inner_join(drugs.filter(drugs.item_kind == "drug"), "item_no")
    t = t.filter(t.days_supply > 0, t.quantity_e4 > 0, ~t.inpatient)
    t = t.select(
        "claim_no", "line_no", "patient_no", "provider_no", "practitioner_no", "code_no",
        "served_on", "second", "days_supply", "fund_fen",
        start_day=days_between(t.served_on, ibis.date(2000, 1, 1)).cast("int32"),
    )  # fmt: skip
    often = t.group_by("patient_no", "code_no").agg(fetched_n=t.count())
    t = t.inner_join(often.filter(often.fetched_n > 1).drop("fetched_n"), ["patient_no", "code_no"])
    t = t.mutate(end_day=t.start_day + t.days_supply)
    order = {"group_by": ["patient_no", "code_no"],
             "order_by": ["served_on", "second", "claim_no", "line_no"]}  # fmt: skip
    t = t.mutate(reach=t.end_day.max().over(ibis.cumulative_window(**order)))
    before = ibis.window(**order)
    return t.mutate(
        reach_before=t.reach.lag().over(before), place_before=t.provider_no.lag().over(before)
    )


def supply(at: Shared) -> ir.Table:
    """Drugs given out with their days of supply, computed once."""
    return at.keep("supply", lambda: _supplies(at))


def _overlapping(at: Shared, values: Values, *, elsewhere: bool) -> ir.Table:
    t = supply(at)
    t = t.mutate(overlap_days=t.reach_before - t.start_day).filter(lambda r: r.overlap_days > 0)
    place = (t.place_before != t.provider_no) if elsewhere else (t.place_before == t.provider_no)
    t = at.told(t.filter(place))
    t = t.filter(t.overlap_days.cast("float64") > values.number("overlap_days", t, "served_on"))
    who = ("patient_id",) if elsewhere else ("provider_id", "patient_id")
    key = (*who, "item_code")
    t = t.mutate(times_n=t.count().over(ibis.window(group_by=list(key))))
    t = t.filter(t.times_n.cast("float64") >= values.number("times", t, "served_on"))
    part = share_of(t.fund_fen, ibis.least(t.overlap_days, t.days_supply), t.days_supply)
    return found(t, Part(key, "supplied_again", NOTHING, part, t.fund_fen, who=who))


def _supplied_elsewhere(at: Shared, values: Values) -> ir.Table:
    return _overlapping(at, values, elsewhere=True)


def _supplied_again(at: Shared, values: Values) -> ir.Table:
    return _overlapping(at, values, elsewhere=False)


def timed_lines(at: Shared) -> ir.Table:
    """Lines of items with usual minutes, by whom: minutes_total."""
    i = at.limits("minutes")
    t = at.line.inner_join(i.filter(i.minutes > 0), "item_no")
    minutes = t.minutes.cast("float64") * t.quantity_e4.cast("float64") / SCALE
    t = t.mutate(minutes_total=whole(minutes))
    return t.filter(t.practitioner_no.notnull(), t.minutes_total > 0)


def _days_of_work(at: Shared) -> ir.Table:
    """One row per practitioner and day: day_minutes, provider_no (one of that day)."""
    t = timed_lines(at)
    days = t.group_by("practitioner_no", "served_on").agg(
        day_minutes=t.minutes_total.sum(), provider_no=t.provider_no.min()
    )
    return at.keep("days_of_work", lambda: days)


def _long_days(at: Shared, values: Values) -> ir.Table:
    """Practitioners whose days are long far more often than those of their like.

    One long day is a duty. A number that others use as well has them again and again, and need
    never reach the hours of a whole day.
    """
    days = _days_of_work(at)
    p = at.provider.select("provider_no", "level", "provider_kind")
    days = days.inner_join(p, "provider_no")
    limit = values.number("minutes", days, "served_on")
    days = days.mutate(beyond=1.0 - limit / days.day_minutes.cast("float64"))
    own = ("practitioner_no",)
    over = outlying(at, counted(days, days.beyond > 0.0, unit=own), values, unit=own)
    long = days.filter(days.beyond > 0.0).select("practitioner_no", "served_on", "beyond")
    long = long.inner_join(over, long.practitioner_no == over.over_practitioner_no)
    t = timed_lines(at)
    rows = at.told(t.inner_join(long, ["practitioner_no", "served_on"]))
    part = rows.fund_fen.cast("float64") * rows.beyond * rows.excess_share
    mid = ibis.greatest(part.round().cast("int64"), 0)
    return found(rows, Part(("practitioner_id",), "on_duty", NOTHING, mid,
                            ibis.greatest(rows.fund_fen, 0), who=("practitioner_id",)))  # fmt: skip


def _long_day(at: Shared, values: Values) -> ir.Table:
    # no practitioner has a level or kind of their own: only the general value can hold
    days = _days_of_work(at).drop("provider_no")
    days = days.mutate(level=ibis.null("int64"), provider_kind=ibis.null("string"))
    limit = values.number("minutes", days, "served_on")
    long = days.filter(days.day_minutes.cast("float64") > limit)
    long = long.select(who=long.practitioner_no, day=long.served_on, day_minutes=long.day_minutes,
                       longest=values.number("minutes", long, "served_on"))  # fmt: skip
    t = timed_lines(at)
    rows = at.told(t.inner_join(long, [t.practitioner_no == long.who, t.served_on == long.day]))
    beyond = rows.day_minutes.cast("float64") - rows.longest
    return found(rows, Part(("practitioner_id", "day"), "on_duty", NOTHING,
                            share_of(rows.fund_fen, beyond, rows.day_minutes), rows.fund_fen,
                            who=("provider_id", "practitioner_id")))  # fmt: skip


PEOPLE: tuple[Rule, ...] = (
    Rule(
        id="R16.long_days", result_type="suspicious", grain="practitioner", stage="after",
        needs=(_LINES, "items.minutes"), thresholds=(*RATE, ("minutes", "minutes")),
        clause=None, no_clause=UNNAMED,
        words=(("the usual minutes billed in one number make long days, far more often than at "
                "peers; numbers are shared"),
               "同一工号单日项目常规耗时屡次偏长，频次高于同类；工号可能共用"),
        amount=("of the minutes beyond, on unexpected days, what the fund paid; at most of all",
                "超时部分中超出预期天数的基金支付额；上限为相关各日"),
        exceptions=(("a long day now and then, by the lower limit of their number",
                     "偶有的长时工作日（按数量下限判定）"),
                    ("items without usual minutes", "无常规耗时的项目"),
                    ("lines of a stay without a practitioner of their own",
                     "住院明细未注明医师")),
        find=_long_days,
    ),
    Rule(
        id="R19.lines_after_death", result_type="suspicious", grain="patient", stage="during",
        needs=(_LINES, "patients.died_on"), thresholds=(("grace_days", "days"),), clause=None,
        no_clause=UNNAMED,
        words=("a stay that began in life goes on being billed after the person's death",
               "生前开始的住院或就诊在死亡日之后仍有收费明细"),
        amount=("at most what the fund paid of the lines", "至多为相关行的基金支付额"),
        exceptions=(("the days of grace in which the last day is written up",
                     "末日费用补记宽限日"),
                    ("deaths not yet known by the as-of date", "截止日尚未知悉的死亡")),
        find=_lines_after_death,
    ),
    Rule(
        id="R19.service_after_death",
        result_type="violation",
        grain="patient",
        stage="during",
        needs=("patients.died_on",),
        thresholds=(("grace_days", "days"),),
        clause=None,
        no_clause=UNNAMED,
        words=("a visit or stay begins after the person's death", "死亡日之后开始的就诊或住院"),
        amount=("what the fund paid of the claim", "该结算单基金支付额"),
        exceptions=(
            ("a stay that began before the death and was settled later", "死亡前入院、死亡后结算"),
            ("the days of grace in which deaths are recorded", "死亡登记宽限日"),
            ("deaths not yet known by the as-of date", "截止日尚未知悉的死亡"),
        ),
        find=_after_death,
    ),
    Rule(
        id="R11.two_places",
        result_type="suspicious",
        grain="patient",
        stage="during",
        needs=("claims.started_at", "providers.region_code"),
        thresholds=(
            ("minutes_same_prefecture", "minutes"),
            ("minutes_other_prefecture", "minutes"),
        ),
        clause="41(1)",
        no_clause=None,
        words=(
            "one person is seen at two providers within a time that no way between them takes",
            "同一人在无法往返的时间内于两家机构就诊",
        ),
        amount=("at most what the fund paid of both visits", "至多为两次就诊的基金支付额"),
        exceptions=(
            ("drugs fetched at a pharmacy, which family may do", "药店购药（可代购）"),
            ("stays, whose hour is that of the paper work", "住院（办理时刻）"),
        ),
        find=_two_places,
    ),
    Rule(
        id="R12.supplied_elsewhere",
        result_type="suspicious",
        grain="patient",
        stage="during",
        needs=(_LINES, "claim_lines.days_supply", "items.kind"),
        thresholds=(("overlap_days", "days"), ("times", "count")),
        clause="41(3)",
        no_clause=None,
        words=(
            "several times a drug is fetched at another provider long before the supply is used up",
            "药量尚余较多时多次在另一机构重复取药",
        ),
        amount=(
            "what the fund paid of the days in stock already; at most of the lines",
            "重叠天数对应的基金支付额；上限为整行",
        ),
        exceptions=(
            ("a new supply a few days early", "提前数日续药"),
            ("a single time", "仅一次"),
            ("drugs given during a stay", "住院期间用药"),
        ),
        find=_supplied_elsewhere,
    ),
    Rule(
        id="R09.supplied_again",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=(_LINES, "claim_lines.days_supply", "items.kind"),
        thresholds=(("overlap_days", "days"), ("times", "count")),
        clause="38(2)",
        no_clause=None,
        words=(
            "a provider gives out a drug again long before the supply is used up, several times",
            "同一机构在药量尚余较多时多次重复开药",
        ),
        amount=(
            "what the fund paid of the days in stock already; at most of the lines",
            "重叠天数对应的基金支付额；上限为整行",
        ),
        exceptions=(
            ("a new supply a few days early", "提前数日续药"),
            ("a single time", "仅一次"),
            ("drugs given during a stay", "住院期间用药"),
        ),
        find=_supplied_again,
    ),
    Rule(
        id="R16.day_above_24_hours",
        result_type="suspicious",
        grain="practitioner",
        stage="after",
        needs=(_LINES, "items.minutes"),
        thresholds=(("minutes", "minutes"),),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "the usual minutes billed on one day exceed it; no evidence alone, numbers are shared",
            "医师单日项目常规耗时合计超过一日；工号可能共用，不得单独作为依据",
        ),
        amount=(
            "what the fund paid of the minutes beyond the day; at most of the day",
            "超出部分的基金支付额；上限为全日",
        ),
        exceptions=(
            ("items without usual minutes", "无常规耗时的项目"),
            ("lines of a stay without a practitioner of their own", "住院明细未注明医师"),
        ),
        find=_long_day,
    ),
)  # fmt: skip
