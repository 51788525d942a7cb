"""T01 phantom billing: visits nobody made, and services nobody received in visits somebody made."""

import numpy as np

from fraudml.worlds.catalogue import EXAM, GROUPS, SERVICE
from fraudml.worlds.columns import spread, take, within
from fraudml.worlds.fund import CARD, NO_CARD, Fund, make_lines
from fraudml.worlds.lines import draw_items, permitted
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_lines,
    add_visits,
    alive,
    at_bed,
    by_accomplices,
    false_lines,
    own_visits,
    place_of,
    plain_items,
    planted,
    possible,
    rng_of,
    share_of,
    taken,
)


def plant_visits(fund: Fund, plant: Plant) -> None:
    """Visits of the provider's own patients on other days, one behind another, often cardless."""
    rng = rng_of(fund, plant, "visits")
    seen = own_visits(fund, plant, stays=False)
    rows = share_of(rng, seen, plant.plan.fraction)
    false = take(fund.visits, rows)
    day = (false["admitted"] + rng.integers(-12, 20, len(rows))).clip(
        plant.start_day, plant.stop_day - 1
    )
    batch = fund.window.month(day) % 28 + 17 * 60
    false["admitted"] = false["discharged"] = day
    late = rng.random(len(rows)) < 0.3 + 0.5 * plant.plan.dial
    false["minute"] = np.where(late, batch + rng.integers(0, 50, len(rows)), false["minute"])
    false["card"] = np.where(rng.random(len(rows)) < 0.35, NO_CARD, false["card"])
    false["practitioner"] = by_accomplices(rng, plant, false["practitioner"])
    false["plant"] = np.full(len(rows), plant.plan.number)
    fits = ~at_bed(fund, false["patient"], day) & alive(fund, false["patient"], day)
    add_visits(fund, take(false, fits))


def plant_lines(fund: Fund, plant: Plant) -> None:
    """No drug of a false visit was handed out; one to three services are added to real visits."""
    rng = rng_of(fund, plant, "lines")
    unseen = fund.visits["plant"][fund.lines["visit"]] == plant.plan.number
    fund.lines["handed"] = np.where(unseen, -1, fund.lines["handed"])
    rows = share_of(rng, own_visits(fund, plant), plant.plan.fraction)
    row = rows[spread(rng.integers(1, 4, len(rows)))]
    kind = np.where(rng.random(len(row)) < 0.6, EXAM, SERVICE)
    item = np.where(
        kind == EXAM, draw_items(rng, fund, EXAM, row), draw_items(rng, fund, SERVICE, row)
    )
    row, item = row[item >= 0], item[item >= 0]
    lines = make_lines(
        visit=row,
        item=item,
        day=fund.visits["admitted"][row],
        minute=(fund.visits["minute"][row] + rng.integers(5, 120, len(row))).clip(0, 1439),
        handed=np.full(len(row), -1),
        false=np.ones(len(row)),
        plant=np.full(len(row), plant.plan.number),
    )
    add_lines(fund, take(lines, permitted(fund, lines)))


def add_crumbs(fund: Fund, plant: Plant) -> None:
    """One or two of three favourite small items on a large part of all visits."""
    rng, items = rng_of(fund, plant, "crumbs"), fund.catalogue.items
    small = plain_items(fund, plant, EXAM, SERVICE) & (items["weight"] > 0)
    small &= (items["cap_fen"] >= 2_400) & (items["cap_fen"] <= 7_500) & (items["max_daily"] > 1)
    chosen = rng.permutation(np.flatnonzero(small))[:3]
    seen = own_visits(fund, plant, stays=False)
    rows = share_of(rng, seen, min(plant.plan.fraction * 2.0, 0.95))
    row = rows[spread(rng.integers(1, 3, len(rows)))]
    item = chosen[(row + np.arange(len(row))) % len(chosen)]
    false_lines(fund, plant, row, item)


_SORE = [GROUPS.index(name) for name in ("ORTH", "NEUR", "REHA")]
_SESSIONS = ("003401000020000", "004300000010000", "004300000020000")


def course_on_paper(fund: Fund, plant: Plant) -> None:
    """Somebody comes once with a sore back; a course of sessions is billed, a day behind another.

    The card stays at the counter, so that identity is always checked.
    """
    rng = rng_of(fund, plant, "visits")
    seen = own_visits(fund, plant, stays=False)
    sore = seen[np.isin(fund.visits["group"][seen], _SORE)]
    wanted = max(2, round(len(seen) * plant.plan.fraction / 9))
    first = rng.permutation(sore)[:wanted]
    length = rng.integers(6, 13, len(first))
    row = first[spread(length)]
    false = take(fund.visits, row)
    false["admitted"] = false["discharged"] = false["admitted"] + 1 + within(length)
    false["minute"] = (false["minute"] + rng.integers(-4, 5, len(row))).clip(0, 1439)
    false["card"] = np.full(len(row), CARD)
    false["care"] = np.zeros(len(row))
    false["practitioner"] = by_accomplices(rng, plant, false["practitioner"])
    false["plant"] = np.full(len(row), plant.plan.number)
    add_visits(fund, take(false, possible(fund, false) & (false["admitted"] < plant.stop_day)))


def bill_course(fund: Fund, plant: Plant) -> None:
    """Each day the same two sessions, and nobody is asked how it went."""
    rng, items = rng_of(fund, plant, "lines"), fund.catalogue.items
    sessions = rng.permutation(np.flatnonzero(np.isin(items["code"], _SESSIONS)))[:2]
    rows = planted(fund, plant)
    false_lines(fund, plant, rows.repeat(2), np.tile(sessions, len(rows)))


def every_bed_day(fund: Fund, plant: Plant) -> None:
    """The computer books two small services for each day in bed, to whoever lies there."""
    rng, visits, items = rng_of(fund, plant, "lines"), fund.visits, fund.catalogue.items
    small = plain_items(fund, plant, SERVICE) & (items["weight"] > 0)
    small &= (items["cap_fen"] >= 1_400) & (items["cap_fen"] <= 4_000)
    chosen = rng.permutation(np.flatnonzero(small))[:2]
    stays = own_visits(fund, plant, stays=True)
    rows = share_of(rng, stays, min(plant.plan.fraction * 1.8, 0.95))
    days = (visits["discharged"] - visits["admitted"])[rows].clip(1)
    row, day = rows[spread(days)].repeat(2), (visits["admitted"][rows[spread(days)]]).repeat(2)
    day, item = day + within(days).repeat(2), np.tile(chosen, int(days.sum()))
    new = ~taken(fund, rows, place_of(row, item, day))
    minute = np.full(int(new.sum()), 430 + round(120 * plant.plan.dial))
    false_lines(fund, plant, row[new], item[new], day=day[new], minute=minute)
