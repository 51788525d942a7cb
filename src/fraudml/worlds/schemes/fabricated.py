"""T02 fabricated stay: people recruited to lie on paper, and stays copied from real ones."""

import numpy as np

from fraudml.worlds.columns import spread, take
from fraudml.worlds.fund import NO_CARD, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    at_bed,
    by_accomplices,
    days_within,
    neighbours,
    own_visits,
    possible,
    repeat_visits,
    rng_of,
    share_of,
)
from fraudml.worlds.stays import drop_overlaps, stays_at


def recruit(fund: Fund, plant: Plant) -> None:
    """Groups of four to nine people come on one day, lie for three to six and leave together."""
    rng = rng_of(fund, plant, "visits")
    wanted = max(4, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction))
    groups = max(1, round(wanted / 6.5))
    size = rng.integers(4, 10, groups)
    row = spread(size)
    pool = neighbours(fund, plant, rng, max(9, wanted * 2 // 3))
    patient = pool[rng.integers(len(pool), size=len(row))]
    day = days_within(rng, plant, groups, 8)[row]
    stays = stays_at(fund, rng, patient, np.full(len(row), plant.provider), day)
    stays["discharged"] = day + rng.integers(3, 7, groups)[row]
    stays["care"] = rng.uniform(0.7, 0.9, groups)[row]
    stays["card"] = np.where(rng.random(len(row)) < 0.5, NO_CARD, stays["card"])
    stays["minute"] = 560 + np.arange(len(row)) % 9 * 4
    stays["practitioner"] = by_accomplices(rng, plant, fund.providers["first"][stays["provider"]])
    stays["plant"] = np.full(len(row), plant.plan.number)
    free = possible(fund, stays) & ~at_bed(fund, patient, stays["discharged"])
    add_visits(fund, drop_overlaps(take(stays, free)))


def copy_past(fund: Fund, plant: Plant) -> None:
    """Real stays are billed once more, two to seven months later, line by line."""
    rng = rng_of(fund, plant, "visits")
    stays = own_visits(fund, plant, stays=True)
    rows = share_of(rng, stays, plant.plan.fraction)
    later = rng.integers(60, 210, len(rows))
    again = take(fund.visits, rows)
    again["admitted"], again["discharged"] = (
        again["admitted"] + later,
        again["discharged"] + later,
    )
    free = possible(fund, again) & ~at_bed(fund, again["patient"], again["discharged"])
    free &= fund.patients["died"][again["patient"]] > again["discharged"]
    repeat_visits(fund, plant, rows[free], later=later[free])
