"""T17 sex, age or anatomy conflict: other people's illnesses on a card, organs taken out twice."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, spread, take, within
from fraudml.worlds.fund import Fund
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import HOSPITAL
from fraudml.worlds.schemes.business import (
    add_visits,
    alive,
    day_visits_at,
    days_within,
    meets_a_stay,
    neighbours,
    own_visits,
    possible,
    rng_of,
)
from fraudml.worlds.stays import AFTER, drop_overlaps, stays_at, stays_with

_ONCE = tuple(AFTER)
_ILLNESS = {"GC2": "K80.2", "NC1": "D25.9", "OR1": "O80.0"}


def other_sex(fund: Fund, plant: Plant) -> None:
    """A template of women's or men's treatment is billed on the cards of the other sex."""
    rng, people = rng_of(fund, plant, "visits"), fund.patients
    wanted = max(4, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    patient = neighbours(fund, plant, rng, wanted)
    day = rng.permutation(days_within(rng, plant, len(patient)))
    codes = fund.catalogue.diagnoses["code"]
    of_women = np.flatnonzero(np.isin(codes, ("N76.0", "D25.9")))
    of_men = np.flatnonzero(codes == "N40")
    women, men = (np.flatnonzero((people["female"] == f) & (people["age"] > 50)) for f in (1, 0))
    female = people["female"][patient]
    pick = rng.integers(1 << 30, size=len(patient))
    false = day_visits_at(
        fund,
        plant,
        patient,
        np.full(len(patient), plant.provider),
        day,
        person=np.where(female, men[pick % len(men)], women[pick % len(women)]),
        diagnosis=np.where(female, of_men[0], of_women[pick % len(of_women)]),
    )
    false["care"] = np.full(len(patient), 1.6)
    add_visits(fund, take(false, alive(fund, patient, day)))


def twice_in_a_life(fund: Fund, plant: Plant) -> None:
    """The same person has an operation twice, or three times, that can be had once."""
    rng = rng_of(fund, plant, "visits")
    wanted = max(2, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction / 2.4))
    fit = (fund.patients["age"] >= 26) & (fund.patients["age"] <= 64)
    who = neighbours(fund, plant, rng, wanted, fit)
    times = rng.integers(2, 4, len(who))
    row, turn = spread(times), within(times)
    first = days_within(rng, plant, len(who), 200)
    gap = rng.integers(25, 90, len(row))
    day = first[row] + turn * 90 + np.where(turn > 0, gap - 60, 0)
    stays = stays_at(fund, rng, who[row], np.full(len(row), plant.provider), day)
    female = fund.patients["female"][who[row]]
    adrg = np.where(female, np.array(_ONCE, dtype=object)[who[row] % 3], "GC2")
    _operate(fund, stays, adrg)
    stays["discharged"] = day + rng.integers(4, 9, len(day))
    stays["plant"] = np.full(len(day), plant.plan.number)
    inside = (stays["discharged"] < fund.window.days) & alive(fund, who[row], stays["discharged"])
    stays = drop_overlaps(take(stays, inside))
    stays["practitioner"] = fund.providers["first"][stays["provider"]]
    add_visits(fund, stays)


def _operate(fund: Fund, stays: Columns, adrg: Array) -> None:
    """Let these stays be for these operations, with the illness each is done for."""
    drgs, codes = fund.catalogue.drgs, fund.catalogue.diagnoses["code"]
    drg = {a: int(np.flatnonzero(drgs["adrg"] == a)[2]) for a in _ONCE}
    number = {a: int(np.flatnonzero(codes == c)[0]) for a, c in _ILLNESS.items()}
    stays["drg"] = stays["true_drg"] = np.array([drg[a] for a in adrg], dtype=np.int64)
    stays["diagnosis"] = np.array([number[a] for a in adrg], dtype=np.int64)
    stays["group"] = drgs["group"][stays["drg"]]


def after_removal(fund: Fund, plant: Plant) -> None:
    """People whose womb or gallbladder was truly taken out go on being treated for it."""
    rng = rng_of(fund, plant, "visits")
    wanted = max(4, round(len(own_visits(fund, plant)) * plant.plan.fraction))
    fit = (fund.patients["age"] >= 28) & (fund.patients["age"] <= 57)
    operated = _operated(fund, plant, neighbours(fund, plant, rng, -(-wanted // 7), fit))
    counts = rng.integers(5, 10, len(operated["patient"]))
    row = spread(counts)
    begin = np.minimum(operated["discharged"] + 60, plant.stop_day - 2)
    day = begin[row] + np.floor(rng.random(len(row)) * (plant.stop_day - 1 - begin[row]))
    false = day_visits_at(
        fund,
        plant,
        operated["patient"][row],
        np.full(len(row), plant.provider),
        day.astype(np.int64),
        diagnosis=operated["diagnosis"][row],
    )
    false["care"] = np.full(len(row), 1.5)
    late = false["admitted"] >= operated["discharged"][row] + 60
    add_visits(fund, take(false, possible(fund, false) & late))


def _operated(fund: Fund, plant: Plant, who: Array) -> Columns:
    """Honest operations early in the scheme, at any hospital; people who lay in bed drop out."""
    rng, places = rng_of(fund, plant, "operations"), fund.providers
    had = np.isin(fund.visits["drg"], np.flatnonzero(np.isin(fund.catalogue.drgs["adrg"], _ONCE)))
    who = who[~np.isin(who, fund.visits["patient"][had])]
    at = np.flatnonzero(
        (places["kind"] == HOSPITAL) & (places["level"] >= 1) & (places["opened"] < 0)
    )
    third = max((plant.stop_day - plant.start_day) // 3, 1)
    day = plant.start_day + rng.integers(0, third, len(who))
    stays = stays_at(fund, rng, who, rng.choice(at, len(who)), day)
    womb = fund.patients["female"][who] & (who % 2 == 0)
    _operate(fund, stays, np.where(womb, "NC1", "GC2"))
    stays["discharged"] = day + rng.integers(5, 10, len(day))
    stays = take(stays, possible(fund, stays) & ~meets_a_stay(fund, stays))
    return take(stays, add_visits(fund, stays) >= 0)


_OF_OLD_AGE = ("CB3", "ES1", "FR2", "FU2", "BR2")


def too_young(fund: Fund, plant: Plant) -> None:
    """Young people, who need no bed, lie with the illnesses that the house's old people have."""
    rng, drgs = rng_of(fund, plant, "visits"), fund.catalogue.drgs
    wanted = max(3, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction))
    fit = (fund.patients["age"] >= 21) & (fund.patients["age"] <= 34)
    who = neighbours(fund, plant, rng, wanted, fit)
    favourites = rng.permutation(len(_OF_OLD_AGE))[: 2 + round(plant.plan.dial)]
    plain = np.array([int(np.flatnonzero(drgs["adrg"] == _OF_OLD_AGE[f])[2]) for f in favourites])
    drg = plain[rng.integers(len(plain), size=len(who))]
    at = {"patient": who, "provider": np.full(len(who), plant.provider)}
    day = rng.permutation(days_within(rng, plant, len(who), 12))
    stays = stays_with(fund, rng, drg, at | {"admitted": day})
    stays["practitioner"] = practitioner_of(rng, fund.providers, at["provider"], stays["group"])
    stays["plant"] = np.full(len(who), plant.plan.number)
    add_visits(fund, take(stays, possible(fund, stays) & ~meets_a_stay(fund, stays)))
