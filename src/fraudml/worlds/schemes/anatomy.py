"""T17 sex, age or anatomy conflict: other people's illnesses on a card, organs taken out twice."""

import numpy as np

from fraudml.worlds.columns import spread, take, within
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    alive,
    day_visits_at,
    days_within,
    neighbours,
    own_visits,
    rng_of,
)
from fraudml.worlds.stays import drop_overlaps, stays_at

_ONCE = ("GC2", "NC1", "OR1")  # gallbladder, womb; births within months of each other


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
    rng, drgs = rng_of(fund, plant, "visits"), fund.catalogue.drgs
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
    code = {a: int(np.flatnonzero(drgs["adrg"] == a)[2]) for a in _ONCE}
    stays["drg"] = stays["true_drg"] = np.array([code[a] for a in adrg], dtype=np.int64)
    illness = {"GC2": "K80.2", "NC1": "D25.9", "OR1": "O80.0"}
    codes = fund.catalogue.diagnoses["code"]
    number = {a: int(np.flatnonzero(codes == c)[0]) for a, c in illness.items()}
    stays["diagnosis"] = np.array([number[a] for a in adrg], dtype=np.int64)
    stays["group"] = drgs["group"][stays["drg"]]
    stays["discharged"] = day + rng.integers(4, 9, len(day))
    stays["plant"] = np.full(len(day), plant.plan.number)
    inside = (stays["discharged"] < fund.window.days) & alive(fund, who[row], stays["discharged"])
    stays = drop_overlaps(take(stays, inside))
    stays["practitioner"] = fund.providers["first"][stays["provider"]]
    add_visits(fund, stays)
