"""T05 duplicate or over-standard charging: the same item twice, or a price above its cap."""

import numpy as np

from fraudml.worlds.columns import Array, take
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_lines,
    own_visits,
    possible,
    repeat_visits,
    rng_of,
    share_of,
)


def plant_lines(fund: Fund, plant: Plant) -> None:
    """A part of the lines is billed twice on the same day, another part above the cap."""
    rng = rng_of(fund, plant, "lines")
    lines, visits = fund.lines, fund.visits
    visit = lines["visit"]
    mine = (visits["provider"][visit] == plant.provider) & (visits["plant"][visit] < 0)
    mine &= (lines["day"] >= plant.start_day) & (lines["day"] < plant.stop_day)
    rows = np.flatnonzero(mine & (lines["plant"] < 0))
    touched = rng.permutation(share_of(rng, rows, plant.plan.fraction))
    cut = round(len(touched) * (0.25 + 0.5 * plant.plan.dial))
    _overprice(fund, plant, touched[:cut])
    _repeat(fund, plant, touched[cut:])


def _overprice(fund: Fund, plant: Plant, rows: Array) -> None:
    rng = rng_of(fund, plant, "prices")
    lines = fund.lines
    late = lines["day"][rows] >= fund.window.change_day
    cap = fund.catalogue.cap_fen(lines["item"][rows], late)
    price = np.ceil(cap * rng.uniform(1.08, 1.6, len(rows))).astype(np.int64)
    lines["price_fen"][rows] = price
    lines["false"][rows] = (price - cap) / price
    lines["plant"][rows] = plant.plan.number


def _repeat(fund: Fund, plant: Plant, rows: Array) -> None:
    again = take(fund.lines, rows)
    again["false"] = np.ones(len(rows))
    again["handed"] = np.full(len(rows), -1)
    again["plant"] = np.full(len(rows), plant.plan.number)
    add_lines(fund, again)


def settle_twice(fund: Fund, plant: Plant) -> None:
    """Whole visits are billed once more one to three days later, line by line."""
    rng = rng_of(fund, plant, "visits")
    rows = share_of(rng, own_visits(fund, plant, stays=False), plant.plan.fraction)
    later = rng.integers(1, 4, len(rows))
    again = take(fund.visits, rows)
    again["admitted"] = again["discharged"] = again["admitted"] + later
    free = possible(fund, again)
    minute = (again["minute"] + rng.integers(-90, 90, len(rows))).clip(0, 1439)
    repeat_visits(fund, plant, rows[free], later=later[free], minute=minute[free])
