"""T10 out-of-scope items charged to the fund: as what they are, or under another label."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.columns import Array
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    false_lines,
    own_lines,
    own_visits,
    plain_items,
    rng_of,
    share_of,
)

_B, _C_BUT_PAID = 1, 3


def _sell(fund: Fund, plant: Plant) -> Array:
    """Goods out of scope in a part of the visits, besides those that were there; their lines."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    goods = np.flatnonzero(plain_items(fund, plant, DRUG, CONSUMABLE) & (items["scope"] == "C"))
    rows = share_of(rng, own_visits(fund, plant, stays=False), plant.plan.fraction)
    before = len(fund.lines["visit"])
    there = own_lines(fund, plant)
    there = there[items["scope"][fund.lines["item"][there]] == "C"]
    item = goods[rng.integers(len(goods), size=len(rows))]
    units = 1 + rng.integers(0, 2, len(rows))
    false_lines(fund, plant, rows, item, handed=item, quantity=units)
    fund.lines["false"][there] = 1.0
    fund.lines["plant"][there] = plant.plan.number
    return np.concatenate([there, np.arange(before, len(fund.lines["visit"]))])


def pay_all_the_same(fund: Fund, plant: Plant) -> None:
    """The lines say C, and the fund pays."""
    rows = _sell(fund, plant)
    fund.lines["scope"][rows] = _C_BUT_PAID


def relabel(fund: Fund, plant: Plant) -> None:
    """The lines say B, as nobody else's lines of these items do."""
    rows = _sell(fund, plant)
    fund.lines["scope"][rows] = _B
