"""How far each entity stands from its peers: robust distances in which chance has its part.

A share of twenty claims swings by chance alone as one of twenty thousand never does, so that among
the most distant shares the smallest entities would always come first. Every rate of the catalogue
therefore names over how many n it is taken, and an entity's distance is measured against the spread
among its peers and what chance adds to it at so small an n: a funnel, wide where n is small
(Spiegelhalter 2005, funnel plots with additive over-dispersion). It does not narrow beyond the
spread of the usual member: what sets large entities apart is rarely chance, and never proved so.
"""

from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fraudml.entities import Grain, GrainName
from fraudml.features.bases import Bases
from fraudml.features.entry import Feature
from fraudml.features.peer_groups import GROUPS
from fraudml.features.peer_noise import (
    FloatArray,
    drawn,
    measured_noise,
    rates,
    spread_of_group,
)
from fraudml.params import FeaturesParams

_LEVELS = (0, 1, 2)  # finest to coarsest
_GROUPS_AT_MOST = 1_000_000
_STEPS = (
    10_000  # counted things behind a share, in these parts of one: shares of lines are not whole
)
PRECISION = {
    "fen": 1, "days": 1_000, "share": 1_000_000, "count": 1_000, "ratio": 10_000, "minutes": 100,
    "weight": 10_000,
}  # fmt: skip
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
) -> None:
    """Write the peer group, its size and the robust distance of every feature to it.

    features  GRAIN.parquet as written
    Distance = (value - centre) / sqrt(spread^2 + max(0, own noise - usual noise)). Centre is the
    median of the group's active members (those with a claim in the window) and spread their median
    absolute deviation / 0.6745 (mean absolute deviation x 1.2533 where that is zero), both drawn
    toward the parent group with weight k / (n + k). Noise is the sampling variance of a rate of n
    things, usual noise that of the member of median n, which the spread has in it already; a
    feature that is no rate has none. A group with fewer than min_peers active members that have
    the feature is not used at all. Null where no group has a spread.
    Medians are taken in the engine; only one row per group comes into Python.
    """
    over = rates(entries, features.columns)
    table = bases.keep(
        f"{grain.name}-grouped", lambda: _active(GROUPS[grain.name](bases, features), grain.name)
    )
    found = [_statistics(bases, grain, entries, table, level) for level in _LEVELS]
    groups = _shrunk(bases, table, entries, found, params)
    g = bases.engine.table(groups, f"{grain.name}-peer-groups")
    renamed = g.rename(group_as_of="as_of", group_key="group_0")
    j = table.inner_join(
        renamed, [table.as_of == renamed.group_as_of, table.group_0 == renamed.group_key]
    )
    away = {e.name: _distance(j, e, e.name in over) for e in entries}
    chosen = j.select(grain.key, "as_of", "peer_group", "peers_n", **away)
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


def _statistics(
    bases: Bases, grain: Grain, entries: tuple[Feature, ...], table: ir.Table, level: int
) -> pa.Table:
    """Per as-of date and group of one level: members, and per feature count, centre, spread."""
    keys = ["as_of", f"group_{level}"]
    name = f"{grain.name}-level-{level}"
    over = rates(entries, table.columns)
    needed = dict.fromkeys(
        [*(e.name for e in entries), *(e.per for e in entries if e.name in over)]
    )
    at_work = bases.keep(
        f"{grain.name}-at-work",
        lambda: table.mutate(
            **{c: table.active.ifelse(table[c], ibis.null("float64")) for c in needed if c}
        ),
    )
    t = at_work
    centre = bases.keep(
        f"{name}-centre",
        lambda: t.group_by(keys).agg(
            members_n=t.active.cast("int64").sum(),
            **{f"{e.name}__n": t[e.name].count() for e in entries},
            **{f"{e.name}__centre": t[e.name].median() for e in entries},
            **_counted(t, [e for e in entries if e.name in over]),
        ),
    )
    apart = bases.keep(f"{name}-apart", lambda: _apart(t, centre, keys, entries, over))
    spread = bases.keep(
        f"{name}-spread",
        lambda: apart.group_by(keys).agg(
            **{f"{e.name}__middle": apart[e.name].median() for e in entries},
            **{f"{e.name}__total": _whole(apart[e.name], e).sum() for e in entries},
            **_by_size(apart, [e for e in entries if e.name in over and e.noise == "measured"]),
        ),
    )
    return bases.engine.rows(centre.inner_join(spread, keys), at_most=_GROUPS_AT_MOST)


def _counted(t: ir.Table, entries: list[Feature]) -> dict[str, ir.Value]:
    """The median n of each rate, and of shares how many things were counted, and how many held."""
    found: dict[str, ir.Value] = {}
    for e in entries:
        n = ibis.greatest(t[e.per], 1.0)
        known = t[e.name].notnull()
        found[f"{e.name}__typical"] = _where(known, n).median()
        if e.noise == "counted":
            held = (t[e.name] * n * _STEPS).round().cast("int64")
            found[f"{e.name}__held"] = held.sum()
            found[f"{e.name}__over"] = known.ifelse(n, 0.0).round().cast("int64").sum()
    return found


def _apart(
    t: ir.Table, centre: ir.Table, keys: list[str], entries: tuple[Feature, ...], over: set[str]
) -> ir.Table:
    """How far each member is from the centre, beside its n and whether that is small here."""
    j = t.inner_join(centre, keys)
    columns: dict[str, ir.Value] = {
        e.name: (j[e.name] - j[f"{e.name}__centre"]).abs() for e in entries
    }
    for e in entries:
        if e.name in over and e.noise == "measured":
            n = ibis.greatest(j[e.per], 1.0)
            known = j[e.name].notnull()
            columns[f"{e.name}__own"] = known.ifelse(n, ibis.null("float64"))
            columns[f"{e.name}__small"] = known & (n <= j[f"{e.name}__typical"])
            columns[f"{e.name}__large"] = known & (n > j[f"{e.name}__typical"])
    return j.select(*keys, **columns)


def _by_size(apart: ir.Table, entries: list[Feature]) -> dict[str, ir.Value]:
    """Spread and n of the smaller and the larger half of a group."""
    found: dict[str, ir.Value] = {}
    for e in entries:
        for half in ("small", "large"):
            own = apart[f"{e.name}__{half}"]
            found[f"{e.name}__{half}_n"] = own.cast("int64").sum()
            found[f"{e.name}__{half}_middle"] = _where(own, apart[e.name]).median()
            found[f"{e.name}__{half}_typical"] = _where(own, apart[f"{e.name}__own"]).median()
    return found


def _where(condition: ir.BooleanColumn, column: ir.FloatingColumn) -> ir.FloatingColumn:
    """Values where it holds: Spark takes no median under a condition (Ibis 12)."""
    return condition.ifelse(column, ibis.null("float64"))


def _whole(deviation: ir.FloatingColumn, entry: Feature) -> ir.IntegerColumn:
    """Deviations as whole numbers, so that their sum does not depend on the order of rows."""
    return (deviation * PRECISION[entry.unit]).round().cast("int64")


def _shrunk(
    bases: Bases,
    table: ir.Table,
    entries: tuple[Feature, ...],
    found: list[pa.Table],
    params: FeaturesParams,
) -> pa.Table:
    """One row per finest group: its label and size, each feature's shrunk centre and spread."""
    paths = table.select("as_of", "group_0", "group_1", "group_2").distinct()
    ordered = bases.engine.rows(paths.order_by("as_of", "group_0"), at_most=_GROUPS_AT_MOST)
    at = [_places(ordered, rows, level) for level, rows in enumerate(found)]
    members = np.stack([_column(found[i], "members_n", at[i]) for i in _LEVELS])
    own = np.where(members[0] >= params.min_peers, 0, np.where(
        members[1] >= params.min_peers, 1, 2))  # fmt: skip
    labels = np.stack([np.array(ordered[f"group_{i}"].to_pylist(), object) for i in _LEVELS])
    row = np.arange(len(ordered))
    columns: dict[str, pa.Array] = {
        "as_of": ordered["as_of"],
        "group_0": ordered["group_0"],
        "peer_group": pa.array(labels[own, row], pa.string()),
        "peers_n": pa.array(members[own, row].astype(np.int64)),
    }
    over = rates(entries, table.columns)
    for entry in entries:
        shape = _one(entry, found, at, params, entry.name in over)
        for name, values in shape.items():
            columns[f"{entry.name}__{name}"] = pa.array(values, pa.float64(), from_pandas=True)
    return pa.table(columns)


def _places(paths: pa.Table, rows: pa.Table, level: int) -> NDArray[np.int64]:
    """For each finest group, the row of its group at this level."""
    key = f"group_{level}"
    place = {pair: i for i, pair in enumerate(_pairs(rows, key))}
    return np.array([place[pair] for pair in _pairs(paths, key)], np.int64)


def _pairs(table: pa.Table, key: str) -> list[tuple[object, object]]:
    return list(zip(table["as_of"].to_pylist(), table[key].to_pylist(), strict=True))


def _column(rows: pa.Table, name: str, places: NDArray[np.int64]) -> FloatArray:
    """A column of one level's groups, repeated for each finest group; nan where null."""
    values = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(values, np.float64)[places]


def _one(
    entry: Feature,
    found: list[pa.Table],
    at: list[NDArray[np.int64]],
    params: FeaturesParams,
    is_rate: bool,
) -> dict[str, FloatArray]:
    """Centre, spread, noise of a rate and its pooled share, for each finest group."""
    shape: dict[str, FloatArray] = {}
    for rows, places in reversed(list(zip(found, at, strict=True))):
        here = _level(entry, rows, places, params.min_peers, is_rate)
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
    entry: Feature, rows: pa.Table, places: NDArray[np.int64], min_peers: int, is_rate: bool
) -> dict[str, FloatArray]:
    """What one level's groups say of one feature; nan in a group that is too thin."""

    def column(name: str) -> FloatArray:
        return _column(rows, f"{entry.name}__{name}", places)

    n = column("n")
    enough = n >= min_peers
    average = column("total") / np.maximum(n, 1.0) / PRECISION[entry.unit]
    spread = spread_of_group(column("middle"), average)
    said = {"centre": column("centre"), "spread": np.where(spread > 0, spread, np.nan)}
    if is_rate:
        said["typical"] = column("typical")
        if entry.noise == "counted":
            held = column("held") / _STEPS
            said["pool"] = np.clip(held / np.maximum(column("over"), 1.0), 0.0, 1.0)
        else:
            halves = [
                (column(f"{half}_n"), column(f"{half}_middle"), column(f"{half}_typical"))
                for half in ("small", "large")
            ]
            said["noise"] = measured_noise(halves[0], halves[1], min_peers)
    return {"n": n} | {name: np.where(enough, values, np.nan) for name, values in said.items()}
