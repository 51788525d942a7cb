"""A fund as lists of dicts with every contract column, and what came in."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from fraudml.claims.schema import CONTRACT
from parity.reference.arithmetic import Row, grouped

Tables = dict[str, list[dict]]
FAR = date(9999, 12, 31)
YEAR, RECENT = timedelta(days=365), timedelta(days=90)


class Fund:
    """Tables by name; an absent table is an empty list that `has` denies. Money is in fen."""

    def __init__(self, tables: Tables) -> None:
        self._tables = {
            name: [Row({c.name: row.get(c.name) for c in CONTRACT[name].columns}) for row in rows]
            for name, rows in tables.items()
        }
        self.providers = {row.provider_id: row for row in self.table("providers")}
        self.patients = {row.patient_id: row for row in self.table("patients")}
        self.reversals = grouped(self.table("claims"), "reverses_claim_id")
        self.registrations = grouped(self.table("practitioners"), "practitioner_id", "provider_id")
        self.lines = grouped(self.table("claim_lines"), "claim_id")
        self.items = grouped(self.table("items"), "item_code")
        self.drg_groups = grouped(self.table("drg_groups"), "drg_code")

    def table(self, name: str) -> list[Row]:
        """The rows of a table; none where it did not come in."""
        return self._tables.get(name, [])

    def has(self, name: str) -> bool:
        """Whether the table came in."""
        return name in self._tables

    def came(self, need: str) -> bool:
        """Whether a column came in with at least one value."""
        table, column = need.split(".")
        return any(row[column] is not None for row in self.table(table))

    def reversed_on(self, claim_id: str) -> date | None:
        """The day from which a claim is cancelled."""
        return min((r.settled_on for r in self.reversals.get((claim_id,), [])), default=None)


def read_tables(folder: Path) -> Tables:
    """The tables of a canonical claims folder, in contract names."""
    names = {path.stem for path in folder.iterdir()} & set(CONTRACT)
    found: Tables = {}
    for name in sorted(names):
        path = folder / name
        rows = pq.read_table(path if path.is_dir() else f"{path}.parquet").to_pylist()
        columns = {c.canonical: c.name for c in CONTRACT[name].columns}
        found[name] = [{columns[key]: row[key] for key in columns} for row in rows]
    return found


def in_force(periods: list[Row], day: date) -> Row | None:
    """The catalogue row that holds on a day: the newest begun, unless it has ended by itself."""
    begun = [row for row in periods if row.valid_from <= day]
    if not begun:
        return None
    newest = max(begun, key=lambda row: row.valid_from)
    ended = newest.valid_to is not None and newest.valid_to < day
    return None if ended else newest
