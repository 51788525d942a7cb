"""One raw file as text: every cell as it was written, every row with its place in the file.

CSV and parquet are read in Arrow batches of bounded size and staged as parquet in the scratch
folder, people already pseudonyms; from there on the engine computes. A CSV row with too many or
too few fields is never lost: it is kept by its place, its byte offset and a keyed hash.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fraudml.claims.contract_types import Table
from fraudml.claims.csv_text import CsvReader, Unreadable
from fraudml.claims.encodings import as_utf8
from fraudml.claims.headers import accepted_columns
from fraudml.claims.parquet_text import parquet_batches
from fraudml.claims.people import People
from fraudml.claims.sources import Source


@dataclass
class Staged:
    """A raw file in the scratch folder as text, and what was met while reading it."""

    table: Table
    source: Source
    path: Path
    encoding: str = ""
    readable: int = 0
    columns: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the file has, readable or not."""
        return self.readable + len(self.unreadable)


def stage_file(
    table: Table, source: Source, scratch: Path, people: People, *, unknown_columns: str
) -> Staged:
    """One raw file as one parquet of text cells.

    Columns: row_number (1 = first row after the header), undecodable, and every column of the
    contract (absent ones null); rows in the file's order.
    Raises ContractError for a file that cannot be read or whose columns break the contract.
    """
    staged = Staged(table, source, scratch / "text.parquet")
    schema = _schema(table)
    with pq.ParquetWriter(staged.path, schema, compression="lz4", write_statistics=False) as writer:
        for numbers, batch, lossy in _batches(staged, scratch, unknown_columns, people):
            writer.write_batch(_placed(batch, numbers, lossy, staged, people, schema))
            staged.readable += batch.num_rows
    return staged


def _schema(table: Table) -> pa.Schema:
    place = [pa.field("row_number", pa.int64()), pa.field("undecodable", pa.bool_())]
    return pa.schema(place + [pa.field(c.name, pa.string()) for c in table.columns])


def _batches(
    staged: Staged, scratch: Path, unknown_columns: str, people: People
) -> Iterator[tuple[pa.Array, pa.RecordBatch, bool]]:
    table, source = staged.table, staged.source
    if source.form == ".parquet":
        staged.encoding = "parquet"
        for numbers, batch in parquet_batches(table, source):
            kept = accepted_columns(table, source, batch.schema.names, unknown_columns)
            _note_columns(staged, batch.schema.names, kept)
            yield numbers, batch.select(list(kept)), False
        return
    plain = as_utf8(source, scratch)
    staged.encoding = plain.encoding
    reader = CsvReader(source, plain, people.key)
    kept = accepted_columns(table, source, reader.header, unknown_columns)
    _note_columns(staged, reader.header, kept)
    for numbers, batch in reader.batches():
        yield numbers, batch.select(list(kept)), plain.lossy
    staged.unreadable.extend(reader.unreadable)


def _note_columns(staged: Staged, header: list[str], kept: tuple[str, ...]) -> None:
    staged.columns = kept
    staged.dropped = tuple(sorted(set(header) - set(kept)))


def _placed(
    batch: pa.RecordBatch,
    numbers: pa.Array,
    lossy: bool,
    staged: Staged,
    people: People,
    schema: pa.Schema,
) -> pa.RecordBatch:
    count = batch.num_rows
    cells = {name: cleaned(batch.column(name)) for name in batch.schema.names}
    undecodable = _marked(cells, count) if lossy else pa.repeat(False, count)
    cells = people.hide(staged.table, cells)
    nothing = pa.nulls(count, pa.string())
    columns = [cells.get(c.name, nothing) for c in staged.table.columns]
    return pa.record_batch([numbers, undecodable, *columns], schema=schema)


def cleaned(cells: pa.Array) -> pa.Array:
    """Without the blanks around it; an empty cell is null.

    >>> cleaned(pa.array([" A1", "", "\u3000", None])).to_pylist()
    ['A1', None, None, None]
    """
    if not (_may_hold_blanks(cells) or pc.any(pc.equal(cells, "")).as_py()):
        return cells
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _may_hold_blanks(cells: pa.Array) -> bool:
    """Whether a byte of the cells could be part of a blank: below ! or outside ASCII."""
    offsets, content = cells.buffers()[1:]
    if content is None or not len(cells):
        return False
    ends = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    signed = np.frombuffer(content, np.int8)[ends[0] : ends[-1]]
    return bool((signed <= ord(" ")).any())


def _marked(cells: dict[str, pa.Array], count: int) -> pa.Array:
    marked = pa.repeat(False, count)
    for column in cells.values():
        marked = pc.or_(marked, pc.fill_null(pc.match_substring(column, "\ufffd"), False))
    return marked
