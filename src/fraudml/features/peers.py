"""How far each entity stands from its peers: robust distances, drawn toward the parent group."""

from functools import reduce
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fraudml.entities import Grain
from fraudml.features.bases import Bases
from fraudml.features.entry import Feature
from fraudml.params import FeaturesParams

FloatArray = NDArray[np.float64]

NORMAL_MAD = 0.6745  # Iglewicz & Hoaglin 1993, modified z-score
NORMAL_MEAN = 1.253314  # their constant where the median deviation is zero
_PRECISION = {
    "fen": 1, "days": 1_000, "share": 1_000_000, "count": 1_000, "ratio": 10_000, "minutes": 100,
    "weight": 10_000,
}  # fmt: skip
_LEVELS = (0, 1, 2)  # finest to coarsest
_GROUPS_AT_MOST = 1_000_000


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
    Distance = (value - centre) / spread. Centre is the group's median and spread its median
    absolute deviation / 0.6745 (mean absolute deviation x 1.2533 where that is zero), both drawn
    toward the parent group with weight k / (n + k). A group with fewer than min_peers members
    that have the feature is not used at all. Null where no group has a spread.
    Medians are taken in the engine; only one row per group comes into Python.
    """
    table = bases.keep(f"{grain.name}-grouped", lambda: GROUPS[grain.name](bases, features))
    found = [_statistics(bases, grain, entries, table, level) for level in _LEVELS]
    groups = _shrunk(bases, table, entries, found, params)
    g = bases.engine.table(groups, f"{grain.name}-peer-groups")
    renamed = g.rename(group_as_of="as_of", group_key="group_0")
    j = table.inner_join(
        renamed, [table.as_of == renamed.group_as_of, table.group_0 == renamed.group_key]
    )
    away = {e.name: (j[e.name] - j[f"{e.name}__centre"]) / j[f"{e.name}__spread"] for e in entries}
    chosen = j.select(grain.key, "as_of", "peer_group", "peers_n", **away)
    bases.engine.make_parquet(chosen, path, order_by=("as_of", grain.key))


def _statistics(
    bases: Bases, grain: Grain, entries: tuple[Feature, ...], table: ir.Table, level: int
) -> pa.Table:
    """Per as-of date and group of one level: members, and per feature count, centre, spread."""
    keys = ["as_of", f"group_{level}"]
    name = f"{grain.name}-level-{level}"
    centre = bases.keep(
        f"{name}-centre",
        lambda: table.group_by(keys).agg(
            members_n=table.count(),
            **{f"{e.name}__n": table[e.name].count() for e in entries},
            **{f"{e.name}__centre": table[e.name].median() for e in entries},
        ),
    )
    j = table.inner_join(centre, keys)
    away = {e.name: (j[e.name] - j[f"{e.name}__centre"]).abs() for e in entries}
    apart = bases.keep(f"{name}-apart", lambda: j.select(*keys, **away))
    spread = bases.keep(
        f"{name}-spread",
        lambda: apart.group_by(keys).agg(
            **{f"{e.name}__middle": apart[e.name].median() for e in entries},
            **{f"{e.name}__total": _whole(apart[e.name], e).sum() for e in entries},
        ),
    )
    return bases.engine.rows(centre.inner_join(spread, keys), at_most=_GROUPS_AT_MOST)


def _whole(deviation: ir.FloatingColumn, entry: Feature) -> ir.IntegerColumn:
    """Deviations as whole numbers, so that their sum does not depend on the order of rows."""
    return (deviation * _PRECISION[entry.unit]).round().cast("int64")


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
    for entry in entries:
        centre, spread = _one(entry, found, at, params)
        columns[f"{entry.name}__centre"] = pa.array(centre, pa.float64(), from_pandas=True)
        columns[f"{entry.name}__spread"] = pa.array(spread, pa.float64(), from_pandas=True)
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
    entry: Feature, found: list[pa.Table], at: list[NDArray[np.int64]], params: FeaturesParams
) -> tuple[FloatArray, FloatArray]:
    levels = [
        _level(entry, rows, places, params.min_peers)
        for rows, places in zip(found, at, strict=True)
    ]
    centre, spread = levels[-1][1:]
    for n, own_centre, own_spread in reversed(levels[:-1]):
        weight = n / (n + params.shrink_peers)
        centre = drawn(own_centre, centre, weight)
        spread = drawn(own_spread, spread, weight)
    return centre, spread


def _level(
    entry: Feature, rows: pa.Table, places: NDArray[np.int64], min_peers: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Count, centre and spread of one feature in each group; nan in a group that is too thin."""
    n = _column(rows, f"{entry.name}__n", places)
    middle = _column(rows, f"{entry.name}__middle", places)
    total = _column(rows, f"{entry.name}__total", places)
    average = total / np.maximum(n, 1.0) / _PRECISION[entry.unit]
    spread = np.where(middle > 0, middle / NORMAL_MAD, average * NORMAL_MEAN)
    enough = n >= min_peers
    centre = np.where(enough, _column(rows, f"{entry.name}__centre", places), np.nan)
    return n, centre, np.where(enough & (spread > 0), spread, np.nan)


def drawn(own: FloatArray, parent: FloatArray, weight: FloatArray) -> FloatArray:
    """Own drawn toward the parent; either alone where the other is unknown.

    >>> drawn(np.array([1.0, np.nan, 1.0]), np.array([3.0, 3.0, np.nan]), np.full(3, 0.5))
    array([2., 3., 1.])
    """
    between = weight * own + (1.0 - weight) * parent
    return np.where(np.isnan(own), parent, np.where(np.isnan(parent), own, between))


def _words(*parts: ir.Value) -> ir.StringValue:
    texts = [part.cast("string").coalesce("?") for part in parts]
    return reduce(lambda left, right: left + " · " + right, texts)


def _provider_groups(b: Bases, features: ir.Table) -> ir.Table:
    known = _providers_at(b)
    t = _left(features, known, "provider_id")
    level = ibis.literal("level ") + t.level.cast("string").coalesce("?")
    kind = t.kind.coalesce("?")
    return t.mutate(
        group_0=_words(level, kind, t.region_code), group_1=_words(level, kind), group_2=kind
    ).drop("level", "kind", "region_code")


def _providers_at(b: Bases) -> ir.Table:
    """Level, kind and region of each provider known by each date."""
    p = b.claims.table("providers")
    d = b.dates.select("as_of")
    known = p.inner_join(d, [p.contracted_from.isnull() | (p.contracted_from <= d.as_of)])
    return known.select("provider_id", "as_of", "level", "kind", "region_code")


def _practitioner_groups(b: Bases, features: ir.Table) -> ir.Table:
    t = _left(features, _main_place(b), "practitioner_id")
    providers = _providers_at(b).select("provider_id", "level", seen_at="as_of")
    j = t.left_join(providers, [t.main_id == providers.provider_id, t.as_of == providers.seen_at])
    specialty = j.specialty.coalesce("?")
    level = ibis.literal("level ") + j.level.cast("string").coalesce("?")
    return j.mutate(
        group_0=_words(specialty, level), group_1=specialty, group_2=ibis.literal("all")
    ).drop("main_id", "provider_id", "seen_at", "specialty", "level")


def _main_place(b: Bases) -> ir.Table:
    """The newest registration known by each date; else the provider with most claims."""
    t = b.claim
    named = t.filter(t.practitioner_id.notnull())
    places = named.group_by("as_of", "practitioner_id", "provider_id").agg(n=named.count())
    busiest = _first(places, ["as_of", "practitioner_id"], [places.n.desc(), places.provider_id])
    busiest = busiest.select("as_of", "practitioner_id", busy_id="provider_id")
    if not b.claims.has("practitioners"):
        return busiest.select(
            "as_of", "practitioner_id", main_id="busy_id", specialty=ibis.null("string")
        )
    r = b.claims.table("practitioners")
    d = b.dates.select("as_of")
    known = r.inner_join(d, [r.registered_from <= d.as_of])
    newest = _first(known, ["as_of", "practitioner_id"],
                    [known.registered_from.desc(), known.provider_id])  # fmt: skip
    newest = newest.select("as_of", "practitioner_id", "specialty", main_id="provider_id")
    j = newest.outer_join(busiest, ["as_of", "practitioner_id"])
    return j.select(
        as_of=j.as_of.coalesce(j.as_of_right),
        practitioner_id=j.practitioner_id.coalesce(j.practitioner_id_right),
        main_id=j.main_id.coalesce(j.busy_id),
        specialty=j.specialty,
    )


def _first(t: ir.Table, keys: list[str], order: list[ir.Value]) -> ir.Table:
    window = ibis.window(group_by=keys, order_by=order)
    numbered = t.mutate(place=ibis.row_number().over(window))
    return numbered.filter(numbered.place == 0).drop("place")


def _patient_groups(b: Bases, features: ir.Table) -> ir.Table:
    p = b.claims.table("patients")
    person = p.select("patient_id", "birth_date", "sex", "scheme")
    t = features.left_join(person, "patient_id").drop("patient_id_right")
    years = t.as_of.delta(t.birth_date, unit="day") * 100 // 36_525
    band = (
        ibis.cases((years < 18, "0-17"), (years < 45, "18-44"), (years < 65, "45-64"),
                   (years < 80, "65-79"), (years >= 80, "80+"))
    ).coalesce("?")  # fmt: skip
    age = ibis.literal("age ") + band
    return t.mutate(
        group_0=_words(age, t.sex, t.scheme), group_1=age, group_2=ibis.literal("all")
    ).drop("birth_date", "sex", "scheme")


def _left(features: ir.Table, known: ir.Table, key: str) -> ir.Table:
    joined = features.left_join(known, [key, "as_of"])
    return joined.drop(f"{key}_right", "as_of_right")


GROUPS = {
    "provider": _provider_groups,
    "practitioner": _practitioner_groups,
    "patient": _patient_groups,
}
