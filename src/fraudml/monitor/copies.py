"""What was settled or entered twice, word for word: one act, which the rules about copies name.

What counts quantities, nights or packs counts a copy no second time: one slip would otherwise
stand on the lists of several typologies at once.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.shared import Shared, timed

SAME_CLAIM = (
    "patient_id", "provider_id", "visit_kind", "scheme", "admitted_on", "discharged_on",
    "started_at", "diagnosis_code", "total_amount_fen",
)  # fmt: skip
SAME_LINE = (
    "patient_no", "provider_no", "code_no", "served_on", "second", "quantity_e4",
    "unit_price_fen", "amount_fen",
)  # fmt: skip

COPIED_CLAIM = ("a copy of a claim down to the moment: a duplicate claim",
                "连就诊时刻都相同的重复结算单：按重复结算处理")  # fmt: skip
COPIED_LINE = ("a line entered again at the same second: a duplicate line",
               "同一秒重复录入的明细：按重复收费处理")  # fmt: skip


def repeated_claims(at: Shared) -> ir.Table:
    """Claims that stand more than once, down to the moment, with ``nth`` from 0.

    Under two schemes they are no copies: that is one illness paid twice.
    """
    return at.keep("claims_repeated", lambda: _repeated_claims(at))


def repeated_lines(at: Shared) -> ir.Table:
    """Lines that stand more than once, down to the second, with ``nth`` from 0 and the first one.

    Packs with codes of their own are told apart by them.
    returns  the columns of ``told``, nth, first_claim, first_line
    """
    return at.keep("lines_repeated", lambda: _repeated_lines(at))


def first_claims(t: ir.Table, at: Shared) -> ir.Table:
    """Rows with a ``claim_no`` without those of claims that are a copy of an earlier one."""
    again = repeated_claims(at)
    again = again.filter(again.nth > 0).select(copied_claim="claim_no")
    return t.anti_join(again, t.claim_no == again.copied_claim)


def first_lines(t: ir.Table, at: Shared) -> ir.Table:
    """Lines without copies: neither lines entered again nor those of a claim settled again."""
    again = repeated_lines(at)
    again = again.filter(again.nth > 0).select(copied_no="claim_no", copied_line="line_no")
    t = t.anti_join(again, [t.claim_no == again.copied_no, t.line_no == again.copied_line])
    return first_claims(t, at)


def _repeated_claims(at: Shared) -> ir.Table:
    t = timed(at.claim.filter(at.claim.total_amount_fen > 0))
    t = _alike(t.mutate(scheme=t.scheme.coalesce("")), SAME_CLAIM)
    within = ibis.window(group_by=list(SAME_CLAIM), order_by=["settled_on", "claim_id"])
    return t.mutate(nth=ibis.row_number().over(within))


def _repeated_lines(at: Shared) -> ir.Table:
    t = at.repeated_line
    t = at.told(_alike(t.filter(t.second > 0, t.amount_fen > 0, ~t.traced), SAME_LINE))
    order = ["settled_on", "claim_id", "line_no"]
    within = ibis.window(group_by=list(SAME_LINE), order_by=order)
    return t.mutate(
        nth=ibis.row_number().over(within),
        first_claim=t.claim_id.first().over(within),
        first_line=t.line_no.first().over(within),
    )


def _alike(t: ir.Table, same: tuple[str, ...]) -> ir.Table:
    """The rows of groups with more than one; a group whose key is not known has none."""
    groups = t.group_by(**{f"same_{c}": t[c] for c in same}).agg(rows_n=t.count())
    several = groups.filter(groups.rows_n > 1)
    return t.semi_join(several, [t[c] == several[f"same_{c}"] for c in same])
