"""T19 service after death: cards of the dead that go on being used."""

import numpy as np

from fraudml.worlds.columns import Array, Rng, spread, take, within
from fraudml.worlds.fund import Fund, born_day
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import HOSPITAL
from fraudml.worlds.schemes.business import (
    add_visits,
    at_bed,
    day_visits_at,
    mark,
    meets_a_stay,
    own_visits,
    rng_of,
)
from fraudml.worlds.stays import stays_at


def _dead(fund: Fund, plant: Plant, rng: Rng) -> tuple[Array, Array, Array]:
    """Dead people, a row a visit: row, the dead, days of visits after the death."""
    died = fund.patients["died"]
    wanted = max(3, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    gone = (died >= 40) & (died < plant.stop_day - 40)
    people = _those(fund, plant, rng, gone)[: max(1, -(-wanted // 6))]
    if not len(people):
        return np.array([], int), people, np.array([], int)
    counts = np.full(len(people), -(-wanted // len(people)))
    row = spread(counts)
    first = np.maximum(died[people], plant.start_day)
    step = ((plant.stop_day - first) // (counts + 1)).clip(1, 32)
    day = first[row] + 4 + within(counts) * step[row] + rng.integers(0, 4, len(row))
    kept = (day < plant.stop_day) & (day > died[people][row] + 2)
    return row[kept], people, day[kept]


def after_death(fund: Fund, plant: Plant) -> None:
    """Refills and visits go on at one provider, for months."""
    rng = rng_of(fund, plant, "visits")
    row, people, day = _dead(fund, plant, rng)
    _visits(fund, plant, people[row], day)
    fund.patients["told"][people] = True


def death_not_told(fund: Fund, plant: Plant) -> None:
    """The register does not know of the death; the last stay does."""
    rng = rng_of(fund, plant, "visits")
    row, people, day = _dead(fund, plant, rng)
    _last_stays(fund, plant, people)
    _visits(fund, plant, people[row], day)
    fund.patients["untold"][people] = True


def _visits(fund: Fund, plant: Plant, patient: Array, day: Array) -> None:
    false = day_visits_at(fund, plant, patient, np.full(len(patient), plant.provider), day)
    add_visits(fund, take(false, day < fund.window.days))


def _last_stays(fund: Fund, plant: Plant, people: Array) -> None:
    """An honest stay at a hospital that ends with the death; dropped where another one is met."""
    rng = rng_of(fund, plant, "stays")
    died = fund.patients["died"][people]
    at = np.flatnonzero((fund.providers["kind"] == HOSPITAL) & (fund.providers["opened"] < 0))
    stays = stays_at(fund, rng, people, rng.choice(at, len(people)), died - 4)
    stays["discharged"] = died
    free = ~at_bed(fund, people, died - 4) & ~at_bed(fund, people, died)
    free &= born_day(fund, people) < died - 4
    add_visits(fund, take(stays, free))


def _those(fund: Fund, plant: Plant, rng: Rng, gone: Array) -> Array:
    """Grown people who are gone, in drawn order, those of the neighbourhood first.

    Nobody whose death another scheme lives on: it is told for one, and kept quiet for another.
    """
    people = fund.patients
    gone = gone & (people["age"] >= 18) & ~people["untold"] & ~people["told"]
    near = fund.patients["region"] == fund.providers["region"][plant.provider]
    parts = (rng.permutation(np.flatnonzero(gone & here)) for here in (near, ~near))
    return np.concatenate(list(parts))


def keep_in_bed(fund: Fund, plant: Plant) -> None:
    """Somebody dies after a few days in bed, and is discharged on paper a week or three later."""
    rng, died = rng_of(fund, plant, "visits"), fund.patients["died"]
    wanted = max(2, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction * 1.5))
    gone = (died >= plant.start_day + 8) & (died < plant.stop_day - 8)
    people = _those(fund, plant, rng, gone)[: wanted * 2]
    day = died[people] - rng.integers(3, 7, len(people))
    stays = stays_at(fund, rng, people, np.full(len(people), plant.provider), day)
    stays["discharged"] = died[people] + rng.integers(7, 22, len(people))
    stays["ending"] = np.zeros(len(people), dtype=np.int8)
    free = ~meets_a_stay(fund, stays) & (born_day(fund, people) < day)
    free &= stays["discharged"] < fund.window.days - 6
    free &= np.cumsum(free) <= wanted
    numbers = add_visits(fund, take(stays, free))
    fund.shifted[plant.plan.number] = numbers[numbers >= 0]
    fund.patients["told"][people[free]] = True


def bill_the_dead(fund: Fund, plant: Plant) -> None:
    """What was done until the death is honest; bed, drugs and examinations after it are not."""
    lines, visits = fund.lines, fund.visits
    rows = np.flatnonzero(np.isin(lines["visit"], fund.shifted[plant.plan.number]))
    died = fund.patients["died"][visits["patient"][lines["visit"][rows]]]
    rows = rows[lines["day"][rows] > died]
    lines["handed"][rows] = -1
    mark(fund, plant, rows)
