"""T09 over-treatment: more than anybody needs, sooner than needed, or one package for all."""

import numpy as np

from fraudml.worlds.catalogue import DRUG, EXAM
from fraudml.worlds.columns import spread, take, within
from fraudml.worlds.fund import CHRONIC, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    false_lines,
    mark,
    own_lines,
    own_visits,
    plain_items,
    planted,
    possible,
    repeat_visits,
    rng_of,
    share_of,
)


def refill_early(fund: Fund, plant: Plant) -> None:
    """Chronic patients are given the same drugs again after one or two weeks."""
    rng = rng_of(fund, plant, "visits")
    seen = own_visits(fund, plant, stays=False)
    chronic = seen[fund.visits["kind"][seen] == CHRONIC]
    rows = share_of(rng, chronic, min(plant.plan.fraction * 1.6, 0.8))
    later = rng.integers(6, 15, len(rows))
    again = take(fund.visits, rows)
    again["admitted"] = again["discharged"] = again["admitted"] + later
    free = possible(fund, again)
    repeat_visits(fund, plant, rows[free], later=later[free])


def raise_quantities(fund: Fund, plant: Plant) -> None:
    """Two to four times the most that a day allows."""
    rng, lines = rng_of(fund, plant, "lines"), fund.lines
    rows = share_of(rng, own_lines(fund, plant, DRUG), min(plant.plan.fraction, 0.6))
    was = lines["quantity"][rows]
    raised = fund.catalogue.items["max_daily"][lines["item"][rows]] * rng.integers(2, 5, len(rows))
    lines["quantity"][rows] = raised
    mark(fund, plant, rows, 1 - was / raised)
    again = np.flatnonzero(np.isin(lines["visit"], planted(fund, plant)))
    lines["handed"][again] = lines["item"][again]  # these packs do leave the shelf


def package(fund: Fund, plant: Plant) -> None:
    """Three to five examinations that everybody gets, whatever the illness."""
    rng = rng_of(fund, plant, "lines")
    items = fund.catalogue.items
    dear = plain_items(fund, plant, EXAM) & (items["cap_fen"] >= 5_000)
    chosen = rng.permutation(np.flatnonzero(dear))[: 3 + round(2 * plant.plan.dial)]
    rows = share_of(rng, own_visits(fund, plant, stays=False), min(plant.plan.fraction * 1.5, 0.9))
    visit, item = rows.repeat(len(chosen)), np.tile(chosen, len(rows))
    key = fund.lines["visit"] * 1024 + fund.lines["item"]
    new = ~np.isin(visit * 1024 + item, key[np.isin(fund.lines["item"], chosen)])
    false_lines(fund, plant, visit[new], item[new])


_LIGHT = ("J06.9", "J20.9", "K52.9", "A09")
_DRIP = (("001203000010000", 1), ("C0201010001", 1), ("XJ01DD0403", 2))


def call_for_drips(fund: Fund, plant: Plant) -> None:
    """Who comes with a cold or an upset stomach is called back for a drip on the days after."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    seen = own_visits(fund, plant, stays=False)
    light = np.flatnonzero(np.isin(fund.catalogue.diagnoses["code"], _LIGHT))
    rows = share_of(
        rng, seen[np.isin(visits["diagnosis"][seen], light)], min(plant.plan.fraction * 1.8, 0.95)
    )
    times = rng.integers(1, 4, len(rows))
    again = take(visits, rows[spread(times)])
    again["admitted"] = again["discharged"] = again["admitted"] + 1 + within(times)
    again["care"] = np.zeros(len(again["admitted"]))
    again["plant"] = np.full(len(again["admitted"]), plant.plan.number)
    free = possible(fund, again) & (again["admitted"] < plant.stop_day)
    fund.shifted[plant.plan.number] = rows
    add_visits(fund, take(again, free))


def give_drips(fund: Fund, plant: Plant) -> None:
    """An antibiotic through the vein each time, truly given to people who do not need it."""
    items, lines = fund.catalogue.items, fund.lines
    number = {code: i for i, code in enumerate(items["code"])}
    rows = np.concatenate([fund.shifted[plant.plan.number], planted(fund, plant)])
    for code, quantity in _DRIP:
        has = lines["visit"][lines["item"] == number[code]]
        visit = rows[~np.isin(rows, has)]
        item = np.full(len(visit), number[code])
        false_lines(fund, plant, visit, item, handed=item, quantity=np.full(len(visit), quantity))


# drugs that are given for the same thing, of which nobody needs two
_EITHER = (
    ("XA02BC0127", "XA02BC0528"),
    ("XZ04AA0018", "XZ04AB0019", "XZ04AC0040"),
    ("XZ01AA0008", "XZ01AB0009"),
    ("XJ01CR0201", "XJ01DC0402"),
)


def give_two_for_one(fund: Fund, plant: Plant) -> None:
    """Beside a drug another one of the same effect is prescribed, and handed over too."""
    rng, lines, items = rng_of(fund, plant, "lines"), fund.lines, fund.catalogue.items
    number = {code: i for i, code in enumerate(items["code"])}
    other = np.full(len(items["code"]), -1)
    for alike in _EITHER:
        for one, two in zip(alike, alike[1:] + alike[:1], strict=True):
            other[number[one]] = number[two]
    own = own_lines(fund, plant, DRUG)
    own = own[other[lines["item"][own]] >= 0]
    key = lines["visit"] * 1024
    own = own[~np.isin(key[own] + other[lines["item"][own]], (key + lines["item"])[own])]
    rows = share_of(rng, own, min(plant.plan.fraction * 1.8, 0.95))
    _, once = np.unique(key[rows] + other[lines["item"][rows]], return_index=True)
    rows = rows[once]
    item = other[lines["item"][rows]]
    kept = {name: lines[name][rows] for name in ("day", "quantity", "supply")}
    false_lines(fund, plant, lines["visit"][rows], item, handed=item, **kept)
