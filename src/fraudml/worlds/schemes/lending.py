"""T20 settlement for a non-designated unit: a suspended provider, or one never accepted."""

import numpy as np

from fraudml.worlds.catalogue import GROUPS
from fraudml.worlds.columns import take
from fraudml.worlds.fund import Fund
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import CLINIC, HOSPITAL, PHARMACY
from fraudml.worlds.schemes.business import (
    add_visits,
    day_visits_at,
    days_within,
    own_visits,
    planted,
    possible,
    rng_of,
)


def while_suspended(fund: Fund, plant: Plant) -> None:
    """The contract is interrupted, and the visits go on as if it were not."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    seen = own_visits(fund, plant)
    if not len(seen):
        return
    length = max(14, round(fund.window.days * plant.plan.fraction))
    last = max(plant.start_day + 1, plant.stop_day - length)
    begin = int(rng.integers(plant.start_day, last))
    fund.suspend(plant.provider, begin, begin + length - 1)
    day = visits["admitted"][seen]
    visits["plant"][seen[(day >= begin) & (day < begin + length)]] = plant.plan.number


def borrowed_terminal(fund: Fund, plant: Plant) -> None:
    """Another unit's patients are settled over a terminal that the carrier lends to it."""
    rng, region = rng_of(fund, plant, "visits"), fund.providers["region"]
    wanted = max(8, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    there = int(rng.choice(np.setdiff1d(np.unique(region), [region[plant.provider]])))
    pool = np.flatnonzero((fund.patients["region"] == there) & (fund.patients["outside"] < 0))
    home = fund.practitioners["provider"]
    kind = fund.providers["kind"][home]
    foreign = np.flatnonzero(
        (region[home] == there)
        & np.isin(kind, (CLINIC, HOSPITAL))
        & (fund.practitioners["second"] != plant.provider)
    )
    doctors, people = rng.permutation(foreign)[:2], rng.permutation(pool)[: max(6, wanted // 4)]
    if not len(doctors) or not len(people):
        return
    patient = people[rng.integers(len(people), size=wanted)]
    false = day_visits_at(
        fund,
        plant,
        patient,
        np.full(wanted, plant.provider),
        days_within(rng, plant, wanted),
        terminal=np.full(wanted, fund.providers["terminals"][plant.provider], dtype=np.int16),
        practitioner=doctors[rng.integers(len(doctors), size=wanted)],
    )
    add_visits(fund, take(false, possible(fund, false)))


def unstocked(fund: Fund, plant: Plant) -> None:
    """What the other unit hands out comes from its own shelves."""
    rows = np.flatnonzero(np.isin(fund.lines["visit"], planted(fund, plant)))
    fund.lines["handed"][rows] = -1


def closed_department(fund: Fund, plant: Plant) -> None:
    """Two busy departments are suspended; their patients go on being treated there."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    seen = own_visits(fund, plant)
    length = max(30, round(fund.window.days * plant.plan.fraction * 1.5))
    begin = int(rng.integers(plant.start_day, max(plant.start_day + 1, plant.stop_day - length)))
    busy = np.bincount(visits["group"][seen], minlength=len(GROUPS))
    for delay, group in enumerate(np.argsort(-busy, kind="stable")[:2]):
        first = begin + delay  # each has its own notice
        fund.suspend(plant.provider, first, begin + length - 1, int(group))
        day = visits["admitted"][seen]
        here = (day >= first) & (day < begin + length) & (visits["group"][seen] == group)
        visits["plant"][seen[here]] = plant.plan.number


def rename_department(fund: Fund, plant: Plant) -> None:
    """On the bills of those visits stands the busiest of the other departments."""
    visits, rows = fund.visits, planted(fund, plant)
    mine = visits["provider"] == plant.provider
    busy = np.bincount(visits["group"][mine], minlength=len(GROUPS))
    busy[np.unique(visits["group"][rows])] = -1
    visits["group"][rows] = int(busy.argmax())


def bill_for_a_neighbour(fund: Fund, plant: Plant) -> None:
    """A clinic or shop loses its contract for a while; its people are billed at the carrier's."""
    rng, visits, places = rng_of(fund, plant, "visits"), fund.visits, fund.providers
    wanted = max(12, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    length = max(45, round(fund.window.days * plant.plan.fraction))
    begin = int(rng.integers(plant.start_day, max(plant.start_day + 1, plant.stop_day - length)))
    during = (visits["admitted"] >= begin) & (visits["admitted"] < begin + length)
    seen = np.bincount(visits["provider"][during], minlength=len(places["kind"]))
    shop = places["kind"][plant.provider] == PHARMACY
    fits = (places["kind"] == (PHARMACY if shop else CLINIC)) & (places["opened"] < 0)
    fits &= (places["closed"] > fund.window.days) & (seen >= 5)
    fits[visits["provider"][visits["plant"] >= 0]] = False
    fits[[plant.provider, *(s.provider for s in fund.suspensions)]] = False
    others = np.flatnonzero(fits)
    if not len(others):
        return
    nearest = others[np.argsort(np.abs(seen[others] - wanted), kind="stable")][:4]
    other = int(rng.choice(nearest))
    rows = np.flatnonzero(during & (visits["provider"] == other) & (visits["artefact"] < 0))
    fund.suspend(other, begin, begin + length - 1)
    visits["provider"][rows] = plant.provider
    doctors = practitioner_of(rng, places, visits["provider"][rows], visits["group"][rows])
    visits["practitioner"][rows] = np.where(visits["practitioner"][rows] >= 0, doctors, -1)
    visits["plant"][rows] = plant.plan.number
