"""Rules about visits that leave no trace: out of hours, one behind another, unchecked, bare.

No mark proves anything: clinics open in the evening, see people quickly, talk without prescribing.
Marks are counted together, and only where they come together far more often than at peers.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    BILLED,
    COUNTED,
    OWN,
    PEERS,
    PRIOR,
    RATE,
    SIGNED,
    TOLD,
    least_likely,
    unusual_of_each,
)
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import Shared, timed


def _seen(at: Shared) -> ir.Table:
    """Visits of a known moment at which a practitioner sees somebody, beside what was billed."""
    t = at.claim
    t = timed(t.filter(t.visit_kind.isin(["outpatient", "chronic"])))
    t = t.select(*COUNTED, "visit_kind", "started_at", "identity_check")
    b = bill(at).select("claim_no", "lines_n", "services_n")
    t = t.left_join(b, "claim_no").drop("claim_no_right")
    bare = (t.lines_n == t.services_n).coalesce(False)  # talk and treatment: no goods, no exam
    unchecked = (t.identity_check == "none").coalesce(False)
    # who was checked, or left with goods or a finding, was there
    there = (t.identity_check != "none").coalesce(~bare)
    return t.mutate(hour=t.started_at.hour(), bare=bare, unchecked=unchecked, there=there)


def _hours(t: ir.Table) -> ir.Table:
    """How usual each hour is at peers, and on which share of days a provider surely sees people.

    returns  provider_no, level, provider_kind, hour, n, own_n (visits of all hours), usual (share
             of the peers' visits), kept (share of the provider's open days), weekly (share of the
             open days of that weekday on which it is kept most), visited_on
    """
    t = t.mutate(weekday=t.visited_on.day_of_week.index().cast("int32"))
    hours = t.group_by(*OWN, *PEERS, "hour", "weekday").agg(
        n=t.count(), days_n=t.visited_on.nunique(where=t.there), visited_on=t.visited_on.max()
    )
    days = t.group_by(*OWN, "weekday").agg(open_n=t.visited_on.nunique())
    w = hours.inner_join(days, [*OWN, "weekday"])
    weekly = w.days_n.cast("float64") / w.open_n.cast("float64")
    h = w.group_by(*OWN, *PEERS, "hour").agg(
        n=w.n.sum(), days_n=w.days_n.sum(), visited_on=w.visited_on.max(), weekly=weekly.max()
    )
    h = h.inner_join(days.group_by(*OWN).agg(open_n=days.open_n.sum()), list(OWN))
    place, alike = list(OWN), ibis.window(group_by=list(PEERS))
    own_n = h.n.sum().over(ibis.window(group_by=place))
    one_hour = h.n.sum().over(ibis.window(group_by=[*PEERS, "hour"])) - h.n
    fund_hour = h.n.sum().over(ibis.window(group_by="hour")) - h.n
    fund_n = h.n.sum().over(ibis.window()) - own_n
    usual = fund_hour.cast("float64") / (fund_n.cast("float64") + 1.0)
    peers_n = (h.n.sum().over(alike) - own_n).cast("float64")
    return h.mutate(
        own_n=own_n, usual=(one_hour.cast("float64") + PRIOR * usual) / (peers_n + PRIOR),
        kept=h.days_n.cast("float64") / h.open_n.cast("float64"),
    )  # fmt: skip


def _off_hours(h: ir.Table, values: Values) -> ir.Table:
    """Hours at which peers hardly see anybody, nor the provider anybody who surely came."""
    off = h.filter(
        h.usual < values.number("rare_hour", h, "visited_on"),
        h.kept < values.number("own_days", h, "visited_on"),
    )
    return off.select(*OWN, "hour", off_hours=ibis.literal(True))


def _marked(at: Shared, values: Values) -> ir.Table:
    """The visits with their marks: when they were, and what they left."""
    t = at.keep("visits_of_known_moment", lambda: _seen(at))
    off = _off_hours(_hours(t), values)
    t = t.left_join(off, [*OWN, "hour"]).drop("provider_no_right", "hour_right")
    order = ibis.window(group_by=list(SIGNED), order_by=["started_at", "claim_no"])
    before = t.started_at.epoch_seconds() - t.started_at.lag().over(order).epoch_seconds()
    t = t.mutate(behind=before.cast("float64") < values.number("minutes", t, "visited_on") * 60.0)
    t = t.mutate(
        behind=t.behind.coalesce(False) & t.signed_no.notnull(),
    )
    t = t.mutate(
        one_before=t.behind.lag().over(order).coalesce(False),
        one_after=t.behind.lead().over(order).coalesce(False),
        two_after=t.behind.lead(2).over(order).coalesce(False),
    )
    # three at least: two may have come in together
    in_a_row = (t.behind & (t.one_before | t.one_after)) | (t.one_after & t.two_after)
    t = t.mutate(in_a_row=in_a_row, off_hours=t.off_hours.coalesce(False))
    marks = [t[name].cast("int64") for name in ("in_a_row", "off_hours", "bare", "unchecked")]
    t = t.mutate(marks_n=ibis.literal(0, "int64") + marks[0] + marks[1] + marks[2] + marks[3])
    at_odd_time = (t.in_a_row | t.off_hours).cast("int64")
    t = t.mutate(marks_n=t.marks_n * at_odd_time)
    return t.select(*COUNTED, "visit_kind", "marks_n")


def _without_trace(at: Shared, values: Values) -> ir.Table:
    """Visits with two marks, or with three, where these come together too often."""
    t = at.keep("marked_visits", lambda: _marked(at, values))
    wanted = values.number("marks", t, "visited_on")
    some = t.marks_n.cast("float64") >= wanted
    most = t.marks_n.cast("float64") > wanted
    rows = unusual_of_each(at, t, some, values, "without_trace", "visit_kind")
    return rows.union(unusual_of_each(at, t, most, values, "without_any_trace", "visit_kind"))


def _sessions(t: ir.Table, hours: ir.Table, values: Values) -> ir.Table:
    """Hours that are part of a session: side by side, each kept seldom, together often enough.

    A small house that is open of an evening sees somebody at seven one day and at eight another.
    hours    as of ``_hours``
    returns  provider_no, hour
    """
    h = hours.filter(hours.kept < values.number("own_days", hours, "visited_on"))
    nth = ibis.row_number().over(ibis.window(group_by=list(OWN), order_by="hour"))
    h = h.select(*OWN, "hour", "open_n", *PEERS, "visited_on", nth=nth)
    h = h.mutate(session=h.hour.cast("int64") - h.nth)  # one number for hours side by side
    seen = t.filter(t.there).select(*OWN, "hour", on="visited_on")
    days = seen.inner_join(h.select(*OWN, "hour", "session"), [*OWN, "hour"])
    days = days.group_by(*OWN, "session").agg(days_n=days.on.nunique())
    h = h.inner_join(days, [*OWN, "session"])
    kept = h.days_n.cast("float64") / h.open_n.cast("float64")
    return h.filter(kept >= values.number("own_session", h, "visited_on")).select(*OWN, "hour")


def _odd_hours(at: Shared, values: Values) -> ir.Table:
    """Visits at hours that a provider keeps on few and scattered days, far beyond its peers."""
    t = at.keep("visits_of_known_moment", lambda: _seen(at))
    hours = _hours(t)
    expected = hours.own_n.cast("float64") * hours.usual
    h = hours.filter(
        hours.kept < values.number("own_days", hours, "visited_on"),
        hours.weekly < values.number("own_weekday", hours, "visited_on"),
        hours.n.cast("float64") >= values.number("least", hours, "visited_on"),
        least_likely(hours.n, values.number("tail_z", hours, "visited_on"))
        > expected * values.number("times", hours, "visited_on"),
    )
    h = h.anti_join(_sessions(t, hours, values), [*OWN, "hour"])
    h = h.select(*OWN, "hour", beyond=1.0 - h.own_n.cast("float64") * h.usual / h.n.cast("float64"))
    rows = t.inner_join(h, [*OWN, "hour"]).select(
        "claim_no", "hour", "beyond", "fund_amount_fen", "visited_on", "settled_on"
    )
    rows = rows.inner_join(at.claim.select("claim_no", *TOLD), "claim_no")
    mid, fen = beyond_expected(rows.fund_amount_fen, rows.beyond)
    return found(rows, Part((*BILLED, "hour"), "odd_hour", NOTHING, mid, fen,
                            happened_on="visited_on", who=BILLED))  # fmt: skip


VISITS: tuple[Rule, ...] = (
    Rule(
        id="R01.without_trace", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.started_at", "claim_lines.item_code", "items.kind"),
        thresholds=(*RATE, ("marks", "count"), ("minutes", "minutes"), ("rare_hour", "share"),
                    ("own_days", "share")),
        clause="40(3)", no_clause=None,
        words=("visits out of hours or minutes apart, unchecked or without goods, beyond peers",
               "非常规时段或间隔极短、未核验身份或无药品检查的就诊，频次高于同类"),
        amount=("at most what the fund paid of the claims; in the middle, beyond the expected",
                "至多为相关结算单基金支付额；中值为超出预期部分"),
        exceptions=(("emergencies, stays and pharmacies", "急诊、住院和药店"),
                    ("hours at which the provider also sees people who surely came",
                     "机构经常接诊的时段（有核验或药品检查）"),
                    ("one mark alone: an evening clinic, a busy one, talk without drugs",
                     "仅一项特征（夜间门诊、就诊繁忙、仅咨询）"),
                    ("few such visits, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_without_trace,
    ),
    Rule(
        id="R01.odd_hours", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.started_at", "claim_lines.item_code", "items.kind"),
        thresholds=(*RATE, ("own_days", "share"), ("own_weekday", "share"),
                    ("own_session", "share")),
        clause="40(3)", no_clause=None,
        words=("visits at an hour kept on few, scattered days, far more than peers see then",
               "于本机构少有接诊且日期零散的时段就诊，数量远高于同类机构该时段"),
        amount=("at most what the fund paid of the claims; in the middle, beyond the expected",
                "至多为相关结算单基金支付额；中值为超出预期部分"),
        exceptions=(("an hour kept on many days, or on a weekday of its own: an evening clinic",
                     "经常接诊或固定星期接诊的时段（夜间门诊）"),
                    ("an evening of which the hours together are kept on many days: a small house",
                     "相邻时段合计经常接诊（就诊量小的夜间门诊）"),
                    ("emergencies, stays and pharmacies", "急诊、住院和药店"),
                    ("few such visits, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_odd_hours,
    ),
)  # fmt: skip
