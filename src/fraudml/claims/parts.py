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

from fraudml.artifacts import Publication, digest, read_json, write_json
from fraudml.claims.canonical import broken_rules, typed
from fraudml.claims.consequences import Consequences
from fraudml.claims.contract_types import Table
from fraudml.claims.people import People
from fraudml.claims.quarantine import refused_rows
from fraudml.claims.readers import Staged, stage_file
from fraudml.claims.sources import Source
from fraudml.engine import Engine
from fraudml.errors import ContractError

FACTS = "facts.json"
_MANY_RULES = 10_000


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


def take_in(engine: Engine, table: Table, source: Source, settings: Settings) -> Part:
    """The part of this raw file, from the cache or made now.

    Raises ContractError for a file that cannot be read, for columns that break the contract, and
    for a row that breaks a rule whose consequence is refuse.
    """
    name = _fingerprint(engine, table, source, settings)
    folder = settings.cache / name
    if not (folder / FACTS).exists():
        with Publication() as out, text_of(engine, table, source, settings) as staged:
            _make(engine, staged, settings, out.folder(folder))
    return Part(table, source, name, folder, read_json(folder / FACTS))


@contextmanager
def text_of(engine: Engine, table: Table, source: Source, settings: Settings) -> Iterator[Staged]:
    """The raw file as text in the scratch folder, gone at the end."""
    with TemporaryDirectory(dir=engine.scratch, prefix="text-") as scratch:
        yield stage_file(
            table,
            source,
            Path(scratch),
            settings.people,
            unknown_columns=settings.unknown_columns,
        )


def _fingerprint(engine: Engine, table: Table, source: Source, settings: Settings) -> str:
    said = {
        "file": digest(source.path),
        "shown": source.shown,
        "table": table.name,
        "key": settings.people.key.fingerprint(),
        "institutions": sorted(settings.people.institutions) if _asks(table) else [],
        "unknown_columns": settings.unknown_columns,
        "rules": [pair for pair in settings.consequences.rules() if f":{table.name}" in pair[0]],
        "engine": type(engine).__name__,
        "code": _code(),
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _asks(table: Table) -> bool:
    return any(column.person == "recusals" for column in table.columns)


@cache
def _code() -> str:
    """A hash of this room's source: another version of it makes other parts."""
    total = sha256()
    for entry in sorted(files("fraudml.claims").iterdir(), key=lambda e: e.name):
        if entry.name.endswith((".py", ".csv")):
            total.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return total.hexdigest()


def _make(engine: Engine, staged: Staged, settings: Settings, folder: Path) -> None:
    table = staged.table
    text = engine.read_parquet(staged.path)
    rows = typed(table, text, settings.consequences)
    place = {
        "source_file": ibis.literal(staged.source.shown),
        "row_number": ibis.ifelse(rows.aside, -rows.row_number, rows.row_number),
    }
    canonical = {c.canonical: rows[c.canonical] for c in table.columns}
    part = Part(table, staged.source, "", folder, {})
    # a filter here would work out every cell twice: once to judge the row, once to write it
    engine.make_parquet(rows.select(**place, **canonical), part.typed, order_by=())
    kept = row_count(engine, sound(engine, [part]))
    broken = None
    if kept < staged.readable or _warns(table, settings.consequences):
        found = broken_rules(table, text, settings.consequences)
        broken = engine.keep(found, f"broken-{table.name}")
    counts = _counts(engine, broken, staged, settings.consequences)
    aside = None if broken is None else _grave(broken, settings.consequences)
    refused_rows(engine, staged, text, aside, part.refused)
    write_json(
        folder / FACTS,
        {
            "rows": staged.rows,
            "readable": staged.readable,
            "typed": kept,
            "encoding": staged.encoding,
            "columns": list(staged.columns),
            "dropped": list(staged.dropped),
            **counts,
        },
    )


def _grave(broken: ir.Table, consequences: Consequences) -> ir.Table:
    """The rows set aside, with those of their rules that keep them out."""
    mild = [rule for rule, word in consequences.rules() if word == "warn"]
    rules = broken.rules.filter(lambda rule: rule.notin(mild))
    return broken.filter(broken.aside).mutate(rules=rules)


def _warns(table: Table, consequences: Consequences) -> bool:
    return any(word == "warn" and f":{table.name}." in rule for rule, word in consequences.rules())


def _counts(
    engine: Engine, broken: ir.Table | None, staged: Staged, consequences: Consequences
) -> dict[str, dict[str, int]]:
    """Rows set aside and rows that stay with a warning, by rule."""
    found: dict[str, dict[str, int]] = {"quarantined": {}, "warnings": {}}
    if broken is not None:
        for rule, aside, rows, first in by_rule(engine, broken):
            _refuse(consequences, rule, staged.source.shown, rows, first)
            if consequences.of(rule) == "warn":
                found["warnings"] |= {} if aside else {rule: rows}
            else:
                found["quarantined"][rule] = rows
    if staged.unreadable:
        rule = f"fields:{staged.table.name}"
        first = staged.unreadable[0].row_number
        _refuse(consequences, rule, staged.source.shown, len(staged.unreadable), first)
        found["quarantined"][rule] = len(staged.unreadable)
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
