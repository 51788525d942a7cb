"""T18 double benefit: the same treatment settled twice for one person."""

import numpy as np

from fraudml.worlds.columns import Array, Rng
from fraudml.worlds.fund import INPATIENT, NO_CARD, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import neighbours, repeat_visits, rng_of


def _theirs(
    fund: Fund, plant: Plant, rng: Rng, fit: Array, most: float = 1.0
) -> tuple[Array, Array]:
    """Persons with a stay, and the part of their visits, stays first, that is settled twice."""
    visits = fund.visits
    running = (visits["admitted"] >= plant.start_day) & (visits["admitted"] < plant.stop_day)
    running &= (visits["plant"] < 0) & (visits["discharged"] < fund.window.days - 20)
    stays = np.bincount(
        visits["patient"][running & (visits["kind"] == INPATIENT)],
        minlength=len(fund.patients["age"]),
    )
    people = neighbours(fund, plant, rng, plant.plan.staff, (stays > 0) & fit)
    rows = []
    for person in people:
        own = np.flatnonzero((visits["patient"] == person) & running)
        own = own[np.lexsort((rng.random(len(own)), visits["kind"][own] != INPATIENT))]
        rows.append(own[: max(1, round(len(own) * plant.plan.fraction * most))])
    return people, np.concatenate(rows) if rows else np.array([], dtype=np.int64)


def two_schemes(fund: Fund, plant: Plant) -> None:
    """Insured as an employee and as a resident elsewhere: both pay for the same days."""
    rng = rng_of(fund, plant, "visits")
    people, rows = _theirs(fund, plant, rng, fund.patients["employee"])
    for person in people:
        fund.enrol(int(person), employee=False, start=-int(rng.integers(60, 900)), away=True)
    repeat_visits(
        fund,
        plant,
        rows,
        later=np.zeros(len(rows), dtype=np.int64),
        scheme=np.zeros(len(rows), dtype=np.int8),
        delay=rng.integers(3, 30, len(rows)).astype(np.int16),
    )


def again_by_hand(fund: Fund, plant: Plant) -> None:
    """Bills are handed in on paper two to five months after they were settled already."""
    rng = rng_of(fund, plant, "visits")
    _, rows = _theirs(fund, plant, rng, np.ones(len(fund.patients["age"]), dtype=bool))
    repeat_visits(
        fund,
        plant,
        rows,
        later=np.zeros(len(rows), dtype=np.int64),
        card=np.full(len(rows), NO_CARD),
        terminal=np.full(len(rows), 0, dtype=np.int16),
        delay=rng.integers(60, 150, len(rows)).astype(np.int16),
    )


def two_numbers(fund: Fund, plant: Plant) -> None:
    """One person stands in the register twice, and the bill is settled under both numbers."""
    rng, people = rng_of(fund, plant, "visits"), fund.patients
    first, rows = _theirs(fund, plant, rng, np.ones(len(people["age"]), dtype=bool))
    seen = np.bincount(fund.visits["patient"], minlength=len(people["age"])) > 0
    spare = ~seen & ~people["enrolled"] & (people["died"] > fund.window.days)
    second = rng.permutation(np.flatnonzero(spare & (people["outside"] < 0)))[: len(first)]
    first = first[: len(second)]
    for name in ("born", "age", "female", "region", "outside"):
        people[name][second] = people[name][first]
    people["employee"][second] = False
    order = np.argsort(first, kind="stable")
    rows = rows[np.isin(fund.visits["patient"][rows], first)]
    at = order[np.searchsorted(first[order], fund.visits["patient"][rows])]
    repeat_visits(
        fund,
        plant,
        rows,
        later=np.zeros(len(rows), dtype=np.int64),
        patient=second[at],
        scheme=np.zeros(len(rows), dtype=np.int8),
        delay=rng.integers(2, 40, len(rows)).astype(np.int16),
    )


def both_in_turn(fund: Fund, plant: Plant) -> None:
    """Insured twice, and settled now here, now there, for the larger part of each one's limits."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    people, rows = _theirs(fund, plant, rng, fund.patients["employee"], 0.55)
    for person in people:
        fund.enrol(int(person), employee=False, start=-int(rng.integers(60, 900)), away=True)
    visits["scheme"][rows] = 0
    visits["plant"][rows] = plant.plan.number
