"""A rule about sales from the account that are taken back days later: the cash goes out elsewhere.

A till's mistake is undone at once, or the right sale follows. Sales of which nothing is left, again
and again, are a loan over the counter.
"""

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import reversed_claims
from fraudml.claims.calendar import days_between
from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import BILLED, OWN, PEERS, RATE, counted, outlying
from fraudml.monitor.shared import Shared

_OF_CLAIM = (
    "claim_id", "provider_id", "practitioner_id", "patient_id", "settled_on", "visit_kind",
    "fund_amount_fen", "account_amount_fen",
)  # fmt: skip
_PLACE = ("patient_id", "provider_id")


def _of_account(t: ir.Table) -> ir.Table:
    """Bills of no stay that the account paid and the fund did not."""
    return t.filter(t.visit_kind != "inpatient", t.account_amount_fen > 0, t.fund_amount_fen <= 0)


def taken_back(at: Shared) -> ir.Table:
    """Bills paid by the account alone that were reversed by the as-of date, with that day.

    Nothing of them is owed any more, so that they are none of ``Shared.claim``.
    returns  _OF_CLAIM, visited_on, gone_on, provider_no, level, provider_kind
    """
    return at.keep("taken_back", lambda: _taken_back(at))


def _taken_back(at: Shared) -> ir.Table:
    table = at.claims.table("claims")
    seen = table.filter(table.settled_on <= at.as_of)
    gone = reversed_claims(seen).rename(gone_id="claim_id", gone_on="reversed_on")
    t = _of_account(seen.filter(seen.reverses_claim_id.isnull()))
    t = t.inner_join(gone, t.claim_id == gone.gone_id)
    p = at.provider.select("known_provider", *OWN, *PEERS)
    t = t.inner_join(p, t.provider_id == p.known_provider)
    return t.select(
        *_OF_CLAIM, *OWN, *PEERS, "gone_on",
        visited_on=ibis.least(t.admitted_on, t.settled_on),
    )  # fmt: skip


def _not_put_right(at: Shared, t: ir.Table) -> ir.Table:
    """Those in whose place no other bill of the person stands there.

    The right one follows by the day after; of what was sent twice, the other is of the same day.
    """
    c = at.claim.select(*_PLACE, "visited_on", "settled_on")
    c = c.rename(**{f"c_{name}": name for name in c.columns})
    same = [t.patient_id == c.c_patient_id, t.provider_id == c.c_provider_id]
    near = days_between(c.c_settled_on, t.gone_on)
    right = t.semi_join(c, [*same, near >= -1, near <= 1]).select("claim_id")
    twice = t.semi_join(c, [*same, t.visited_on == c.c_visited_on]).select("claim_id")
    return t.anti_join(right.union(twice), "claim_id")


def _taken_back_soon(at: Shared, values: Values) -> ir.Table:
    """Account sales undone within days, and not put right by another sale, beyond peers."""
    t = taken_back(at)
    gap = days_between(t.gone_on, t.settled_on)
    t = t.mutate(gap=gap).filter(gap >= 1)
    t = t.filter(t.gap.cast("float64") <= values.number("days", t, "visited_on"))
    t = at.keep("taken_back_soon", lambda: _not_put_right(at, t))
    kept = _of_account(at.claim).select(*OWN, *PEERS, hit=ibis.literal(False))
    every = kept.union(t.select(*OWN, *PEERS, hit=ibis.literal(True)))
    over = outlying(at, counted(every, every.hit), values)
    rows = t.inner_join(over, t.provider_no == over.over_provider_no)
    mid, fen = beyond_expected(rows.account_amount_fen, rows.excess_share)
    return found(rows, Part(BILLED, "taken_back", NOTHING, mid, fen, known_on="gone_on",
                            happened_on="visited_on", who=BILLED))  # fmt: skip


TAKEN_BACK: tuple[Rule, ...] = (
    Rule(
        id="R21.taken_back", result_type="suspicious", grain="provider", stage="after",
        needs=("claims.account_amount", "claims.reverses_claim_id"),
        thresholds=(*RATE, ("days", "days")), clause="38(5)", no_clause=None,
        words=("sales from the account are taken back days later and not put right, beyond peers",
               "个人账户支付后数日内冲退且未重新结算（退费套现），频次高于同类"),
        amount=("what the account had paid of those beyond the expected; at most of all",
                "被冲退的个人账户支付额中超出预期部分；上限为全部"),
        exceptions=(("a mistake undone the same day", "当日冲退"),
                    ("a mistake put right: another sale of the day, or a day beside it",
                     "冲退当日或前后一日已重新结算"),
                    ("a bill sent twice, of which the other stands", "重复上传后冲退其一"),
                    ("what the fund paid of, and stays", "统筹基金支付的结算及住院"),
                    ("few of them, by the lower limit of their number",
                     "按数量下限判定，数量少的不列入")),
        find=_taken_back_soon, of_house=True, gone=taken_back,
    ),
)  # fmt: skip
