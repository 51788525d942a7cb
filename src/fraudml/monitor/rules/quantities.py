"""Rules about how much of an item is billed: on one day, and over the days of a stay."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.monitor.copies import COPIED_LINE, first_lines
from fraudml.monitor.entry import Part, Rule, found, share_of
from fraudml.monitor.items import class_code
from fraudml.monitor.knowledge.base import Values
from fraudml.monitor.rules.mix import usual_prices
from fraudml.monitor.shared import DAY, SCALE, Shared, prefixed

_LINES = "claim_lines.item_code"


def _above_daily_maximum(at: Shared, values: Values) -> ir.Table:
    t = first_lines(at.repeated_line, at)
    t = t.filter(t.max_daily_quantity > 0, t.quantity_e4 > 0)
    t = t.filter(~prefixed(t.item_kind, values.codes("item_kinds_left_out")))
    t = _on_crowded_days(t, at)
    one_day = t.max_daily_quantity * SCALE
    spread = ibis.greatest(t.days_supply.coalesce(1), t.own_days.coalesce(1), 1)
    t = t.mutate(allowed_e4=one_day * spread.cast("float64"))
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
    """Lines of days beyond one day's maximum, with the days that such a day may stand for.

    returns few lines with their ids; own_days is null outside stays
    """
    day = ibis.window(group_by=list(DAY))
    t = t.mutate(whole_e4=t.quantity_e4.sum().over(day), most=t.max_daily_quantity.max().over(day))
    few = t.filter(t.whole_e4.cast("float64") > t.most * SCALE).drop("whole_e4", "most")
    own = _days_stood_for(few, at)
    of = [few.claim_no == own.own_claim, few.code_no == own.own_code, few.served_on == own.own_on]
    return at.told(few.left_join(own, of).drop("own_claim", "own_code", "own_on"))


def _days_stood_for(few: ir.Table, at: Shared) -> ir.Table:
    """How many days a day of a stay may bill: some houses bill weeks or the whole stay in one lump.

    few     lines with claim_no and code_no
    returns own_claim, own_code, own_on, own_days: all days of the stay where no other bills the
            item; else those to the day before or after that does, where its bed is billed so too
    """
    stays = few.filter(few.inpatient).select(few_claim="claim_no", few_code="code_no").distinct()
    every = at.line.filter(at.line.inpatient)
    of = [every.claim_no == stays.few_claim, every.code_no == stays.few_code]
    own = _apart(every.semi_join(stays, of), "claim_no", "code_no")
    beds = every.semi_join(stays, every.claim_no == stays.few_claim)
    beds = beds.inner_join(at.limits("item_kind"), "item_no")
    beds = _apart(beds.filter(beds.item_kind == "bed"), "claim_no").rename(bed_days="days")
    own = own.left_join(beds, ["claim_no", "served_on"])
    own = own.select("claim_no", "code_no", "served_on", "days", "bed_days")
    own = own.inner_join(at.claim.select("claim_no", "stay_days"), "claim_no")
    lump = own.days.isnull().ifelse(
        own.stay_days.cast("int64") + 1, ibis.least(own.days, own.bed_days.coalesce(1))
    )
    return own.select(own_claim="claim_no", own_code="code_no", own_on="served_on", own_days=lump)


def _apart(lines: ir.Table, *keys: str) -> ir.Table:
    """Days with lines, and how many days to the one before or after, whichever is farther."""
    each = lines.select(*keys, "served_on").distinct()
    order = ibis.window(group_by=list(keys), order_by="served_on")
    since = days_between(each.served_on, each.served_on.lag().over(order))
    until = days_between(each.served_on.lead().over(order), each.served_on)
    far = ibis.greatest(since.coalesce(0), until.coalesce(0))
    return each.mutate(days=far.nullif(0))


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
    grade = prefixed(class_code(t.item_code), values.codes("exclusive_codes"))
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


QUANTITIES: tuple[Rule, ...] = (
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
                "a stay billed in lumps within the maximum of the days from one to the next",
                "住院按周、按旬或一次性汇总计费，且不超过两次计费之间天数的限量",
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
)
