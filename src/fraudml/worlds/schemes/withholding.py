"""T25 data not kept or not sent: fields, lines and stock reports that stay away."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.fund import NO_DIAGNOSIS, NO_LINES, NO_PRACTITIONER, NO_START, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    mark,
    own_lines,
    own_traced,
    own_visits,
    rng_of,
    share_of,
)


def leave_out_fields(fund: Fund, plant: Plant) -> None:
    """Two or three of the fields that would show who treated whom and when; sent months late."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    rows = share_of(rng, own_visits(fund, plant), plant.plan.fraction)
    bits = rng.choice(np.array([3, 5, 6, 7]), len(rows))
    visits["unsent"][rows] |= bits.astype(np.int8) & (NO_PRACTITIONER | NO_DIAGNOSIS | NO_START)
    late = visits["discharged"][rows] + rng.integers(30, 150, len(rows))
    visits["sent_at"][rows] = late * 1440 + rng.integers(480, 1080, len(rows))
    visits["plant"][rows] = plant.plan.number
    visits["loss"][rows] = 0.0


def withhold_details(fund: Fund, plant: Plant) -> None:
    """Sums without lines, and no word about the stock from then on."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    rows = share_of(rng, own_visits(fund, plant), plant.plan.fraction)
    visits["unsent"][rows] |= NO_LINES
    visits["plant"][rows] = plant.plan.number
    visits["loss"][rows] = 0.0
    fund.providers["stock_until"][plant.provider] = int(
        fund.window.month(np.array([plant.start_day]))[0]
    )
    fund.bear("provider", plant.provider, plant.plan.number)


def scan_nothing(fund: Fund, plant: Plant) -> None:
    """Packs are sold past the scanner: no code stands on the bill, and nobody hears of the sale."""
    rng = rng_of(fund, plant, "lines")
    rows = share_of(rng, own_traced(fund, plant), plant.plan.fraction)
    fund.unscanned = np.concatenate([fund.unscanned, rows])
    mark(fund, plant, rows, 0.0)


def keep_the_dear_to_oneself(fund: Fund, plant: Plant) -> None:
    """The stock of what brings most of the money is reported no more; that of the rest goes on."""
    lines, items = fund.lines, fund.catalogue.items
    own = own_lines(fund, plant, DRUG, CONSUMABLE)
    worth = np.zeros(len(items["code"]))
    np.add.at(worth, lines["item"][own], items["cap_fen"][lines["item"][own]])
    order = np.argsort(-worth, kind="stable")
    part = np.cumsum(worth[order]) / max(worth.sum(), 1)
    chosen = order[: 1 + int(np.searchsorted(part, plant.plan.fraction * 0.9))]
    since = int(fund.window.month(np.array([plant.start_day]))[0])
    n = len(chosen)
    silent = np.column_stack([np.full(n, plant.provider), chosen, np.full(n, since)])
    fund.unreported = np.concatenate([fund.unreported, silent])
    mark(fund, plant, own[np.isin(lines["item"][own], chosen)], 0.0)
