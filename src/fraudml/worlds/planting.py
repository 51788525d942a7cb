"""Putting the plans into place: who carries what, and the changes to visits and lines."""

from typing import Any

import numpy as np

from fraudml.worlds.columns import Array, Rng, draw_by
from fraudml.worlds.fund import INPATIENT, Fund
from fraudml.worlds.mechanisms import IN_BED, IN_BED_TOO, PERSONAL
from fraudml.worlds.plans import Plan, Plant
from fraudml.worlds.providers import CLINIC, HOSPITAL
from fraudml.worlds.schemes import ON_LINES, ON_VISITS, Planter
from fraudml.worlds.window import TRACED_FROM_END

_LEAST_STAYS, _LEAST_VISITS = 24, 60
_BY_CODES = frozenset(
    (
        "sold_twice",
        "sent_back_first",
        "one_code",
        "other_pack",
        "bought_on_paper",
        "from_other_shelves",
        "codes_not_scanned",
    )
)


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
        fits = _fitting(fund, plan)
        if plan.typology in PERSONAL:
            plants.append(_in_place(fund, rng, plan, int(rng.choice(fits))))
            continue
        taken = np.isin(fits, list(carried))
        free = fits[taken] if plan.second else fits[~taken]
        free = np.array([p for p in free if plan.typology not in carried.get(int(p), ())])
        if len(free):
            pull = np.ones(len(free)) if _in_bed(plan) else smallness[free]
            provider = int(free[draw_by(rng, pull, 1)[0]])
            carried.setdefault(provider, set()).add(plan.typology)
            plants.append(_in_place(fund, rng, plan, provider))
    return tuple(sorted(plants, key=lambda p: p.plan.number))


def _scarce_first(plans: tuple[Plan, ...]) -> list[Plan]:
    """First schemes before second ones, and those that need beds before the others."""
    return sorted(plans, key=lambda p: (p.second, not _in_bed(p), p.number))


def _in_bed(plan: Plan) -> bool:
    return plan.typology in IN_BED or plan.mechanism in IN_BED_TOO


def _fitting(fund: Fund, plan: Plan) -> Array:
    in_bed = _in_bed(plan)
    of_kind = np.isin(fund.providers["kind"], plan.way.kinds)
    stays = fund.visits["kind"] == INPATIENT
    counted = fund.visits["provider"][stays] if in_bed else fund.visits["provider"]
    busy = np.bincount(counted, minlength=len(of_kind))
    least = _LEAST_STAYS if in_bed else _LEAST_VISITS
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
    if plan.mechanism in _BY_CODES:  # packs are scanned in the last months only
        start, stop = min(start, end - TRACED_FROM_END), end
    part = np.array([], dtype=np.int64)
    if "practitioner" in plan.way.grains:
        part = first + rng.permutation(staff)[: plan.staff]
    if plan.mechanism == "lent_licence":
        part = _lenders(fund, rng, plan, provider)
    return Plant(plan, provider, start, stop, np.sort(part))


def _lenders(fund: Fund, rng: Rng, plan: Plan, provider: int) -> Array:
    """Busy practitioners of other clinics and hospitals."""
    seen = fund.visits["practitioner"][fund.visits["practitioner"] >= 0]
    home = fund.practitioners["provider"]
    busy = np.bincount(seen, minlength=len(home))
    clinical = np.isin(fund.providers["kind"][home], (CLINIC, HOSPITAL)) & (home != provider)
    order = np.argsort(-busy * clinical, kind="stable")[: max(len(home) // 5, 4)]
    return np.asarray(rng.permutation(order)[: plan.staff])


def plant_on_visits(fund: Fund, plants: tuple[Plant, ...]) -> None:
    """What the schemes do before anything is billed."""
    _plant(fund, plants, ON_VISITS)


def plant_on_lines(fund: Fund, plants: tuple[Plant, ...]) -> None:
    """What the schemes do to the bills."""
    _plant(fund, plants, ON_LINES)


def _plant(fund: Fund, plants: tuple[Plant, ...], by: dict[str, Planter]) -> None:
    for plant in plants:
        planter = by.get(f"{plant.plan.typology}.{plant.plan.mechanism}")
        if planter is not None:
            planter(fund, plant)


def parameters(share: float, plans: tuple[Plan, ...], plants: tuple[Plant, ...]) -> dict[str, Any]:
    """Everything drawn about the schemes, for the answer key."""
    placed = {p.plan.number: p for p in plants}
    return {
        "carrier_share_drawn": share,
        "plans": [
            vars(plan)
            | {"held_out": plan.way.held_out, "seen_in": plan.way.seen_in}
            | {"placed": plan.number in placed}
            for plan in plans
        ],
    }
