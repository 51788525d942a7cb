"""The words the data contract is written in: a table, a column, a reference."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "id", "text", "enum", "date", "month", "timestamp", "money", "count", "number", "flag", "list"
]
Person = Literal["patient", "practitioner", "operator", "inspector", "target", "recusals"]


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
class Table:
    """One input table: its grain in a sentence, its columns, and since when its rows are known."""

    name: str
    grain: str
    known_on: str
    columns: tuple[Column, ...]
    required: bool = False
    closed: bool = False  # an unknown column is refused whatever params.yaml says

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


def key(name: str, kind: Kind = "id", **more: object) -> Column:
    """A column that is part of the table's key."""
    return Column(name, kind, key=True, **more)  # type: ignore[arg-type]


def may(name: str, kind: Kind = "text", **more: object) -> Column:
    """A column that may be null or absent altogether."""
    return Column(name, kind, nullable=True, **more)  # type: ignore[arg-type]
