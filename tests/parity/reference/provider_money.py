"""Provider features of volume, money and days."""

from parity.reference.arithmetic import (
    added,
    concentration,
    mean,
    median,
    most,
    quantile,
    ratio,
    share,
    tally,
)
from parity.reference.common import patients_by_day
from parity.reference.registry import means
from parity.reference.subjects import Subject

provider = means("provider")


@provider
def pharmacy_claims_share_365d(e: Subject):
    return share(c.visit_kind == "pharmacy" for c in e.claims)


@provider
def chronic_claims_share_365d(e: Subject):
    return share(c.visit_kind == "chronic" for c in e.claims)


@provider
def emergency_claims_share_365d(e: Subject):
    return share(c.visit_kind == "emergency" for c in e.claims)


@provider
def busiest_day_to_median_365d(e: Subject):
    return ratio(most(patients_by_day(e)), median(patients_by_day(e)))


@provider
def stay_fund_fen_365d(e: Subject):
    return sum(c.fund_amount for c in e.stays)


@provider
def patient_fen_365d(e: Subject):
    return sum(c.patient_amount for c in e.claims)


@provider
def fund_recent_to_year_ratio_90d(e: Subject):
    recent = sum(c.fund_amount for c in e.recent)
    return ratio(recent * 365, sum(c.fund_amount for c in e.claims) * 90)


@provider
def fund_fen_per_claim_p10_365d(e: Subject):
    return quantile((c.fund_amount for c in e.claims), 0.1)


@provider
def stay_fund_fen_per_claim_mean_365d(e: Subject):
    return mean(c.fund_amount for c in e.stays)


@provider
def fund_fen_per_stay_day_365d(e: Subject):
    return ratio(sum(c.fund_amount for c in e.stays), sum(c.stay_days for c in e.stays))


def _fund_by(e: Subject, name: str) -> list[int]:
    return [sum(c.fund_amount for c in claims) for claims in e.claims_by(name).values()]


@provider
def fund_fen_per_patient_365d(e: Subject):
    return mean(_fund_by(e, "patient_id"))


@provider
def fund_fen_per_patient_max_365d(e: Subject):
    return most(_fund_by(e, "patient_id"))


@provider
def patient_fund_concentration_index_365d(e: Subject):
    return concentration(_fund_by(e, "patient_id"))


@provider
def fund_fen_per_practitioner_365d(e: Subject):
    return mean(_fund_by(e, "practitioner_id"))


@provider
def fund_fen_per_practitioner_max_365d(e: Subject):
    return most(_fund_by(e, "practitioner_id"))


@provider
def unpaid_by_patient_claims_share_365d(e: Subject):
    return share(c.patient_amount == 0 for c in e.claims)


@provider
def account_paid_share_365d(e: Subject):
    told = [c for c in e.claims if c.account_amount is not None]
    return ratio(added(c.account_amount for c in told), added(c.total_amount for c in told))


@provider
def most_frequent_amount_share_365d(e: Subject):
    return ratio(most(tally(c.total_amount for c in e.claims)), len(e.claims))
