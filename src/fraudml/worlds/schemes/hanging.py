"""T07 hang-bed stay: people who live at home while a bed is billed, with few services."""

import numpy as np

from fraudml.worlds.catalogue import BED
from fraudml.worlds.columns import Array, Columns, draw_by, spread, take, within
from fraudml.worlds.fund import INPATIENT, Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.providers import NURSING
from fraudml.worlds.schemes.business import (
    add_visits,
    alive,
    at_bed,
    by_accomplices,
    false_lines,
    mark,
    meets_a_stay,
    move_lines,
    own_visits,
    rng_of,
    share_of,
)
from fraudml.worlds.stays import drop_overlaps, plainest, regrouped, stays_at


def plant_visits(fund: Fund, plant: Plant) -> None:
    """Recruited patients lie on paper for 5 to 11 days; their visits elsewhere go on."""
    rng = rng_of(fund, plant, "visits")
    real = len(own_visits(fund, plant, stays=True))
    wanted = max(3, round(real * plant.plan.fraction))
    patient = _recruits(fund, plant, wanted)
    start = rng.integers(
        plant.start_day, max(plant.stop_day - 12, plant.start_day + 1), len(patient)
    )
    stays = stays_at(fund, rng, patient, np.full(len(patient), plant.provider), start)
    length = rng.integers(5, 12, len(patient))
    stays["discharged"] = stays["admitted"] + length
    illness = rng_of(fund, plant, "illness")
    regrouped(illness, fund, stays, ~_light(fund, stays), plainest(fund))
    stays["care"] = rng.uniform(0.08, 0.4, len(patient))
    stays["practitioner"] = by_accomplices(rng, plant, fund.providers["first"][stays["provider"]])
    stays["plant"] = np.full(len(patient), plant.plan.number)
    clear = ~meets_a_stay(fund, stays) & alive(fund, patient, stays["discharged"])
    stays = drop_overlaps(take(stays, clear))
    add_visits(fund, _errands(fund, plant, stays))
    add_visits(fund, stays)


def _recruits(fund: Fund, plant: Plant, wanted: int) -> Array:
    """People nearby with many errands of their own; one in two is recruited again."""
    rng = rng_of(fund, plant, "recruits")
    people = fund.patients
    near = people["region"] == fund.providers["region"][plant.provider]
    old = people["age"] >= (60 if fund.providers["kind"][plant.provider] == NURSING else 40)
    pull = np.where(near & old, people["care"] * (1 + 2 * people["chronic"]), 0.0)
    chosen = draw_by(rng, pull + 1e-9, max(2, round(wanted * 0.6)))
    return np.resize(chosen, wanted)


def _light(fund: Fund, stays: Columns) -> Array:
    drgs = fund.catalogue.drgs
    return np.asarray((drgs["surgical"][stays["drg"]] == 0) & (drgs["weight"][stays["drg"]] < 1.3))


def _errands(fund: Fund, plant: Plant, stays: Columns) -> Columns:
    """Honest visits of the same people elsewhere, moved into the days they are said to lie in."""
    rng = rng_of(fund, plant, "errands")
    visits = fund.visits
    theirs = np.flatnonzero(
        np.isin(visits["patient"], stays["patient"])
        & (visits["kind"] != INPATIENT)
        & (visits["provider"] != plant.provider)
        & (visits["plant"] < 0)
        & (visits["artefact"] < 0)
    )
    order = rng.permutation(theirs)
    people, first = np.unique(visits["patient"][order], return_index=True)
    has = np.isin(stays["patient"], people) & (rng.random(len(stays["patient"])) < 0.75)
    sample = order[first[np.searchsorted(people, stays["patient"][has])]]
    errands = take(visits, sample)
    span = (stays["discharged"] - stays["admitted"])[has] - 1
    day = stays["admitted"][has] + 1 + np.floor(rng.random(len(span)) * span).astype(np.int64)
    errands["admitted"] = errands["discharged"] = day
    return errands


def empty_days(fund: Fund, plant: Plant) -> None:
    """People went home, and bed and nursing are billed for four to nine days more."""
    rng, visits, fixed = rng_of(fund, plant, "lines"), fund.visits, fund.catalogue.fixed
    rows = share_of(rng, own_visits(fund, plant, stays=True), min(plant.plan.fraction * 1.2, 0.95))
    more = rng.integers(4, 10, len(rows))
    who, left = visits["patient"][rows], visits["discharged"][rows]
    free = alive(fund, who, left + more + 1) & (left + more < fund.window.days - 6)
    for ahead in range(1, 11):
        free &= (ahead > more + 1) | ~at_bed(fund, who, left + ahead)
    rows, more, left = rows[free], more[free], left[free]
    visits["discharged"][rows] = left + more
    row, day = rows[spread(more)], np.repeat(left, more) + within(more)
    level = fund.providers["level"][plant.provider]
    bed = fixed[f"bed{max(int(level), 1)}"]
    for item, minute in ((bed, 480), (fixed["nursing"], 510)):
        n = len(row)
        false_lines(fund, plant, row, np.full(n, item), day=day, minute=np.full(n, minute))


def weekends_at_home(fund: Fund, plant: Plant) -> None:
    """From Friday to Monday nobody is in; bed, nursing and round are billed for those days too.

    What is truly done is done on the working days beside; where an item stands there already,
    its line stays where it was.
    """
    rng, lines = rng_of(fund, plant, "lines"), fund.lines
    rows = share_of(rng, own_visits(fund, plant, stays=True), min(plant.plan.fraction * 1.2, 0.95))
    here = np.flatnonzero(np.isin(lines["visit"], rows) & (lines["plant"] < 0))
    here = here[fund.window.weekday(lines["day"][here]) >= 5]
    fixed = [fund.catalogue.fixed[name] for name in ("nursing", "round")]
    idle = np.isin(lines["item"][here], fixed)
    idle |= fund.catalogue.items["kind"][lines["item"][here]] == BED
    _move_to_working_days(fund, here[~idle])
    mark(fund, plant, here[idle])


def _move_to_working_days(fund: Fund, moved: Array) -> None:
    """To the Friday before or the Monday after, if that day is one of the stay's."""
    lines, visits = fund.lines, fund.visits
    day, visit = lines["day"][moved], lines["visit"][moved]
    weekday = fund.window.weekday(day)
    friday, monday = day - (weekday - 4), day + (7 - weekday)
    to = np.where((weekday == 5) & (friday >= visits["admitted"][visit]), friday, monday)
    inside = to < np.maximum(visits["discharged"][visit], visits["admitted"][visit] + 1)
    move_lines(fund, moved[inside], visit[inside], to[inside])


_AWAY = 0.85


def nights_at_home(fund: Fund, plant: Plant) -> None:
    """People come for their treatment by day; a pass is written for nearly every night."""
    rng, visits, lines = rng_of(fund, plant, "lines"), fund.visits, fund.lines
    stays = own_visits(fund, plant, stays=True)
    stays = stays[(visits["discharged"] - visits["admitted"])[stays] >= 3]
    rows = share_of(rng, stays, min(plant.plan.fraction * 1.2, 0.95))
    nights = (visits["discharged"] - visits["admitted"])[rows] - 1
    away = rng.random(int(nights.sum())) < _AWAY
    row = rows[spread(nights)][away]
    night = visits["admitted"][row] + 1 + within(nights)[away]
    fund.slept_out = np.concatenate([fund.slept_out, np.column_stack([row, night])])
    here = np.flatnonzero(np.isin(lines["visit"], rows))
    nights_of = lines["visit"][here] * 4096 + lines["day"][here]
    empty = here[np.isin(nights_of, row * 4096 + night)]
    bed = fund.catalogue.items["kind"][lines["item"][empty]] == BED
    bed |= lines["item"][empty] == fund.catalogue.fixed["nursing"]
    mark(fund, plant, empty[bed & (lines["plant"][empty] < 0)])
