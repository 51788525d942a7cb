"""What a claim means beside the other claims of the same patient."""

from parity.reference.arithmetic import Row, grouped


def beside_each_other(claims: list[Row]) -> None:
    """Add to each live claim the visits before, after and during it; claims in order of time."""
    for visits in grouped(claims, "patient_id", "inpatient").values():
        _turn_by_turn(visits)
    for visits in grouped(claims, "patient_id").values():
        for claim in visits:
            claim["elsewhere_n"] = sum(_inside(other, claim) for other in visits)
            claim["during_stay_n"] = sum(_inside(claim, other) for other in visits)


def _inside(visit: Row, stay: Row) -> bool:
    """Whether a visit began on a day strictly inside a stay at another provider."""
    return (
        stay.inpatient
        and visit.provider_id != stay.provider_id
        and stay.admitted_on < visit.admitted_on < stay.discharged_on
    )


def _turn_by_turn(visits: list[Row]) -> None:
    """Days to the neighbouring visit of the same kind, here and at another provider."""
    for place, visit in enumerate(visits):
        before = visits[place - 1] if place else None
        elsewhere = before is not None and before.provider_id != visit.provider_id
        visit["gap_elsewhere"] = _days(before, visit) if elsewhere else None
    for here in grouped(visits, "provider_id").values():
        for before, visit in zip([None, *here], here, strict=False):
            visit["gap"] = _days(before, visit)
            visit["near_diagnosis"] = (
                before is not None
                and visit.diagnosis_group is not None
                and before.diagnosis_group == visit.diagnosis_group
            )


def _days(before: Row | None, after: Row) -> int | None:
    return None if before is None else (after.admitted_on - before.discharged_on).days
