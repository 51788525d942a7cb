"""A slow CSV reader to compare ours with, and the comparison: what must hold for any bytes."""

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fraudml.claims import csv_text, encodings
from fraudml.claims.csv_text import CsvReader
from fraudml.claims.encodings import as_utf8
from fraudml.claims.headers import accepted_columns
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.claims.schema import TABLES
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

FOREIGN = (b"\xff\xfe", b"\xfe\xff", b"PK", b"\x1f\x8b", b"PAR1")
END = "the end of the reference's text"
LONGEST_LINE = 1500


@dataclass(frozen=True)
class Read:
    """Rows by number, and number, byte offset and fields of each row that fits no header."""

    header: list[str]
    rows: list[tuple[int, tuple[str | None, ...]]]
    unreadable: list[tuple[int, int, int]]
    sizes: list[int] = field(default_factory=list, compare=False)  # bytes of header and rows


class RefusedError(Exception):
    """The reference cannot read it either."""


def reference(data: bytes) -> Read:
    """What the file holds, by the standard library's csv; RefusedError where nothing."""
    if not data or data.startswith(FOREIGN) or b"\0" in data[:4096].partition(b"\n")[0]:
        raise RefusedError
    text = decoded(data)
    skipped = 3 if text.startswith("\ufeff") else 0
    rows = numbered(text.removeprefix("\ufeff"), skipped)
    (_, first), *rest = [*rows] or [(0, [])]
    starts = [at for at, _ in rest]
    if any(re.search(r"[\r\n]", name) for name in first):
        raise RefusedError
    header = [name.replace("\ufeff", "").strip() for name in first]
    if not any(header) or not rest or rest[-1][1] != [END]:
        raise RefusedError
    found = [(at, row) for at, row in rest[:-1] if row]
    whole = [(n, row) for n, (_, row) in enumerate(found, 1) if len(row) == len(header)]
    cells = [(n, tuple(cell or None for cell in row)) for n, row in whole]
    others = [(n, at, len(row)) for n, (at, row) in enumerate(found, 1) if len(row) != len(header)]
    sizes = [after - at for after, (at, _) in zip(starts[1:], rest[:-1], strict=True)]
    sizes = [size for size, (_, row) in zip(sizes, rest, strict=False) if row]
    return Read(header, cells, others, [starts[0], *sizes])


def decoded(data: bytes) -> str:
    """UTF-8 if all or most of it is, else GB18030, else the one with fewer misfits; so is a NUL."""
    utf8, other = (
        data.decode(name, "replace").replace("\0", "\ufffd") for name in ("utf-8", "gb18030")
    )
    misfits = utf8.count("\ufffd")
    letters = sum(letter > "\x7f" for letter in utf8) - misfits
    if fits(data, "utf-8") or letters > misfits:
        return utf8
    return other if fits(data, "gb18030") or other.count("\ufffd") < misfits else utf8


def fits(data: bytes, encoding: str) -> bool:
    """Whether every byte is text."""
    try:
        return "\0" not in data.decode(encoding)
    except UnicodeDecodeError:
        return False


def numbered(text: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Every row, blank ones too, with the byte at which it begins; at the end a row with END."""
    csv.field_size_limit(1 << 30)
    starts = [skipped]

    def lines() -> Iterator[str]:
        for line in io.StringIO(f"{text}\n{END}\n", newline=""):
            starts.append(starts[-1] + len(line.encode()))
            yield line

    begun = 0
    for row in csv.reader(lines()):
        yield starts[begun], row
        begun = len(starts) - 1


def check(data: bytes, folder: Path, *, block: int = 16 << 20, packed: bool = False) -> bool:
    """Read ``data`` with our reader and the reference; AssertionError where they disagree.

    block  size of the blocks in which our reader works; returns whether the file was accepted
    """
    name = "claims.csv.gz" if packed else "claims.csv"
    path, scratch = folder / "raw" / name, folder / "scratch"
    path.write_bytes(gzip.compress(data, 1, mtime=0) if packed else data)
    source = Source(path, name, ".csv.gz" if packed else ".csv")
    csv_text._BLOCK, encodings._BLOCK = block, max(7, block // 50)
    try:
        expected = reference(data)
    except RefusedError:
        expected = None
    try:
        found = read(source, scratch)
    except ContractError as refusal:
        _check_refusal(str(refusal), name, expected, block)
        return False
    finally:
        path.unlink()
        for each in scratch.iterdir():
            each.unlink()
        assert [each.name for each in folder.iterdir()] in (["raw", "scratch"], ["scratch", "raw"])
    assert found == expected, (found, expected)
    _check_columns(found, name)
    return True


def read(source: Source, scratch: Path) -> Read:
    """The file by our reader."""
    secret = hashlib.sha256(source.path.read_bytes()).digest()  # or the fuzzer learns its digests
    reader = CsvReader(source, as_utf8(source, scratch), PseudonymKey(secret))
    rows = [
        (number, tuple(cells))
        for numbers, batch in reader.batches()
        for number, *cells in zip(
            numbers.to_pylist(), *(c.to_pylist() for c in batch.columns), strict=True
        )
    ]
    lost = [
        (row.row_number, *(int(n) for n in re.findall(r"\d+", row.detail.replace("UTF-8", ""))[:2]))
        for row in reader.unreadable
    ]
    assert all(row.source_file == source.shown for row in reader.unreadable)
    return Read(reader.header, rows, lost)  # type: ignore[arg-type]


def _check_refusal(said: str, name: str, expected: Read | None, block: int) -> None:
    _check_line(said, name)
    if expected is None:
        return
    longer = re.search(r"row ([\d,]+) is longer than", said)
    assert longer, f"refused although the reference reads it: {said}"
    number = int(longer[1].replace(",", ""))
    if expected.sizes[0] < block // 2:  # a header beyond that is for blocks of the real size
        assert expected.sizes[number] > block, (number, expected.sizes)


def _check_line(said: str, name: str) -> None:
    """One line that names the file and holds nothing as long as a person's number."""
    assert said.startswith(name), said
    assert len(said.splitlines()) == 1 and len(said) < LONGEST_LINE, said
    assert not re.search(r"\d{6}", said), said


def _check_columns(found: Read, name: str) -> None:
    for table in TABLES:
        for unknown in ("refuse", "drop"):
            try:
                kept = accepted_columns(table, Source(Path(), name, ".csv"), found.header, unknown)
            except ContractError as refusal:
                _check_line(str(refusal), name)
            else:
                assert set(kept) <= {c.name for c in table.columns} & set(found.header)
