"""A rule about goods of one's own that are sold under the code of one drug.

A drug of one maker and pack has one number at the till. Rice, shampoo and honey that are settled as
that drug keep numbers of their own: many of them then stand on one national code.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import OWN, PEERS, RATE, beside, outlying
from fraudml.monitor.shared import Shared

_ITEM = (*OWN, "code_no")
_CODE = (*_ITEM, "local_no")
_MAIN_AND_NEXT = 2  # numbers that an item has had by itself


def _numbered_drugs(at: Shared) -> ir.Table:
    """The lines of drugs that carry a number of the house's own."""
    i = at.limits("item_kind").filter(lambda r: r.item_kind == "drug")
    t = at.line.filter(at.line.amount_fen > 0).semi_join(i, "item_no")
    t = t.inner_join(at.local_line, ["claim_no", "line_no"])
    return t.select("claim_no", "line_no", *_CODE)


def _further(t: ir.Table) -> ir.Table:
    """Numbers beside the one that a house uses most for an item, of items with three and more.

    One number may have taken the place of another, with a new system or a new supplier.
    returns  provider_no, code_no, local_no
    """
    n = t.group_by(*_CODE).agg(lines_n=t.count())
    order = ibis.window(group_by=list(_ITEM), order_by=[ibis.desc("lines_n"), "local_no"])
    n = n.mutate(
        nth=ibis.row_number().over(order),
        numbers_n=n.count().over(ibis.window(group_by=list(_ITEM))),
    )
    return n.filter(n.nth > 0, n.numbers_n > _MAIN_AND_NEXT).select(*_CODE)


def _many_on_one(at: Shared, values: Values) -> ir.Table:
    """Sales under further numbers of one drug, at houses with more such numbers than peers."""
    t = at.keep("numbered_drugs", lambda: _numbered_drugs(at))
    more = at.keep("further_numbers", lambda: _further(t))
    each = more.group_by(*_ITEM).agg(more_n=more.count() + 1 - _MAIN_AND_NEXT)
    items = beside(t.select(*_ITEM).distinct(), each, _ITEM)
    items = items.mutate(more_n=items.more_n.coalesce(0))
    n = items.group_by(*OWN).agg(
        n=items.count(), hits=items.more_n.sum(),
        wide_n=(items.more_n > 0).cast("int64").sum(),
    )  # fmt: skip
    n = n.inner_join(at.provider.select(*OWN, *PEERS), list(OWN)).mutate(on=at.as_of)
    over = outlying(at, n.select(*OWN, *PEERS, "n", "hits"), values)
    # who numbers most of the shelf twice has a way of numbering: by batch, by department
    few = n.wide_n.cast("float64") <= n.n.cast("float64") * values.number("wide_share", n, "on")
    over = over.semi_join(n.filter(few), over.over_provider_no == n.provider_no)
    j = t.semi_join(more, list(_CODE)).inner_join(over, t.provider_no == over.over_provider_no)
    lines = at.line.select("claim_no", "line_no", "sold_fen", "served_on", "practitioner_no")
    j = j.select("claim_no", "line_no", "code_no", "excess_share")
    rows = at.told(j.inner_join(lines, ["claim_no", "line_no"]))
    mid, fen = beyond_expected(rows.sold_fen, rows.excess_share)
    return found(rows, Part(("provider_id", "item_code"), "further_number", NOTHING, mid, fen,
                            who=("provider_id",)))  # fmt: skip


LOCAL_CODES: tuple[Rule, ...] = (
    Rule(
        id="R08.many_on_one_code", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.local_item_code", "items.kind"),
        thresholds=(*RATE, ("wide_share", "share")), clause="38(4)", no_clause=None,
        words=("goods with many numbers of the house's own are settled as one drug, beyond peers",
               "多个院内（店内）编码对应同一药品编码结算，数量高于同类机构"),
        amount=("what fund and account paid of further numbers beyond the expected; at most of all",
                "主要编码以外各编码超出预期部分的基金与个人账户支付额；上限为全部"),
        exceptions=(("two numbers of an item: one took the place of the other",
                     "同一药品仅两个编码（编码更替）"),
                    ("houses that number most drugs several times: by batch, by department",
                     "多数药品均有多个编码的机构（按批次、科室编码）"),
                    ("services, exams and consumables, whose codes stand for many kinds",
                     "诊疗、检查和耗材（同一编码涵盖多种规格）"),
                    ("as many as at peers", "与同类机构相当")),
        find=_many_on_one, of_house=True,
    ),
)  # fmt: skip
