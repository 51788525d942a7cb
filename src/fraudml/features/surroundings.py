"""Where patients come from and where else they go: employers, operators, regions, departments."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.features.bases import Bases
from fraudml.features.entry import (
    CASH_OUT,
    Feature,
    Law,
    Writer,
    count_if,
    hhi,
    ratio,
    share_if,
    sum_if,
    total,
)

AWAY_UNFILED = Law("T23", 1, None)  # the order names no travelling for care


def by_employer(b: Bases) -> ir.Table:
    """One row per provider and employer of its patients."""
    return b.keep("provider_employer", lambda: _by_employer(b))


def _by_employer(b: Bases) -> ir.Table:
    p = b.claims.table("patients")
    person = p.filter(p.employer_id.notnull()).select("employer_id", person_id=p.patient_id)
    t = b.claim
    j = t.inner_join(person, t.patient_id == person.person_id)
    one = j.group_by("as_of", "provider_id", "employer_id", "patient_id").agg(
        claims_n=j.count(), stays_n=j.inpatient.cast("int64").sum()
    )
    return one.group_by("as_of", "provider_id", "employer_id").agg(
        claims_n=one.claims_n.sum(), stays_n=one.stays_n.sum(), patients_n=one.count()
    )


def by_department(b: Bases) -> ir.Table:
    """One row per provider and department that claims name."""
    return b.keep("provider_department", lambda: _by_department(b))


def _by_department(b: Bases) -> ir.Table:
    c = b.claims.table("claims")
    named = c.filter(c.department_code.notnull()).select(
        "claim_id", "provider_id", "department_code"
    )
    at = b.beside_dates(named)
    return at.group_by("as_of", "provider_id", "department_code").agg(claims_n=at.count())


def away_claims(b: Bases) -> ir.Table:
    """One row per live claim of a patient from another region, with whether care was filed."""
    return b.keep("away_claims", lambda: _away_claims(b))


def _away_claims(b: Bases) -> ir.Table:
    t = b.claim
    away = t.filter(t.away).select("as_of", "claim_id", "provider_id", "patient_id", "inpatient")
    c = b.claims.table("claims")
    filed = c.select("referral_filed", filed_id=c.claim_id)
    return away.inner_join(filed, away.claim_id == filed.filed_id).drop("filed_id")


def operator_patients(b: Bases) -> ir.Table:
    """One row per provider with an operator and patient: to how many of its places he came.

    Whom one place moves to another came to the first alone. Known from the day the provider's
    contract begins, as all that is known of it.
    """
    return b.keep("operator_patients", lambda: _operator_patients(b))


def _operator_patients(b: Bases) -> ir.Table:
    p = b.claims.table("providers")
    owned = p.filter(p.operator_id.notnull()).select(
        "operator_id", "contracted_from", owned_id=p.provider_id
    )
    t = b.claim.inner_join(owned, b.claim.provider_id == owned.owned_id)
    t = t.filter(t.contracted_from.isnull() | (t.contracted_from <= t.as_of))
    m = _moved_within(t)
    t = t.left_join(m, [t.as_of == m.moved_as_of, t.claim_id == m.moved_claim])
    seen = t.group_by("as_of", "provider_id", "patient_id", "operator_id").agg(
        claims_n=t.count(), came=t.moved_claim.isnull().any().cast("int64")
    )
    same = ibis.window(group_by=["as_of", "operator_id", "patient_id"])
    return seen.mutate(places_n=seen.came.sum().over(same)).drop("came")


def _moved_within(t: ir.Table) -> ir.Table:
    """Stays that begin by the day after a recorded transfer from another place of the operator."""
    stays = t.filter(t.inpatient)
    left = stays.filter(stays.disposition == "transferred").view()
    left = left.select(
        left_as_of="as_of", who="patient_id", house="operator_id", left_at="provider_id",
        out_on="discharged_on",
    )  # fmt: skip
    j = stays.inner_join(
        left,
        [
            stays.as_of == left.left_as_of,
            stays.patient_id == left.who,
            stays.operator_id == left.house,
            stays.provider_id != left.left_at,
        ],
    )
    j = j.filter(days_between(j.admitted_on, j.out_on).between(0, 1))
    return j.select(moved_as_of="as_of", moved_claim="claim_id").distinct()


def _from_account(t: ir.Table) -> ir.BooleanValue:
    return (t.account_amount_fen == t.total_amount_fen) & (t.total_amount_fen > 0)


_employer = Writer("provider", "provider_employer", ("patients.employer_id",),
                   per="claims_count_365d")  # fmt: skip
_department = Writer("provider", "provider_department", ("claims.department_code",),
                     per="claims_count_365d")  # fmt: skip
_away = Writer(
    "provider", "away_claim",
    ("patients.region_code", "providers.region_code", "claims.referral_filed"),
    per="claims_count_365d",
)  # fmt: skip
_operator = Writer("provider", "operator_patient", ("providers.operator_id",),
                   per="patients_count_365d")  # fmt: skip
_region = ("patients.region_code", "providers.region_code")
_account = ("claims.account_amount",)
_claim = Writer("provider", "claim", per="claims_count_365d")
_stay = Writer("provider", "claim", per="stays_count_365d")
_bill = Writer("provider", "claim", per="claims_count_365d", noise="measured")
_patient = Writer("patient", "claim", per="claims_count_365d")

SURROUNDINGS: tuple[Feature, ...] = (
    _employer("employers_count_365d", ("Employers of its patients", "患者所在单位数"),
              lambda t: t.count(), zero=True),
    _employer("employer_concentration_index_365d",
              ("Concentration of claims on employers of patients", "结算在患者单位间的集中度"),
              lambda t: hhi(t.claims_n)),
    _employer("busiest_employer_stays_share_365d",
              ("Share of its employed patients' stays that are of one employer",
               "住院患者来自同一单位占比"),
              lambda t: ratio(t.stays_n.max(), t.stays_n.sum())),
    _employer("patients_per_employer_max_count_365d", ("Patients of one employer",
              "同一单位最多患者数"), lambda t: t.patients_n.max()),
    _department("departments_count_365d", ("Departments on claims", "结算科室数"),
                lambda t: t.count(), zero=True),
    _department("department_concentration_index_365d",
                ("Concentration of claims on departments", "结算在科室间的集中度"),
                lambda t: hhi(t.claims_n)),
    _away("unfiled_away_claims_share_365d",
          ("Share of claims of patients from another region without a filing",
           "外地患者未备案结算占比"),
          lambda t: share_if(~t.referral_filed), AWAY_UNFILED, rows=lambda t: ~t.referral_filed),
    _away("unfiled_away_stays_count_365d",
          ("Stays of patients from another region without a filing", "外地患者未备案住院人次"),
          lambda t: count_if(t.inpatient & ~t.referral_filed), AWAY_UNFILED,
          rows=lambda t: t.inpatient & ~t.referral_filed, zero=True),
    _stay("away_stays_share_365d", ("Share of stays of patients from another region",
          "外地患者住院占比"),
          lambda t: ratio(count_if(t.inpatient & t.away),
                          count_if(t.inpatient & t.away.notnull())), needs=_region),
    _bill("away_fund_fen_share_365d", ("Share of fund money for patients from another region",
          "外地患者基金支付占比"),
          lambda t: ratio(sum_if(t.fund_amount_fen, t.away),
                          sum_if(t.fund_amount_fen, t.away.notnull())), needs=_region),
    _operator("operator_shared_patients_share_365d",
              ("Share of patients who came to several providers of the same operator, not moved",
               "患者在同一举办主体多家机构就诊占比（院区间转院除外）"),
              lambda t: share_if(t.places_n > 1)),
    _operator("operator_places_per_patient_max_count_365d",
              ("Providers of one operator that one patient came to, not moved",
               "同一患者在同一举办主体就诊机构数（院区间转院除外）"),
              lambda t: t.places_n.max()),
    _claim("account_fen_365d", ("Paid from individual accounts", "个人账户支付金额"),
           lambda t: total(t.account_amount_fen), needs=_account, zero=True),
    _claim("all_from_account_claims_share_365d",
           ("Share of claims paid from the individual account alone", "全部由个人账户支付结算占比"),
           lambda t: ratio(count_if(_from_account(t)), t.account_amount_fen.count()),
           CASH_OUT, needs=_account, rows=_from_account),
    _patient("account_fen_365d", ("Paid from the individual account", "个人账户支付金额"),
             lambda t: total(t.account_amount_fen), needs=_account, zero=True),
    _patient("all_from_account_claims_share_365d",
             ("Share of claims paid from the individual account alone",
              "全部由个人账户支付结算占比"),
             lambda t: ratio(count_if(_from_account(t)), t.account_amount_fen.count()),
             needs=_account),
)  # fmt: skip
