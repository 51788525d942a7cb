"""Provider features of its patients, its practitioners, hours, uploads and reversals."""

from parity.reference.arithmetic import concentration, known, mean, most, ratio, share, tally
from parity.reference.common import providers_used
from parity.reference.registry import means
from parity.reference.subjects import Subject

provider = means("provider")


def _patients(e: Subject) -> list[str]:
    return [who for (who,) in e.claims_by("patient_id")]


@provider
def repeat_patients_share_365d(e: Subject):
    return share(n > 1 for n in tally(c.patient_id for c in e.claims))


@provider
def shared_patients_share_365d(e: Subject):
    return share(providers_used(e, who) > 1 for who in _patients(e))


@provider
def claims_elsewhere_per_patient_mean_365d(e: Subject):
    return mean(
        sum(c.provider_id != e.id for c in e.everywhere("patient_id", who)) for who in _patients(e)
    )


@provider
def stays_per_patient_everywhere_mean_365d(e: Subject):
    return mean(sum(c.inpatient for c in e.everywhere("patient_id", who)) for who in _patients(e))


@provider
def fund_fen_per_patient_everywhere_mean_365d(e: Subject):
    return mean(sum(c.fund_amount for c in e.everywhere("patient_id", who)) for who in _patients(e))


@provider
def diagnosis_groups_per_patient_mean_365d(e: Subject):
    groups = [
        set(known(c.diagnosis_group for c in e.everywhere("patient_id", who)))
        for who in _patients(e)
    ]
    return mean(len(found) for found in groups if found)


@provider
def age_years_mean_365d(e: Subject):
    return mean(c.age_years for c in e.claims)


@provider
def age_under_65_claims_share_365d(e: Subject):
    return share(age < 65 for age in known(c.age_years for c in e.claims))


@provider
def age_over_80_claims_share_365d(e: Subject):
    return share(age >= 80 for age in known(c.age_years for c in e.claims))


@provider
def women_claims_share_365d(e: Subject):
    return share(sex == "F" for sex in known(c.sex for c in e.claims))


@provider
def dead_patients_claims_share_365d(e: Subject):
    return share(c.patient_dead for c in e.claims)


@provider
def patient_regions_count_365d(e: Subject):
    return len(tally(c.patient_region for c in e.claims))


@provider
def patient_region_concentration_index_365d(e: Subject):
    return concentration(tally(c.patient_region for c in e.claims))


@provider
def practitioners_count_365d(e: Subject):
    return len(tally(c.practitioner_id for c in e.claims))


@provider
def claims_per_practitioner_mean_365d(e: Subject):
    return mean(tally(c.practitioner_id for c in e.claims))


@provider
def claims_per_practitioner_max_count_365d(e: Subject):
    return most(tally(c.practitioner_id for c in e.claims))


@provider
def practitioner_concentration_index_365d(e: Subject):
    return concentration(tally(c.practitioner_id for c in e.claims))


def _elsewhere(e: Subject) -> list[list]:
    """Of each practitioner on its claims, the claims at other providers."""
    return [
        [c for c in e.everywhere("practitioner_id", who) if c.provider_id != e.id]
        for (who,) in e.claims_by("practitioner_id")
    ]


@provider
def shared_practitioners_share_365d(e: Subject):
    return share(len(claims) > 0 for claims in _elsewhere(e))


@provider
def claims_elsewhere_per_practitioner_mean_365d(e: Subject):
    return mean(len(claims) for claims in _elsewhere(e))


def _places_of_registered(e: Subject) -> list[int]:
    """At how many providers each practitioner registered here is registered on the date."""
    rows = e.seen.practitioners_registered
    here = {row.practitioner_id for row in rows if row.provider_id == e.id}
    return [sum(row.practitioner_id == who for row in rows) for who in here]


@provider
def registered_practitioners_count(e: Subject):
    return len(_places_of_registered(e))


@provider
def registered_elsewhere_practitioners_share(e: Subject):
    return share(places > 1 for places in _places_of_registered(e))


@provider
def places_per_registered_practitioner_mean_count(e: Subject):
    return mean(_places_of_registered(e))


@provider
def no_practitioner_claims_share_365d(e: Subject):
    return share(c.practitioner_id is None for c in e.claims)


@provider
def unregistered_practitioner_claims_share_365d(e: Subject):
    return share(c.unregistered for c in e.claims)


@provider
def night_claims_share_365d(e: Subject):
    hours = [at.hour for at in known(c.started_at for c in e.claims)]
    return share(hour >= 22 or hour < 6 for hour in hours)


@provider
def settle_days_mean_365d(e: Subject):
    return mean(c.settle_days for c in e.claims)


@provider
def upload_days_mean_365d(e: Subject):
    return mean(c.upload_days for c in e.claims)


@provider
def late_upload_claims_share_365d(e: Subject):
    return share(days > 7 for days in known(c.upload_days for c in e.claims))


@provider
def busiest_upload_day_claims_share_365d(e: Subject):
    days = tally(c.uploaded_on for c in e.claims)
    return ratio(most(days), sum(days))


@provider
def upload_concentration_index_365d(e: Subject):
    return concentration(tally(c.uploaded_on for c in e.claims))


@provider
def busiest_terminal_claims_share_365d(e: Subject):
    counts = tally(c.terminal_id for c in e.claims)
    return ratio(most(counts), sum(counts))


@provider
def outside_contract_claims_count_365d(e: Subject):
    return sum(known(c.outside_contract for c in e.claims))


@provider
def first_to_last_visit_days_mean_365d(e: Subject):
    visits = [claims for claims in e.claims_by("patient_id").values() if len(claims) > 1]
    spans = [(claims[-1].admitted_on - claims[0].admitted_on).days for claims in visits]
    return mean(spans)


@provider
def reversals_count_365d(e: Subject):
    return sum(
        e.seen.known_in_window(row.settled_on)
        for row in e.seen.fund.table("claims")
        if row.reverses_claim_id is not None and row.provider_id == e.id
    )
