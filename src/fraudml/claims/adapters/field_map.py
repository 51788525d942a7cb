"""What a field map may say: which source column fills which contract column, and how."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from fraudml.claims.adapters.date_formats import date_regex
from fraudml.claims.contract_types import Column
from fraudml.claims.schema import CONTRACT

Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
]
_WAYS = ("column", "constant", "first_of", "joined", "list_of", "sum", "product", "number_within")


_LONGEST_NAME = 255


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceFiles(_Block):
    """Which files hold one source table, and how they are written."""

    files: Names = Field(min_length=1)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    blank: Names = ()  # cells that mean nothing was written, such as NULL
    count_filled: Names = ()  # columns left out whose filled cells the report counts

    @model_validator(mode="after")
    def _one_byte(self) -> "SourceFiles":
        if not self.delimiter.isascii() or self.delimiter in '"\r\n\0':
            raise ValueError(
                "delimiter: one ASCII character, neither a quotation mark nor a line end"
            )
        return self

    @model_validator(mode="after")
    def _inside_the_folder(self) -> "SourceFiles":
        for pattern in self.files:
            parts = Path(pattern).parts
            if pattern.startswith(("/", "~")) or ".." in parts or not parts:
                raise ValueError(f"files: {pattern!r} must name files below the source folder")
            if any("**" in part and part != "**" for part in parts):
                raise ValueError(f"files: in {pattern!r}, ** must stand alone between slashes")
            if any(len(part.encode()) > _LONGEST_NAME for part in parts):
                raise ValueError(f"files: no file has a name of more than {_LONGEST_NAME} bytes")
        return self


class Rows(_Block):
    """Which rows of the source are taken, by one of its columns."""

    one_of: Names = ()
    not_one_of: Names = ()

    @model_validator(mode="after")
    def _one_way(self) -> "Rows":
        if bool(self.one_of) == bool(self.not_one_of):
            raise ValueError("say either one_of or not_one_of")
        return self


class Cell(_Block):
    """How one contract column is made: one way to find the text, then what is done to it."""

    column: str | None = None
    constant: str | None = None
    first_of: Names = ()  # the first of these columns that is filled
    joined: Names = ()  # these columns one after another, with ``between``
    list_of: Names = ()  # these columns as a list
    sum: Names = ()  # money added up, less ``minus``
    product: Names = ()  # two numbers multiplied, to the fen, half away from zero
    number_within: str | None = None  # 1, 2, 3 … of the rows that share this column, as they stand
    minus: Names = ()
    between: str = ""
    date: Names = ()
    money: Literal["yuan", "fen"] | None = None
    rounded: bool = False  # money finer than the fen is rounded, half away from zero
    values: dict[str, str] = Field(default_factory=dict)
    others: Literal["keep", "blank"] = "keep"  # what ``values`` does not name
    if_blank: str | None = None
    split: str = ""  # each of these characters separates the entries of a list
    pad: int | None = Field(default=None, ge=1, le=64)
    take: Literal["first", "last", "min", "max", "sum"] = "first"
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, written: Any) -> Any:
        return {"column": written} if isinstance(written, str) else written

    @model_validator(mode="after")
    def _one_way(self) -> "Cell":
        said = [way for way in _WAYS if getattr(self, way)]
        if len(said) != 1:
            raise ValueError(f"say exactly one of {', '.join(_WAYS)}; found {len(said)}")
        if self.minus and not self.sum:
            raise ValueError("minus goes with sum")
        if self.others == "blank" and not self.values:
            raise ValueError("others goes with values")
        if self.product and len(self.product) != 2:
            raise ValueError("product takes two columns")
        for pattern in self.date:
            date_regex(pattern)
        return self

    def reads(self) -> tuple[str, ...]:
        """Every source column this cell is made of."""
        single = tuple(name for name in (self.column, self.number_within) if name)
        several = (self.first_of, self.joined, self.list_of, self.sum, self.product, self.minus)
        return single + tuple(name for names in several for name in names)


class TableMap(_Block):
    """One contract table: the source it is read from, which rows, and its columns."""

    source: str = Field(alias="from")
    where: dict[str, Rows] = Field(default_factory=dict)
    one_row_per: Names = ()  # contract columns; all else is taken from the rows they share
    optional: bool = False  # left out where a column that it needs never came
    columns: dict[str, Cell] = Field(min_length=1)

    def reads(self) -> tuple[str, ...]:
        """Every source column the table is made of."""
        return (*self.where, *(name for cell in self.columns.values() for name in cell.reads()))


class FieldMap(_Block):
    """A whole map: sources, tables, and what a reader of the result must know."""

    says: str
    sources: dict[str, SourceFiles] = Field(min_length=1)
    tables: dict[str, TableMap] = Field(min_length=1)
    invented: dict[str, str] = Field(default_factory=dict)
    notes: Names = ()


def faults(field_map: FieldMap) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Where the map contradicts the contract or itself: place, sentence, the names allowed there.

    An empty tuple of names means that the fault is not a misspelt name.
    """
    for name, table in field_map.tables.items():
        place = f"tables.{name}"
        if name not in CONTRACT:
            yield place, "is no table of the contract", tuple(CONTRACT)
            continue
        if table.source not in field_map.sources:
            yield f"{place}.from", f"{table.source!r} is no source", tuple(field_map.sources)
        if table.optional and CONTRACT[name].required:
            yield place, "is required by the contract: it cannot be optional", ()
        yield from _column_faults(place, name, table)
    for key in field_map.sources:
        if not any(t.source == key and t.reads() for t in field_map.tables.values()):
            yield f"sources.{key}", "is read by no table", ()
    for name, entry in CONTRACT.items():
        if entry.required and name not in field_map.tables:
            yield f"tables.{name}", "is missing; the contract requires it", ()


def _column_faults(
    place: str, name: str, table: TableMap
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    contract = {column.name: column for column in CONTRACT[name].columns}
    for wanted in CONTRACT[name].mandatory:
        if wanted not in table.columns:
            yield f"{place}.columns.{wanted}", "is missing; the contract requires it", ()
    for key in table.one_row_per:
        if key not in table.columns:
            yield f"{place}.one_row_per", f"{key!r} is no column here", tuple(table.columns)
        elif table.columns[key].optional:
            yield f"{place}.one_row_per", f"{key!r} is optional: a key cannot be", ()
    for column, cell in table.columns.items():
        here = f"{place}.columns.{column}"
        if column not in contract:
            yield here, f"is no column of {name}", tuple(contract)
            continue
        for sentence in _cell_faults(cell, contract[column], bool(table.one_row_per)):
            yield here, sentence, ()


def _cell_faults(cell: Cell, column: Column, grouped: bool) -> Iterator[str]:
    written = not (cell.constant or cell.number_within or cell.product)
    if column.kind == "money" and written and cell.money is None:
        yield "is money: say money: yuan or money: fen"
    if column.kind != "money" and (cell.money or cell.rounded or cell.sum or cell.product):
        yield "is not money: money, rounded, sum and product do not apply"
    timed = column.kind in ("date", "month", "timestamp")
    if timed and written and not cell.date:
        yield 'is a date: say how it is written, such as date: "YYYY-MM-DD"'
    if cell.date and not timed:
        yield "is no date: date does not apply"
    if cell.take != "first" and not grouped:
        yield "take needs one_row_per"
    if cell.take == "sum" and column.kind != "money":
        yield "take: sum adds up money only"
    if cell.number_within and grouped:
        yield "number_within numbers the rows of the source: it does not go with one_row_per"
    if cell.optional and not column.nullable:
        yield "is required by the contract: it cannot be optional"
