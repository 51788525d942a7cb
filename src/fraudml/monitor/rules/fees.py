"""A rule about the fee of a visit, which is owed once: cut into several, it is paid several times.

Whoever comes back in the afternoon, or goes on to another department, is seen again and pays again.
One practitioner who sees everybody two or three times a day is one visit on several bills.
"""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import Rule
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import COUNTED, RATE, unusual_of_each
from fraudml.monitor.shared import Shared, prefixed

_SEEN = ["outpatient", "chronic"]
_ONE = ["patient_no", "provider_no", "signed_no", "visited_on"]


def _visits_with_fee(at: Shared, values: Values) -> ir.Table:
    """Visits with a visit fee, what the fund paid of it in place of what it paid of all."""
    fees = at.code.filter(prefixed(class_code(at.code.item_code), values.codes("visit_fees")))
    fee = at.line.filter(at.line.amount_fen > 0, ~at.line.inpatient).semi_join(fees, "code_no")
    fee = fee.group_by("claim_no").agg(fee_fen=fee.fund_fen.sum())
    t = at.claim.filter(at.claim.visit_kind.isin(_SEEN), at.claim.signed_no.notnull())
    t = t.select(*COUNTED, "patient_no", "visit_kind", "total_amount_fen")
    t = t.inner_join(fee, "claim_no")
    return t.mutate(fund_amount_fen=t.fee_fen.coalesce(0)).drop("fee_fen")


def _fee_again(at: Shared, values: Values) -> ir.Table:
    """Visit fees beside another of the same person, day and practitioner, beyond peers."""
    t = _visits_with_fee(at, values)
    order = ibis.window(group_by=_ONE, order_by=["total_amount_fen", "claim_no"])
    # one of the same amount is the same visit sent again, which other rules count
    again = (t.total_amount_fen.lag().over(order) != t.total_amount_fen).coalesce(False)
    t = t.mutate(again=again)
    return unusual_of_each(at, t, t.again, values, "fee_again", "visit_kind")


FEES: tuple[Rule, ...] = (
    Rule(
        id="R04.fee_again", result_type="suspicious", grain="provider", stage="during",
        needs=("claim_lines.item_code", "claims.practitioner_id"),
        thresholds=(*RATE, ("visit_fees", "codes")), clause="38(3)", no_clause=None,
        words=("one visit is cut into several bills, each with its own visit fee, beyond peers",
               "同一次就诊拆分为多次结算，每次另收诊查费或一般诊疗费，频次高于同类"),
        amount=("what the fund paid of later visit fees beyond the expected; at most of all",
                "超出预期的再次诊查费的基金支付额；上限为全部再次诊查费"),
        exceptions=(("another practitioner: another department", "不同医师（不同科室）"),
                    ("the same amount again, which other rules count", "相同金额由其他规则核查"),
                    ("emergencies, stays and pharmacies", "急诊、住院和药店"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_fee_again, classed=("visit_fees",),
    ),
)  # fmt: skip
