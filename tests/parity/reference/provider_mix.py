"""Provider features of diagnoses, procedures and DRG groups."""

from parity.reference.arithmetic import added, concentration, mean, most, ratio, share, tally
from parity.reference.common import alike_claims, patients
from parity.reference.registry import means
from parity.reference.subjects import Subject

provider = means("provider")


@provider
def top_diagnosis_claims_share_365d(e: Subject):
    counts = tally(c.diagnosis_code for c in e.claims)
    return ratio(most(counts), sum(counts))


@provider
def diagnoses_per_claim_ratio_365d(e: Subject):
    counts = tally(c.diagnosis_code for c in e.claims)
    return ratio(len(counts), sum(counts))


@provider
def no_diagnosis_claims_share_365d(e: Subject):
    return share(c.diagnosis_code is None for c in e.claims)


@provider
def secondary_diagnoses_mean_count_365d(e: Subject):
    return mean(c.secondary_n for c in e.claims)


@provider
def secondary_diagnoses_max_count_365d(e: Subject):
    return most(c.secondary_n for c in e.claims)


def _visits_for_one_thing(e: Subject) -> list[int]:
    return [len(claims) for claims in e.claims_by("patient_id", "diagnosis_group").values()]


@provider
def repeated_diagnosis_patients_share_365d(e: Subject):
    return share(n > 1 for n in _visits_for_one_thing(e))


@provider
def claims_per_patient_diagnosis_max_count_365d(e: Subject):
    return most(_visits_for_one_thing(e))


@provider
def procedure_claims_share_365d(e: Subject):
    return share(c.procedures_n > 0 for c in e.claims)


@provider
def procedures_per_claim_mean_365d(e: Subject):
    return mean(c.procedures_n for c in e.claims)


def _procedures(e: Subject) -> list[int]:
    return tally(code for c in e.claims for code in c.procedure_codes or [])


@provider
def procedures_count_365d(e: Subject):
    return len(_procedures(e))


@provider
def procedure_concentration_index_365d(e: Subject):
    return concentration(_procedures(e))


@provider
def drgs_count_365d(e: Subject):
    return len(tally(c.drg_code for c in e.claims))


@provider
def drg_concentration_index_365d(e: Subject):
    return concentration(tally(c.drg_code for c in e.claims))


def _weighed(e: Subject) -> list:
    return [c for c in e.claims if c.weight is not None]


@provider
def drg_weight_per_stay_day_365d(e: Subject):
    weighed = _weighed(e)
    return ratio(added(c.weight for c in weighed), sum(c.stay_days for c in weighed) * 10_000)


@provider
def billed_fen_per_drg_weight_365d(e: Subject):
    weighed = _weighed(e)
    return ratio(sum(c.total_amount for c in weighed) * 10_000, added(c.weight for c in weighed))


@provider
def identical_profile_patients_max_count_365d(e: Subject):
    return most(patients(claims) for claims in alike_claims(e))
