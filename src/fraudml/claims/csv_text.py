"""A CSV file in batches of text, with the number of every row, readable or not.

A line end is CRLF, LF or CR, mixed as they come; a blank line is no row; a quotation mark counts
at the beginning of a field only. A row of up to 16 MB is read, whatever its cells hold; a longer
one, and a quotation mark that is never closed, are refused with the number of the row.
"""

import csv
import io
import logging
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_bytes

import numpy as np
import pyarrow as pa
import pyarrow.csv

from fraudml.claims.encodings import PlainText
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.sources import Source
from fraudml.errors import ContractError, EngineError

_log = logging.getLogger(__name__)
_BLOCK = 16 << 20
_LONGEST_HEADER = 1 << 20
_LONGEST_NAME = 1 << 16
_MOST_UNREADABLE = 1_000_000
_LINE_END = re.compile("\r\n|\r|\n")
_BYTE_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class Unreadable:
    """A row that does not have as many fields as the header: where it stands, never what."""

    source_file: str
    row_number: int
    detail: str
    row_hash: str
    lines: int  # of the file; several where quotation marks joined them


class CsvReader:
    """Reads one file once; the unreadable rows are known when the batches are through.

    key        for the hashes of unreadable rows; one of its own for who keeps none of them
    delimiter  one byte between the fields
    """

    def __init__(
        self,
        source: Source,
        plain: PlainText,
        key: PseudonymKey | None = None,
        *,
        delimiter: str = ",",
    ) -> None:
        self.source = source
        self.plain = plain
        self.key = key or PseudonymKey(token_bytes(32))
        self.delimiter = delimiter
        self.header = _header(source, plain, delimiter)
        self.unreadable: list[Unreadable] = []
        self._failure: Exception | None = None
        self._offsets = _Offsets(plain, delimiter)
        self._end = self.key.digest(f"end\0{source.shown}")  # nobody can write it into a file

    def batches(self, only: list[str] | None = None) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
        """Row numbers (1 = first row after the header) and text cells, in the file's order.

        only  the columns to read, at least one; all of them when absent
        Raises ContractError, naming the row, for a quotation mark that is never closed, for a row
        that is too long, and for more unreadable rows than anybody would want to keep.
        """
        last, seen, ended = 0, 0, False
        with self.plain.path.open("rb") as stream:
            try:
                for batch in self._open(stream, only):
                    refused = [row.row_number for row in self.unreadable[seen:]]
                    numbers = np.arange(last + 1, last + 1 + batch.num_rows + len(refused))
                    if refused:
                        numbers = np.setdiff1d(numbers, refused, assume_unique=True)
                    numbers = numbers[: batch.num_rows]
                    if len(numbers):
                        last = int(numbers[-1])
                    seen += sum(1 for number in refused if number <= last)
                    ended = self._ends(batch)
                    count = batch.num_rows - ended
                    yield pa.array(numbers[:count], pa.int64()), batch.slice(0, count)
            except pa.ArrowInvalid:
                raise self._failure or self._too_long(last) from None
        if not ended:
            raise self._never_closed(last)
        lost = len(self.unreadable)
        _log.debug("%s: %s rows, %s unreadable", self.source.shown, f"{last - 1:,}", f"{lost:,}")

    def _open(
        self, stream: io.BufferedReader, only: list[str] | None
    ) -> pyarrow.csv.CSVStreamingReader:
        text = dict.fromkeys(self.header, pa.string())
        first = self.header.index(only[0]) if only else 0
        more = len(self.header) - first - 1
        end = f"\n{self.delimiter * first}{self._end}{self.delimiter * more}\n"
        return pyarrow.csv.open_csv(
            pa.PythonFile(_AndThen(stream, end.encode()), mode="r"),
            read_options=pyarrow.csv.ReadOptions(
                column_names=self.header, skip_rows=1, use_threads=False, block_size=_BLOCK
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                invalid_row_handler=self._refuse,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=text,
                include_columns=only,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _ends(self, batch: pa.RecordBatch) -> bool:
        """Whether the last row is the one that was added to see that no quotation mark is open."""
        return bool(batch.num_rows and batch.column(0)[-1].as_py() == self._end)

    def _never_closed(self, row: int) -> ContractError:
        return ContractError(
            f"{self.source.shown}: row {row:,} opens a quotation mark that is never closed, and "
            "the rest of the file is inside it. Correct the export."
        )

    def _too_long(self, last: int) -> ContractError:
        if len(self.unreadable) >= _MOST_UNREADABLE:
            return ContractError(
                f"{self.source.shown}: {_MOST_UNREADABLE:,} rows and more do not have the "
                f"{len(self.header):,} fields of the header. Correct the export."
            )
        reached = max(last, self.unreadable[-1].row_number if self.unreadable else 0)
        return ContractError(
            f"{self.source.shown}: row {reached + 1:,} is longer than "
            f"{_BLOCK >> 20} MB. A quotation mark that is never closed is the usual cause: "
            "correct the export."
        )

    def _refuse(self, row: pyarrow.csv.InvalidRow) -> str:
        """Keep the place of a row; Arrow would go on without it if this raised anything."""
        if len(self.unreadable) >= _MOST_UNREADABLE:
            return "error"
        try:
            self.unreadable.append(self._told(row))
        except Exception as error:
            self._failure = error
            return "error"
        return "skip"

    def _told(self, row: pyarrow.csv.InvalidRow) -> Unreadable:
        if self._end in row.text:
            raise self._never_closed(row.number - 1)
        offset = self._offsets.of(row.text)
        lines = len(_LINE_END.findall(row.text)) + 1
        spans = f", spans {lines:,} lines" if lines > 1 else ""
        return Unreadable(
            self.source.shown,
            row.number - 1,
            f"byte offset {offset}: {row.actual_columns} fields instead of "
            f"{row.expected_columns}{spans}",
            self.key.digest(f"row\0{row.text}"),
            lines,
        )


def _header(source: Source, plain: PlainText, delimiter: str) -> list[str]:
    with plain.path.open(encoding="utf-8-sig", newline="") as stream:
        start = io.StringIO(stream.read(_LONGEST_HEADER) + "\n", newline="")
    try:
        names = next(csv.reader(start, delimiter=delimiter), [])
    except csv.Error:  # a field beyond the limit of Python's reader
        names = ["\n"]
    if start.tell() > _LONGEST_HEADER or any(_is_no_name(name) for name in names):
        raise ContractError(
            f"{source.shown}: the header does not end with the first line, or is longer than "
            f"{_LONGEST_HEADER >> 20} MB. A quotation mark that is never closed is the usual "
            "cause; a column name has no line break. Correct the export."
        )
    names = [name.replace("\ufeff", "").strip() for name in names]
    if not any(names):
        raise ContractError(f"{source.shown}: the first row holds no column names. Add a header.")
    return names


def _is_no_name(cell: str) -> bool:
    return len(cell) > _LONGEST_NAME or _LINE_END.search(cell) is not None


class _AndThen:
    """A file followed by a few more bytes, as Arrow reads it.

    No block ends with a CR: Arrow drops an LF at the beginning of the next one, also inside a
    quoted cell.
    """

    closed = False

    def __init__(self, stream: io.BufferedReader, more: bytes) -> None:
        self._stream = stream
        self._more = more
        self._held = b""

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end."""
        found = self._stream.read(size - len(self._held))
        if self._held:
            found = self._held + found
        if room := size - len(found):  # the file is at its end
            found, self._more = found + self._more[:room], self._more[room:]
        self._held = b"\r" if found.endswith(b"\r") and len(found) > 1 else b""
        return found.removesuffix(self._held) if self._held else found

    def close(self) -> None:
        """The file is closed by whoever opened it."""


class _Offsets:
    """Where unreadable rows begin, searched forward through the file, once altogether."""

    def __init__(self, plain: PlainText, delimiter: str) -> None:
        self._path = plain.path
        before = re.escape(delimiter.encode()) + rb"\r\n"
        self._quoted = re.compile(rb"(?<=[" + before + rb'])"[^"]*(?:""[^"]*)*"?')
        self._original = plain.original
        self._content: mmap.mmap | None = None
        self._next = 0

    def of(self, text: str) -> str:
        if self._content is None:
            with self._path.open("rb") as stream:
                self._content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            self._next = _first_line_end(self._content)
        row = text.encode()
        found = _place(self._content, row, self._next, self._quoted)
        self._next = found + len(row)
        return f"{found}" if self._original else f"{found} of the text as UTF-8"


def _first_line_end(content: mmap.mmap) -> int:
    found = _BYTE_LINE_END.search(content)
    return found.start() if found else len(content)


def _place(content: mmap.mmap, row: bytes, start: int, in_quotes: re.Pattern[bytes]) -> int:
    """Where these bytes are a row, after ``start``, which is the end of a row."""
    quoted = in_quotes.finditer(content, start)
    span = next(quoted, None)
    for candidate in _whole_lines(content, row, start):
        while span and span.end() <= candidate:
            span = next(quoted, None)
        if not span or candidate <= span.start():
            return candidate
    raise EngineError("A row that Arrow could not split is not in its file. Report this as a bug.")


def _whole_lines(content: mmap.mmap, row: bytes, start: int) -> Iterator[int]:
    """Where these bytes stand between two line ends."""
    while True:
        found = content.find(b"\n" + row, start)
        earlier = content.find(b"\r" + row, start, found if found >= 0 else len(content))
        found = earlier if earlier >= 0 else found
        if found < 0:
            return
        start = found + 1
        after = start + len(row)
        if after >= len(content) or content[after] in b"\r\n":
            yield start
