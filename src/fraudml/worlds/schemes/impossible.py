"""T16 impossible day: one practitioner is billed for more minutes than a day has."""

import numpy as np

from fraudml.worlds.catalogue import SERVICE
from fraudml.worlds.columns import Array, Columns, draw_by, spread, take
from fraudml.worlds.fund import INPATIENT, OUTPATIENT, Fund, make_lines, make_visits
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_lines,
    add_visits,
    alive,
    at_bed,
    day_visits_at,
    false_lines,
    own_visits,
    planted,
    possible,
    rng_of,
)
from fraudml.worlds.visits import cards, clock

_DAY_MINUTES = 24 * 60
_LONG = 25


def plant_visits(fund: Fund, plant: Plant) -> None:
    """On chosen days a practitioner's list is filled with sessions of the provider's patients."""
    _fill_days(fund, plant, 8 + round(10 * plant.plan.dial), at_once=False)


def all_at_once(fund: Fund, plant: Plant) -> None:
    """One session with each patient, all begun within the same half hour; the day is not long."""
    _fill_days(fund, plant, 6 + round(6 * plant.plan.dial), at_once=True)


def never_off(fund: Fund, plant: Plant) -> None:
    """Day after day without a Sunday or a holiday a session or two stand under one name."""
    rng, seen = rng_of(fund, plant, "visits"), own_visits(fund, plant)
    if not len(seen):
        return
    wanted = max(20, round(len(seen) * plant.plan.fraction))
    each = 1.15 + 0.5 * plant.plan.dial
    days = min(round(wanted / each), plant.stop_day - plant.start_day)
    begin = int(rng.integers(plant.start_day, plant.stop_day - days + 1))
    times = np.maximum(rng.poisson(wanted / max(days, 1), days), 1)
    day = begin + spread(times)
    patient = fund.visits["patient"][seen][rng.integers(len(seen), size=len(day))]
    doctor = np.full(len(day), plant.practitioners[0])
    visits = _sessions_of(fund, plant, patient, day, doctor)
    add_visits(fund, take(visits, possible(fund, visits)))


def _fill_days(fund: Fund, plant: Plant, per_day: int, *, at_once: bool) -> None:
    rng = rng_of(fund, plant, "visits")
    seen = own_visits(fund, plant)
    if not len(seen):
        return
    days = max(1, max(12, round(len(seen) * plant.plan.fraction)) // per_day)
    busy = fund.window.weights()[plant.start_day : plant.stop_day]
    chosen = plant.start_day + np.unique(draw_by(rng, busy, days))
    n = len(chosen) * per_day
    patient = fund.visits["patient"][seen][rng.integers(len(seen), size=n)]
    day = np.repeat(chosen, per_day)
    doctor = np.repeat(
        plant.practitioners[rng.integers(len(plant.practitioners), size=len(chosen))], per_day
    )
    visits = _sessions_of(fund, plant, patient, day, doctor)
    if at_once:
        begin = np.repeat(clock(rng, len(chosen)), per_day)
        visits["minute"] = (begin + rng.integers(0, 25, n)).clip(0, 1439)
    fits = alive(fund, patient, day) & ~at_bed(fund, patient, day)
    add_visits(fund, take(visits, fits))


def _sessions_of(fund: Fund, plant: Plant, patient: Array, day: Array, doctor: Array) -> Columns:
    rng, n = rng_of(fund, plant, "sessions"), len(patient)
    illness = np.flatnonzero(np.isin(fund.catalogue.diagnoses["code"], ("M54.5", "M79.1", "I69.3")))
    diagnosis = illness[rng.integers(len(illness), size=n)]
    return make_visits(
        patient=patient,
        provider=np.full(n, plant.provider),
        practitioner=doctor,
        kind=np.full(n, OUTPATIENT),
        group=fund.catalogue.diagnoses["group"][diagnosis],
        diagnosis=diagnosis,
        admitted=day,
        discharged=day,
        minute=clock(rng, n),
        card=cards(rng, fund, np.full(n, plant.provider)),
        care=np.zeros(n),
        plant=np.full(n, plant.plan.number),
    )


def plant_lines(fund: Fund, plant: Plant) -> None:
    """Long hands-on sessions until the practitioner's day exceeds 24 hours."""
    rng = rng_of(fund, plant, "lines")
    visits = fund.visits
    rows = np.flatnonzero((visits["plant"] == plant.plan.number) & (visits["care"] == 0))
    if not len(rows):
        return
    sessions = _sessions(fund, rows)
    item = sessions[
        (rng.integers(len(sessions), size=(len(rows), 1)) + np.arange(3)) % len(sessions)
    ]
    quantity = _quantities(fund, rows, item)
    flat = quantity.ravel() > 0
    n = int(flat.sum())
    row = rows.repeat(3)[flat]
    add_lines(
        fund,
        make_lines(
            visit=row,
            item=item.ravel()[flat],
            day=visits["admitted"][row],
            minute=(visits["minute"][row] + rng.integers(0, 60, n)).clip(0, 1439),
            quantity=quantity.ravel()[flat],
            false=np.ones(n),
            plant=np.full(n, plant.plan.number),
        ),
    )
    _fees(fund, plant, rows[rng.random(len(rows)) < 0.6])


def _sessions(fund: Fund, rows: Array) -> Array:
    """Long hands-on services for the illnesses of these visits."""
    items = fund.catalogue.items
    long = (items["kind"] == SERVICE) & (items["minutes"] >= _LONG) & (items["weight"] > 0)
    suits = items["member"][:, _group(fund, rows)].any(axis=1)
    return np.flatnonzero(long & (items["dx_limit"] == "") & suits)


def bill_each(fund: Fund, plant: Plant) -> None:
    """A session of half an hour or more for each of those who came at once."""
    rng, rows = rng_of(fund, plant, "lines"), planted(fund, plant)
    if not len(rows):
        return
    sessions = _sessions(fund, rows)
    item = sessions[rng.integers(len(sessions), size=len(rows))]
    minute = (fund.visits["minute"][rows] + rng.integers(0, 5, len(rows))).clip(0, 1439)
    false_lines(fund, plant, rows, item, minute=minute)
    _fees(fund, plant, rows[rng.random(len(rows)) < 0.6])


def _fees(fund: Fund, plant: Plant, asked: Array) -> None:
    visits, fee = fund.visits, fund.catalogue.fixed["visit0"]
    add_lines(
        fund,
        make_lines(
            visit=asked,
            item=np.full(len(asked), fee),
            day=visits["admitted"][asked],
            minute=visits["minute"][asked],
            false=np.ones(len(asked)),
            plant=np.full(len(asked), plant.plan.number),
        ),
    )


def _group(fund: Fund, rows: Array) -> Array:
    return np.unique(fund.visits["group"][rows])


def _quantities(fund: Fund, rows: Array, item: Array) -> Array:
    """(visits, 3) units, raised together until every practitioner's day is too long."""
    visits, minutes = fund.visits, fund.catalogue.items["minutes"][item]
    key = visits["practitioner"][rows] * 4096 + visits["admitted"][rows]
    _, place = np.unique(key, return_inverse=True)
    quantity = np.zeros(item.shape, dtype=np.int64)
    for step in range(30):
        total = np.bincount(place, weights=(quantity * minutes).sum(axis=1))
        short = total[place] <= _DAY_MINUTES * 1.02
        if not short.any():
            break
        quantity[short, step % 3] += 1
    return quantity


def lend_licence(fund: Fund, plant: Plant) -> None:
    """Sessions under the name of somebody who works elsewhere at that very hour."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    busy = np.flatnonzero(
        np.isin(visits["practitioner"], plant.practitioners)
        & (visits["provider"] != plant.provider)
        & (visits["kind"] != INPATIENT)
        & (visits["admitted"] >= plant.start_day)
        & (visits["admitted"] < plant.stop_day)
    )
    own = own_visits(fund, plant, stays=False)
    wanted = max(12, round(len(own) * plant.plan.fraction))
    if not len(busy) or not len(own):
        return
    there = busy[rng.integers(len(busy), size=wanted)]
    patient = visits["patient"][own][rng.integers(len(own), size=wanted)]
    false = day_visits_at(
        fund,
        plant,
        patient,
        np.full(wanted, plant.provider),
        visits["admitted"][there],
        minute=(visits["minute"][there] + rng.integers(-6, 7, wanted)).clip(0, 1439),
        practitioner=visits["practitioner"][there],
    )
    add_visits(fund, take(false, possible(fund, false)))
