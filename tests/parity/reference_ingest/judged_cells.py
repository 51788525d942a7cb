"""The rows of one raw file after their own cells were judged."""

from dataclasses import dataclass, field
from typing import Any

from fraudml.claims.contract_types import Column, Table
from fraudml.claims.pseudonyms import PseudonymKey
from parity.reference_ingest.cells import Unreadable, hidden, is_rounded, value_of
from parity.reference_ingest.outcome import Place, Values
from parity.reference_ingest.reading import MISFIT, RawFile


@dataclass
class Row:
    """One raw row: its values, its key as text, and the rules that its cells break."""

    place: Place
    values: Values = field(default_factory=dict)
    key: dict[str, str | None] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def judge_cells(
    table: Table, file: RawFile, key: PseudonymKey, institutions: set[str]
) -> list[Row]:
    """Every row of the file, in its order; a cell that breaks a rule has no value."""
    rows = [
        Row((file.shown, number), broken={f"fields:{table.name}"}) for number in file.unreadable
    ]
    for number, cells in file.rows.items():
        row = Row((file.shown, number))
        if file.lossy and any(MISFIT in cell for cell in cells.values() if cell):
            row.broken.add(f"encoding:{table.name}")
        for column in table.columns:
            _judge(table, column, cells, row, key, institutions)
        rows.append(row)
    return sorted(rows, key=lambda row: row.place)


def _judge(
    table: Table,
    column: Column,
    cells: dict[str, str | None],
    row: Row,
    key: PseudonymKey,
    institutions: set[str],
) -> None:
    text = cells[column.name]
    name = f"{table.name}.{column.name}"
    value: Any = None
    try:
        value = value_of(column, text)
    except Unreadable as found:
        family = str(found)
        if family != "missing":
            row.broken.add(f"{family}:{name}")
    if text is not None and column.kind == "id" and is_rounded(text):
        row.broken.add(f"rounded:{name}")
    if column.kind == "month" and value is not None and value.day != 1:
        row.broken.add(f"first_day:{name}")
    if not column.nullable and (text is None or (column.kind == "list" and value is None)):
        row.broken.add(f"missing:{name}")
    if column.person and value is not None:
        shown = hidden(column, str(text), cells.get("target_grain"), key, institutions)
        value = shown.split("|") if column.kind == "list" else shown
    row.values[column.canonical] = value
    if column.key:
        row.key[column.name] = value if column.person else text
