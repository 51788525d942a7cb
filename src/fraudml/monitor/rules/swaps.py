"""Rules about what was really given: another item, another scope, more than a supply takes."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.goods import packs, stock
from fraudml.monitor.rules.people import supply
from fraudml.monitor.shared import SCALE, Shared


def _other_purchased(at: Shared, values: Values) -> ir.Table:
    """Items settled beyond the stock while a cheaper one of the kind left the shelf unsettled."""
    price = at.line.filter(at.line.quantity_e4 > 0, at.line.amount_fen > 0)
    price = price.group_by("code_no").agg(
        fen=price.amount_fen.sum().cast("float64") / price.quantity_e4.sum().cast("float64"),
        item_no=price.item_no.max(),
    )
    price = price.inner_join(at.limits("item_kind"), "item_no").drop("item_no")
    price = price.inner_join(at.code, "code_no").select("item_code", "fen", "item_kind", "code_no")
    m = stock(at)
    own = m.group_by("provider_id", "item_code").agg(
        beyond_e4=(m.settled_e4 - m.out_e4).sum(), settled_e4=m.settled_e4.sum(),
        out_e4=m.out_e4.sum(), stock_known_on=m.stock_known_on.max(), level=m.level.max(),
        provider_kind=m.provider_kind.max(),
    )  # fmt: skip
    own = own.inner_join(price, "item_code")
    least = values.number("least_quantity", own, "stock_known_on") * SCALE
    slack = values.number("slack", own, "stock_known_on")
    over = own.filter(
        own.beyond_e4.cast("float64") > least,
        own.beyond_e4.cast("float64") > slack * own.out_e4.cast("float64"),
    )
    under = own.filter(
        (-own.beyond_e4).cast("float64") > least,
        (-own.beyond_e4).cast("float64") > slack * own.out_e4.cast("float64"),
    )
    under = under.select(
        kind_given="item_kind", fen_given="fen", given_e4=-under.beyond_e4, given_by="provider_id"
    )
    j = over.inner_join(
        under, [over.provider_id == under.given_by, over.item_kind == under.kind_given]
    )
    j = _near(j, values)
    best = j.group_by("provider_id", "code_no", "beyond_e4", "settled_e4", "stock_known_on").agg(
        saved=(1.0 - j.fen_given / j.fen).max()
    )
    p = at.provider.select("provider_no", provider_id="known_provider")
    best = best.inner_join(p, "provider_id").drop("provider_id")
    t = at.line.filter(at.line.quantity_e4 > 0)
    j = at.told(t.inner_join(best, ["provider_no", "code_no"]))
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.stock_known_on))
    part = share_of(j.sold_fen, ibis.least(j.beyond_e4, j.settled_e4), j.settled_e4)
    mid = (part.cast("float64") * j.saved).round().cast("int64")
    return found(j, Part(("provider_id", "item_code"), "settled", NOTHING, mid, j.sold_fen,
                         known_on="both_known_on", who=("provider_id",)))  # fmt: skip


def _near(j: ir.Table, values: Values) -> ir.Table:
    """Pairs of which about as much is missing of the one as is left of the other."""
    near = values.number("near", j, "stock_known_on")
    missing, left = j.beyond_e4.cast("float64"), j.given_e4.cast("float64")
    return j.filter(
        j.fen > j.fen_given, left >= missing * (1.0 - near), left <= missing * (1.0 + near)
    )


def _local_code(at: Shared, values: Values) -> ir.Table:
    """A provider's own code settled under several national ones in the same days."""
    t = at.line.filter(at.line.amount_fen > 0).inner_join(at.local_line, ["claim_no", "line_no"])
    m = t.group_by("provider_no", "local_no", "code_no").agg(
        first_on=t.served_on.min(), last_on=t.served_on.max(), lines_n=t.count(),
        fen=t.amount_fen.sum().cast("float64") / t.quantity_e4.sum().nullif(0).cast("float64"),
    )  # fmt: skip
    p = at.provider.select("provider_no", "level", "provider_kind")
    m = m.inner_join(p, "provider_no")
    o = m.view().select(
        "provider_no", "local_no", other_no="code_no", other_first="first_on",
        other_last="last_on", other_fen="fen", other_n="lines_n",
    )  # fmt: skip
    j = m.inner_join(o, ["provider_no", "local_no"])
    both_days = ibis.least(j.last_on, j.other_last).delta(
        ibis.greatest(j.first_on, j.other_first), unit="day"
    )
    least = values.number("least", j, "last_on")
    j = j.filter(
        j.code_no != j.other_no, j.fen > j.other_fen,
        both_days.cast("float64") >= values.number("days", j, "last_on"),
        j.lines_n.cast("float64") >= least, j.other_n.cast("float64") >= least,
    )  # fmt: skip
    dear = j.group_by("provider_no", "local_no", "code_no").agg(
        saved=(1.0 - j.other_fen / j.fen).max()
    )
    rows = at.told(t.inner_join(dear, ["provider_no", "local_no", "code_no"]))
    rows = rows.inner_join(at.local_code, "local_no")
    mid = (rows.sold_fen.cast("float64") * rows.saved).round().cast("int64")
    return found(rows, Part(("provider_id", "local_item_code"), "dearer_code", NOTHING, mid,
                            rows.sold_fen, who=("provider_id",)))  # fmt: skip


def _other_pack(at: Shared, _values: Values) -> ir.Table:
    """A pack settled as an item that its purchase does not name."""
    e = at.claims.table("trace_events")
    e = e.filter(e.item_code.notnull(), e.happened_at.date() <= at.as_of)
    named = e.group_by(event_code=e.trace_code).agg(
        named=e.item_code.min(), names_n=e.item_code.nunique(),
        seen_on=e.happened_at.min().date(),
    )  # fmt: skip
    t = packs(at)
    j = t.inner_join(named, t.code == named.event_code)
    j = j.filter(j.names_n == 1, j.named != j.item_code)
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.seen_on))
    return found(j, Part(("claim_id", "line_no"), "other_item", NOTHING, j.sold_fen, j.sold_fen,
                         known_on="both_known_on"))  # fmt: skip


def _bought_by_another(at: Shared, _values: Values) -> ir.Table:
    """A pack settled by a provider that never bought it, while another one did.

    A chain buys for all its shops: a buyer of the same operator is the seller's own.
    """
    e = at.claims.table("trace_events")
    e = e.filter(e.event == "purchased", e.happened_at.date() <= at.as_of)
    bought = e.group_by(bought_code=e.trace_code).agg(bought_on=e.happened_at.max().date())
    p = at.claims.table("providers").select("provider_id", "operator_id")
    p = p.mutate(house=p.operator_id.coalesce(p.provider_id)).drop("operator_id")
    own = e.select(own_code="trace_code", buyer="provider_id").distinct()
    buyers = p.select(buyer="provider_id", own_house="house")
    own = own.inner_join(buyers, "buyer").drop("buyer").distinct()
    t = packs(at).inner_join(p, "provider_id")
    t = t.anti_join(own, [t.code == own.own_code, t.house == own.own_house]).drop("house")
    j = t.inner_join(bought, t.code == bought.bought_code)
    j = j.mutate(both_known_on=ibis.greatest(j.settled_on, j.bought_on))
    return found(j, Part(("code", "provider_id"), "bought_by_another", NOTHING, j.sold_fen,
                         j.sold_fen, known_on="both_known_on",
                         who=("provider_id",)))  # fmt: skip


def _never_stocked(at: Shared, values: Values) -> ir.Table:
    """Goods settled by a provider whose stock record is kept and never had them."""
    s = at.claims.table("stock_moves")
    end = (s.month + ibis.interval(months=1)).cast("date") - ibis.interval(days=1)
    s = s.filter(s.known_on.coalesce(end.cast("date")) <= at.as_of)
    kept = s.group_by(keeper="provider_id").agg(
        items_n=s.item_code.nunique(), kept_from=s.month.min(),
        kept_until=(s.month.max() + ibis.interval(months=1)).cast("date"),
    )  # fmt: skip
    p = at.provider.select("provider_no", "level", "provider_kind", keeper="known_provider")
    kept = kept.inner_join(p, "keeper").mutate(on=at.as_of)
    kept = kept.filter(kept.items_n.cast("float64") >= values.number("items", kept, "on")).select(
        "provider_no", "kept_from", "kept_until"
    )
    had = s.select(keeper="provider_id", item_code="item_code").distinct()
    had = had.inner_join(p.select("keeper", "provider_no"), "keeper")
    had = had.inner_join(at.code, "item_code").select("provider_no", "code_no")
    i = at.limits("item_kind")
    t = at.line.inner_join(i.filter(i.item_kind.isin(["drug", "consumable"])), "item_no")
    t = t.filter(t.quantity_e4 > 0).anti_join(had, ["provider_no", "code_no"])
    j = t.inner_join(kept, "provider_no").inner_join(_recorded(at, kept, had), "code_no")
    j = at.told(j.filter(j.served_on >= j.kept_from, j.served_on < j.kept_until))
    whole = ibis.window(group_by=["provider_no", "code_no"])
    j = j.mutate(pieces_e4=j.quantity_e4.sum().over(whole))
    j = j.filter(
        j.pieces_e4.cast("float64") >= values.number("least_quantity", j, "served_on") * SCALE
    )
    # herbs, and what is mixed on the spot: left out by most who keep a record
    few = j.others_n.cast("float64") < values.number("others", j, "served_on")
    most = j.others_n.cast("float64") * values.number("share", j, "served_on")
    j = j.filter(few | (j.has_n.cast("float64") >= most))
    return found(j, Part(("provider_id", "item_code"), "never_stocked", NOTHING, j.sold_fen,
                         j.sold_fen, who=("provider_id",)))  # fmt: skip


def _recorded(at: Shared, kept: ir.Table, had: ir.Table) -> ir.Table:
    """Each item and, of its users who keep a record, all but one, and who have it there.

    That one is whoever is asked, and does not have it.
    """
    t = at.line.filter(at.line.quantity_e4 > 0).semi_join(kept, "provider_no")
    t = t.select("provider_no", "code_no").distinct()
    has = had.select(has_no="provider_no", has_code="code_no", has=ibis.literal(1, "int64"))
    t = t.left_join(has, [t.provider_no == has.has_no, t.code_no == has.has_code])
    return t.group_by("code_no").agg(others_n=t.count() - 1, has_n=t.has.coalesce(0).sum())


def _scope_unlike(at: Shared, values: Values) -> ir.Table:
    """Lines inside the fund's scope of an item that the other providers bill as outside it."""
    t = at.line.filter(at.line.amount_fen > 0)
    m = t.group_by("provider_no", "code_no").agg(
        outside_n=t.outside_scope.cast("int64").sum(), lines_n=t.count()
    )
    some = m.group_by("code_no").agg(
        all_outside_n=m.outside_n.sum(), all_lines_n=m.lines_n.sum(), providers_n=m.count()
    )
    some = some.filter(some.all_outside_n > 0)
    m = m.inner_join(some, "code_no").inner_join(
        at.provider.select("provider_no", "level", "provider_kind"), "provider_no"
    )
    m = m.mutate(on=at.as_of)
    others = (m.all_lines_n - m.lines_n).cast("float64")
    m = m.filter(
        m.providers_n.cast("float64") > values.number("providers", m, "on"),
        (m.all_outside_n - m.outside_n).cast("float64") >= others * values.number("share", m, "on"),
        m.outside_n < m.lines_n,
    ).select("provider_no", "code_no")
    t = t.filter(~t.outside_scope, t.charged).semi_join(m, ["provider_no", "code_no"])
    j = at.told(t)
    return found(j, Part(("provider_id", "item_code"), "inside_scope", NOTHING, j.fund_fen,
                         j.fund_fen, who=("provider_id",)))  # fmt: skip


def _supply_too_long(at: Shared, values: Values) -> ir.Table:
    i = at.limits("item_kind")
    t = at.line.filter(at.line.days_supply > 0, at.line.quantity_e4 > 0, ~at.line.inpatient)
    p = at.provider.select("provider_no", "level", "provider_kind")
    t = t.inner_join(p, "provider_no").inner_join(i.filter(i.item_kind == "drug"), "item_no")
    limit = values.number("days", t, "served_on")
    t = t.mutate(longest=limit).filter(lambda r: r.days_supply.cast("float64") > r.longest)
    j = at.told(t.drop("level", "provider_kind"))
    mid = share_of(j.fund_fen, j.days_supply.cast("float64") - j.longest, j.days_supply)
    return found(j, Part(("claim_id", "line_no"), "supply_too_long", NOTHING, mid,
                         j.fund_fen))  # fmt: skip


def _hoarded(at: Shared, values: Values) -> ir.Table:
    """Days of supply of one drug, from all places, far beyond the days until the last fetch."""
    t = supply(at)
    whole = ibis.window(group_by=["patient_no", "code_no"])
    t = t.mutate(
        supplied=t.days_supply.cast("int64").sum().over(whole) - _last(t, whole),
        first_day=t.start_day.min().over(whole), last_day=t.start_day.max().over(whole),
        low_place=t.provider_no.min().over(whole), high_place=t.provider_no.max().over(whole),
    )  # fmt: skip
    t = t.filter(t.low_place != t.high_place)
    t = t.mutate(left=(t.supplied - (t.last_day - t.first_day)).cast("float64"))
    t = at.told(t)
    t = t.filter(t.left >= values.number("days", t, "served_on"))
    mid = share_of(t.fund_fen, ibis.least(t.left, t.supplied.cast("float64")), t.supplied)
    mid = ibis.least(mid, t.fund_fen)
    return found(t, Part(("patient_id", "item_code"), "fetched", NOTHING, mid, t.fund_fen,
                         who=("patient_id",)))  # fmt: skip


def _last(t: ir.Table, whole: object) -> ir.Value:
    """The longest supply of all: whatever was fetched last may still be in use."""
    return t.days_supply.cast("int64").max().over(whole)


def _many_sources(at: Shared, values: Values) -> ir.Table:
    """One drug fetched at many places within a month."""
    t = supply(at)
    several = t.group_by("patient_no", "code_no").agg(places_n=t.provider_no.nunique())
    several = several.filter(several.places_n > 2).drop("places_n")
    t = t.semi_join(several, ["patient_no", "code_no"])
    t = at.keep("supply_at_several", lambda: t)
    others = t.view().select(
        "patient_no", "code_no", other_place="provider_no", other_day="start_day"
    )
    j = t.inner_join(others, ["patient_no", "code_no"])
    j = j.filter(j.other_day <= j.start_day, j.start_day - j.other_day < 30)
    n = j.group_by("claim_no", "line_no").agg(places_n=j.other_place.nunique(),
                                              since_day=j.other_day.min())  # fmt: skip
    top = n.filter(n.places_n > 2)
    t = at.told(t.inner_join(top, ["claim_no", "line_no"]))
    t = t.filter(t.places_n.cast("float64") >= values.number("places", t, "served_on"))
    return found(t, Part(("patient_id", "item_code"), "fetched", NOTHING, t.fund_fen, t.fund_fen,
                         who=("patient_id",)))  # fmt: skip


_PAID = ("at most what the fund paid of the lines", "至多为相关行的基金支付额")
_SOLD = ("at most what fund and account paid of the lines", "至多为相关行的基金与个人账户支付额")
_DIFFERENCE = (
    "what fund and account paid beyond the cheaper one; at most all",
    "超出低价项目的基金与个人账户支付额；上限为全部",
)
_LINES, _TRACED = "claim_lines.item_code", "claim_lines.trace_code"
_SUPPLY = (_LINES, "claim_lines.days_supply", "items.kind")
_INSIDE = ("drugs given during a stay", "住院期间用药")
_STOCK = "stock_moves.purchased"

SWAPS: tuple[Rule, ...] = (
    Rule(
        id="R08.other_item_purchased", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, _STOCK, "items.kind"),
        thresholds=(("least_quantity", "quantity"), ("slack", "share"), ("near", "share")),
        clause="38(4)", no_clause=None,
        words=("more of an item is settled than left the stock, as much of a cheaper one is left",
               "某项目结算多于出库，而数量相近的低价同类项目出库未结算"),
        amount=_DIFFERENCE,
        exceptions=(("differences within the slack", "容差以内"),
                    ("surplus of a dearer item", "多出的为更贵项目"),
                    ("quantities that are not alike", "数量不相近")),
        find=_other_purchased,
    ),
    Rule(
        id="R08.local_code", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "claim_lines.local_item_code"),
        thresholds=(("least", "count"), ("days", "days")), clause="38(4)", no_clause=None,
        words=("one code of the provider is settled under several national codes at once",
               "机构同一院内编码同期对应多个国家编码结算"),
        amount=_DIFFERENCE,
        exceptions=(("a code mapped anew: one after the other", "编码重新对照（先后使用）"),
                    ("a few lines: a slip", "少量行（录入差错）")),
        find=_local_code,
    ),
    Rule(
        id="R08.other_pack", result_type="suspicious", grain="provider", stage="during",
        needs=(_TRACED, "trace_events.item_code"), thresholds=(), clause="38(4)", no_clause=None,
        words=("the pack, by its traceability code, is another item than was settled",
               "追溯码对应的药品与结算项目不同"),
        amount=_SOLD,
        exceptions=(("codes that the events name differently themselves",
                     "追溯记录本身不一致的编码"),),
        find=_other_pack,
    ),
    Rule(
        id="R09.supply_too_long", result_type="suspicious", grain="provider", stage="before",
        needs=_SUPPLY, thresholds=(("days", "days"),), clause="38(2)", no_clause=None,
        words=("a drug is given out for longer than the longest prescription allows",
               "单次开药天数超过长期处方最长期限"),
        amount=("what the fund paid of the days beyond; at most of the line",
                "超出天数的基金支付额；上限为整行"),
        exceptions=(_INSIDE,), find=_supply_too_long,
    ),
    Rule(
        id="R10.scope_unlike_others", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, "claim_lines.scope", "claim_lines.fund_amount"),
        thresholds=(("share", "share"), ("providers", "count")), clause="38(6)", no_clause=None,
        words=("the fund paid for an item that the other providers bill as outside its scope",
               "其他机构按目录外结算的项目，本机构按目录内由基金支付"),
        amount=_PAID,
        exceptions=(("items that few others bill", "其他机构少用的项目"),
                    ("lines the fund did not pay", "基金未支付的行")),
        find=_scope_unlike,
    ),
    Rule(
        id="R12.hoarded", result_type="suspicious", grain="patient", stage="after",
        needs=_SUPPLY, thresholds=(("days", "days"),), clause="41(3)", no_clause=None,
        words=("supplies of one drug from several places reach far beyond the days gone by",
               "同一药品多处取药，累计用量远超已过天数"),
        amount=("what the fund paid of the days left over; at most of all",
                "剩余天数的基金支付额；上限为全部"),
        exceptions=(_INSIDE, ("a single provider", "仅在一家机构取药"),
                    ("the longest supply, which may still be in use",
                     "可能仍在使用的最长一次用量")),
        find=_hoarded,
    ),
    Rule(
        id="R12.many_sources", result_type="suspicious", grain="patient", stage="during",
        needs=_SUPPLY, thresholds=(("places", "count"),), clause="41(3)", no_clause=None,
        words=("one drug is fetched at many places within a month", "一月内在多家机构取同一药品"),
        amount=_PAID, exceptions=(_INSIDE, ("two places", "两家机构")), find=_many_sources,
    ),
    Rule(
        id="R13.bought_by_another", result_type="suspicious", grain="provider", stage="after",
        needs=(_TRACED, "trace_events.trace_code"), thresholds=(), clause=None,
        no_clause=UNNAMED,
        words=("a pack is settled by a provider that never bought it, while another one did",
               "结算机构未购进该追溯码药品，而由其他机构购进"),
        amount=_SOLD,
        exceptions=(("packs of which no purchase is recorded at all", "无任何购进记录的包装"),
                    ("packs that a provider of the same operator bought: a chain's purchases",
                     "同一举办主体的机构购进的包装：连锁统一采购")),
        find=_bought_by_another,
    ),
    Rule(
        id="R14.never_stocked", result_type="suspicious", grain="provider", stage="after",
        needs=(_LINES, _STOCK, "items.kind"),
        thresholds=(("items", "count"), ("least_quantity", "quantity"), ("others", "count"),
                    ("share", "share")),
        clause=None,
        no_clause=UNNAMED,
        words=("goods are settled that the provider's own stock record never had",
               "结算了库存记录中从未有过的药品或耗材"),
        amount=_SOLD,
        exceptions=(("providers whose stock record names few items", "库存记录项目很少的机构"),
                    ("days outside the record", "库存记录期以外"), ("small quantities", "少量"),
                    ("items that most others do not record either",
                     "多数机构库存记录均未列入的项目")),
        find=_never_stocked,
    ),
)  # fmt: skip
