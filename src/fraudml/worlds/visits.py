"""Honest visits without a bed: outpatient, emergency, pharmacy and monthly refills."""

import numpy as np

from fraudml.worlds.columns import Array, Columns, Rng, draw_by, spread, stack, within
from fraudml.worlds.fund import (
    CHRONIC,
    EMERGENCY,
    NO_CARD,
    OUTPATIENT,
    PHARMACY_SALE,
    Fund,
    make_visits,
)
from fraudml.worlds.people import practitioner_of
from fraudml.worlds.providers import CLINIC, HOSPITAL, NURSING, PHARMACY
from fraudml.worlds.window import season

OUTPATIENT_PER_MONTH = 0.33
PHARMACY_PER_MONTH = 0.22


def day_visits(fund: Fund, scale: float) -> Columns:
    """All honest visits of one day each, unsorted, before deaths and stays are respected."""
    months = fund.window.days / 30.4
    parts = (
        _sporadic(fund, "outpatient", OUTPATIENT, OUTPATIENT_PER_MONTH * months * scale),
        _sporadic(fund, "pharmacy", PHARMACY_SALE, PHARMACY_PER_MONTH * months * scale),
        _refills(fund),
    )
    visits = stack(*parts)
    rng = fund.rng("visits.detail")
    visits["minute"] = clock(rng, len(visits["patient"]))
    visits["card"] = cards(rng, fund, visits["provider"])
    visits["care"] = rng.gamma(4.0, 0.25, len(visits["patient"]))
    visits["practitioner"] = attending(rng, fund, visits)
    return visits


def clock(rng: Rng, n: int) -> Array:
    """Minutes of the day at which people come: a morning and an afternoon peak."""
    morning = rng.normal(9.7 * 60, 65, n)
    afternoon = rng.normal(15 * 60, 75, n)
    return np.where(rng.random(n) < 0.62, morning, afternoon).astype(np.int64).clip(420, 1290)


def cards(rng: Rng, fund: Fund, provider: Array) -> Array:
    """How identity was checked; some providers are honestly careless."""
    careless = (0.03 * fund.providers["habit_cardless"][provider]).clip(0, 0.4)
    checked = draw_by(rng, np.array([0.52, 0.38, 0.10]), len(provider))
    return np.where(rng.random(len(provider)) < careless, NO_CARD, checked)


def attending(rng: Rng, fund: Fund, visits: Columns) -> Array:
    """The practitioner of each visit; often not recorded at pharmacies, rarely elsewhere."""
    who = practitioner_of(rng, fund.providers, visits["provider"], visits["group"])
    at_pharmacy = fund.providers["kind"][visits["provider"]] == PHARMACY
    return np.where(rng.random(len(who)) < np.where(at_pharmacy, 0.55, 0.012), -1, who)


def choose_provider(rng: Rng, fund: Fund, patient: Array, attraction: Array) -> Array:
    """A provider for each patient: mostly the home one, else drawn by attraction, mostly nearby.

    attraction  (providers,) relative pull; 0 where the provider does not offer this
    """
    region = fund.patients["region"]
    home = _nearby(rng, fund, region, attraction)[patient]
    near = _nearby(rng, fund, region[patient], attraction)
    far = draw_by(rng, attraction, len(patient))
    loyal, luck = fund.patients["loyal"][patient], rng.random(len(patient))
    elsewhere = np.where(luck < loyal + 0.75 * (1 - loyal), near, far)
    return np.where(luck < loyal, home, elsewhere)


def _nearby(rng: Rng, fund: Fund, region: Array, attraction: Array) -> Array:
    chosen = draw_by(rng, attraction, len(region))
    for r in range(int(region.max()) + 1):
        local = np.where(fund.providers["region"] == r, attraction, 0.0)
        here = np.flatnonzero(region == r)
        if local.sum() > 0:
            chosen[here] = draw_by(rng, local, len(here))
    return chosen


def _attraction(fund: Fund, hospital: float, clinic: float, nursing: float, shop: float) -> Array:
    pull = np.zeros(len(fund.providers["kind"]))
    for kind, share in (
        (HOSPITAL, hospital),
        (CLINIC, clinic),
        (NURSING, nursing),
        (PHARMACY, shop),
    ):
        here = fund.providers["kind"] == kind
        size = np.where(here, fund.providers["size"], 0.0)
        pull += share * size / size.sum()
    return pull


def _sporadic(fund: Fund, name: str, kind: int, mean: float) -> Columns:
    rng = fund.rng(f"visits.{name}")
    counts = rng.poisson(fund.patients["care"] * mean)
    patient = spread(counts)
    day = draw_by(rng, fund.window.weights(), len(patient))
    shop = kind == PHARMACY_SALE
    pull = _attraction(fund, 0, 0, 0, 1) if shop else _attraction(fund, 0.62, 0.36, 0.02, 0)
    provider = choose_provider(rng, fund, patient, pull)
    diagnosis = draw_diagnosis(rng, fund, patient, day)
    urgent = (rng.random(len(patient)) < 0.05) & (fund.providers["kind"][provider] == HOSPITAL)
    return make_visits(
        patient=patient,
        provider=provider,
        kind=np.where(urgent & (not shop), EMERGENCY, kind),
        group=fund.catalogue.diagnoses["group"][diagnosis],
        diagnosis=diagnosis,
        admitted=day,
        discharged=day,
    )


def draw_diagnosis(rng: Rng, fund: Fund, patient: Array, day: Array) -> Array:
    """A diagnosis that suits age, sex and month."""
    table, people = fund.catalogue.diagnoses, fund.patients
    seasonal = np.array([season(s) for s in table["season"]])
    month = fund.window.month_of_year(day)
    band = np.searchsorted([6, 18, 35, 50, 65, 80], people["age"][patient], side="right")
    middle = np.array([3, 12, 26, 42, 57, 72, 85])
    female = people["female"][patient]
    found = np.zeros(len(patient), dtype=np.int64)
    code = (band * 2 + female) * 12 + month
    order = np.argsort(code, kind="stable")
    edges = np.searchsorted(code[order], np.arange(len(middle) * 24 + 1))
    for cell in range(len(middle) * 24):
        rows = order[edges[cell] : edges[cell + 1]]
        fits = _fits(table, middle[cell // 24], "F" if (cell // 12) % 2 else "M")
        found[rows] = draw_by(rng, table["weight"] * fits * seasonal[:, cell % 12], len(rows))
    return found


def _fits(table: Columns, age: int, sex: str) -> Array:
    right_sex = (table["sex"] == "") | (table["sex"] == sex)
    return np.asarray(right_sex & (table["age_lo"] <= age) & (age <= table["age_hi"]))


def _refills(fund: Fund) -> Columns:
    """Chronic patients fetch a month's drugs about every 30 days, some every two months."""
    rng = fund.rng("visits.refills")
    chronic = np.flatnonzero(fund.patients["chronic"])
    step = np.where(rng.random(len(chronic)) < 0.14, 58, rng.integers(28, 33, len(chronic)))
    counts = fund.window.days // step
    patient = chronic[spread(counts)]
    start = rng.integers(0, step)
    day = np.repeat(start, counts) + within(counts) * np.repeat(step, counts)
    day = (day + rng.integers(-2, 4, len(day))).clip(0, fund.window.days - 1)
    kept = rng.random(len(day)) < 0.9
    patient, day = patient[kept], day[kept]
    illness = _chronic_illness(rng, fund, chronic)[spread(counts)][kept]
    provider = choose_provider(rng, fund, patient, _attraction(fund, 0.4, 0.48, 0.02, 0.1))
    return make_visits(
        patient=patient,
        provider=provider,
        kind=np.full(len(patient), CHRONIC),
        group=fund.catalogue.diagnoses["group"][illness],
        diagnosis=illness,
        admitted=day,
        discharged=day,
    )


def _chronic_illness(rng: Rng, fund: Fund, chronic: Array) -> Array:
    table = fund.catalogue.diagnoses
    lasting = table["weight"] * table["chronic"] * (table["group"] != 7)
    found = draw_by(rng, lasting, len(chronic))
    young = fund.patients["age"][chronic] < table["age_lo"][found]
    return np.where(young, int(np.flatnonzero(table["code"] == "E11.9")[0]), found)
