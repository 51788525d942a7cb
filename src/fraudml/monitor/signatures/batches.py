"""Slips of sending: reversed without a link, sent twice, uploaded in bulk, stamped by a clock."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.goods import month_number
from fraudml.monitor.shared import Shared, second_of_day
from fraudml.monitor.signatures.entry import BESIDE, Signature, touched
from fraudml.monitor.signatures.tables import more, number, shared_with

_VISIT = ("patient_id", "provider_id", "visit_kind", "admitted_on", "discharged_on")
_SAME = (*_VISIT, "started_at", "diagnosis_code", "total_amount_fen", "fund_amount_fen")


def _unlinked_reversal(at: Shared, values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.total_amount_fen != 0)
    t = t.mutate(
        size=t.total_amount_fen.abs(), size_fund=t.fund_amount_fen.abs(),
        minus=t.total_amount_fen < 0,
    )  # fmt: skip
    key = (*_VISIT, "size", "size_fund")
    minus = t.filter(t.minus)
    of_minus = shared_with(t, minus, *key)
    order = ibis.window(group_by=[*key, "minus"], order_by=[of_minus.settled_on, of_minus.claim_id])
    numbered = at.keep(
        "signature-reversals", lambda: of_minus.mutate(nth=ibis.row_number().over(order))
    )
    one, other = numbered.filter(~numbered.minus), numbered.filter(numbered.minus).view()
    back = other.select(
        **{f"b_{n}": other[n] for n in (*key, "nth")},
        back_id=other.claim_id, back_on=other.settled_on,
    )  # fmt: skip
    pairs = one.inner_join(back, [one[n] == back[f"b_{n}"] for n in (*key, "nth")])
    pairs, (days,) = number(at, pairs, values, "days")
    wait = days_between(pairs.back_on, pairs.settled_on)
    pairs = pairs.filter(wait >= 0, wait.cast("float64") <= days)
    pairs = pairs.mutate(pair=pairs.claim_id)
    forth = touched(pairs, key=("pair",), code="settled_on")
    return forth.union(
        touched(
            pairs.mutate(
                claim_id=pairs.back_id, settled_on=pairs.back_on,
                fund_amount_fen=-pairs.fund_amount_fen,
            ),
            key=("pair",), code="settled_on",
        )
    )  # fmt: skip


def _sent_twice(at: Shared, values: Values) -> ir.Table:
    t = at.keep("signature-copies", lambda: _copies(at))
    batches = _whole_days(at, t, values)
    days = _whole_spans(at, t, values)
    copies = t.filter(t.nth > 0, t.stands)
    at_once = shared_with(copies, batches, "provider_id", "batch_on")
    one_by_one = copies.anti_join(at_once.select("claim_id"), "claim_id").inner_join(
        days, ["provider_id", "visited_on"]
    )
    again = at_once.mutate(sent_on=at_once.batch_on).union(
        one_by_one.mutate(sent_on=one_by_one.span_on).select(*at_once.columns, "sent_on")
    )
    first = _first_of(t, again)
    return touched(again, key=("sent_on",), code="sent_on").union(
        touched(first, key=("sent_on",), code="sent_on", role=BESIDE)
    )


def _copies(at: Shared) -> ir.Table:
    """Claims that were ever sent, numbered among those of equal content: nth, stands.

    Only where the first of them stands: one that was reversed was corrected by the next.
    """
    t = _with_batch(at)
    t = t.filter(t.total_amount_fen > 0)
    order = ibis.window(group_by=list(_SAME), order_by=[t.batch_on, t.settled_on, t.claim_id])
    t = t.mutate(nth=ibis.row_number().over(order))
    first = ibis.window(group_by=list(_SAME))
    t = t.mutate(first_stands=(t.stands & (t.nth == 0)).any().over(first))
    return t.filter(t.first_stands).select(
        *_SAME, "claim_id", "settled_on", "visited_on", "batch_on", "nth", "stands"
    )


def _whole_days(at: Shared, t: ir.Table, values: Values) -> ir.Table:
    """Days of sending on which whole days came again: provider_id, batch_on."""
    t = t.filter(t.stands)
    copies, v = t.filter(t.nth > 0), t.view()
    days = v.filter(v.nth == 0).group_by(d_provider="provider_id", d_on="visited_on").agg(
        first_n=v.claim_id.count()
    )  # fmt: skip
    by_day = copies.group_by("provider_id", "batch_on", "visited_on").agg(
        copies_n=copies.count(), persons_n=copies.patient_id.nunique()
    )
    j = by_day.inner_join(
        days, [by_day.provider_id == days.d_provider, by_day.visited_on == days.d_on]
    )
    batch = j.group_by("provider_id", "batch_on").agg(
        copies_n=j.copies_n.sum(), first_n=j.first_n.sum(), persons_n=j.persons_n.max()
    )
    batch, (least, persons, share) = number(
        at, batch, values, "least_claims", "least_persons", "share_of_days"
    )
    copied = batch.copies_n.cast("float64")
    return batch.filter(
        copied >= least,
        batch.persons_n.cast("float64") >= persons,
        copied >= share * batch.first_n.cast("float64"),
    ).select("provider_id", "batch_on")


def _whole_spans(at: Shared, t: ir.Table, values: Values) -> ir.Table:
    """Days of a span in which nearly all came again, one by one: provider_id, visited_on, span_on.

    A small house sees a person or two a day. A span are its days on end with a copy; nearly all
    the house's copies lie in such spans: who bills twice by choice does so at any time. Copies
    that were reversed since show what happened as well.
    """
    day = t.group_by("provider_id", "visited_on").agg(
        first_n=(t.nth == 0).cast("int64").sum(), copies_n=(t.nth > 0).cast("int64").sum()
    )
    order = {"group_by": "provider_id", "order_by": "visited_on"}
    full = day.copies_n > 0
    day = day.mutate(full=full, new=(~full).cast("int64"))
    day = day.mutate(gaps=day.new.sum().over(ibis.cumulative_window(**order)))
    day = at.keep("signature-copied-days", lambda: day.drop("new"))
    within = t.inner_join(day.filter(day.full).select("provider_id", "visited_on", "gaps"),
                          ["provider_id", "visited_on"])  # fmt: skip
    span = within.group_by("provider_id", "gaps").agg(
        copies_n=(within.nth > 0).cast("int64").sum(),
        first_n=(within.nth == 0).cast("int64").sum(),
        persons_n=within.patient_id.nunique(), days_n=within.visited_on.nunique(),
        span_on=within.visited_on.min(),
    )  # fmt: skip
    span, (persons, days, share) = number(
        at, span, values, "least_persons", "least_days", "share_of_days"
    )
    span = span.filter(
        span.persons_n.cast("float64") >= persons,
        span.days_n.cast("float64") >= days,
        span.copies_n.cast("float64") >= share * span.first_n.cast("float64"),
    )
    own = day.group_by(own_id=day.provider_id).agg(own_n=day.copies_n.sum())
    inside = span.group_by("provider_id").agg(inside_n=span.copies_n.sum())
    inside = inside.inner_join(own, inside.provider_id == own.own_id)
    inside, (share,) = number(at, inside, values, "share_of_days")
    inside = inside.filter(inside.inside_n.cast("float64") >= share * inside.own_n.cast("float64"))
    span = span.semi_join(inside, "provider_id").select("provider_id", "gaps", "span_on")
    days_of = day.filter(day.full).inner_join(span, ["provider_id", "gaps"])
    return days_of.select("provider_id", "visited_on", "span_on")


def _first_of(t: ir.Table, again: ir.Table) -> ir.Table:
    """The claims that the copies repeat, under the batch of the copy."""
    f = t.filter(t.nth == 0).view()
    a = again.select(**{f"a_{n}": again[n] for n in _SAME}, sent_on=again.sent_on).distinct()
    j = f.inner_join(a, [f[n].identical_to(a[f"a_{n}"]) for n in _SAME])
    return j.drop(*(f"a_{n}" for n in _SAME))


def _with_batch(at: Shared) -> ir.Table:
    """Claims that were ever settled beside the day they were sent, and whether they stand."""
    c = at.claims.table("claims")
    c = c.filter(c.settled_on <= at.as_of, c.reverses_claim_id.isnull())
    came = at.claims.assessed("claims.uploaded_at")
    sent = c.uploaded_at.date().coalesce(c.settled_on) if came else c.settled_on
    c = c.mutate(batch_on=sent, visited_on=ibis.least(c.admitted_on, c.settled_on))
    standing = at.claim.select("claim_id", stands=ibis.literal(True))
    t = c.left_join(standing, "claim_id").drop("claim_id_right")
    return t.mutate(stands=t.stands.coalesce(False))


def _bulk_upload(at: Shared, values: Values) -> ir.Table:
    t = more(at, "uploaded_at")
    t = t.filter(t.uploaded_at.notnull())
    t = t.mutate(sent_on=t.uploaded_at.date())
    t = t.mutate(wait=days_between(t.sent_on, t.discharged_on))
    days = t.group_by("provider_id", "visited_on").agg(day_n=t.count())
    # the fullest of some dozens of days is compared: with the day in a hundred, and in the mean
    busiest = days.group_by(usual_id=days.provider_id).agg(
        usual_n=days.day_n.quantile(0.99), usual_mean=days.day_n.mean()
    )
    each = t.group_by("provider_id", "sent_on", "visited_on").agg(n=t.count(), wait=t.wait.sum())
    sent = each.group_by("provider_id", "sent_on").agg(
        claims_n=each.n.sum(), days_n=each.count(), day_most=each.n.max(), waited=each.wait.sum()
    )
    j = sent.inner_join(busiest, sent.provider_id == busiest.usual_id)
    j, (least, least_days, late, crowd) = number(
        at, j, values, "least_claims", "least_days", "days_late", "times_usual_day"
    )
    found = j.filter(
        j.claims_n.cast("float64") >= least,
        j.days_n.cast("float64") >= least_days,
        j.waited.cast("float64") >= late * j.claims_n.cast("float64"),
        j.day_most.cast("float64") <= crowd * j.usual_n,
        j.claims_n.cast("float64") <= crowd * j.usual_mean * j.days_n.cast("float64"),
    )
    rows = shared_with(t, found, "provider_id", "sent_on")
    return touched(rows, key=("sent_on",), code="sent_on")


def _default_time(at: Shared, values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.started_at.notnull())
    t = t.mutate(second=second_of_day(t.started_at), month=month_number(t.visited_on))
    days = t.group_by("provider_id", "month", "second", "visited_on").agg(n=t.count())
    days = at.keep("signature-seconds", lambda: days)
    # over all the time that one second is stamped, and by the month where it also comes by chance
    ever = _stamped(at, days.view().mutate(month=ibis.literal(0, "int64")), values)
    monthly = _stamped(at, days, values)
    spans = ever.union(monthly).select("first_on", "last_on", s_id="provider_id", s_second="second")
    rows = t.semi_join(
        spans,
        [t.provider_id == spans.s_id, t.second == spans.s_second, t.visited_on >= spans.first_on,
         t.visited_on <= spans.last_on],
    )  # fmt: skip
    return touched(rows, key=("second",), code="second")


def _stamped(at: Shared, days: ir.Table, values: Values) -> ir.Table:
    """Seconds that nearly all visits carry from the first day to the last on which they do."""
    times = days.group_by("provider_id", "month", "second").agg(
        n=days.n.sum(), days_n=days.visited_on.nunique(), first_on=days.visited_on.min(),
        last_on=days.visited_on.max(),
    )  # fmt: skip
    times, (least, several) = number(at, times, values, "least_claims", "least_days")
    times = times.filter(times.n.cast("float64") >= least, times.days_n.cast("float64") >= several)
    v = days.view().select(a_id="provider_id", a_month="month", a_on="visited_on", a_n="n")
    inside = times.inner_join(
        v,
        [times.provider_id == v.a_id, times.month == v.a_month, v.a_on >= times.first_on,
         v.a_on <= times.last_on],
    )  # fmt: skip
    whole = inside.group_by("provider_id", "month", "second").agg(
        n=inside.n.max(), all_n=inside.a_n.sum(), first_on=inside.first_on.max(),
        last_on=inside.last_on.max(),
    )  # fmt: skip
    whole, (share,) = number(at, whole, values, "share_of_span")
    return whole.filter(whole.n.cast("float64") >= share * whole.all_n.cast("float64"))


_AGAIN = (
    "R05.duplicate_claim", "R05.duplicate_line", "R09.supplied_again",
    "R09.quantity_above_daily_maximum", "R13.sold_twice", "R14.settled_over_stock", "T16",
)  # fmt: skip
BATCHES: tuple[Signature, ...] = (
    Signature(
        id="D11.unlinked_reversal",
        cause="claim",
        needs=("claims.total_amount",),
        thresholds=(("days", "days"),),
        explains=_AGAIN,
        repair="drop",
        words=("a negative claim cancels one of equal content without naming it",
               "负数结算单与一份内容相同的结算单相抵，但未注明被冲红的单号"),
        ask=("Send the reversal again with the number of the claim that it cancels.",
             "请补传冲红所对应的原结算单号。"),
        twin=("a claim billed twice stays positive twice; here the pair comes to nothing",
              "重复结算的两份均为正数；此处一正一负合计为零"),
        find=_unlinked_reversal,
    ),
    Signature(
        id="D12.batch_sent_twice",
        cause="batch",
        needs=("claims.total_amount",),
        thresholds=(
            ("least_claims", "count"), ("least_persons", "count"), ("share_of_days", "share"),
            ("least_days", "count"),
        ),
        explains=_AGAIN,
        repair="drop",
        words=("all claims of whole days came once more under new numbers on one day",
               "整日的全部结算单以新单号在同一天再次上传"),
        ask=("Reverse the claims of the second sending and return what the fund paid for them.",
             "请冲红第二次上传的结算单，并退回相应基金支付额。"),
        twin=(("billing twice chooses persons and dear items over many days; a second sending "
              "repeats everything of its days, cheap and dear"),
              "重复收费有选择且分散于多日；重复上传则不分金额整日重复"),
        find=_sent_twice,
    ),
    Signature(
        id="D13.bulk_upload",
        cause="batch",
        needs=("claims.uploaded_at",),
        thresholds=(
            ("least_claims", "count"), ("least_days", "count"), ("days_late", "days"),
            ("times_usual_day", "ratio"),
        ),
        explains=("R25.sent_late",),
        repair="uploaded_at",
        words=("claims of many days were uploaded on one day, long after the services",
               "多日的结算单在服务很久之后集中于一天上传"),
        ask=("Say why the interface stood still, and from now on upload within the time limit.",
             "请说明接口中断原因，今后按规定时限上传。"),
        twin=(("invented visits crowd on few service days; here each service day holds no more "
              "claims than the provider's usual day"),
              "虚构就诊集中于少数服务日；此处每个服务日的单量不超过平常"),
        find=_bulk_upload,
    ),
    Signature(
        id="D14.default_time",
        cause="clock",
        needs=("claims.started_at",),
        thresholds=(
            ("least_claims", "count"), ("least_days", "count"), ("share_of_span", "share"),
        ),
        explains=("R11.two_places", "R11.minutes_apart", "R05.duplicate_claim"),
        repair="started_at",
        words=(("most visits of a span of days begin at the very same second of the day: a "
                "default or the server's clock"),
               "一段时间内多数就诊开始于一天中的同一秒，疑为默认时刻或服务器时钟"),
        ask=("Send the true time of each visit; check the interface's default.",
             "请补传真实就诊时刻，并检查接口默认值。"),
        twin=(("persons who come together share a moment of one day; here one moment serves all "
              "days and everybody"),
              "结伴就医为同一天的同一时刻；此处所有日期、所有人同一时刻"),
        find=_default_time,
    ),
)  # fmt: skip
