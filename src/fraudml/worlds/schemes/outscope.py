"""T10 out-of-scope items charged to the fund: as what they are, or under another label."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.columns import Array, spread, take, within
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    day_visits_at,
    days_within,
    false_lines,
    firms_nearby,
    neighbours,
    own_lines,
    own_visits,
    plain_items,
    planted,
    possible,
    rng_of,
    share_of,
)

_B, _C_BUT_PAID = 1, 3


def _sell(fund: Fund, plant: Plant) -> Array:
    """Goods out of scope in a part of the visits, besides those that were there; their lines."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    goods = np.flatnonzero(plain_items(fund, plant, DRUG, CONSUMABLE) & (items["scope"] == "C"))
    rows = share_of(rng, own_visits(fund, plant, stays=False), plant.plan.fraction)
    before = len(fund.lines["visit"])
    there = own_lines(fund, plant)
    there = there[items["scope"][fund.lines["item"][there]] == "C"]
    item = goods[rng.integers(len(goods), size=len(rows))]
    units = 1 + rng.integers(0, 2, len(rows))
    false_lines(fund, plant, rows, item, handed=item, quantity=units)
    fund.lines["false"][there] = 1.0
    fund.lines["plant"][there] = plant.plan.number
    return np.concatenate([there, np.arange(before, len(fund.lines["visit"]))])


def pay_all_the_same(fund: Fund, plant: Plant) -> None:
    """The lines say C, and the fund pays."""
    rows = _sell(fund, plant)
    fund.lines["scope"][rows] = _C_BUT_PAID


def relabel(fund: Fund, plant: Plant) -> None:
    """The lines say B, as nobody else's lines of these items do."""
    rows = _sell(fund, plant)
    fund.lines["scope"][rows] = _B


# a drug that is paid for one illness only, that illness, from and to which age people want it
_WANTED = (("XA10BJ0625", "E11.9", 31, 49), ("XZ08AA0063", "I63.9", 46, 64))


def _wanted(fund: Fund, plant: Plant) -> tuple[int, int, int, int]:
    """Item and diagnosis numbers and the ages; the second drug asks for a level."""
    level = fund.providers["level"][plant.provider]
    code, illness, youngest, oldest = _WANTED[int(level > 0 and plant.plan.dial > 0.6)]
    item = int(np.flatnonzero(fund.catalogue.items["code"] == code)[0])
    number = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == illness)[0])
    return item, number, youngest, oldest


def find_an_illness(fund: Fund, plant: Plant) -> None:
    """Who wants a drug for something else is written down with the illness it is paid for."""
    rng, people = rng_of(fund, plant, "visits"), fund.patients
    _, illness, youngest, oldest = _wanted(fund, plant)
    visits = round(len(own_visits(fund, plant)) * plant.plan.fraction * 0.6)
    fit = ~people["chronic"] & (people["age"] >= youngest) & (people["age"] <= oldest)
    who = neighbours(fund, plant, rng, max(1, round(visits / 4.5)), fit)
    times = rng.integers(3, 7, len(who))
    row = spread(times)
    first = days_within(rng, plant, len(who), 120)
    day = first[row] + within(times) * 29 + rng.integers(0, 5, len(row))
    n = len(row)
    false = day_visits_at(
        fund,
        plant,
        who[row],
        np.full(n, plant.provider),
        day,
        diagnosis=np.full(n, illness),
        care=np.zeros(n),
    )
    add_visits(fund, take(false, possible(fund, false) & (day < plant.stop_day)))


def sell_wanted(fund: Fund, plant: Plant) -> None:
    """A month's pack each time, and nothing else."""
    item, *_ = _wanted(fund, plant)
    rows = planted(fund, plant)
    sold = np.full(len(rows), item)
    false_lines(fund, plant, rows, sold, handed=sold, supply=np.full(len(rows), 28))


_SAID = ("R51", "R42", "K29.5", "M54.5", "J06.9")
_ALWAYS = ("002501000010000", "002501000020000")
_SOME = (
    "002503000010000",
    "002503000030000",
    "002503000040000",
    "002100000010000",
    "003107000010000",
    "002203000010000",
)


def check_up_firms(fund: Fund, plant: Plant) -> None:
    """A firm's yearly check-up: within three mornings everybody has some ailment to be examined."""
    rng = rng_of(fund, plant, "visits")
    wanted = max(12, round(len(own_visits(fund, plant)) * plant.plan.fraction * 0.7))
    years = max(1, round((plant.stop_day - plant.start_day) / 365))
    staff, firm = firms_nearby(fund, plant, rng, max(6, round(wanted / years / 0.85)))
    if not len(staff):
        return
    margin = plant.stop_day - 365 * (years - 1)
    begin = rng.integers(plant.start_day, max(margin - 3, plant.start_day + 1), int(firm.max()) + 1)
    who = np.tile(np.arange(len(staff)), years)
    day = begin[firm[who]] + 365 * np.arange(years).repeat(len(staff))
    came = rng.random(len(who)) < 0.85
    codes = np.flatnonzero(np.isin(fund.catalogue.diagnoses["code"], _SAID))
    false = day_visits_at(
        fund,
        plant,
        staff[who],
        np.full(len(who), plant.provider),
        day + rng.integers(0, 3, len(who)),
        diagnosis=codes[rng.integers(len(codes), size=len(who))],
        minute=rng.integers(450, 620, len(who)),
        care=np.zeros(len(who)),
    )
    fits = came & possible(fund, false) & (false["admitted"] < plant.stop_day)
    add_visits(fund, take(false, fits))


def bill_check_up(fund: Fund, plant: Plant) -> None:
    """Blood, urine, and three or four more: for each the same, whatever he is said to have."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    number = {code: i for i, code in enumerate(items["code"])}
    some = rng.permutation(len(_SOME))[: 3 + round(plant.plan.dial)]
    chosen = np.array([number[code] for code in (*_ALWAYS, *(_SOME[k] for k in some))])
    rows = planted(fund, plant)
    false_lines(fund, plant, rows.repeat(len(chosen)), np.tile(chosen, len(rows)))
