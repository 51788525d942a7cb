"""Rules about goods that no longer stood, or never stood, on the shelf they were sold from."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import OWN, PEERS, RATE, beside_totals, counted, outlying
from fraudml.monitor.rules.goods import month_number, packs, settled_in, stock
from fraudml.monitor.shared import SCALE, Shared

_LINES, _STOCKED = "claim_lines.item_code", "stock_moves.purchased"
_BEYOND = ("at most what fund and account paid of the lines; in the middle, beyond the expected",
           "至多为相关行的基金与个人账户支付额；中值为超出预期部分")  # fmt: skip
_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")
_PACK = ("code", "claim_id", "line_no")
_SHELF = ("provider_id", "item_code")
_QUARTER = ("code_no", "year", "quarter")


def _sold_after_return(at: Shared, values: Values) -> ir.Table:
    """Packs that went back unsold, were not bought again, and are settled all the same.

    A return does not say to whom. A pack that nobody had been sold before can only have gone back
    to the supplier.
    """
    e = at.claims.table("trace_events")
    e = e.filter(e.happened_at.date() <= at.as_of)
    e = e.select("event", on=e.happened_at.date(), of="trace_code", by="provider_id")
    back = e.filter(e.event == "returned")
    t = packs(at)
    j = t.inner_join(back, [t.code == back.of, t.provider_id == back.by])
    # of what happened on one day nobody knows the order
    j = j.filter(j.on < j.served_on)
    last = j.group_by(*_PACK, "provider_id", "served_on").agg(back_on=j.on.max())
    gone = last.anti_join(_kept(at, last, e, values).distinct(), list(_PACK))
    rows = t.inner_join(gone.select(*_PACK, "back_on"), list(_PACK))
    rows = rows.mutate(both_known_on=ibis.greatest(rows.settled_on, rows.back_on))
    return found(rows, Part(("code", "provider_id"), "sold_after_return", NOTHING, rows.sold_fen,
                            rows.sold_fen, known_on="both_known_on",
                            who=("provider_id",)))  # fmt: skip


def _kept(at: Shared, returned: ir.Table, e: ir.Table, values: Values) -> ir.Table:
    """Packs that may well have stood on the shelf: bought again, or sold before they came back."""
    j = returned.inner_join(e, [returned.code == e.of, returned.provider_id == e.by])
    late = days_between(j.on, j.served_on).cast("float64")
    j = j.mutate(level=ibis.null("int64"), provider_kind=ibis.null("string"))
    again = (j.event == "purchased") & (j.on >= j.back_on)
    again &= late <= values.number("late_days", j, "served_on")
    known = j.filter(again | ((j.event == "sold") & (j.on <= j.back_on))).select(*_PACK)
    earlier = packs(at).select(sold_code="code", sold_on="served_on")
    before = returned.inner_join(
        earlier, [returned.code == earlier.sold_code, returned.back_on >= earlier.sold_on]
    )
    return known.union(before.select(*_PACK))


def _opening_not_closing(at: Shared, values: Values) -> ir.Table:
    """Items of which openings above the last closing cover what was settled and never bought.

    A closing that was mistyped raises the next opening and the month's own outflow alike: held
    against all months together it explains itself.
    """
    m = stock(at)
    order = ibis.window(group_by=list(_SHELF), order_by="month")
    number = m.month // 100 * 12 + m.month % 100
    gap = number - number.lag().over(order)
    last = m.closing_e4.lag().over(order)
    rise = ((gap == 1) & last.notnull()).ifelse(m.opening_e4 - last, 0)
    m = m.mutate(rise_e4=rise.cast("int64"), factor=m.opening_e4 / last.nullif(0))
    slack = values.number("factor_slack", m, "stock_known_on")
    unit = (m.factor > 1.5) & ((m.factor - m.factor.round()).abs() <= slack * m.factor)
    m = m.mutate(rise_unit=(unit & (m.rise_e4 > 0)).coalesce(False).cast("int64"))
    so_far = ibis.cumulative_window(group_by=list(_SHELF), order_by="month")
    m = m.mutate(
        risen_e4=m.rise_e4.sum().over(so_far),
        excess_e4=(m.settled_e4 - m.out_e4 + m.rise_e4).sum().over(so_far),
        settled_so_far_e4=m.settled_e4.sum().over(so_far),
        known_so_far=m.stock_known_on.max().over(so_far),
        rises_n=(m.rise_e4 > 0).cast("int64").sum().over(so_far),
        units_n=m.rise_unit.sum().over(so_far),
    )
    return settled_in(at, _covered(m, values), "settled")


def _covered(m: ir.Table, values: Values) -> ir.Table:
    """Items over the tolerance, beside the months that opened too high: as of ``settled_in``."""
    part = ibis.least(m.risen_e4, m.excess_e4)
    shrink = values.number("shrink", m, "stock_known_on") * m.settled_so_far_e4.cast("float64")
    # one rise, and by a whole factor, is another unit of measure
    over = (part.cast("float64") > shrink) & ~((m.rises_n == 1) & (m.units_n == 1))
    m = m.mutate(part_e4=over.ifelse(part, 0), over=over)
    hit = m.group_by(held_by="provider_id", held_item="item_code").agg(
        excess_e4=m.part_e4.max(), over_known_on=m.over.ifelse(m.known_so_far, None).min(),
    )  # fmt: skip
    hit = hit.filter(hit.excess_e4 > 0)
    # a pack or two of many items are as much as many packs of one
    hit = hit.mutate(all_e4=hit.excess_e4.sum().over(ibis.window(group_by="held_by")),
                     level=ibis.null("int64"), provider_kind=ibis.null("string"))  # fmt: skip
    least = values.number("least_quantity", hit, "over_known_on") * SCALE
    hit = hit.filter(hit.all_e4.cast("float64") >= least).drop("level", "provider_kind")
    rising = m.filter(m.rise_e4 > 0).select(
        rising_by="provider_id", rising_item="item_code", rising_month="month"
    )
    return hit.inner_join(
        rising, [hit.held_by == rising.rising_by, hit.held_item == rising.rising_item]
    )


def _goods(at: Shared) -> ir.Table:
    """Lines of drugs and consumables, with the level and kind of their provider."""
    i = at.limits("item_kind")
    i = i.filter(i.item_kind.isin(["drug", "consumable"]))
    t = at.line.filter(at.line.quantity_e4 > 0).inner_join(i, "item_no")
    p = at.provider.select("provider_no", "level", "provider_kind")
    return t.inner_join(p, "provider_no")


def _month_without_record(at: Shared, values: Values) -> ir.Table:
    """Goods settled in months of which the provider's stock record knows nothing of the item."""
    t = _goods(at).mutate(month=lambda g: month_number(g.served_on))
    sold = t.group_by(*OWN, *PEERS, "code_no", "month").agg(n=t.count())
    s = at.keep("stock_months", lambda: _stock_months(at))
    span = s.agg(low=s.month.min(), high=s.month.max())
    items = s.select("code_no").distinct()
    sold = sold.semi_join(items, "code_no").cross_join(span)
    sold = sold.filter(sold.month >= sold.low, sold.month <= sold.high).drop("low", "high")
    keys = [*OWN, "code_no", "month"]
    there = s.mutate(there=ibis.literal(1, "int64"))
    sold = sold.left_join(there, keys).drop(*(f"{name}_right" for name in keys))
    sold = at.keep("months_sold", lambda: sold.mutate(out=sold.there.isnull()))
    sold = sold.anti_join(_without_any(at, sold, values), list(OWN))
    over = outlying(at, counted(sold, sold.out), values)
    gone = sold.filter(sold.out).select(*keys)
    gone = gone.inner_join(over, gone.provider_no == over.over_provider_no)
    lines = t.drop(*PEERS).inner_join(gone.select(*keys, "excess_share"), keys)
    return _beyond(at, lines, "unrecorded")


def _without_any(at: Shared, sold: ir.Table, values: Values) -> ir.Table:
    """Providers without any record where several like ones have none: it is not collected there."""
    p = sold.group_by(*OWN, *PEERS).agg(none=sold.out.min().cast("int64"))
    p = beside_totals(p, PEERS, none_n=p.none.sum(), all_n=p.count()).mutate(on=at.as_of)
    others = (p.all_n - 1).cast("float64") * values.number("without_any", p, "on")
    return p.filter(p.none == 1, p.none_n > 2, (p.none_n - 1).cast("float64") >= others)


def _stock_months(at: Shared) -> ir.Table:
    """What the stock record speaks of: provider_no, code_no, month."""
    m = stock(at).select(seller="provider_id", item="item_code", month="month").distinct()
    p = at.provider.select("provider_no", "known_provider")
    m = m.inner_join(p, m.seller == p.known_provider)
    c = at.code.select("code_no", "item_code")
    return m.inner_join(c, m.item == c.item_code).select("provider_no", "code_no", "month")


def _among_scanned(at: Shared) -> ir.Table:
    """Items and quarters that most like providers scan: own lines (n), without code (hits).

    What nobody scans, or did not yet, says nothing of who does not: it would drown what does.
    """
    return at.keep("packs_of_scanned", lambda: _of_scanned(at))


def _of_scanned(at: Shared) -> ir.Table:
    t = _goods(at).mutate(**_quarter())
    t = t.group_by(*OWN, *PEERS, *_QUARTER).agg(
        n=t.count(), hits=(~t.traced).cast("int64").sum(),
        bare_e4=t.traced.ifelse(0, t.quantity_e4).sum(), on=t.served_on.max(),
    )  # fmt: skip
    # by houses, not by lines: a large one that scans nothing must not speak for all
    scans = (t.hits * 2 < t.n).cast("int64")
    t = beside_totals(t, (*PEERS, *_QUARTER), places_n=t.count(), scan_n=scans.sum())
    values = at.knowledge.values("R25.packs_not_scanned")
    wanted = values.number("scanned", t, "on") * t.places_n.cast("float64")
    t = t.filter(t.scan_n.cast("float64") >= wanted)
    return t.drop("places_n", "scan_n", "on")


def _quarter() -> dict[str, Callable[[ir.Table], ir.Value]]:
    return {
        "year": lambda t: t.served_on.year().cast("int32"),
        "quarter": lambda t: t.served_on.quarter().cast("int32"),
    }


def _not_scanned(at: Shared, values: Values) -> ir.Table:
    """Goods settled without the code of their pack, where like providers scan that item."""
    sold = _among_scanned(at)
    over = outlying(at, _by_item(sold), values, ("code_no",))
    return _beyond(at, _bare(at, sold, over), "not_scanned")


def _by_item(sold: ir.Table) -> ir.Table:
    """Lines and those without a code, by item: quarters alone are too thin to compare."""
    return sold.group_by(*OWN, *PEERS, "code_no").agg(n=sold.n.sum(), hits=sold.hits.sum())


def _bare(at: Shared, sold: ir.Table, over: ir.Table) -> ir.Table:
    """Lines without a code, of items and quarters that others scan, at these providers."""
    t = _goods(at).filter(lambda r: ~r.traced).drop(*PEERS).mutate(**_quarter())
    t = t.semi_join(sold, [*OWN, *_QUARTER]).drop("year", "quarter")
    return t.inner_join(over, t.provider_no == over.over_provider_no)


def _on_paper(at: Shared, values: Values) -> ir.Table:
    """Goods without a code of items that the books have bought and no supplier ever delivered.

    A pack that was only missed by the scanner was delivered all the same.
    """
    sold = _among_scanned(at)
    each = [*OWN, "code_no"]
    bare = sold.group_by(each).agg(
        bare_e4=sold.bare_e4.sum(), since=(sold.year * 4 + sold.quarter).min()
    )
    booked = bare.filter(bare.bare_e4 > 0).inner_join(_booked(at), each)
    booked = booked.filter(booked.on_quarter >= booked.since)
    bare = booked.group_by(*each, "bare_e4").agg(booked_e4=booked.booked_e4.sum())
    bare = bare.left_join(_delivered(at), each).drop("provider_no_right", "code_no_right")
    missing = bare.booked_e4 - bare.delivered_n.coalesce(0) * SCALE
    paper = bare.filter(missing >= bare.bare_e4).select(*each)
    marked = sold.left_join(paper.mutate(paper=ibis.literal(True)), each)
    marked = marked.drop(*(f"{name}_right" for name in each))
    marked = marked.mutate(hits=marked.paper.coalesce(False).ifelse(marked.hits, 0))
    over = outlying(at, _by_item(marked), values, ("code_no",))
    return _beyond(at, _bare(at, sold.semi_join(paper, each), over), "on_paper")


def _numbered(at: Shared, t: ir.Table) -> ir.Table:
    """Rows of known providers and items that were billed, with the numbers of both."""
    p = at.provider.select("provider_no", provider_id="known_provider")
    return t.inner_join(p, "provider_id").inner_join(at.code, "item_code")


def _booked(at: Shared) -> ir.Table:
    """What the books say was bought: provider_no, code_no, on_quarter, booked_e4."""
    s = at.claims.table("stock_moves")
    end = (s.month + ibis.interval(months=1)).cast("date") - ibis.interval(days=1)
    s = s.filter(s.known_on.coalesce(end.cast("date")) <= at.as_of, s.purchased > 0)
    s = _numbered(at, s.select("provider_id", "item_code", "month", "purchased"))
    on_quarter = (s.month.year() * 4 + s.month.quarter()).cast("int32")
    return s.group_by(*OWN, "code_no", on_quarter=on_quarter).agg(
        booked_e4=(s.purchased * SCALE).round().cast("int64").sum()
    )


def _delivered(at: Shared) -> ir.Table:
    """Packs that a supplier reported as sold to the provider: provider_no, code_no, delivered_n."""
    e = at.claims.table("trace_events")
    e = e.filter(e.event == "purchased", e.happened_at.date() <= at.as_of)
    e = _numbered(at, e.select("provider_id", "item_code", "trace_code"))
    return e.group_by(*OWN, "code_no").agg(delivered_n=e.trace_code.nunique())


def _beyond(at: Shared, lines: ir.Table, role: str) -> ir.Table:
    """One hit for each provider: its lines, and of their money the part beyond the expected."""
    rows = at.told(lines)
    fen = ibis.greatest(rows.sold_fen, 0)
    mid = (fen.cast("float64") * rows.excess_share).round().cast("int64")
    return found(rows, Part(("provider_id",), role, NOTHING, mid, fen, who=("provider_id",)))


def _came_back(at: Shared, values: Values) -> ir.Table:
    """Packs settled for a person that another provider buys afterwards, several times."""
    t = packs(at)
    e = at.claims.table("trace_events")
    e = e.filter(e.happened_at.date() <= at.as_of)
    e = e.select("event", on=e.happened_at.date(), of="trace_code", by="provider_id")
    bought = e.filter(e.event == "purchased")
    j = t.inner_join(bought, [t.code == bought.of, t.provider_id != bought.by])
    late = days_between(j.on, j.served_on).cast("float64")
    j = j.filter(late > values.number("late_days", j, "served_on"))
    back = e.filter(e.event == "returned").select(back_of="of", back_on="on")
    j = j.anti_join(back, [j.code == back.back_of, j.on >= back.back_on])
    bag = j.select("patient_id", "claim_id").distinct()
    bags = bag.group_by("patient_id").agg(
        bags_n=bag.count(), level=ibis.null("int64"), provider_kind=ibis.null("string")
    )
    j = j.drop("level", "provider_kind").inner_join(bags, "patient_id")
    j = j.filter(j.bags_n.cast("float64") >= values.number("times", j, "served_on"))
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.on))
    fen = ibis.greatest(j.fund_fen, 0)
    return found(j, Part(("patient_id",), "came_back", NOTHING, fen, fen,
                         known_on="both_known_on", who=("patient_id",)))  # fmt: skip


SHELVES: tuple[Rule, ...] = (
    Rule(
        id="R12.pack_came_back", result_type="suspicious", grain="patient", stage="after",
        needs=("claim_lines.trace_code", "trace_events.trace_code"),
        thresholds=(("late_days", "days"), ("times", "count")), clause="41(3)", no_clause=None,
        words=("packs settled for a person are bought by another provider afterwards",
               "已为该参保人结算的药品此后又被其他机构购进（回流）"),
        amount=("at most what the fund paid of the lines", "至多为相关行的基金支付额"),
        exceptions=(("purchases recorded late, within the tolerance", "容差以内的购进补录"),
                    ("packs that were returned in between", "其间已退回的包装"),
                    ("a single purchase: a slip of the scanner", "仅一次（扫码差错）")),
        find=_came_back,
    ),
    Rule(
        id="R14.month_without_record", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, _STOCKED, "items.kind"), thresholds=(*RATE, ("without_any", "share")),
        clause="39(2)", no_clause=None,
        words=("goods are settled in months of which the stock record knows nothing, beyond peers",
               "结算月份无该药品耗材的库存记录，频次高于同类"),
        amount=_BEYOND,
        exceptions=(("goods and months of which nobody has a record",
                     "全基金均无库存记录的项目或月份"),
                    ("records that like providers do not send either", "同类机构也普遍不报送"),
                    ("no record at all, where several like providers have none",
                     "与多家同类机构一样从无库存记录（未纳入报送）"),
                    _FEW),
        find=_month_without_record,
    ),
    Rule(
        id="R14.bought_on_paper", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "claim_lines.trace_code", "items.kind", _STOCKED,
               "trace_events.trace_code", "trace_events.item_code"),
        thresholds=RATE, clause="39(2)", no_clause=None,
        words=(("goods are settled without a code, which the books have bought and nobody is known "
                "to have delivered, beyond peers"),
               "账面购进而无流通追溯记录的药品耗材，未扫码即结算，频次高于同类"),
        amount=_BEYOND,
        exceptions=(("items that like providers do not scan in these months either",
                     "同期同类机构同品种也未扫码"),
                    ("items of which as many packs were delivered as the books say",
                     "流通追溯记录与账面购进相符的品种"),
                    _FEW),
        find=_on_paper,
    ),
    Rule(
        id="R25.packs_not_scanned", result_type="suspicious", grain="provider", stage="during",
        needs=(_LINES, "claim_lines.trace_code", "items.kind"),
        thresholds=(*RATE, ("scanned", "share")), clause="39(3)", no_clause=None,
        words=("goods are settled without the code of the pack, where like providers scan them",
               "结算药品耗材未上传追溯码，频次高于同类同品种"),
        amount=_BEYOND,
        exceptions=(("items that like providers do not scan in these months either",
                     "同期同类机构同品种也未扫码"), _FEW),
        find=_not_scanned,
    ),
    Rule(
        id="R13.sold_after_return", result_type="suspicious", grain="provider", stage="during",
        needs=("claim_lines.trace_code", "trace_events.trace_code"),
        thresholds=(("late_days", "days"),), clause=None, no_clause=UNNAMED,
        words=("a pack went back to its supplier unsold, and is settled afterwards",
               "药品未售即退回供应商后，其追溯码仍被结算"),
        amount=("at most what fund and account paid of the line", "至多为该行基金与个人账户支付额"),
        exceptions=(("packs that a customer brought back: sold before their return",
                     "顾客退回的包装（退回前已售出）"),
                    ("packs bought again since, within the tolerance of late records",
                     "退回后再次购进（含补录容差）"),
                    ("a return and a sale on one day", "同日退回与销售")),
        find=_sold_after_return,
    ),
    Rule(
        id="R14.opening_not_closing", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "stock_moves.opening", "stock_moves.closing"),
        thresholds=(("shrink", "share"), ("least_quantity", "quantity"), ("factor_slack", "share")),
        clause=None, no_clause=UNNAMED,
        words=("months open with more stock than the last one closed with, and it is settled",
               "月初库存高于上月末库存，且高出部分已结算"),
        amount=("what fund and account paid of what was never bought; at most of these months",
                "未购进部分的基金与个人账户支付额；上限为相关月份各行"),
        exceptions=(("surplus of a stock-taking: small for the item, or a few packs in all",
                     "盘盈（占比小或总量少）"),
                    ("a closing mistyped: the month's own outflow is wrong by as much",
                     "期末数误填（当月出库同幅偏差）"),
                    ("another unit of measure: one rise, by a whole factor",
                     "更换计量单位（一次整数倍变化）"),
                    ("months after one without a stock record", "上月无库存记录的月份")),
        find=_opening_not_closing,
    ),
)  # fmt: skip
