"""Features of who comes together with whom, and of the busiest week."""

from collections import Counter
from datetime import timedelta
from hashlib import sha256
from itertools import combinations
from random import Random

from parity.reference.arithmetic import half_up, median, most, ratio
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


def _communities(seen: Seen) -> dict[str, tuple[int, int, int]]:
    """Of everybody in a group of three or more: which group, how many in it, how many ties."""
    groups = _groups(seen)
    met = Counter(pair for who in groups.values() for pair in combinations(sorted(who), 2))
    size: dict[str, list[int]] = {}
    days: Counter[tuple[str, str]] = Counter()
    for (provider, _), who in groups.items():
        size.setdefault(provider, []).append(len(who))
        days.update((provider, one) for one in who)
    alike = {p: half_up(sum(n * n for n in s) * 1e6 / float(sum(s)) ** 2) for p, s in size.items()}

    def beyond_chance(one: str, other: str, times: int) -> bool:
        expected = sum(days[p, one] * days[p, other] * alike[p] for p in size)
        more = times * 10**6 - expected
        return more > 0 and more * more > 9 * 10**6 * expected

    ties = [pair for pair, n in met.items() if n >= _OFTEN and beyond_chance(*pair, n)]
    return _leiden(ties)


def _leiden(ties: list[tuple[str, str]]) -> dict[str, tuple[int, int, int]]:
    """By the same library: what a community is has no plain form, who is tied has (above)."""
    if not ties:
        return {}
    import igraph

    names = sorted(
        {who for tie in ties for who in tie}, key=lambda who: sha256(who.encode()).digest()
    )
    at = {who: place for place, who in enumerate(names)}
    graph = igraph.Graph(len(names), sorted(sorted((at[a], at[b])) for a, b in ties))
    igraph.set_random_number_generator(Random(735))  # noqa: S311
    found = graph.community_leiden(objective_function="CPM", resolution=0.5, n_iterations=-1)
    parts = [{names[place] for place in part} for part in found if len(part) >= 3]
    inside = [sum({a, b} <= part for a, b in ties) for part in parts]
    sized = [(number, len(part), inside[number]) for number, part in enumerate(parts)]
    return {who: sized[number] for number, part in enumerate(parts) for who in part}


def _outings(seen: Seen) -> list[tuple[str, str, int, int]]:
    """Provider, patient, people and ties of his group: visits with two others of it or more."""
    belongs = seen.once("communities", _communities)
    found = []
    for (provider, _), claims in seen.of("claims", "provider_id", "admitted_on").items():
        there = {c.patient_id for c in claims}
        for who in there & belongs.keys():
            if sum(belongs.get(one, (-1,))[0] == belongs[who][0] for one in there) >= 3:
                found.append((provider, who, *belongs[who][1:]))
    return found


def _own_outings(e: Subject) -> list[tuple[str, str, int, int]]:
    own = 0 if e.grain == "provider" else 1
    return [x for x in e.seen.once("outings", _outings) if x[own] == e.id]


@means("provider")
def community_visits_share_365d(e: Subject):
    visits = len(e.claims_by("patient_id", "admitted_on"))
    return ratio(len(_own_outings(e)), visits)


@means("provider")
def community_patients_max_count_365d(e: Subject):
    return most(people for _, _, people, _ in _own_outings(e))


@means("provider")
def community_pairs_share_365d(e: Subject):
    seen = _own_outings(e)
    return ratio(sum(x[3] for x in seen), sum(x[2] * (x[2] - 1) // 2 for x in seen))


@means("patient")
def community_visits_count_365d(e: Subject):
    return len(_own_outings(e))


@means("patient")
def community_members_max_count_365d(e: Subject):
    return most(people for _, _, people, _ in _own_outings(e))
