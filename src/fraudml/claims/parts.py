"""One raw part read, typed and judged by its own cells: made once, kept under its fingerprint.

A part is a pure function of the raw file, the pseudonym key, the settings and this code; the
fingerprint says which. A part that was made before is not read again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from fraudml.artifacts import Publication, digest, read_json, write_json
from fraudml.claims.canonical import broken_rules, typed
from fraudml.claims.consequences import Consequences
from fraudml.claims.contract_types import Table
from fraudml.claims.people import People, asks_for_institutions
from fraudml.claims.quarantine import refused_rows
from fraudml.claims.readers import Reading, Rows, open_file
from fraudml.claims.sources import Source
from fraudml.engine import Engine
from fraudml.errors import ContractError, StateError

FACTS = "facts.json"
_MANY_RULES = 10_000
_BATCH = 100_000


@dataclass(frozen=True)
class Settings:
    """Everything beside the raw file that decides what a part becomes."""

    people: People
    consequences: Consequences
    unknown_columns: str
    cache: Path  # folder of the parts that were made before


@dataclass(frozen=True)
class Part:
    """A raw part after its own cells were judged.

    typed    source_file, row_number, the canonical columns; rows whose own cells keep them out
    have the negative of their row number and are no part of ``sound``
    refused  those rows, as the quarantine tells of them, beside the table's key as text
    facts    rows, encoding, columns, dropped columns, rows by rule broken
    """

    table: Table
    source: Source
    fingerprint: str
    folder: Path
    facts: dict[str, Any]

    @property
    def typed(self) -> Path:
        """The parquet of all readable rows."""
        return self.folder / "typed.parquet"

    @property
    def refused(self) -> Path:
        """The parquet of rows set aside."""
        return self.folder / "refused.parquet"


@dataclass(frozen=True)
class OpenedFile:
    """A raw file and the folder where some of its rows may be written as text."""

    reading: Reading
    scratch: Path

    def text(self, engine: Engine, only: Rows | None = None) -> ir.Table:
        """The rows of these numbers as text, or all of them; the file is read once more."""
        return engine.read_parquet(self.reading.write(self.scratch / "text.parquet", only))


def take_in(engine: Engine, table: Table, source: Source, settings: Settings) -> Part:
    """The part of this raw file, from the cache or made now.

    Raises ContractError for a file that cannot be read, for columns that break the contract, and
    for a row that breaks a rule whose consequence is refuse.
    """
    name = _fingerprint(engine, table, source, settings)
    folder = settings.cache / name
    if not is_kept(folder):
        with Publication() as out, opened(engine, table, source, settings) as reading:
            _make(engine, reading, settings, out.folder(folder))
    return Part(table, source, name, folder, read_json(folder / FACTS))


def seal(folder: Path, facts: dict[str, Any]) -> None:
    """The facts of a part, written last, and by what its files are known again."""
    sizes = {name: path.stat().st_size for name, path in _files(folder)}
    write_json(folder / FACTS, facts | {"files": sizes})


def is_kept(folder: Path) -> bool:
    """Whether a part lies as it was made; accepted tables are links to it and may be edited.

    Told by sizes and by the facts being the newest file: to read all would cost what ingest saves,
    and times in the facts would give one extract other bytes each time.
    """
    try:
        told = read_json(folder / FACTS, "files")["files"]
    except StateError:
        return False
    sealed, found = (folder / FACTS).stat().st_mtime_ns, dict(_files(folder))
    if told != {name: path.stat().st_size for name, path in found.items()}:
        return False
    return all(path.stat().st_mtime_ns <= sealed for path in found.values())


def _files(folder: Path) -> list[tuple[str, Path]]:
    found = ((p.relative_to(folder).as_posix(), p) for p in folder.rglob("*") if p.is_file())
    return sorted((name, path) for name, path in found if name != FACTS)


@contextmanager
def opened(
    engine: Engine, table: Table, source: Source, settings: Settings
) -> Iterator[OpenedFile]:
    """The raw file, to be read; what it takes of the scratch folder is gone at the end."""
    with TemporaryDirectory(dir=engine.scratch, prefix="text-") as scratch:
        unknown = settings.unknown_columns
        people = settings.people
        reading = open_file(table, source, Path(scratch), people, unknown_columns=unknown)
        yield OpenedFile(reading, Path(scratch))


def _fingerprint(engine: Engine, table: Table, source: Source, settings: Settings) -> str:
    said = {
        "file": digest(source.path),
        "shown": source.shown,
        "table": table.name,
        "key": settings.people.key.fingerprint(),
        "institutions": sorted(settings.people.institutions)
        if asks_for_institutions(table)
        else [],
        "unknown_columns": settings.unknown_columns,
        "rules": [pair for pair in settings.consequences.rules() if f":{table.name}" in pair[0]],
        "engine": type(engine).__name__,
        "code": _code(),
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


@cache
def _code() -> str:
    """A hash of this room's source: another version of it makes other parts."""
    total = sha256()
    for entry in sorted(files("fraudml.claims").iterdir(), key=lambda e: e.name):
        if entry.name.endswith((".py", ".csv")):
            total.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return total.hexdigest()


def _make(engine: Engine, file: OpenedFile, settings: Settings, folder: Path) -> None:
    reading = file.reading
    table, consequences = reading.table, settings.consequences
    part = Part(table, reading.source, "", folder, {})
    with engine.streamed(reading.schema, reading.batches(), f"text-{table.name}") as text:
        # a filter here would work out every cell twice: once to judge the row, once to write it
        engine.make_parquet(_typed_rows(part, text, consequences), part.typed, order_by=())
    kept = row_count(engine, sound(engine, [part]))
    text = broken = aside = None
    if kept < reading.readable or _warns(table, consequences):
        only = None if _warns(table, consequences) else _aside(engine, part)
        text = file.text(engine, only)
        broken = engine.keep(broken_rules(table, text, consequences), f"broken-{table.name}")
        aside = _grave(broken, consequences)
    counts = _counts(engine, broken, reading, consequences)
    refused_rows(engine, reading, text, aside, part.refused)
    seal(
        folder,
        {
            "rows": reading.rows,
            "readable": reading.readable,
            "typed": kept,
            "encoding": reading.encoding,
            "columns": list(reading.columns),
            "dropped": list(reading.dropped),
            **counts,
        },
    )


def _typed_rows(part: Part, text: ir.Table, consequences: Consequences) -> ir.Table:
    rows = typed(part.table, text, consequences)
    place = {
        "source_file": ibis.literal(part.source.shown),
        "row_number": ibis.ifelse(rows.aside, -rows.row_number, rows.row_number),
    }
    return rows.select(**place, **{c.canonical: rows[c.canonical] for c in part.table.columns})


def _aside(engine: Engine, part: Part) -> Rows:
    """The numbers of the rows that their own cells keep out."""
    rows = engine.read_parquet(part.typed)
    aside = rows.filter(rows.row_number < 0).select(row_number=-rows.row_number)
    return numbers(engine, aside)


def numbers(engine: Engine, rows: ir.Table) -> Rows:
    """The row numbers of these rows of one file."""
    found = [batch.column(0).to_numpy() for batch in engine.batches(rows, size=_BATCH)]
    return np.concatenate([np.zeros(0, np.int64), *found])


def _grave(broken: ir.Table, consequences: Consequences) -> ir.Table:
    """The rows set aside, with those of their rules that keep them out."""
    mild = [rule for rule, word in consequences.rules() if word == "warn"]
    rules = broken.rules.filter(lambda rule: rule.notin(mild))
    return broken.filter(broken.aside).mutate(rules=rules)


def _warns(table: Table, consequences: Consequences) -> bool:
    return any(word == "warn" and f":{table.name}." in rule for rule, word in consequences.rules())


def _counts(
    engine: Engine, broken: ir.Table | None, reading: Reading, consequences: Consequences
) -> dict[str, dict[str, int]]:
    """Rows set aside and rows that stay with a warning, by rule."""
    found: dict[str, dict[str, int]] = {"quarantined": {}, "warnings": {}}
    if broken is not None:
        for rule, aside, rows, first in by_rule(engine, broken):
            _refuse(consequences, rule, reading.source.shown, rows, first)
            if consequences.of(rule) == "warn":
                found["warnings"] |= {} if aside else {rule: rows}
            else:
                found["quarantined"][rule] = rows
    if reading.unreadable:
        rule = f"fields:{reading.table.name}"
        first = reading.unreadable[0].row_number
        _refuse(consequences, rule, reading.source.shown, len(reading.unreadable), first)
        found["quarantined"][rule] = len(reading.unreadable)
    return found


def by_rule(engine: Engine, broken: ir.Table) -> list[tuple[str, bool, int, int]]:
    """Every rule that cells break, whether it is said of rows set aside, their number, the first.

    broken  row_number, rules, aside
    """
    each = broken.select("row_number", "aside", rule=broken.rules.unnest())
    counted = each.group_by("rule", "aside").agg(rows=each.count(), first=each.row_number.min())
    found = engine.rows(counted.order_by("rule", "aside"), at_most=_MANY_RULES).to_pylist()
    return [(row["rule"], row["aside"], row["rows"], row["first"]) for row in found]


def _refuse(consequences: Consequences, rule: str, shown: str, rows: int, first: int) -> None:
    if consequences.of(rule) != "refuse":
        return
    said = f"{shown}: {rows:,} rows break {rule}, first at row {first:,}."
    if rule.startswith("rounded:"):
        raise ContractError(
            f"{said} The ids are rounded numbers like 1.1E+17; their digits are lost. Export the "
            "column as text, not through a spreadsheet."
        )
    raise ContractError(
        f"{said} Correct the export, or give the rule another consequence in ingest.rules."
    )


def sound(engine: Engine, parts: list[Part]) -> ir.Table:
    """The rows of these parts that their own cells do not keep out."""
    return engine.read_parquet([part.typed for part in parts]).filter(lambda t: t.row_number > 0)


def row_count(engine: Engine, rows: ir.Table) -> int:
    """How many rows there are, counted where they lie."""
    counted = engine.rows(rows.agg(rows=rows.count()), at_most=1)
    return int(counted.column("rows")[0].as_py())
