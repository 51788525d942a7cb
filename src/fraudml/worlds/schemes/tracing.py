"""T13 traceability-code reuse: packs that come back to the counter are scanned again."""

import numpy as np

from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import PHARMACY
from fraudml.worlds.schemes.business import false_lines, mark, own_traced, rng_of, share_of


def sell_again(fund: Fund, plant: Plant) -> None:
    """Packs of a few loyal sellers are scanned again for somebody else one to seven weeks later."""
    rng, lines, visits = rng_of(fund, plant, "lines"), fund.lines, fund.visits
    own = own_traced(fund, plant)
    if not len(own):
        return
    people, bought = np.unique(visits["patient"][lines["visit"][own]], return_counts=True)
    wanted = max(4, round(len(own) * plant.plan.fraction))
    order = np.lexsort((people, -bought))
    sellers = people[order[: max(3, wanted // 12)]]  # a pack comes back more than once
    sources = own[np.isin(visits["patient"][lines["visit"][own]], sellers)]
    sources = np.resize(rng.permutation(sources), wanted)
    later = lines["day"][sources] + rng.integers(7, 50, wanted)
    by_day = own[np.argsort(lines["day"][own], kind="stable")]
    at = np.searchsorted(lines["day"][by_day], later).clip(0, len(by_day) - 1)
    buyer = lines["visit"][by_day[at]]
    fits = (visits["patient"][buyer] != visits["patient"][lines["visit"][sources]]) & (
        visits["admitted"][buyer] > lines["day"][sources]
    )
    sources, buyer = sources[fits], buyer[fits]
    n, first = len(sources), len(lines["visit"])
    fund.sold_again = np.concatenate(
        [fund.sold_again, np.column_stack([first + np.arange(n), sources])]
    )
    kept = {name: lines[name][sources] for name in ("quantity", "supply")}
    false_lines(fund, plant, buyer, lines["item"][sources], **kept)
    for seller in np.unique(visits["patient"][lines["visit"][sources]]):
        fund.bear("patient", int(seller), plant.plan.number)


def sell_returned(fund: Fund, plant: Plant) -> None:
    """Packs that went back to the supplier are billed all the same."""
    rng, lines = rng_of(fund, plant, "lines"), fund.lines
    rows = share_of(rng, own_traced(fund, plant), plant.plan.fraction)
    lines["handed"][rows] = -1
    mark(fund, plant, rows)
    fund.sent_back = np.concatenate([fund.sent_back, rows])


def scan_one_for_all(fund: Fund, plant: Plant) -> None:
    """One pack is handed over and scanned, as many are billed as a day allows; the books agree."""
    rng, lines = rng_of(fund, plant, "lines"), fund.lines
    own = own_traced(fund, plant)
    most = fund.catalogue.items["max_daily"][lines["item"]]
    own = own[(lines["quantity"][own] == 1) & (most[own] > 1)]
    rows = share_of(rng, own, min(plant.plan.fraction * 1.8, 0.95))
    lines["quantity"][rows] = most[rows]
    mark(fund, plant, rows, 1 - 1 / most[rows])
    fund.one_code = np.concatenate([fund.one_code, rows])


def sell_from_other_shelves(fund: Fund, plant: Plant) -> None:
    """Packs that other owners' shops had bought and somebody collected are sold once more here."""
    rng, places = rng_of(fund, plant, "lines"), fund.providers
    rows = share_of(rng, own_traced(fund, plant), plant.plan.fraction)
    like = (places["kind"] == PHARMACY) & (places["opened"] < 0) & (places["buyer"] < 0)
    like &= places["operator"] != places["operator"][plant.provider]
    shops = rng.permutation(np.flatnonzero(like))[: 3 + round(3 * plant.plan.dial)]
    if not len(shops):
        return
    bought = shops[rng.integers(len(shops), size=len(rows))]
    fund.elsewhere = np.concatenate([fund.elsewhere, np.column_stack([rows, bought])])
    mark(fund, plant, rows)
