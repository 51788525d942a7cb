"""Features that mean the same for two or all three grains."""

from collections import Counter

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
from parity.reference.registry import means
from parity.reference.subjects import Subject

ALL = ("provider", "practitioner", "patient")
CARE = ("provider", "practitioner")


@means(*ALL)
def claims_count_365d(e: Subject):
    return len(e.claims)


@means("provider", "patient")
def claims_count_90d(e: Subject):
    return len(e.recent)


@means(*ALL)
def stays_count_365d(e: Subject):
    return len(e.stays)


@means(*ALL)
def stay_claims_share_365d(e: Subject):
    return share(c.inpatient for c in e.claims)


@means(*ALL)
def fund_fen_365d(e: Subject):
    return sum(c.fund_amount for c in e.claims)


@means(*ALL)
def fund_fen_90d(e: Subject):
    return sum(c.fund_amount for c in e.recent)


@means(*ALL)
def total_fen_365d(e: Subject):
    return sum(c.total_amount for c in e.claims)


@means(*ALL)
def fund_fen_per_claim_mean_365d(e: Subject):
    return mean(c.fund_amount for c in e.claims)


@means(*CARE)
def fund_fen_per_claim_median_365d(e: Subject):
    return median(c.fund_amount for c in e.claims)


@means(*CARE)
def fund_fen_per_claim_p90_365d(e: Subject):
    return quantile((c.fund_amount for c in e.claims), 0.9)


@means("provider", "patient")
def fund_fen_per_claim_max_365d(e: Subject):
    return most(c.fund_amount for c in e.claims)


@means("provider", "patient")
def patient_paid_share_365d(e: Subject):
    return ratio(added(c.patient_amount for c in e.claims), added(c.total_amount for c in e.claims))


@means(*ALL)
def claims_recent_to_year_ratio_90d(e: Subject):
    return ratio(len(e.recent) * 365, len(e.claims) * 90)


@means("provider", "patient")
def stay_days_sum_365d(e: Subject):
    return sum(c.stay_days for c in e.stays)


@means(*ALL)
def stay_days_mean_365d(e: Subject):
    return mean(c.stay_days for c in e.stays)


@means(*CARE)
def quick_return_stays_share_365d(e: Subject):
    return share(quick_return(c) for c in e.stays)


@means("provider")
def quick_return_stays_count_365d(e: Subject):
    return sum(quick_return(c) for c in e.stays)


def quick_return(stay) -> bool:
    """Begun within 7 days of the stay before it here, in the same diagnosis group."""
    return soon(stay) and stay.near_diagnosis


def soon(stay) -> bool:
    """Begun within 7 days of the end of the patient's stay before it at the provider."""
    return stay.gap is not None and 0 <= stay.gap <= 7


@means(*CARE)
def elsewhere_during_stay_share_365d(e: Subject):
    return share(c.elsewhere_n > 0 for c in e.stays)


@means(*CARE)
def visits_during_stay_elsewhere_share_365d(e: Subject):
    return share(c.during_stay_n > 0 for c in e.claims)


@means(*CARE)
def drg_weight_mean_365d(e: Subject):
    weighed = [c.weight for c in e.claims if c.weight is not None]
    return ratio(sum(weighed), len(weighed) * 10_000)


@means(*CARE)
def heaviest_group_claims_share_365d(e: Subject):
    heaviest = e.seen.once("heaviest", _heaviest_groups)
    grouped = [c for c in e.claims if _is_grouped(c) and c.drg_family in heaviest]
    return share(c.drg_code in heaviest[c.drg_family] for c in grouped)


def _is_grouped(claim) -> bool:
    return claim.drg_code is not None and claim.weight is not None


def _heaviest_groups(seen) -> dict[str, set[str]]:
    """Of each DRG family with several groups in use, the group or groups of the most weight."""
    weights: dict[str, dict[str, int]] = {}
    for c in seen.claims:
        if _is_grouped(c):
            family = weights.setdefault(c.drg_family, {})
            family[c.drg_code] = max(family.get(c.drg_code, c.weight), c.weight)
    return {
        family: {code for code, weight in groups.items() if weight == max(groups.values())}
        for family, groups in weights.items()
        if len(groups) > 1
    }


@means(*CARE)
def repeated_amount_claims_share_365d(e: Subject):
    own = Counter(c.total_amount for c in e.claims)
    everywhere = e.seen.once(
        ("amounts", e.key),
        lambda seen: Counter(c.total_amount for c in seen.claims if c[e.key] is not None),
    )
    n, whole = sum(own.values()), sum(everywhere.values())
    repeated = [
        here
        for amount, here in own.items()
        if here >= 3 and here * (whole - n) >= 3 * (everywhere[amount] - here) * n
    ]
    return ratio(sum(repeated), n)


@means(*CARE)
def round_amount_claims_share_365d(e: Subject):
    return share(c.total_amount % 10_000 == 0 and c.total_amount != 0 for c in e.claims)


@means(*CARE)
def identical_profile_claims_share_365d(e: Subject):
    alike = alike_claims(e)
    return ratio(
        sum(len(claims) for claims in alike if patients(claims) >= 3),
        sum(len(claims) for claims in alike),
    )


def alike_claims(e: Subject) -> list[list]:
    """Diagnosed claims, pharmacy sales aside, by setting, diagnosis, amount, length and lines."""
    found: dict[tuple, list] = {}
    for c in e.claims:
        if c.diagnosis_code is not None and c.visit_kind != "pharmacy":
            lines = (c.lines_n, c.first_item, c.last_item)
            key = (c.inpatient, c.diagnosis_code, c.total_amount, c.stay_days, *lines)
            found.setdefault(key, []).append(c)
    return list(found.values())


def patients(claims) -> int:
    """How many different patients these claims are for."""
    return len({c.patient_id for c in claims})


@means(*CARE)
def diagnoses_count_365d(e: Subject):
    return len(tally(c.diagnosis_code for c in e.claims))


@means(*CARE)
def diagnosis_concentration_index_365d(e: Subject):
    return concentration(tally(c.diagnosis_code for c in e.claims))


@means(*CARE)
def patients_count_365d(e: Subject):
    return patients(e.claims)


@means(*CARE)
def claims_per_patient_mean_365d(e: Subject):
    return mean(tally(c.patient_id for c in e.claims))


@means(*CARE)
def claims_per_patient_max_count_365d(e: Subject):
    return most(tally(c.patient_id for c in e.claims))


@means(*CARE)
def patient_concentration_index_365d(e: Subject):
    return concentration(tally(c.patient_id for c in e.claims))


@means(*CARE)
def providers_per_patient_mean_365d(e: Subject):
    return mean(providers_used(e, patient) for (patient,) in e.claims_by("patient_id"))


def providers_used(e: Subject, patient: str) -> int:
    """How many providers a patient's claims are from."""
    return len({c.provider_id for c in e.everywhere("patient_id", patient)})


@means(*ALL)
def weekend_claims_share_365d(e: Subject):
    return share(c.weekend for c in e.claims)


@means(*ALL)
def no_identity_check_claims_share_365d(e: Subject):
    checks = (c.identity_check for c in e.claims)
    return share(None if check is None else check == "none" for check in checks)


@means("provider", "patient")
def away_claims_share_365d(e: Subject):
    return share(c.away for c in e.claims)


@means(*ALL)
def after_death_claims_count_365d(e: Subject):
    return sum(c.after_death for c in e.claims)


@means(*CARE)
def same_second_claims_share_365d(e: Subject):
    counts = tally(c.started_second for c in e.claims)
    return ratio(sum(n for n in counts if n > 1), sum(counts))


@means(*ALL)
def active_days_365d(e: Subject):
    return len({c.admitted_on for c in e.claims})


def patients_by_day(e: Subject) -> list[int]:
    """How many different patients' visits began on each day with any."""
    return [patients(claims) for claims in e.claims_by("admitted_on").values()]


@means(*CARE)
def patients_per_day_median_count_365d(e: Subject):
    return median(patients_by_day(e))


@means(*CARE)
def patients_per_day_max_count_365d(e: Subject):
    return most(patients_by_day(e))


@means("practitioner", "patient")
def providers_same_day_count_365d(e: Subject):
    days = e.claims_by("admitted_on").values()
    return sum(len({c.provider_id for c in claims}) > 1 for claims in days)


@means("practitioner", "patient")
def providers_count_365d(e: Subject):
    return len({c.provider_id for c in e.claims})


@means(*ALL)
def tips_count_365d(e: Subject):
    return sum(
        e.seen.known_in_window(tip.received_on)
        for tip in e.seen.fund.table("tips")
        if (tip.target_grain, tip.target_id) == (e.grain, e.id)
    )
