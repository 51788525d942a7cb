"""The answer key: who carried which scheme, when, for how much, and which rows it touched."""

from dataclasses import dataclass

import numpy as np

from fraudml.entities import GrainName
from fraudml.worlds.columns import Array, Columns, take
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.settlement import Ledger

_FROM_ACCOUNTS = "T21"


@dataclass(frozen=True)
class Carrier:
    """One entity carrying one scheme.

    entity  row number in its own table
    settled, amount_fen  when the fund lost how much, one entry a settlement, unsorted
    """

    grain: GrainName
    entity: int
    plant: Plant
    settled: Array
    amount_fen: Array


def false_rows(fund: Fund, ledger: Ledger, plants: tuple[Plant, ...]) -> Columns:
    """claim, line (row, -1 the whole claim), plant and fund amount of every live false row.

    Where accounts are cashed out, the amount is what the account paid too.
    """
    live = ledger.live()
    visit = ledger.claims["visit"]
    by_claim = np.where(live, fund.visits["plant"][visit], -1)
    lines = ledger.lines
    alone = (lines["plant"] >= 0) & live[lines["claim"]] & (by_claim[lines["claim"]] < 0)
    line = np.flatnonzero(alone)
    claim = np.flatnonzero(by_claim >= 0)
    whole = np.zeros(len(live), dtype=np.int64)
    np.add.at(whole, lines["claim"], lines["false_fen"])
    cashed = [p.plan.number for p in plants if p.plan.typology == _FROM_ACCOUNTS]
    whole += np.where(np.isin(by_claim, cashed), ledger.claims["account_fen"], 0)
    return {
        "claim": np.concatenate([claim, lines["claim"][line]]),
        "line": np.concatenate([np.full(len(claim), -1), line]),
        "plant": np.concatenate([by_claim[claim], lines["plant"][line]]),
        "amount_fen": np.concatenate([whole[claim], lines["false_fen"][line]]),
    }


def carriers(fund: Fund, ledger: Ledger, plants: tuple[Plant, ...], rows: Columns) -> list[Carrier]:
    """Who carries each plant: its grains' entities in the false rows, and who bears it without."""
    found: list[Carrier] = []
    visits = take(fund.visits, ledger.claims["visit"][rows["claim"]])
    losses = {"settled": ledger.claims["settled"][rows["claim"]], "fen": rows["amount_fen"]}
    for plant in plants:
        mine = rows["plant"] == plant.plan.number
        own = mine & (visits["provider"] == plant.provider)
        whose = {
            "provider": own,
            "practitioner": own & np.isin(visits["practitioner"], plant.practitioners),
            "patient": mine,
        }
        for grain in plant.plan.way.grains:
            entity = np.where(whose[grain], visits[grain], -1)
            found += _bearers(losses, plant, grain, entity)
    return found + _borne(fund, plants, found)


def _borne(fund: Fund, plants: tuple[Plant, ...], found: list[Carrier]) -> list[Carrier]:
    """Carriers that are in no false row of their own: the loss stands with the others."""
    named = {(c.grain, c.entity, c.plant.plan.number) for c in found}
    by_number = {p.plan.number: p for p in plants}
    none = np.empty(0, dtype=np.int64)
    return [
        Carrier(grain, entity, by_number[number], none, none)
        for grain, entity, number in dict.fromkeys(fund.borne)
        if (grain, entity, number) not in named
    ]


def _bearers(losses: Columns, plant: Plant, grain: GrainName, entity: Array) -> list[Carrier]:
    """A carrier for each entity number in its false rows; -1 is nobody."""
    order = np.flatnonzero(entity >= 0)
    order = order[np.argsort(entity[order], kind="stable")]
    ids, start = np.unique(entity[order], return_index=True)
    parts = np.split(order, start[1:]) if len(ids) else []
    return [
        Carrier(grain, int(i), plant, losses["settled"][part], losses["fen"][part])
        for i, part in zip(ids, parts, strict=True)
    ]
