"""Rules about in whose name claims are signed: somebody registered elsewhere, or nowhere at all."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import OPEN_END
from fraudml.monitor.entry import Rule
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    COUNTED,
    OWN,
    PEERS,
    RATE,
    beside_totals,
    unusual,
    unusual_of_each,
)
from fraudml.monitor.shared import Shared

_GAPS = 50  # of so many numbers a register may lack one


def _registrations(at: Shared) -> ir.Table:
    p = at.claims.table("practitioners").filter(lambda t: t.registered_from <= at.as_of)
    return p.select(
        "registered_from", registered="practitioner_id", at_provider="provider_id",
        registered_to=p.registered_to.coalesce(OPEN_END),
    )  # fmt: skip


def signed_by_registered(at: Shared, t: ir.Table) -> ir.Table:
    """Those of these claims whose practitioner the register knows, beside whether here (held)."""
    t = signed(at, t)
    return t.filter(t.known.notnull()).drop("known")


def signed(at: Shared, t: ir.Table) -> ir.Table:
    """Those of these claims that name somebody, beside whether the register knows the number.

    known  null where it stands nowhere in the register
    held   null where nobody of the number was registered at the provider on the day
    """
    p = _registrations(at)
    t = t.filter(t.practitioner_id.notnull())
    held = t.semi_join(
        p,
        [
            t.practitioner_id == p.registered,
            t.provider_id == p.at_provider,
            t.discharged_on >= p.registered_from,
            t.admitted_on <= p.registered_to,
        ],
    )
    numbers = p.select("registered", known=ibis.literal(True)).distinct()
    t = t.left_join(numbers, t.practitioner_id == numbers.registered).drop("registered")
    held = held.select("claim_no", held=ibis.literal(True))
    return t.left_join(held, "claim_no").drop("claim_no_right")


def signed_where_known(at: Shared, t: ir.Table) -> ir.Table:
    """As ``signed``, of providers most of whose claims are by numbers that the register knows.

    Of another one the list did not come in, and everybody would be a stranger.
    """
    s = signed(at, t)
    own = s.group_by("provider_no").agg(n=s.count(), known_n=s.known.count())
    return s.semi_join(own.filter(own.known_n * 2 > own.n), "provider_no")


def _register_whole(s: ir.Table) -> ir.Table:
    """As ``signed``, of providers whose list came in and of whose like the register has no gaps.

    Where it lacks more than one in fifty of the numbers of others, a stranger says nothing.
    """
    own = s.group_by(*OWN, *PEERS).agg(
        n=s.count(), known_n=s.known.count(), numbers_n=s.signed_no.nunique(),
        strangers_n=s.signed_no.nunique(where=s.known.isnull()),
    )  # fmt: skip
    own = beside_totals(
        own, PEERS, all_numbers_n=own.numbers_n.sum(), all_strangers_n=own.strangers_n.sum()
    )
    gaps = own.all_strangers_n - own.strangers_n
    whole = gaps * _GAPS <= own.all_numbers_n - own.numbers_n
    return s.semi_join(own.filter(whole, own.known_n * 2 > own.n), list(OWN))


def _signed_claims(at: Shared) -> ir.Table:
    t = at.claim.filter(at.claim.visit_kind != "pharmacy")
    who = ("practitioner_id", "provider_id", "admitted_on", "discharged_on")
    return at.keep("signed_claims", lambda: signed(at, t.select(*COUNTED, *who)).drop(*who))


def _not_registered(at: Shared, values: Values) -> ir.Table:
    """Claims in the name of somebody who is registered, but not here on that day."""
    t = _signed_claims(at)
    t = t.filter(t.known.notnull())
    return unusual(at, t, t.held.isnull(), values, "not_registered")


def _unknown_number(at: Shared, values: Values) -> ir.Table:
    """Claims in the name of a number that stands in no register."""
    t = _register_whole(_signed_claims(at))
    return unusual_of_each(at, t, t.known.isnull(), values, "unknown_number")


_FEN = ("at most what the fund paid of the claims", "至多为相关结算单基金支付额")
_FEW = ("few cases, by the lower limit of their number, and as many as at peers",
        "个别情形（按数量下限判定）及同类普遍情形")  # fmt: skip

SIGNED: tuple[Rule, ...] = (
    Rule(
        id="R01.not_registered", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.practitioner_id", "practitioners.registered_from"), thresholds=RATE,
        clause="40(3)", no_clause=None,
        words=("claims name a practitioner who was not registered at the provider on that day",
               "结算单医师当日未在该机构注册，频次高于同类"),
        amount=_FEN,
        exceptions=(("practitioners the register does not know at all", "注册表中完全没有的医师"),
                    _FEW),
        find=_not_registered,
    ),
    Rule(
        id="R01.unknown_number", result_type="suspicious", grain="provider", stage="during",
        needs=("claims.practitioner_id", "practitioners.registered_from"), thresholds=RATE,
        clause="40(3)", no_clause=None,
        words=("claims are signed with numbers that no register of practitioners knows",
               "结算单医师工号不在任何医师注册表中，频次高于同类"),
        amount=_FEN,
        exceptions=(("providers most of whose numbers are unknown: their list did not come in",
                     "多数工号均未知的机构（注册表未报送）"),
                    ("a register with gaps: of like providers it lacks more than one in fifty",
                     "注册表不全（同类机构超过五十分之一工号未知）"),
                    ("numbers that stand for nobody, found as a data error",
                     "系统占位工号（数据差错）"),
                    ("pharmacies' own sales", "药店零售"),
                    _FEW),
        find=_unknown_number,
    ),
)  # fmt: skip
