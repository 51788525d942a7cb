"""Slips of a span of days: an old price list, lines sent twice, a clock set wrong, a hundredfold.

What is wrong is so for everything of these days, dear and cheap, and right before and after.
"""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.copies import repeated_lines
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared, timed
from fraudml.monitor.signatures.entry import Signature, touched
from fraudml.monitor.signatures.tables import number, shared_with, with_ids

_MORNING = 6  # o'clock: before it hardly anybody opens
_PLACE = ("provider_id", "terminal")


def _old_price_list(at: Shared, values: Values) -> ir.Table:
    """Prices above the cap of the day and within the one before it, from the day of the cut on."""
    i = at.limits("code_no", "valid_from", "price_cap_fen")
    before = i.price_cap_fen.lag().over(ibis.window(group_by="code_no", order_by="valid_from"))
    i = i.mutate(old_fen=before)
    i = i.filter(i.price_cap_fen < i.old_fen)
    i = i.select("old_fen", cut_no="item_no", cut_on="valid_from", new_fen="price_cap_fen")
    t = at.line.filter(at.line.amount_fen > 0).inner_join(i, at.line.item_no == i.cut_no)
    t = t.mutate(old=(t.unit_price_fen > t.new_fen) & (t.unit_price_fen <= t.old_fen))
    t = at.keep("signature-cut-items", lambda: t)
    old = t.filter(t.old)
    spans = old.group_by("provider_no", "cut_on").agg(
        last_on=old.served_on.max(), items_n=old.code_no.nunique(),
        persons_n=old.patient_no.nunique(), old_n=old.count(),
    )  # fmt: skip
    keys = ["provider_no", "cut_on"]
    v = t.view()
    inside = v.inner_join(spans, keys).filter(lambda r: r.served_on <= r.last_on)
    inside = inside.group_by(*keys, "last_on", "items_n", "persons_n", "old_n").agg(
        lines_n=inside.count()
    )
    s, (items, persons, share, days) = number(
        at, inside, values, "least_items", "least_persons", "share_of_span", "days"
    )
    s = s.filter(
        s.items_n.cast("float64") >= items,
        s.persons_n.cast("float64") >= persons,
        s.old_n.cast("float64") >= share * s.lines_n.cast("float64"),
        days_between(s.last_on, s.cut_on).cast("float64") <= days,
    )
    rows = with_ids(at, shared_with(old, s, *keys))
    return touched(rows, key=("cut_on",), code="cut_on", on="served_on")


def _lines_twice(at: Shared, values: Values) -> ir.Table:
    """Days on end of which nearly every line stands twice in its claim, whatever it costs."""
    t = repeated_lines(at)
    again = t.filter(t.nth > 0, t.first_claim == t.claim_id)
    copies = again.group_by("provider_no", "served_on").agg(
        copies_n=again.count(), items_n=again.code_no.nunique(),
        persons_n=again.patient_no.nunique(),
    )  # fmt: skip
    v = at.line.filter(at.line.amount_fen > 0)
    lines = shared_with(v, copies, "provider_no", "served_on")
    lines = lines.group_by("provider_no", "served_on").agg(lines_n=lines.count())
    d = copies.inner_join(lines, ["provider_no", "served_on"])
    d, (share,) = number(at, d, values, "share_of_day")
    # of n lines that all stand twice, half are copies
    d = d.filter(2.0 * d.copies_n.cast("float64") >= share * d.lines_n.cast("float64"))
    d = at.keep("signature-doubled-days", lambda: d)
    own = again.group_by("provider_no").agg(all_n=again.count())
    s = d.group_by("provider_no").agg(
        copies_n=d.copies_n.sum(), items_n=d.items_n.max(), persons_n=d.persons_n.sum(),
        first_on=d.served_on.min(), last_on=d.served_on.max(),
    )  # fmt: skip
    s = s.inner_join(own, "provider_no")
    s, (items, persons, most, days) = number(
        at, s, values, "least_items", "least_persons", "share_of_copies", "days"
    )
    s = s.filter(
        s.items_n.cast("float64") >= items,
        s.persons_n.cast("float64") >= persons,
        # who enters a line twice now and then does so on other days as well
        s.copies_n.cast("float64") >= most * s.all_n.cast("float64"),
        days_between(s.last_on, s.first_on).cast("float64") < days,
    )
    d = d.select("provider_no", "served_on").inner_join(
        s.select("provider_no", "first_on"), "provider_no"
    )
    rows = again.inner_join(d, ["provider_no", "served_on"])
    return touched(rows, key=("first_on",), code="first_on", on="served_on")


def _clock(at: Shared, values: Values) -> ir.Table:
    """Days on which a terminal that never works at night works at night alone, at its pace."""
    t = timed(at.claim.filter(~at.claim.visit_kind.isin(["emergency", "inpatient"])))
    t = t.mutate(terminal=t.terminal_id.coalesce("-"), early=t.started_at.hour() < _MORNING)
    t = at.keep("signature-hours", lambda: t.mutate(early_n=t.early.cast("int64")))
    v = t.view()
    days = v.group_by(*_PLACE, "visited_on").agg(n=v.count(), early_n=v.early_n.sum())
    days = days.mutate(all_early=(days.early_n == days.n).cast("int64"))
    s = days.group_by(*_PLACE).agg(
        wrong_n=days.n.sum(where=days.all_early > 0).coalesce(0),
        wrong_days=days.all_early.sum(), days_n=days.count(), n=days.n.sum(),
        early_n=days.early_n.sum(),
        first_on=days.visited_on.min(where=days.all_early > 0),
        last_on=days.visited_on.max(where=days.all_early > 0),
    )  # fmt: skip
    inside = days.inner_join(s.select(*_PLACE, "first_on", "last_on"), list(_PLACE))
    inside = inside.filter(inside.visited_on >= inside.first_on,
                           inside.visited_on <= inside.last_on)  # fmt: skip
    inside = inside.group_by(*_PLACE).agg(inside_n=inside.n.sum())
    s = s.inner_join(inside, list(_PLACE))
    s, (least, several, share, seldom, pace) = number(
        at, s, values, "least_claims", "least_days", "share_of_span", "share_otherwise",
        "pace_change",
    )  # fmt: skip
    wrong, rest = s.wrong_n.cast("float64"), (s.n - s.wrong_n).cast("float64")
    rest_days = (s.days_n - s.wrong_days).cast("float64")
    s = s.filter(
        wrong >= least,
        s.wrong_days.cast("float64") >= several,
        wrong >= share * s.inside_n.cast("float64"),
        (s.early_n - s.wrong_n).cast("float64") <= seldom * rest,
        wrong * rest_days <= (pace + 1.0) * rest * s.wrong_days.cast("float64"),
    )
    spans = s.select(**{f"s_{n}": s[n] for n in (*_PLACE, "first_on", "last_on")})
    rows = t.filter(t.early).semi_join(
        spans,
        [t.provider_id == spans.s_provider_id, t.terminal == spans.s_terminal,
         t.visited_on >= spans.s_first_on, t.visited_on <= spans.s_last_on],
    )  # fmt: skip
    return touched(rows, key=("terminal",), code="terminal")


def _hundredfold(at: Shared, values: Values) -> ir.Table:
    """Few lines of a hundred times what the provider usually bills of the item, at its price."""
    t = at.line.filter(at.line.amount_fen > 0, at.line.quantity_e4 > 0)
    v = t.view()
    own = v.group_by(u_no=v.provider_no, u_code=v.code_no).agg(
        usual_e4=v.quantity_e4.median(), usual_fen=v.unit_price_fen.median(), own_n=v.count(),
    )  # fmt: skip
    j = t.inner_join(own, [t.provider_no == own.u_no, t.code_no == own.u_code])
    j, (near, least, most) = number(
        at, j, values, "hundred_tolerance", "least_lines_of_item", "share_of_item"
    )
    times = j.quantity_e4.cast("float64") / j.usual_e4
    same = (j.unit_price_fen.cast("float64") / j.usual_fen - 1.0).abs() <= near
    j = j.mutate(most_n=most * j.own_n.cast("float64"))
    j = j.filter(
        j.own_n.cast("float64") >= least,
        # a hundred of what comes in ones, twos and threes
        ((times - 100.0).abs() <= near * 100.0) | ((times - 200.0).abs() <= near * 200.0)
        | ((times - 300.0).abs() <= near * 300.0),
        same,
    )  # fmt: skip
    j = j.mutate(n=j.count().over(ibis.window(group_by=["provider_no", "code_no"])))
    rows = with_ids(at, j.filter(j.n.cast("float64") <= ibis.greatest(j.most_n, 1.0)))
    return touched(rows, key=("item_code",), code="item_code", on="served_on")


_LINES = "claim_lines.item_code"
SPANS: tuple[Signature, ...] = (
    Signature(
        id="D17.old_price_list",
        cause="batch",
        needs=(_LINES, "items.price_cap"),
        thresholds=(
            ("least_items", "count"), ("least_persons", "count"), ("share_of_span", "share"),
            ("days", "days"),
        ),
        explains=("R05.price_above_cap", "R05.dearer_than_others"),
        repair="drop",
        words=("after a cut of prices all items concerned go on for some weeks at the old price",
               "降价后数周内，相关项目仍全部按原价结算"),
        ask=(("Bring in the new price list, reverse the claims of these days, settle them again at "
              "the price of the day, and return the difference."),
             "请更新价目表，冲红相关日期的结算单，按当日价格重新结算并退回差额。"),
        twin=(("overcharging chooses dear items and goes on; here all that was cut stays at the "
               "old price, and ends when the list is brought in"),
              "超标准收费只选部分项目且长期持续；此处降价项目全部沿用原价，价目表更新后即止"),
        find=_old_price_list,
    ),
    Signature(
        id="D18.lines_twice",
        cause="batch",
        needs=(_LINES,),
        thresholds=(
            ("least_items", "count"), ("least_persons", "count"), ("share_of_day", "share"),
            ("share_of_copies", "share"), ("days", "days"),
        ),
        explains=("R05.duplicate_line", "R05.again_in_a_day", "R09.supplied_again",
                  "R09.quantity_above_daily_maximum"),
        repair="drop",
        words=("on some days every line of a provider stands twice, cheap and dear",
               "若干日机构的全部明细均出现两次，不分金额"),
        ask=("Reverse the second lines of these days and return what the fund paid for them.",
             "请冲红这些日期重复的明细，并退回相应基金支付额。"),
        twin=("billing twice chooses dear lines over many days; here all lines of few days repeat",
              "重复收费选择高价明细且分散于多日；此处少数几日的全部明细重复"),
        find=_lines_twice,
    ),
    Signature(
        id="D19.clock_set_wrong",
        cause="clock",
        needs=("claims.started_at",),
        thresholds=(
            ("least_claims", "count"), ("least_days", "count"), ("share_of_span", "share"),
            ("share_otherwise", "share"), ("pace_change", "share"),
        ),
        explains=("R01.at_night", "R01.odd_hours", "R01.without_trace", "R16.around_the_clock"),
        repair="started_at",
        words=("for some days a terminal that never works at night works at night alone",
               "某终端平时夜间无业务，若干日内却全部发生于夜间，疑时钟有误"),
        ask=("Set the clock of this terminal, and send the true time of each visit.",
             "请校正该终端时钟，并补传真实就诊时刻。"),
        twin=(("invented visits are keyed at night beside those of the day; here the day has none, "
               "and the night no more than a day usually has"),
              "虚构就诊在日间业务之外补录；此处日间无业务，夜间单量不超过平日"),
        find=_clock,
    ),
    Signature(
        id="D20.hundredfold",
        cause="item",
        needs=(_LINES,),
        thresholds=(
            ("hundred_tolerance", "share"), ("least_lines_of_item", "count"),
            ("share_of_item", "share"),
        ),
        explains=("R09.more_packs", "R09.quantity_above_daily_maximum", "R05.more_pieces", "T14",
                  "R08.goods_above_peers", "R09.money_above_peers"),
        repair="drop",
        words=("a few lines bill a hundred times what the provider bills of the item, at its price",
               "个别明细数量恰为本机构该项目常用数量的百倍，单价不变，疑小数点错误"),
        ask=("Correct the quantity of these lines and return what the fund paid too much.",
             "请更正这些明细的数量，并退回多付的基金支付额。"),
        twin=(("an invented quantity stays plausible and comes again; a hundred packs for one "
               "person leap to the eye"),
              "虚增数量通常不显眼且反复出现；一人一次百盒显系录入错误"),
        find=_hundredfold,
    ),
)  # fmt: skip
