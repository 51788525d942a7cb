"""Purchase, sale and inventory of drugs and consumables: what was handed out, not billed."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.columns import Array, Columns
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.settlement import Ledger


def stock_moves(fund: Fund, ledger: Ledger, plants: tuple[Plant, ...]) -> Columns:
    """provider, item, month, opening, purchased, returned, closing; only what is traded.

    Where a plant invents its opening stock, each month opens with what it will bill without
    having bought it; where one buys on paper, the books know what is billed; where one covers it
    later, they know it in the last month of each half-year; and what is not reported is left out.
    Honest noise: breakage and private sales, a pack counted as ten pieces, forgotten months.
    """
    rng = fund.rng("stock")
    lines = ledger.lines
    booked = np.isin(lines["origin"], fund.booked)
    handed = _by_month(fund, ledger, np.where(booked, lines["item"], lines["handed"])).clip(0)
    liars = [p.plan.number for p in plants if p.plan.mechanism == "invented_opening"]
    invented = np.where(np.isin(lines["plant"], liars), lines["item"], -1)
    later = _at_half_years(_by_month(fund, ledger, _only(lines, fund.covered)))
    traded = np.argwhere((handed + later).sum(axis=2) > 0)
    sold = handed[traded[:, 0], traded[:, 1]]
    loss = 0.004 * fund.providers["habit_stock"][traded[:, 0]]
    gone = rng.binomial(sold + 2, loss.clip(0, 0.05)[:, None])
    usual = np.ceil(sold.mean(axis=1)).astype(np.int64)
    opening, bought, returned, closing = _flow(sold + gone, usual, rng.integers(0, 3, sold.shape))
    pieces = np.where(rng.random(len(traded)) < 0.008, 10, 1)[:, None]
    kept = rng.random(sold.shape) > 0.006
    until = fund.providers["stock_until"][traded[:, 0]]
    kept &= np.arange(sold.shape[1]) < until[:, None]
    kept &= _reported(fund, traded, sold.shape[1])
    opening = opening + _by_month(fund, ledger, invented)[traded[:, 0], traded[:, 1]]
    bought = bought + later[traded[:, 0], traded[:, 1]]
    row, month = np.nonzero(kept)
    return {
        "provider": traded[row, 0],
        "item": traded[row, 1],
        "month": month,
        "opening": (opening * pieces)[row, month],
        "purchased": (bought * pieces)[row, month],
        "returned": (returned * pieces)[row, month],
        "closing": (closing * pieces)[row, month],
    }


def _only(lines: Columns, rows: Array) -> Array:
    """The items of the ledger's lines that come from these lines of the fund, -1 the others."""
    return np.where(np.isin(lines["origin"], rows), lines["item"], -1)


def _at_half_years(packs: Array) -> Array:
    """What falls into six months, in the last of them."""
    out, months = np.zeros_like(packs), packs.shape[2]
    for month in range(months):
        out[:, :, min(month // 6 * 6 + 5, months - 1)] += packs[:, :, month]
    return out


def _reported(fund: Fund, traded: Array, months: int) -> Array:
    """(traded, months) False from the month on in which a provider falls silent about an item."""
    silent = np.full((len(fund.providers["kind"]), len(fund.catalogue.items["code"])), months)
    provider, item, since = fund.unreported.T
    silent[provider, item] = since
    return np.asarray(np.arange(months) < silent[traded[:, 0], traded[:, 1]][:, None])


def _by_month(fund: Fund, ledger: Ledger, item: Array) -> Array:
    """(providers, items, months) packs of these items in the ledger's lines, -1 none."""
    lines, claims = ledger.lines, ledger.claims
    goods = np.isin(fund.catalogue.items["kind"], (DRUG, CONSUMABLE))
    rows = np.flatnonzero((item >= 0) & goods[item])
    visit = claims["visit"][lines["claim"][rows]]
    months = int(fund.window.month(np.array([fund.window.days - 1]))[0]) + 1
    shape = (len(fund.providers["kind"]), len(goods), months)
    month = fund.window.month(lines["day"][rows]).clip(0, months - 1)
    out = np.zeros(shape, dtype=np.int64)
    packs = lines["quantity"][rows] // lines["units"][rows]
    np.add.at(out, (fund.visits["provider"][visit], item[rows], month), packs)
    return out


def _flow(used: Array, usual: Array, returns: Array) -> tuple[Array, Array, Array, Array]:
    """Month by month: order up to one and a half months' use, send a little back."""
    rows, months = used.shape
    opening, bought, returned, closing = (np.zeros((rows, months), np.int64) for _ in range(4))
    level = usual + 1
    for month in range(months):
        opening[:, month] = level
        bought[:, month] = (used[:, month] + usual * 3 // 2 + 1 - level).clip(0)
        spare = level + bought[:, month] - used[:, month]
        sends = (returns[:, month] == 2) & (spare > usual * 2)
        returned[:, month] = np.where(sends, spare - usual * 2, 0)
        level = spare - returned[:, month]
        closing[:, month] = level
    return opening, bought, returned, closing
