"""T22 cost shifting and refusal of patients: what a paid-by-case hospital makes others bear."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.columns import spread, take
from fraudml.worlds.fund import PHARMACY_SALE, Fund, make_lines
from fraudml.worlds.lines import draw_items, permitted
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import HOSPITAL, PHARMACY
from fraudml.worlds.schemes.business import (
    add_lines,
    add_visits,
    at_bed,
    day_visits_at,
    false_lines,
    own_visits,
    plain_items,
    planted,
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


def send_out(fund: Fund, plant: Plant) -> None:
    """People in bed fetch the drugs of their stay, which is paid in full, at a shop nearby."""
    rng, visits, places = rng_of(fund, plant, "visits"), fund.visits, fund.providers
    stays = own_visits(fund, plant, stays=True)
    days = visits["discharged"][stays] - visits["admitted"][stays]
    rows = share_of(rng, stays[days >= 3], plant.plan.fraction)
    shops = (places["kind"] == PHARMACY) & (places["opened"] < 0)
    shops &= places["closed"] > fund.window.days
    shops = rng.permutation(np.flatnonzero(shops))
    far = places["region"][shops] != places["region"][plant.provider]
    shop = int(shops[np.argsort(far, kind="stable")][0])
    row = rows[spread(rng.integers(1, 3, len(rows)))]
    span = visits["discharged"][row] - visits["admitted"][row] - 1
    day = visits["admitted"][row] + 1 + np.floor(rng.random(len(row)) * span).astype(np.int64)
    errands = day_visits_at(
        fund,
        plant,
        visits["patient"][row],
        np.full(len(row), shop),
        day,
        diagnosis=visits["diagnosis"][row],
        care=np.zeros(len(row)),
    )
    visits["care"][rows] = visits["care"][rows] * 0.6
    visits["plant"][rows] = plant.plan.number
    visits["loss"][rows] = 0.3
    add_visits(fund, errands)


def sell_outside(fund: Fund, plant: Plant) -> None:
    """Two or three drugs of the department, truly handed over at the shop's counter."""
    rng, mine = rng_of(fund, plant, "lines"), planted(fund, plant)
    shop = mine[fund.visits["kind"][mine] == PHARMACY_SALE]
    row = shop[spread(rng.integers(2, 4, len(shop)))]
    item = draw_items(rng, fund, DRUG, row)
    row, item = row[item >= 0], item[item >= 0]
    _, once = np.unique(row * 1024 + item, return_index=True)
    row, item = row[once], item[once]
    n = len(row)
    lines = make_lines(
        visit=row,
        item=item,
        day=fund.visits["admitted"][row],
        minute=fund.visits["minute"][row],
        quantity=np.minimum(rng.integers(1, 3, n), fund.catalogue.items["max_daily"][item]),
        supply=np.full(n, 7),
        false=np.ones(n),
        plant=np.full(n, plant.plan.number),
    )
    add_lines(fund, take(lines, permitted(fund, lines)))
