"""Employers, departments, regions, operators, individual accounts."""

from parity.reference.arithmetic import Row, concentration, known, most, ratio, share, tally
from parity.reference.common import patients
from parity.reference.registry import means
from parity.reference.subjects import Seen, Subject

provider = means("provider")


def _by_employer(e: Subject) -> list[list[Row]]:
    found: dict[str, list[Row]] = {}
    for c in e.claims:
        person = e.seen.fund.patients.get(c.patient_id)
        if person is not None and person.employer_id is not None:
            found.setdefault(person.employer_id, []).append(c)
    return list(found.values())


@provider
def employers_count_365d(e: Subject):
    return len(_by_employer(e))


@provider
def employer_concentration_index_365d(e: Subject):
    return concentration(len(claims) for claims in _by_employer(e))


@provider
def busiest_employer_stays_share_365d(e: Subject):
    stays = [sum(c.inpatient for c in claims) for claims in _by_employer(e)]
    return ratio(most(stays), sum(stays))


@provider
def patients_per_employer_max_count_365d(e: Subject):
    return most(patients(claims) for claims in _by_employer(e))


@provider
def departments_count_365d(e: Subject):
    return len(tally(c.department_code for c in e.claims))


@provider
def department_concentration_index_365d(e: Subject):
    return concentration(tally(c.department_code for c in e.claims))


def _unfiled(e: Subject) -> list[bool | None]:
    away = [c.referral_filed for c in e.claims if c.away]
    return [None if filed is None else not filed for filed in away]


@means("provider", "patient")
def unfiled_away_claims_share_365d(e: Subject):
    return share(_unfiled(e))


@provider
def unfiled_away_stays_count_365d(e: Subject):
    return sum(c.referral_filed is False for c in e.stays if c.away)


@provider
def away_stays_share_365d(e: Subject):
    return share(c.away for c in e.stays)


@provider
def away_fund_fen_share_365d(e: Subject):
    told = [c for c in e.claims if c.away is not None]
    return ratio(sum(c.fund_amount for c in told if c.away), sum(c.fund_amount for c in told))


def _places(seen: Seen) -> dict[tuple[str, str], set[str]]:
    """To which of an operator's providers each patient came, not moved there by another."""
    of_house: dict[tuple[str, str], list[Row]] = {}
    for c in seen.claims:
        owner = operator_of(seen, c.provider_id)
        if owner is not None:
            of_house.setdefault((owner, c.patient_id), []).append(c)
    return {
        key: {c.provider_id for c in claims if not any(_moved(one, c) for one in claims)}
        for key, claims in of_house.items()
    }


def _moved(one: Row, then: Row) -> bool:
    """Whether one stay ended by a transfer and the other began elsewhere by the next day."""
    return (
        one.inpatient and then.inpatient
        and one.disposition == "transferred"
        and one.provider_id != then.provider_id
        and 0 <= (then.admitted_on - one.discharged_on).days <= 1
    )  # fmt: skip


def operator_of(seen: Seen, name: str) -> str | None:
    """The operator of a provider, of which nothing is known before its contract begins."""
    p = seen.fund.providers.get(name)
    if p is None or (p.contracted_from is not None and p.contracted_from > seen.as_of):
        return None
    return p.operator_id


def _places_per_patient(e: Subject) -> list[int]:
    owner = operator_of(e.seen, e.id)
    if owner is None:
        return []
    places = e.seen.once("operator-places", _places)
    return [len(places[owner, who]) for who in {c.patient_id for c in e.claims}]


@provider
def operator_shared_patients_share_365d(e: Subject):
    return share(n > 1 for n in _places_per_patient(e))


@provider
def operator_places_per_patient_max_count_365d(e: Subject):
    return most(_places_per_patient(e))


@means("provider", "patient")
def account_fen_365d(e: Subject):
    return sum(known(c.account_amount for c in e.claims))


@means("provider", "patient")
def all_from_account_claims_share_365d(e: Subject):
    told = [c for c in e.claims if c.account_amount is not None]
    return share(c.account_amount == c.total_amount and c.total_amount > 0 for c in told)
