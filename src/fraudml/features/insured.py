"""More of each patient: usual bills, rhythm, scope, leave, flows, and how he or she is insured."""

import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.features.bases import Bases
from fraudml.features.entry import (
    Feature,
    Law,
    Writer,
    hhi,
    mean,
    ratio,
    share_if,
    sum_if,
    total,
)

_ENROLLED_TWICE = Law("T18", 1, None)  # the order names benefits drawn twice, not enrolments
_NEVER_SAID = Law("T24", 0, None)  # a late enrolment is lawful: context for sham enrolment


def enrolled(b: Bases) -> ir.Table:
    """One row per live enrolment of each patient: scheme, region and days since it began.

    An enrolment is known from the day it begins, and holds on its last day.
    """
    return b.keep("enrolled", lambda: _enrolled(b))


def _enrolled(b: Bases) -> ir.Table:
    t = b.claims.table("enrolments")
    d = b.dates.select("as_of")
    ended = t.enrolled_to < d.as_of
    known = t.inner_join(d, [t.enrolled_from <= d.as_of, ~ended.coalesce(False)])
    own = known.group_by("as_of", "patient_id", "scheme", "region_code").agg(
        enrolled_from=known.enrolled_from.min()
    )
    return own.mutate(enrolled_days=days_between(own.as_of, own.enrolled_from))


_claim = Writer("patient", "claim", per="claims_count_365d")
_stay = Writer("patient", "claim", per="stays_count_365d")
_bill = Writer("patient", "claim_scope", ("claim_lines.scope",), per="claims_count_365d",
               noise="measured")  # fmt: skip
_weekday = Writer("patient", "patient_weekday", per="claims_count_365d")
_hour = Writer("patient", "patient_hour", ("claims.started_at",), per="claims_count_365d")
_leave = Writer("patient", "leave", ("leave_passes.left_at",), per="stays_count_365d")
_operator = Writer("patient", "operator_patient", ("providers.operator_id",))
_away = Writer(
    "patient", "away_claim",
    ("patients.region_code", "providers.region_code", "claims.referral_filed"),
    per="claims_count_365d",
)  # fmt: skip
_enrolment = Writer(
    "patient", "enrolled", ("enrolments.enrolled_from",), known_at="enrolments.enrolled_from"
)

INSURED: tuple[Feature, ...] = (
    _claim("total_fen_365d", ("Billed in total", "医疗总费用"), lambda t: total(t.total_amount_fen),
           zero=True),
    _claim("patient_fen_365d", ("Paid by the patient", "个人负担金额"),
           lambda t: total(t.patient_amount_fen), zero=True),
    _claim("stay_fund_fen_365d", ("Paid by the fund for stays", "住院基金支付金额"),
           lambda t: sum_if(t.fund_amount_fen, t.inpatient), zero=True),
    _claim("fund_fen_per_claim_mean_365d", ("Fund money per claim", "次均基金支付"),
           lambda t: mean(t.fund_amount_fen)),
    _claim("stay_claims_share_365d", ("Share of claims that are inpatient stays", "住院结算占比"),
           lambda t: share_if(t.inpatient)),
    _stay("stay_days_mean_365d", ("Mean length of stay", "平均住院日"),
          lambda t: ratio(sum_if(t.stay_days, t.inpatient), t.inpatient.cast("int64").sum())),
    _weekday("weekday_concentration_index_365d",
             ("Concentration of visits on days of the week", "就诊在星期间的集中度"),
             lambda t: hhi(t.claims_n)),
    _hour("hour_concentration_index_365d", ("Concentration of visits on hours of the day",
          "就诊在时段间的集中度"), lambda t: hhi(t.claims_n)),
    _bill("own_part_fen_share_365d",
          ("Share of the bill for items of which patients pay a part first", "乙类费用占比"),
          lambda t: ratio(t.own_part_fen.sum(), t.known_fen.sum())),
    _bill("out_of_scope_fen_share_365d",
          ("Share of the bill for items outside the fund's scope", "目录外费用占比"),
          lambda t: ratio(t.outside_fen.sum(), t.known_fen.sum())),
    _leave("leave_stays_share_365d", ("Share of stays with a leave pass", "请假住院占比"),
           lambda t: share_if(t.passes_n > 0)),
    _operator("operator_places_max_count_365d", ("Providers of one operator used",
              "在同一举办主体就诊机构数"), lambda t: t.places_n.max()),
    _away("unfiled_away_claims_share_365d",
          ("Share of claims in another region without a filing", "异地未备案结算占比"),
          lambda t: share_if(~t.referral_filed)),
    _enrolment("enrolments_count", ("Enrolments in force at once", "同时有效参保关系数"),
               lambda t: t.count(), _ENROLLED_TWICE, zero=True),
    _enrolment("newest_enrolment_days", ("Days since the newest enrolment began",
               "最近一次参保距今天数"), lambda t: t.enrolled_days.min(), _NEVER_SAID),
)  # fmt: skip
