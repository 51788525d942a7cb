"""Slips of contracts: a branch merged into its sister whose number is used on for a while."""

import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.entry import Signature, touched
from fraudml.monitor.signatures.tables import number, shared_with


def _merged_branch(at: Shared, values: Values) -> ir.Table:
    t = at.claim.filter(at.claim.contracted_to.notnull(), at.claim.visit_kind != "emergency")
    t = t.mutate(late=days_between(t.discharged_on, t.contracted_to).cast("float64"))
    t, (days,) = number(at, t, values, "days")
    t = at.keep("signature-ended", lambda: t.mutate(days=days).select(
        "claim_id", "provider_id", "practitioner_id", "visited_on", "settled_on", "contracted_to",
        "fund_amount_fen", "late", "days"))  # fmt: skip
    ended = t.group_by("provider_id", "contracted_to").agg(
        # days, not claims: a burst of false claims within these weeks is no other pace of work
        before_n=t.visited_on.nunique(where=(t.late <= 0) & (t.late > -t.days)),
        after_n=t.visited_on.nunique(where=t.late > 0),
        late_n=(t.late > 0).cast("int64").sum(),
        too_late_n=(t.late > t.days).cast("int64").sum(),
        last=t.late.max(),
        days=t.days.max(),
    )
    ended = _same_hands(t, _with_sister(at, ended))
    ended, (least, change, same) = number(
        at, ended, values, "least_claims", "pace_change", "share_of_same_hands"
    )
    after = ended.after_n.cast("float64") / ended["last"]
    before = ended.before_n.cast("float64") / ended.days
    found = ended.filter(
        ended.late_n.cast("float64") >= least,
        ended.too_late_n == 0,
        after <= before * (change + 1.0),
        after * (change + 1.0) >= before,
        ended.same_n.cast("float64") >= same * ended.signed_n.cast("float64"),
    )
    rows = shared_with(t.filter(t.late > 0), found, "provider_id")
    return touched(rows, key=("contracted_to",), code="contracted_to")


def _with_sister(at: Shared, ended: ir.Table) -> ir.Table:
    """Of ended contracts those whose operator has another one in force all through."""
    p = at.claims.table("providers").select("provider_id", "operator_id", "contracted_from",
                                            "contracted_to")  # fmt: skip
    mine = p.select(my_id="provider_id", operator="operator_id")
    j = ended.inner_join(mine, ended.provider_id == mine.my_id).drop("my_id")
    other = p.view().select(
        sister="provider_id", owner="operator_id", since="contracted_from", until="contracted_to"
    )
    return j.semi_join(
        other,
        [
            j.operator == other.owner,
            j.provider_id != other.sister,
            (other.since <= j.contracted_to).coalesce(True),
            (days_between(other.until, j.contracted_to).cast("float64") > j.days).coalesce(True),
        ],
    )


def _same_hands(t: ir.Table, ended: ir.Table) -> ir.Table:
    """Beside how many later claims name a practitioner, and how many one who signed before."""
    v = t.filter(t.late <= 0, t.practitioner_id.notnull()).view()
    staff = v.select(at_id="provider_id", who="practitioner_id").distinct()
    late = t.filter(t.late > 0, t.practitioner_id.notnull())
    j = late.left_join(staff, [late.provider_id == staff.at_id, late.practitioner_id == staff.who])
    hands = j.group_by(hand_id=j.provider_id).agg(
        signed_n=j.count(), same_n=j.who.notnull().cast("int64").sum()
    )
    return ended.inner_join(hands, ended.provider_id == hands.hand_id).drop("hand_id")


CONTRACTS: tuple[Signature, ...] = (
    Signature(
        id="D15.merged_branch",
        cause="batch",
        needs=("providers.contracted_to", "providers.operator_id", "claims.practitioner_id"),
        thresholds=(
            ("days", "days"), ("least_claims", "count"), ("pace_change", "share"),
            ("share_of_same_hands", "share"),
        ),
        explains=("R20.outside_contract",),
        repair="contracted_to",
        words=(("a branch's number is used on for some weeks after its contract ended, by "
                "the same practitioners at one pace, while its operator has another in force"),
               "分支机构协议终止后数周内仍以原编号、原医师、原节奏结算，其举办者另有有效协议机构"),
        ask=(("Say under which contract these services belong after the merger, and send the "
              "claims again under its number."),
             "请说明合并后相关服务所属的协议机构，并以其编号重传结算单。"),
        twin=(("who bills without a contract goes on for long, has no other place, or brings "
               "new practitioners or volumes"),
              "无协议违规结算通常长期持续、无其他有效机构，或更换医师、业务量突变"),
        find=_merged_branch,
    ),
)  # fmt: skip
