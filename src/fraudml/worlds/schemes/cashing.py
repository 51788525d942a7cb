"""T21 cash-out: the individual account turned into goods and money at one counter."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG
from fraudml.worlds.columns import Array, Columns, spread, take, within
from fraudml.worlds.fund import PHARMACY_SALE, Fund, make_visits
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    days_within,
    false_lines,
    firms_nearby,
    neighbours,
    own_visits,
    plain_items,
    planted,
    possible,
    rng_of,
)
from fraudml.worlds.visits import cards, clock

_ROUND_FEN = np.array([10_000, 20_000, 30_000, 50_000])


def _visits(fund: Fund, plant: Plant, patient: Array, day: Array, minute: Array) -> Columns:
    n = len(patient)
    rng = rng_of(fund, plant, "sales")
    illness = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == "R51")[0])
    return make_visits(
        patient=patient,
        provider=np.full(n, plant.provider),
        kind=np.full(n, PHARMACY_SALE),
        group=np.full(n, int(fund.catalogue.diagnoses["group"][illness])),
        diagnosis=np.full(n, illness),
        admitted=day,
        discharged=day,
        minute=minute,
        card=cards(rng, fund, np.full(n, plant.provider)),
        care=np.full(n, -1.0),
        account=np.full(n, 10_000, dtype=np.int16),
        terminal=np.zeros(n, dtype=np.int16),
        plant=np.full(n, plant.plan.number),
    )


def _holders(fund: Fund, plant: Plant, each: float) -> tuple[Array, Array, int]:
    """Card holders in a row a visit, their days, and how many visits are wanted."""
    rng = rng_of(fund, plant, "visits")
    wanted = max(10, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    span = max(plant.stop_day - plant.start_day, 30)
    people = neighbours(
        fund, plant, rng, max(4, round(wanted / each / (span / 45))), fund.patients["employee"]
    )
    outings = max(round(wanted / each), 1)
    who = people[rng.integers(len(people), size=outings)]
    return who, days_within(rng, plant, outings), wanted


def round_goods(fund: Fund, plant: Plant) -> None:
    """One sale a time, always at the same terminal."""
    who, day, _ = _holders(fund, plant, 1.0)
    minute = clock(rng_of(fund, plant, "clock"), len(who))
    sales = _visits(fund, plant, who, day, minute)
    add_visits(fund, take(sales, possible(fund, sales)))


def small_change(fund: Fund, plant: Plant) -> None:
    """Three to five small sales to one person on a day."""
    rng = rng_of(fund, plant, "split")
    who, day, _ = _holders(fund, plant, 4.0)
    times = rng.integers(3, 6, len(who))
    row = spread(times)
    minute = (clock(rng, len(who))[row] + rng.integers(0, 60, len(row))).clip(0, 1439)
    sales = _visits(fund, plant, who[row], day[row], minute)
    add_visits(fund, take(sales, possible(fund, sales)))


def bill_goods(fund: Fund, plant: Plant) -> None:
    """Goods out of scope at a round total: hundreds of yuan in whole pieces."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    goods = np.flatnonzero(plain_items(fund, plant, CONSUMABLE, DRUG) & (items["scope"] == "C"))
    goods = goods[items["cap_fen"][goods] >= 6_000]
    rows = planted(fund, plant)
    total = rng.choice(_ROUND_FEN, len(rows), p=[0.2, 0.35, 0.25, 0.2])
    false_lines(
        fund,
        plant,
        rows,
        goods[rng.integers(len(goods), size=len(rows))],
        quantity=total // 5_000,
        price_fen=np.full(len(rows), 5_000),
    )


def bill_small(fund: Fund, plant: Plant) -> None:
    """A drug or two below a hundred yuan each time; nothing leaves the shelf."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    small = plain_items(fund, plant, DRUG) & (items["cap_fen"] > 3_500)
    some = np.flatnonzero(small & (items["cap_fen"] < 9_000))
    rows = planted(fund, plant)
    item = some[rng.integers(len(some), size=len(rows))]
    false_lines(fund, plant, rows, item, supply=np.full(len(rows), 7))


_LEAST_CREDIT_FEN, _MOST_CREDIT_FEN = 9_000, 27_000


def monthly_credit(fund: Fund, plant: Plant) -> None:
    """Within days of each month's credit the same people come to turn it into money."""
    rng, window = rng_of(fund, plant, "months"), fund.window
    wanted = max(10, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    months = np.unique(window.month(np.arange(plant.start_day, plant.stop_day)))
    start = np.array([window.month_start(int(m)) for m in months]) + round(20 * plant.plan.dial)
    size = max(2, round(wanted / (0.9 * len(months))))
    people = neighbours(fund, plant, rng, size, fund.patients["employee"])
    times = np.full(len(people), len(months))
    who, day = (
        people[spread(times)],
        start[within(times)] + rng.integers(0, 4, len(people) * len(start)),
    )
    came = (
        (rng.random(len(who)) < min(wanted / (size * len(months)), 0.9))
        & (day >= plant.start_day)
        & (day < plant.stop_day)
    )
    sales = _visits(fund, plant, who[came], day[came], clock(rng, int(came.sum())))
    add_visits(fund, take(sales, possible(fund, sales)))


def bill_credit(fund: Fund, plant: Plant) -> None:
    """Each time to the fen what a month brings this person, for goods that nobody pays but he."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    goods = np.flatnonzero(plain_items(fund, plant, CONSUMABLE) & (items["scope"] == "C"))
    goods = goods[items["cap_fen"][goods] * items["max_daily"][goods] >= _MOST_CREDIT_FEN]
    rows = planted(fund, plant)
    people, who = np.unique(fund.visits["patient"][rows], return_inverse=True)
    credit = rng.integers(_LEAST_CREDIT_FEN, _MOST_CREDIT_FEN, len(people))[who]
    item = goods[rng.integers(len(goods), size=len(people))][who]
    pieces = -(-credit // items["cap_fen"][item])
    false_lines(fund, plant, rows, item, quantity=pieces, price_fen=credit // pieces)


def whole_firm(fund: Fund, plant: Plant) -> None:
    """With a bonus that is paid in goods a firm's people come to the shop, all on two days."""
    rng = rng_of(fund, plant, "visits")
    wanted = max(10, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    span = max(plant.stop_day - plant.start_day, 30)
    times = max(1, min(span // 120, wanted // 8))
    staff, firm = firms_nearby(fund, plant, rng, max(6, round(wanted / times / 0.8)))
    if not len(staff):
        return
    first = plant.start_day + rng.integers(0, max(span // times - 2, 1), int(firm.max()) + 1)
    who = np.tile(np.arange(len(staff)), times)
    day = first[firm[who]] + span // times * np.arange(times).repeat(len(staff))
    day = day + rng.integers(0, 2, len(who))
    came = (rng.random(len(who)) < 0.8) & (day < plant.stop_day)
    sales = _visits(fund, plant, staff[who[came]], day[came], clock(rng, int(came.sum())))
    add_visits(fund, take(sales, possible(fund, sales)))


def bill_basket(fund: Fund, plant: Plant) -> None:
    """A basket of two goods, packed alike for everybody of a firm; nobody else pays for them."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    goods = np.flatnonzero(plain_items(fund, plant, CONSUMABLE, DRUG) & (items["scope"] == "C"))
    rows = planted(fund, plant)
    firms, firm = np.unique(
        fund.patients["employer"][fund.visits["patient"][rows]], return_inverse=True
    )
    basket = np.argsort(rng.random((len(firms), len(goods))), axis=1)[:, :2]
    item = goods[basket]
    pieces = rng.integers(1, items["max_daily"][item] + 1)
    false_lines(fund, plant, rows.repeat(2), item[firm].ravel(), quantity=pieces[firm].ravel())
