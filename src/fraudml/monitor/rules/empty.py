"""Rules about days in bed on which nothing is done: the person may not be there at all."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, found, share_of
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    OWN,
    PEERS,
    RATE,
    beside,
    beside_totals,
    unusual,
    unusual_of_each,
)
from fraudml.monitor.shared import Shared, prefixed

_FIRST = ibis.date(2000, 1, 1)
_SATURDAY = 0  # 1 January 2000 was one
_LIKE = 10  # stays of others that a mean needs


def _care(at: Shared, values: Values) -> ir.Table:
    """The items that every day of a stay has: the bed, the round and the nursing."""
    i = at.item.inner_join(at.code, "code_no")
    named = prefixed(class_code(i.item_code), values.codes("care_codes")) & (
        i.item_kind == "service"
    )
    care = ((i.item_kind == "bed") | named).coalesce(False)
    return i.filter(care).select("item_no", care=ibis.literal(True))


def _days(at: Shared, values: Values) -> ir.Table:
    """One row per stay and day with lines, in days since 2000.

    returns  claim_no, day, reach (last day that what is done or given then lasts for, null where
             nothing is), cared (whether there is care), care_fen (paid of it), done_fen (billed
             of all else)
    """
    care = _care(at, values)
    t = at.line.filter(at.line.inpatient, at.line.amount_fen > 0)
    t = t.left_join(care, "item_no").drop("item_no_right")
    t = t.mutate(so=t.care.coalesce(False), day=days_between(t.served_on, _FIRST))
    lasts = t.day + ibis.greatest(t.days_supply.coalesce(1), 1) - 1
    return t.group_by("claim_no", "day").agg(
        reach=lasts.max(where=~t.so), cared=t.so.any().cast("int64"),
        care_fen=t.fund_fen.sum(where=t.so).coalesce(0),
        done_fen=t.amount_fen.sum(where=~t.so).coalesce(0),
    )  # fmt: skip


def _gaps(t: ir.Table, values: Values) -> ir.Table:
    """Stays with days on which nothing is done, between others or at their end, and care is billed.

    t        days with lines beside came, admitted_on, level and provider_kind of their stay
    returns  claim_no, treated and cared (the last days of either), between (days of gaps between
             days of treatment), care_fen
    """
    order = {"group_by": "claim_no", "order_by": "day"}
    so_far = ibis.cumulative_window(**order)
    t = t.mutate(cares=t.cared.sum().over(so_far), reached=t.reach.max().over(so_far))
    done, before = t.filter(t.reach.notnull()), ibis.window(**order)
    # the day of admission counts as treated
    until = ibis.greatest(done.reached.lag().over(before).coalesce(done.came), done.came)
    gap = done.day - until - 1
    cared = done.cares - done.cared - done.cares.lag().over(before).coalesce(0)
    counts = gap.cast("float64") >= values.number("days", done, "admitted_on")
    done = done.mutate(empty=(counts & (cared >= gap)).ifelse(gap, 0))
    between = done.group_by("claim_no").agg(treated=done.reach.max(), between=done.empty.sum())
    whole = t.group_by("claim_no").agg(
        cared=t.day.max(where=t.cared > 0), care_fen=t.care_fen.sum()
    )
    return whole.left_join(between, "claim_no").drop("claim_no_right")


def _empty_days(at: Shared, values: Values) -> ir.Table:
    """Stays with days of bed and care and nothing else, more of them than at peers."""
    t = at.stay.filter(at.stay.stay_days >= 2)
    t = t.filter(~t.disposition.isin(["died", "against_advice"]).coalesce(False))
    t = t.mutate(came=days_between(t.admitted_on, _FIRST))
    told = t.select("claim_no", "came", "admitted_on", "level", "provider_kind")
    days = at.keep("days_of_stays", lambda: _days(at, values))
    t = t.inner_join(_gaps(days.inner_join(told, "claim_no"), values), "claim_no")
    left = days_between(t.discharged_on, _FIRST)
    end = left - 1 - ibis.greatest(t.treated.coalesce(t.came), t.came)
    wanted = values.number("days", t, "visited_on")
    at_end = ((end.cast("float64") >= wanted) & (t.cared >= left - 2)).coalesce(False)
    last = at_end.ifelse(end, 0)
    any_n = t.between.coalesce(0) + last
    # apart from each other: rest between treatment is more usual than rest after it
    rows = _unusual(at, t, any_n, values, "empty_days")
    at_last = _unusual(at, t, last, values, "empty_last_days")
    return rows.union(at_last.mutate(role=ibis.literal("empty_days")))


def _weekends(days: ir.Table, values: Values) -> ir.Table:
    """Stays with a bed and care on both days of a weekend: claim_no, empty_n and bare_n.

    Both are days of empty weekends, of which bare ones have nothing at all beside care.
    A weekend is empty where less than a share of what the stay has on a working day is done on it.
    days  of stays, beside admitted_on, level, provider_kind, came and left (days since 2000)
    """
    inner = days.filter(days.day > days.came, days.day < days.left)
    working = (
        inner.filter(inner.day % 7 > _SATURDAY + 1)
        .group_by("claim_no")
        .agg(working_n=lambda d: d.count(), working_fen=lambda d: d.done_fen.sum())
    )
    order = {"group_by": "claim_no", "order_by": "day"}
    inner = inner.mutate(reached=inner.reach.max().over(ibis.cumulative_window(**order)))
    after = ibis.window(**order)
    whole = (
        (inner.day % 7 == _SATURDAY) & (inner.cared > 0) & (inner.cared.lead().over(after) > 0)
        & (inner.day.lead().over(after) == inner.day + 1)
    )  # fmt: skip
    w = inner.mutate(
        whole=whole.coalesce(False), before=inner.reached.lag().over(after),
        two_fen=inner.done_fen + inner.done_fen.lead().over(after),
    ).filter(lambda d: d.whole)  # fmt: skip
    w = w.inner_join(working, "claim_no")
    usual = w.working_fen.cast("float64") / w.working_n.cast("float64")
    little = w.two_fen.cast("float64") < 2.0 * usual * values.number("share", w, "admitted_on")
    reached = w.before.coalesce(w.came) >= w.day
    w = w.mutate(
        empty=(little & ~reached).cast("int64"),
        bare=((w.two_fen == 0) & ~reached).cast("int64"),
    )
    return w.group_by("claim_no").agg(empty_n=2 * w.empty.sum(), bare_n=2 * w.bare.sum())


def _empty_weekends(at: Shared, values: Values) -> ir.Table:
    """Stays on whose weekends hardly anything but care was billed, more of them than at peers."""
    days = at.keep("days_of_stays", lambda: _days(at, at.knowledge.values("R07.empty_days")))
    t = at.stay.filter(~at.stay.disposition.isin(["died", "against_advice"]).coalesce(False))
    if at.claims.has("leave_passes"):
        t = t.anti_join(at.claims.table("leave_passes"), "claim_id")
    t = t.mutate(
        came=days_between(t.admitted_on, _FIRST), left=days_between(t.discharged_on, _FIRST)
    )
    told = t.select("claim_no", "came", "left", "admitted_on", *PEERS)
    w = _weekends(days.inner_join(told, "claim_no"), values)
    care = days.group_by("claim_no").agg(care_fen=days.care_fen.sum())
    t = t.inner_join(w, "claim_no").inner_join(care, "claim_no")
    rows = unusual(at, _at_issue(t), t.empty_n > 0, values, "empty_weekends", middle=True)
    # apart from each other: a little is done on many weekends, nothing on few
    t = t.mutate(empty_n=t.bare_n)
    bare = unusual(at, _at_issue(t), t.empty_n > 0, values, "empty_weekends", middle=True)
    return rows.union(bare)


def _unusual(
    at: Shared, t: ir.Table, empty_n: ir.IntegerValue, values: Values, role: str
) -> ir.Table:
    """Stays with such days where they are too many."""
    t = _at_issue(t.mutate(empty_n=empty_n))
    return unusual_of_each(at, t, t.empty_n > 0, values, role, "diagnosis_group")


def _at_issue(t: ir.Table) -> ir.Table:
    """Stays with what was paid of their care on ``empty_n`` days in place of all that was paid."""
    paid = share_of(ibis.greatest(t.care_fen, 0), t.empty_n, t.stay_days)
    return t.mutate(fund_amount_fen=ibis.least(paid, ibis.greatest(t.fund_amount_fen, 0)))


def _cheap_days(at: Shared, values: Values) -> ir.Table:
    """Stays with far less done a day than others do for such patients, but as much care."""
    care = at.knowledge.values("R07.empty_days")
    days = at.keep("days_of_stays", lambda: _days(at, care))
    n = days.group_by("claim_no").agg(done_fen=days.done_fen.sum(), care_days=days.cared.sum())
    t = at.stay.filter(at.stay.stay_days >= 2, at.stay.diagnosis_group.notnull())
    t = t.filter(~t.disposition.isin(["died", "against_advice"]).coalesce(False))
    t = t.inner_join(n, "claim_no").mutate(ill=lambda r: r.drg_code.coalesce(r.diagnosis_group))
    t = t.filter(t.care_days >= t.stay_days)  # a lump of care says nothing about days
    t = t.mutate(daily_fen=(t.done_fen.cast("float64") / t.stay_days).round().cast("int64"))
    like = ("ill", "level")
    h = t.group_by(*like, *OWN).agg(n=t.count(), fen=t.daily_fen.sum())
    h = beside_totals(h, like, all_n=h.n.sum(), all_fen=h.fen.sum())
    h = h.filter(h.all_n - h.n >= _LIKE)
    usual = (h.all_fen - h.fen).cast("float64") / (h.all_n - h.n).cast("float64")
    t = beside(t, h.select(*like, *OWN, usual_fen=usual), (*like, *OWN))
    t = t.filter(t.usual_fen > 0)
    cheap = t.daily_fen.cast("float64") < t.usual_fen * values.number("share", t, "visited_on")
    return unusual_of_each(at, t, cheap, values, "cheap_days")


def _billed_on_leave(at: Shared, values: Values) -> ir.Table:
    """Services, exams and drugs of a stay on days that its person was away from end to end."""
    p = at.claims.table("leave_passes")
    p = p.select("claim_id", left=p.left_at.date(), back=p.back_at.date())
    p = p.inner_join(at.stay.select("claim_id", "claim_no"), "claim_id")
    p = p.select("left", "back", stay_no="claim_no")
    t = at.line.filter(at.line.inpatient, at.line.amount_fen > 0)
    t = t.semi_join(p, [t.claim_no == p.stay_no, t.served_on > p.left, t.served_on < p.back])
    t = t.inner_join(at.limits("item_kind"), "item_no").filter(lambda r: r.item_kind != "bed")
    days = t.group_by("claim_no").agg(days_n=t.served_on.nunique())
    t = at.told(t.inner_join(days, "claim_no"))
    t = t.filter(t.days_n.cast("float64") >= values.number("days", t, "served_on"))
    fen = ibis.greatest(t.fund_fen, 0)
    return found(t, Part(("claim_id",), "on_leave", NOTHING, fen, fen))


def _nights_on_leave(at: Shared, values: Values) -> ir.Table:
    """Stays whose person spent most of the nights elsewhere, by the passes."""
    p = at.claims.table("leave_passes")
    away = days_between(p.back_at.date(), p.left_at.date())
    p = p.group_by("claim_id").agg(away_n=away.cast("int64").sum())
    t = at.stay.filter(at.stay.stay_days >= 1).inner_join(p, "claim_id")
    t = t.mutate(away_n=ibis.least(t.away_n, t.stay_days.cast("int64")))
    nights = t.away_n.cast("float64")
    t = t.filter(
        nights >= values.number("nights", t, "visited_on"),
        nights > t.stay_days.cast("float64") * values.number("share", t, "visited_on"),
    )
    fen = ibis.greatest(t.fund_amount_fen, 0)
    return found(t, Part(("claim_id",), "away_at_night", NOTHING,
                         share_of(fen, t.away_n, t.stay_days), fen,
                         happened_on="visited_on"))  # fmt: skip


EMPTY: tuple[Rule, ...] = (
    Rule(
        id="R07.empty_days", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind"),
        thresholds=(*RATE, ("days", "days"), ("care_codes", "codes")),
        clause="38(1)", no_clause=None,
        words=("stays have days on end of nothing but bed and nursing, more often than at peers",
               "住院期间或末段连续数日仅有床位、诊察和护理费用，频次高于同类"),
        amount=("at most what the fund paid of bed and care then; mid: beyond the expected",
                "至多为上述日期床位护理的基金支付额；中值为超出预期部分"),
        exceptions=(("the days of admission and of discharge", "入院日和出院日"),
                    ("a day or two: weekends are another rule's", "一两日（周末由另一规则核查）"),
                    ("days that a supply given before reaches", "此前所给药品可覆盖的日期"),
                    ("stays that ended by death or against advice", "死亡或自动出院"),
                    ("days whose bed is not billed", "未计床位费的日期"),
                    ("illnesses with which people rest elsewhere too: that rate is taken off",
                     "其他机构同病种同样存在的观察恢复期"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_empty_days,
    ),
    Rule(
        id="R07.empty_weekends", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind"), thresholds=(*RATE, ("share", "share")),
        clause="38(1)", no_clause=None,
        words=("weekends of a stay have hardly more than bed and nursing, more often than at peers",
               "住院跨周末时周六、周日几乎仅有床位、诊察和护理费用，频次高于同类"),
        amount=("at most what the fund paid of bed and care then; mid: beyond the expected",
                "至多为上述日期床位护理的基金支付额；中值为超出预期部分"),
        exceptions=(("houses whose peers rest as well: the rate of the like is taken off",
                     "同类机构周末同样少做治疗"),
                    ("weekends of admission or discharge", "入院或出院当周周末"),
                    ("stays with a leave pass", "有请假记录的住院"),
                    ("days that a supply given before reaches", "此前所给药品可覆盖的日期"),
                    ("stays that ended by death or against advice", "死亡或自动出院"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_empty_weekends,
    ),
    Rule(
        id="R07.billed_on_leave", result_type="suspicious", grain="provider", stage="during",
        needs=("claim_lines.item_code", "items.kind", "leave_passes.left_at"),
        thresholds=(("days", "days"),), clause="38(1)", no_clause=None,
        words=("care is billed on days of a stay that the person was on leave from end to end",
               "请假离院全天仍计收诊疗、检查、药品或护理费用"),
        amount=("at most what the fund paid of the lines of these days",
                "至多为上述日期明细的基金支付额"),
        exceptions=(("the days of leaving and of coming back", "离院日和返院日"),
                    ("the bed, which is kept", "保留的床位费"),
                    ("one such day of a stay: a date written wrong", "一次住院仅一日（日期误录）")),
        find=_billed_on_leave,
    ),
    Rule(
        id="R07.nights_on_leave", result_type="suspicious", grain="provider", stage="during",
        needs=("leave_passes.left_at",), thresholds=(("nights", "count"), ("share", "share")),
        clause="38(1)", no_clause=None,
        words=("by the passes, most nights of a stay were spent elsewhere: a bed for the day",
               "按请假记录，住院期间多数夜晚不在院（挂床）"),
        amount=("the share of these nights in what the fund paid of the stay; at most all",
                "按上述夜晚占住院日数折算的基金支付额；上限为全部"),
        exceptions=(("a weekend at home: up to half of the nights", "周末请假（不超过半数夜晚）"),
                    ("a night or two", "一两晚"),
                    ("hours by day", "日间外出")),
        find=_nights_on_leave,
    ),
    Rule(
        id="R07.cheap_days", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.kind", "claims.diagnosis_code"),
        thresholds=(*RATE, ("share", "share")), clause="38(1)", no_clause=None,
        words=("a bed every day and far less done a day than for such patients elsewhere",
               "逐日计收床位护理而日均诊疗费用远低于同类患者，频次高于同类"),
        amount=("at most what the fund paid of the stays; in the middle, beyond the expected",
                "至多为相关住院基金支付额；中值为超出预期部分"),
        exceptions=(("the same illnesses or groups at others of the level",
                     "真实病情（同诊断或病组、同级别比较）"),
                    ("stays whose care is not billed by the day", "未逐日计收床位护理的住院"),
                    ("stays that ended by death or against advice", "死亡或自动出院"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_cheap_days,
    ),
)  # fmt: skip
