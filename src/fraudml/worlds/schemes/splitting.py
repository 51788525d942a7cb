"""T06 split hospitalisation: one stay settled as two, the second within a week of the first."""

import numpy as np

from fraudml.worlds.columns import take
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import add_visits, by_accomplices, own_visits, rng_of, share_of


def plant_visits(fund: Fund, plant: Plant) -> None:
    """Stays of four days or more are ended early and taken up again; the later part is false."""
    rng = rng_of(fund, plant, "visits")
    visits = fund.visits
    stays = own_visits(fund, plant, stays=True)
    days = visits["discharged"][stays] - visits["admitted"][stays]
    rows = share_of(rng, stays[days >= 4], plant.plan.fraction)
    days = visits["discharged"][rows] - visits["admitted"][rows]
    part = (days * rng.uniform(0.4, 0.62, len(rows))).astype(np.int64).clip(2)
    gap = np.floor(rng.exponential(0.8 + 1.6 * plant.plan.dial, len(rows))).astype(np.int64)
    again = take(visits, rows)
    again["admitted"] = visits["admitted"][rows] + part + gap.clip(0, 6)
    again["discharged"] = again["admitted"] + (days - part).clip(2)
    again["practitioner"] = by_accomplices(rng, plant, again["practitioner"])
    again["plant"] = np.full(len(rows), plant.plan.number)
    visits["discharged"][rows] = visits["admitted"][rows] + part
    add_visits(fund, again)
