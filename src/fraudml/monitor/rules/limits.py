"""Rules about the limits of an item: quantity a day, sex, age, diagnosis, level of the provider."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.claims.whole_numbers import square, whole
from fraudml.monitor.copies import COPIED_LINE, first_lines
from fraudml.monitor.entry import NOTHING, UNNAMED, Part, Rule, found, share_of
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rates import PEERS, RATE, beside_totals
from fraudml.monitor.rules.mix import item_mix, usual_prices
from fraudml.monitor.shared import DAY, SCALE, Shared, prefixed

_LINE = ("claim_id", "line_no")
_LINES = "claim_lines.item_code"


def _above_daily_maximum(at: Shared, values: Values) -> ir.Table:
    t = first_lines(at.repeated_line, at)
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


def _timed_items(at: Shared, values: Values) -> ir.Table:
    """Items counted by the day or the hour: item_no, family of those that exclude each other."""
    i = at.claims.table("items")
    i = i.filter(i.unit.isin([*values.codes("day_units"), *values.codes("hour_units")]))
    i = i.group_by(i.item_code).agg(
        hours=i.unit.isin(values.codes("hour_units")).any(),
        days=i.unit.isin(values.codes("day_units")).any(),
    )
    i = i.filter(i.hours != i.days)  # whose unit changed between days and hours says neither
    t = at.item.inner_join(at.code, "code_no").inner_join(i, "item_code")
    grade = prefixed(t.item_code, values.codes("exclusive_codes"))
    family = (t.item_kind == "bed").ifelse("bed", grade.ifelse("nursing", t.item_code))
    return t.select("item_no", "hours", family=family)


def _beyond_the_stay(at: Shared, values: Values) -> ir.Table:
    """More days of a bed or a grade of nursing than the stay has, or more hours."""
    i = _timed_items(at, values)
    t = at.line.filter(at.line.inpatient, at.line.amount_fen > 0, at.line.quantity_e4 > 0)
    t = t.inner_join(i, "item_no").inner_join(usual_prices(at), "code_no")
    # what costs less than so much usually does is counted in smaller units
    worth = t.amount_fen.cast("float64") * SCALE / ibis.greatest(t.usual_fen, 1.0)
    t = t.mutate(worth_e4=worth.round().cast("int64"))
    n = t.group_by("claim_no", "family", "hours").agg(
        pieces_e4=t.quantity_e4.sum(), worth_e4=t.worth_e4.sum(), first_on=t.served_on.min(),
        last_on=t.served_on.max(),
    )  # fmt: skip
    c = at.claim.select("claim_no", "admitted_on", "discharged_on", "diagnosis_code",
                        "secondary_diagnoses", "level", "provider_kind")  # fmt: skip
    n = n.inner_join(c, "claim_no")
    days = days_between(
        ibis.greatest(n.discharged_on, n.last_on), ibis.least(n.admitted_on, n.first_on)
    )
    allowed = (days + 1) * n.hours.ifelse(24, 1) * SCALE
    slack = values.number("slack", n, "admitted_on") + 1.0
    # a newborn lies in a bed of its own on the mother's bill
    others = n.secondary_diagnoses.filter(lambda d: prefixed(d, values.codes("births")))
    birth = prefixed(n.diagnosis_code, values.codes("births")) | (others.length() > 0)
    n = n.mutate(allowed_e4=allowed, counted_e4=ibis.least(n.pieces_e4, n.worth_e4))
    n = n.filter(n.counted_e4.cast("float64") > n.allowed_e4 * slack, ~birth.coalesce(False))
    n = n.select("claim_no", "family", "allowed_e4", "counted_e4")
    few = t.drop("hours", "usual_fen", "worth_e4").inner_join(n, ["claim_no", "family"])
    over = at.told(few)
    beyond = over.counted_e4.cast("float64") - over.allowed_e4.cast("float64")
    fen = ibis.greatest(over.fund_fen, 0)
    loss = share_of(fen, beyond, over.counted_e4)
    return found(over, Part(("claim_id", "family"), "beyond_the_stay", loss, loss, fen))


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
            COPIED_LINE,
        ),
        find=_above_daily_maximum,
    ),
    Rule(
        id="R05.beyond_the_stay",
        result_type="violation",
        grain="provider",
        stage="during",
        needs=(_LINES, "items.unit", "items.kind"),
        thresholds=(
            ("slack", "share"),
            ("day_units", "codes"),
            ("hour_units", "codes"),
            ("exclusive_codes", "codes"),
            ("births", "codes"),
        ),
        clause="38(3)",
        no_clause=None,
        words=(
            "more days of beds or grades of nursing than the stay has, or hours than its days",
            "床位、分级护理等按日计价项目超过住院日数，或按小时计价项目超过日数乘以二十四小时",
        ),
        amount=(
            "what the fund paid of the excess; at most of the lines",
            "超出部分的基金支付额；上限为相关明细",
        ),
        exceptions=(
            ("the day of admission and that of discharge both count", "入院日和出院日均计入"),
            ("lines served before or after the stay lengthen it", "院前院后服务日期计入日数"),
            ("births: the newborn has a bed of its own", "分娩（新生儿另计床位）"),
            (
                "smaller units: together they cost no more than the days usually do",
                "计价单位较小：合计不高于相应日数的通常费用",
            ),
        ),
        find=_beyond_the_stay,
    ),
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
