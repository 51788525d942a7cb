"""Features that only patients have."""

from parity.reference.arithmetic import concentration, most, tally
from parity.reference.common import soon
from parity.reference.registry import means
from parity.reference.subjects import Subject

patient = means("patient")


@patient
def pharmacy_claims_count_365d(e: Subject):
    return sum(c.visit_kind == "pharmacy" for c in e.claims)


@patient
def chronic_claims_count_365d(e: Subject):
    return sum(c.visit_kind == "chronic" for c in e.claims)


@patient
def quick_return_stays_count_365d(e: Subject):
    """At the same provider, whatever the diagnosis."""
    return sum(soon(c) for c in e.stays)


@patient
def elsewhere_during_stay_count_365d(e: Subject):
    return sum(c.elsewhere_n > 0 for c in e.stays)


@patient
def visits_during_stay_elsewhere_count_365d(e: Subject):
    return sum(c.during_stay_n > 0 for c in e.claims)


@patient
def age_years_365d(e: Subject):
    return most(c.age_years for c in e.claims)


@patient
def provider_concentration_index_365d(e: Subject):
    return concentration(tally(c.provider_id for c in e.claims))


@patient
def claims_per_provider_max_count_365d(e: Subject):
    return most(tally(c.provider_id for c in e.claims))


@patient
def practitioners_count_365d(e: Subject):
    return len(tally(c.practitioner_id for c in e.claims))


@patient
def diagnosis_groups_count_365d(e: Subject):
    return len(tally(c.diagnosis_group for c in e.claims))


@patient
def claims_per_diagnosis_max_count_365d(e: Subject):
    return most(tally(c.diagnosis_group for c in e.claims))


@patient
def visits_per_day_max_count_365d(e: Subject):
    return most(tally(c.admitted_on for c in e.claims))
