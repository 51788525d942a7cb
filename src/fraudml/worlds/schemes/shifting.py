"""T22 cost shifting and refusal of patients: what a paid-by-case hospital makes others bear."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.columns import take
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import HOSPITAL
from fraudml.worlds.schemes.business import (
    add_visits,
    at_bed,
    day_visits_at,
    false_lines,
    own_visits,
    plain_items,
    rng_of,
    share_of,
)


def move_out(fund: Fund, plant: Plant) -> None:
    """What belongs to the stay is billed as an out-patient visit the day before."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    rows = share_of(rng, own_visits(fund, plant, stays=True), plant.plan.fraction)
    day = visits["admitted"][rows] - rng.integers(1, 3, len(rows))
    before = day_visits_at(
        fund,
        plant,
        visits["patient"][rows],
        visits["provider"][rows],
        day,
        diagnosis=visits["diagnosis"][rows],
        care=np.full(len(rows), 3.0),
    )
    free = (day >= plant.start_day) & ~at_bed(fund, visits["patient"][rows], day)
    add_visits(fund, take(before, free))
    fund.shifted[plant.plan.number] = rows


def charge_patients(fund: Fund, plant: Plant) -> None:
    """In the same stays patients pay for goods that the case's price covers."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    goods = np.flatnonzero(plain_items(fund, plant, DRUG, CONSUMABLE) & (items["scope"] == "C"))
    rows = fund.shifted[plant.plan.number].repeat(6)
    item = goods[rng.integers(len(goods), size=len(rows))]
    false_lines(fund, plant, rows, item, false=np.zeros(len(rows)), handed=item,
                quantity=rng.integers(1, 3, len(rows)))  # fmt: skip


def pass_on(fund: Fund, plant: Plant) -> None:
    """Severe cases leave after a day or two, paid in full, and another hospital treats them."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    stays = own_visits(fund, plant, stays=True)
    days = visits["discharged"][stays] - visits["admitted"][stays]
    dear = fund.catalogue.drgs["weight"][visits["drg"][stays]] >= 0.85
    rows = share_of(rng, stays[dear & (days >= 4)], plant.plan.fraction)
    after = take(visits, rows)
    early = visits["admitted"][rows] + rng.integers(1, 3, len(rows))
    visits["discharged"][rows] = early
    visits["ending"][rows] = rng.integers(1, 3, len(rows))
    visits["plant"][rows] = plant.plan.number
    visits["loss"][rows] = 0.6
    level = fund.providers["level"]
    others = np.flatnonzero((fund.providers["kind"] == HOSPITAL) & (level >= 2))
    others = others[others != plant.provider]
    after["provider"] = others[rng.integers(len(others), size=len(rows))]
    after["practitioner"] = fund.providers["first"][after["provider"]]
    after["admitted"] = early
    add_visits(fund, after)
