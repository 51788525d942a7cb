"""Rules about the limits of an item: usual price, sex, age, diagnosis, level of the provider."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.claims.whole_numbers import square, whole
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, RATE, beside_totals
from fraudml.monitor.rules.mix import item_mix
from fraudml.monitor.shared import SCALE, Shared, barred, prefixed

_LINE = ("claim_id", "line_no")
_LINES = "claim_lines.item_code"


def _dearer_than_others(at: Shared, values: Values) -> ir.Table:
    """Lines of items for which a provider asks far more than all like ones, on average."""
    m = item_mix(at)
    own = m.group_by("provider_no", "code_no").agg(
        lines_n=m.lines_n.sum(), pieces_e4=m.pieces_e4.sum(), amount_fen=m.amount_fen.sum()
    )
    own = own.filter(own.pieces_e4 > 0)
    mean = own.amount_fen.cast("float64") * SCALE / own.pieces_e4.cast("float64")
    own = own.mutate(mean_fen=whole(mean))
    own = own.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    own = beside_totals(
        own, ("code_no", *PEERS), users_n=own.count(), fen=own.mean_fen.sum(),
        squares=square(own.mean_fen).sum(),
    )  # fmt: skip
    others = (own.users_n - 1).cast("float64").nullif(0.0)
    e = (own.fen - own.mean_fen).cast("float64") / others
    squares = (own.squares - square(own.mean_fen)).cast("float64") / others
    spread = ibis.greatest(squares - e * e, 0.0).sqrt()
    own = own.mutate(e_fen=e, spread=spread, on=at.as_of)
    over = own.filter(
        own.users_n.cast("float64") > values.number("users", own, "on"),
        own.lines_n.cast("float64") >= values.number("least", own, "on"),
        own.mean_fen > own.e_fen * values.number("times", own, "on"),
        own.mean_fen > own.e_fen + own.spread * values.number("tail_z", own, "on"),
    ).select("provider_no", "code_no", "e_fen")
    t = at.line.filter(at.line.amount_fen > 0, at.line.quantity_e4 > 0)
    t = t.inner_join(over, ["provider_no", "code_no"])
    t = t.inner_join(at.provider.select("provider_no", *PEERS), "provider_no")
    high = t.e_fen * values.number("times", t, "served_on")
    t = t.mutate(dear=(t.unit_price_fen.cast("float64") > high).cast("int64")).drop(*PEERS)
    # a few lines of a hundred times the price are yuan written as fen, and no price
    together = ibis.window(group_by=["provider_no", "code_no"])
    t = t.mutate(dear_n=t.dear.sum().over(together), n=t.count().over(together))
    t = at.told(t.filter(t.dear > 0, t.dear_n * 2 > t.n))
    paid = ibis.greatest(t.fund_fen, 0)
    mid = share_of(paid, t.unit_price_fen.cast("float64") - t.e_fen, t.unit_price_fen)
    return found(t, Part(("provider_id", "item_code"), "dearer", NOTHING, mid, paid,
                         who=("provider_id",)))  # fmt: skip


def _other_sex(at: Shared, _values: Values) -> ir.Table:
    t = at.limited_line.filter(at.limited_line.other_sex)
    return found(t, Part(_LINE, "other_sex", NOTHING, t.fund_fen, t.fund_fen))


def _too_young(at: Shared, values: Values) -> ir.Table:
    t = at.limited_line
    slack = values.number("slack_years", t, "served_on")
    t = t.filter(t.age.cast("float64") < t.age_min - slack)
    return found(t, Part(_LINE, "too_young", NOTHING, t.fund_fen, t.fund_fen))


def _too_old(at: Shared, values: Values) -> ir.Table:
    """Items for the young, but for what a newborn gets that is treated in its mother's name."""
    t = at.limited_line
    slack = values.number("slack_years", t, "served_on")
    t = t.filter(t.age.cast("float64") > t.age_max + slack)
    t = t.filter(t.age.cast("float64") <= values.number("longest_life", t, "served_on"))
    mother = at.claim.filter(
        at.claim.sex == "F", prefixed(at.claim.diagnosis_code, values.codes("of_newborns"))
    )
    t = t.anti_join(mother, "claim_no")
    return found(t, Part(_LINE, "too_old", NOTHING, t.fund_fen, t.fund_fen))


def _other_diagnosis(at: Shared, values: Values) -> ir.Table:
    t = at.limited_line
    t = t.filter(t.other_diagnosis, t.fund_fen > 0)
    t = t.filter(~t.outside_scope)
    t = t.anti_join(_ill_elsewhere(at, t, values), ["claim_id", "line_no"])
    return found(t, Part(_LINE, "other_diagnosis", NOTHING, t.fund_fen, t.fund_fen))


def _ill_elsewhere(at: Shared, lines: ir.Table, values: Values) -> ir.Table:
    """Lines of persons whom another provider saw for what the item is paid for, within a year.

    A shop and a clinic of chronic care send one diagnosis of the several that they dispense for.
    """
    t = lines.select(*_LINE, "item_no", "patient_id", "served_on", here="provider_id")
    t = t.inner_join(at.limits("diagnosis_limit"), "item_no")
    c = at.claim.select("patient_id", "provider_id", "visited_on", "diagnosis_code",
                        "secondary_diagnoses")  # fmt: skip
    t = t.inner_join(c, "patient_id").filter(lambda r: r.provider_id != r.here)
    apart = days_between(t.served_on, t.visited_on).abs().cast("float64")
    t = t.filter(apart <= values.number("days", t, "served_on"))
    named = barred(t.diagnosis_code, t.secondary_diagnoses)
    of = t.diagnosis_limit.filter(lambda code: named.contains(ibis.literal("|") + code))
    return t.filter(of.length() > 0).select(*_LINE).distinct()


def _level_too_low(at: Shared, _values: Values) -> ir.Table:
    t = at.limited_line
    t = t.filter(t.level < t.level_min, t.visit_kind != "emergency")
    return found(t, Part(_LINE, "level_too_low", NOTHING, t.fund_fen, t.fund_fen))


_PAID = ("at most what the fund paid of the line", "至多为该行基金支付额")
_SLIP: tuple[tuple[str, str], ...] = (
    ("persons whose sex or birth date is not known", "性别或出生日期未知"),
)
_BIRTHDAY = ("ages within the slack, counted by the calendar", "宽限以内的年龄，按周岁计")

LIMITS: tuple[Rule, ...] = (
    Rule(
        id="R05.dearer_than_others",
        result_type="suspicious",
        grain="provider",
        stage="after",
        needs=(_LINES,),
        thresholds=(*RATE, ("users", "count")),
        clause="38(3)",
        no_clause=None,
        words=(
            "a provider asks far more for an item than all like ones do",
            "同一项目平均单价远高于同级同类机构",
        ),
        amount=(
            "what the fund paid beyond the mean price of the others; at most of the lines",
            "超出其他机构平均单价部分的基金支付额；上限为相关明细",
        ),
        exceptions=(
            (
                "items that hardly anybody else of the level and kind bills",
                "同级同类机构几乎无人开展的项目",
            ),
            (
                "items whose prices lie far apart: beyond their spread only",
                "价格本身差异大的项目（按离散程度判定）",
            ),
            ("few lines", "明细数量少"),
        ),
        find=_dearer_than_others,
        of_house=True,
    ),
    Rule(
        id="R17.other_sex",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=(_LINES, "items.sex_limit", "patients.sex"),
        thresholds=(),
        clause=None,
        no_clause=UNNAMED,
        words=("an item meant for the other sex", "项目限定性别与参保人性别不符"),
        amount=_PAID,
        exceptions=_SLIP,
        find=_other_sex,
    ),
    Rule(
        id="R17.too_young",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=(_LINES, "items.age_min", "patients.birth_date"),
        thresholds=(("slack_years", "count"),),
        clause=None,
        no_clause=UNNAMED,
        words=("an item meant for older persons", "参保人年龄低于项目限定年龄"),
        amount=_PAID,
        exceptions=(*_SLIP, _BIRTHDAY),
        find=_too_young,
    ),
    Rule(
        id="R17.too_old",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=(_LINES, "items.age_max", "patients.birth_date"),
        thresholds=(("slack_years", "count"), ("longest_life", "count"), ("of_newborns", "codes")),
        clause=None,
        no_clause=UNNAMED,
        words=("an item meant for younger persons", "参保人年龄高于项目限定年龄"),
        amount=_PAID,
        exceptions=(
            *_SLIP,
            _BIRTHDAY,
            ("a newborn treated in its mother's name", "新生儿以母亲名义就医"),
            ("ages beyond any life: an unknown birth date", "超出寿命的年龄（出生日期不详）"),
        ),
        find=_too_old,
    ),
    Rule(
        id="R10.other_diagnosis",
        result_type="suspicious",
        grain="provider",
        stage="during",
        needs=(_LINES, "items.diagnosis_limit", "claims.diagnosis_code"),
        thresholds=(("days", "days"),),
        clause="38(6)",
        no_clause=None,
        words=(
            "the fund pays the item for certain diagnoses only, and the claim names none of them",
            "项目限定支付诊断，结算单诊断均不在其内",
        ),
        amount=_PAID,
        exceptions=(
            ("any of the main and secondary diagnoses fits", "主诊断或次要诊断之一相符"),
            (
                "persons whom another provider saw for it within a year: one diagnosis is sent",
                "一年内在其他机构因相符诊断就诊的人员（本单仅报一个诊断）",
            ),
            ("claims without a diagnosis", "无诊断的结算单"),
            ("lines the fund did not pay", "基金未支付的行"),
        ),
        find=_other_diagnosis,
    ),
    Rule(
        id="R05.level_too_low",
        result_type="suspicious",
        grain="provider",
        stage="before",
        needs=(_LINES, "items.level_min", "providers.level"),
        thresholds=(),
        clause="38(3)",
        no_clause=None,
        words=(
            "an item billed by a provider below the level it is meant for",
            "机构级别低于项目要求的最低级别仍收费",
        ),
        amount=_PAID,
        exceptions=(
            ("emergencies", "急诊"),
            ("providers whose level is not known", "级别未知的机构"),
        ),
        find=_level_too_low,
    ),
)
