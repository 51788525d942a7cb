"""Putting the plans into place: who carries what, and the changes to visits and lines."""

from typing import Any

import numpy as np

from fraudml.worlds.columns import Array, Rng, draw_by
from fraudml.worlds.fund import INPATIENT, Fund
from fraudml.worlds.plans import Plan, Plant
from fraudml.worlds.providers import CLINIC, HOSPITAL, NURSING, PHARMACY
from fraudml.worlds.schemes import ON_LINES, ON_VISITS

_KINDS = {
    "T01": (HOSPITAL, CLINIC, NURSING),
    "T03": (HOSPITAL,),
    "T05": (HOSPITAL, CLINIC),
    "T06": (HOSPITAL,),
    "T07": (HOSPITAL, NURSING),
    "T08": (PHARMACY, HOSPITAL, CLINIC),
    "T12": (PHARMACY, CLINIC),
    "T16": (CLINIC, HOSPITAL, NURSING),
}
_IN_BED = frozenset(("T03", "T06", "T07"))
_BY_STAFF = frozenset(("T01", "T03", "T06", "T07", "T16"))
_LEAST_STAYS, _LEAST_VISITS = 24, 60


def assign(fund: Fund, plans: tuple[Plan, ...]) -> tuple[Plant, ...]:
    """A carrier for each plan among the providers of a fitting kind.

    Schemes of the bed need hospitals, which are large; so that carriers are not simply the large
    ones, the other schemes go to small providers more often than to large ones. Second schemes
    go to providers that carry one already; those that fit nobody are left out.
    """
    rng = fund.rng("carriers")
    busy = np.bincount(fund.visits["provider"], minlength=len(fund.providers["kind"]))
    smallness = np.argsort(np.argsort(-busy, kind="stable"), kind="stable") + 1.0
    carried: dict[int, set[str]] = {}
    plants = []
    for plan in _scarce_first(plans):
        fits = _fitting(fund, plan.typology)
        taken = np.isin(fits, list(carried))
        free = fits[taken] if plan.second else fits[~taken]
        free = np.array([p for p in free if plan.typology not in carried.get(int(p), ())])
        if len(free):
            pull = np.ones(len(free)) if plan.typology in _IN_BED else smallness[free]
            provider = int(free[draw_by(rng, pull, 1)[0]])
            carried.setdefault(provider, set()).add(plan.typology)
            plants.append(_in_place(fund, rng, plan, provider))
    return tuple(sorted(plants, key=lambda p: p.plan.number))


def _scarce_first(plans: tuple[Plan, ...]) -> list[Plan]:
    """First schemes before second ones, and those that need beds before the others."""
    return sorted(plans, key=lambda p: (p.second, p.typology not in _IN_BED, p.number))


def _fitting(fund: Fund, typology: str) -> Array:
    of_kind = np.isin(fund.providers["kind"], _KINDS[typology])
    stays = fund.visits["kind"] == INPATIENT
    counted = fund.visits["provider"][stays] if typology in _IN_BED else fund.visits["provider"]
    busy = np.bincount(counted, minlength=len(of_kind))
    least = _LEAST_STAYS if typology in _IN_BED else _LEAST_VISITS
    fits = np.flatnonzero(of_kind & (busy >= least))
    if len(fits) >= 3:
        return fits
    return np.flatnonzero(of_kind)[np.argsort(-busy[of_kind], kind="stable")[:6]]


def _in_place(fund: Fund, rng: Rng, plan: Plan, provider: int) -> Plant:
    begin = max(int(fund.providers["opened"][provider]), 0)
    end = min(int(fund.providers["closed"][provider]), fund.window.days)
    start = begin + round(plan.start * (end - begin))
    stop = min(start + round(plan.length * fund.window.days), fund.window.days)
    first, staff = int(fund.providers["first"][provider]), int(fund.providers["staff"][provider])
    part = rng.permutation(staff)[: plan.staff] if plan.typology in _BY_STAFF else np.array([], int)
    return Plant(plan, provider, start, stop, first + np.sort(part))


def plant_on_visits(fund: Fund, plants: tuple[Plant, ...]) -> None:
    """What the schemes do before anything is billed."""
    for plant in plants:
        if plant.plan.typology in ON_VISITS:
            ON_VISITS[plant.plan.typology](fund, plant)


def plant_on_lines(fund: Fund, plants: tuple[Plant, ...]) -> None:
    """What the schemes do to the bills."""
    for plant in plants:
        if plant.plan.typology in ON_LINES:
            ON_LINES[plant.plan.typology](fund, plant)


def parameters(share: float, plans: tuple[Plan, ...], plants: tuple[Plant, ...]) -> dict[str, Any]:
    """Everything drawn about the schemes, for the answer key."""
    placed = {p.plan.number: p for p in plants}
    return {
        "carrier_share_drawn": share,
        "plans": [vars(plan) | {"placed": plan.number in placed} for plan in plans],
    }
