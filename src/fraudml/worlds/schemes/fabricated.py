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
    meets_a_stay,
    neighbours,
    own_visits,
    possible,
    repeat_visits,
    rng_of,
    share_of,
)
from fraudml.worlds.stays import drop_overlaps, stays_at, stays_with


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


_LIGHT = ("IU25", "FV25", "BX25", "GZ15", "KS15", "IU23", "FV23")
_RETURN_DAYS = 90  # about so long after the last time it is somebody's turn again


def rotate(fund: Fund, plant: Plant) -> None:
    """The residents of a home lie in the same few beds in turn, each time with another ailment."""
    rng, drgs = rng_of(fund, plant, "visits"), fund.catalogue.drgs
    span = max(plant.stop_day - plant.start_day - 14, 30)
    wanted = max(6, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction))
    beds = max(1, round(wanted * 12 / span))
    turns = -(-wanted // beds)
    step = max(span / turns, 12.0)
    each = max(3, round(_RETURN_DAYS / step))
    people = neighbours(fund, plant, rng, beds * each, fund.patients["age"] >= 65)
    turn, bed = np.divmod(np.arange(turns * beds), beds)
    patient = people[(bed * each + turn % each) % len(people)]
    day = plant.start_day + np.floor((turn + bed / beds) * step).astype(np.int64)
    day = day + rng.integers(0, 3, len(day))
    codes = np.flatnonzero(np.isin(drgs["code"], _LIGHT))
    drg = codes[(3 * (turn % each) + bed + 2 * (turn // each)) % len(codes)]
    at = np.full(len(day), plant.provider)
    stays = stays_with(fund, rng, drg, {"patient": patient, "provider": at, "admitted": day})
    stays["discharged"] = day + rng.integers(8, 12, len(day))
    stays["care"] = rng.uniform(0.75, 0.95, len(day))
    stays["practitioner"] = by_accomplices(rng, plant, fund.providers["first"][at])
    stays["plant"] = np.full(len(day), plant.plan.number)
    free = possible(fund, stays) & ~meets_a_stay(fund, stays)
    add_visits(fund, drop_overlaps(take(stays, free & (day < plant.stop_day))))
