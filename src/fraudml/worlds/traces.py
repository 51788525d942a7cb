"""Traceability: which packs a line sold, and when each was bought, sold and sent back."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.worlds.catalogue import DRUG
from fraudml.worlds.columns import Array, Columns, spread, within
from fraudml.worlds.files import moment, numbered, text
from fraudml.worlds.fund import Fund
from fraudml.worlds.providers import PHARMACY
from fraudml.worlds.settlement import Ledger
from fraudml.worlds.tables import provider_ids
from fraudml.worlds.window import TRACED_FROM_END

EVENTS = ("purchased", "sold", "returned")
_PURCHASED, _SOLD, _RETURNED = range(3)
_MOST_PACKS = 4
_UNSCANNED, _BUYING_NOT_TOLD, _SALE_NOT_TOLD = 0.05, 0.012, 0.02
_PRIME, _STRIDE = 2_147_483_647, 48_271  # serial numbers in an order that says nothing


@dataclass(frozen=True)
class Traces:
    """codes  text of each line of the ledger (null: not scanned); events  a table to write."""

    codes: pa.Array
    events: pa.Table


def make_traces(fund: Fund, ledger: Ledger) -> Traces:
    """Pharmacies scan drugs during the last half year; a reversal names the packs of its sale."""
    packs = _packs(fund)
    first = np.cumsum(packs) - packs
    serial = np.arange(int(packs.sum()))
    again, source = fund.sold_again[:, 0], fund.sold_again[:, 1]
    many = np.minimum(packs[again], packs[source])
    place = first[again][spread(many)] + within(many)
    serial[place] = first[source][spread(many)] + within(many)
    origin = ledger.lines["origin"]
    return Traces(_codes(packs, first, serial, origin), _events(fund, packs, serial, origin))


def _packs(fund: Fund) -> Array:
    """How many packs of each of the fund's lines were scanned."""
    lines, rng = fund.lines, fund.rng("traces.scanned")
    sure = np.zeros(len(lines["visit"]), dtype=bool)
    sure[fund.sold_again.ravel()] = sure[fund.sent_back] = sure[fund.elsewhere[:, 0]] = True
    sure[fund.booked] = lines["handed"][fund.booked] >= 0  # bought on paper: there is no pack
    shop = fund.providers["kind"][fund.visits["provider"][lines["visit"]]] == PHARMACY
    traced = shop & (fund.catalogue.items["kind"][lines["item"]] == DRUG)
    traced &= lines["day"] >= fund.window.days - TRACED_FROM_END
    traced[fund.unscanned] = False
    traced &= sure | ((lines["handed"] == lines["item"]) & (rng.random(len(sure)) > _UNSCANNED))
    units = np.maximum(lines["quantity"] // lines["units"], 1)
    units[fund.one_code] = 1
    return np.where(traced, units.clip(1, _MOST_PACKS), 0)


def _words(serial: Array) -> pa.Array:
    return numbered("81", (serial + 1) * _STRIDE % _PRIME, 18)


def _codes(packs: Array, first: Array, serial: Array, origin: Array) -> pa.Array:
    """The codes of each line of the ledger, joined."""
    count = packs[origin]
    row = spread(count)
    words = _words(serial[first[origin][row] + within(count)])
    offsets = np.concatenate([[0], np.cumsum(count)])
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), words)
    return pc.if_else(pa.array(count > 0), pc.binary_join(lists, "|"), pa.scalar(None, pa.string()))


def _events(fund: Fund, packs: Array, serial: Array, origin: Array) -> pa.Table:
    """Bought once, sold as often as it was sold; some events were never sent."""
    rng, lines = fund.rng("traces.events"), fund.lines
    n = len(serial)
    line = spread(packs)
    known = np.zeros(len(packs), dtype=bool)
    known[origin] = True
    back = np.zeros(len(packs), dtype=bool)
    back[fund.sent_back] = True
    own = serial == np.arange(n)
    bought = lines["day"][line] - rng.integers(8, 70, n)
    luck, minute = rng.random(n), rng.integers(480, 1080, n)
    parts = (
        (_PURCHASED, own & (luck > _BUYING_NOT_TOLD), bought, minute),
        (_SOLD, luck < 1 - _SALE_NOT_TOLD, lines["day"][line], lines["minute"][line]),
        (_RETURNED, back[line], lines["day"][line] - rng.integers(1, 7, n), minute),
    )
    rows = [(np.flatnonzero(where & known[line]), kind, day, at) for kind, where, day, at in parts]
    pick = np.concatenate([r for r, *_ in rows])
    table: Columns = {
        "serial": serial[pick],
        "line": line[pick],
        "event": np.concatenate([np.full(len(r), kind) for r, kind, *_ in rows]),
        "day": np.concatenate([day[r] for r, _, day, _ in rows]),
        "minute": np.concatenate([at[r] for r, *_, at in rows]),
    }
    line, bought = table["line"], table["event"] == _PURCHASED
    seller, buyer = _places(fund)
    provider = np.where(bought, buyer[line], seller[line])
    packed = np.where(lines["handed"] >= 0, lines["handed"], lines["item"])
    return pa.table(
        {
            "trace_code": _words(table["serial"]),
            "provider_id": provider_ids(provider),
            "event": text(EVENTS, table["event"]),
            "happened_at": moment(fund.window.date(table["day"]), table["minute"]),
            "item_code": text(fund.catalogue.items["code"], packed[line]),
        }
    )


def _places(fund: Fund) -> tuple[Array, Array]:
    """Who sold and who bought the packs of each line."""
    seller = fund.visits["provider"][fund.lines["visit"]]
    chain = fund.providers["buyer"][seller]  # which of its shops buys for all
    buyer = np.where(chain >= 0, chain, seller)
    line, other = fund.elsewhere.T
    buyer[line] = other
    return seller, buyer
