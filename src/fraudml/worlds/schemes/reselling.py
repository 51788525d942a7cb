"""T12 drug reselling: people who collect dear drugs at many counters, and a counter that helps."""

import numpy as np

from fraudml.worlds.catalogue import DRUG
from fraudml.worlds.columns import Array, spread, take, within
from fraudml.worlds.fund import CHRONIC, PHARMACY_SALE, Fund, make_lines, make_visits
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import CLINIC, PHARMACY
from fraudml.worlds.schemes.business import (
    add_lines,
    add_visits,
    alive,
    at_bed,
    by_accomplices,
    false_lines,
    neighbours,
    own_visits,
    planted,
    possible,
    rng_of,
)
from fraudml.worlds.visits import cards, clock


def plant_visits(fund: Fund, plant: Plant) -> None:
    """Each month every member of the ring collects at the carrier and at two to four others."""
    rng = rng_of(fund, plant, "visits")
    span = max(plant.stop_day - plant.start_day, 30)
    wanted = max(8.0, len(own_visits(fund, plant)) * plant.plan.fraction * 0.5)
    ring = _ring(fund, plant, max(4, round(wanted / (0.45 * span / 30))))
    shops = _shops(fund, plant)
    stops = 1 + rng.integers(1, 4, len(ring))
    keen = rng.beta(1.4, 1.4, len(ring))
    months = max(span // 30, 1)
    row = spread(stops * months)
    turn = within(stops * months)
    first = turn % stops[row] == 0
    elsewhere = shops[(row * 7 + turn % stops[row] * 3 + turn // stops[row] // 4) % len(shops)]
    provider = np.where(first, plant.provider, elsewhere)
    month = turn // stops[row]
    day = plant.start_day + month * 30 + rng.integers(0, 12, len(row))
    kept = (day < plant.stop_day) & (rng.random(len(row)) < keen[row])
    kept &= alive(fund, ring[row], day) & ~at_bed(fund, ring[row], day)
    add_visits(fund, take(_collections(fund, plant, ring[row], provider, day), kept))


def _collections(
    fund: Fund, plant: Plant, patient: Array, provider: Array, day: Array
) -> dict[str, Array]:
    rng = rng_of(fund, plant, "collections")
    clinic = fund.providers["kind"][provider] == CLINIC
    codes = fund.catalogue.diagnoses["code"]
    illness = np.array([int(np.flatnonzero(codes == c)[0]) for c in ("I10", "E11.9", "I25.1")])
    diagnosis = illness[patient % 3]
    own = provider == plant.provider
    who = fund.providers["first"][provider]
    return make_visits(
        patient=patient,
        provider=provider,
        practitioner=np.where(own, by_accomplices(rng, plant, who), np.where(clinic, who, -1)),
        kind=np.where(clinic, CHRONIC, PHARMACY_SALE),
        group=fund.catalogue.diagnoses["group"][diagnosis],
        diagnosis=diagnosis,
        admitted=day,
        discharged=day,
        minute=clock(rng, len(day)),
        card=cards(rng, fund, provider),
        care=np.zeros(len(day)),
        plant=np.full(len(day), plant.plan.number),
    )


def _ring(fund: Fund, plant: Plant, size: int) -> Array:
    rng = rng_of(fund, plant, "ring")
    people = fund.patients
    near = people["region"] == fund.providers["region"][plant.provider]
    fit = np.flatnonzero(near & (people["age"] >= 35) & (people["died"] > fund.window.days))
    return rng.permutation(fit)[:size]


def _shops(fund: Fund, plant: Plant) -> Array:
    """Counters the ring visits beside the carrier, most of them nearby; they know nothing."""
    rng = rng_of(fund, plant, "shops")
    kind, region = fund.providers["kind"], fund.providers["region"]
    counters = np.flatnonzero(np.isin(kind, (PHARMACY, CLINIC)))
    counters = counters[counters != plant.provider]
    near = counters[region[counters] == region[plant.provider]]
    return np.unique(np.concatenate([near, rng.permutation(counters)[:6]]))


def plant_lines(fund: Fund, plant: Plant) -> None:
    """One to three dear drugs a collection, more than a month needs; some packs come back."""
    rng = rng_of(fund, plant, "lines")
    visits, items = fund.visits, fund.catalogue.items
    rows = np.flatnonzero((visits["plant"] == plant.plan.number) & (visits["care"] == 0))
    dear = (
        (items["dx_limit"] == "")
        & (items["kind"] == DRUG)
        & (items["cap_fen"] > 2_800)
        & (items["cap_fen"] < 50_000)
    )
    member = items["member"][:, visits["group"][rows]].any(axis=1) if len(rows) else dear
    wanted = np.flatnonzero(
        dear & member & (items["scope"] != "C") & (items["level_min"] == 0) & (items["sex"] == "")
    )
    favourites = rng.permutation(wanted)[:6]
    counts = rng.integers(1, 3, len(rows))
    row = rows[spread(counts)]
    item = favourites[(visits["patient"][row] + within(counts)) % len(favourites)]
    back = (rng.random(len(row)) < 0.4 + 0.5 * plant.plan.dial) & (
        visits["provider"][row] == plant.provider
    )
    add_lines(
        fund,
        make_lines(
            visit=row,
            item=item,
            day=visits["admitted"][row],
            minute=(visits["minute"][row] + 3).clip(0, 1439),
            quantity=rng.integers(1, 4, len(row)),
            supply=rng.choice(np.array([30, 30, 30, 60]), len(row)),
            handed=np.where(back, -1, item),
            false=np.ones(len(row)),
            plant=np.full(len(row), plant.plan.number),
        ),
    )


def many_cards(fund: Fund, plant: Plant) -> None:
    """A dealer comes with a pile of cards: minutes apart, at one terminal, once a month or so."""
    rng = rng_of(fund, plant, "visits")
    span = max(plant.stop_day - plant.start_day, 30)
    wanted = max(16.0, len(own_visits(fund, plant)) * plant.plan.fraction * 0.6)
    ring = _ring(fund, plant, max(6, round(wanted / (span / 20))))
    outings = max(2, round(wanted / (0.8 * max(len(ring), 1))))
    days = np.sort(rng.integers(plant.start_day, plant.stop_day, outings))
    came = rng.random((outings, len(ring))) < 0.8
    at, who = np.nonzero(came)
    visits = _collections(fund, plant, ring[who], np.full(len(at), plant.provider), days[at])
    start = rng.integers(500, 900, outings)
    visits["minute"] = (start[at] + who * 3 + rng.integers(0, 2, len(at))).clip(0, 1439)
    visits["terminal"] = np.zeros(len(at), dtype=np.int16)
    free = alive(fund, ring[who], days[at]) & ~at_bed(fund, ring[who], days[at])
    add_visits(fund, take(visits, free))


# an illness of each department, and a dear drug that is given for it
_AILMENTS = (
    ("I25.1", "XB01AF0115"),
    ("I50.9", "XC01EB1620"),
    ("E11.9", "XA10BK0124"),
    ("I63.9", "XZ04AC0040"),
    ("M17.9", "XM01AX0537"),
    ("K21.0", "XA02BC0528"),
    ("J44.9", "XR03AK0706"),
    ("F32.9", "XN06AB0642"),
    ("N20.0", "XZ11AA0058"),
)


def many_ailments(fund: Fund, plant: Plant) -> None:
    """Once a month somebody old goes from department to department, and has an illness in each.

    No drug is asked for before its month is over: each limit is kept, only the sum is strange.
    """
    rng = rng_of(fund, plant, "visits")
    span = max(plant.stop_day - plant.start_day, 30)
    wanted = max(16.0, len(own_visits(fund, plant)) * plant.plan.fraction * 0.6)
    months = max(span // 31, 1)
    size = max(2, round(wanted / (4.5 * 0.85 * months)))
    ring = neighbours(fund, plant, rng, size, fund.patients["age"] >= 60)
    outing = spread(np.full(len(ring), months))
    day = plant.start_day + within(np.full(len(ring), months)) * 31
    day = day + rng.integers(0, 9, len(ring))[outing] + rng.integers(0, 2, len(outing))
    came = rng.random(len(outing)) < min(wanted / (4.5 * size * months), 0.85)
    order = np.argsort(rng.random((len(ring), len(_AILMENTS))), axis=1)
    each = rng.integers(4, 6, len(ring))
    row = spread(np.where(came, each[outing], 0))
    turn = within(np.where(came, each[outing], 0))
    codes = fund.catalogue.diagnoses["code"]
    number = np.array([int(np.flatnonzero(codes == code)[0]) for code, _ in _AILMENTS])
    visits = _collections(
        fund, plant, ring[outing[row]], np.full(len(row), plant.provider), day[row]
    )
    visits["kind"] = np.full(len(row), CHRONIC)
    visits["diagnosis"] = number[order[outing[row], turn]]
    visits["group"] = fund.catalogue.diagnoses["group"][visits["diagnosis"]]
    visits["practitioner"] = practitioner_of(
        rng, fund.providers, visits["provider"], visits["group"]
    )
    start = rng.integers(500, 850, len(outing))
    visits["minute"] = (start[row] + turn * 18 + rng.integers(0, 9, len(row))).clip(0, 1439)
    add_visits(fund, take(visits, possible(fund, visits) & (visits["admitted"] < plant.stop_day)))


def hand_out_all(fund: Fund, plant: Plant) -> None:
    """A month's packs of the dear drug for each illness; they do leave the shelf."""
    rng = rng_of(fund, plant, "lines")
    codes, items = fund.catalogue.diagnoses["code"], fund.catalogue.items["code"]
    drug = np.full(len(codes), -1)
    for illness, code in _AILMENTS:
        drug[codes == illness] = np.flatnonzero(items == code)
    rows = planted(fund, plant)
    item = drug[fund.visits["diagnosis"][rows]]
    false_lines(
        fund,
        plant,
        rows,
        item,
        handed=item,
        quantity=rng.integers(1, 3, len(rows)),
        supply=np.full(len(rows), 30),
    )


_TURN = 6


def round_of_counters(fund: Fund, plant: Plant) -> None:
    """A dealer sends each card to another counter every month; no card fetches more than it may.

    The carrier's turn comes every third month; the other counters know nothing.
    """
    rng = rng_of(fund, plant, "visits")
    months = max((plant.stop_day - plant.start_day) // 30, 1)
    wanted = max(6.0, len(own_visits(fund, plant)) * plant.plan.fraction * 0.5)
    size = max(3, round(wanted * 3 / (0.9 * months)))
    ring = neighbours(fund, plant, rng, size, fund.patients["age"] >= 45)
    others = rng.permutation(_shops(fund, plant))
    turns = np.resize(others, _TURN)
    turns[::3] = plant.provider
    member, month = np.divmod(np.arange(len(ring) * months), months)
    day = plant.start_day + month * 30 + rng.integers(0, 6, len(ring))[member]
    day = day + rng.integers(0, 3, len(member))
    visits = _collections(fund, plant, ring[member], turns[(member + month) % _TURN], day)
    codes = fund.catalogue.diagnoses["code"]
    number = np.array([int(np.flatnonzero(codes == code)[0]) for code, _ in _AILMENTS[:4]])
    visits["diagnosis"] = number[rng.integers(len(number), size=len(ring))[member]]
    visits["group"] = fund.catalogue.diagnoses["group"][visits["diagnosis"]]
    came = (rng.random(len(member)) < 0.9) & (day < plant.stop_day)
    add_visits(fund, take(visits, came & possible(fund, visits)))
