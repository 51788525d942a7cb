"""A parquet file in batches of text, each cell written as it would stand in a CSV."""

from collections.abc import Iterator

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
        content = pq.ParquetFile(source.path)
        first = 1
        yield pa.array([], pa.int64()), _as_text(table, source, content.schema_arrow.empty_table())
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
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            return pc.binary_join(cells.cast(pa.list_(pa.string())), "|")
        if pa.types.is_timestamp(kind):
            return _time_text(cells, column)
        return cells.cast(pa.string())
    except pa.ArrowException:
        raise ContractError(
            f"{source.shown}: the column {name} holds cells that cannot be written as text (bytes "
            "that are not UTF-8, or times beyond the calendar). Write it as text."
        ) from None


def _refuse_type(kind: pa.DataType, column: Column, name: str, source: Source) -> None:
    reason = None
    if pa.types.is_floating(kind) and column.kind in ("id", "list"):
        reason = "a floating number, which cannot keep an id or a code"
    elif pa.types.is_timestamp(kind) and kind.tz is not None:
        reason = "a time with a zone; the contract has local times"
    elif pa.types.is_nested(kind) and not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        reason = "nested"
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        reason = "binary"
    if reason:
        raise ContractError(f"{source.shown}: the column {name} is {reason}. Write it as text.")


def _time_text(cells: pa.Array, column: Column) -> pa.Array:
    if column.kind in ("date", "month"):
        midnight = pc.equal(cells, pc.floor_temporal(cells, unit="day"))
        if pc.all(midnight, skip_nulls=True).as_py() is not False:
            return cells.cast(pa.date32()).cast(pa.string())
    whole = pc.equal(cells, pc.floor_temporal(cells, unit="second"))
    if pc.all(whole, skip_nulls=True).as_py() is not False:
        return cells.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    return cells.cast(pa.timestamp("us"), safe=False).cast(pa.string())
