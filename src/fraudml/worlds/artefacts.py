"""Data errors as hospital information systems make them: which, where and when.

Five are those of the national bureau's bulletin of 2025-09-29 and of what METHODS names beside it
(unknown doctor, mapping, autocomplete, unlinked reversals, bulk uploads); the others are further
ways in which such systems fail. Nobody gains on purpose. Some of them fall on providers that carry
a real scheme as well.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fraudml.worlds.catalogue import GROUPS
from fraudml.worlds.columns import Array, Rng
from fraudml.worlds.fund import INPATIENT, Artefact, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import CLINIC, HOSPITAL, PHARMACY

LEAST_BATCH = 25  # claims that a batch holds at least


class Place(NamedTuple):
    """Where an error is one: kinds of provider, least level, and visits in its own period."""

    kinds: tuple[int, ...]
    level: int
    visits: int
    days: int  # on at least so many days


# fewer visits than these, and nothing would be wrong that anybody could see; None: not one
# provider's error
PLACES: dict[str, Place | None] = {
    "placeholder_practitioner": Place((HOSPITAL, CLINIC), 0, 400, 60),
    "wrong_mapping": Place((HOSPITAL,), 2, 500, 60),
    "autocomplete_slip": None,
    "unlinked_reversals": Place((HOSPITAL, CLINIC, PHARMACY), 0, 200, 60),
    "bulk_upload": Place((HOSPITAL, CLINIC, PHARMACY), 0, 40, 15),
    "unit_jump": Place((PHARMACY, HOSPITAL), 0, 200, 60),
    "batch_sent_twice": Place((HOSPITAL, CLINIC), 0, LEAST_BATCH, 2),
    "fen_for_yuan": Place((HOSPITAL, CLINIC, PHARMACY), 0, 15, 3),
    "default_birth_date": None,
    "newborn_on_mothers_id": Place((HOSPITAL,), 1, 60, 30),
    "server_clock": Place((HOSPITAL, CLINIC), 0, 30, 10),
    "merged_branch": Place((CLINIC, PHARMACY), 0, 15, 10),
    "wrong_death_date": None,
    "head_of_department": Place((HOSPITAL,), 1, 300, 60),
}
# days that an error lasts which somebody notices soon
_SHORT = {"batch_sent_twice": 8, "fen_for_yuan": 10, "server_clock": 60, "bulk_upload": 120}
_ALWAYS = ("unlinked_reversals",)  # a habit of the system, not an event
_WITHOUT_BEDS = ("server_clock",)
_ALSO_CARRIER = 0.3
_PROVIDERS_FOR_ONE = 150
_TRIES = 12  # begins that are drawn at a provider before the next one is asked
_COLLEAGUES, _OWN_VISITS = 3, 10  # who share a department, each with so many visits
_BEFORE = 180  # days in which they do


def merge_branches(fund: Fund) -> None:
    """Before anything else: branches whose contract ends, but whose number is used on."""
    rng, places = fund.rng("artefacts.merged"), fund.providers
    place = PLACES["merged_branch"]
    fits = np.isin(places["kind"], place.kinds if place else ()) & _has_sister(fund)
    fits &= (places["closed"] > fund.window.days) & (places["opened"] < 0)
    chosen = 0
    for provider in rng.permutation(np.flatnonzero(fits)):
        ends = int(rng.integers(fund.window.days // 3, fund.window.days * 4 // 5))
        grace = int(rng.integers(30, 75))
        last = min(ends + grace, fund.window.days)
        if chosen == _how_many(fund) or not _busy(fund, "merged_branch", provider, ends + 1, last):
            continue
        chosen += 1
        places["closed"][provider], places["grace"][provider] = ends, grace
        number = _add(fund, "merged_branch", int(provider), ends + 1, last)
        visits = fund.visits
        late = (visits["provider"] == provider) & (visits["discharged"] > ends)
        visits["artefact"][late] = number


def _has_sister(fund: Fund) -> Array:
    """Whether the same operator runs a further place all the time, into which one can merge."""
    places = fund.providers
    lasting = (places["opened"] < 0) & (places["closed"] > fund.window.days)
    running = np.bincount(places["operator"][lasting], minlength=int(places["operator"].max()) + 1)
    return np.asarray(running[places["operator"]] - lasting > 0)


def choose(fund: Fund, plants: tuple[Plant, ...]) -> None:
    """Where and when each of the other errors happens; nowhere if it would be none anywhere."""
    rng = fund.rng("artefacts")
    carriers = np.array(
        sorted({p.provider for p in plants if "provider" in p.plan.way.grains}), dtype=np.int64
    )
    for name, place in PLACES.items():
        if name == "merged_branch":
            continue
        if place is None:
            for _ in range(_how_many(fund)):
                _add(fund, name, -1, 0, fund.window.days)
            continue
        fits = np.setdiff1d(_fitting(fund, place), [a.provider for a in fund.artefacts])
        wanted = np.isin(fits, carriers) == (rng.random() < _ALSO_CARRIER)
        order = np.concatenate([rng.permutation(fits[wanted]), rng.permutation(fits[~wanted])])
        chosen = 0
        for provider in order:
            if chosen < _how_many(fund):
                chosen += _happens(fund, rng, name, int(provider))


def _happens(fund: Fund, rng: Rng, name: str, provider: int) -> bool:
    """Draw a period in which the error would be one, and write it down; False if none is found."""
    for _ in range(_TRIES):
        begin = int(rng.integers(fund.window.days // 6, fund.window.days * 3 // 5))
        stop = _until(fund, rng, name, begin)
        if name in _ALWAYS:
            begin, stop = 0, fund.window.days
        group = _shared_department(fund, provider, begin) if name == "head_of_department" else -1
        shared = group >= 0 or name != "head_of_department"
        if shared and _busy(fund, name, provider, begin, stop):
            _add(fund, name, provider, begin, stop, group)
            return True
    return False


def _busy(fund: Fund, name: str, provider: int, begin: int, stop: int) -> bool:
    """Whether the place has enough visits on enough days while the error lasts."""
    visits, place = fund.visits, PLACES[name]
    mine = (visits["provider"] == provider) & (visits["artefact"] < 0)
    mine &= (visits["admitted"] >= begin) & (visits["admitted"] < stop)
    if name in _WITHOUT_BEDS:
        mine &= visits["kind"] != INPATIENT
    days = visits["admitted"][mine]
    return place is not None and len(days) >= place.visits and len(np.unique(days)) >= place.days


def _shared_department(fund: Fund, provider: int, before: int) -> int:
    """The busiest department that several practitioners shared in the months before; or -1."""
    visits = fund.visits
    mine = (visits["provider"] == provider) & (visits["practitioner"] >= 0)
    mine &= (visits["admitted"] < before) & (visits["admitted"] >= before - _BEFORE)
    pairs = np.column_stack([visits["group"][mine], visits["practitioner"][mine]])
    each, n = np.unique(pairs, axis=0, return_counts=True)
    regular = each[n >= _OWN_VISITS, 0].astype(np.int64)
    shared = np.bincount(regular, minlength=len(GROUPS)) >= _COLLEAGUES
    total = np.bincount(pairs[:, 0], minlength=len(GROUPS)) * shared
    return int(total.argmax()) if shared.any() else -1


def _fitting(fund: Fund, place: Place) -> Array:
    """Providers of the kinds that are there all the time."""
    places = fund.providers
    fits = np.isin(places["kind"], place.kinds) & (places["level"] >= place.level)
    return np.flatnonzero(fits & (places["opened"] < 0) & (places["closed"] > fund.window.days))


def _until(fund: Fund, rng: Rng, name: str, begin: int) -> int:
    if name in _SHORT:
        return begin + int(rng.integers(_SHORT[name] // 2 + 1, _SHORT[name] + 1))
    mended = rng.random() < 0.4
    return int(rng.integers(begin + 90, fund.window.days + 90)) if mended else fund.window.days


def _how_many(fund: Fund) -> int:
    return max(1, round(len(fund.providers["kind"]) / _PROVIDERS_FOR_ONE))


def _add(fund: Fund, name: str, provider: int, start: int, stop: int, group: int = -1) -> int:
    number = len(fund.artefacts)
    last = min(stop, fund.window.days)
    fund.artefacts.append(Artefact(number, name, provider, start, last, group))
    return number


def visits_of(fund: Fund, artefact: Artefact, *, stays: bool | None = None) -> Array:
    """Numbers of all visits at the place while the error lasts, false ones too."""
    visits = fund.visits
    mine = (visits["provider"] == artefact.provider) & (visits["artefact"] < 0)
    mine &= (visits["admitted"] >= artefact.start_day) & (visits["admitted"] < artefact.stop_day)
    if stays is not None:
        mine &= (visits["kind"] == INPATIENT) == stays
    return np.flatnonzero(mine)


def lines_at(fund: Fund, artefact: Artefact) -> Array:
    """Numbers of all lines at the place while the error lasts."""
    lines = fund.lines
    mine = fund.visits["provider"][lines["visit"]] == artefact.provider
    mine &= (lines["day"] >= artefact.start_day) & (lines["day"] < artefact.stop_day)
    return np.flatnonzero(mine & (lines["artefact"] < 0))


Slip = Callable[[Fund, Artefact], None]


def make(fund: Fund, by: dict[str, Slip]) -> None:
    """Let every chosen error happen that this step is about."""
    for artefact in list(fund.artefacts):
        if artefact.name in by:
            by[artefact.name](fund, artefact)


def happened(fund: Fund) -> list[Artefact]:
    """The errors that touched something; one that found nothing to spoil is none."""
    seen = set(np.unique(fund.visits["artefact"])) | set(np.unique(fund.lines["artefact"]))
    seen |= set(np.unique(fund.providers["reversal_artefact"]))
    return [a for a in fund.artefacts if a.number in seen]
