"""What is billed in a visit: fixed fees, and items drawn by diagnosis group and provider habit."""

import numpy as np

from fraudml.worlds.catalogue import CONSUMABLE, DRUG, EXAM, GROUPS, SERVICE
from fraudml.worlds.columns import Array, Columns, Rng, height, spread, stack, take, within
from fraudml.worlds.fund import (
    CHRONIC,
    EMERGENCY,
    INPATIENT,
    OUTPATIENT,
    Fund,
    age_at,
    make_lines,
)
from fraudml.worlds.providers import PHARMACY

# mean lines a visit by item kind and visit kind (inpatient: a day)
_MEANS = {
    EXAM: (0.6, 0.62, 0.12, 1.9, 0.0),
    DRUG: (1.9, 1.15, 1.5, 1.3, 1.5),
    SERVICE: (0.5, 0.34, 0.04, 0.5, 0.0),
    CONSUMABLE: (0.5, 0.1, 0.06, 0.5, 0.0),
}
_HABIT = {EXAM: "exams", DRUG: "drugs", SERVICE: "services", CONSUMABLE: "services"}
_EXPENSIVE_FEN = 30_000


def lines_of(fund: Fund) -> Columns:
    """The lines of all visits, each item at most once a day in a claim, sorted by visit."""
    parts = [_fees(fund), _bed_days(fund), _operations(fund)]
    parts += [_drawn(fund, kind) for kind in _MEANS]
    lines = _once_a_day(stack(*parts))
    lines = take(lines, permitted(fund, lines) & _beside_bundles(fund, lines))
    lines["quantity"] = np.minimum(
        lines["quantity"], fund.catalogue.items["max_daily"][lines["item"]]
    )
    return lines


def _once_a_day(lines: Columns) -> Columns:
    key = (lines["visit"] * 1024 + lines["item"]) * 2048 + lines["day"]
    _, first = np.unique(key, return_index=True)
    return take(lines, first)


def _beside_bundles(fund: Fund, lines: Columns) -> Array:
    """False for what a bundle of the same visit and day already contains."""
    kept = np.ones(height(lines), dtype=bool)
    key = lines["visit"] * 2048 + lines["day"]
    for bundle in np.flatnonzero(fund.catalogue.items["bundle"] != ""):
        part = np.flatnonzero(np.isin(lines["item"], fund.catalogue.parts(int(bundle))))
        kept[part[np.isin(key[part], key[lines["item"] == bundle])]] = False
    return kept


def permitted(fund: Fund, lines: Columns) -> Array:
    """Items limited to a diagnosis, a sex, an age or a level go where they may go."""
    items, visits = fund.catalogue.items, fund.visits
    codes = fund.catalogue.diagnoses["code"]
    fits = np.array([[code.startswith(limit) for limit in items["dx_limit"]] for code in codes])
    patient = visits["person"][lines["visit"]]
    sex = np.where(fund.patients["female"][patient], "F", "M")
    limit = items["sex"][lines["item"]]
    level = fund.providers["level"][visits["provider"][lines["visit"]]]
    return np.asarray(
        fits[visits["diagnosis"][lines["visit"]], lines["item"]]
        & ((limit == "") | (limit == sex))
        & (items["level_min"][lines["item"]] <= level)
        & _of_age(fund, patient, lines)
    )


def _of_age(fund: Fund, patient: Array, lines: Columns) -> Array:
    items = fund.catalogue.items
    limited = (items["youngest"] > 0) | (items["oldest"] < 200)
    rows = np.flatnonzero(limited[lines["item"]])
    age = age_at(fund, patient[rows], lines["day"][rows])
    item = lines["item"][rows]
    fits = np.ones(len(patient), dtype=bool)
    fits[rows] = (items["youngest"][item] <= age) & (age <= items["oldest"][item])
    return fits


def _fees(fund: Fund) -> Columns:
    """Consultation fees, dialysis sessions with their set."""
    visits, fixed = fund.visits, fund.catalogue.fixed
    rng = fund.rng("lines.fees")
    kind, level = visits["kind"], fund.providers["level"][visits["provider"]]
    active = visits["care"] > 0
    usual = np.array([0.0, 0.86, 0.7, 1.0, 0.0])[kind]
    seen = rng.random(len(kind)) < usual
    seen &= active & (fund.providers["kind"][visits["provider"]] != PHARMACY)
    by_level = np.array([fixed["visit0"], fixed["visit0"], fixed["visit2"], fixed["visit3"]])
    item = np.where(kind == EMERGENCY, fixed["emergency"], by_level[level])
    kidney = int(np.flatnonzero(fund.catalogue.diagnoses["code"] == "N18.5")[0])
    dialysis = np.flatnonzero(active & (kind == OUTPATIENT) & (visits["diagnosis"] == kidney))
    dialysis = dialysis[level[dialysis] >= 2]
    return stack(
        _on_first_day(visits, np.flatnonzero(seen), item[seen]),
        _on_first_day(visits, dialysis, np.full(len(dialysis), fixed["dialysis"])),
        _on_first_day(visits, dialysis, np.full(len(dialysis), fixed["dialyser"])),
    )


def _on_first_day(visits: Columns, visit: Array, item: Array) -> Columns:
    return make_lines(
        visit=visit, item=item, day=visits["admitted"][visit], minute=visits["minute"][visit]
    )


def _bed_days(fund: Fund) -> Columns:
    """Bed, nursing and ward round, one line a day each; a hung bed has its bed all the same."""
    visits, fixed = fund.visits, fund.catalogue.fixed
    stay = np.flatnonzero((visits["kind"] == INPATIENT) & (visits["care"] >= 0))
    days = (visits["discharged"] - visits["admitted"])[stay].clip(1)
    row = stay[spread(days)]
    day = visits["admitted"][row] + within(days)
    level = fund.providers["level"][visits["provider"][row]]
    beds = np.array([fixed["bed1"], fixed["bed1"], fixed["bed2"], fixed["bed3"]])[level]
    rng = fund.rng("lines.beds")
    nursed = rng.random(len(row)) < 0.5 + 0.45 * np.minimum(visits["care"][row], 1.0)
    seen = rng.random(len(row)) < 0.35 + 0.6 * np.minimum(visits["care"][row], 1.0)
    parts = [
        make_lines(visit=row, item=beds, day=day, minute=np.full(len(row), 480)),
        _daily(row, day, nursed, fixed["nursing"], 510),
        _daily(row, day, seen, fixed["round"], 540),
    ]
    return stack(*parts)


def _daily(row: Array, day: Array, where: Array, item: int, minute: int) -> Columns:
    n = int(where.sum())
    return make_lines(
        visit=row[where], item=np.full(n, item), day=day[where], minute=np.full(n, minute)
    )


def _operations(fund: Fund) -> Columns:
    """Surgical stays: the operation by weight, anaesthesia, and the implant where there is one."""
    visits, fixed, drgs = fund.visits, fund.catalogue.fixed, fund.catalogue.drgs
    drg = visits["drg"]
    stay = np.flatnonzero((drg >= 0) & (drgs["surgical"][drg] > 0) & (visits["care"] > 0))
    base = drgs["weight"][drg[stay] // 3 * 3 + 2]
    level = fund.providers["level"][visits["provider"][stay]]
    grade = np.minimum(np.searchsorted([1.0, 1.6, 3.5], base), level)
    graded = np.array([fixed[f"surgery{i}"] for i in (1, 2, 3, 4)])[grade]
    named = {"FM1": "stent", "IC2": "knee", "IF5": "plate", "CB3": "lens", "GB2": "stapler"}
    named |= {"EB1": "stapler", "GC2": "suture", "NC1": "suture", "KD1": "suture"}
    implant = np.array([fixed.get(named.get(a, ""), -1) for a in drgs["adrg"]])[drg[stay]]
    deep = base > 1.0
    parts = [_on_first_day(visits, stay, graded)]
    parts.append(_on_first_day(visits, stay[deep], np.full(deep.sum(), fixed["anaesthesia"])))
    parts.append(_on_first_day(visits, stay[implant >= 0], implant[implant >= 0]))
    return stack(*parts)


def _drawn(fund: Fund, kind: int) -> Columns:
    """Items of one kind: how many by habit, which by diagnosis group and level."""
    visits, rng = fund.visits, fund.rng(f"lines.{kind}")
    habit = fund.providers[f"habit_{_HABIT[kind]}"][visits["provider"]]
    days = np.where(
        visits["kind"] == INPATIENT, (visits["discharged"] - visits["admitted"]).clip(1), 1
    )
    mean = np.array(_MEANS[kind])[visits["kind"]] * days**0.9 * habit * visits["care"].clip(0)
    if kind == DRUG:
        least = np.where((visits["kind"] >= 2) & (visits["care"] > 0), 1, 0)
        counts = least + rng.poisson((mean - least).clip(0.1) * (visits["care"] > 0))
    else:
        counts = rng.poisson(mean)
    row = spread(counts)
    item = draw_items(rng, fund, kind, row)
    row, item = row[item >= 0], item[item >= 0]
    day = visits["admitted"][row] + np.floor(rng.random(len(row)) * days[row]).astype(np.int64)
    return make_lines(
        visit=row,
        item=item,
        day=day,
        minute=(visits["minute"][row] + rng.integers(2, 90, len(row))).clip(0, 1439),
        quantity=quantities(rng, fund, item, visits["kind"][row]),
        supply=supplies(rng, fund, item, visits["kind"][row]),
    )


def draw_items(rng: Rng, fund: Fund, kind: int, visit: Array) -> Array:
    """An item of the kind for each visit, by diagnosis group and level; -1 where none suits."""
    group = fund.visits["group"][visit]
    level = fund.providers["level"][fund.visits["provider"][visit]]
    cell = level * len(GROUPS) + group
    luck = rng.random(len(visit))
    item = np.full(len(visit), -1)
    order = np.argsort(cell, kind="stable")
    edges = np.searchsorted(cell[order], np.arange(4 * len(GROUPS) + 1))
    for lv in range(4):
        shares = np.cumsum(fund.catalogue.shares(kind, lv), axis=1)
        for g in range(len(GROUPS)):
            rows = order[edges[lv * len(GROUPS) + g] : edges[lv * len(GROUPS) + g + 1]]
            if shares[g, -1] > 0:
                item[rows] = np.searchsorted(shares[g], luck[rows] * shares[g, -1], side="right")
    return item


def quantities(rng: Rng, fund: Fund, item: Array, kind: Array) -> Array:
    """Whole units: drugs mostly 1 to 3 packs, fewer of dear ones; most else one."""
    items = fund.catalogue.items
    drug = items["kind"][item] == DRUG
    dear = items["cap_fen"][item] > _EXPENSIVE_FEN
    more = np.where(kind == INPATIENT, 0.8, np.where(kind == CHRONIC, 0.5, 0.22))
    packs = 1 + rng.binomial(np.where(kind == INPATIENT, 4, 2), more)
    small = 1 + rng.binomial(1, 0.08, len(item))
    units = np.where(drug & ~dear, packs, np.where(dear, 1, small))
    return np.minimum(units, items["max_daily"][item])


def supplies(rng: Rng, fund: Fund, item: Array, kind: Array) -> Array:
    """Days a drug line is meant to last; 0 for what is not a drug or is used at once."""
    drug = fund.catalogue.items["kind"][item] == DRUG
    short = rng.choice(np.array([3, 5, 7, 7, 10, 14]), len(item))
    days = np.where(kind == CHRONIC, 30, short)
    return np.where(drug & (kind != INPATIENT), days, 0)
