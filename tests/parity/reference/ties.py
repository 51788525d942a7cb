"""People whom two providers have in common."""

from parity.reference.arithmetic import Row, most, ratio
from parity.reference.registry import means
from parity.reference.subjects import Seen, Subject

provider = means("provider")
PLACES_AT_MOST = 50


def _people(seen: Seen, key: str) -> dict[str, set[str]]:
    """Who was seen, or who worked, at each provider."""
    found: dict[str, set[str]] = {}
    for c in seen.claims:
        if c[key] is not None:
            found.setdefault(c.provider_id, set()).add(c[key])
    return found


def _ties(e: Subject, key: str) -> Row:
    """How many people each other provider has in common with this one."""
    people = e.seen.once(("people", key), lambda seen: _people(seen, key))
    places: dict[str, int] = {}
    for group in people.values():
        for who in group:
            places[who] = places.get(who, 0) + 1
    own = {who for who in people.get(e.id, set()) if places[who] <= PLACES_AT_MOST}
    shared = {other: len(own & group) for other, group in people.items() if other != e.id}
    sizes = {name: len(group) for name, group in people.items()}
    return Row(shared={name: n for name, n in shared.items() if n}, sizes=sizes)


@provider
def tied_providers_count_365d(e: Subject):
    return sum(n >= 5 for n in _ties(e, "patient_id").shared.values())


def _closest(e: Subject, key: str):
    ties = _ties(e, key)
    return ratio(most(ties.shared.values()), ties.sizes.get(e.id))


@provider
def closest_provider_patients_share_365d(e: Subject):
    return _closest(e, "patient_id")


@provider
def closest_provider_to_expected_365d(e: Subject):
    ties = _ties(e, "patient_id")
    elsewhere, rest = sum(ties.shared.values()), sum(ties.sizes.values()) - ties.sizes.get(e.id, 0)
    return most(
        (n + 5) / (elsewhere * (ties.sizes[other] / rest) + 5) for other, n in ties.shared.items()
    )


@provider
def practitioner_tied_providers_count_365d(e: Subject):
    return len(_ties(e, "practitioner_id").shared)


@provider
def closest_provider_practitioners_share_365d(e: Subject):
    return _closest(e, "practitioner_id")
