"""Rules about being in two places: cards seen minutes apart, time and again, in other districts."""

from math import factorial

import ibis
import ibis.expr.types as ir

from fraudml.claims.regions import pool_of
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    PERSON,
    RATE,
    beside_totals,
    beyond_peers,
    counted,
    least_likely,
    outlying,
)
from fraudml.monitor.rules.people import timed_lines
from fraudml.monitor.rules.stays import during_stay
from fraudml.monitor.shared import Shared, prefixed, timed

_SIGNED = ("practitioner_id",)
_DAY = ("practitioner_no", "served_on")
_HOURS = 8  # of a day of work: what is known of nobody's hours
_RUNNING = 3  # sessions at once beside the one that begins: a therapist looks after a few


def _minutes_apart(at: Shared, values: Values) -> ir.Table:
    """Visits or sales within minutes of another one in another district, several of one person."""
    t = at.claim.filter(~at.claim.visit_kind.isin(["inpatient", "emergency"]))
    t = at_two_places(t, "patient_no", "provider_region", values)
    return found(t, Part(("patient_id",), "elsewhere_too", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on",
                         who=("patient_id",)))  # fmt: skip


def _two_districts(at: Shared, values: Values) -> ir.Table:
    """Visits of a day in two districts, of persons who have more such days than their neighbours.

    Neighbours live in the same district: between some districts many go to and fro.
    """
    t = at.claim.filter(at.claim.visit_kind.isin(["outpatient", "chronic"]))
    t = t.filter(
        t.provider_region.notnull(),
        ~prefixed(t.diagnosis_code, values.codes("staged_diagnoses")),
    )
    d = t.group_by(*PERSON, "patient_region", "visited_on").agg(
        districts_n=t.provider_region.nunique(), illnesses_n=t.diagnosis_group.nunique()
    )
    d = d.mutate(two=(d.districts_n > 1) & (d.illnesses_n > 1),
                 level=ibis.null("int64"), provider_kind=ibis.null("string"))  # fmt: skip
    days = at.keep("person_days", lambda: d)
    home = ("patient_region",)
    over = outlying(at, counted(days, days.two, home, PERSON), values, home, PERSON)
    rows = t.semi_join(days.filter(days.two), [*PERSON, "visited_on"])
    return beyond_peers(rows, over, "two_districts", PERSON)


def at_two_places(t: ir.Table, who: str, place: str, values: Values) -> ir.Table:
    """Visits within minutes of the last one of the same person elsewhere, where these are several.

    t      claims; left out are those without a moment, that person or that place
    who    column of the person by whom or for whom they are; place  column of where they were
    values of a rule that asks for ``minutes`` (fewer than) and ``times`` (at least)
    """
    n = timed(t).filter(lambda r: r[who].notnull(), lambda r: r[place].notnull())
    n = n.select("claim_no", who, "started_at", "visited_on", "level", "provider_kind",
                 here=n[place])  # fmt: skip
    before = ibis.window(group_by=who, order_by=["started_at", "claim_no"])
    n = n.mutate(place_before=n.here.lag().over(before), at_before=n.started_at.lag().over(before))
    apart = n.started_at.epoch_seconds() - n.at_before.epoch_seconds()
    n = n.filter(
        n.place_before != n.here,
        apart.cast("float64") < values.number("minutes", n, "visited_on") * 60.0,
    )
    n = n.mutate(times_n=n.count().over(ibis.window(group_by=who)))
    n = n.filter(n.times_n.cast("float64") >= values.number("times", n, "visited_on"))
    return t.semi_join(n, "claim_no")


def _seen_elsewhere(at: Shared, values: Values) -> ir.Table:
    """Visits at which a practitioner sees the holder of a card who lies in bed elsewhere."""
    return _during_own_stay(at, values, "outpatient", "elsewhere_too")


def _supplied_in_bed(at: Shared, values: Values) -> ir.Table:
    """Chronic benefits drawn for a person whom a hospital keeps and supplies meanwhile."""
    return _during_own_stay(at, values, "chronic", "drawn_in_stay")


def _during_own_stay(at: Shared, values: Values, kind: str, role: str) -> ir.Table:
    pairs = during_stay(at).filter(lambda p: p.visit_kind == kind, lambda p: p.visit_fund > 0)
    pairs = pairs.group_by("patient_id", claim_id="visit_id").agg(
        visited_on=pairs.visited_on.min(), both_settled_on=pairs.both_settled_on.min(),
        fund_fen=pairs.visit_fund.max(), level=ibis.null("int64"),
        provider_kind=ibis.null("string"),
    )  # fmt: skip
    pairs = pairs.mutate(times_n=pairs.count().over(ibis.window(group_by="patient_id")))
    t = pairs.filter(
        pairs.times_n.cast("float64") >= values.number("times", pairs, "visited_on")
    ).mutate(provider_id=ibis.null("string"), practitioner_id=ibis.null("string"))
    return found(t, Part(("patient_id",), role, NOTHING, t.fund_fen, t.fund_fen,
                         known_on="both_settled_on", happened_on="visited_on",
                         who=("patient_id",)))  # fmt: skip


def _places_of_a_day(at: Shared, values: Values) -> ir.Table:
    """Days on which one practitioner's number is used at many providers, or in two prefectures."""
    t = at.claim.filter(~at.claim.inpatient, at.claim.signed_no.notnull())
    t = t.mutate(place=pool_of(t.provider_region))
    pairs = t.group_by("signed_no", "visited_on", "provider_no").agg(
        low=t.place.min(), high=t.place.max()
    )
    days = pairs.group_by("signed_no", "visited_on").agg(
        places_n=pairs.count(), low=pairs.low.min(), high=pairs.high.max(),
        level=ibis.null("int64"), provider_kind=ibis.null("string"),
    )  # fmt: skip
    many = days.places_n.cast("float64") >= values.number("places", days, "visited_on")
    days = days.filter(many | (days.low != days.high).coalesce(False))
    days = days.mutate(days_n=days.count().over(ibis.window(group_by="signed_no")))
    days = days.filter(days.days_n.cast("float64") >= values.number("days", days, "visited_on"))
    rows = t.inner_join(days.select("signed_no", "visited_on"), ["signed_no", "visited_on"])
    return found(rows, Part(_SIGNED, "other_place", NOTHING, rows.fund_amount_fen,
                            rows.fund_amount_fen, happened_on="visited_on",
                            who=_SIGNED))  # fmt: skip


def _around_the_clock(at: Shared, values: Values) -> ir.Table:
    """Visits of one practitioner that follow each other for days without hours of rest between."""
    t = at.keep("spells", lambda: _spells(at, values))
    long = t.group_by("signed_no", "spell").agg(long=t.second.max() - t.second.min())
    t = t.inner_join(long, ["signed_no", "spell"])
    awake = values.number("awake", t, "visited_on") * 60.0
    t = t.filter(t.long.cast("float64") >= awake).select("claim_no", "spell")
    t = at.claim.inner_join(t, "claim_no")
    return found(t, Part((*_SIGNED, "spell"), "without_rest", NOTHING, t.fund_amount_fen,
                         t.fund_amount_fen, happened_on="visited_on", who=_SIGNED))  # fmt: skip


def _spells(at: Shared, values: Values) -> ir.Table:
    """Visits whose moment is known, beside the spell of their practitioner that no rest breaks."""
    t = timed(at.claim.filter(~at.claim.inpatient, at.claim.signed_no.notnull()))
    t = t.select("claim_no", "signed_no", "level", "provider_kind", "visited_on",
                 second=t.started_at.epoch_seconds())  # fmt: skip
    order = {"group_by": "signed_no", "order_by": ["second", "claim_no"]}
    pause = (t.second - t.second.lag().over(ibis.window(**order))).cast("float64")
    rested = pause >= values.number("rest", t, "visited_on") * 60.0
    t = t.mutate(rested=rested.coalesce(True).cast("int64"))
    return t.mutate(spell=t.rested.sum().over(ibis.cumulative_window(**order))).drop("rested")


def _sessions(at: Shared, values: Values) -> ir.Table:
    """Visits that take a practitioner long: begun (second of the day), minutes_n (of hands)."""
    t = timed_lines(at).filter(lambda r: ~r.inpatient, lambda r: r.second > 0)
    t = t.group_by("claim_no", *_DAY).agg(begun=t.second.min(), minutes_n=t.minutes_total.sum())
    t = t.mutate(level=ibis.null("int64"), provider_kind=ibis.null("string"))
    return t.filter(t.minutes_n.cast("float64") >= values.number("minutes", t, "served_on"))


def _moments(t: ir.Table) -> ir.Table:
    """Moments at which sessions begin, beside how likely several others run then: likely_e6.

    The day's minutes are spread over the hours as the practitioner's work of other days is:
    whoever works in the morning only, or writes up in the evening, has them close together every
    day. What was typed in at one moment is one session.
    """
    t = t.group_by(*_DAY, "begun").agg(minutes_n=t.minutes_n.max())
    t = t.mutate(until=t.begun + t.minutes_n * 60, hour=t.begun // 3600)
    own, hour = ("practitioner_no",), ("practitioner_no", "hour")
    minutes = t.minutes_n.sum()
    t = beside_totals(t, own, all_minutes=minutes)
    t = beside_totals(t, hour, hour_minutes=t.minutes_n.sum())
    t = beside_totals(t, _DAY, day_minutes=t.minutes_n.sum())
    t = beside_totals(t, (*_DAY, "hour"), day_hour_minutes=t.minutes_n.sum())
    others = (t.all_minutes - t.day_minutes).cast("float64") + 60.0 * _HOURS
    share = ((t.hour_minutes - t.day_hour_minutes).cast("float64") + 60.0) / others
    mean = (t.day_minutes - t.minutes_n).cast("float64") * share / 60.0
    fewer: ir.Value = ibis.literal(1.0)
    for step in range(1, _RUNNING):
        fewer = fewer + mean.pow(float(step)) / float(factorial(step))
    likely = ibis.greatest(1.0 - fewer * (-mean).exp(), 0.0)
    return t.mutate(likely_e6=(likely * 1e6).round().cast("int64"))


def _at_once(at: Shared, values: Values) -> ir.Table:
    """Sessions a practitioner begins while several earlier ones run, beyond how full the day is."""
    sessions = at.keep("long_sessions", lambda: _sessions(at, values))
    t = at.keep("long_moments", lambda: _moments(sessions))
    order = ibis.window(group_by=list(_DAY), order_by="begun")
    running = [t.until.lag(step).over(order) > t.begun for step in range(1, _RUNNING + 1)]
    t = t.mutate(crowded=ibis.and_(*running).coalesce(False))
    n = t.group_by("practitioner_no").agg(
        crowded_n=t.crowded.cast("int64").sum(), likely_e6=t.likely_e6.sum(),
        on=t.served_on.max(), level=ibis.null("int64"), provider_kind=ibis.null("string"),
    )  # fmt: skip
    expected = n.likely_e6.cast("float64") / 1e6
    n = n.filter(n.crowded_n.cast("float64") >= values.number("least", n, "on"))
    low = least_likely(n.crowded_n, values.number("tail_z", n, "on"))
    n = n.filter(low > values.number("times", n, "on") * expected)
    n = n.select("practitioner_no", beyond=1.0 - expected / n.crowded_n.cast("float64"))
    hit = t.filter(t.crowded).inner_join(n, "practitioner_no").select(*_DAY, "begun", "beyond")
    hit = sessions.inner_join(hit, [*_DAY, "begun"]).select("claim_no", "beyond")
    rows = at.claim.inner_join(hit, "claim_no")
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part(_SIGNED, "at_once", NOTHING, mid, fen, happened_on="visited_on",
                            who=_SIGNED))  # fmt: skip


_FEN = ("at most what the fund paid of the claims", "至多为相关结算单基金支付额")

_PASS = ("the days of admission and discharge, and of a leave pass", "入院日、出院日及请假期间")

APART: tuple[Rule, ...] = (
    Rule(
        id="R11.seen_while_in_bed", result_type="suspicious", grain="patient", stage="after",
        needs=(), thresholds=(("times", "count"),), clause="41(1)", no_clause=None,
        words=("a card is used for visits elsewhere while its holder lies in bed, several times",
               "持卡人住院期间，其凭证多次在他院门诊使用"),
        amount=_FEN,
        exceptions=(_PASS, ("emergencies, and drugs that family fetches", "急诊及家属代购药品"),
                    ("a single time: sent for an examination", "仅一次（外出检查）")),
        find=_seen_elsewhere,
    ),
    Rule(
        id="R18.chronic_in_stay", result_type="suspicious", grain="patient", stage="after",
        needs=(), thresholds=(("times", "count"),), clause="41(2)", no_clause=None,
        words=("chronic benefits are drawn elsewhere while a stay is paid for, several times",
               "住院期间多次在他处重复享受门诊慢特病待遇"),
        amount=_FEN,
        exceptions=(_PASS, ("a single time: a supply fetched as every month",
                            "仅一次（按月续药）")),
        find=_supplied_in_bed,
    ),
    Rule(
        id="R16.places_of_a_day", result_type="suspicious", grain="practitioner", stage="during",
        needs=("claims.practitioner_id",), thresholds=(("places", "count"), ("days", "count")),
        clause=None, no_clause=UNNAMED,
        words=("a practitioner's number is used at many places, or in two prefectures, on one day",
               "同一医师工号一日内多次于多家机构或两个地市使用"),
        amount=_FEN,
        exceptions=(("a second place of practice in the same prefecture", "同一地市内第二执业点"),
                    ("a day or two: a journey, a slip", "一两日（出差、录入差错）"),
                    ("stays", "住院")),
        find=_places_of_a_day,
    ),
    Rule(
        id="R16.around_the_clock", result_type="suspicious", grain="practitioner", stage="after",
        needs=("claims.practitioner_id", "claims.started_at"),
        thresholds=(("rest", "minutes"), ("awake", "minutes")), clause=None, no_clause=UNNAMED,
        words=("a practitioner's visits go on day and night without a rest; numbers are shared",
               "同一医师昼夜连续接诊而无休息；工号可能共用"),
        amount=_FEN,
        exceptions=(("a night on duty after a day's work", "白班后连值夜班"),
                    ("visits whose moment is not recorded", "未记录就诊时刻"),
                    ("stays, whose hour is that of the paper work", "住院（办理时刻）")),
        find=_around_the_clock,
    ),
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
    Rule(
        id="R11.two_districts", result_type="suspicious", grain="patient", stage="after",
        needs=("providers.region_code", "claims.diagnosis_code"),
        thresholds=(*RATE, ("staged_diagnoses", "codes")), clause="41(1)", no_clause=None,
        words=(("a card is used on one day in two districts for different illnesses, far more "
                "often than neighbours' are"),
               "同一凭证同日在两个区县以不同病种就诊，频次远高于同区县居民"),
        amount=("what the fund paid on such days, beyond the rate of neighbours; at most all of it",
                "此类日期的基金支付额超出同区县居民水平的部分；至多为全部"),
        exceptions=(("one illness on the day: sent on, or results fetched",
                     "当日同一病种（转诊或取结果）"),
                    ("pharmacies, which family may go to, emergencies and stays",
                     "药店（可代购）、急诊和住院"),
                    ("districts between which many neighbours go to and fro",
                     "居民普遍往来的区县"),
                    ("dialysis and other staged treatment, by its diagnosis",
                     "透析等分期治疗（按诊断）")),
        find=_two_districts,
    ),
    Rule(
        id="R16.sessions_at_once", result_type="suspicious", grain="practitioner", stage="after",
        needs=("claim_lines.item_code", "claim_lines.served_at", "items.minutes",
               "claims.practitioner_id"),
        thresholds=(*RATE, ("minutes", "minutes")), clause=None, no_clause=UNNAMED,
        words=(("long sessions in one number begin while several earlier ones run, beyond what the "
                "day's work explains; numbers are shared"),
               "同一工号多项长时治疗同时进行，超出其当日工作量所能解释；工号可能共用"),
        amount=("at most what the fund paid of the claims; in the middle, beyond the expected",
                "至多为相关结算单基金支付额；中值为超出预期部分"),
        exceptions=(("a few sessions side by side", "同时照看少数患者"),
                    ("hours into which all work of the practitioner falls: half a day's surgery",
                     "仅在固定时段接诊的医师"),
                    ("sessions typed in at one moment", "同一时刻补录的项目"),
                    ("stays", "住院"), ("items without usual minutes", "无常规耗时的项目")),
        find=_at_once,
    ),
)  # fmt: skip
