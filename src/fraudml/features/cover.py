"""Medicine from one place while that of another still lasts, and stock that does not add up."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.features.bases import Bases
from fraudml.features.entry import (
    RESELLING,
    RESELLING_BY_PATIENT,
    Feature,
    Law,
    Writer,
    count_if,
    ratio,
    total,
)
from fraudml.features.facts import scaled
from fraudml.features.line_families import supplies

STOCK = Law("T14", 1, None)  # no article of the order names books of stock


def supply_overlap(b: Bases) -> ir.Table:
    """One row per date, patient, drug, provider and day of a fill: days' supply and overlap.

    overlap_days  days of this fill on which an earlier fill of another provider still lasted; of
    two on one day the provider whose name comes later is the one that overlaps
    """
    return b.keep("supply_overlap", lambda: _supply_overlap(b))


def _supply_overlap(b: Bases) -> ir.Table:
    key = ["as_of", "patient_id", "item_code"]
    t = supplies(b)
    fill = t.group_by(*key, "provider_id", "served_on").agg(supply_days=t.supply_days.sum())
    fill = b.keep("fills", lambda: fill)
    places = fill.group_by(key).agg(several=fill.provider_id.nunique() > 1)
    among = fill.semi_join(places.filter(places.several), key)
    before = among.view().select(
        *key, other_id="provider_id", other_on="served_on", other_days="supply_days"
    )
    pairs = among.inner_join(before, key)
    pairs = pairs.mutate(apart=days_between(pairs.served_on, pairs.other_on))
    earlier = (pairs.apart > 0) | ((pairs.apart == 0) & (pairs.other_id < pairs.provider_id))
    left = pairs.other_days - pairs.apart
    pairs = pairs.filter(pairs.other_id != pairs.provider_id, earlier, left > 0)
    overlap = ibis.least(pairs.supply_days, pairs.other_days - pairs.apart)
    most = pairs.group_by(*key, "provider_id", "served_on").agg(overlap_days=overlap.max())
    own = [*key, "provider_id", "served_on"]
    joined = fill.left_join(most, own).drop(*[f"{name}_right" for name in own])
    return joined.mutate(overlap_days=joined.overlap_days.coalesce(0))


def stock_months(b: Bases) -> ir.Table:
    """One row per date, provider, item and month of stock known by then, beside the month before.

    broken  whether the month does not open with what the one before closed with; null for the first
    month and after a gap. first, last: whether it is the item's first or last known month
    """
    return b.keep("stock_months", lambda: _stock_months(b))


def _stock_months(b: Bases) -> ir.Table:
    s = b.claims.table("stock_moves")
    month_end = (s.month + ibis.interval(months=1) - ibis.interval(days=1)).cast("date")
    s = s.select(
        "provider_id", "item_code", "month", stock_known_on=s.known_on.coalesce(month_end),
        opening_e4=scaled(s.opening), closing_e4=scaled(s.closing), bought_e4=scaled(s.purchased),
        used_e4=scaled(s.opening + s.purchased - s.returned - s.closing),
        month_no=s.month.year().cast("int64") * 12 + s.month.month().cast("int64"),
    )  # fmt: skip
    d = b.dates
    known = s.inner_join(d, [s.stock_known_on <= d.as_of, s.month > d.since])
    group = ["as_of", "provider_id", "item_code"]
    by_month = ibis.window(group_by=group, order_by="month")
    all_months = ibis.window(group_by=group)
    known = known.mutate(
        before_e4=known.closing_e4.lag().over(by_month),
        gap=known.month_no - known.month_no.lag().over(by_month),
        first=known.month == known.month.min().over(all_months),
        last=known.month == known.month.max().over(all_months),
    )
    broken = (known.gap == 1).ifelse(known.opening_e4 != known.before_e4, ibis.null("boolean"))
    return known.mutate(broken=broken).drop("since", "recent_since", "stock_known_on")


def stock_items(b: Bases) -> ir.Table:
    """One row per date, provider and item: stock at both ends of what is known, and what left."""
    t = stock_months(b)
    return t.group_by("as_of", "provider_id", "item_code").agg(
        opening_e4=t.first.ifelse(t.opening_e4, 0).sum(),
        closing_e4=t.last.ifelse(t.closing_e4, 0).sum(),
        used_e4=t.used_e4.sum(),
        months_n=t.count(),
        broken_n=t.broken.cast("int64").sum().coalesce(0),
    )


_fills = Writer("provider", "supply_overlap", ("claim_lines.days_supply",),
                per="patients_count_365d", noise="measured")  # fmt: skip
_supplied = Writer("patient", "supply_overlap", ("claim_lines.days_supply",))
_stock = Writer("provider", "stock_item", ("claim_lines.item_code", "stock_moves.purchased"),
                per="items_count_365d")  # fmt: skip

COVER: tuple[Feature, ...] = (
    _fills("supply_overlap_elsewhere_days_share_365d",
           ("Share of days' supply given while another provider's still lasted",
            "他处配药未用完期间配药天数占比"),
           lambda t: ratio(t.overlap_days.sum(), t.supply_days.sum()), RESELLING,
           rows=lambda t: t.overlap_days > 0),
    _supplied("supply_overlap_across_providers_days_365d",
              ("Days of medicine fetched while another provider's still lasted",
               "跨机构重叠配药天数"),
              lambda t: total(t.overlap_days), RESELLING_BY_PATIENT,
              rows=lambda t: t.overlap_days > 0, zero=True),
    _stock("growing_stock_items_share_365d",
           ("Share of items whose stock at the end exceeds the start by what left in the window",
            "库存增量超出出库量项目占比"),
           lambda t: ratio(count_if(t.closing_e4 - t.opening_e4 > t.used_e4), t.count())),
    _stock("broken_stock_items_share_365d",
           ("Share of items of which a month does not open with what the one before closed with",
            "期初期末库存不衔接项目占比"),
           lambda t: ratio(count_if(t.broken_n > 0), t.count()), STOCK),
)  # fmt: skip
