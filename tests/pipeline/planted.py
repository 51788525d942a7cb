"""A raw folder in which everything about a person is marked, and the search for the mark."""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq

MARK = "ZQX"
_PEOPLE = re.compile(r"\b(P\d{7}|D\d{6}|OP\d{4}|IN\d{4})\b")
_FREE = {"title": "name", "channel": "name", "unit": "name"}


def plant(demo: Path, raw: Path) -> int:
    """Copy the demo fund with marked ids and names, and one faulty row of every kind a table.

    returns the number of marks
    """
    raw.mkdir()
    marks = 0
    for entry in sorted(demo.iterdir()):
        name = entry.name.partition(".")[0]
        content = _spoilt(name, _PEOPLE.sub(rf"{MARK}\1", _text(entry, name)))
        (raw / f"{name}.csv").write_bytes(content)
        marks += content.count(MARK.encode())
    return marks


def _text(entry: Path, name: str) -> str:
    if entry.is_dir() or entry.suffix == ".parquet":
        whole = io.BytesIO()
        pyarrow.csv.write_csv(pq.read_table(entry), whole)
        return whole.getvalue().decode()
    content = gzip.decompress(entry.read_bytes()) if entry.suffix == ".gz" else entry.read_bytes()
    text = content.decode()
    return re.sub(r'"I(\d{4})"', r'"IN\1"', text) if name == "inspectors" else text


def _spoilt(name: str, text: str) -> bytes:
    """The table with a name in each free cell of its first row, and faulty rows below."""
    header, *rows = csv.reader(io.StringIO(text))
    told = dict(zip(header, rows[0], strict=True))
    first = [f"{MARK}{_FREE[c]}" if c in _FREE else cell for c, cell in told.items()]
    extra = [] if name == "tips" else [f"{MARK} 张三"]  # tips take no unknown column
    head = [*header, *(["patient_name"] if extra else [])]
    faulty = [[*first[:n], _odd(name, column), *first[n + 1 :]] for n, column in enumerate(header)]
    faulty += [first, first, [f"{MARK}\n{MARK}", *first[1:]]]
    whole = io.StringIO()
    out = csv.writer(whole, lineterminator="\n")
    out.writerows([head, *([*row, *extra] for row in [first, *rows[1:], *faulty])])
    out.writerows([[f"{MARK}short"], [*first, *extra, f"{MARK}long"]])
    cut = ",".join([*first[1:], *extra]).encode()
    return whole.getvalue().encode() + f"{MARK}bytes".encode() + b"\xff\xfe," + cut + b"\n"


def _odd(table: str, column: str) -> str:
    """A value that fits hardly any column; a provider's id is not about a person and is shown."""
    return "H odd" if column == "provider_id" else f"{MARK}{table}{column}"


def leaks(folder: Path, *said: str) -> list[str]:
    """Where the mark stands: in what was said, or in a file outside the places for people."""
    found = [f"said: {_around(text.encode())!r}" for text in said if MARK in text]
    for path in _public_files(folder):
        content = path.read_bytes()
        if MARK.encode() in content:
            found.append(f"{path.relative_to(folder)}: {_around(content)!r}")
    return found


def _around(content: bytes) -> bytes:
    at = content.index(MARK.encode())
    return content[max(0, at - 80) : at + 80]


def _public_files(folder: Path) -> Iterator[Path]:
    """All but the raw folder, data/, the pages of leads, and what DVC and git keep of those."""
    private = ("raw", "data", "reports/leads", "reports/corrections", ".dvc/cache", ".git/objects")
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if path.is_file() and not any(place.startswith(f"{p}/") for p in private):
            yield path
