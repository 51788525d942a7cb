"""Rules about the codes of packs: fewer than packs, and such as no supplier ever gave out."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import OWN, PEERS, RATE, beside_totals, counted, outlying
from fraudml.monitor.rules.goods import packs
from fraudml.monitor.shared import SCALE, Shared


def _fewer_codes(at: Shared, values: Values) -> ir.Table:
    """Sales that bill more packs than codes stand on them, and take the money of all of them.

    An item of a claim is looked at whole, on however many lines it stands. Where no sale of a
    house bears several codes, its interface sends one: that is no matter of packs.
    """
    t = at.line.filter(at.line.traced, at.line.quantity_e4 > 0)
    usual = t.group_by("code_no").agg(usual_fen=t.unit_price_fen.median())
    sale = t.group_by("claim_no", "code_no", "provider_no").agg(
        pieces_e4=t.quantity_e4.sum(), amount_fen=t.amount_fen.sum()
    )
    codes = packs(at).group_by("claim_no", "code_no").agg(codes_n=lambda p: p.code.nunique())
    sale = sale.inner_join(codes, ["claim_no", "code_no"]).inner_join(usual, "code_no")
    sale = sale.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    sale = beside_totals(sale, OWN, most_n=sale.codes_n.max()).filter(lambda s: s.most_n > 1)
    # the price of half a pack more than was scanned: a smaller unit of measure costs less
    paid = sale.amount_fen.cast("float64") >= (sale.codes_n + 0.5) * sale.usual_fen
    sale = sale.mutate(short=paid & (sale.pieces_e4 >= (sale.codes_n + 1) * SCALE))
    over = outlying(at, counted(sale, sale.short, ("code_no",)), values, ("code_no",))
    short = sale.filter(sale.short).inner_join(over, sale.provider_no == over.over_provider_no)
    short = short.select("claim_no", "code_no", "pieces_e4", "codes_n", "excess_share")
    rows = at.told(t.inner_join(short, ["claim_no", "code_no"]))
    bare = 1.0 - rows.codes_n * SCALE / rows.pieces_e4.cast("float64")
    fen = ibis.greatest(rows.sold_fen, 0)
    mid = (fen.cast("float64") * bare * rows.excess_share).round().cast("int64")
    return found(rows, Part(("provider_id",), "fewer_codes", NOTHING, mid, fen,
                            who=("provider_id",)))  # fmt: skip


def _never_given_out(at: Shared, values: Values) -> ir.Table:
    """Packs with a code that no purchase of anybody knows, more often than at peers.

    What the chain does not know of an item at all, it knows of nobody's.
    """
    e = at.claims.table("trace_events")
    e = e.filter(e.event == "purchased", e.happened_at.date() <= at.as_of)
    known = e.select(code="trace_code", known=ibis.literal(True)).distinct()
    t = packs(at).left_join(known, "code").drop("code_right")
    t = t.mutate(unknown=t.known.isnull())
    over = outlying(at, counted(t, t.unknown, ("code_no",)), values, ("code_no",))
    t = t.filter(t.unknown).inner_join(over, t.provider_no == over.over_provider_no)
    fen = ibis.greatest(t.sold_fen, 0)
    mid = (fen.cast("float64") * t.excess_share).round().cast("int64")
    return found(t, Part(("provider_id",), "never_given_out", NOTHING, mid, fen,
                         who=("provider_id",)))  # fmt: skip


_FEW = ("few of them, by the lower limit of their number", "按数量下限判定，数量少的不列入")

PACKS: tuple[Rule, ...] = (
    Rule(
        id="R13.fewer_codes",
        result_type="suspicious",
        grain="provider",
        stage="during",
        needs=("claim_lines.trace_code",),
        thresholds=RATE,
        clause=None,
        no_clause=UNNAMED,
        words=(
            "more packs are billed than codes were scanned for them, more often than at peers",
            "结算包装数多于所扫追溯码数，频次高于同类",
        ),
        amount=(
            "at most what fund and account paid of them; in the middle, of packs without a code",
            "至多为相关行的基金与个人账户支付额；中值为无追溯码部分",
        ),
        exceptions=(
            (
                "a smaller unit of measure: the price is that of the packs scanned",
                "计价单位较小（金额与所扫包装相符）",
            ),
            (
                "items of which like providers scan one of several as well",
                "同类机构同品种亦多盒一码",
            ),
            (
                "an interface that sends one code a sale: never several",
                "接口仅能上传一个追溯码（从未多码）",
            ),
            _FEW,
        ),
        find=_fewer_codes,
    ),
    Rule(
        id="R13.code_unknown", result_type="suspicious", grain="provider", stage="after",
        needs=("claim_lines.trace_code", "trace_events.trace_code"), thresholds=RATE,
        clause=None, no_clause=UNNAMED,
        words=("packs are settled with codes that nobody is known to have bought, beyond peers",
               "结算所用追溯码在流通环节无任何购进记录，频次高于同类"),
        amount=("at most what fund and account paid of them; in the middle, beyond the expected",
                "至多为相关行的基金与个人账户支付额；中值为超出预期部分"),
        exceptions=(("items whose purchases nobody reports", "普遍未上报购进的品种"),
                    ("codes misread now and then, as often as at peers",
                     "偶有的扫码错误（与同类相当）"), _FEW),
        find=_never_given_out,
    ),
)  # fmt: skip
