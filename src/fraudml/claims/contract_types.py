"""The words the data contract is written in: a table, a column, a reference."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

Kind = Literal[
    "id", "text", "enum", "date", "month", "timestamp", "money", "count", "number", "flag", "list"
]
Person = Literal["patient", "practitioner", "operator", "inspector", "target", "recusals"]
Consequence = Literal["refuse", "quarantine", "warn"]


@dataclass(frozen=True)
class Column:
    """One column: how it is written, whether it may be missing, whom it points at."""

    name: str
    kind: Kind = "text"
    nullable: bool = False  # may be null, and the whole column may be absent
    key: bool = False
    values: tuple[str, ...] = ()  # allowed spellings of an enum, or of a count with few values
    person: Person | None = None  # this id is a natural person and becomes a pseudonym
    refers: str | None = None  # "table.column" that must hold the same value, else quarantine
    unit: str | None = None
    default: str | None = None  # what a null means, where the contract says so

    @property
    def canonical(self) -> str:
        """The name after ingest: money carries its unit, all else keeps its name."""
        return f"{self.name}_fen" if self.kind == "money" else self.name


@dataclass(frozen=True)
class Rule:
    """A rule that a row can break beyond its single cells, and what becomes of the row then.

    ``evidence``: the typology that the broken rule is evidence of; such a row is never set aside.
    """

    name: str
    consequence: Consequence
    en: str
    zh: str
    evidence: str | None = None


@dataclass(frozen=True)
class Table:
    """One input table: its grain in a sentence, its columns, and since when its rows are known."""

    name: str
    grain: str
    known_on: str
    columns: tuple[Column, ...]
    required: bool = False
    closed: bool = False  # an unknown column is refused whatever params.yaml says
    in_parts: bool = False  # grows by the month: accepted as one immutable part per raw part

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of this table beyond its single cells, in their catalogue's order."""
        return tuple(rule for table, rule in _rules() if table == self.name)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together name one row."""
        return tuple(c.name for c in self.columns if c.key)

    @property
    def mandatory(self) -> tuple[str, ...]:
        """The columns that the file must have."""
        return tuple(c.name for c in self.columns if not c.nullable)

    def column(self, name: str) -> Column:
        """The column of this raw or canonical name; KeyError where the contract has none."""
        for column in self.columns:
            if name in (column.name, column.canonical):
                return column
        raise KeyError(f"{self.name}.{name}")


@cache
def _rules() -> tuple[tuple[str, Rule], ...]:
    """Every rule of rules.csv beside the table it is a rule of."""
    text = files("fraudml.claims").joinpath("rules.csv").read_text(encoding="utf-8")
    return tuple(
        (
            row["table"],
            Rule(
                row["rule"],
                cast(Consequence, row["consequence"]),
                row["en"],
                row["zh"],
                row["evidence"] or None,
            ),
        )
        for row in csv.DictReader(text.splitlines())
    )


def key(name: str, kind: Kind = "id", **more: object) -> Column:
    """A column that is part of the table's key."""
    return Column(name, kind, key=True, **more)  # type: ignore[arg-type]


def may(name: str, kind: Kind = "text", **more: object) -> Column:
    """A column that may be null or absent altogether."""
    return Column(name, kind, nullable=True, **more)  # type: ignore[arg-type]
