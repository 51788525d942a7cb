"""More of each patient, and how he or she is insured."""

from parity.reference.arithmetic import Row, most
from parity.reference.registry import means
from parity.reference.subjects import Subject
from parity.reference.surroundings import operator_of

patient = means("patient")


@patient
def patient_fen_365d(e: Subject):
    return sum(c.patient_amount for c in e.claims)


@patient
def stay_fund_fen_365d(e: Subject):
    return sum(c.fund_amount for c in e.stays)


@patient
def operator_places_max_count_365d(e: Subject):
    places = {(operator_of(e.seen, c.provider_id), c.provider_id) for c in e.claims}
    owners = [owner for owner, _ in places if owner is not None]
    return most(owners.count(owner) for owner in owners)


def _in_force(e: Subject) -> list[Row]:
    return [
        row
        for row in e.seen.fund.table("enrolments")
        if row.patient_id == e.id
        and row.enrolled_from <= e.seen.as_of
        and not (row.enrolled_to is not None and row.enrolled_to < e.seen.as_of)
    ]


@patient
def enrolments_count(e: Subject):
    return len({(row.scheme, row.region_code) for row in _in_force(e)})


@patient
def newest_enrolment_days(e: Subject):
    kept: dict[tuple, int] = {}
    for row in _in_force(e):
        key = (row.scheme, row.region_code)
        kept[key] = max(kept.get(key, 0), (e.seen.as_of - row.enrolled_from).days)
    return min(kept.values(), default=None)
