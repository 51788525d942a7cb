"""Families made from claim lines: grouped per claim first, then set beside the as-of dates."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.features.bases import Bases
from fraudml.features.facts import SCALE, judged_lines, line_columns, scaled

OVERSUPPLY_DAYS = 60  # days' supply beyond what a patient could have used up
OTHERS_NEEDED = 5  # fewer claims or providers than this elsewhere: nothing to expect from
_SUBSTITUTE_CODE = 7  # a national drug code names the substance in its first seven characters


def expected_for(own: ir.Table, name: str, *, within: tuple[str, ...]) -> ir.IntegerValue:
    """What an entity's rows would sum to at the mean of all other entities, rounded to whole units.

    own has NAME_sum and NAME_n; null where fewer than five claims of others are known.
    """
    window = ibis.window(group_by=list(within))
    other_sum = own[f"{name}_sum"].sum().over(window) - own[f"{name}_sum"].coalesce(0)
    other_n = own[f"{name}_n"].sum().over(window) - own[f"{name}_n"]
    per_claim = other_sum.cast("float64") / other_n.cast("float64").nullif(0.0)
    expected = (own[f"{name}_n"] * per_claim).round().cast("int64")
    return (other_n >= OTHERS_NEEDED).ifelse(expected, ibis.null("int64"))


def lines_at(b: Bases) -> ir.Table:
    """Every line beside each as-of date at which its claim is live; large, for evidence only."""
    return b.beside_dates(b.line_once)


def over_cap_line(b: Bases) -> ir.Table:
    """Lines above the price cap in force, beside the as-of dates."""
    return b.keep("over_cap_line", lambda: _over_cap_line(b))


def _over_cap_line(b: Bases) -> ir.Table:
    """Dear lines are looked up by day and claim; below an item's lowest cap nothing can be dear."""
    items = b.claims.table("items")
    lowest = items.group_by(capped_code=items.item_code).agg(lowest_fen=items.price_cap_fen.min())
    lines = b.claims.table("claim_lines")
    dear = lines.inner_join(
        lowest,
        [lines.item_code == lowest.capped_code, lines.unit_price_fen > lowest.lowest_fen],
    ).drop("capped_code", "lowest_fen")
    c = b.claim
    claim = c.select(
        "as_of", "recent", "provider_no", "patient_no", "practitioner_no", "admitted_on",
        "discharged_on", "settled_on", live_claim_id=c.claim_id,
    )  # fmt: skip
    joined = dear.inner_join(claim, dear.claim_id == claim.live_claim_id)
    beside = joined.select(
        "as_of", "recent", "provider_no", "patient_no", "practitioner_no",
        given_by="practitioner_id", **line_columns(joined),
    )  # fmt: skip
    judged = judged_lines(beside, b.claims)
    over = judged.filter(judged.over_cap)
    flagged = ("as_of", "recent", "claim_id", "line_no", "provider_no", "patient_no", "over_cap",
               "over_cap_fen")  # fmt: skip
    if not b.wants("over_cap_line", "practitioner_id"):
        return over.select(*flagged)
    named = b.numbers.named(over, "practitioner_id")
    return named.select(*flagged, practitioner_id=named.given_by.coalesce(named.practitioner_id))


def outside_stay_line(b: Bases) -> ir.Table:
    """Lines served outside the stay they are billed with, beside the as-of dates."""
    t = b.line_once
    outside = t.filter(t.outside_stay).select(
        "claim_id", "line_no", "patient_id", "provider_id", "practitioner_id", "outside_stay"
    )
    return b.keep("outside_stay_line", lambda: b.beside_dates(outside))


def duplicate(b: Bases) -> ir.Table:
    """One row per provider, patient, item, day and practitioner billed more than once.

    extra_fen: the surplus. Whoever is seen in three departments on a day is billed three
    consultations, by three practitioners; unknown ones count as one.
    """
    return b.keep("duplicate", lambda: _duplicate(b))


def _duplicate(b: Bases) -> ir.Table:
    t = b.line_once
    t = t.mutate(given_by=t.practitioner_id.coalesce(""))  # a join finds no null
    same = ["provider_id", "patient_id", "item_code", "served_on", "given_by"]
    several = t.group_by(same).agg(n=t.count())
    several = several.filter(several.n > 1)  # ever: a superset of what any as-of date can show
    lines = t.select("claim_id", *same, "practitioner_id", "amount_fen")
    candidates = b.beside_dates(lines.semi_join(several, same))
    found = candidates.group_by("as_of", *same[:-1], "practitioner_id").agg(
        lines_n=candidates.count(), amount_fen=candidates.amount_fen.sum()
    )
    found = found.filter(found.lines_n > 1)
    surplus = found.amount_fen * (found.lines_n - 1) // found.lines_n
    return found.mutate(extra_n=found.lines_n - 1, extra_fen=surplus.cast("int64"))


def _claim_item(b: Bases) -> ir.Table:
    """One row per claim, item and month served, as-of dates aside."""
    t = b.line_once
    return b.keep(
        "claim_item",
        lambda: t.group_by(
            "claim_id", "provider_id", "patient_id", "item_code",
            month=t.served_on.truncate("month"),
        ).agg(
            kind=t.kind.max(), lines_n=t.count(), quantity_e4=t.quantity_e4.sum(),
            amount_fen=t.amount_fen.sum(), supply_days=t.days_supply.sum(),
            served_on=t.served_on.min(),
        ),
    )  # fmt: skip


def _item_month(b: Bases) -> ir.Table:
    """One row per provider, item and month served: what was settled by the as-of date."""
    at = b.beside_dates(_claim_item(b))
    return b.keep(
        "item_month",
        lambda: at.group_by("as_of", "provider_id", "item_code", "month").agg(
            kind=at.kind.max(), lines_n=at.lines_n.sum(), claims_n=at.count(),
            quantity_e4=at.quantity_e4.sum(), amount_fen=at.amount_fen.sum(),
        ),
    )  # fmt: skip


def provider_item(b: Bases) -> ir.Table:
    """One row per provider and item: its mean price beside the median of all providers' prices.

    dear is true for an item that costs more than half again as much as the cheapest of its
    substitutes: items of one kind whose codes begin alike.
    """
    return b.keep("provider_item", lambda: _provider_item(b))


def _provider_item(b: Bases) -> ir.Table:
    m = _item_month(b)
    t = m.group_by("as_of", "provider_id", "item_code").agg(
        kind=m.kind.max(), lines_n=m.lines_n.sum(), quantity_e4=m.quantity_e4.sum(),
        amount_fen=m.amount_fen.sum(),
    )  # fmt: skip
    t = t.filter(t.quantity_e4 > 0)
    price = (t.amount_fen.cast("float64") * SCALE / t.quantity_e4).round().cast("int64")
    t = t.mutate(price_fen=price, substance=_substance(t.item_code))
    # An item may change its kind, or be unknown on some days, and has one usual price all the same.
    prices = t.group_by("as_of", "item_code", "substance").agg(
        kind=t.kind.max(), providers_n=t.count(),
        usual_fen=t.price_fen.median().round().cast("int64"),
    )  # fmt: skip
    same = ibis.window(group_by=["as_of", "kind", "substance"])
    prices = prices.mutate(
        substitutes_n=prices.count().over(same), cheapest_fen=prices.usual_fen.min().over(same)
    ).drop("kind", "substance")
    j = t.inner_join(prices, ["as_of", "item_code"])
    usual = (j.providers_n >= OTHERS_NEEDED).ifelse(j.usual_fen, ibis.null("int64"))
    at_usual = (usual * j.quantity_e4.cast("float64") / SCALE).round().cast("int64")
    return j.mutate(
        usual_fen=usual,
        usual_total_fen=at_usual,
        excess_fen=ibis.greatest(j.amount_fen - at_usual, 0),
        dear=(j.substitutes_n > 1).ifelse(
            j.usual_fen * 2 > j.cheapest_fen * 3, ibis.null("boolean")
        ),
    )


def _substance(code: ir.StringValue) -> ir.StringValue:
    long_enough = code.length() >= 2 * _SUBSTITUTE_CODE
    short = code.left(ibis.greatest(code.length() - 2, 1))
    return long_enough.ifelse(code.left(_SUBSTITUTE_CODE), short)


def provider_stock(b: Bases) -> ir.Table:
    """One row per provider and item of which purchases are known: settled beside used up.

    Months whose stock was known by the as-of date; used up = opening + purchased - returned -
    closing. gap_e4 > 0: more was settled than left the shelves; < 0: less was.
    """
    return b.keep("provider_stock", lambda: _provider_stock(b))


def _provider_stock(b: Bases) -> ir.Table:
    s = b.claims.table("stock_moves")
    month_end = (s.month + ibis.interval(months=1) - ibis.interval(days=1)).cast("date")
    used = s.opening + s.purchased - s.returned - s.closing
    s = s.select(
        "provider_id", "item_code", "month",
        stock_known_on=s.known_on.coalesce(month_end), used_e4=scaled(used),
        bought_e4=scaled(s.purchased),
    )  # fmt: skip
    d = b.dates
    known = s.inner_join(d, [s.stock_known_on <= d.as_of, s.month > d.since])
    known = known.drop("since", "recent_since", "stock_known_on")
    sold = _item_month(b).select("as_of", "provider_id", "item_code", "month", "quantity_e4",
                                 "amount_fen")  # fmt: skip
    keys = ["as_of", "provider_id", "item_code", "month"]
    j = known.left_join(sold, keys).drop(*[f"{key}_right" for key in keys])
    t = j.group_by("as_of", "provider_id", "item_code").agg(
        months_n=j.count(), used_e4=j.used_e4.sum(), bought_e4=j.bought_e4.sum(),
        settled_e4=j.quantity_e4.sum().coalesce(0), settled_fen=j.amount_fen.sum().coalesce(0),
    )  # fmt: skip
    gap = t.settled_e4 - t.used_e4
    unit_fen = t.settled_fen.cast("float64") / t.settled_e4.cast("float64").nullif(0.0)
    over = ibis.greatest(gap, 0)
    return t.mutate(
        gap_e4=gap,
        over_fen=(over * unit_fen).round().cast("int64").coalesce(0),
        over_stock=(gap * 10 > t.used_e4) & (gap > SCALE),
        under_stock=(-gap * 10 > t.used_e4) & (-gap > SCALE),
    )


def provider_work(b: Bases) -> ir.Table:
    """One row per provider, practitioner and day: usual minutes of all that was billed."""
    return b.keep("provider_work", lambda: _provider_work(b))


def _provider_work(b: Bases) -> ir.Table:
    t = b.line_once
    t = t.filter(t.practitioner_id.notnull(), t.minutes_total.notnull())
    once = t.group_by("claim_id", "provider_id", "practitioner_id", "patient_id", "served_on").agg(
        minutes=t.minutes_total.sum(), amount_fen=t.amount_fen.sum()
    )
    at = b.beside_dates(b.keep("claim_work", lambda: once))
    one = at.group_by("as_of", "provider_id", "practitioner_id", "served_on", "patient_id").agg(
        minutes=at.minutes.sum(), amount_fen=at.amount_fen.sum()
    )
    return one.group_by("as_of", "provider_id", "practitioner_id", "served_on").agg(
        minutes=one.minutes.sum(), amount_fen=one.amount_fen.sum(), patients_n=one.count()
    )


def practitioner_work(b: Bases) -> ir.Table:
    """One row per practitioner and day, all providers together."""
    t = provider_work(b)
    return t.group_by("as_of", "practitioner_id", "served_on").agg(
        minutes=t.minutes.sum(), amount_fen=t.amount_fen.sum(), patients_n=t.patients_n.sum(),
        providers_n=t.count(),
    )  # fmt: skip


def patient_item(b: Bases) -> ir.Table:
    """One row per patient and drug: days' supply beside the days in which it could be used up.

    oversupply_days = supply of all fills but the largest, beyond the days from first to last.
    """
    return b.keep("patient_item", lambda: _patient_item(b))


def supplies(b: Bases) -> ir.Table:
    """One row per claim, item and month that supplied somebody for some days."""
    t = _claim_item(b)
    return b.beside_dates(t.filter(t.supply_days > 0))


def _patient_item(b: Bases) -> ir.Table:
    at = supplies(b)
    place = at.group_by("as_of", "patient_id", "item_code", "provider_id").agg(
        fills_n=at.count(), supply_days=at.supply_days.sum(), longest_days=at.supply_days.max(),
        first_on=at.served_on.min(), last_on=at.served_on.max(), amount_fen=at.amount_fen.sum(),
    )  # fmt: skip
    p = place.group_by("as_of", "patient_id", "item_code").agg(
        providers_n=place.count(), fills_n=place.fills_n.sum(),
        supply_days=place.supply_days.sum(), longest_days=place.longest_days.max(),
        first_on=place.first_on.min(), last_on=place.last_on.max(),
        amount_fen=place.amount_fen.sum(),
    )  # fmt: skip
    beyond = p.supply_days - p.longest_days - days_between(p.last_on, p.first_on)
    return p.mutate(oversupply_days=ibis.greatest(beyond, 0).cast("int64"))
