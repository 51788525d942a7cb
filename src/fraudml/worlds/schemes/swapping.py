"""T08 swapping: a dear reimbursable item is billed while another is handed out."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.columns import Array, Rng
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    false_lines,
    mark,
    own_lines,
    own_traced,
    own_visits,
    rng_of,
    share_of,
)


def plant_lines(fund: Fund, plant: Plant) -> None:
    """Two to five favourite items stand in for what was sold; the stock knows the truth."""
    rng = rng_of(fund, plant, "lines")
    lines, visits, items = fund.lines, fund.visits, fund.catalogue.items
    visit = lines["visit"]
    mine = (visits["provider"][visit] == plant.provider) & (visits["plant"][visit] < 0)
    mine &= (lines["day"] >= plant.start_day) & (lines["day"] < plant.stop_day)
    mine &= np.isin(items["kind"][lines["item"]], (DRUG, CONSUMABLE)) & (lines["plant"] < 0)
    favourites = _favourites(fund, plant, rng)
    cheap = items["cap_fen"][lines["item"]] < items["cap_fen"][favourites].min()
    rows = share_of(rng, np.flatnonzero(mine & cheap), plant.plan.fraction)
    goods = rng.random(len(rows)) < 0.4
    lines["handed"][rows] = np.where(goods, -1, lines["item"][rows])
    lines["item"][rows] = favourites[rng.integers(len(favourites), size=len(rows))]
    lines["price_fen"][rows] = 0
    lines["false"][rows] = 1.0
    lines["plant"][rows] = plant.plan.number


def _favourites(fund: Fund, plant: Plant, rng: Rng) -> Array:
    """Two to five dear drugs that anybody may be given."""
    items = fund.catalogue.items
    dear = (items["kind"] == DRUG) & (items["cap_fen"] > 3_600) & (items["cap_fen"] < 20_000)
    dear &= items["level_min"] <= fund.providers["level"][plant.provider]
    dear &= (items["sex"] == "") & (items["dx_limit"] == "") & (items["scope"] != "C")
    return rng.permutation(np.flatnonzero(dear))[: 2 + round(3 * plant.plan.dial)]


_CHEAP = ("003401000010000", "003401000020000", "004400000020000", "004300000010000")
_DEAR = ("004400000010000", "003402000010000", "003402000020000")


def dearer_session(fund: Fund, plant: Plant) -> None:
    """Infrared, cupping, or what nobody insures, is billed as massage; no stock can tell."""
    rng, lines, items = rng_of(fund, plant, "sessions"), fund.lines, fund.catalogue.items
    cheap, dear = (np.flatnonzero(np.isin(items["code"], codes)) for codes in (_CHEAP, _DEAR))
    own = own_lines(fund, plant)
    own = own[np.isin(lines["item"][own], cheap)]
    rows = share_of(rng, own, min(plant.plan.fraction * 1.8, 0.95))
    was, now = lines["item"][rows], dear[rng.integers(len(dear), size=len(rows))]
    lines["item"][rows] = lines["handed"][rows] = now
    lines["quantity"][rows] = np.minimum(lines["quantity"][rows], items["max_daily"][now])
    mark(fund, plant, rows, 1 - items["cap_fen"][was] / items["cap_fen"][now])
    guests = share_of(rng, own_visits(fund, plant, stays=False), plant.plan.fraction * 0.6)
    false_lines(fund, plant, guests, dear[rng.integers(len(dear), size=len(guests))])


def other_pack(fund: Fund, plant: Plant) -> None:
    """A dear drug is billed and bought on paper; the code that is scanned is a cheap one's."""
    rng, lines, items = rng_of(fund, plant, "lines"), fund.lines, fund.catalogue.items
    favourites = _favourites(fund, plant, rng)
    own = own_traced(fund, plant)
    cap = items["cap_fen"]
    cheap = own[cap[lines["item"][own]] < 0.7 * cap[favourites].min()]
    rows = share_of(rng, cheap, min(plant.plan.fraction * 1.4, 0.9))
    now = favourites[rng.integers(len(favourites), size=len(rows))]
    key = lines["visit"] * 1024 + lines["item"]
    _, once = np.unique(lines["visit"][rows] * 1024 + now, return_index=True)
    once = once[~np.isin(lines["visit"][rows[once]] * 1024 + now[once], key[own])]
    rows, now = rows[once], now[once]
    was = lines["item"][rows]
    lines["item"][rows] = now
    lines["price_fen"][rows] = 0
    lines["quantity"][rows] = np.minimum(lines["quantity"][rows], items["max_daily"][now])
    mark(fund, plant, rows, 1 - cap[was] / cap[now])
    fund.booked = np.concatenate([fund.booked, rows])
