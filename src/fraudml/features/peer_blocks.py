"""Medians and spreads of all features within their peer groups, asked for a few columns at a time.

One aggregate over hundreds of columns costs more to write down, compile and plan than to compute.
The features of an entity therefore lie in blocks, many short rows instead of one long one, and the
same short query answers for all of them: cost grows with cells and not with the catalogue.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fraudml.features.bases import Bases
from fraudml.features.entry import Feature
from fraudml.features.peer_noise import FloatArray

Statistics = dict[str, dict[str, FloatArray]]  # by feature and name of the statistic
LEVELS = (0, 1, 2)  # finest to coarsest
PRECISION = {
    "fen": 1, "days": 1_000, "share": 1_000_000, "count": 1_000, "ratio": 10_000, "minutes": 100,
    "weight": 10_000,
}  # fmt: skip
STEPS = (
    10_000  # counted things behind a share, in these parts of one: shares of lines are not whole
)
_SLOTS = range(8)  # features of one block
_GROUPS_AT_MOST = 1_000_000  # of one level
_CELLS_AT_ONCE = 300_000  # so many are counted at all levels in one query: writing it costs more
_KEYS = ["group", "block"]


@dataclass(frozen=True)
class Blocks:
    """Features by blocks, either rates of one n and one kind of noise each, or no rates at all."""

    rates: bool
    blocks: tuple[tuple[Feature, ...], ...]

    def row_of(self, t: ir.Table, number: int) -> ir.StructValue:
        """One entity's values of one block; of rates beside their n, by kind of noise."""
        members = self.blocks[number]
        values = [t[entry.name] for entry in members]
        values += [ibis.null("float64")] * (len(_SLOTS) - len(values))
        of_rates: dict[str, ir.Value] = {}
        if self.rates:
            n = ibis.greatest(t[members[0].per], 1.0)
            for noise in ("counted", "measured"):
                of_rates[f"{noise}_n"] = n if members[0].noise == noise else ibis.null("float64")
        named = {f"v{slot}": value for slot, value in zip(_SLOTS, values, strict=True)}
        return ibis.struct({"block": ibis.literal(number, "int32")} | of_rates | named)

    def steps(self) -> pa.Table:
        """Per block and slot the part of a unit to which deviations are rounded."""
        steps = np.ones((len(self.blocks), len(_SLOTS)))
        for number, members in enumerate(self.blocks):
            steps[number, : len(members)] = [PRECISION[entry.unit] for entry in members]
        named = {f"step_{slot}": steps[:, slot] for slot in _SLOTS}
        return pa.table({"block": np.arange(len(self.blocks), dtype=np.int32), **named})


def in_blocks(entries: Iterable[Feature], over: Collection[str]) -> list[Blocks]:
    """The features in blocks, those that are rates (over) apart: more is asked about them."""
    alike: dict[tuple[str | None, str | None] | None, list[Feature]] = {}
    for entry in entries:
        kind = (entry.per, entry.noise) if entry.name in over else None
        alike.setdefault(kind, []).append(entry)
    width = len(_SLOTS)
    cut = [
        (kind is not None, tuple(those[at : at + width]))
        for kind, those in alike.items()
        for at in range(0, len(those), width)
    ]
    found = [Blocks(rates, tuple(b for r, b in cut if r is rates)) for rates in (False, True)]
    return [each for each in found if each.blocks]


def cells_of(t: ir.Table, blocks: Blocks) -> ir.Table:
    """One row per entity and block: place_0 to place_2, block, n of rates, and the values.

    t  place_0 to place_2 (the entity's group at each level, no number twice) and every feature
    """
    keys = [f"place_{level}" for level in LEVELS]
    each = ibis.array([blocks.row_of(t, number) for number in range(len(blocks.blocks))])
    return t.select(*keys, cell=each.unnest()).unpack("cell")


def statistics(
    bases: Bases,
    name: str,
    cells: ir.Table,
    blocks: Blocks,
    *,
    steps: ir.Table,
    groups_n: int,
    members_n: int,
) -> Statistics:
    """Members that have a feature, centre and spread of each group; n of rates.

    name       of the kept tables
    steps      of the blocks, in the engine
    groups_n   groups of all levels are numbered below this
    members_n  entities; of many one level is counted after another, so that memory stays bounded
    returns    by feature and statistic (groups,); nan where null
    Medians are taken in the engine; one row per group and block comes into Python.
    """
    few = members_n * len(blocks.blocks) <= _CELLS_AT_ONCE
    asked = [
        _of_levels(bases, f"{name}-centre-{levels[0]}", cells, blocks, levels, steps)
        for levels in ([LEVELS] if few else [(level,) for level in LEVELS])
    ]
    found = _by_group(pa.concat_tables(asked), groups_n, len(blocks.blocks))
    return {
        entry.name: {name: values[:, number, slot] for name, values in found.items()}
        for number, members in enumerate(blocks.blocks)
        for slot, entry in enumerate(members)
    }


def _of_levels(
    bases: Bases,
    name: str,
    cells: ir.Table,
    blocks: Blocks,
    levels: tuple[int, ...],
    steps: ir.Table,
) -> pa.Table:
    """One row per group of these levels and block."""
    places = [cells[f"place_{level}"] for level in levels]
    t = cells.mutate(group=ibis.array(places).unnest() if len(places) > 1 else places[0])
    first = _first_of_rates(t) if blocks.rates else _first(t)
    centre = bases.keep(name, lambda: t.group_by(_KEYS).agg(**first))
    apart = _apart(t.inner_join(centre, _KEYS).inner_join(steps, "block"), rates=blocks.rates)
    second = _second_of_rates(apart) if blocks.rates else _second(apart)
    spread = apart.group_by(_KEYS).agg(**second)
    at_most = _GROUPS_AT_MOST * len(levels) * len(blocks.blocks)
    return bases.engine.rows(centre.inner_join(spread, _KEYS), at_most=at_most)


def _first(t: ir.Table) -> dict[str, ir.Value]:
    """How many members have each feature, and their median."""
    found: dict[str, ir.Value] = {}
    for slot in _SLOTS:
        found |= {f"n_{slot}": t[f"v{slot}"].count(), f"centre_{slot}": t[f"v{slot}"].median()}
    return found


def _first_of_rates(t: ir.Table) -> dict[str, ir.Value]:
    """The same, the median n, and of shares how many things were counted, and how many held."""
    found = _first(t)
    n = t.counted_n.coalesce(t.measured_n)
    for slot in _SLOTS:
        value = t[f"v{slot}"]
        held = (value * t.counted_n * STEPS).round().cast("int64")
        found |= {
            f"typical_{slot}": _where(value.notnull(), n).median(),
            f"held_{slot}": held.sum(),
            f"over_{slot}": _where(value.notnull(), t.counted_n).round().cast("int64").sum(),
        }
    return found


def _apart(j: ir.Table, *, rates: bool) -> ir.Table:
    """How far each member is from the centre; of rates its n and whether that is small here."""
    columns: dict[str, ir.Value] = {}
    for slot in _SLOTS:
        away = (j[f"v{slot}"] - j[f"centre_{slot}"]).abs()
        # Deviations as whole numbers, so that their sum does not depend on the order of rows.
        whole = (away * j[f"step_{slot}"]).round().cast("int64")
        columns |= {f"away_{slot}": away, f"whole_{slot}": whole}
        if rates:
            own = _where(away.notnull(), j.measured_n)
            typical = j[f"typical_{slot}"]
            columns |= {f"own_{slot}": own, f"small_{slot}": own <= typical,
                        f"large_{slot}": own > typical}  # fmt: skip
    return j.select(*_KEYS, **columns)


def _second(apart: ir.Table) -> dict[str, ir.Value]:
    """The median distance from the centre, and the sum of all."""
    found: dict[str, ir.Value] = {}
    for slot in _SLOTS:
        found[f"middle_{slot}"] = apart[f"away_{slot}"].median()
        found[f"total_{slot}"] = apart[f"whole_{slot}"].sum()
    return found


def _second_of_rates(apart: ir.Table) -> dict[str, ir.Value]:
    """The same, and the spread and n of the smaller and the larger half of a group."""
    found = _second(apart)
    for slot in _SLOTS:
        for half in ("small", "large"):
            there = apart[f"{half}_{slot}"]
            found[f"{half}_n_{slot}"] = there.cast("int64").sum()
            found[f"{half}_middle_{slot}"] = _where(there, apart[f"away_{slot}"]).median()
            found[f"{half}_typical_{slot}"] = _where(there, apart[f"own_{slot}"]).median()
    return found


def _where(condition: ir.BooleanColumn, column: ir.FloatingColumn) -> ir.FloatingColumn:
    """Values where it holds: Spark takes no median under a condition (Ibis 12)."""
    return condition.ifelse(column, ibis.null("float64"))


def _by_group(rows: pa.Table, groups_n: int, blocks_n: int) -> dict[str, FloatArray]:
    """Each statistic as groups x blocks x slots; nobody is counted where a group has no row."""
    group, block = (_numbers(rows[key]) for key in _KEYS)
    names = dict.fromkeys(c.rpartition("_")[0] for c in rows.column_names if c not in _KEYS)
    found: dict[str, FloatArray] = {}
    for name in names:
        values = np.full((groups_n, blocks_n, len(_SLOTS)), 0.0 if name == "n" else np.nan)
        for slot in _SLOTS:
            column = rows[f"{name}_{slot}"].cast(pa.float64())
            values[group, block, slot] = column.to_numpy(zero_copy_only=False)
        found[name] = values
    return found


def _numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.int64)
