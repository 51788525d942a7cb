"""Rules about what comes back: the same visit, the same stay, the same person in a bed.

Courses of treatment repeat themselves, and the ill come back. Only whoever sees it far more often
than peers with like patients is listed.
"""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import Rule
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import COUNTED, PEERS, RATE, unusual_of_each
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.rules.stays import continued
from fraudml.monitor.shared import Shared, prefixed, second_of_day, timed

_SAME_VISIT = ("patient_no", "provider_no", "diagnosis_code", "lines_n", "content")
_SAME_STAY = ("stay_days", "lines_n", "content", "course")


def _settled_again(at: Shared, values: Values) -> ir.Table:
    """Visits that repeat the person's last one line by line, some days later."""
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic", "emergency"]))
    t = t.filter(t.total_amount_fen > 0, t.diagnosis_code.notnull())
    t = t.filter(~prefixed(t.diagnosis_code, values.codes("staged_diagnoses")))
    t = t.select(*COUNTED, "patient_no", "diagnosis_code", "diagnosis_group", "started_at")
    t = t.inner_join(bill(at).select("claim_no", "lines_n", "content"), "claim_no")
    more = at.keep("copied_visits", lambda: _copied(t, values))
    t = t.left_join(more, "claim_no").drop("claim_no_right")
    return unusual_of_each(at, t, t.copied, values, "settled_again", "diagnosis_group")


def _copied(t: ir.Table, values: Values) -> ir.Table:
    """Which of these visits are copies: most are like no other, and need no look back."""
    alike = t.group_by(*_SAME_VISIT).agg(alike_n=t.count())
    t = t.semi_join(alike.filter(alike.alike_n > 1), list(_SAME_VISIT))
    order = ibis.window(group_by=list(_SAME_VISIT), order_by=["visited_on", "claim_no"])
    gap = days_between(t.visited_on, t.visited_on.lag().over(order)).cast("float64")
    again = gap <= values.number("days", t, "visited_on")
    # of one moment or one unknown moment of a day: a copy, which another rule counts
    again &= (gap > 0) | (t.started_at != t.started_at.lag().over(order)).coalesce(False)
    again &= t.lines_n.cast("float64") >= values.number("least_lines", t, "visited_on")
    t = t.mutate(again=again.coalesce(False))
    # visit after visit alike is a course, held against peers by its days: a copy is one or two
    runs = ibis.cumulative_window(group_by=list(_SAME_VISIT), order_by=["visited_on", "claim_no"])
    t = t.mutate(run=(~t.again).cast("int64").sum().over(runs))
    t = t.mutate(again_n=t.again.cast("int64").sum().over(
        ibis.window(group_by=[*_SAME_VISIT, "run"])))  # fmt: skip
    copied = t.again & (t.again_n.cast("float64") <= values.number("copies", t, "visited_on"))
    return t.filter(copied).select("claim_no", copied=ibis.literal(True))


def _stay_copied(at: Shared, values: Values) -> ir.Table:
    """Stays with every item and quantity of an earlier one, on the same days after admission."""
    t = at.stay.filter(at.stay.stay_days >= 1)
    left_out = values.codes("staged_diagnoses") + values.codes("scheduled_diagnoses")
    t = t.filter(~prefixed(t.diagnosis_code, left_out))
    b = bill(at).select("claim_no", "lines_n", "content", "course", "exams_n", "drugs_n")
    t = t.inner_join(b, "claim_no")
    here = ibis.window(group_by=["provider_no", *_SAME_STAY], order_by=["visited_on", "claim_no"])
    same = ibis.window(group_by=["provider_no", *_SAME_STAY])
    every = ibis.window(group_by=list(_SAME_STAY))
    here_n, all_n = t.count().over(same), t.count().over(every)
    copied = ibis.row_number().over(here) > 0
    # what others bill alike is a standard package
    copied &= here_n.cast("float64") >= all_n.cast("float64") * values.number(
        "share_here", t, "visited_on"
    )
    copied &= t.lines_n.cast("float64") >= values.number("least_lines", t, "visited_on")
    copied &= (t.exams_n + t.drugs_n) > 0  # bed and care alone are alike for everybody
    t = t.mutate(copied=copied)
    return unusual_of_each(at, t, t.copied, values, "stay_copied")


def _back_soon(at: Shared, values: Values) -> ir.Table:
    """Stays that begin soon after another at the provider, and do not count as a part of it."""
    t, last = at.stay, ibis.window(group_by="patient_no", order_by=["admitted_on", "claim_no"])
    t = t.mutate(place_before=t.provider_no.lag().over(last))
    here = ibis.window(group_by=["patient_no", "provider_no"], order_by=["admitted_on", "claim_no"])
    gap = days_between(t.admitted_on, t.discharged_on.lag().over(here))
    staged = prefixed(t.diagnosis_code, values.codes("staged_diagnoses"))
    left = t.disposition.lag().over(here)
    # transferred, and not seen in any other bed before the return, was not transferred
    gone = (left == "against_advice") | (
        (left == "transferred") & (t.place_before != t.provider_no)
    )
    t = t.mutate(
        gap=gap, staged=staged, after_staged=staged.lag().over(here), gone=gone.coalesce(False)
    )
    parts = continued(at, at.knowledge.values("R06.split_stay")).select(
        "claim_no", "again", "between"
    )
    t = t.inner_join(parts, "claim_no")
    back = (t.gap >= 0) & (t.gap.cast("float64") <= values.number("days", t, "admitted_on"))
    other = t.again | t.between | t.gone | t.after_staged.coalesce(False)
    t = t.filter(~t.staged).mutate(back=(back & ~other).coalesce(False))
    late = t.gap.cast("float64") > values.number("gap_days", t, "admitted_on")
    # apart from each other: many come back at once for something else, few in the second week
    rows = unusual_of_each(at, t, t.back, values, "back_soon", middle=True)
    later = unusual_of_each(at, t, t.back & late, values, "back_later", middle=True)
    return rows.union(later.mutate(role=ibis.literal("back_soon")))


def _goes_on_elsewhere(at: Shared, values: Values) -> ir.Table:
    """Stays that ended at home and went on at once, for the same illness, in another house's bed.

    Whoever gets worse goes up: only steps to a house of the same level or below count, and both
    houses are asked.
    """
    t = at.stay.filter(~prefixed(at.stay.diagnosis_code, values.codes("staged_diagnoses")))
    order = ibis.window(group_by="patient_no", order_by=["admitted_on", "claim_no"])
    t = t.mutate(
        **{f"{name}_next": t[name].lead().over(order) for name in
           ("admitted_on", "provider_no", "diagnosis_group", "level")}
    )  # fmt: skip
    gap = days_between(t.admitted_on_next, t.discharged_on).cast("float64")
    goes_on = (
        (gap >= 0.0)
        & (gap <= values.number("days", t, "admitted_on"))
        & (t.provider_no_next != t.provider_no)
        & (t.diagnosis_group_next == t.diagnosis_group)
        & (t.level_next <= t.level)
        & (t.disposition == "home")
    )
    t = t.mutate(goes_on=goes_on.coalesce(False))
    t = t.mutate(came_on=t.goes_on.lag().over(order).coalesce(False))
    return unusual_of_each(at, t, t.goes_on | t.came_on, values, "goes_on_elsewhere")


def _round_trip(at: Shared, values: Values) -> ir.Table:
    """Stays that take up again, at once, whom another house had taken over at once.

    Who needs what only a greater house can do goes there and comes back to recover: a house of a
    higher level that put the stay into a heavier group than the one before is left out.
    """
    t = at.stay.filter(~prefixed(at.stay.diagnosis_code, values.codes("staged_diagnoses")))
    order = ibis.window(group_by="patient_no", order_by=["admitted_on", "claim_no"])
    told = ("provider_no", "diagnosis_group", "discharged_on", "admitted_on", "level", "drg_weight")
    t = t.mutate(
        **{f"{name}_{ago}": t[name].lag(ago).over(order) for name in told for ago in (1, 2)}
    )
    there = days_between(t.admitted_on_1, t.discharged_on_2)
    back = days_between(t.admitted_on, t.discharged_on_1)
    far = ibis.greatest(there, back).cast("float64")
    needed = (t.level_1 > t.level) & (t.drg_weight_1 > t.drg_weight_2).coalesce(True)
    trip = (
        (t.provider_no_2 == t.provider_no)
        & (t.provider_no_1 != t.provider_no)
        & (t.diagnosis_group_2 == t.diagnosis_group)
        & (t.diagnosis_group_1 == t.diagnosis_group)
        & (there >= 0)
        & (back >= 0)
        & (far <= values.number("days", t, "admitted_on"))
        & ~needed.coalesce(True)
    )
    return unusual_of_each(at, t, trip, values, "round_trip")


def _daily_at_one_hour(at: Shared, values: Values) -> ir.Table:
    """Visits of a person on many days on end, without a pause, at the same hour to the minute."""
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    t = timed(t.filter(~prefixed(t.diagnosis_code, values.codes("staged_diagnoses"))))
    who = ["patient_no", "provider_no"]
    days = (
        t.mutate(second=second_of_day(t.started_at).cast("int64"))
        .group_by(*who, "visited_on", *PEERS)
        .agg(second=lambda d: d.second.min())
    )
    order = {"group_by": who, "order_by": "visited_on"}
    before = ibis.window(**order)
    gap = days_between(days.visited_on, days.visited_on.lag().over(before))
    apart = (days.second - days.second.lag().over(before)).abs().cast("float64")
    on_end = (gap == 1) & (apart <= values.number("minutes", days, "visited_on") * 60.0)
    days = days.mutate(new=(~on_end).coalesce(True).cast("int64"))
    days = days.mutate(run=days.new.sum().over(ibis.cumulative_window(**order)))
    days = days.mutate(run_n=days.count().over(ibis.window(group_by=[*who, "run"])))
    long = days.filter(days.run_n.cast("float64") >= values.number("days", days, "visited_on"))
    long = long.select(*who, "visited_on", daily=ibis.literal(True))
    t = t.left_join(long, [*who, "visited_on"])
    t = t.drop(*(f"{name}_right" for name in (*who, "visited_on")))
    return unusual_of_each(at, t, t.daily, values, "daily", "diagnosis_group")


_FEN = (
    "at most what the fund paid of the later ones; in the middle, beyond the expected",
    "至多为后一次的基金支付额；中值为超出预期部分",
)
_STAGED = ("staged treatment, by its diagnosis", "按疗程的治疗（按诊断）")
_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")
_LINES = "claim_lines.item_code"

AGAIN: tuple[Rule, ...] = (
    Rule(
        id="R05.settled_again", result_type="suspicious", grain="provider", stage="during",
        needs=(_LINES, "claims.diagnosis_code"),
        thresholds=(*RATE, ("days", "days"), ("least_lines", "count"), ("copies", "count"),
                    ("staged_diagnoses", "codes")),
        clause="38(3)", no_clause=None,
        words=("visits repeat the person's last one line by line within days, beyond peers",
               "数日内逐项重复同一人上次就诊的全部明细，频次高于同类"),
        amount=_FEN,
        exceptions=(_STAGED,
                    ("courses that peers give for the same illness", "同类机构同病种的疗程"),
                    ("more of the same behind it: a course of treatment", "其后连续多次相同：疗程"),
                    ("visits of few lines", "明细行数少的就诊"), _FEW),
        find=_settled_again,
    ),
    Rule(
        id="R02.stay_copied", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "items.kind"),
        thresholds=(*RATE, ("least_lines", "count"), ("share_here", "share"),
                    ("staged_diagnoses", "codes"), ("scheduled_diagnoses", "codes")),
        clause="40(1)", no_clause=None,
        words=("stays repeat an earlier one: the same items and quantities on the same days",
               "住院逐日逐项重复此前某次住院的项目与数量，频次高于同类"),
        amount=_FEN,
        exceptions=(_STAGED,
                    ("planned operations that are all alike, by diagnosis",
                     "内容统一的集中择期手术（按诊断）"),
                    ("contents that other providers bill too: a standard package",
                     "其他机构也有的标准套餐"),
                    ("stays of bed and care alone, or of few lines",
                     "仅床位护理或明细行数少的住院"),
                    _FEW),
        find=_stay_copied, of_house=True,
    ),
    Rule(
        id="R06.back_soon", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code",),
        thresholds=(*RATE, ("gap_days", "days"), ("days", "days"), ("staged_diagnoses", "codes")),
        clause="38(1)", no_clause=None,
        words=("people are taken in again by the 15th day, whatever illness or ward, beyond peers",
               "出院后十五日内再次收住（不论诊断和科室），频次高于同类"),
        amount=_FEN,
        exceptions=(_STAGED, ("cataract: the other eye, days or weeks later",
                              "白内障（另一眼择期手术）"),
                    ("a stay before it that ended against advice", "此前为自动出院"),
                    ("a transfer and the way back, with a stay elsewhere between",
                     "转院后转回（其间有他院住院）"),
                    ("parts of one stay for one illness, which another rule counts",
                     "同病种连续住院由分解住院规则核查"), _FEW),
        find=_back_soon,
    ),
    Rule(
        id="R06.goes_on_elsewhere", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code", "claims.disposition", "providers.level"),
        thresholds=(*RATE, ("days", "days"), ("staged_diagnoses", "codes")),
        clause="38(1)", no_clause=None,
        words=("stays end at home and go on in another house's bed for one illness, beyond peers",
               "出院回家后即以同病种转入另一机构住院，频次高于同类"),
        amount=("at most what the fund paid of both; in the middle, beyond the expected",
                "至多为两次住院基金支付额；中值为超出预期部分"),
        exceptions=(_STAGED, ("declared transfers", "已标明的转院"),
                    ("a house of a higher level: who gets worse goes up", "转往更高级别机构"),
                    ("another illness", "不同病种"), _FEW),
        find=_goes_on_elsewhere,
    ),
    Rule(
        id="R06.round_trip", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.diagnosis_code", "providers.level"),
        thresholds=(*RATE, ("days", "days"), ("staged_diagnoses", "codes")),
        clause="38(1)", no_clause=None,
        words=("people go to another house's bed and come straight back for one illness",
               "同一病种住院后即转他院住院、随后即转回再住院，频次高于同类"),
        amount=("at most what the fund paid after the return; in the middle, beyond the expected",
                "至多为转回后住院的基金支付额；中值为超出预期部分"),
        exceptions=(_STAGED,
                    ("a house of a higher level that did more: a heavier group, or none known",
                     "上级机构完成更复杂诊治后转回康复（病组更重或病组未知）"),
                    ("another illness there or afterwards", "他院或转回后为不同病种"),
                    ("days at home between", "其间有居家日"), _FEW),
        find=_round_trip,
    ),
    Rule(
        id="R01.daily_at_one_hour", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.started_at", "claims.diagnosis_code"),
        thresholds=(*RATE, ("days", "days"), ("minutes", "minutes"),
                    ("staged_diagnoses", "codes")),
        clause="40(3)", no_clause=None,
        words=("people come on many days on end, Sundays too, at the same minute, beyond peers",
               "同一人连续多日不间断（含周日）于同一时刻就诊，频次高于同类"),
        amount=("at most what the fund paid of the visits; in the middle, beyond the expected",
                "至多为相关就诊的基金支付额；中值为超出预期部分"),
        exceptions=(("staged and daily treatment, by its diagnosis: substitutes for opioids",
                     "按疗程或每日治疗（按诊断，含阿片类替代治疗）"),
                    ("courses that peers give for the same illness day by day",
                              "同类机构同病种逐日进行的疗程"),
                    ("courses with a day of rest", "其间有休息日的疗程"),
                    ("visits whose moment is not recorded", "未记录就诊时刻"), _FEW),
        find=_daily_at_one_hour,
    ),
)  # fmt: skip
