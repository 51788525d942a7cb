"""T05 duplicate or over-standard charging: the same item twice, or a price above its cap."""

import numpy as np

from fraudml.worlds.columns import Array, take
from fraudml.worlds.fund import Fund, make_lines
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_lines,
    false_lines,
    mark,
    own_lines,
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


_EITHER_OR = (
    ("001201000010000", "001201000020000"),  # nursing of the second and of the first grade
    ("001204000020000", "001204000030000"),  # a small and a large dressing
    ("002103000010000", "002103000020000"),  # a picture without and with contrast
    ("004300000010000", "004300000020000"),  # needles by hand and by current
    ("001102000020000", "001102000010000"),  # a consultation of the house's grade and a plain one
    ("001102000030000", "001102000010000"),
)


def charge_both(fund: Fund, plant: Plant) -> None:
    """Of two services that stand in for one another, both are billed on one day."""
    _needles(fund, plant)
    rng, lines, items = rng_of(fund, plant, "lines"), fund.lines, fund.catalogue.items
    number = {code: i for i, code in enumerate(items["code"])}
    other = np.full(len(items["code"]), -1)
    for one, two in _EITHER_OR:
        for from_code, to_code in ((two, one), (one, two)):
            if items["level_min"][number[to_code]] <= fund.providers["level"][plant.provider]:
                other[number[from_code]] = number[to_code]
    own = own_lines(fund, plant)
    own = own[other[lines["item"][own]] >= 0]
    rows = share_of(rng, own, min(plant.plan.fraction * 2.5, 0.95))
    item = other[lines["item"][rows]]
    key = (lines["visit"] * 1024 + lines["item"]) * 2048 + lines["day"]
    wanted = (lines["visit"][rows] * 1024 + item) * 2048 + lines["day"][rows]
    _, once = np.unique(wanted, return_index=True)
    once = once[~np.isin(wanted[once], key[own])]
    rows, item = rows[once], item[once]
    minute = (lines["minute"][rows] + rng.integers(1, 40, len(rows))).clip(0, 1439)
    false_lines(fund, plant, lines["visit"][rows], item, day=lines["day"][rows], minute=minute)


def _needles(fund: Fund, plant: Plant) -> None:
    """A sore back that is truly needled by hand is billed as needled by current beside it."""
    rng, items = rng_of(fund, plant, "needles"), fund.catalogue.items
    honest, false = (int(np.flatnonzero(items["code"] == code)[0]) for code in _EITHER_OR[3])
    seen = own_visits(fund, plant, stays=False)
    sore = seen[items["member"][false][fund.visits["group"][seen]]]
    has = fund.lines["visit"][np.isin(fund.lines["item"], (honest, false))]
    rows = share_of(rng, sore[~np.isin(sore, has)], min(plant.plan.fraction * 3, 0.95))
    day, minute = fund.visits["admitted"][rows], fund.visits["minute"][rows]
    by_hand = np.full(len(rows), honest)
    add_lines(fund, make_lines(visit=rows, item=by_hand, day=day, minute=minute))
    false_lines(fund, plant, rows, np.full(len(rows), false))


_BY_PARTS = ("部位", "牙", "根管", "组")


def charge_every_part(fund: Fund, plant: Plant) -> None:
    """What is priced by the part of the body, the tooth or the bottle is billed for three or four.

    No day's limit is broken; only one part was treated.
    """
    rng, lines, items = rng_of(fund, plant, "lines"), fund.lines, fund.catalogue.items
    house = np.minimum(3 + round(plant.plan.dial), items["max_daily"])
    counted = np.isin(items["unit"], _BY_PARTS) & (house > 1)
    own = own_lines(fund, plant)
    own = own[counted[lines["item"][own]]]
    own = own[lines["quantity"][own] < house[lines["item"][own]]]
    rows = share_of(rng, own, min(plant.plan.fraction * 2.5, 0.95))
    was, now = lines["quantity"][rows], house[lines["item"][rows]]
    lines["quantity"][rows] = now
    mark(fund, plant, rows, 1 - was / now)
