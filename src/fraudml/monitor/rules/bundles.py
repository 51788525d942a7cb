"""A rule about bundles billed in parts: all that a bundle contains, in its place, and dearer."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.mix import usual_prices
from fraudml.monitor.shared import SCALE, Shared

_KEY = ("claim_no", "served_on", "whole_code")


def bundles(at: Shared) -> ir.Table:
    """Each bundle and part by their numbers, how many parts it has, and its usual price.

    Only bundles that somebody bills: a bundle that is not on offer replaces nothing.
    """
    return at.keep("bundles_with_prices", lambda: _bundles(at))


def _bundles(at: Shared) -> ir.Table:
    c, b = at.code, at.bundle
    parts = b.group_by("whole_item", "valid_from", "valid_before").agg(parts_n=b.count())
    b = b.inner_join(parts, ["whole_item", "valid_from", "valid_before"]).filter(
        lambda r: r.parts_n > 1
    )
    b = b.inner_join(c.select(whole_item="item_code", whole_code="code_no"), "whole_item")
    b = b.inner_join(c.select(part_item="item_code", part_code="code_no"), "part_item")
    price = usual_prices(at).select(priced="code_no", whole_fen="usual_fen")
    return b.inner_join(price, b.whole_code == price.priced).drop("priced")


def complete_parts(at: Shared) -> ir.Table:
    """Days of claims with every part of a bundle: claim_no, served_on, whole_code and sums."""
    return at.keep("complete_parts", lambda: _complete(_part_lines(at)))


def _part_lines(at: Shared) -> ir.Table:
    return at.keep("bundle_part_lines", lambda: _of_bundles(at))


def _of_bundles(at: Shared) -> ir.Table:
    b = bundles(at)
    line = at.line.filter(at.line.amount_fen > 0, at.line.quantity_e4 > 0)
    return line.inner_join(
        b,
        [
            line.code_no == b.part_code,
            line.served_on >= b.valid_from,
            line.served_on < b.valid_before,
        ],
    )


def lines_of_complete_parts(at: Shared) -> ir.Table:
    """The lines of such parts, and of the bundle beside them: claim_no, line_no."""
    whole = complete_parts(at)
    parts = _part_lines(at).semi_join(whole, list(_KEY)).select("claim_no", "line_no")
    days = whole.select("claim_no", "served_on", code_no="whole_code")
    beside = at.line.semi_join(days, ["claim_no", "served_on", "code_no"])
    return parts.union(beside.select("claim_no", "line_no"), distinct=True)


def _complete(t: ir.Table) -> ir.Table:
    all_parts = t.group_by(*_KEY, "parts_n", "whole_fen").agg(
        here_n=t.part_code.nunique(), parts_fen=t.amount_fen.sum(), paid_fen=t.fund_fen.sum(),
        times_e4=t.quantity_e4.max(),
    )  # fmt: skip
    return all_parts.filter(all_parts.here_n == all_parts.parts_n)


def _parts_instead(at: Shared, _values: Values) -> ir.Table:
    """Lines of claims that bill on one day every part of a bundle for more, and not the bundle."""
    t, all_parts = _part_lines(at), complete_parts(at)
    instead = ibis.greatest(all_parts.whole_fen * all_parts.times_e4 / SCALE, 0.0)
    all_parts = all_parts.mutate(more_fen=all_parts.parts_fen.cast("float64") - instead)
    all_parts = all_parts.filter(all_parts.more_fen > 0, all_parts.paid_fen > 0)
    w = at.line.view()
    w = w.filter(w.amount_fen > 0).select(
        in_claim="claim_no", on_day="served_on", of_code="code_no"
    )
    all_parts = all_parts.anti_join(
        w,
        [
            all_parts.claim_no == w.in_claim,
            all_parts.served_on == w.on_day,
            all_parts.whole_code == w.of_code,
        ],
    )
    few = all_parts.select(*_KEY, "parts_fen", "more_fen")
    rows = at.told(t.inner_join(few, list(_KEY)))
    mid = share_of(rows.fund_fen, rows.more_fen, rows.parts_fen)
    return found(rows, Part(("claim_id", "whole_item", "served_on"), "part", NOTHING,
                            mid, rows.fund_fen))  # fmt: skip


BUNDLES: tuple[Rule, ...] = (
    Rule(
        id="R04.parts_instead", result_type="suspicious", grain="provider", stage="during",
        needs=("claim_lines.item_code", "items.bundle_of"), thresholds=(),
        clause="38(3)", no_clause=None,
        words=("every part of a bundle is billed on one day in its place, for more than it costs",
               "将组合项目拆成全部子项同日收费，合计高于组合项目价格"),
        amount=("what the fund paid beyond the usual price of the bundle; at most of all parts",
                "超出组合项目通常价格部分的基金支付额；上限为全部子项"),
        exceptions=(("some of the parts: not everything was needed", "仅部分子项"),
                    ("parts that cost no more than the bundle", "子项合计不高于组合项目"),
                    ("bundles that nobody bills", "无机构开展的组合项目"),
                    ("the bundle stands beside its parts, which another rule counts",
                     "组合项目与子项并收由另一规则核查")),
        find=_parts_instead,
    ),
)  # fmt: skip
