"""Honest stays: case mix by level, readmissions, staged chemotherapy; and dialysis."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, Rng, draw_by, spread, stack, take, within
from fraudml.worlds.fund import INPATIENT, OUTPATIENT, Fund, make_visits
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.providers import HOSPITAL, NURSING
from fraudml.worlds.visits import cards, clock

STAYS_PER_MONTH = 0.017
SEVERITIES = 3
# what can be had once (gallbladder, womb; a birth in two years), and what often follows it
AFTER = {"GC2": "GZ1", "NC1": "LU1", "OR1": "LU1"}


def make_stays(fund: Fund, scale: float) -> Columns:
    """Every honest stay, none overlapping another of the same patient, and dialysis sessions."""
    first = _first_stays(fund, scale)
    chemo, dialysis = _chemotherapy(fund, scale), _dialysis(fund, scale)
    stays = drop_overlaps(stack(first, _readmissions(fund, first), chemo))
    _once_in_a_life(fund, stays)
    visits = stack(stays, dialysis)
    rng = fund.rng("stays.detail")
    visits["minute"] = clock(rng, len(visits["patient"]))
    visits["card"] = cards(rng, fund, visits["provider"])
    n = len(visits["patient"])
    light = rng.random(n) < 0.06
    visits["care"] = np.where(light, rng.uniform(0.2, 0.6, n), rng.lognormal(-0.06, 0.35, n))
    who = practitioner_of(rng, fund.providers, visits["provider"], visits["group"])
    visits["practitioner"] = np.where(rng.random(len(who)) < 0.006, -1, who)
    return visits


def _once_in_a_life(fund: Fund, stays: Columns) -> None:
    """Who had an organ out, or gave birth, comes back for what often follows it, not for another.

    stays  sorted by patient and day
    """
    drgs, rng = fund.catalogue.drgs, fund.rng("stays.once")
    for adrg, follows in AFTER.items():
        rows = np.flatnonzero(drgs["adrg"][stays["drg"]] == adrg)
        _, first = np.unique(stays["patient"][rows], return_index=True)
        again = np.delete(rows, first)
        plain = int(np.flatnonzero(drgs["adrg"] == follows)[-1])
        stays["drg"][again] = stays["true_drg"][again] = plain
        stays["diagnosis"][again] = diagnosis_of(rng, fund, stays["drg"][again])
        stays["group"][again] = drgs["group"][plain]


def drop_overlaps(stays: Columns) -> Columns:
    """Stays that begin on or after the end of the same patient's earlier ones; first come stays."""
    order = np.lexsort((stays["discharged"], stays["admitted"], stays["patient"]))
    stays = take(stays, order)
    while True:
        same = stays["patient"][1:] == stays["patient"][:-1]
        clash = same & (stays["admitted"][1:] < stays["discharged"][:-1])
        if not clash.any():
            return stays
        clash[1:] &= ~clash[:-1]
        stays = take(stays, np.concatenate([[True], ~clash]))


def draw_drg(rng: Rng, fund: Fund, patient: Array, provider: Array) -> Array:
    """A DRG that suits age, sex and the level: heavy surgery goes to referral centres."""
    drgs, level = fund.catalogue.drgs, fund.providers["level"][provider]
    base = {name: column[::SEVERITIES] for name, column in drgs.items()}
    band = np.searchsorted([18, 40, 60, 75], fund.patients["age"][patient], side="right")
    middle = np.array([10, 30, 52, 68, 84])
    female = fund.patients["female"][patient]
    found = np.zeros(len(patient), dtype=np.int64)
    cell = (band * 4 + level) * 2 + female
    for c in range(len(middle) * 8):
        rows = np.flatnonzero(cell == c)
        weights = _drg_weights(base, middle[c // 8], (c // 2) % 4, "F" if c % 2 else "M")
        found[rows] = draw_by(rng, weights, len(rows))
    return found * SEVERITIES + _severity(rng, fund, patient, provider)


def _drg_weights(base: Columns, age: int, level: int, sex: str) -> Array:
    heavy = base["high_level"] * (0.02, 0.05, 0.5, 2.4)[level] + (1 - base["high_level"])
    surgery = np.where(base["surgical"] > 0, (0.1, 0.4, 1.0, 1.5)[level], 1.0)
    fits = (base["age_lo"] <= age) & (age <= base["age_hi"])
    right_sex = (base["sex"] == "") | (base["sex"] == sex)
    return np.asarray(base["share"] * heavy * surgery * fits * right_sex + 1e-9)


def _severity(rng: Rng, fund: Fund, patient: Array, provider: Array) -> Array:
    """0 with major, 1 with, 2 without complications: by age, level and the provider's coding."""
    age, level = fund.patients["age"][patient], fund.providers["level"][provider]
    odds = 0.10 * np.exp((age - 60) / 45) * (1 + 0.25 * level)
    odds = odds * fund.providers["habit_severity"][provider]
    luck = rng.random(len(patient))
    return np.where(luck < odds.clip(0, 0.4), 0, np.where(luck < (3.4 * odds).clip(0, 0.8), 1, 2))


def stay_days(rng: Rng, fund: Fund, drg: Array, provider: Array) -> Array:
    """Whole days in bed, at least 1."""
    usual = fund.catalogue.drgs["days"][drg] * fund.providers["habit_stay"][provider]
    return np.round(usual * rng.lognormal(-0.05, 0.36, len(drg))).astype(np.int64).clip(1, 88)


def regrouped(rng: Rng, fund: Fund, stays: Columns, rows: Array, drg: int) -> None:
    """Put these stays into another group, with an illness that the group admits."""
    stays["drg"] = stays["true_drg"] = np.where(rows, drg, stays["drg"])
    stays["diagnosis"] = np.where(rows, diagnosis_of(rng, fund, stays["drg"]), stays["diagnosis"])
    stays["group"] = fund.catalogue.drgs["group"][stays["drg"]]


def plainest(fund: Fund) -> int:
    """The group of a bad back without anything beside it: light, common, and hard to disprove."""
    return int(np.flatnonzero(fund.catalogue.drgs["code"] == "IU25")[0])


def admitted_by(fund: Fund, drg: int) -> Array:
    """Whether a group admits each diagnosis of the catalogue."""
    prefixes = tuple(str(fund.catalogue.drgs["prefixes"][drg]).split("|"))
    return np.array([str(c).startswith(prefixes) for c in fund.catalogue.diagnoses["code"]])


def diagnosis_of(rng: Rng, fund: Fund, drg: Array) -> Array:
    """A diagnosis whose code begins with one of the DRG's prefixes."""
    groups = range(len(fund.catalogue.drgs["prefixes"]))
    options = [np.flatnonzero(admitted_by(fund, group)).tolist() for group in groups]
    count = np.array([len(o) for o in options])
    table = np.array([(o * 4)[:4] for o in options])
    pick = np.floor(rng.random(len(drg)) * count[drg]).astype(np.int64)
    return np.asarray(table[drg, pick.clip(0, 3)])


def stays_at(fund: Fund, rng: Rng, patient: Array, provider: Array, day: Array) -> Columns:
    """Ordinary stays of these patients at these providers from these days."""
    drg = draw_drg(rng, fund, patient, provider)
    return stays_with(fund, rng, drg, {"patient": patient, "provider": provider, "admitted": day})


def stays_with(fund: Fund, rng: Rng, drg: Array, who: Columns) -> Columns:
    """Stays for this treatment; who  patient, provider, admitted."""
    return make_visits(
        **who,
        kind=np.full(len(drg), INPATIENT),
        group=fund.catalogue.drgs["group"][drg],
        diagnosis=diagnosis_of(rng, fund, drg),
        drg=drg,
        discharged=who["admitted"] + stay_days(rng, fund, drg, who["provider"]),
    )


def _bed_pull(fund: Fund) -> Array:
    kind, size = fund.providers["kind"], fund.providers["size"]
    pull = np.zeros(len(kind))
    for which, share in ((HOSPITAL, 0.95), (NURSING, 0.05)):
        here = np.where(kind == which, size, 0.0)
        pull += share * here / here.sum()
    return pull


def _first_stays(fund: Fund, scale: float) -> Columns:
    rng = fund.rng("stays.first")
    months = fund.window.days / 30.4
    counts = rng.poisson(fund.patients["care"] * STAYS_PER_MONTH * months * scale)
    patient = spread(counts)
    region = fund.patients["region"][patient]
    near = fund.providers["region"][:, None] == np.arange(int(region.max()) + 1)
    provider = draw_by(rng, _bed_pull(fund), len(patient))
    for r in range(near.shape[1]):
        pull = np.where(near[:, r], _bed_pull(fund), 0.0)
        rows = np.flatnonzero((region == r) & (rng.random(len(patient)) < 0.66))
        if pull.sum() > 0:
            provider[rows] = draw_by(rng, pull, len(rows))
    day = draw_by(rng, fund.window.weights(), len(patient))
    return stays_at(fund, rng, patient, provider, day)


def _readmissions(fund: Fund, first: Columns) -> Columns:
    """Honest returns: about 7 % within 30 days, more where the provider or illness has them."""
    rng = fund.rng("stays.readmissions")
    chance = 0.06 * fund.providers["habit_readmit"][first["provider"]]
    back = take(first, rng.random(len(first["patient"])) < chance.clip(0, 0.3))
    gap = 1 + np.floor(rng.exponential(11, len(back["patient"]))).astype(np.int64).clip(0, 60)
    who = {"patient": back["patient"], "provider": back["provider"]}
    return stays_with(fund, rng, back["drg"], who | {"admitted": back["discharged"] + gap})


def _staged(fund: Fund, rng: Rng, share: float, least_age: int) -> tuple[Array, Array, Array]:
    """Patients in staged treatment, their large hospital and their first day."""
    adults = np.flatnonzero(fund.patients["age"] >= least_age)
    patient = adults[rng.random(len(adults)) < share]
    large = (fund.providers["kind"] == HOSPITAL) & (fund.providers["level"] >= 2)
    pull = np.where(large, fund.providers["size"] * fund.providers["level"], 0.0)
    provider = draw_by(rng, pull + 1e-12, len(patient))
    return patient, provider, rng.integers(-120, fund.window.days - 60, len(patient))


def _chemotherapy(fund: Fund, scale: float) -> Columns:
    """Cycles of a few days every three weeks at one hospital: honest, and like readmission."""
    rng = fund.rng("stays.chemotherapy")
    patient, provider, start = _staged(fund, rng, 0.008 * min(scale, 1.0), 35)
    cycles = rng.integers(4, 9, len(patient))
    row = spread(cycles)
    day = start[row] + within(cycles) * 21 + rng.integers(-1, 3, len(row))
    drg = np.flatnonzero(fund.catalogue.drgs["adrg"] == "RE1")[
        draw_by(rng, np.array([0.06, 0.24, 0.7]), len(row))
    ]
    who = {"patient": patient[row], "provider": provider[row], "admitted": day}
    stays = stays_with(fund, rng, drg, who)
    return take(stays, day >= 0)


def _dialysis(fund: Fund, scale: float) -> Columns:
    """Two or three sessions a week on fixed weekdays: honest, and like collusive visits."""
    rng = fund.rng("stays.dialysis")
    patient, provider, start = _staged(fund, rng, 0.0016 * min(scale, 1.0), 30)
    length = rng.integers(60, fund.window.days, len(patient))
    sessions = length * 3 // 7
    row, turn = spread(sessions), within(sessions)
    day = start[row] + (turn // 3) * 7 + (turn % 3) * 2
    illness = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == "N18.5")[0])
    visits = make_visits(
        patient=patient[row],
        provider=provider[row],
        kind=np.full(len(row), OUTPATIENT),
        group=np.full(len(row), fund.catalogue.diagnoses["group"][illness]),
        diagnosis=np.full(len(row), illness),
        admitted=day,
        discharged=day,
    )
    inside = (day >= 0) & (day < fund.window.days) & (rng.random(len(row)) < 0.97)
    return take(visits, inside)
