"""One raw table as text: every cell as it was written, every row with its place in its file.

CSV and parquet are read in Arrow batches of bounded size and staged as parquet in the scratch
folder; from there on the engine computes. A CSV row with too many or too few fields is never
lost: it is kept by its place, its byte offset and a keyed hash.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fraudml.claims.contract_types import Table
from fraudml.claims.csv_text import CsvReader, Unreadable
from fraudml.claims.encodings import as_utf8
from fraudml.claims.headers import accepted_columns
from fraudml.claims.parquet_text import parquet_batches
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.sources import Source

PLACE = ("row_id", "source_file", "row_number", "undecodable")


@dataclass
class Staged:
    """A raw table in the scratch folder as text, and what was met while reading it."""

    table: Table
    path: Path
    rows: int = 0
    columns: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    encodings: dict[str, str] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)


def stage_table(
    table: Table,
    sources: tuple[Source, ...],
    scratch: Path,
    *,
    unknown_columns: str,
    key: PseudonymKey,
) -> Staged:
    """All files of one table as one parquet of text cells.

    Columns: row_id (running over all files), source_file, row_number (1 = first row after the
    header), undecodable, and every column of the contract (absent ones null).
    Raises ContractError for a file that cannot be read or whose columns break the contract.
    """
    staged = Staged(table, scratch / f"raw_{table.name}.parquet")
    schema = _schema(table)
    with pq.ParquetWriter(staged.path, schema, compression="lz4") as writer:
        for source in sources:
            for numbers, batch, lossy in _batches(staged, source, scratch, unknown_columns, key):
                writer.write_batch(_placed(batch, numbers, source, lossy, staged, schema))
                staged.rows += batch.num_rows
    staged.rows += len(staged.unreadable)
    return staged


def _schema(table: Table) -> pa.Schema:
    place = [
        pa.field("row_id", pa.int64()),
        pa.field("source_file", pa.string()),
        pa.field("row_number", pa.int64()),
        pa.field("undecodable", pa.bool_()),
    ]
    return pa.schema(place + [pa.field(c.name, pa.string()) for c in table.columns])


def _batches(
    staged: Staged, source: Source, scratch: Path, unknown_columns: str, key: PseudonymKey
) -> Iterator[tuple[pa.Array, pa.RecordBatch, bool]]:
    if source.form == ".parquet":
        staged.encodings[source.shown] = "parquet"
        for numbers, batch in parquet_batches(staged.table, source):
            kept = accepted_columns(staged.table, source, batch.schema.names, unknown_columns)
            _note_columns(staged, batch.schema.names, kept)
            yield numbers, batch.select(list(kept)), False
        return
    plain = as_utf8(source, scratch)
    staged.encodings[source.shown] = plain.encoding
    reader = CsvReader(source, plain, key)
    kept = accepted_columns(staged.table, source, reader.header, unknown_columns)
    _note_columns(staged, reader.header, kept)
    for numbers, batch in reader.batches():
        yield numbers, batch.select(list(kept)), plain.lossy
    staged.unreadable.extend(reader.unreadable)


def _note_columns(staged: Staged, header: list[str], kept: tuple[str, ...]) -> None:
    staged.columns.update(kept)
    staged.dropped.update(set(header) - set(kept))


def _placed(
    batch: pa.RecordBatch,
    numbers: pa.Array,
    source: Source,
    lossy: bool,
    staged: Staged,
    schema: pa.Schema,
) -> pa.RecordBatch:
    count = batch.num_rows
    cells = {name: _cleaned(batch.column(name)) for name in batch.schema.names}
    undecodable = _marked(cells, count) if lossy else pa.repeat(False, count)
    first = staged.rows
    place = [
        pa.array(range(first, first + count), pa.int64()),
        pa.repeat(source.shown, count),
        numbers,
        undecodable,
    ]
    nothing = pa.nulls(count, pa.string())
    columns = [cells.get(c.name, nothing) for c in staged.table.columns]
    return pa.record_batch(place + columns, schema=schema)


def _cleaned(cells: pa.Array) -> pa.Array:
    """Without the blanks around it; an empty cell is null."""
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _marked(cells: dict[str, pa.Array], count: int) -> pa.Array:
    marked = pa.repeat(False, count)
    for column in cells.values():
        marked = pc.or_(marked, pc.fill_null(pc.match_substring(column, "\ufffd"), False))
    return marked
