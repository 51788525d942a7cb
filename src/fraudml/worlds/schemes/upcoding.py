"""T03 upcoding: stays moved to a heavier DRG than what was treated."""

import numpy as np

from fraudml.worlds.columns import Array
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import by_accomplices, own_visits, rng_of, share_of


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
