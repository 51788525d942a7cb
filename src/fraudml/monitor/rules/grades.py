"""Rules about the dearer of like services: a grade above, a session in place of a plain one.

Services of one class of the price norms stand in for each other. What is compared is the usual
price of those that were chosen, not how many there were nor what this provider asks for them, and
only for the same diagnoses, level and kind: an illness decides what is needed.
"""

import ibis
import ibis.expr.types as ir

from fraudml.claims.whole_numbers import square, whole
from fraudml.monitor.entry import NOTHING, Part, Rule, beyond_expected, found
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import (
    OWN,
    PEERS,
    RATE,
    Names,
    beside,
    beside_totals,
    counted,
    outlying,
)
from fraudml.monitor.rules.mix import usual_prices
from fraudml.monitor.shared import SCALE, Shared, prefixed

_CLASS = 6  # letters of a national code that make its class: 00 and four digits of the norms
_SUBSTANCES = 6  # of a drug's code that make its class: its kind and five of the ATC code
_GOODS = 5  # of a consumable's code that make its class: C, two digits each of class and group
_CELL = ("family", "inpatient", "diagnosis_group", *PEERS)
_UNIT = (*OWN, "family", "inpatient")
_LIKE = 10  # claims of others that a cell needs
_DAY = ("patient_no", *OWN, "served_on", "family", "inpatient")  # of a person at a provider


def _chosen(at: Shared, family: ir.Table) -> ir.Table:
    """One row per claim and family: how much of it, and the mean usual price of what was chosen.

    family  code_no, family, usual_fen
    """
    t = at.line.filter(at.line.amount_fen > 0, at.line.quantity_e4 > 0)
    t = t.inner_join(family, "code_no")
    fen = whole(t.usual_fen * t.quantity_e4.cast("float64") / SCALE)
    t = t.group_by("claim_no", "family").agg(pieces_e4=t.quantity_e4.sum(), usual_fen=fen.sum())
    c = at.claim.filter(at.claim.diagnosis_group.notnull())
    c = c.select("claim_no", *OWN, *PEERS, "inpatient", "diagnosis_group")
    mean = t.usual_fen.cast("float64") * SCALE / t.pieces_e4.cast("float64")
    return t.mutate(mean_fen=whole(mean)).inner_join(c, "claim_no")


def _cells(t: ir.Table) -> ir.Table:
    """What each provider chose in like claims, beside what others chose in them: e_fen, spread.

    Only where several others have enough of them.
    returns  one row per provider and cell: their keys, n, fen, e_fen, spread (of one claim)
    """
    each = t.group_by(*OWN, *_CELL).agg(
        n=t.count(), fen=t.mean_fen.sum(), squares=square(t.mean_fen).sum()
    )
    sums = {"all_n": each.n.sum(), "all_fen": each.fen.sum(), "all_squares": each.squares.sum()}
    each = beside_totals(each, _CELL, houses_n=each.count(), **sums)
    n = each.all_n - each.n
    each = each.filter(n >= _LIKE, each.houses_n > 2)
    others = (each.all_n - each.n).cast("float64")
    e = (each.all_fen - each.fen).cast("float64") / others
    squares = (each.all_squares - each.squares).cast("float64") / others
    each = each.mutate(e_fen=e, spread=ibis.greatest(squares - e * e, 0.0))
    return each.select(*OWN, *_CELL, "n", "fen", "e_fen", "spread")


def _services(at: Shared, codes: Names) -> ir.Table:
    """Services and exams of these classes, beside their usual price: item_code, code_no."""
    i = at.item.filter(at.item.item_kind.isin(["service", "exam"])).select("code_no").distinct()
    i = i.inner_join(at.code, "code_no").inner_join(usual_prices(at), "code_no")
    return i.filter(prefixed(class_code(i.item_code), codes), i.usual_fen > 0)


def _dearer(at: Shared, values: Values, family: ir.Table, role: str) -> ir.Table:
    """Lines dearer than like claims of others have, of providers that choose so beyond chance.

    family  code_no, usual_fen, family of items that can stand in for each other
    """
    family = at.keep(f"family_{role}", lambda: family)
    t = at.keep(f"chosen_{role}", lambda: _chosen(at, family))
    cell = at.keep(f"cells_{role}", lambda: _cells(t))
    n = cell.n.cast("float64")
    p = cell.group_by(*_UNIT, *PEERS).agg(
        n=cell.n.sum(), fen=cell.fen.sum().cast("float64"), expected=(n * cell.e_fen).sum(),
        spread=(n * cell.spread).sum(),
    )  # fmt: skip
    p = p.mutate(on=at.as_of)
    low = p.fen - values.number("tail_z", p, "on") * p.spread.sqrt()
    over = p.filter(
        p.n.cast("float64") >= values.number("least", p, "on"),
        low > values.number("times", p, "on") * p.expected,
    ).select(*_UNIT)
    few = t.semi_join(over, list(_UNIT))
    rows = beside(few, cell.select(*OWN, *_CELL, "e_fen"), (*OWN, *_CELL))
    rows = rows.filter(rows.e_fen.notnull()).select("claim_no", "family", "e_fen")
    # kept one after the other: in one query all such claims were joined with all items of a family
    rows = at.keep(f"over_{role}", lambda: rows)
    few = at.line.filter(at.line.amount_fen > 0).semi_join(rows, "claim_no")
    few = at.keep(f"lines_{role}", lambda: few)
    line = few.inner_join(family, "code_no").inner_join(rows, ["claim_no", "family"])
    line = line.filter(line.usual_fen > line.e_fen)
    line = at.told(line)
    fen = ibis.greatest(line.fund_fen, 0)
    mid = (fen.cast("float64") * (1.0 - line.e_fen / line.usual_fen)).round().cast("int64")
    return found(
        line, Part(("provider_id", "family"), role, NOTHING, mid, fen, who=("provider_id",))
    )


def _dearer_grade(at: Shared, values: Values) -> ir.Table:
    i = _services(at, values.codes("graded_codes"))
    i = i.select("code_no", "usual_fen", family=class_code(i.item_code).left(_CLASS))
    return _dearer(at, values, i, "dearer_grade")


def _dearer_session(at: Shared, values: Values) -> ir.Table:
    i = _services(at, values.codes("session_codes"))
    i = i.select("code_no", "usual_fen", family=ibis.literal("dearer_session"))
    return _dearer(at, values, i, "dearer_session")


def _dearer_exam(at: Shared, values: Values) -> ir.Table:
    i = _services(at, values.codes("exam_codes"))
    i = i.select("code_no", "usual_fen", family=class_code(i.item_code).left(_CLASS))
    return _dearer(at, values, i, "dearer_exam")


def _dearer_drugs(at: Shared, values: Values) -> ir.Table:
    """Drugs of all classes: what is given instead of something cheap may be anything."""
    i = at.item.filter(at.item.item_kind == "drug").select("code_no").distinct()
    i = i.inner_join(usual_prices(at), "code_no").filter(lambda r: r.usual_fen > 0)
    i = i.select("code_no", "usual_fen", family=ibis.literal("dearer_drugs"))
    return _dearer(at, values, i, "dearer_drugs")


def _dearer_goods(at: Shared, values: Values) -> ir.Table:
    """Drugs of one substance class and consumables of one class, by the national codes."""
    i = at.item.filter(at.item.item_kind.isin(["drug", "consumable"]))
    i = i.select("code_no", "item_kind").distinct()
    i = i.inner_join(at.code, "code_no").inner_join(usual_prices(at), "code_no")
    drug = (i.item_kind == "drug") & prefixed(i.item_code, values.codes("drug_codes"))
    goods = (i.item_kind == "consumable") & prefixed(i.item_code, values.codes("goods_codes"))
    name = drug.ifelse(i.item_code.left(_SUBSTANCES), goods.ifelse(i.item_code.left(_GOODS), None))
    i = i.mutate(family=name).filter(i.usual_fen > 0, name.notnull())
    return _dearer(at, values, i.select("code_no", "usual_fen", "family"), "dearer_goods")


def _instead_lines(at: Shared, values: Values) -> ir.Table:
    """Lines of services of which one stands in for another of its class, beside it: family."""
    i = at.item.filter(at.item.item_kind.isin(["service", "exam", "bed"]))
    i = i.select("code_no").distinct().inner_join(at.code, "code_no")
    i = i.filter(prefixed(class_code(i.item_code), values.codes("exclusive_codes")))
    i = i.select("code_no", family=class_code(i.item_code).left(_CLASS))
    t = at.line.filter(at.line.amount_fen > 0, at.line.quantity_e4 > 0)
    return t.inner_join(i, "code_no")


def _instead_of_each_other(at: Shared, values: Values) -> ir.Table:
    """Days with two services of one class for a person, where others bill the one or the other."""
    t = at.keep("instead_lines", lambda: _instead_lines(at, values))
    each = t.group_by(*_DAY, "code_no").agg(paid_fen=ibis.greatest(t.fund_fen.sum(), 0))
    days = each.group_by(*_DAY).agg(
        kinds_n=each.count(), paid_fen=each.paid_fen.sum(), most_fen=each.paid_fen.max()
    )
    days = days.inner_join(at.provider.select(*OWN, *PEERS), list(OWN))
    days = at.keep("instead_days", lambda: days)
    alike = ("family", "inpatient")
    unit = (*OWN, "family")
    counts = counted(days, days.kinds_n > 1, alike, OWN)
    over = outlying(at, counts, values, alike, unit, middle=True)
    days = days.filter(days.kinds_n > 1).inner_join(
        over, [days.provider_no == over.over_provider_no, days.family == over.over_family]
    )
    less = 1.0 - days.most_fen.cast("float64") / ibis.greatest(days.paid_fen, 1).cast("float64")
    days = days.select(*_DAY, beyond=less * days.excess_share)
    line = at.told(t.inner_join(days, list(_DAY)))
    mid, fen = beyond_expected(line.fund_fen, line.beyond)
    return found(
        line, Part(("provider_id", "family"), "instead", NOTHING, mid, fen, who=("provider_id",))
    )


_FEN = ("what the fund paid beyond the usual price of what others choose; at most of the lines",
        "超出其他机构通常选择价格部分的基金支付额；上限为相关明细")  # fmt: skip
_LIKE_CASES = ("the same diagnoses at others of the level and kind: true need is compared",
               "真实需要（同诊断、同级别、同类机构比较）")  # fmt: skip
_OWN_PRICE = (
    "what the provider itself asks: usual prices are compared",
    "本机构定价高低（按通常价格比较）",
)
_FEW = ("few such claims, by the lower limit of their mean", "按均值下限判定，数量少的不列入")
_FEW_DAYS = ("few such days, by the lower limit of their number", "按日数下限判定，日数少的不列入")
_NEEDS = ("claim_lines.item_code", "items.kind", "claims.diagnosis_code")

GRADES: tuple[Rule, ...] = (
    Rule(
        id="R05.instead_of_each_other", result_type="suspicious", grain="provider",
        stage="during", needs=("claim_lines.item_code", "items.kind"),
        thresholds=(*RATE, ("exclusive_codes", "codes")), clause="38(3)", no_clause=None,
        words=("two services that stand in for each other are billed on one day, beyond peers",
               "同类可相互替代的两项服务同一人同日并收，频次高于同类"),
        amount=("what the fund paid of the cheaper ones beyond the expected; at most of all",
                "超出预期部分中较低价项目的基金支付额；上限为相关明细"),
        exceptions=(("what others bill on one day as well: done twice, or at two places",
                     "其他机构亦同日并收的项目（不同部位、不同时段）"), _FEW_DAYS),
        find=_instead_of_each_other, of_house=True, classed=("exclusive_codes",),
    ),
    Rule(
        id="R03.dearer_grade", result_type="suspicious", grain="provider", stage="after",
        needs=_NEEDS, thresholds=(*RATE, ("graded_codes", "codes")), clause="38(3)",
        no_clause=None,
        words=("a dearer grade of nursing, imaging or surgery than others choose for like patients",
               "护理、影像、手术等分级项目多取高等级，超过其他机构对同类患者的选择"),
        amount=_FEN, exceptions=(_LIKE_CASES, _OWN_PRICE, _FEW), find=_dearer_grade,
        of_house=True, classed=("graded_codes",),
    ),
    Rule(
        id="R08.dearer_session", result_type="suspicious", grain="provider", stage="after",
        needs=_NEEDS, thresholds=(*RATE, ("session_codes", "codes")), clause="38(4)",
        no_clause=None,
        words=("dearer physical or traditional therapies than others choose for like patients",
               "理疗、针灸、推拿等治疗多取高价项目，超过其他机构对同类患者的选择"),
        amount=_FEN, exceptions=(_LIKE_CASES, _OWN_PRICE, _FEW), find=_dearer_session,
        of_house=True, classed=("session_codes",),
    ),
    Rule(
        id="R08.dearer_goods", result_type="suspicious", grain="provider", stage="after",
        needs=_NEEDS, thresholds=(*RATE, ("drug_codes", "codes"), ("goods_codes", "codes")),
        clause="38(4)", no_clause=None,
        words=("dearer drugs or consumables of one class than others choose for like patients",
               "同类药品或耗材多取高价品种，超过其他机构对同类患者的选择"),
        amount=_FEN, exceptions=(_LIKE_CASES, _OWN_PRICE, _FEW), find=_dearer_goods,
        of_house=True, classed=("drug_codes", "goods_codes"),
    ),
    Rule(
        id="R08.dearer_exam", result_type="suspicious", grain="provider", stage="after",
        needs=_NEEDS, thresholds=(*RATE, ("exam_codes", "codes")), clause="38(4)",
        no_clause=None,
        words=("dearer tests of one class than others choose for like patients",
               "同类检验及生理检查多取高价项目，超过其他机构对同类患者的选择"),
        amount=_FEN, exceptions=(_LIKE_CASES, _OWN_PRICE, _FEW), find=_dearer_exam,
        of_house=True, classed=("exam_codes",),
    ),
    Rule(
        id="R08.dearer_drugs", result_type="suspicious", grain="provider", stage="after",
        needs=_NEEDS, thresholds=RATE, clause="38(4)", no_clause=None,
        words=("dearer drugs than others choose for like patients, whatever their class",
               "药品多取高价品种（不限类别），超过其他机构对同类患者的选择"),
        amount=_FEN, exceptions=(_LIKE_CASES, _OWN_PRICE, _FEW), find=_dearer_drugs,
        of_house=True,
    ),
)  # fmt: skip
