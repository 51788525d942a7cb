"""Rules about numbers in whose name claims are signed and that the register does not know."""

import ibis.expr.types as ir

from fraudml.monitor.entry import Rule
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import COUNTED, RATE, unusual_of_each
from fraudml.monitor.rules.phantom import signed
from fraudml.monitor.shared import Shared


def signed_where_known(at: Shared, t: ir.Table) -> ir.Table:
    """As ``signed``, of providers most of whose claims are by numbers that the register knows.

    Of another one the list did not come in, and its strangers are none.
    """
    s = signed(at, t)
    own = s.group_by("provider_no").agg(n=s.count(), known_n=s.known.count())
    return s.semi_join(own.filter(own.known_n * 2 > own.n), "provider_no")


def _unknown_number(at: Shared, values: Values) -> ir.Table:
    """Claims in the name of a number that stands in no register."""
    t = at.claim.filter(at.claim.visit_kind != "pharmacy")
    who = ("practitioner_id", "provider_id", "admitted_on", "discharged_on")
    t = signed_where_known(at, t.select(*COUNTED, *who)).drop(*who)
    return unusual_of_each(at, t, t.known.isnull(), values, "unknown_number")


STRANGERS: tuple[Rule, ...] = (
    Rule(
        id="R01.unknown_number", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.practitioner_id", "practitioners.registered_from"), thresholds=RATE,
        clause="40(3)", no_clause=None,
        words=("claims are signed with numbers that no register of practitioners knows",
               "结算单医师工号不在任何医师注册表中，频次高于同类"),
        amount=("at most what the fund paid of the claims", "至多为相关结算单基金支付额"),
        exceptions=(("providers most of whose numbers are unknown: their list did not come in",
                     "多数工号均未知的机构（注册表未报送）"),
                    ("numbers that stand for nobody, found as a data error",
                     "系统占位工号（数据差错）"),
                    ("pharmacies' own sales", "药店零售"),
                    ("few cases, and as many as at peers", "个别情形及同类普遍情形")),
        find=_unknown_number,
    ),
)  # fmt: skip
