"""What stands in each column of a table: null share, range, distinct values with their shares.

One pass per table, in the engine: one aggregate with every figure of every column, of which one
row comes back.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from fraudml.claims.contract_types import Column, Table
from fraudml.engine import Engine
from fraudml.quality.fineness import QUANTILES, dated, fineness, of_people, shown_quantiles

SAMPLE_ROWS = 500_000  # more than this, and quantiles come from about so many rows
_NUMBERS = ("money", "count", "number")
_DATES = ("date", "month", "timestamp")
Figures = dict[str, Any]


def profile(
    engine: Engine,
    table: Table,
    rows: ir.Table,
    *,
    accepted: int,
    came: frozenset[str],
    counted_by: str | None = None,
    sample_rows: int = SAMPLE_ROWS,
) -> dict[str, Figures]:
    """Each column of an accepted table by its contract name.

    accepted    rows of the table
    came        contract names of the columns that hold at least one value; others are not read
    counted_by  the date of which monthly volumes are made: the only one of people shown by day
    returns     ``kind``, ``unit``, ``known``, ``null_share`` (null in an empty table) and, for
                columns that came in: ``shares`` {value: {rows, share}} of the contract's allowed
                values and of flags; ``first``, ``last`` of dates; ``low``, ``middle``, ``high``
                with ``at``, ``negative`` and ``zero`` of numbers (money in whole fen). ``at`` is
                the quantiles shown, or min, median, max where no row belongs to a person; null
                where fewer than ten rows would lie beyond. Ids, text and lists have a null share
                alone.
    """
    read = [c for c in table.columns if c.name in came] if accepted else []
    sampled = rows.mutate(in_sample__=_in_sample(table, rows, accepted, sample_rows))
    asked = {f"{c.name}__{name}": expr for c in read for name, expr in _asked(c, sampled)}
    found: Figures = {}
    if asked:
        found = engine.rows(sampled.agg(**asked), at_most=1).to_pylist()[0]
    return {c.name: _column(table, c, found, accepted, counted_by) for c in table.columns}


def _in_sample(table: Table, rows: ir.Table, accepted: int, wanted: int) -> ir.BooleanValue:
    """About ``wanted`` rows, chosen by the hash of their key: the same on every engine."""
    if accepted <= wanted:
        return ibis.literal(True)
    limit = format(int(2**32 * wanted / accepted), "08x")
    key = ibis.literal("|").join([rows[name].cast("string") for name in table.key])
    return key.hexdigest("sha256").left(8) < limit


def _asked(column: Column, rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """The figures of one column, named, over all rows."""
    values = rows[column.canonical]
    yield "known", values.count()
    if column.values:
        for place, word in enumerate(column.values):
            yield f"value_{place}", _how_many(values == _spelt(column, word))
    elif column.kind == "flag":
        yield "true", _how_many(values)
    elif column.kind in _DATES:
        yield "first", values.min()
        yield "last", values.max()
    elif column.kind in _NUMBERS:
        yield "negative", _how_many(values < 0)
        yield "zero", _how_many(values == 0)
        yield "least", values.min()
        yield "most", values.max()
        yield "quantiles", values.cast("float64").quantile(list(QUANTILES), where=rows.in_sample__)


def _spelt(column: Column, word: str) -> str | int:
    return int(word) if column.kind == "count" else word


def _how_many(condition: ir.BooleanValue) -> ir.Value:
    return condition.cast("int64").sum().coalesce(0)


def _column(
    table: Table, column: Column, found: Figures, accepted: int, counted_by: str | None
) -> Figures:
    own = {
        name.rpartition("__")[2]: value
        for name, value in found.items()
        if name.rpartition("__")[0] == column.name
    }
    known = own.get("known", 0)
    said: Figures = {
        "kind": column.kind,
        "unit": "fen" if column.kind == "money" else column.unit,
        "known": known,
        "null_share": 1 - known / accepted if accepted else None,
    }
    return said | (_read(table, column, own, counted_by) if known else {})


def _read(table: Table, column: Column, own: Figures, counted_by: str | None) -> Figures:
    known = own["known"]
    if column.values:
        counts = {word: own[f"value_{place}"] for place, word in enumerate(column.values)}
        return {"shares": _shares(counts, known)}
    if column.kind == "flag":
        return {"shares": _shares({"true": own["true"], "false": known - own["true"]}, known)}
    if column.kind in _DATES:
        fine = fineness(table.name, column, counted_by=counted_by)
        return {name: dated(_day(own[name]), fine) for name in ("first", "last")}
    if column.kind in _NUMBERS:
        return {"negative": own["negative"], "zero": own["zero"]} | _range(table, column, own)
    return {}


def _shares(counts: dict[str, int], known: int) -> Figures:
    return {word: {"rows": n, "share": n / known} for word, n in counts.items()}


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _range(table: Table, column: Column, own: Figures) -> Figures:
    by_level = dict(zip(QUANTILES, own["quantiles"] or [], strict=False))
    write = _whole if column.kind != "number" else float
    if not of_people(table.name):
        low, middle, high = own["least"], by_level[0.5], own["most"]
        return {"low": write(low), "middle": write(middle), "high": write(high), "at": [0, 0.5, 1]}
    levels = shown_quantiles(own["known"])
    if levels is None or not by_level:
        return {"low": None, "middle": None, "high": None, "at": None}
    low, middle, high = (write(by_level[level]) for level in levels)
    return {"low": low, "middle": middle, "high": high, "at": list(levels)}


_whole: Callable[[float], int] = round
