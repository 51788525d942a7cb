"""T15 collusive visits: people who come together again and again to sell their cards' use."""

import numpy as np

from fraudml.worlds.columns import Array, Rng, spread, take, within
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import PHARMACY
from fraudml.worlds.schemes.business import (
    add_visits,
    day_visits_at,
    days_within,
    neighbours,
    own_visits,
    possible,
    rng_of,
)
from fraudml.worlds.visits import clock


def _outings(fund: Fund, plant: Plant, rng: Rng, *, each: float, least: int) -> tuple[Array, Array]:
    """Rings, and the days of their outings, at least so many; ``each`` people come on a day."""
    wanted = max(24, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    span = max(plant.stop_day - plant.start_day, 2)
    rings = max(1, round(wanted / each / (span / 6)))
    days = int(min(max(wanted / each / rings, least), span / 2))
    size = 5 + round(6 * plant.plan.dial)
    ring = neighbours(fund, plant, rng, rings * size)
    return ring.reshape(-1, size) if len(ring) == rings * size else ring[None, :size], (
        np.unique(days_within(rng, plant, days))
    )


def together(fund: Fund, plant: Plant) -> None:
    """All who have time come within the hour to the carrier."""
    rng = rng_of(fund, plant, "visits")
    rings, days = _outings(fund, plant, rng, each=6.0, least=10)
    for ring in rings:
        here = rng.random((len(days), len(ring))) < 0.8
        at, who = np.nonzero(here)
        start = rng.integers(500, 1000, len(days))
        _come(fund, plant, ring[who], np.full(len(at), plant.provider), days[at],
              start[at] + who * 4 + rng.integers(0, 4, len(at)))  # fmt: skip


def in_turns(fund: Fund, plant: Plant) -> None:
    """Two or three of a larger group, each time others, at the carrier and at its neighbours."""
    rng = rng_of(fund, plant, "visits")
    rings, days = _outings(fund, plant, rng, each=2.5, least=30)
    kind, region = fund.providers["kind"], fund.providers["region"]
    like = (kind == PHARMACY) == (kind[plant.provider] == PHARMACY)
    near = np.flatnonzero(like & (region == region[plant.provider]))
    places = np.append(rng.permutation(near[near != plant.provider])[:3], plant.provider)
    for ring in rings:
        order = np.argsort(rng.random((len(days), len(ring))), axis=1)[:, :3]
        row = np.arange(len(days)).repeat(3)
        came = rng.random(len(row)) < 0.85
        place = np.where(rng.random(len(days)) < 0.6, plant.provider, rng.choice(places, len(days)))
        start = rng.integers(500, 1000, len(days))
        _come(fund, plant, ring[order.ravel()][came], place[row][came], days[row][came],
              (start[row] + order.ravel() % 3 * 5)[came])  # fmt: skip


def _come(
    fund: Fund, plant: Plant, patient: Array, provider: Array, day: Array, minute: Array
) -> None:
    false = day_visits_at(fund, plant, patient, provider, day, minute=minute.clip(0, 1439))
    false["care"] = np.full(len(patient), 1.2)
    add_visits(fund, take(false, possible(fund, false)))


_STOPS = 4


def one_route(fund: Fund, plant: Plant) -> None:
    """Everybody makes the same round through four places, each on days of his own.

    They are hardly ever seen together; what they share is the order of places far from home.
    """
    rng = rng_of(fund, plant, "visits")
    wanted = max(24, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    span = max(plant.stop_day - plant.start_day, 30)
    rounds, most = wanted // 2, max(span // 15, 2)
    size = min(5 + round(6 * plant.plan.dial), max(rounds // 3, 3))
    ring = neighbours(fund, plant, rng, size * -(-rounds // (size * most)))
    tours = np.full(len(ring), max(2, round(rounds / max(len(ring), 1))))
    places = _far_places(fund, plant, rng)
    member = spread(tours)
    begin = plant.start_day + rng.random(len(ring))[member] * 14
    begin = begin + within(tours) * (span - 14) / tours[member] + rng.uniform(0, 5, len(member))
    row = spread(np.full(len(member), _STOPS))
    stop = within(np.full(len(member), _STOPS))
    day = np.floor(begin[row] + stop * 1.5).astype(np.int64)
    came = (rng.random(len(row)) < 0.92) & (day < plant.stop_day)
    minute = clock(rng, len(row))
    _come(fund, plant, ring[member[row]][came], places[stop][came], day[came], minute[came])


def _far_places(fund: Fund, plant: Plant, rng: Rng) -> Array:
    """The carrier first, then three of its kind elsewhere; they know nothing."""
    places = fund.providers
    like = (places["kind"] == PHARMACY) == (places["kind"][plant.provider] == PHARMACY)
    like &= (places["opened"] < 0) & (places["closed"] > fund.window.days)
    others = rng.permutation(np.setdiff1d(np.flatnonzero(like), [plant.provider]))
    near = places["region"][others] == places["region"][plant.provider]
    far = others[np.argsort(near, kind="stable")]
    return np.concatenate([[plant.provider], np.resize(far, _STOPS - 1)])


def gift_days(fund: Fund, plant: Plant) -> None:
    """On fixed days of the month there is rice and oil for whoever has a card settled.

    Each time others of the neighbourhood come, all morning long; few meet the same people often.
    """
    rng, window = rng_of(fund, plant, "visits"), fund.window
    wanted = max(24, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    every = np.arange(plant.start_day, plant.stop_day)
    date = window.date(every)
    of_month = (date - date.astype("datetime64[M]")).astype(np.int64)
    days = every[np.isin(of_month, 4 + round(4 * plant.plan.dial) + 10 * np.arange(3))]
    many = min(len(days), max(6, round(wanted / 8)))
    days = days[np.unique(np.linspace(0, len(days) - 1, many).round().astype(np.int64))]
    pool = neighbours(fund, plant, rng, max(12, round(wanted / (0.2 * max(len(days), 1)))))
    came = rng.random((len(days), len(pool))) < wanted / max(len(days) * len(pool), 1)
    at, who = np.nonzero(came)
    minute = rng.integers(470, 700, len(at))
    _come(fund, plant, pool[who], np.full(len(at), plant.provider), days[at], minute)
