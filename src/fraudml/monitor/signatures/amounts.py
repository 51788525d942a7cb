"""Slips of how much: packs counted in tablets, whole units read as hundredths."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import SCALE, Shared
from fraudml.monitor.signatures.entry import Signature, touched
from fraudml.monitor.signatures.tables import normed, number, shared_with, with_ids

_LINES = "claim_lines.item_code"
_OFF = ("provider_no", "code_no", "dearer")


def _unit_jump(at: Shared, values: Values) -> ir.Table:
    t = normed(at).left_join(at.limits("item_kind"), "item_no").drop("item_no_right")
    t, (others, least_ratio) = number(at, t, values, "least_providers", "least_ratio")
    goods = t.item_kind.isin(("drug", "consumable")).coalesce(True)  # what comes in packs
    t = t.filter(t.norm_providers_n.cast("float64") >= others, t.quantity_e4 > 0, goods)
    t = t.mutate(
        dearer=t.price_ratio >= least_ratio,
        off=(t.price_ratio >= least_ratio) | (t.price_ratio * least_ratio <= 1.0),
        quantity=t.quantity_e4.cast("float64") / SCALE,
        month=t.served_on.truncate("M"),
    )
    t = _off_in_its_month(t, others, least_ratio)
    codes = at.keep("signature-units", lambda: _beside_usual(_units(t)))
    j = _one_factor(at, codes, values)
    j = _without_gap(at, t, j, values)
    found = j.select(*_OFF).union(_all_items(at, t, codes, values), distinct=True)
    rows = with_ids(at, shared_with(t.filter(t.off), found, *_OFF))
    return touched(rows, key=("item_code", "dearer"), code="item_code", on="served_on")


def _off_in_its_month(
    t: ir.Table, others: ir.NumericValue, least_ratio: ir.NumericValue
) -> ir.Table:
    """Lines are in no other unit whose price is that of most houses in their month: it was cut."""
    own = t.group_by("provider_no", "code_no", "month").agg(price=t.unit_price_fen.mean())
    then = own.group_by("code_no", "month").agg(then_fen=own.price.median(), then_n=own.count())
    t = t.left_join(then, ["code_no", "month"]).drop("code_no_right", "month_right")
    ratio = t.unit_price_fen.cast("float64") / t.then_fen.cast("float64")
    known = (t.then_n.cast("float64") > others).coalesce(False)
    usual = known & (ratio < least_ratio) & (ratio * least_ratio > 1.0)
    return t.mutate(off=t.off & ~usual).drop("then_fen", "then_n", "month")


def _beside_usual(codes: ir.Table) -> ir.Table:
    """Items in another unit beside what the provider itself bills of them in the usual one."""
    v = codes.filter(~codes.off).view()
    usual = v.select(
        usual_provider="provider_no", usual_code="code_no", usual_amount="amount",
        usual_quantity="quantity", usual_n="lines_n",
    )  # fmt: skip
    j = codes.filter(codes.off)
    return j.left_join(
        usual, [j.provider_no == usual.usual_provider, j.code_no == usual.usual_code]
    ).drop("usual_provider", "usual_code")


def _like_factors(at: Shared, codes: ir.Table, values: Values) -> ir.Table:
    """Items in another unit that turn by nearly the house's own middle factor, and what is due."""
    middle = codes.spread[1].cast("float64")
    c = codes.mutate(
        factor=ibis.greatest(middle, 1.0 / middle),
        due=ibis.greatest(codes.usual_amount.coalesce(0), codes.norm_amount).cast("float64"),
    )
    own = c.group_by(h_no=c.provider_no, h_dearer=c.dearer).agg(house_factor=c.factor.median())
    c = c.inner_join(own, [c.provider_no == own.h_no, c.dearer == own.h_dearer])
    c, (near,) = number(at, c, values, "factor_whole")
    c = c.filter((c.factor - c.house_factor).abs() <= near * c.house_factor)
    return c.select(*_OFF, "due")


def _all_items(at: Shared, t: ir.Table, codes: ir.Table, values: Values) -> ir.Table:
    """Many items that turn by one factor at once: a small house has few lines of each.

    Held together they must have as many lines and persons as one item, win nothing, and have
    hardly a line in the usual unit between the first and the last.
    """
    c = at.keep("signature-units-of-house", lambda: _like_factors(at, codes, values))
    same = c.view().rename({f"i_{name}": name for name in (*_OFF, "due")})
    j = t.inner_join(same, [t.provider_no == same.i_provider_no, t.code_no == same.i_code_no])
    wrong = j.filter(j.off, j.dearer == j.i_dearer)
    houses = wrong.group_by(w_no=wrong.provider_no, w_dearer=wrong.i_dearer).agg(
        lines_n=wrong.count(), persons_n=wrong.patient_no.nunique(),
        items_n=wrong.code_no.nunique(), first_on=wrong.served_on.min(),
        last_on=wrong.served_on.max(), fen=wrong.amount_fen.sum(), due=wrong.i_due.sum(),
    )  # fmt: skip
    span = houses.select("w_no", "w_dearer", "first_on", "last_on")
    inside = j.inner_join(span, [j.provider_no == span.w_no, j.i_dearer == span.w_dearer])
    inside = inside.filter(inside.served_on >= inside.first_on, inside.served_on <= inside.last_on)
    inside = inside.group_by(n_no=inside.w_no, n_dearer=inside.w_dearer).agg(
        inside_n=inside.count()
    )
    h = houses.inner_join(inside, [houses.w_no == inside.n_no, houses.w_dearer == inside.n_dearer])
    h = h.rename(provider_no="w_no")
    h, (least, persons, items, won, share) = number(
        at, h, values, "least_lines", "least_persons", "least_items", "amount_change",
        "share_of_period",
    )  # fmt: skip
    h = h.filter(
        h.lines_n.cast("float64") >= least,
        h.persons_n.cast("float64") >= persons,
        h.items_n.cast("float64") >= items,
        h.fen.cast("float64") <= h.due * (won + 1.0),
        h.lines_n.cast("float64") >= share * h.inside_n.cast("float64"),
    )
    return shared_with(c, h.rename(dearer="w_dearer"), "provider_no", "dearer").select(*_OFF)


def _units(t: ir.Table) -> ir.Table:
    return t.group_by("provider_no", "code_no", "off", "dearer").agg(
        lines_n=t.count(), persons_n=t.patient_no.nunique(), amount=t.amount_fen.median(),
        quantity=t.quantity.median(), norm_quantity=t.norm_quantity_e4.max() / SCALE,
        norm_amount=t.norm_amount_fen.max(),
        spread=t.price_ratio.quantile([0.1, 0.5, 0.9]),
        first_on=t.served_on.min(), last_on=t.served_on.max(),
    )  # fmt: skip


def _one_factor(at: Shared, j: ir.Table, values: Values) -> ir.Table:
    """Where one whole factor turns the price and its inverse the quantity, and no yuan is won."""
    low, middle, high = (j.spread[n].cast("float64") for n in range(3))
    j = j.mutate(low=low, high=high, factor=ibis.greatest(middle, 1.0 / middle))
    j, (least, persons, even, whole, won, own_lines) = number(
        at, j, values, "least_lines", "least_persons", "factor_spread", "factor_whole",
        "amount_change", "least_lines_before",
    )  # fmt: skip
    before = (j.usual_n.cast("float64") >= own_lines).coalesce(False)
    # a line holds a pack or two: neither the own past nor the others alone say how many
    amounts = _both(before, j.usual_amount, j.norm_amount)
    packs = _both(before, j.usual_quantity, j.norm_quantity)
    quantity = j.quantity * middle
    steady = (j.amount <= amounts[1] * (won + 1.0)) & (j.amount * (won + 1.0) >= amounts[0])
    turned = (quantity <= packs[1] * (won + 1.0)) & (quantity * (won + 1.0) >= packs[0])
    return j.filter(
        j.lines_n.cast("float64") >= least,
        j.persons_n.cast("float64") >= persons,
        j.high <= j.low * (even + 1.0),
        (j.factor - j.factor.round()).abs() <= whole * j.factor,
        steady,
        turned,
    )


def _both(
    before: ir.BooleanValue, own: ir.NumericValue, norm: ir.NumericValue
) -> tuple[ir.FloatingValue, ir.FloatingValue]:
    """The lesser and the larger of the own usual value and the others'; the others' alone."""
    mine, theirs = before.ifelse(own, norm).cast("float64"), norm.cast("float64")
    return ibis.least(mine, theirs), ibis.greatest(mine, theirs)


def _without_gap(at: Shared, t: ir.Table, j: ir.Table, values: Values) -> ir.Table:
    """Where nearly all lines between the first and the last of them are in the other unit."""
    span = j.select(*_OFF, "first_on", "last_on", "lines_n")
    span = span.rename({f"s_{name}": name for name in span.columns})
    inside = t.inner_join(span, [t.provider_no == span.s_provider_no, t.code_no == span.s_code_no])
    inside = inside.filter(inside.served_on >= inside.s_first_on,
                           inside.served_on <= inside.s_last_on)  # fmt: skip
    whole = inside.group_by(
        provider_no=inside.s_provider_no, code_no=inside.s_code_no, dearer=inside.s_dearer
    ).agg(inside_n=inside.count(), off_n=inside.s_lines_n.max())
    whole, (share,) = number(at, whole, values, "share_of_period")
    return whole.filter(whole.off_n.cast("float64") >= share * whole.inside_n.cast("float64"))


def _money_scale(at: Shared, values: Values) -> ir.Table:
    t, (others, near) = number(at, normed(at), values, "least_providers", "factor_tolerance")
    t = t.filter(t.norm_providers_n.cast("float64") >= others)
    times = ibis.greatest(t.price_ratio, 1.0 / t.price_ratio) / 100.0
    t = t.mutate(scaled=((times <= near + 1.0) & (times * (near + 1.0) >= 1.0)).cast("int64"))
    each = t.group_by("claim_no").agg(lines_n=t.count(), scaled_n=t.scaled.sum())
    each = each.inner_join(at.claim.select("claim_no", "provider_no", "settled_on"), "claim_no")
    days = each.group_by("provider_no", "settled_on").agg(
        lines_n=each.lines_n.sum(), scaled_n=each.scaled_n.sum()
    )
    days, (share,) = number(at, days, values, "share_of_day")
    days = days.filter(
        days.scaled_n > 0, days.scaled_n.cast("float64") >= share * days.lines_n.cast("float64")
    )
    days = at.keep("signature-scaled-days", lambda: days)
    scaled = t.filter(t.scaled > 0).select("claim_no", "provider_no", "code_no")
    scaled = scaled.inner_join(at.claim.select("claim_no", "settled_on"), "claim_no")
    whole = shared_with(scaled, days, "provider_no", "settled_on")
    whole = at.keep("signature-scaled-lines", lambda: whole)
    v = whole.view()
    found = v.group_by("provider_no").agg(lines_n=v.count(), items_n=v.code_no.nunique())
    found, (least, items) = number(at, found, values, "least_lines", "least_items")
    found = found.filter(
        found.lines_n.cast("float64") >= least, found.items_n.cast("float64") >= items
    )
    claims = shared_with(at.claim, shared_with(whole, found, "provider_no"), "claim_no")
    days_of_all = touched(claims, key=("provider_id",), code="settled_on")
    return days_of_all.union(_hundredfold(at, values), distinct=True)


def _hundredfold(at: Shared, values: Values) -> ir.Table:
    """Claims with lines at exactly a hundred times what the provider itself takes for the item.

    Several of a few weeks; or one, where its usual price is known well: a point set wrong.
    """
    t = at.line.filter(at.line.unit_price_fen > 0, at.line.amount_fen > 0)
    v = t.view()
    usual = v.group_by(u_no=v.provider_no, u_code=v.code_no).agg(
        usual_fen=v.unit_price_fen.median(), own_n=v.count(),
        spread=v.unit_price_fen.quantile([0.1, 0.9]),
    )  # fmt: skip
    t, (near,) = number(at, t, values, "hundred_tolerance")
    j = t.inner_join(usual, [t.provider_no == usual.u_no, t.code_no == usual.u_code])
    j, (least_own, even) = number(at, j, values, "least_own_lines", "own_spread")
    low, high = (j.spread[n].cast("float64") for n in range(2))
    known = (j.own_n.cast("float64") >= least_own) & (high <= low * (even + 1.0))
    j = j.mutate(alone=known & (j.unit_price_fen.cast("float64") > j.usual_fen))
    ratio = j.unit_price_fen.cast("float64") / j.usual_fen
    j = j.filter((ibis.greatest(ratio, 1.0 / ratio) - 100.0).abs() <= near * 100.0)
    j = j.select("claim_no", "provider_no", "code_no", "served_on", "alone")
    scaled = at.keep("signature-hundredfold", lambda: j)
    v = scaled.view()
    each = v.group_by(e_no=v.provider_no, e_code=v.code_no, e_on=v.served_on).agg(n=v.count())
    first = scaled.select("provider_no", first_on="served_on").distinct()
    near_by = first.inner_join(
        each,
        [first.provider_no == each.e_no, each.e_on >= first.first_on],
    )
    near_by, (span,) = number(at, near_by, values, "days")
    near_by = near_by.filter(days_between(near_by.e_on, near_by.first_on).cast("float64") < span)
    found = near_by.group_by("provider_no", "first_on").agg(
        lines_n=near_by.n.sum(), items_n=near_by.e_code.nunique(), last_on=near_by.e_on.max()
    )
    found, (least, items) = number(
        at, found, values, "least_hundredfold_lines", "least_hundredfold_items"
    )
    found = found.filter(
        found.lines_n.cast("float64") >= least, found.items_n.cast("float64") >= items
    ).select("first_on", "last_on", found_no="provider_no")
    w = scaled.view()
    rows = w.semi_join(
        found,
        [w.provider_no == found.found_no, w.served_on >= found.first_on,
         w.served_on <= found.last_on],
    )  # fmt: skip
    rows = rows.union(w.filter(w.alone), distinct=True)
    claims = shared_with(at.claim, rows, "claim_no")
    return touched(claims, key=("provider_id",), code="settled_on")


AMOUNTS: tuple[Signature, ...] = (
    Signature(
        id="D09.unit_jump",
        cause="item",
        needs=(_LINES,),
        thresholds=(
            ("least_providers", "count"), ("least_ratio", "ratio"), ("least_lines", "count"),
            ("least_persons", "count"), ("factor_spread", "share"), ("factor_whole", "share"),
            ("amount_change", "share"), ("least_lines_before", "count"),
            ("share_of_period", "share"), ("least_items", "count"),
        ),
        explains=("R05.price_above_cap", "R09.quantity_above_daily_maximum", "T14"),
        repair="drop",
        words=(("quantity and unit price of an item jump by one whole factor in opposite ways "
               "while the amount stays: another unit of measure"),
               "某项目数量与单价按同一整数倍反向变化而金额不变，疑为计量单位变换"),
        ask=(("Check the unit of measure and the conversion of this item in the price list and the "
             "stock book, correct it, and send the lines again in the catalogue's unit."),
             "请核对该项目在价目表与进销存中的计量单位及换算，更正后按目录单位重传明细。"),
        twin=(("a raised price or an invented quantity raises the amount; here one factor undoes "
              "the other and nothing is won"),
              "提价或虚增数量会使金额上升；此处两者相抵，金额不变"),
        find=_unit_jump,
    ),
    Signature(
        id="D10.money_scale",
        cause="batch",
        needs=(_LINES,),
        thresholds=(
            ("least_providers", "count"), ("factor_tolerance", "share"), ("share_of_day", "share"),
            ("least_lines", "count"), ("least_items", "count"), ("hundred_tolerance", "share"),
            ("days", "days"), ("least_hundredfold_lines", "count"),
            ("least_hundredfold_items", "count"), ("least_own_lines", "count"),
            ("own_spread", "share"),
        ),
        explains=("T05", "R09.money_above_peers", "R23.not_filed"),
        repair="drop",
        words=(("prices stand at a hundred times, or a hundredth, of what the items cost, on "
               "nearly all lines of some days or on single ones: unit of money or point mistaken"),
               "单价恰为通常价格的百倍或百分之一（若干日几乎全部或个别明细），疑为金额单位或小数点有误"),
        ask=(("Check the unit of money of the interface and how prices are typed on these days, "
             "and reverse and send the claims again with the right amounts."),
             "请核对相关日期接口的金额单位及价格录入，冲红后按正确金额重传。"),
        twin=(("overcharging stays plausible and recurs; this is exactly a hundred times the own "
              "price, of every item or of one line among many"),
              "超标准收费幅度有限且反复出现；此处恰为自身价格的百倍，或涉及所有项目，或仅个别明细"),
        find=_money_scale,
    ),
)  # fmt: skip
