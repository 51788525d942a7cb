"""One raw file as text: every cell as it was written, every row with its place in the file.

CSV and parquet are read in Arrow batches of bounded size, people already pseudonyms, and pass
straight into the engine; only rows that are set aside are written down as text. A CSV row with
too many or too few fields is never lost: it is kept by its place, its byte offset and a keyed
hash.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fraudml.claims.contract_types import Column, Table
from fraudml.claims.csv_text import CsvReader, Unreadable
from fraudml.claims.encodings import PlainText, as_utf8
from fraudml.claims.headers import accepted_columns
from fraudml.claims.parquet_text import parquet_batches
from fraudml.claims.people import People
from fraudml.claims.plain_cells import PLAIN, bytes_of, is_plain
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

Rows = NDArray[np.int64]
_Numbered = tuple[pa.Array, pa.RecordBatch]


@dataclass
class Reading:
    """A raw file under way: its columns are known, its rows are counted while they are read."""

    table: Table
    source: Source
    people: People
    plain: PlainText | None  # None: parquet
    columns: tuple[str, ...]
    dropped: tuple[str, ...]
    readable: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the file has, readable or not."""
        return self.readable + len(self.unreadable)

    @property
    def encoding(self) -> str:
        """What the file was written in."""
        return self.plain.encoding if self.plain else "parquet"

    @property
    def schema(self) -> pa.Schema:
        """Columns: row_number (1 = first row after the header), undecodable, those of the file.

        Each column that a pattern would be tried on stands beside plain__NAME: whether the cell
        needs none (``plain_cells``).
        """
        place = [pa.field("row_number", pa.int64()), pa.field("undecodable", pa.bool_())]
        cells = [pa.field(c.name, pa.string()) for c in self._given()]
        plain = [pa.field(plain_name(c), pa.bool_()) for c in self._given() if c.kind in PLAIN]
        return pa.schema(place + cells + plain)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows that can be read, in the file's order; counts them and those that cannot.

        Raises ContractError for a file whose rows cannot be read to the end.
        """
        self.readable = 0
        reader = self._reader()
        for numbers, batch in reader.batches() if reader else self._of_parquet():
            self.readable += batch.num_rows
            yield self._placed(numbers, batch)
        self.unreadable = reader.unreadable if reader else []

    def write(self, path: Path, only: Rows | None = None) -> Path:
        """One parquet of the same columns; only the rows of these numbers, where there are any."""
        reader = self._reader()
        with pq.ParquetWriter(path, self.schema, compression="lz4") as writer:
            for found in reader.batches() if reader else self._of_parquet():
                writer.write_batch(self._placed(*(found if only is None else _of(found, only))))
        return path

    def _given(self) -> list[Column]:
        return [self.table.column(name) for name in self.columns]

    def _reader(self) -> CsvReader | None:
        return CsvReader(self.source, self.plain, self.people.key) if self.plain else None

    def _of_parquet(self) -> Iterator[_Numbered]:
        return parquet_batches(self.table, self.source)

    def _placed(self, numbers: pa.Array, batch: pa.RecordBatch) -> pa.RecordBatch:
        count = batch.num_rows
        cells = {name: cleaned(batch.column(name)) for name in self.columns}
        if self.plain is None and any(_may_hold_nul(column) for column in cells.values()):
            undecodable = _marked(cells, count, "\0")
            cells = {n: pc.replace_substring(c, "\0", "\ufffd") for n, c in cells.items()}
        elif self.plain is not None and self.plain.lossy:
            undecodable = _marked(cells, count, "\ufffd")
        else:
            undecodable = pa.repeat(False, count)
        cells = self.people.hide(self.table, cells)
        plain = [
            pa.repeat(is_plain(c.kind, cells[c.name]), count)
            for c in self._given()
            if c.kind in PLAIN
        ]
        return pa.record_batch([numbers, undecodable, *cells.values(), *plain], schema=self.schema)


def open_file(
    table: Table, source: Source, scratch: Path, people: People, *, unknown_columns: str
) -> Reading:
    """The file with its columns checked, ready to be read as often as it takes.

    scratch  a folder that outlives the reading: a file in another encoding is written anew there
    Raises ContractError for a file that cannot be read or whose columns break the contract.
    """
    plain = None if source.form == ".parquet" else as_utf8(source, scratch)
    if plain is None:
        header = next(parquet_batches(table, source))[1].schema.names
    else:
        header = CsvReader(source, plain, people.key).header
    _refuse_column_of_folder(table, source, header)
    kept = accepted_columns(table, source, header, unknown_columns)
    return Reading(table, source, people, plain, kept, tuple(sorted(set(header) - set(kept))))


def _refuse_column_of_folder(table: Table, source: Source, header: list[str]) -> None:
    """A column that Spark or Hive moved into the names of folders would be lost without a word."""
    known = {column.name for column in table.columns}
    for folder in source.shown.split("/")[1:-1]:
        name = folder.partition("=")[0]
        if "=" in folder and name in known - set(header):
            raise ContractError(
                f"{source.shown}: the column {name} stands in the name of the folder and not in "
                "the part. Write it into the parts as well."
            )


def _of(found: _Numbered, only: Rows) -> _Numbered:
    numbers, batch = found
    chosen = pa.array(np.isin(numbers.to_numpy(), only))
    return numbers.filter(chosen), batch.filter(chosen)


def plain_name(column: Column) -> str:
    """The column beside another one that says whether its cell is plain."""
    return f"plain__{column.name}"


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
    return bool((bytes_of(cells)[1].view(np.int8) <= ord(" ")).any())


def _may_hold_nul(cells: pa.Array) -> bool:
    return not bytes_of(cells)[1].all()


def _marked(cells: dict[str, pa.Array], count: int, misfit: str) -> pa.Array:
    """The rows of which a cell holds what is no character of any text."""
    marked = pa.repeat(False, count)
    for column in cells.values():
        marked = pc.or_(marked, pc.fill_null(pc.match_substring(column, misfit), False))
    return marked
