"""What the schemes share: the carrier's own business while the scheme runs."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, Rng, stack, take
from fraudml.worlds.fund import INPATIENT, Fund, born_day, under_contract
from fraudml.worlds.plans import Plant


def rng_of(fund: Fund, plant: Plant, step: str) -> Rng:
    """A generator of this plant's own."""
    return fund.rng(f"plant.{plant.plan.number}.{step}")


def own_visits(fund: Fund, plant: Plant, *, stays: bool | None = None) -> Array:
    """Visit numbers of the carrier's untouched visits while the scheme runs."""
    visits = fund.visits
    mine = (visits["provider"] == plant.provider) & (visits["plant"] < 0)
    mine &= (visits["admitted"] >= plant.start_day) & (visits["admitted"] < plant.stop_day)
    if stays is not None:
        mine &= (visits["kind"] == INPATIENT) == stays
    return np.flatnonzero(mine)


def share_of(rng: Rng, rows: Array, share: float) -> Array:
    """A drawn part of the rows: at least one where there is any."""
    n = max(1, round(len(rows) * share)) if len(rows) else 0
    return np.sort(rng.permutation(rows)[:n])


def by_accomplices(rng: Rng, plant: Plant, who: Array) -> Array:
    """The practitioners of false visits: mostly those who take part."""
    if not len(plant.practitioners):
        return who
    inside = plant.practitioners[rng.integers(len(plant.practitioners), size=len(who))]
    return np.where(rng.random(len(who)) < 0.8, inside, who)


def add_visits(fund: Fund, visits: Columns) -> None:
    """Put new visits behind the others, as far as the providers are designated."""
    fund.visits = stack(fund.visits, take(visits, under_contract(fund, visits)))


def add_lines(fund: Fund, lines: Columns) -> None:
    """Put new lines behind the others."""
    fund.lines = stack(fund.lines, lines)


def at_bed(fund: Fund, patient: Array, day: Array) -> Array:
    """Whether each patient lies in a hospital on that day."""
    visits = fund.visits
    stays = np.flatnonzero(visits["kind"] == INPATIENT)
    width = fund.window.days * 2 + 4000
    begin = np.sort(visits["patient"][stays] * width + visits["admitted"][stays] + 1000)
    order = np.argsort(visits["patient"][stays] * width + visits["admitted"][stays], kind="stable")
    end = (visits["patient"][stays] * width + visits["discharged"][stays] + 1000)[order]
    at = np.searchsorted(begin, patient * width + day + 1000, side="right") - 1
    return np.asarray((at >= 0) & (end[at.clip(0)] >= patient * width + day + 1000))


def alive(fund: Fund, patient: Array, day: Array) -> Array:
    """Whether each patient was born before that day and is alive on it."""
    return np.asarray((fund.patients["died"][patient] > day) & (born_day(fund, patient) < day))
