"""What has changed lately, how recent the last visit is, and how visits fall on days and hours."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.entities import GrainName
from fraudml.features.bases import Bases
from fraudml.features.entry import (
    CARD_LENT,
    IMPERSONATION,
    UPCODING,
    Aggregate,
    Feature,
    Law,
    Writer,
    count_if,
    hhi,
    ratio,
    sum_if,
)

MONTH_DAYS = 30


def by_weekday(key: str) -> Callable[[Bases], ir.Table]:
    """One row per entity and day of the week on which visits began."""
    return lambda b: b.keep(
        f"weekday_{key}", lambda: _counted(b.claim, key, b.claim.admitted_on.day_of_week.index())
    )


def by_hour(key: str) -> Callable[[Bases], ir.Table]:
    """One row per entity and hour of the day in which visits began."""
    return lambda b: b.keep(
        f"hour_{key}", lambda: _counted(b.claim, key, b.claim.started_at.hour())
    )


def _counted(t: ir.Table, key: str, part: ir.IntegerValue) -> ir.Table:
    t = t.mutate(part=part.cast("int64"))
    t = t.filter(t[key].notnull(), t.part.notnull())
    return t.group_by("as_of", key, "part").agg(claims_n=t.count())


def _last_month(t: ir.Table) -> ir.BooleanValue:
    return t.settled_on > (t.as_of - ibis.interval(days=MONTH_DAYS)).cast("date")


def _changed(part: str, whole: str | None = None) -> Aggregate:
    """A mean of the last 90 days over that of the year; whole None: per claim that has it."""

    def value(t: ir.Table) -> ir.Value:
        under = t[part].notnull().cast("int64") if whole is None else t[whole]
        lately = ratio(sum_if(t[part], t.recent), sum_if(under, t.recent))
        return ratio(lately, ratio(t[part].sum(), under.sum()))

    return value


def _everyone(grain: GrainName) -> tuple[Feature, ...]:
    """What can be said of anybody who has claims."""
    named = ("claims.practitioner_id",) if grain == "practitioner" else ()
    claim = Writer(grain, "claim", named, per="claims_count_365d")
    day = Writer(grain, "claim", named)
    return (
        claim("claims_count_30d", ("Claims settled in the last 30 days", "近30天结算单数"),
              lambda t: count_if(_last_month(t)), zero=True),
        claim("fund_fen_30d", ("Paid by the fund in the last 30 days", "近30天基金支付金额"),
              lambda t: sum_if(t.fund_amount_fen, _last_month(t)), zero=True),
        claim("claims_month_to_year_365d",
              ("Claims of the last 30 days against the year's pace", "近30天结算量与全年节奏之比"),
              lambda t: ratio(count_if(_last_month(t)) * 365, t.count() * MONTH_DAYS)),
        day("since_last_visit_days_365d", ("Days since the last visit began", "距最近一次就诊天数"),
            lambda t: days_between(t.as_of.max(), t.admitted_on.max())),
        claim("fund_fen_per_claim_recent_to_year_365d",
              ("Fund money per claim, last 90 days against the year",
               "近90天次均基金支付与全年之比"),
              _changed("fund_amount_fen")),
        claim("patient_paid_recent_to_year_365d",
              ("Share of the bill that patients pay, last 90 days against the year",
               "近90天个人负担占比与全年之比"), _changed("patient_amount_fen", "total_amount_fen")),
    )  # fmt: skip


def _care(grain: GrainName) -> tuple[Feature, ...]:
    """What can be said of whoever gives care."""
    named = ("claims.practitioner_id",) if grain == "practitioner" else ()
    claim = Writer(grain, "claim", named, per="claims_count_365d")
    stay = Writer(grain, "claim", named, per="stays_count_365d")
    weekday = Writer(grain, f"{grain}_weekday", named, per="claims_count_365d")
    hour = Writer(grain, f"{grain}_hour", (*named, "claims.started_at"), per="claims_count_365d")
    return (
        stay("stay_days_recent_to_year_365d",
             ("Length of stay, last 90 days against the year", "近90天平均住院日与全年之比"),
             lambda t: _stays_changed(t, "stay_days")),
        stay("drg_weight_recent_to_year_365d",
             ("DRG weight per stay, last 90 days against the year", "近90天平均权重与全年之比"),
             _changed("weight_e4"), UPCODING, needs=("claims.drg_weight",)),
        claim("secondary_diagnoses_recent_to_year_365d",
              ("Secondary diagnoses per claim, last 90 days against the year",
               "近90天次均其他诊断数与全年之比"), _changed("secondary_n"), UPCODING,
              needs=("claims.secondary_diagnoses",)),
        weekday("weekday_concentration_index_365d",
                ("Concentration of visits on days of the week", "就诊在星期间的集中度"),
                lambda t: hhi(t.claims_n)),
        hour("hour_concentration_index_365d", ("Concentration of visits on hours of the day",
             "就诊在时段间的集中度"), lambda t: hhi(t.claims_n)),
    )  # fmt: skip


def _stays_changed(t: ir.Table, part: str) -> ir.Value:
    lately = t.inpatient & t.recent
    mean_lately = ratio(sum_if(t[part], lately), count_if(lately))
    return ratio(mean_lately, ratio(sum_if(t[part], t.inpatient), count_if(t.inpatient)))


def _identity(grain: GrainName, law: Law) -> tuple[Feature, ...]:
    """How identity was checked; a change to no check at all is what matters."""
    named = ("claims.practitioner_id",) if grain == "practitioner" else ()
    claim = Writer(grain, "claim", (*named, "claims.identity_check"), per="claims_count_365d")
    return (
        claim("card_check_claims_share_365d",
              ("Share of claims whose patient showed a card only", "仅凭实体卡核验结算占比"),
              lambda t: ratio(count_if(t.identity_check == "card"), t.identity_check.count())),
        claim("no_identity_check_claims_share_90d",
              ("Share of claims of the last 90 days without an identity check",
               "近90天未核验身份结算占比"),
              lambda t: ratio(count_if((t.identity_check == "none") & t.recent),
                              count_if(t.identity_check.notnull() & t.recent)), law,
              rows=lambda t: (t.identity_check == "none") & t.recent),
    )  # fmt: skip


TEMPO_OF_ALL: tuple[Feature, ...] = (
    *_everyone("provider"), *_care("provider"), *_identity("provider", IMPERSONATION),
    *_everyone("practitioner"), *_care("practitioner"), *_identity("practitioner", IMPERSONATION),
    *_everyone("patient"), *_identity("patient", CARD_LENT),
)  # fmt: skip
