"""What changed lately, and how visits fall on days and hours."""

from datetime import timedelta

from parity.reference.arithmetic import added, concentration, known, mean, ratio, share, tally
from parity.reference.registry import means
from parity.reference.subjects import Subject

ALL = ("provider", "practitioner", "patient")
CARE = ("provider", "practitioner")


def _last_month(e: Subject) -> list:
    return [c for c in e.claims if c.settled_on > e.seen.as_of - timedelta(days=30)]


@means(*ALL)
def claims_count_30d(e: Subject):
    return len(_last_month(e))


@means(*ALL)
def fund_fen_30d(e: Subject):
    return sum(c.fund_amount for c in _last_month(e))


@means(*ALL)
def claims_month_to_year_365d(e: Subject):
    return ratio(len(_last_month(e)) * 365, len(e.claims) * 30)


@means(*ALL)
def since_last_visit_days_365d(e: Subject):
    last = max((c.admitted_on for c in e.claims), default=None)
    return None if last is None else (e.seen.as_of - last).days


@means(*ALL)
def fund_fen_per_claim_recent_to_year_365d(e: Subject):
    return ratio(mean(c.fund_amount for c in e.recent), mean(c.fund_amount for c in e.claims))


@means(*ALL)
def patient_paid_recent_to_year_365d(e: Subject):
    def paid(claims):
        return ratio(added(c.patient_amount for c in claims), sum(c.total_amount for c in claims))

    return ratio(paid(e.recent), paid(e.claims))


@means(*CARE)
def stay_days_recent_to_year_365d(e: Subject):
    lately = mean(c.stay_days for c in e.stays if c.recent)
    return ratio(lately, mean(c.stay_days for c in e.stays))


@means(*CARE)
def drg_weight_recent_to_year_365d(e: Subject):
    return ratio(mean(c.weight for c in e.recent), mean(c.weight for c in e.claims))


@means(*CARE)
def secondary_diagnoses_recent_to_year_365d(e: Subject):
    return ratio(mean(c.secondary_n for c in e.recent), mean(c.secondary_n for c in e.claims))


@means(*ALL)
def weekday_concentration_index_365d(e: Subject):
    return concentration(tally(c.admitted_on.isoweekday() for c in e.claims))


@means(*ALL)
def hour_concentration_index_365d(e: Subject):
    return concentration(tally(c.started_at.hour for c in e.claims if c.started_at is not None))


@means(*ALL)
def card_check_claims_share_365d(e: Subject):
    return share(check == "card" for check in known(c.identity_check for c in e.claims))


@means(*ALL)
def no_identity_check_claims_share_90d(e: Subject):
    return share(check == "none" for check in known(c.identity_check for c in e.recent))
