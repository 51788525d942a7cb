"""T11 impersonation: a card that others use."""

import numpy as np

from fraudml.worlds.columns import Array, Rng, spread, take, within
from fraudml.worlds.fund import ECODE, NO_CARD, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import CLINIC, HOSPITAL
from fraudml.worlds.schemes.business import (
    add_visits,
    alive,
    day_visits_at,
    days_within,
    neighbours,
    possible,
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


_LASTING = ("B18.1", "F20.9", "E11.9")


def passing_illness(fund: Fund, plant: Plant) -> None:
    """A relative without insurance is treated for what lasts a life; the holder does not have it.

    The relative is like the holder in age and sex and comes at even intervals to one place.
    """
    rng = rng_of(fund, plant, "visits")
    holders, counts = _people(fund, plant, rng)
    kind = fund.providers["kind"]
    places = np.flatnonzero(np.isin(kind, (HOSPITAL, CLINIC)) & (fund.providers["opened"] < 0))
    place = places[rng.integers(len(places), size=len(holders))]
    illness = _unknown_to(fund, holders, rng)
    span = max(plant.stop_day - plant.start_day, 30)
    step = np.minimum(span * rng.uniform(0.4, 0.8, len(holders)) / counts, 15.0)
    first = plant.start_day + rng.random(len(holders)) * (span - step * counts)
    row = spread(counts)
    day = np.floor(first[row] + within(counts) * step[row]).astype(np.int64)
    false = day_visits_at(
        fund,
        plant,
        holders[row],
        place[row],
        day + rng.integers(0, 2, len(row)),
        diagnosis=illness[row],
        card=np.where(rng.random(len(row)) < 0.3, NO_CARD, ECODE),
    )
    add_visits(fund, take(false, possible(fund, false)))


def _unknown_to(fund: Fund, holders: Array, rng: Rng) -> Array:
    """A lasting illness for each card that no visit on it names; any where each one is named."""
    visits, codes = fund.visits, fund.catalogue.diagnoses["code"]
    lasting = np.array([int(np.flatnonzero(codes == code)[0]) for code in _LASTING])
    found = []
    for holder in holders:
        known = visits["diagnosis"][visits["patient"] == holder]
        order = rng.permutation(lasting)
        found.append(int(order[np.argsort(np.isin(order, known), kind="stable")][0]))
    return np.array(found, dtype=np.int64)


_EVERYDAY = ("J06.9", "J20.9", "K52.9", "A09", "H10.9", "L30.9", "M54.5", "R51")


def two_homes(fund: Fund, plant: Plant) -> None:
    """A sister or a brother in another district uses the card for all that ails one in a year.

    Always at the place round the corner there, while the holder is seen at home as before.
    """
    rng = rng_of(fund, plant, "visits")
    holders, counts = _people(fund, plant, rng)
    places = fund.providers
    near = np.isin(places["kind"], (HOSPITAL, CLINIC)) & (places["opened"] < 0)
    there = np.flatnonzero(near & (places["closed"] > fund.window.days))
    apart = places["region"][there] != fund.patients["region"][holders][:, None]
    place = there[np.argmax(rng.random(apart.shape) * apart, axis=1)]
    row = spread(counts)
    codes = np.flatnonzero(np.isin(fund.catalogue.diagnoses["code"], _EVERYDAY))
    false = day_visits_at(
        fund,
        plant,
        holders[row],
        place[row],
        rng.permutation(days_within(rng, plant, len(row))),
        diagnosis=codes[rng.integers(len(codes), size=len(row))],
    )
    add_visits(fund, take(false, possible(fund, false)))
