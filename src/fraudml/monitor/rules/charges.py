"""Rules about what was charged: twice, above the cap, in parts, outside the fund's scope."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.copies import SAME_CLAIM, repeated_claims, repeated_lines
from fraudml.monitor.entry import NOTHING, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.phantom import bill
from fraudml.monitor.shared import SCALE, Shared


def _duplicate_claims(at: Shared, _values: Values) -> ir.Table:
    t = repeated_claims(at)
    again = (t.nth > 0).ifelse(t.fund_amount_fen, 0)
    return found(t, Part(SAME_CLAIM, "same", again, again, again, happened_on="visited_on"))


def _duplicate_lines(at: Shared, _values: Values) -> ir.Table:
    t = repeated_lines(at)
    again = (t.nth > 0).ifelse(t.fund_fen, 0)
    return found(t, Part(("first_claim", "first_line"), "same", again, again, again))


def _above_cap(at: Shared, values: Values) -> ir.Table:
    t = at.limited_line
    over = t.unit_price_fen - t.price_cap_fen
    t = t.filter(over > values.number("tolerance_fen", t, "served_on"))
    excess = (t.unit_price_fen - t.price_cap_fen) * (t.quantity_e4 / SCALE)
    loss = share_of(t.fund_fen, ibis.least(excess, t.amount_fen.cast("float64")), t.amount_fen)
    return found(t, Part(("claim_id", "line_no"), "above_cap", loss, loss, t.fund_fen))


def _unbundled(at: Shared, _values: Values) -> ir.Table:
    c, b = at.code, at.bundle
    b = b.inner_join(c.select(whole_item="item_code", whole_code="code_no"), "whole_item")
    b = b.inner_join(c.select(part_item="item_code", part_code="code_no"), "part_item")
    t = at.line.filter(at.line.amount_fen > 0)
    w = t.view()  # the same lines once more: without a name of its own each would be the other
    whole = w.select(
        whole_claim=w.claim_no, whole_line=w.line_no, whole_item_no=w.code_no, whole_on=w.served_on
    )
    wholes = whole.inner_join(
        b,
        [
            whole.whole_item_no == b.whole_code,
            whole.whole_on >= b.valid_from,
            whole.whole_on < b.valid_before,
        ],
    )
    pairs = t.inner_join(
        wholes,
        [
            t.claim_no == wholes.whole_claim,
            t.served_on == wholes.whole_on,
            t.code_no == wholes.part_code,
            t.code_no != wholes.whole_code,
        ],
    )
    pairs = at.told(pairs)
    key = ("claim_id", "whole_item", "served_on")
    parts = found(pairs, Part(key, "part", pairs.fund_fen, pairs.fund_fen, pairs.fund_fen))
    wholes_too = pairs.mutate(line_no=pairs.whole_line)
    return parts.union(found(wholes_too, Part(key, "whole", NOTHING, NOTHING, NOTHING)))


def _outside_scope(at: Shared, _values: Values) -> ir.Table:
    t = at.told(at.line.filter(at.line.outside_scope, at.line.charged))
    fen = t.fund_fen
    return found(t, Part(("claim_id", "line_no"), "outside_scope", fen, fen, fen))


def _beyond_scope(at: Shared, values: Values) -> ir.Table:
    """Claims of which the fund paid more than all their lines inside its scope come to."""
    b = bill(at).select("claim_no", "amount_fen", "outside_fen")
    told = at.line.filter(at.line.outside_scope, at.line.charged)
    t = at.claim.inner_join(b.filter(b.outside_fen > 0), "claim_no").anti_join(told, "claim_no")
    inside = t.amount_fen - t.outside_fen
    gap = (t.total_amount_fen - t.amount_fen).abs().cast("float64")
    t = t.mutate(beyond_fen=t.fund_amount_fen - inside).filter(
        gap <= values.number("tolerance_fen", t, "visited_on")  # all its lines came in
    )
    t = t.filter(
        t.beyond_fen.cast("float64") > values.number("tolerance_fen", t, "visited_on"),
        t.fund_amount_fen <= t.total_amount_fen,
    )
    fen = t.beyond_fen
    return found(t, Part(("claim_id",), "beyond_scope", fen, fen, t.fund_amount_fen,
                         happened_on="visited_on"))  # fmt: skip


_LINES = "claim_lines.item_code"
_RECHARGED = ("what the fund paid of every row but the first", "首行以外各行的基金支付额")
_REVERSED = ("a claim that was reversed, with its reversal", "已冲红的结算单及其冲红")

CHARGES: tuple[Rule, ...] = (
    Rule(
        id="R05.duplicate_claim",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=("claims.started_at", "claims.diagnosis_code"),
        thresholds=(),
        clause="38(3)",
        no_clause=None,
        words=(
            "the same visit is settled again: person, provider, days, moment, diagnosis and amount",
            "同一次就诊重复结算：人员、机构、日期、时刻、诊断、金额均相同",
        ),
        amount=_RECHARGED,
        exceptions=(
            _REVERSED,
            ("visits that began at another moment", "就诊时刻不同"),
            ("visits whose moment is not recorded", "未记录就诊时刻"),
        ),
        find=_duplicate_claims,
    ),
    Rule(
        id="R05.duplicate_line",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_LINES,),
        thresholds=(),
        clause="38(3)",
        no_clause=None,
        words=(
            "an item is billed again for a person at the same second, quantity and price",
            "同一项目对同一人在同一秒按同数量同单价重复收费",
        ),
        amount=_RECHARGED,
        exceptions=(
            _REVERSED,
            ("lines without a time of day", "明细无具体时刻"),
            ("packs told apart by their traceability code", "以追溯码区分的包装"),
        ),
        find=_duplicate_lines,
    ),
    Rule(
        id="R05.price_above_cap",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_LINES, "items.price_cap"),
        thresholds=(("tolerance_fen", "fen"),),
        clause="38(3)",
        no_clause=None,
        words=("the unit price is above the cap in force on the day", "单价高于当日有效的最高限价"),
        amount=(
            "what the fund paid of the excess; at most of the whole line",
            "超出部分的基金支付额；上限为整行",
        ),
        exceptions=(
            ("the cap of the day, not of today", "以服务当日限价为准"),
            ("rounding within the tolerance", "容差以内的取整"),
            _REVERSED,
        ),
        find=_above_cap,
    ),
    Rule(
        id="R04.unbundled",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_LINES, "items.bundle_of"),
        thresholds=(),
        clause="38(3)",
        no_clause=None,
        words=(
            "an item is billed beside another of the same claim and day that contains it",
            "项目与已包含该项目的项目在同一结算单同日并收",
        ),
        amount=("what the fund paid of the contained items", "被包含项目的基金支付额"),
        exceptions=(
            ("the contained item on another day or claim", "被包含项目在另一日或另一结算单"),
            _REVERSED,
        ),
        find=_unbundled,
    ),
    Rule(
        id="R10.outside_scope_charged",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_LINES, "claim_lines.scope", "claim_lines.fund_amount"),
        thresholds=(),
        clause="38(6)",
        no_clause=None,
        words=("the fund paid for a line outside its scope", "目录外（丙类）费用由基金支付"),
        amount=("what the fund paid of the line", "该行基金支付额"),
        exceptions=(
            ("lines outside the scope that the patient paid", "目录外但由个人自付"),
            _REVERSED,
        ),
        find=_outside_scope,
    ),
    Rule(
        id="R10.beyond_scope",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_LINES, "claim_lines.scope"),
        thresholds=(("tolerance_fen", "fen"),),
        clause="38(6)",
        no_clause=None,
        words=(
            "the fund paid more of a claim than its lines inside the scope come to",
            "基金支付额超过该结算单目录内费用合计",
        ),
        amount=(
            "what the fund paid beyond these lines; at most all that it paid",
            "超出目录内费用的基金支付额；上限为该单基金支付额",
        ),
        exceptions=(
            ("claims whose lines do not come to their total", "明细合计与结算总额不符的结算单"),
            (
                "lines told by R10.outside_scope_charged",
                "已由 R10.outside_scope_charged 列出的明细",
            ),
            _REVERSED,
        ),
        find=_beyond_scope,
    ),
)
