"""A rule about bundles billed in parts: all that a bundle contains, in its place, and dearer."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, RATE, unusual_of_each
from fraudml.monitor.rules.mix import usual_prices
from fraudml.monitor.shared import SCALE, Shared

_DAY = ("patient_no", "provider_no", "served_on")  # of a person at a provider, in any claim
_KEY = (*_DAY, "whole_code")


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
    """Days of a person at a provider with every part of a bundle: the day's columns, whole_code."""
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
    days = whole.select(*_DAY, code_no="whole_code")
    beside = at.line.semi_join(days, [*_DAY, "code_no"])
    return parts.union(beside.select("claim_no", "line_no"), distinct=True)


def _complete(t: ir.Table) -> ir.Table:
    all_parts = t.group_by(*_KEY, "parts_n", "whole_fen").agg(
        here_n=t.part_code.nunique(), parts_fen=t.amount_fen.sum(), paid_fen=t.fund_fen.sum(),
        times_e4=t.quantity_e4.max(),
    )  # fmt: skip
    return all_parts.filter(all_parts.here_n == all_parts.parts_n)


def _parts_instead(at: Shared, _values: Values) -> ir.Table:
    """Lines of days on which a person gets every part of a bundle for more, and not the bundle."""
    t, all_parts = _part_lines(at), complete_parts(at)
    instead = ibis.greatest(all_parts.whole_fen * all_parts.times_e4 / SCALE, 0.0)
    all_parts = all_parts.mutate(more_fen=all_parts.parts_fen.cast("float64") - instead)
    all_parts = all_parts.filter(all_parts.more_fen > 0, all_parts.paid_fen > 0)
    w = at.line.view()
    w = w.filter(w.amount_fen > 0).select(*_DAY, whole_code="code_no")
    all_parts = all_parts.anti_join(w, list(_KEY))
    few = all_parts.select(*_KEY, "parts_fen", "more_fen")
    rows = at.told(t.inner_join(few, list(_KEY)))
    mid = share_of(rows.fund_fen, rows.more_fen, rows.parts_fen)
    key = ("patient_id", "provider_id", "whole_item", "served_on")
    return found(rows, Part(key, "part", NOTHING, mid, rows.fund_fen))


def _in_stays(at: Shared) -> ir.Table:
    """Stays with a bundle, or with every part of it, and how it was billed: apart or not.

    returns  claim_no, fen (what the fund paid of the parts beyond the bundle's price), apart
    """
    t = _part_lines(at)
    t = t.filter(t.inpatient)
    n = t.group_by("claim_no", "whole_code", "parts_n", "whole_fen").agg(
        here_n=t.part_code.nunique(), days_n=t.served_on.nunique(), fen=t.amount_fen.sum(),
        paid_fen=t.fund_fen.sum(),
    )  # fmt: skip
    days = t.group_by("claim_no", "whole_code", "served_on", "parts_n").agg(
        here_n=t.part_code.nunique()
    )
    whole_days = days.filter(days.here_n == days.parts_n).select("claim_no", "whole_code")
    n = n.filter(n.here_n == n.parts_n, n.fen > n.whole_fen)
    n = n.anti_join(whole_days, ["claim_no", "whole_code"])
    codes = bundles(at).select(code_no="whole_code").distinct()
    w = at.line.view()
    w = w.filter(w.inpatient, w.amount_fen > 0).semi_join(codes, "code_no")
    w = w.select("claim_no", whole_code="code_no").distinct()
    n = n.anti_join(w, ["claim_no", "whole_code"])
    more = share_of(n.paid_fen, n.fen.cast("float64") - n.whole_fen, n.fen)
    n = n.mutate(more_fen=more).group_by("claim_no").agg(more_fen=lambda r: r.more_fen.sum())
    base = w.select("claim_no").union(whole_days.select("claim_no"), distinct=True)
    base = base.union(n.select("claim_no"), distinct=True)
    return base.left_join(n, "claim_no").drop("claim_no_right")


def _spells(t: ir.Table, values: Values) -> ir.Table:
    """Lines of parts beside the first and last day of their spell: days that follow each other.

    A spell is a person's, at a provider, of one bundle: each of its days with a part comes within
    so many days of the last one. A course of treatment has long spells.
    """
    days = t.select(*_KEY, *PEERS).distinct()
    order = {"group_by": ["patient_no", "provider_no", "whole_code"], "order_by": "served_on"}
    gap = days_between(days.served_on, days.served_on.lag().over(ibis.window(**order)))
    new = (gap.cast("float64") > values.number("days", days, "served_on")).coalesce(True)
    days = days.mutate(new=new.cast("int64"))
    days = days.mutate(spell=days.new.sum().over(ibis.cumulative_window(**order)))
    whole = ibis.window(group_by=["patient_no", "provider_no", "whole_code", "spell"])
    days = days.mutate(
        first_on=days.served_on.min().over(whole), last_on=days.served_on.max().over(whole)
    )
    span = days_between(days.last_on, days.first_on)
    days = days.filter(span > 0, span.cast("float64") <= values.number("days", days, "served_on"))
    return t.drop(*PEERS).inner_join(days.select(*_KEY, "first_on", "last_on"), list(_KEY))


def _over_visits(at: Shared, values: Values) -> ir.Table:
    """Visits with a part of a bundle, or with the bundle, and how the parts were billed.

    returns  claim_no, fen (what the fund paid beyond the bundle's price of a spell of all parts),
             null where the visit is no part of such a spell
    """
    t = _part_lines(at)
    t = t.filter(~t.inpatient).inner_join(at.claim.select("claim_no", *PEERS), "claim_no")
    one = ("patient_no", "provider_no", "whole_code")
    spell = (*one, "first_on", "last_on")
    s = at.keep("part_spells", lambda: _spells(t, values))
    n = s.group_by(*spell, "parts_n", "whole_fen").agg(
        here_n=s.part_code.nunique(), fen=s.amount_fen.sum(), paid_fen=s.fund_fen.sum()
    )
    n = n.filter(n.here_n == n.parts_n, n.fen > n.whole_fen, n.paid_fen > 0)
    d = complete_parts(at).select(*one, on="served_on")
    w = at.line.view()
    w = w.filter(~w.inpatient, w.amount_fen > 0)
    w = w.select(*one[:2], "claim_no", whole_code="code_no", on="served_on")
    w = w.semi_join(bundles(at).select("whole_code").distinct(), "whole_code")
    for other in (d, w.drop("claim_no")):
        n = n.anti_join(
            other,
            [*one, other.on >= n.first_on, other.on <= n.last_on],
        )
    n = n.mutate(more=1.0 - n.whole_fen / n.fen.cast("float64")).select(*spell, "more")
    j = s.inner_join(n, list(spell))
    j = j.mutate(more_fen=(j.fund_fen.cast("float64") * j.more).round().cast("int64"))
    j = j.group_by("claim_no").agg(more_fen=j.more_fen.sum())
    base = t.select("claim_no").union(w.select("claim_no")).distinct()
    return base.left_join(j, "claim_no").drop("claim_no_right")


def _parts_apart(at: Shared, values: Values) -> ir.Table:
    """Stays and visits that share out all parts of a bundle over days, and not the bundle."""
    rows = []
    for cases, base in ((_in_stays(at), at.stay), (_over_visits(at, values), at.claim)):
        t = base.inner_join(cases, "claim_no")
        t = t.mutate(fund_amount_fen=t.more_fen.coalesce(0))
        role = "parts_apart" if base is at.stay else "parts_over_visits"
        t = unusual_of_each(at, t, t.more_fen.notnull(), values, role)
        rows.append(t.mutate(role=ibis.literal("parts_apart")))
    return rows[0].union(rows[1])


def _parts_beside(at: Shared, values: Values) -> ir.Table:
    """Stays in which a part of a bundle is billed a day or two before or after the bundle.

    On another day a part may have been needed by itself: each bundle is held against what others
    bill around it.
    """
    c, b = at.code, at.bundle
    b = b.inner_join(c.select(whole_item="item_code", whole_code="code_no"), "whole_item")
    b = b.inner_join(c.select(part_item="item_code", part_code="code_no"), "part_item")
    line = at.line.filter(at.line.inpatient, at.line.amount_fen > 0)
    w = line.inner_join(
        b,
        [
            line.code_no == b.whole_code,
            line.served_on >= b.valid_from,
            line.served_on < b.valid_before,
        ],
    ).select("claim_no", "whole_code", "part_code", whole_on="served_on")
    wholes = at.stay.inner_join(w.select("claim_no", "whole_code").distinct(), "claim_no")
    p = line.view().select("claim_no", "line_no", "fund_fen", "served_on", part_code="code_no")
    j = w.inner_join(p, ["claim_no", "part_code"])
    j = j.inner_join(at.stay.select("claim_no", *PEERS), "claim_no")
    gap = days_between(j.served_on, j.whole_on).abs()
    j = j.filter(gap > 0, gap.cast("float64") <= values.number("days", j, "served_on"))
    j = j.select("claim_no", "whole_code", "line_no", "fund_fen").distinct()
    fen = j.group_by("claim_no", "whole_code").agg(part_fen=j.fund_fen.sum())
    t = wholes.left_join(fen, ["claim_no", "whole_code"])
    t = t.drop("claim_no_right", "whole_code_right")
    t = t.mutate(fund_amount_fen=t.part_fen.coalesce(0))
    return unusual_of_each(at, t, t.part_fen.notnull(), values, "parts_beside", "whole_code")


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
    Rule(
        id="R04.parts_apart", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.bundle_of"), thresholds=(*RATE, ("days", "days")),
        clause="38(3)", no_clause=None,
        words=("all parts of a bundle are billed on several days of a stay or visits, beyond peers",
               "将组合项目全部子项分日收费（同次住院或数日内多次就诊）而不收组合项目，频次高于同类"),
        amount=("at most what the fund paid beyond the bundle's price; mid: beyond the expected",
                "至多为超出组合项目通常价格的基金支付额；中值为超出预期部分"),
        exceptions=(("some of the parts: not everything was needed", "仅部分子项"),
                    ("all parts on one day, which another rule counts",
                     "同日全部子项由另一规则核查"),
                    ("bundles that nobody bills", "无机构开展的组合项目"),
                    ("visits over more days: a course of treatment", "跨越更多日期的疗程"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_parts_apart,
    ),
    Rule(
        id="R04.parts_beside", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.item_code", "items.bundle_of"), thresholds=(*RATE, ("days", "days")),
        clause="38(3)", no_clause=None,
        words=("parts of a bundle are billed a day or two before or after it, beyond peers",
               "同次住院组合项目前后一两日另收其子项，频次高于同类"),
        amount=("at most what the fund paid of the parts; in the middle, beyond the expected",
                "至多为另收子项的基金支付额；中值为超出预期部分"),
        exceptions=(("what others bill around the same bundle: done again",
                     "其他机构在同一组合项目前后同样收取（复查）"),
                    ("the same day, which another rule counts", "同日并收由另一规则核查"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_parts_beside,
    ),
)  # fmt: skip
