"""T14 purchase-sale-inventory mismatch: billed but never bought, with or without invented stock."""

import numpy as np

from fraudml.worlds.catalogue import DRUG
from fraudml.worlds.columns import Array
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    false_lines,
    own_visits,
    plain_items,
    rng_of,
    share_of,
)
from fraudml.worlds.window import TRACED_FROM_END


def bill_unbought(fund: Fund, plant: Plant) -> None:
    """Some three to six drugs are added to visits; nothing of them was handed out."""
    _bill(fund, plant, own_visits(fund, plant, stays=False))


def bill_on_paper(fund: Fund, plant: Plant) -> None:
    """The same with purchases that are bought as papers: no pack, and no code of one, is behind."""
    seen, before = own_visits(fund, plant, stays=False), len(fund.lines["visit"])
    _bill(fund, plant, seen[fund.visits["admitted"][seen] >= fund.window.days - TRACED_FROM_END])
    fund.booked = np.concatenate([fund.booked, np.arange(before, len(fund.lines["visit"]))])


def bill_and_cover(fund: Fund, plant: Plant) -> None:
    """The same, with invoices that are found for the half-year when it ends: its sums agree."""
    before = len(fund.lines["visit"])
    _bill(fund, plant, own_visits(fund, plant, stays=False))
    fund.covered = np.concatenate([fund.covered, np.arange(before, len(fund.lines["visit"]))])


def _bill(fund: Fund, plant: Plant, seen: Array) -> None:
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    some = plain_items(fund, plant, DRUG) & (items["scope"] != "C")
    some &= (items["cap_fen"] > 2_000) & (items["cap_fen"] < 18_000)
    chosen = rng.permutation(np.flatnonzero(some))[: 3 + round(3 * plant.plan.dial)]
    rows = share_of(rng, seen, min(plant.plan.fraction * 1.3, 0.9))
    item = chosen[rng.integers(len(chosen), size=len(rows))]
    false_lines(
        fund,
        plant,
        rows,
        item,
        quantity=np.minimum(1 + rng.integers(0, 2, len(rows)), items["max_daily"][item]),
        supply=np.full(len(rows), 14),
    )
