"""Features of who comes together with whom, and of the busiest week."""

from collections import Counter
from datetime import timedelta
from itertools import combinations

from parity.reference.arithmetic import median, most, ratio
from parity.reference.registry import means
from parity.reference.subjects import Seen, Subject

_OFTEN, _CROWD = 4, 200
_WEEK = timedelta(days=7)


def _groups(seen: Seen) -> dict[tuple, set[str]]:
    """Who began a visit at a provider on a day, where neither alone nor in a crowd."""
    days = seen.of("claims", "provider_id", "admitted_on")
    groups = {day: {c.patient_id for c in claims} for day, claims in days.items()}
    return {day: who for day, who in groups.items() if 2 <= len(who) <= _CROWD}


def _company(seen: Seen) -> list[tuple[str, str, int]]:
    """Provider, patient and how many regular companions, for each visit that had one."""
    groups = _groups(seen)
    met = Counter(pair for who in groups.values() for pair in combinations(sorted(who), 2))
    often = {pair for pair, times in met.items() if times >= _OFTEN}
    found = []
    for (provider, _), who in groups.items():
        for one in who:
            with_him = sum(tuple(sorted((one, other))) in often for other in who - {one})
            if with_him:
                found.append((provider, one, with_him))
    return found


@means("provider")
def visits_per_week_max_count_365d(e: Subject):
    return most(_weeks(e))


@means("provider")
def busiest_week_to_median_365d(e: Subject):
    return ratio(most(_weeks(e)), median(_weeks(e)))


def _weeks(e: Subject) -> list[int]:
    """For each day on which a visit began, the visits of the seven days up to it."""
    days = [c.admitted_on for c in e.claims]
    return [sum(day - _WEEK < other <= day for other in days) for day in set(days)]


@means("provider", "patient")
def accompanied_visits_count_365d(e: Subject):
    company = e.seen.once("company", _company)
    return sum(e.id == (provider if e.grain == "provider" else who) for provider, who, _ in company)


@means("patient")
def companions_per_visit_max_count_365d(e: Subject):
    return most(n for _, who, n in e.seen.once("company", _company) if who == e.id)
