"""Rules about the limits of an item: quantity a day, sex, age, diagnosis, level of the provider."""

import ibis
import ibis.expr.types as ir

from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.mix import usual_prices
from fraudml.monitor.shared import DAY, SCALE, Shared, prefixed

_LINE = ("claim_id", "line_no")
_LINES = "claim_lines.item_code"


def _above_daily_maximum(at: Shared, values: Values) -> ir.Table:
    t = at.repeated_line
    t = t.filter(t.max_daily_quantity > 0, t.quantity_e4 > 0)
    t = t.filter(~prefixed(t.item_kind, values.codes("item_kinds_left_out")))
    t = _on_crowded_days(t, at)
    one_day = t.max_daily_quantity * SCALE
    stay_days = (t.stay_days + 1).cast("float64")
    lump = (t.first_day == t.last_day).coalesce(False)
    spread = ibis.greatest(t.days_supply.coalesce(1), 1).cast("float64")
    t = t.mutate(allowed_e4=one_day * ibis.greatest(spread, lump.ifelse(stay_days, 1.0)))
    day = ibis.window(group_by=list(DAY))
    t = t.mutate(day_e4=t.quantity_e4.sum().over(day), day_allowed_e4=t.allowed_e4.max().over(day))
    slack = values.number("slack", t, "served_on")
    over = t.filter(t.day_e4.cast("float64") > t.day_allowed_e4 * (slack + 1.0) + 0.5)
    over = _not_in_smaller_units(over, at)
    excess = over.day_e4.cast("float64") - over.day_allowed_e4
    loss = share_of(over.fund_fen, excess, over.day_e4)
    key = ("patient_id", "provider_id", "item_code", "served_on")
    return found(over, Part(key, "above_daily_maximum", loss, loss, over.fund_fen))


def _not_in_smaller_units(t: ir.Table, at: Shared) -> ir.Table:
    """Without days that cost no more than the maximum usually does: the units are smaller ones."""
    usual = usual_prices(at).select("code_no", "usual_fen")
    t = t.left_join(usual, "code_no").drop("code_no_right")
    day = t.amount_fen.sum().over(ibis.window(group_by=list(DAY)))
    t = t.mutate(day_fen=day.cast("float64"))
    allowed = (t.day_allowed_e4 / SCALE * t.usual_fen).coalesce(0.0)
    return t.filter(t.day_fen > allowed).drop("usual_fen", "day_fen")


def _on_crowded_days(t: ir.Table, at: Shared) -> ir.Table:
    """Lines of days beyond one day's maximum, beside the days on which their stay bills the item.

    returns few lines with their ids; first_day and last_day are null outside stays
    """
    day, every = ibis.window(group_by=list(DAY)), at.line
    t = t.mutate(whole_e4=t.quantity_e4.sum().over(day), most=t.max_daily_quantity.max().over(day))
    few = t.filter(t.whole_e4.cast("float64") > t.most * SCALE).drop("whole_e4", "most")
    stays = few.filter(few.inpatient).select(few_claim="claim_no", few_code="code_no").distinct()
    every = every.filter(every.inpatient)
    own = every.semi_join(
        stays, [every.claim_no == stays.few_claim, every.code_no == stays.few_code]
    )
    span = own.group_by(span_claim=own.claim_no, span_code=own.code_no).agg(
        first_day=own.served_on.min(), last_day=own.served_on.max()
    )
    t = few.left_join(span, [few.claim_no == span.span_claim, few.code_no == span.span_code])
    days = at.claim.select("claim_no", "stay_days")
    return at.told(t.drop("span_claim", "span_code").inner_join(days, "claim_no"))


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


def _other_diagnosis(at: Shared, _values: Values) -> ir.Table:
    t = at.limited_line
    t = t.filter(t.other_diagnosis, t.fund_fen > 0)
    t = t.filter(~t.outside_scope)
    return found(t, Part(_LINE, "other_diagnosis", NOTHING, t.fund_fen, t.fund_fen))


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
        id="R09.quantity_above_daily_maximum",
        result_type="violation",
        grain="provider",
        stage="before",
        needs=(_LINES, "items.max_daily_quantity"),
        thresholds=(("slack", "share"), ("item_kinds_left_out", "codes")),
        clause="38(2)",
        no_clause=None,
        words=("more of an item on one day than its daily maximum", "单日数量超过每日限量"),
        amount=(
            "what the fund paid of the excess; at most of all the day's lines",
            "超出部分的基金支付额；上限为当日各行",
        ),
        exceptions=(
            ("supply for several days: the maximum times its days", "多日用量按天数折算"),
            (
                "a stay billed in one lump within the maximum of its days",
                "住院一次性汇总计费且不超过住院天数限量",
            ),
            (
                "smaller units: together they cost no more than the maximum usually does",
                "计价单位较小：合计不高于限量的通常费用",
            ),
            ("beds, which other rules count", "床位由其他规则核查"),
        ),
        find=_above_daily_maximum,
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
        thresholds=(),
        clause="38(6)",
        no_clause=None,
        words=(
            "the fund pays the item for certain diagnoses only, and the claim names none of them",
            "项目限定支付诊断，结算单诊断均不在其内",
        ),
        amount=_PAID,
        exceptions=(
            ("any of the main and secondary diagnoses fits", "主诊断或次要诊断之一相符"),
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
