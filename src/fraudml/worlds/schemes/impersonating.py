"""T11 impersonation: a card that others use."""

import numpy as np

from fraudml.worlds.columns import Array, Rng, spread, take
from fraudml.worlds.fund import ECODE, NO_CARD, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    alive,
    day_visits_at,
    days_within,
    neighbours,
    rng_of,
)


def _people(fund: Fund, plant: Plant, rng: Rng) -> tuple[Array, Array]:
    """Card holders with some care of their own, and how many visits are false."""
    visits = np.bincount(fund.visits["patient"], minlength=len(fund.patients["age"]))
    holders = neighbours(fund, plant, rng, plant.plan.staff, visits >= 6)
    return holders, np.ceil(visits[holders] * plant.plan.fraction).astype(np.int64).clip(3)


def _strangers(fund: Fund, holders: Array, rng: Rng) -> Array:
    """Who really comes: a person of the other sex and of another age for each card."""
    people = fund.patients
    found = []
    for holder in holders:
        other = people["female"] != people["female"][holder]
        other &= np.abs(people["age"] - people["age"][holder]) >= 20
        found.append(int(rng.choice(np.flatnonzero(other & (people["age"] >= 20)))))
    return np.array(found, dtype=np.int64)


def two_places(fund: Fund, plant: Plant) -> None:
    """Within minutes of a visit of its holder the card is used at another provider."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    holders, _ = _people(fund, plant, rng)
    theirs = np.flatnonzero(
        np.isin(visits["patient"], holders)
        & (visits["admitted"] >= plant.start_day)
        & (visits["admitted"] < plant.stop_day)
        & (visits["plant"] < 0)
    )
    rows = rng.permutation(theirs)[: max(3, round(len(theirs) * min(plant.plan.fraction, 0.95)))]
    region = fund.providers["region"]
    other = rng.integers(len(region), size=len(rows))
    apart = region[other] != region[visits["provider"][rows]]
    rows, other = rows[apart], other[apart]
    minute = (visits["minute"][rows] + rng.integers(-12, 13, len(rows))).clip(0, 1439)
    # a stay is met on a day within it, not on its first
    into = np.minimum(visits["discharged"][rows] - visits["admitted"][rows], 2)
    false = day_visits_at(
        fund, plant, visits["patient"][rows], other, visits["admitted"][rows] + into, minute=minute
    )
    add_visits(fund, take(false, alive(fund, false["patient"], false["admitted"])))


def second_life(fund: Fund, plant: Plant) -> None:
    """A stranger is treated on the card, always at the same other provider."""
    rng = rng_of(fund, plant, "visits")
    holders, counts = _people(fund, plant, rng)
    strangers = _strangers(fund, holders, rng)
    row = spread(counts)
    place = rng.integers(len(fund.providers["kind"]), size=len(holders))
    day = days_within(rng, plant, len(row))
    false = day_visits_at(
        fund,
        plant,
        holders[row],
        place[row],
        rng.permutation(day),
        person=strangers[row],
        card=np.where(rng.random(len(row)) < 0.5, NO_CARD, ECODE),
    )
    add_visits(fund, take(false, alive(fund, false["patient"], false["admitted"])))
