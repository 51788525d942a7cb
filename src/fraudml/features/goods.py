"""What lines say beside items and prices: scope of the fund, traceability codes, local codes."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.features.bases import Bases
from fraudml.features.entry import (
    DATA_QUALITY,
    HANG_BED,
    Feature,
    Law,
    Writer,
    count_if,
    ratio,
    share_if,
    sum_if,
    total,
)

OUT_OF_SCOPE = Law("T10", 1, "38(6)")
TRACE_REUSED = Law("T13", 1, None)  # no article of the order names traceability codes


def claim_scope(b: Bases) -> ir.Table:
    """One row per live claim with lines of known scope: what was billed of each, and paid of C."""
    return b.keep("claim_scope", lambda: _claim_scope(b))


def _claim_scope(b: Bases) -> ir.Table:
    t = b.claims.table("claim_lines")
    t = t.filter(t.scope.notnull())
    one = t.group_by("claim_id").agg(
        known_fen=t.amount_fen.sum(),
        own_part_fen=(t.scope == "B").ifelse(t.amount_fen, 0).sum(),
        outside_fen=(t.scope == "C").ifelse(t.amount_fen, 0).sum(),
        outside_paid_fen=(t.scope == "C").ifelse(t.fund_amount_fen.coalesce(0), 0).sum(),
    )
    c = b.claim
    claim = c.select("as_of", "provider_id", "patient_id", claim_of_lines=c.claim_id)
    return claim.inner_join(one, claim.claim_of_lines == one.claim_id).drop("claim_of_lines")


def trace_codes(b: Bases) -> ir.Table:
    """One row per provider and traceability code sold: how often here, and at how many places."""
    return b.keep("trace_codes", lambda: _trace_codes(b))


def _trace_codes(b: Bases) -> ir.Table:
    c = b.claim
    claim = c.select("as_of", "provider_id", live_claim_id=c.claim_id)
    t = b.claims.table("claim_lines")
    # A return is a line of less than nothing: it puts the pack back, it does not sell it again.
    sold = t.filter(t.trace_code.notnull(), t.quantity > 0)
    each = sold.select("claim_id", trace=sold.trace_code.unnest())
    at = each.inner_join(claim, each.claim_id == claim.live_claim_id)
    own = at.group_by("as_of", "provider_id", "trace").agg(sales_n=at.count())
    everywhere = ibis.window(group_by=["as_of", "trace"])
    return own.mutate(
        all_sales_n=own.sales_n.sum().over(everywhere), places_n=own.count().over(everywhere)
    )


def local_codes(b: Bases) -> ir.Table:
    """One row per provider and national item code: how many own codes stand for it."""
    return b.keep("local_codes", lambda: _local_codes(b))


def _local_codes(b: Bases) -> ir.Table:
    t = b.claims.table("claim_lines")
    named = t.filter(t.local_item_code.notnull())
    once = named.group_by("claim_id", "item_code", "local_item_code").agg(lines_n=named.count())
    c = b.claim
    claim = c.select("as_of", "provider_id", live_claim_id=c.claim_id)
    at = once.inner_join(claim, once.claim_id == claim.live_claim_id)
    keys = ("as_of", "provider_id", "item_code")
    own = at.group_by(*keys, "local_item_code").agg(lines_n=at.lines_n.sum())
    return own.group_by(*keys).agg(codes_n=own.count(), lines_n=own.lines_n.sum())


def stays_with_leave(b: Bases) -> ir.Table:
    """One row per live stay: days of leave within it, 0 where no pass was given."""
    return b.keep("stays_with_leave", lambda: _stays_with_leave(b))


def _stays_with_leave(b: Bases) -> ir.Table:
    passes = b.claims.table("leave_passes")
    away = days_between(passes.back_at.date(), passes.left_at.date())
    one = passes.group_by(left_claim=passes.claim_id).agg(
        passes_n=passes.count(), leave_days=ibis.greatest(away, 0).sum()
    )
    t = b.claim
    stays = t.filter(t.inpatient).select(
        "as_of", "claim_id", "provider_id", "patient_id", "stay_days"
    )
    j = stays.left_join(one, stays.claim_id == one.left_claim).drop("left_claim")
    return j.mutate(passes_n=j.passes_n.coalesce(0), leave_days=j.leave_days.coalesce(0))


_scope = Writer("provider", "claim_scope", ("claim_lines.scope",), per="claims_count_365d",
                noise="measured")  # fmt: skip
_trace = Writer("provider", "trace_code", ("claim_lines.trace_code",), per="claims_count_365d")
_local = Writer("provider", "local_code", ("claim_lines.local_item_code",),
                per="items_count_365d")  # fmt: skip
_leave = Writer("provider", "leave", ("leave_passes.left_at",), per="stays_count_365d")

GOODS: tuple[Feature, ...] = (
    _scope("own_part_fen_share_365d",
           ("Share of the bill for items of which patients pay a part first", "乙类费用占比"),
           lambda t: ratio(t.own_part_fen.sum(), t.known_fen.sum())),
    _scope("out_of_scope_fen_share_365d",
           ("Share of the bill for items outside the fund's scope", "目录外费用占比"),
           lambda t: ratio(t.outside_fen.sum(), t.known_fen.sum())),
    _scope("out_of_scope_paid_fen_365d",
           ("Paid by the fund for items outside its scope", "目录外项目基金支付金额"),
           lambda t: total(t.outside_paid_fen), OUT_OF_SCOPE, needs=("claim_lines.fund_amount",),
           rows=lambda t: t.outside_paid_fen > 0, zero=True),
    _trace("trace_codes_count_365d", ("Traceability codes sold", "销售追溯码数"),
           lambda t: t.count(), zero=True),
    _trace("reused_trace_codes_share_365d",
           ("Share of traceability codes sold more than once, here or elsewhere",
            "追溯码重复销售占比"), lambda t: share_if(t.all_sales_n > 1), TRACE_REUSED),
    _trace("trace_codes_sold_elsewhere_count_365d",
           ("Traceability codes that another provider sold too", "他院亦销售的追溯码数"),
           lambda t: count_if(t.places_n > 1), TRACE_REUSED, zero=True),
    _trace("sales_per_trace_code_max_count_365d",
           ("Times one traceability code was sold here", "同一追溯码最多销售次数"),
           lambda t: t.sales_n.max(), TRACE_REUSED),
    _local("local_codes_per_item_max_count_365d",
           ("Own codes that stand for one national item", "同一国家编码对应院内编码数"),
           lambda t: t.codes_n.max(), DATA_QUALITY),
    _local("several_local_codes_items_share_365d",
           ("Share of items for which several own codes stand", "一码多对项目占比"),
           lambda t: share_if(t.codes_n > 1), DATA_QUALITY),
    _leave("leave_stays_share_365d", ("Share of stays with a leave pass", "请假住院占比"),
           lambda t: share_if(t.passes_n > 0), HANG_BED, rows=lambda t: t.passes_n > 0),
    _leave("leave_days_share_365d", ("Share of days of stay spent on leave", "请假天数占住院日比"),
           lambda t: ratio(sum_if(t.leave_days, t.stay_days > 0), t.stay_days.sum())),
)  # fmt: skip
