"""T04 unbundling: a bundle with its parts beside it, or all the parts in its place."""

import numpy as np

from fraudml.worlds.columns import Array, take
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    add_visits,
    false_lines,
    own_visits,
    possible,
    rng_of,
    share_of,
)

_BUNDLES = ("panel", "rehab_panel")


def _places(fund: Fund, plant: Plant) -> tuple[Array, Array]:
    """Visits in which bundles are billed from now on, and the bundle of each."""
    rng = rng_of(fund, plant, "lines")
    rows = share_of(rng, own_visits(fund, plant, stays=False), plant.plan.fraction)
    return rows, _bundle(fund, rows)


def _bundle(fund: Fund, rows: Array) -> Array:
    """Rehabilitation where the illness asks for it, otherwise the laboratory's panel."""
    bundles = np.array([fund.catalogue.fixed[name] for name in _BUNDLES])
    rehab = fund.catalogue.items["member"][bundles[1]][fund.visits["group"][rows]]
    return np.asarray(bundles[rehab.astype(int)])


def _without(fund: Fund, rows: Array, parts: Array) -> Array:
    """Those visits in which none of the parts stands yet."""
    lines = fund.lines
    has = np.unique(lines["visit"][np.isin(lines["item"], parts)])
    return np.asarray(~np.isin(rows, has))


def both(fund: Fund, plant: Plant) -> None:
    """The bundle, and on the same day each of its parts."""
    rows, bundle = _places(fund, plant)
    for item in np.unique(bundle):
        parts = fund.catalogue.parts(int(item))
        here = rows[bundle == item]
        here = here[_without(fund, here, np.append(parts, item))]
        false_lines(
            fund, plant, here, np.full(len(here), item), handed=np.full(len(here), item),
            false=np.zeros(len(here)),
        )  # fmt: skip
        row = here.repeat(len(parts))
        false_lines(fund, plant, row, np.tile(parts, len(here)))


def parts_only(fund: Fund, plant: Plant) -> None:
    """Every part where others bill the bundle; false is what that costs more."""
    _instead(fund, plant, left_out=0)


def all_but_one(fund: Fund, plant: Plant) -> None:
    """The parts without the cheapest of them: dearer than the bundle, and not the whole of it."""
    _instead(fund, plant, left_out=1)


def _instead(fund: Fund, plant: Plant, left_out: int) -> None:
    rows, bundle = _places(fund, plant)
    cap = fund.catalogue.items["cap_fen"]
    for item in np.unique(bundle):
        parts = fund.catalogue.parts(int(item))
        here = rows[bundle == item]
        here = here[_without(fund, here, np.append(parts, item))]
        billed = np.sort(parts[np.argsort(cap[parts], kind="stable")[left_out:]])
        row = here.repeat(len(billed))
        more = 1 - cap[item] / cap[billed].sum()
        false_lines(fund, plant, row, np.tile(billed, len(here)), false=np.full(len(row), more))


def ask_back(fund: Fund, plant: Plant) -> None:
    """For the second half of the parts people are asked back one to three days later."""
    rng = rng_of(fund, plant, "visits")
    rows, _ = _places(fund, plant)
    again = take(fund.visits, rows)
    again["admitted"] = again["discharged"] = again["admitted"] + rng.integers(1, 4, len(rows))
    again["care"] = np.zeros(len(rows))
    again["plant"] = np.full(len(rows), plant.plan.number)
    numbers = np.full(len(rows), -1)
    free = possible(fund, again) & (again["admitted"] < plant.stop_day)
    numbers[free] = add_visits(fund, take(again, free))
    fund.shifted[plant.plan.number] = np.column_stack([rows, numbers])[numbers >= 0]


def over_days(fund: Fund, plant: Plant) -> None:
    """No claim holds all the parts; false is what they cost more than the bundle."""
    first, second = fund.shifted[plant.plan.number].T
    cap = fund.catalogue.items["cap_fen"]
    bundle = _bundle(fund, first)
    for item in np.unique(bundle):
        parts = fund.catalogue.parts(int(item))
        here = np.flatnonzero(bundle == item)
        here = here[_without(fund, first[here], np.append(parts, item))]
        more = 1 - cap[item] / cap[parts].sum()
        half = len(parts) // 2
        for visit, some in ((first[here], parts[:half]), (second[here], parts[half:])):
            row = visit.repeat(len(some))
            false_lines(fund, plant, row, np.tile(some, len(visit)), false=np.full(len(row), more))
