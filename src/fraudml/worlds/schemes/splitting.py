"""T06 split hospitalisation: one stay settled as two, the second within a week of the first."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG, EXAM
from fraudml.worlds.columns import Array, take
from fraudml.worlds.fund import Fund
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import HOSPITAL
from fraudml.worlds.schemes.business import (
    add_visits,
    alive,
    by_accomplices,
    meets_a_stay,
    move_lines,
    own_visits,
    rng_of,
    share_of,
)
from fraudml.worlds.stays import admitted_by


def take_up_again(fund: Fund, plant: Plant) -> None:
    """Stays of four days or more are ended early and taken up again; the later part is false."""
    rng = rng_of(fund, plant, "gaps")
    stays = own_visits(fund, plant, stays=True)
    gap = np.floor(rng.exponential(0.8 + 1.6 * plant.plan.dial, len(stays))).astype(np.int64)
    _split(fund, plant, stays, gap.clip(0, 6))


def beyond_the_limit(fund: Fund, plant: Plant) -> None:
    """The rest of the stay waits until eight days have passed, and gets another diagnosis."""
    rng = rng_of(fund, plant, "gaps")
    stays = own_visits(fund, plant, stays=True)
    _, rows = _split(fund, plant, stays, 8 + rng.integers(0, 6, len(stays)))
    table = fund.catalogue.diagnoses
    for visit in rows:
        fits = admitted_by(fund, int(fund.visits["drg"][visit]))
        same = np.flatnonzero((table["group"] == fund.visits["group"][visit]) & fits)
        other = same[(same != fund.visits["diagnosis"][visit]) & (table["sex"][same] == "")]
        if len(other):
            fund.visits["diagnosis"][visit] = rng.choice(other)


_TRIES = 4  # days on which room is looked for


def work_up_first(fund: Fund, plant: Plant) -> None:
    """A stay for the examinations, and weeks later another for the treatment they led to."""
    rng = rng_of(fund, plant, "gaps")
    stays = own_visits(fund, plant, stays=True)
    stays = stays[fund.catalogue.drgs["surgical"][fund.visits["drg"][stays]] == 0]
    first, later = _split(fund, plant, stays, 15 + rng.integers(0, 13, len(stays)))
    fund.shifted[plant.plan.number] = np.column_stack([first, later])


def divide_the_bill(fund: Fund, plant: Plant) -> None:
    """Of the two stays the first has all the examinations, the second all that is given."""
    lines, items = fund.lines, fund.catalogue.items
    first, later = fund.shifted[plant.plan.number].T
    for source, target, kinds in ((later, first, (EXAM,)), (first, later, (DRUG, CONSUMABLE))):
        order = np.argsort(source, kind="stable")
        here = np.flatnonzero(np.isin(lines["visit"], source) & (lines["plant"] < 0))
        here = here[np.isin(items["kind"][lines["item"][here]], kinds)]
        pair = order[np.searchsorted(source[order], lines["visit"][here])]
        for later_on in range(_TRIES):
            day = _as_late(fund, lines["day"][here] + later_on, source[pair], target[pair])
            stays = ~move_lines(fund, here, target[pair], day)
            here, pair = here[stays], pair[stays]


def _as_late(fund: Fund, day: Array, source: Array, target: Array) -> Array:
    """The day of one stay that is as late in it as these days are in another, and round again."""
    begun = fund.visits["admitted"]
    days = (fund.visits["discharged"] - begun)[target].clip(1)
    return np.asarray(begun[target] + (day - begun[source]) % days)


def _split(fund: Fund, plant: Plant, stays: Array, gap: Array) -> tuple[Array, Array]:
    """The numbers of both parts; gap  days between, one for each of ``stays``."""
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    days = visits["discharged"][stays] - visits["admitted"][stays]
    place = share_of(rng, np.flatnonzero(days >= 4), plant.plan.fraction)
    rows, days, gap = stays[place], days[place], gap[place]
    part = (days * rng.uniform(0.4, 0.62, len(rows))).astype(np.int64).clip(2)
    again = take(visits, rows)
    again["admitted"] = visits["admitted"][rows] + part + gap
    again["discharged"] = again["admitted"] + (days - part).clip(2)
    again["practitioner"] = by_accomplices(rng, plant, again["practitioner"])
    again["plant"] = np.full(len(rows), plant.plan.number)
    then = {"patient": again["patient"], "admitted": visits["discharged"][rows] + 2}
    free = ~meets_a_stay(fund, then | {"discharged": again["discharged"]})
    free &= alive(fund, again["patient"], again["discharged"])
    again["ending"] = np.zeros(len(rows), dtype=np.int8)
    visits["discharged"][rows[free]] = (visits["admitted"][rows] + part)[free]
    numbers = add_visits(fund, take(again, free))
    return rows[free][numbers >= 0], numbers[numbers >= 0]


def round_trip(fund: Fund, plant: Plant) -> None:
    """A friendly hospital has the patient for a week or two, and then sends him back for the rest.

    Its own stays are real; what the carrier bills once more for the same illness is false.
    """
    rng, visits = rng_of(fund, plant, "visits"), fund.visits
    stays = own_visits(fund, plant, stays=True)
    days = visits["discharged"][stays] - visits["admitted"][stays]
    sent = (days >= 4) & (fund.catalogue.drgs["surgical"][visits["drg"][stays]] == 0)
    place = share_of(rng, np.flatnonzero(sent), plant.plan.fraction)
    rows, days = stays[place], days[place]
    part = (days * rng.uniform(0.4, 0.62, len(rows))).astype(np.int64).clip(2)
    friend = _friends(fund, plant)[rng.integers(2, size=len(rows))]
    away, back = take(visits, rows), take(visits, rows)
    away["provider"] = friend
    away["practitioner"] = practitioner_of(rng, fund.providers, friend, away["group"])
    away["admitted"] = visits["admitted"][rows] + part
    away["discharged"] = away["admitted"] + rng.integers(8, 15, len(rows))
    away["ending"] = visits["ending"][rows] * 0 + 1
    back["admitted"] = away["discharged"]
    back["discharged"] = back["admitted"] + (days - part).clip(2)
    back["practitioner"] = by_accomplices(rng, plant, back["practitioner"])
    back["plant"] = np.full(len(rows), plant.plan.number)
    then = {"patient": back["patient"], "admitted": visits["discharged"][rows] + 2}
    free = ~meets_a_stay(fund, then | {"discharged": back["discharged"]})
    free &= alive(fund, back["patient"], back["discharged"])
    free &= back["discharged"] < fund.window.days
    visits["discharged"][rows[free]] = away["admitted"][free]
    visits["ending"][rows[free]] = 1
    add_visits(fund, take(away, free))
    add_visits(fund, take(back, free))


def _friends(fund: Fund, plant: Plant) -> Array:
    """Two other hospitals that are there all the time, of the same district where there are."""
    rng, places = rng_of(fund, plant, "friends"), fund.providers
    fits = (places["kind"] == HOSPITAL) & (places["opened"] < 0)
    fits &= places["closed"] > fund.window.days
    others = rng.permutation(np.setdiff1d(np.flatnonzero(fits), [plant.provider]))
    far = places["region"][others] != places["region"][plant.provider]
    return np.resize(others[np.argsort(far, kind="stable")][:2], 2)
