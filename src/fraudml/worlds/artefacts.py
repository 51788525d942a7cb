"""Data errors as hospital information systems make them: which, where and when.

Five are those of the national bureau's bulletin of 2025-09-29 and of what METHODS names beside it
(unknown doctor, mapping, autocomplete, unlinked reversals, bulk uploads); the others are further
ways in which such systems fail. Nobody gains on purpose. Some of them fall on providers that carry
a real scheme as well.
"""

from collections.abc import Callable

import numpy as np

from fraudml.worlds.columns import Array, Rng
from fraudml.worlds.fund import INPATIENT, Artefact, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import CLINIC, HOSPITAL, PHARMACY

# kinds of provider that fit, least level, visits needed; None: not one provider's error
PLACES: dict[str, tuple[tuple[int, ...], int, int] | None] = {
    "placeholder_practitioner": ((HOSPITAL, CLINIC), 0, 150),
    "wrong_mapping": ((HOSPITAL,), 2, 300),
    "autocomplete_slip": None,
    "unlinked_reversals": ((HOSPITAL, CLINIC, PHARMACY), 0, 200),
    "bulk_upload": ((HOSPITAL, CLINIC, PHARMACY), 0, 150),
    "unit_jump": ((PHARMACY, HOSPITAL), 0, 200),
    "batch_sent_twice": ((HOSPITAL, CLINIC), 0, 250),
    "fen_for_yuan": ((HOSPITAL, CLINIC, PHARMACY), 0, 200),
    "default_birth_date": None,
    "newborn_on_mothers_id": ((HOSPITAL,), 1, 200),
    "server_clock": ((HOSPITAL, CLINIC), 0, 200),
    "merged_branch": ((CLINIC, PHARMACY), 0, 60),
    "wrong_death_date": None,
    "head_of_department": ((HOSPITAL,), 1, 300),
}
# days that an error lasts which somebody notices soon
_SHORT = {"batch_sent_twice": 8, "fen_for_yuan": 10, "server_clock": 60, "bulk_upload": 120}
_ALWAYS = ("unlinked_reversals",)  # a habit of the system, not an event
_ALSO_CARRIER = 0.3
_PROVIDERS_FOR_ONE = 150


def merge_branches(fund: Fund) -> None:
    """Before anything else: branches whose contract ends, but whose number is used on."""
    rng, places = fund.rng("artefacts.merged"), fund.providers
    busy = np.bincount(fund.visits["provider"], minlength=len(places["kind"]))
    kinds, _, least = PLACES["merged_branch"] or ((), 0, 0)
    fits = np.isin(places["kind"], kinds) & (busy >= least) & (places["closed"] > fund.window.days)
    chosen = _some(fund, rng, np.flatnonzero(fits & (places["opened"] < 0)))
    for provider in chosen:
        ends = int(rng.integers(fund.window.days // 3, fund.window.days * 4 // 5))
        places["closed"][provider] = ends
        places["grace"][provider] = int(rng.integers(30, 75))
        last = min(ends + int(places["grace"][provider]), fund.window.days)
        number = _add(fund, "merged_branch", int(provider), ends + 1, last)
        visits = fund.visits
        late = (visits["provider"] == provider) & (visits["discharged"] > ends)
        visits["artefact"][late] = number


def choose(fund: Fund, plants: tuple[Plant, ...]) -> None:
    """Where and when each of the other errors happens."""
    rng = fund.rng("artefacts")
    busy = np.bincount(fund.visits["provider"], minlength=len(fund.providers["kind"]))
    carriers = np.array(
        sorted({p.provider for p in plants if "provider" in p.plan.way.grains}), dtype=np.int64
    )
    used: list[int] = [a.provider for a in fund.artefacts]
    for name, place in PLACES.items():
        if name == "merged_branch":
            continue
        if place is None:
            for _ in range(_how_many(fund)):
                _add(fund, name, -1, 0, fund.window.days)
            continue
        fits = _fitting(fund, place, busy)
        fits = fits[~np.isin(fits, used)] if (~np.isin(fits, used)).any() else fits
        both = np.intersect1d(fits, carriers)
        pool = both if len(both) and rng.random() < _ALSO_CARRIER else np.setdiff1d(fits, carriers)
        for provider in _some(fund, rng, pool if len(pool) else fits):
            used.append(int(provider))
            begin = int(rng.integers(fund.window.days // 6, fund.window.days * 3 // 5))
            stop = _until(fund, rng, name, begin)
            if name in _ALWAYS:
                begin, stop = 0, fund.window.days
            _add(fund, name, int(provider), begin, stop)


def _fitting(fund: Fund, place: tuple[tuple[int, ...], int, int], busy: Array) -> Array:
    """Busy providers of the kinds; the busiest of the kinds where nobody is busy enough."""
    kinds, level, least = place
    places = fund.providers
    kind = np.isin(places["kind"], kinds) & (places["level"] >= level)
    kind = kind if kind.any() else np.isin(places["kind"], kinds)
    if kind.sum() > 3:
        kind &= (places["opened"] < 0) & (places["closed"] > fund.window.days)
    fits = np.flatnonzero(kind & (busy >= least))
    return fits if len(fits) else np.flatnonzero(kind)[np.argsort(-busy[kind], kind="stable")[:2]]


def _until(fund: Fund, rng: Rng, name: str, begin: int) -> int:
    if name in _SHORT:
        return begin + int(rng.integers(_SHORT[name] // 2 + 1, _SHORT[name] + 1))
    mended = rng.random() < 0.4
    return int(rng.integers(begin + 90, fund.window.days + 90)) if mended else fund.window.days


def _how_many(fund: Fund) -> int:
    return max(1, round(len(fund.providers["kind"]) / _PROVIDERS_FOR_ONE))


def _some(fund: Fund, rng: Rng, pool: Array) -> Array:
    return np.sort(rng.permutation(pool)[: _how_many(fund)])


def _add(fund: Fund, name: str, provider: int, start: int, stop: int) -> int:
    number = len(fund.artefacts)
    fund.artefacts.append(Artefact(number, name, provider, start, min(stop, fund.window.days)))
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
