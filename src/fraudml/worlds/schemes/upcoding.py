"""T03 upcoding: stays moved to a heavier DRG than what was treated."""

import numpy as np

from fraudml.worlds.columns import Array
from fraudml.worlds.fund import Fund, age_at
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    by_accomplices,
    mark,
    own_lines,
    own_visits,
    rng_of,
    share_of,
)
from fraudml.worlds.stays import SEVERITIES, diagnosis_of


def plant_visits(fund: Fund, plant: Plant) -> None:
    """Mostly a higher severity of the same group; sometimes the heaviest medical one nearby."""
    rng = rng_of(fund, plant, "visits")
    visits, drgs = fund.visits, fund.catalogue.drgs
    stays = own_visits(fund, plant, stays=True)
    stays = stays[visits["drg"][stays] % 3 > 0]
    rows = share_of(rng, stays, plant.plan.fraction)
    was = visits["drg"][rows]
    step = np.where(rng.random(len(rows)) < 0.35 + 0.5 * plant.plan.dial, was % 3, 1)
    raised = was - step
    other = _heavier_neighbour(drgs["group"], drgs["surgical"], drgs["weight"], raised)
    moved = rng.random(len(rows)) < 0.2
    visits["drg"][rows] = np.where(moved, other, raised)
    visits["practitioner"][rows] = by_accomplices(rng, plant, visits["practitioner"][rows])
    visits["plant"][rows] = plant.plan.number


def _heavier_neighbour(group: Array, surgical: Array, weight: Array, drg: Array) -> Array:
    """The lightest medical DRG of the same group heavier than this one, else the same."""
    found = []
    for d in range(len(group)):
        same = np.flatnonzero((group == group[d]) & (surgical == 0) & (weight > weight[d]))
        found.append(same[np.argmin(weight[same])] if len(same) and not surgical[d] else d)
    return np.array(found)[drg]


_GRADES = (
    ("001204000020000", "001204000030000"),
    ("001201000010000", "001201000020000"),
    ("002103000010000", "002103000020000"),
    ("004300000010000", "004300000020000"),
    ("003300000010000", "003300000020000"),
    ("003300000020000", "003300000030000"),
    ("003300000030000", "003300000040000"),
    ("002203000010000", "002203000020000"),
)


def raise_grades(fund: Fund, plant: Plant) -> None:
    """Nursing, dressings, pictures and operations are billed one grade above what was done."""
    rng, lines, items = rng_of(fund, plant, "lines"), fund.lines, fund.catalogue.items
    number = {code: i for i, code in enumerate(items["code"])}
    above = np.full(len(items["code"]), -1)
    for low, high in _GRADES:
        if items["level_min"][number[high]] <= fund.providers["level"][plant.provider]:
            above[number[low]] = number[high]
    own = own_lines(fund, plant)
    rows = share_of(rng, own[above[lines["item"][own]] >= 0], min(plant.plan.fraction * 1.2, 0.95))
    was, now = lines["item"][rows], above[lines["item"][rows]]
    lines["item"][rows] = now
    lines["quantity"][rows] = np.minimum(lines["quantity"][rows], items["max_daily"][now])
    mark(fund, plant, rows, 1 - items["cap_fen"][was] / items["cap_fen"][now])


_HEAVY = ("BR2", "FR2", "ES1", "LR1", "IZ3")


def other_organ(fund: Fund, plant: Plant) -> None:
    """What somebody has beside it is written first: a heavier group, of another organ.

    Department, items and severity stay those of the illness that was treated.
    """
    rng, visits, drgs = rng_of(fund, plant, "visits"), fund.visits, fund.catalogue.drgs
    stays = own_visits(fund, plant, stays=True)
    stays = stays[drgs["surgical"][visits["drg"][stays]] == 0]
    favourites = rng.permutation(len(_HEAVY))[: 2 + round(plant.plan.dial)]
    plain = np.array([int(np.flatnonzero(drgs["adrg"] == _HEAVY[f])[0]) for f in favourites])
    was = visits["drg"][stays]
    to = plain[rng.integers(len(plain), size=len(stays))] + was % SEVERITIES
    years = age_at(fund, visits["patient"][stays], visits["admitted"][stays])
    fits = (drgs["age_lo"][to] <= years) & (drgs["weight"][to] > 1.1 * drgs["weight"][was])
    fits &= drgs["group"][to] != drgs["group"][was]
    place = share_of(rng, np.flatnonzero(fits), min(plant.plan.fraction * 1.2, 0.95))
    rows = stays[place]
    visits["drg"][rows] = to[place]
    visits["diagnosis"][rows] = diagnosis_of(rng, fund, to[place])
    visits["practitioner"][rows] = by_accomplices(rng, plant, visits["practitioner"][rows])
    visits["plant"][rows] = plant.plan.number


# what was treated, the operation that is coded, the illness it is done for, the least level
_OPERATIONS = (
    ("FR4", "FM1", "I25.1", 2),
    ("FV2", "FM1", "I25.1", 2),
    ("FU2", "FM1", "I25.1", 2),
    ("GZ1", "GC2", "K80.2", 1),
    ("LU1", "LE1", "N20.0", 1),
)


def code_an_operation(fund: Fund, plant: Plant) -> None:
    """A stay without an operation is coded as one; nobody thinks of billing knife and narcosis.

    The bills are made already, from what was done.
    """
    rng, visits, drgs = rng_of(fund, plant, "groups"), fund.visits, fund.catalogue.drgs
    number = {a: int(np.flatnonzero(drgs["adrg"] == a)[0]) for a in drgs["adrg"]}
    illness = {c: i for i, c in enumerate(fund.catalogue.diagnoses["code"])}
    to, due = np.full(len(drgs["adrg"]), -1), np.full(len(drgs["adrg"]), -1)
    for treated, coded, code, level in _OPERATIONS:
        if fund.providers["level"][plant.provider] >= level:
            group = number[treated] + np.arange(SEVERITIES)
            to[group], due[group] = number[coded] + np.arange(SEVERITIES), illness[code]
    stays = own_visits(fund, plant, stays=True)
    was = visits["drg"][stays]
    years = age_at(fund, visits["patient"][stays], visits["admitted"][stays])
    operated = visits["patient"][np.isin(visits["drg"], np.unique(to[to >= 0]))]
    fits = (to[was] >= 0) & (years >= drgs["age_lo"][to[was]]) & (years <= 85)
    fits &= ~np.isin(visits["patient"][stays], operated)
    wanted = max(1, round(len(stays) * plant.plan.fraction * 0.4))
    rows = rng.permutation(stays[fits])[:wanted]
    _, once = np.unique(visits["patient"][rows], return_index=True)
    rows = rows[once]
    visits["diagnosis"][rows] = due[visits["drg"][rows]]
    visits["drg"][rows] = to[visits["drg"][rows]]
    visits["plant"][rows] = plant.plan.number
