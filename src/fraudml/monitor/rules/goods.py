"""Rules about goods: packs sold twice, and more settled than ever left the shelf."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.copies import COPIED_CLAIM, COPIED_LINE, first_claims, first_lines
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import SCALE, Shared

_ITEMS_OF_DEFAULT = 3  # a pack is of one item: what stands for several is a scanner's default
_FEWEST_MONTHS = 3  # of one and the same factor before it is taken for a unit of measure


def month_number(day: ir.DateValue) -> ir.IntegerValue:
    """The month of a day as one number: 202403."""
    return (day.year() * 100 + day.month()).cast("int64")


def packs(at: Shared) -> ir.Table:
    """One row per line and traceability code on it, computed once."""
    return at.keep("pack", lambda: _packs(at))


def stock(at: Shared) -> ir.Table:
    """The stock record by month beside what was settled, computed once."""
    return at.keep("stock", lambda: _stock(at))


def _packs(at: Shared) -> ir.Table:
    """One row per line and traceability code on it."""
    raw = at.claims.table("claim_lines")
    raw = raw.filter(raw.trace_code.notnull(), raw.quantity > 0)
    raw = raw.select("claim_id", traced_line="line_no", code=raw.trace_code.unnest()).distinct()
    raw = raw.inner_join(at.claim.select("claim_id", "claim_no"), "claim_id").drop("claim_id")
    t = at.line.filter(at.line.traced)
    traced = t.inner_join(raw, [t.claim_no == raw.claim_no, t.line_no == raw.traced_line])
    return at.told(traced.drop("traced_line"))


def default_codes(at: Shared) -> ir.Table:
    """Codes that stand for several items and that nobody is known to have bought: of no pack."""
    return at.keep("pack-defaults", lambda: _defaults(at))


def _defaults(at: Shared) -> ir.Table:
    t = packs(at)
    items = t.group_by("code").agg(items_n=t.code_no.nunique())
    d = items.filter(items.items_n >= _ITEMS_OF_DEFAULT)
    if at.claims.has("trace_events"):
        e = at.claims.table("trace_events")
        bought = e.filter(e.event == "purchased", e.happened_at.date() <= at.as_of)
        d = d.anti_join(bought, d.code == bought.trace_code)
    return d


def _sold_again(at: Shared) -> ir.Table:
    """Packs sold more often than they came back, beside how many persons they were sold to."""
    t = packs(at)
    t = first_claims(t, at)
    t = t.anti_join(default_codes(at), "code")
    sales = t.select("code", "claim_id", "patient_id").distinct()
    claims = sales.group_by("code").agg(sales_n=sales.count())
    persons = sales.select("code", "patient_id").distinct()
    persons = persons.group_by(known_code=persons.code).agg(persons_n=persons.count())
    j = claims.filter(claims.sales_n > 1)
    j = j.inner_join(persons, j.code == persons.known_code).drop("known_code")
    if at.claims.has("trace_events"):
        e = at.claims.table("trace_events")
        back = e.filter(e.event == "returned", e.happened_at.date() <= at.as_of)
        back = back.group_by(back_code=back.trace_code).agg(back_n=back.count())
        j = j.left_join(back, j.code == back.back_code).drop("back_code")
        j = j.filter(j.sales_n > j.back_n.coalesce(0) + 1)
    sold = j.select("persons_n", sold_code=j.code)
    rows = t.inner_join(sold, t.code == sold.sold_code)
    order = ibis.window(group_by="code", order_by=["served_on", "second", "claim_id", "line_no"])
    return rows.mutate(nth=ibis.row_number().over(order))


def sold_again(at: Shared) -> ir.Table:
    """Rows of packs sold more often than they came back, in their order, computed once."""
    return at.keep("pack-again", lambda: _sold_again(at))


def _sold_twice(at: Shared, _values: Values) -> ir.Table:
    t = sold_again(at)
    return _again(t.filter(t.persons_n == 1), ("provider_id", "practitioner_id", "patient_id"))


def _across_people(at: Shared, _values: Values) -> ir.Table:
    t = sold_again(at)
    return _again(t.filter(t.persons_n > 1), ("provider_id",))


def _again(t: ir.Table, who: tuple[str, ...]) -> ir.Table:
    """One hit for each pack and seller who sold it again, beside the first sale.

    The first sale is held against nobody where another provider made it.
    """
    key = ("code", "again_by")
    later = t.filter(t.nth > 0).mutate(again_by=t.provider_id)
    sellers = later.select("code", "again_by").distinct()
    first = t.filter(t.nth == 0).view().inner_join(sellers, "code")
    own = first.provider_id == first.again_by
    first = first.mutate(
        provider_id=own.ifelse(first.provider_id, ibis.null("string")),
        practitioner_id=own.ifelse(first.practitioner_id, ibis.null("string")),
    )
    fen = later.sold_fen
    again = found(later, Part(key, "sold", fen, fen, fen, who=who))
    return again.union(found(first, Part(key, "sold", NOTHING, NOTHING, first.sold_fen, who=who)))


def _before_purchase(at: Shared, values: Values) -> ir.Table:
    t = packs(at)
    e = at.claims.table("trace_events")
    e = e.filter(e.event == "purchased", e.happened_at.date() <= at.as_of)
    bought = e.group_by(bought_code=e.trace_code, buyer=e.provider_id).agg(
        bought_on=e.happened_at.min().date()
    )
    j = t.inner_join(bought, [t.code == bought.bought_code, t.provider_id == bought.buyer])
    early = days_between(j.bought_on, j.served_on).cast("float64")
    j = j.filter(early > values.number("late_days", j, "served_on"))
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.bought_on))
    return found(j, Part(("code", "provider_id"), "sold_before_purchase", NOTHING, j.sold_fen,
                         j.sold_fen, known_on="both_known_on",
                         who=("provider_id",)))  # fmt: skip


def _stock(at: Shared) -> ir.Table:
    """One row per provider, item and month of the stock record, beside what was settled in it."""
    s = at.claims.table("stock_moves")
    end = (s.month + ibis.interval(months=1)).cast("date") - ibis.interval(days=1)
    s = s.mutate(stock_known_on=s.known_on.coalesce(end.cast("date")))
    s = s.filter(s.stock_known_on <= at.as_of)
    s = s.select(
        "provider_id", "item_code", "stock_known_on", month=month_number(s.month),
        out_e4=((s.opening + s.purchased - s.returned - s.closing) * SCALE).round().cast("int64"),
        opening_e4=(s.opening * SCALE).round().cast("int64"),
        closing_e4=(s.closing * SCALE).round().cast("int64"),
    )  # fmt: skip
    t = first_lines(at.line.filter(at.line.quantity_e4 > 0), at)
    t = t.mutate(month=month_number(t.served_on))
    sold = t.group_by("provider_no", "code_no", sold_month=t.month).agg(
        settled_e4=t.quantity_e4.sum()
    )
    p = at.provider.select("provider_no", "level", "provider_kind", seller="known_provider")
    sold = sold.inner_join(p, "provider_no").drop("provider_no")
    sold = sold.inner_join(at.code, "code_no").drop("code_no").rename(sold_item="item_code")
    j = s.left_join(
        sold,
        [
            s.provider_id == sold.seller,
            s.item_code == sold.sold_item,
            s.month == sold.sold_month,
        ],
    )
    return j.mutate(settled_e4=j.settled_e4.coalesce(0)).drop("seller", "sold_item", "sold_month")


def _running(m: ir.Table, values: Values) -> ir.Table:
    """Months beside what was settled beyond the stock so far, and whether it looks like a unit."""
    so_far = ibis.cumulative_window(group_by=["provider_id", "item_code"], order_by="month")
    m = m.mutate(
        excess_e4=(m.settled_e4 - m.out_e4).sum().over(so_far),
        all_out_e4=m.out_e4.sum().over(so_far),
        factor=m.settled_e4.cast("float64") / (m.out_e4 > 0).ifelse(m.out_e4, None).cast("float64"),
        last_known_on=m.stock_known_on.max().over(so_far),
    )
    slack = values.number("factor_slack", m, "stock_known_on")
    whole = ((m.factor - m.factor.round()).abs() <= slack * m.factor) & (m.factor > 1.5)
    shrink = values.number("shrink", m, "stock_known_on") * m.all_out_e4.cast("float64")
    limit = shrink + values.number("least_quantity", m, "stock_known_on") * SCALE
    return m.mutate(
        unlike=((m.settled_e4 > 0) & ~whole.coalesce(False)).cast("int64"),
        over=m.excess_e4.cast("float64") > limit,
    )


def _in_excess(m: ir.Table) -> ir.Table:
    """Providers and items that were over their stock in some month, units of measure left out."""
    whole = m.group_by(held_by=m.provider_id, held_item=m.item_code).agg(
        excess_e4=m.over.ifelse(m.excess_e4, 0).max(), months_n=m.count(),
        unlike_n=m.unlike.sum(), low_factor=m.factor.round().min(),
        high_factor=m.factor.round().max(),
        over_known_on=m.over.ifelse(m.last_known_on, None).max(),
    )  # fmt: skip
    unit = (
        (whole.unlike_n == 0)
        & (whole.low_factor == whole.high_factor)
        & (whole.months_n >= _FEWEST_MONTHS)
    )
    return whole.filter(whole.excess_e4 > 0, ~unit.coalesce(False))


def _over_stock(at: Shared, values: Values) -> ir.Table:
    m = _running(stock(at), values)
    hit = _in_excess(m)
    rising = m.filter(m.settled_e4 > m.out_e4).select(
        rising_by=m.provider_id, rising_item=m.item_code, rising_month=m.month
    )
    hit = hit.inner_join(
        rising, [hit.held_by == rising.rising_by, hit.held_item == rising.rising_item]
    )
    return settled_in(at, hit, "settled")


def settled_in(at: Shared, hit: ir.Table, role: str) -> ir.Table:
    """One hit for each provider and item: its lines of some months, and the part in excess.

    hit  held_by, held_item, rising_month, excess_e4 (of all months together), over_known_on
    """
    p = at.provider.select("provider_no", held_by="known_provider")
    hit = hit.inner_join(p, "held_by")
    hit = hit.inner_join(at.code.select("code_no", held_item="item_code"), "held_item")
    hit = hit.select("excess_e4", "over_known_on", "rising_month", seller_no="provider_no",
                     sold_no="code_no")  # fmt: skip
    t = first_lines(at.line.filter(at.line.quantity_e4 > 0), at)
    j = t.inner_join(hit, [t.provider_no == hit.seller_no, t.code_no == hit.sold_no])
    j = at.told(j.filter(month_number(j.served_on) == j.rising_month))
    whole = ibis.window(group_by=["provider_id", "item_code"])
    j = j.mutate(
        rows_e4=j.quantity_e4.sum().over(whole),
        both_known_on=ibis.greatest(j.settled_on, j.over_known_on),
    )
    loss = share_of(j.sold_fen, ibis.least(j.excess_e4, j.rows_e4), j.rows_e4)
    part = Part(
        ("provider_id", "item_code"), role, NOTHING, loss, j.sold_fen,
        known_on="both_known_on", who=("provider_id",),
    )  # fmt: skip
    return found(j, part)


_TRACED = "claim_lines.trace_code"
_BACK = ("packs that came back in between", "期间退回的包装")
_DEFAULT = (
    "a code of several items that nobody bought: a scanner's default, no pack",
    "对应多个品种且无购进记录的代码（扫码设备默认值）",
)

GOODS: tuple[Rule, ...] = (
    Rule(
        id="R13.sold_twice",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_TRACED,),
        thresholds=(),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "one pack, by its traceability code, is settled again for the same person",
            "同一追溯码对同一人重复结算",
        ),
        amount=(
            "what fund and account paid after the first sale; at most of all",
            "首次以后的基金与个人账户支付额；上限为全部",
        ),
        exceptions=(
            _BACK,
            ("the code repeated within one claim", "同一结算单内重复填写"),
            _DEFAULT,
            COPIED_CLAIM,
        ),
        find=_sold_twice,
    ),
    Rule(
        id="R13.across_people",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_TRACED,),
        thresholds=(),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "one pack, by its traceability code, is settled for several persons",
            "同一追溯码在多人名下结算",
        ),
        amount=(
            "what fund and account paid after the first sale; at most of all",
            "首次以后的基金与个人账户支付额；上限为全部",
        ),
        exceptions=(_BACK, _DEFAULT),
        find=_across_people,
    ),
    Rule(
        id="R13.before_purchase",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=(_TRACED, "trace_events.trace_code"),
        thresholds=(("late_days", "days"),),
        clause=None,
        no_clause=UNNAMED,
        words=("a pack is settled before the provider bought it", "药品在购进之前已结算"),
        amount=("at most what fund and account paid of the line", "至多为该行基金与个人账户支付额"),
        exceptions=(
            ("purchases recorded late, within the tolerance", "容差以内的购进补录"),
            ("packs of which no purchase is recorded", "无购进记录的包装"),
        ),
        find=_before_purchase,
    ),
    Rule(
        id="R14.settled_over_stock",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=("claim_lines.item_code", "stock_moves.purchased"),
        thresholds=(("shrink", "share"), ("least_quantity", "quantity"), ("factor_slack", "share")),
        clause=None,
        no_clause=UNNAMED,
        words=(
            "more of an item is settled, month upon month, than left the provider's stock",
            "逐月累计结算数量超过库存实际出库数量",
        ),
        amount=(
            "what fund and account paid of the excess; at most of the months concerned",
            "超出部分的基金与个人账户支付额；上限为相关月份各行",
        ),
        exceptions=(
            ("loss and rounding within the tolerance", "损耗与取整容差"),
            (
                "two units of measure: one and the same factor in every month",
                "计量单位换算：各月倍数恒定",
            ),
            ("items and months without a stock record", "无库存记录的项目或月份"),
            COPIED_LINE,
        ),
        find=_over_stock,
    ),
)
