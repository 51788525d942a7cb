"""A CSV file in batches of text, with the physical number of every row, readable or not."""

import csv
import mmap
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv

from fraudml.claims.encodings import PlainText
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

_BLOCK = 4 << 20
_MOST_UNREADABLE = 1_000_000


@dataclass(frozen=True)
class Unreadable:
    """A row that does not have as many fields as the header: where it stands, never what."""

    source_file: str
    row_number: int
    detail: str
    row_hash: str


class CsvReader:
    """Reads one file once; the unreadable rows are known when the batches are through."""

    def __init__(self, source: Source, plain: PlainText, key: PseudonymKey) -> None:
        self.source = source
        self.plain = plain
        self.key = key
        self.header = _header(source, plain)
        self.unreadable: list[Unreadable] = []
        self._offsets = _Offsets(plain)

    def batches(self) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
        """Row numbers (1 = first row after the header) and text cells, in the file's order."""
        last, seen = 0, 0
        try:
            for batch in self._open():
                refused = [row.row_number for row in self.unreadable[seen:]]
                span = np.arange(last + 1, last + 1 + batch.num_rows + len(refused))
                numbers = np.setdiff1d(span, refused, assume_unique=True)[: batch.num_rows]
                if len(numbers):
                    last = int(numbers[-1])
                seen += sum(1 for number in refused if number <= last)
                yield pa.array(numbers, pa.int64()), batch
        except pa.ArrowInvalid as error:
            raise ContractError(
                f"{self.source.shown}: cannot be split into rows "
                f"({_first_line(error)}). A quotation mark that is never closed is the usual "
                "cause: correct the export."
            ) from None

    def _open(self) -> pyarrow.csv.CSVStreamingReader:
        text = dict.fromkeys(self.header, pa.string())
        return pyarrow.csv.open_csv(
            self.plain.path,
            read_options=pyarrow.csv.ReadOptions(
                column_names=self.header, skip_rows=1, use_threads=False, block_size=_BLOCK
            ),
            parse_options=pyarrow.csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=self._refuse
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=text, strings_can_be_null=True, null_values=[""]
            ),
        )

    def _refuse(self, row: pyarrow.csv.InvalidRow) -> str:
        if len(self.unreadable) >= _MOST_UNREADABLE:
            return "error"
        offset = self._offsets.of(row.text)
        lines = row.text.count("\n") + 1
        spans = f", spans {lines:,} lines" if lines > 1 else ""
        self.unreadable.append(
            Unreadable(
                self.source.shown,
                row.number - 1,
                f"byte offset {offset}: {row.actual_columns} fields instead of "
                f"{row.expected_columns}{spans}",
                self.key.digest(f"row\0{row.text}"),
            )
        )
        return "skip"


def _header(source: Source, plain: PlainText) -> list[str]:
    with plain.path.open(encoding="utf-8-sig", newline="") as stream:
        names = next(csv.reader(stream), [])
    if not any(name.strip() for name in names):
        raise ContractError(f"{source.shown}: the first row holds no column names. Add a header.")
    return [name.strip() for name in names]


class _Offsets:
    """Where unreadable rows begin, searched forward through the file, once altogether."""

    def __init__(self, plain: PlainText) -> None:
        self._path = plain.path
        self._original = plain.original
        self._next = 0

    def of(self, text: str) -> str:
        with (
            self._path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            found = content.find(text.encode(), self._next)
        if found < 0:
            return "unknown"
        self._next = found + len(text.encode())
        return f"{found}" if self._original else f"{found} of the text as UTF-8"


def _first_line(error: Exception) -> str:
    """Arrow's reason without the row it quotes."""
    return str(error).splitlines()[0].partition(": ")[2].partition(":")[0] or "damaged"
