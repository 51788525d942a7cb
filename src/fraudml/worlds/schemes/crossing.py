"""T23 cross-region anomaly: people brought from one other place, emergencies that were planned."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, Rng, take
from fraudml.worlds.fund import EMERGENCY, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    at_bed,
    day_visits_at,
    days_within,
    meets_a_stay,
    own_visits,
    possible,
    rng_of,
)
from fraudml.worlds.stays import drop_overlaps, plainest, regrouped, stays_at

_PLANNED = {"CB3": "H25.9", "LE1": "N20.0", "GC2": "K80.2"}


def _stays(fund: Fund, plant: Plant, rng: Rng, pool: Array) -> Columns:
    """Unfiled stays of outsiders at the carrier; none where nobody of the pool is insured."""
    wanted = max(4, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction))
    wanted = wanted if len(pool) else 0
    patient = pool[rng.integers(max(len(pool), 1), size=wanted)]
    day = rng.permutation(days_within(rng, plant, wanted, 12))
    stays = stays_at(fund, rng, patient, np.full(wanted, plant.provider), day)
    stays["discharged"] = day + rng.integers(3, 9, wanted)
    stays["referral"] = np.zeros(wanted, dtype=np.int8)
    stays["practitioner"] = fund.providers["first"][stays["provider"]]
    stays["plant"] = np.full(wanted, plant.plan.number)
    return stays


def _kept(fund: Fund, stays: Columns) -> Columns:
    free = possible(fund, stays) & ~at_bed(fund, stays["patient"], stays["discharged"])
    return drop_overlaps(take(stays, free))


def one_place(fund: Fund, plant: Plant) -> None:
    """Agents recruit in one place only; the illnesses are light."""
    rng, people = rng_of(fund, plant, "visits"), fund.patients
    place = rng.integers(int(people["outside"].max()) + 1)
    pool = np.flatnonzero((people["outside"] == place) & (people["age"] >= 30))
    stays = _stays(fund, plant, rng, pool)
    heavy = fund.catalogue.drgs["weight"][stays["drg"]] > 1.0
    regrouped(rng_of(fund, plant, "illness"), fund, stays, heavy, plainest(fund))
    add_visits(fund, _kept(fund, stays))


def sham_emergency(fund: Fund, plant: Plant) -> None:
    """A planned operation begins with an emergency visit, which needs no filing."""
    rng, people = rng_of(fund, plant, "visits"), fund.patients
    pool = np.flatnonzero((people["outside"] >= 0) & (people["age"] >= 50) & (people["age"] < 85))
    stays = _stays(fund, plant, rng, pool)
    drgs, codes = fund.catalogue.drgs, fund.catalogue.diagnoses["code"]
    which = np.array(list(_PLANNED), dtype=object)[
        rng.integers(len(_PLANNED), size=len(stays["drg"]))
    ]
    plain = {a: int(np.flatnonzero(drgs["adrg"] == a)[2]) for a in _PLANNED}
    number = {a: int(np.flatnonzero(codes == c)[0]) for a, c in _PLANNED.items()}
    stays["drg"] = stays["true_drg"] = np.array([plain[a] for a in which], dtype=np.int64)
    stays["diagnosis"] = np.array([number[a] for a in which], dtype=np.int64)
    stays["group"] = drgs["group"][stays["drg"]]
    stays = _kept(fund, stays)
    door = day_visits_at(
        fund,
        plant,
        stays["patient"],
        stays["provider"],
        stays["admitted"],
        diagnosis=stays["diagnosis"],
        kind=np.full(len(stays["patient"]), EMERGENCY),
    )
    add_visits(fund, door)
    add_visits(fund, stays)


def resort(fund: Fund, plant: Plant) -> None:
    """Outsiders of all places come for a fixed number of days of rehabilitation, properly filed."""
    rng, people = rng_of(fund, plant, "visits"), fund.patients
    pool = np.flatnonzero((people["outside"] >= 0) & (people["age"] >= 45))
    stays = _stays(fund, plant, rng, pool)
    arrival = stays["admitted"] - fund.window.weekday(stays["admitted"])
    stays["admitted"] = np.maximum(arrival, plant.start_day)
    stays["discharged"] = stays["admitted"] + 7 + round(4 * plant.plan.dial)
    stays["referral"] = np.ones(len(arrival), dtype=np.int8)
    code = int(np.flatnonzero(fund.catalogue.drgs["code"] == "IZ35")[0])
    everybody = np.ones(len(arrival), dtype=bool)
    regrouped(rng_of(fund, plant, "illness"), fund, stays, everybody, code)
    add_visits(fund, _kept(fund, stays))


def long_guests(fund: Fund, plant: Plant) -> None:
    """Outsiders are brought for free board and lodging: a month or two, and again after a while.

    They are said to be low in spirits, which nobody can disprove; each is properly filed.
    """
    rng, people = rng_of(fund, plant, "visits"), fund.patients
    pool = np.flatnonzero((people["outside"] >= 0) & (people["age"] >= 25) & (people["age"] < 75))
    least = max(2, round(len(own_visits(fund, plant, stays=True)) * plant.plan.fraction / 2))
    stays = _stays(fund, plant, rng, rng.permutation(pool)[:least])
    n = len(stays["patient"])
    stays["discharged"] = stays["admitted"] + rng.integers(26, 58, n)
    stays["referral"] = np.ones(n, dtype=np.int8)
    stays["care"] = rng.uniform(0.25, 0.5, n)
    code = int(np.flatnonzero(fund.catalogue.drgs["code"] == "TT15")[0])
    regrouped(rng_of(fund, plant, "illness"), fund, stays, np.ones(n, dtype=bool), code)
    free = ~meets_a_stay(fund, stays) & possible(fund, stays)
    add_visits(fund, drop_overlaps(take(stays, free)))
