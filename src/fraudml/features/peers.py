"""How far each entity stands from its peers: robust distances in which chance has its part.

A share of twenty claims swings by chance alone as one of twenty thousand never does, so that among
the most distant shares the smallest entities would always come first. Every rate of the catalogue
therefore names over how many n it is taken, and an entity's distance is measured against the spread
among its peers and what chance adds to it at so small an n: a funnel, wide where n is small
(Spiegelhalter 2005, funnel plots with additive over-dispersion). It does not narrow beyond the
spread of the usual member: what sets large entities apart is rarely chance, and never proved so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fraudml.entities import Grain, GrainName
from fraudml.features.bases import Bases
from fraudml.features.entry import Feature
from fraudml.features.peer_blocks import (
    LEVELS,
    PRECISION,
    STEPS,
    Blocks,
    Statistics,
    cells_of,
    in_blocks,
    statistics,
)
from fraudml.features.peer_groups import GROUPS
from fraudml.features.peer_noise import (
    FloatArray,
    drawn,
    measured_noise,
    rates,
    spread_of_group,
)
from fraudml.params import FeaturesParams

_PATHS_AT_MOST = 1_000_000
_PATH = ("as_of", *(f"group_{level}" for level in LEVELS))
_AT_WORK: dict[GrainName, tuple[str, ...]] = {
    "provider": (),
    "practitioner": ("day_median_minutes_365d",),  # named on lines alone
    "patient": (),
}


def make_peers(
    bases: Bases,
    grain: Grain,
    entries: tuple[Feature, ...],
    params: FeaturesParams,
    *,
    features: ir.Table,
    path: Path,
    unknown: Collection[str] = (),
) -> None:
    """Write the peer group, its size, the widest group and the robust distance of every feature.

    features  GRAIN.parquet as written
    unknown   features of these names were not assessed: null, and nothing is asked about them
    Distance = (value - centre) / sqrt(spread^2 + max(0, own noise - usual noise)). Centre is the
    median of the group's active members (those with a claim in the window) and spread their median
    absolute deviation / 0.6745 (mean absolute deviation x 1.2533 where that is zero), both drawn
    toward the parent group with weight k / (n + k). Noise is the sampling variance of a rate of n
    things, usual noise that of the member of median n, which the spread has in it already; a
    feature that is no rate has none. A group with fewer than min_peers active members that have
    the feature is not used at all. Null where no group has a spread.
    Medians are taken in the engine; only one row per group comes into Python.
    """
    table = bases.keep(
        f"{grain.name}-grouped", lambda: _active(GROUPS[grain.name](bases, features), grain.name)
    )
    known = [entry for entry in entries if entry.name not in unknown]
    over = rates(known, features.columns)
    groups = _find_groups(bases, table)
    found = _found(bases, grain, table, groups, in_blocks(known, over))
    shrunk = bases.engine.table(
        _shrunk(groups, known, found, over, params), f"{grain.name}-peer-groups"
    )
    j = table.inner_join(shrunk, [table[own] == shrunk[f"of_{own}"] for own in _PATH])
    away = {e.name: _distance(j, e, e.name in over) for e in known}
    columns = {e.name: away.get(e.name, ibis.null("float64")) for e in entries}
    chosen = j.select(
        grain.key, "as_of", "peer_group", "peers_n", widest_group=j[f"group_{LEVELS[-1]}"],
        **columns,
    )  # fmt: skip
    bases.engine.make_parquet(chosen, path, order_by=("as_of", grain.key))


def _active(t: ir.Table, grain: GrainName) -> ir.Table:
    """The same, with who has worked in the window; where claims are not assessed, everybody has."""
    if "claims_count_365d" not in t.columns:
        return t.mutate(active=ibis.literal(True))
    active = (t.claims_count_365d > 0).coalesce(True)
    for name in _AT_WORK[grain]:
        active = active | t[name].notnull()
    return t.mutate(active=active)


def _distance(j: ir.Table, entry: Feature, is_rate: bool) -> ir.Value:
    value, centre = j[entry.name], j[f"{entry.name}__centre"]
    spread = j[f"{entry.name}__spread"]
    if not is_rate:
        return (value - centre) / spread
    n = ibis.greatest(j[entry.per], 1.0)
    noise = j[f"{entry.name}__noise"]
    if entry.noise == "counted":
        # One thing more, at the group's share: 1 of 1 is weak evidence. Of a rare share the group's
        # variance alone calls 1 of 20 impossible, and its own alone hardly odd: the true odds lie
        # between the two, near their geometric mean.
        pool = j[f"{entry.name}__pool"]
        drawn_in = (value * n + pool) / (n + 1.0)
        value = pool.notnull().ifelse(drawn_in, value)
        own = ibis.greatest(value * (1.0 - value), 0.0)
        noise = ibis.greatest(noise, (noise * own).sqrt())
    beyond = ibis.greatest(noise / n - j[f"{entry.name}__usual"], 0.0)
    return (value - centre) / (spread * spread + beyond.coalesce(0.0)).sqrt()


@dataclass(frozen=True)
class _Groups:
    """The finest groups that have an entity: their labels, members and numbers at each level."""

    paths: pa.Table  # as_of, group_0 to group_2
    numbers: NDArray[np.int32]  # (levels, paths) no number stands at two levels
    members: NDArray[np.int64]  # (levels, paths) active members of the group of each level


def _find_groups(bases: Bases, table: ir.Table) -> _Groups:
    members = table.group_by(_PATH).agg(members_n=table.active.cast("int64").sum())
    paths = bases.engine.rows(members.order_by(_PATH), at_most=_PATHS_AT_MOST)
    own = paths["members_n"].to_numpy()
    numbers = np.zeros((len(LEVELS), len(paths)), np.int32)
    for level in LEVELS:
        numbers[level] = _numbered(paths, level) + _count(numbers[:level])
    counted = [np.bincount(there, weights=own)[there] for there in numbers]
    return _Groups(paths.select(_PATH), numbers, np.stack(counted).astype(np.int64))


def _numbered(paths: pa.Table, level: int) -> NDArray[np.int32]:
    """The number of each path's group of one level, in the order in which groups first stand."""
    labels = zip(paths["as_of"].to_pylist(), paths[f"group_{level}"].to_pylist(), strict=True)
    seen: dict[tuple[object, object], int] = {}
    return np.array([seen.setdefault(label, len(seen)) for label in labels], np.int32)


def _found(
    bases: Bases, grain: Grain, table: ir.Table, groups: _Groups, blocks: list[Blocks]
) -> Statistics:
    """Statistics of the active members' features in the groups of all levels."""
    places = {f"place_{level}": groups.numbers[level] for level in LEVELS}
    labels = {f"of_{name}": groups.paths[name] for name in _PATH}
    numbered = bases.engine.table(pa.table({**labels, **places}), f"{grain.name}-places")
    at_work = table.filter(table.active)
    placed = at_work.inner_join(numbered, [at_work[n] == numbered[f"of_{n}"] for n in _PATH])
    found: Statistics = {}
    members_n = int(groups.members[0].sum())
    for each in blocks:
        name = f"{grain.name}-{'rates' if each.rates else 'plain'}"
        cells = bases.keep(f"{name}-cells", partial(cells_of, placed, each))
        steps = bases.engine.table(each.steps(), f"{name}-steps")
        found |= statistics(
            bases, name, cells, each,
            steps=steps, groups_n=_count(groups.numbers), members_n=members_n,
        )  # fmt: skip
    return found


def _count(numbers: NDArray[np.int32]) -> int:
    return int(numbers.max(initial=-1)) + 1


def _shrunk(
    groups: _Groups,
    entries: list[Feature],
    found: Statistics,
    over: set[str],
    params: FeaturesParams,
) -> pa.Table:
    """One row per finest group: its label and size, each feature's shrunk centre and spread."""
    members, paths = groups.members, groups.paths
    own = np.where(members[0] >= params.min_peers, 0, np.where(
        members[1] >= params.min_peers, 1, 2))  # fmt: skip
    labels = np.stack([np.array(paths[f"group_{i}"].to_pylist(), object) for i in LEVELS])
    row = np.arange(len(paths))
    columns: dict[str, pa.Array] = {f"of_{name}": paths[name] for name in _PATH} | {
        "peer_group": pa.array(labels[own, row], pa.string()),
        "peers_n": pa.array(members[own, row]),
    }
    for entry in entries:
        shape = _one(entry, found, groups.numbers, params, entry.name in over)
        for name, values in shape.items():
            columns[f"{entry.name}__{name}"] = pa.array(values, pa.float64(), from_pandas=True)
    return pa.table(columns)


def _one(
    entry: Feature,
    found: Statistics,
    numbers: NDArray[np.int32],
    params: FeaturesParams,
    is_rate: bool,
) -> dict[str, FloatArray]:
    """Centre, spread, noise of a rate and its pooled share, for each finest group."""
    shape: dict[str, FloatArray] = {}
    for places in numbers[::-1]:
        here = _level(entry, found, places, params.min_peers, is_rate)
        n = here.pop("n")
        weight = n / (n + params.shrink_peers)
        shape = {
            name: drawn(own, shape[name], weight) if shape else own for name, own in here.items()
        }
    if is_rate:
        if entry.noise == "counted":
            shape["noise"] = shape["pool"] * (1.0 - shape["pool"])
        shape["usual"] = shape["noise"] / shape.pop("typical")
    return shape


def _level(
    entry: Feature, found: Statistics, places: NDArray[np.int32], min_peers: int, is_rate: bool
) -> dict[str, FloatArray]:
    """What one level's groups say of one feature; nan in a group that is too thin."""

    def column(name: str) -> FloatArray:
        return found[entry.name][name][places]

    n = column("n")
    enough = n >= min_peers
    average = column("total") / np.maximum(n, 1.0) / PRECISION[entry.unit]
    spread = spread_of_group(column("middle"), average)
    said = {"centre": column("centre"), "spread": np.where(spread > 0, spread, np.nan)}
    if is_rate:
        said["typical"] = column("typical")
        if entry.noise == "counted":
            held = column("held") / STEPS
            said["pool"] = np.clip(held / np.maximum(column("over"), 1.0), 0.0, 1.0)
        else:
            halves = [
                (column(f"{half}_n"), column(f"{half}_middle"), column(f"{half}_typical"))
                for half in ("small", "large")
            ]
            said["noise"] = measured_noise(halves[0], halves[1], min_peers)
    return {"n": n} | {name: np.where(enough, values, np.nan) for name, values in said.items()}
