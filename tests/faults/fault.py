"""What a named input fault is, the small fund it is applied to, and how to spoil a raw folder."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest_fund import FUND, csv_of

SMALL = ("providers", "patients", "claims")
LINES = (*SMALL, "claim_lines")
CATALOGUE = (*LINES, "items")
VISITS = (*SMALL, "inspections", "findings")
EVERY_PERSON = "PERSON"  # stands in the id of every person of the fund and of every fault
PLANTED = "PERSON330106195002280042"

Spoil = Callable[[Path], None]
Counts = Mapping[str, Mapping[str, int]]  # table -> rule -> rows

# What a row has beside the first row of its table: a key of its own, and a person nobody else has.
_NEW: dict[str, dict[str, str]] = {
    "providers": {"provider_id": "H9", "operator_id": PLANTED},
    "patients": {"patient_id": PLANTED},
    "claims": {"claim_id": "X1", "practitioner_id": PLANTED},
    "claim_lines": {"line_no": "9", "practitioner_id": PLANTED},
    "items": {"item_code": "I9"},
    "drg_groups": {"drg_code": "B1"},
    "inspections": {"inspection_id": "X1", "target_grain": "practitioner", "target_id": PLANTED},
    "findings": {"finding_no": "9"},
    "tips": {"tip_id": "X1", "target_grain": "practitioner", "target_id": PLANTED},
    "stock_moves": {"month": "2024-06-01"},
    "inspectors": {"inspector_id": PLANTED},
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one raw folder, and the whole answer that ingest owes to it.

    refuse      words of the one line that refuses the folder; else every row is accounted for:
    quarantine  table -> rule -> rows set aside; warn  the same of rows that stay
    rows_aside  table -> rows set aside, where a row breaks several rules
    lost        table -> keys of sound rows that are set aside with the faulty ones
    changed     table -> sound rows in which the fault itself lies, so that they say something else
    accepts     table -> for each further row that is accepted, some of its canonical cells
    """

    name: str
    spoil: Spoil
    tables: tuple[str, ...] = SMALL
    refuse: str | None = None
    quarantine: Counts = field(default_factory=dict)
    warn: Counts = field(default_factory=dict)
    rows_aside: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    accepts: Mapping[str, list[Mapping[str, object]]] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    unknown_columns: str = "refuse"


def draw(name: str) -> str:
    """A table of the small fund as CSV, a known token in the id of every person."""
    return re.sub(r"\b(OP|P|D|N)(\d)\b", rf"{EVERY_PERSON}\1\2", csv_of(FUND[name]))


def make_fund(folder: Path, tables: tuple[str, ...]) -> Path:
    """A sound raw folder with these tables."""
    raw = folder / "raw"
    raw.mkdir()
    for name in tables:
        (raw / f"{name}.csv").write_text(draw(name), encoding="utf-8")
    return raw


def line(cells: list[str]) -> str:
    """One row of CSV, quoted where it must be."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if "\r" in "".join(cells) else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator="\n", quoting=quoting).writerow(cells)
    return out.getvalue()


def row_like_first(name: str, cells: Mapping[str, str]) -> str:
    """A further row of the table: the first one but for its key, its persons and these cells."""
    header, first, *_ = csv.reader(io.StringIO(draw(name)))
    new = {c: v for c, v in _NEW.get(name, {}).items() if c in header}
    assert cells.keys() <= set(header), "the fault changes nothing"
    return line(list((dict(zip(header, first, strict=True)) | new | cells).values()))


def add(name: str, /, *more: Mapping[str, str], **cells: str) -> Spoil:
    """Append rows like the table's first one but for these cells."""
    return append(name, "".join(row_like_first(name, one) for one in (more or (cells,))))


def append(name: str, text: str) -> Spoil:
    """Append this text as it stands."""

    def spoil(raw: Path) -> None:
        with (raw / f"{name}.csv").open("a", encoding="utf-8", newline="") as stream:
            stream.write(text)

    return spoil


def with_column(name: str, column: str, *values: str, then: Spoil | None = None) -> Spoil:
    """Give a table one more column."""

    def spoil(raw: Path) -> None:
        path = raw / f"{name}.csv"
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        cells = [column, *values]
        assert len(cells) == len(rows), "a value for every row"
        text = "".join(line([*row, cell]) for row, cell in zip(rows, cells, strict=True))
        path.write_text(text, encoding="utf-8")
        if then:
            then(raw)

    return spoil


def change(name: str, old: str, new: str) -> Spoil:
    """Replace a piece of a table's text once."""

    def spoil(raw: Path) -> None:
        path = raw / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text, "the fault changes nothing"
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")

    return spoil


def every(*steps: Spoil) -> Spoil:
    """Several steps that make one fault together."""

    def spoil(raw: Path) -> None:
        for step in steps:
            step(raw)

    return spoil


def rewrite(name: str, how: Callable[[str], bytes], to: str | None = None) -> Spoil:
    """Write a table's text in another way, under another name where one is given."""

    def spoil(raw: Path) -> None:
        path = raw / f"{name}.csv"
        content = how(path.read_text(encoding="utf-8"))
        path.unlink()
        new = raw / (to or f"{name}.csv")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)

    return spoil


def put(name: str, content: bytes | str) -> Spoil:
    """Put one more file into the raw folder."""

    def spoil(raw: Path) -> None:
        path = raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return spoil


def remove(name: str) -> Spoil:
    """Take a file out of the raw folder."""
    return lambda raw: (raw / name).unlink()


def aside(
    name: str, table: str, rule: str, tables: tuple[str, ...] = SMALL, /, **cells: str
) -> Fault:
    """A further row of a table, like its first but for these cells, is set aside by one rule."""
    return Fault(name, add(table, **cells), tables, quarantine={table: {rule: 1}})


def stays(
    name: str,
    table: str,
    tables: tuple[str, ...] = SMALL,
    /,
    *,
    warn: Counts | None = None,
    shows: Mapping[str, object] | None = None,
    **cells: str,
) -> Fault:
    """A further row of a table, like its first but for these cells, is accepted.

    shows  canonical cells of it; warn  table -> rule -> rows
    """
    accepts = {table: [shows]} if shows else {}
    return Fault(name, add(table, **cells), tables, warn=warn or {}, accepts=accepts)
