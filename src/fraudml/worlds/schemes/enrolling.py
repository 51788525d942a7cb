"""T24 sham enrolment: people enrolled because they are about to be dear."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, Rng, spread, take, within
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    at_bed,
    days_within,
    neighbours,
    own_visits,
    possible,
    rng_of,
)
from fraudml.worlds.stays import drop_overlaps, stays_at


def _dear_stays(fund: Fund, plant: Plant, rng: Rng, each: int) -> tuple[Array, Columns]:
    """The people, and one to ``each`` heavy stays for each of them at the carrier."""
    wanted = max(4, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction))
    fit = ~fund.patients["employee"] & (fund.patients["age"] >= 35) & ~fund.patients["enrolled"]
    people = neighbours(fund, plant, rng, max(3, round(wanted / ((1 + each) / 2))), fit)
    times = rng.integers(1, each + 1, len(people))
    row = spread(times)
    first = days_within(rng, plant, len(people), 90)
    day = first[row] + within(times) * 28 + rng.integers(0, 4, len(row))
    stays = stays_at(fund, rng, people[row], np.full(len(row), plant.provider), day)
    stays["scheme"] = np.ones(len(row), dtype=np.int8)
    stays["care"] = rng.uniform(1.4, 2.2, len(row))
    stays["practitioner"] = fund.providers["first"][stays["provider"]]
    stays["plant"] = np.full(len(row), plant.plan.number)
    free = possible(fund, stays) & ~at_bed(fund, stays["patient"], stays["discharged"])
    stays = drop_overlaps(take(stays, free))
    return np.unique(stays["patient"]), stays


def sham_employer(fund: Fund, plant: Plant) -> None:
    """A firm that employs nobody else enrols them days or weeks before they are admitted."""
    rng = rng_of(fund, plant, "visits")
    people, stays = _dear_stays(fund, plant, rng, 3)
    employer = int(fund.patients["employer"].max()) + 1 + int(rng.integers(1, 40))
    for person in people:
        begin = int(stays["admitted"][stays["patient"] == person].min())
        fund.enrol(
            int(person), employee=True, start=begin - int(rng.integers(4, 40)), employer=employer
        )
    visits = fund.visits
    visits["scheme"][np.isin(visits["patient"], people)] = 0  # what came before was a resident's
    fund.patients["employee"][people] = True
    fund.patients["employer"][people] = employer
    add_visits(fund, stays)


def one_stay_long(fund: Fund, plant: Plant) -> None:
    """Each at another firm, and out again soon after the discharge."""
    rng = rng_of(fund, plant, "visits")
    people, stays = _dear_stays(fund, plant, rng, 1)
    firms = rng.integers(0, max(int(fund.patients["employer"].max()), 2), len(people))
    for person, firm in zip(people, firms, strict=True):
        own = stays["patient"] == person
        leaves = int(stays["discharged"][own].max()) + int(rng.integers(8, 40))
        fund.enrol(int(person), employee=False, start=leaves + 1)
        fund.enrol(
            int(person),
            employee=True,
            start=int(stays["admitted"][own].min()) - int(rng.integers(4, 40)),
            stop=leaves,
            employer=int(firm),
        )
    add_visits(fund, stays)


def among_the_healthy(fund: Fund, plant: Plant) -> None:
    """A firm on paper enrols healthy names with the sick, who wait for months until they come."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    sick, stays = _dear_stays(fund, plant, rng, 2)
    if not len(sick):
        return
    first = np.array([int(stays["admitted"][stays["patient"] == p].min()) for p in sick])
    fit = ~fund.patients["employee"] & (fund.patients["age"] <= 60) & ~fund.patients["enrolled"]
    fit[sick] = False
    healthy = neighbours(fund, plant, rng, round(len(sick) * (1.5 + plant.plan.dial)), fit)
    begin = first - rng.integers(45, 150, len(sick))
    with_them = begin[rng.integers(len(begin), size=len(healthy))]
    people = np.concatenate([sick, healthy])
    begin = np.concatenate([begin, with_them + rng.integers(-10, 11, len(healthy))])
    employer = int(fund.patients["employer"].max()) + 1 + int(rng.integers(1, 40))
    for person, day in zip(people, begin, strict=True):
        fund.enrol(int(person), employee=True, start=int(day), employer=employer)
    joined = np.full(len(fund.patients["age"]), fund.window.days)
    joined[people] = begin
    theirs = np.isin(visits["patient"], people)
    member = visits["admitted"] >= joined[visits["patient"]]
    visits["scheme"] = np.where(theirs, member, visits["scheme"]).astype(np.int8)
    fund.patients["employee"][people] = True
    fund.patients["employer"][people] = employer
    add_visits(fund, stays)
