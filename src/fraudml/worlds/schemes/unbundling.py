"""T04 unbundling: a bundle with its parts beside it, or all the parts in its place."""

import numpy as np

from fraudml.worlds.columns import Array
from fraudml.worlds.fund import Fund
from fraudml.worlds.plans import Plant
from fraudml.worlds.schemes.business import (
    false_lines,
    own_visits,
    rng_of,
    share_of,
)

_BUNDLES = ("panel", "rehab_panel")


def _places(fund: Fund, plant: Plant) -> tuple[Array, Array]:
    """Visits in which bundles are billed from now on, and the bundle of each."""
    rng = rng_of(fund, plant, "lines")
    rows = share_of(rng, own_visits(fund, plant, stays=False), plant.plan.fraction)
    bundles = np.array([fund.catalogue.fixed[name] for name in _BUNDLES])
    rehab = fund.catalogue.items["member"][bundles[1]][fund.visits["group"][rows]]
    return rows, bundles[rehab.astype(int)]


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
    rows, bundle = _places(fund, plant)
    cap = fund.catalogue.items["cap_fen"]
    for item in np.unique(bundle):
        parts = fund.catalogue.parts(int(item))
        here = rows[bundle == item]
        here = here[_without(fund, here, np.append(parts, item))]
        row = here.repeat(len(parts))
        more = 1 - cap[item] / cap[parts].sum()
        false_lines(fund, plant, row, np.tile(parts, len(here)), false=np.full(len(row), more))
