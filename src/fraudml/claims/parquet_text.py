"""A parquet file in batches of text, each cell written as it would stand in a CSV."""

from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fraudml.claims.contract_types import Column, Table
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

_ROWS = 64_000


def parquet_batches(table: Table, source: Source) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
    """Row numbers (1 = first) and text cells; at least one batch, so that the columns are seen.

    Raises ContractError for a file that is not parquet or is damaged, and for a column whose
    type cannot stand for what the contract asks (a floating id, a time with a zone).
    """
    try:
        with pq.ParquetFile(source.path) as content:
            none = content.schema_arrow.empty_table()
            yield pa.array([], pa.int64()), _as_text(table, source, none)
            first = 1
            for batch in content.iter_batches(batch_size=_ROWS):
                numbers = pa.array(range(first, first + batch.num_rows), pa.int64())
                first += batch.num_rows
                yield numbers, _as_text(table, source, batch)
    except (pa.ArrowException, OSError):
        raise ContractError(
            f"{source.shown}: not a readable parquet file (empty, truncated or damaged). "
            "Copy or export it again."
        ) from None


def _as_text(table: Table, source: Source, batch: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
    known = {c.name: c for c in table.columns}
    names = batch.schema.names
    cells = [_cell_text(batch.column(i), known.get(n), n, source) for i, n in enumerate(names)]
    return pa.record_batch(cells, names=names)


def _cell_text(
    cells: pa.Array | pa.ChunkedArray, column: Column | None, name: str, source: Source
) -> pa.Array:
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    if column is None:  # unknown to the contract: refused or dropped, whatever its type
        return pa.nulls(len(cells), pa.string())
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    kind = cells.type
    _refuse_type(kind, column, name, source)
    try:
        cells.validate(full=True)
        if _is_list(kind):
            return _list_text(cells.cast(pa.list_(pa.string())))
        if pa.types.is_timestamp(kind):
            return _time_text(cells, column)
        text = cells.cast(pa.string())
        return _without_power(text) if pa.types.is_floating(kind) else text
    except pa.ArrowException:
        raise ContractError(
            f"{source.shown}: the column {name} holds cells that cannot be written as text (bytes "
            "that are not UTF-8, or times beyond the calendar). Write it as text."
        ) from None


def _refuse_type(kind: pa.DataType, column: Column, name: str, source: Source) -> None:
    reason = None
    if column.kind in ("id", "list") and _may_have_decimals(kind):
        reason = "a number with decimals, which cannot keep an id or a code"
    elif pa.types.is_timestamp(kind) and kind.tz is not None:
        reason = "a time with a zone; the contract has local times"
    elif _is_list(kind) and column.kind != "list":
        reason = "a list, where one value is asked for"
    elif pa.types.is_nested(kind.value_type if _is_list(kind) else kind):
        reason = "nested"
    elif pa.types.is_duration(kind):
        reason = "a duration"
    elif _is_binary(kind):
        reason = "binary"
    if reason:
        raise ContractError(f"{source.shown}: the column {name} is {reason}. Write it as text.")


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _may_have_decimals(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or (pa.types.is_decimal(kind) and kind.scale > 0))


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _list_text(cells: pa.ListArray) -> pa.Array:
    """The members between bars; a member that is null is none, and takes no other with it."""
    flat = cells.flatten()
    if flat.null_count:
        members = [
            None if m is None else [x for x in m if x is not None] for m in cells.to_pylist()
        ]
        cells = pa.array(members, pa.list_(pa.string()))
    return pc.binary_join(cells, "|")


def _without_power(text: pa.Array) -> pa.Array:
    """Arrow writes a floating number from ten milliards on as a power, which no amount is."""
    powers = pc.match_substring(text, "e")
    if not pc.any(powers).as_py():
        return text
    found = [None if x is None else f"{Decimal(x):f}" if "e" in x else x for x in text.to_pylist()]
    return pa.array(found, pa.string())


def _time_text(cells: pa.Array, column: Column) -> pa.Array:
    if column.kind in ("date", "month"):
        midnight = pc.equal(cells, pc.floor_temporal(cells, unit="day"))
        if pc.all(midnight, skip_nulls=True).as_py() is not False:
            return cells.cast(pa.date32()).cast(pa.string())
    whole = pc.equal(cells, pc.floor_temporal(cells, unit="second"))
    if pc.all(whole, skip_nulls=True).as_py() is not False:
        return cells.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    return cells.cast(pa.timestamp("us"), safe=False).cast(pa.string())
