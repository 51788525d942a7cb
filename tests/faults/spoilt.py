"""A small fund with one fault, looked at from all sides before and after its ingest."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cell_faults import CELL_FAULTS
from fault import EVERY_PERSON, Fault, make_fund
from file_faults import FILE_FAULTS
from row_faults import ROW_FAULTS

from fraudml.artifacts import digest
from fraudml.claims.schema import CONTRACT
from fraudml.claims.set_checks import PLACE
from ingest_fund import Run

FAULTS = (*FILE_FAULTS, *CELL_FAULTS, *ROW_FAULTS)
Row = dict[str, Any]
Key = tuple[Any, ...]
TABLES = "|".join(CONTRACT)
FILES = "reversed_claims|typed|refused|facts|manifest"
# every name is ours, a hash, or our name for a table
NAMES = re.compile(rf"({TABLES}|{FILES}|[0-9a-f]{{32}})(\.parquet|\.json)?|data_\d+\.parquet")
OURS = ("claims1", "quarantine1", "parts", "spill")


def cases(faults: tuple[Fault, ...]) -> list[Any]:
    return [pytest.param(fault, id=fault.name) for fault in faults]


@dataclass
class Sound:
    """A small fund before anything is wrong with it: its accepted rows by table and key."""

    rows: dict[str, dict[Key, Row]]
    parts: Path  # as its ingest left them: tables that a fault leaves alone are not read again
    before: dict[str, str]


class Sounds(dict[tuple[str, ...], Sound]):
    """The sound funds by their tables, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, tables: tuple[str, ...]) -> Sound:
        folder = self._folder / f"sound{len(self)}"
        folder.mkdir()
        run = Run(make_fund(folder, tables), parts=folder / "parts")
        assert run.report["quarantined_rows"] == 0
        assert not any(run.warnings(name) for name in tables)
        rows = {name: by_key(name, run.rows(name)) for name in tables}
        self[tables] = Sound(rows, folder / "parts", tree(folder / "parts"))
        return self[tables]


def by_key(name: str, rows: list[Row]) -> dict[Key, Row]:
    """What the rows say, by their key; no key may be there twice."""
    key = [CONTRACT[name].column(column).canonical for column in CONTRACT[name].key]
    found = {tuple(row[c] for c in key): without_place(row) for row in rows}
    assert len(found) == len(rows), f"a key of {name} is accepted twice"
    return found


def without_place(row: Row) -> Row:
    return {c: value for c, value in row.items() if c not in PLACE}


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its content's hash, links as what they point at."""
    return {
        str(p.relative_to(folder)): digest(p) if p.is_file() else ""
        for p in sorted(folder.rglob("*"))
    }


def told(folder: Path) -> str:
    """Everything that stands in the files below a folder, and their names."""
    said = []
    for path in sorted(folder.rglob("*")):
        said.append(str(path.relative_to(folder)))
        if path.suffix == ".parquet" and path.is_file():
            table = pq.read_table(path)
            said.append(f"{table.to_pydict()} {table.schema.metadata}")
        elif path.is_file():
            said.append(path.read_bytes().decode("latin-1"))
    return "\n".join(said)


class Spoilt:
    """A small fund with one fault, and a look at everything around it before and after."""

    def __init__(self, fault: Fault, folder: Path, sound: Sound) -> None:
        self.fault = fault
        self.folder = folder
        self.raw = make_fund(folder, fault.tables)
        fault.spoil(self.raw)
        shutil.copytree(sound.parts, folder / "parts", copy_function=os.link)
        self.before = self._around()

    def run(self) -> Run:
        fault = self.fault
        return Run(
            self.raw,
            unknown_columns=fault.unknown_columns,
            rules=dict(fault.rules),
            parts=self.folder / "parts",
        )

    def _around(self) -> dict[str, str]:
        return {k: v for k, v in tree(self.folder).items() if k.split("/")[0] not in OURS}

    def nothing_else_was_touched(self) -> None:
        assert self._around() == self.before
        assert not [*(self.folder / "spill").iterdir()]
        written = [path for place in OURS for path in (self.folder / place).rglob("*")]
        assert [path.name for path in written if not NAMES.fullmatch(path.name)] == []

    def nobody_is_named(self, *said: str) -> None:
        for place in OURS:
            assert EVERY_PERSON not in told(self.folder / place), place
        assert EVERY_PERSON not in "\n".join(said)
