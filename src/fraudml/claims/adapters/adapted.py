"""What an adapter hands over: contract tables as text, and what it had to make up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Adapted:
    """Contract tables as text cells, and an honest account of them."""

    tables: dict[str, pd.DataFrame]
    as_of: str  # the last day that the data speak of (``last_day``)
    invented: dict[str, str]  # "table.column": where its dates or amounts come from
    derived: dict[str, str]  # "table.column": from what it was worked out
    left_out: tuple[str, ...]  # columns of the source that the contract has no place for
    notes: tuple[str, ...] = ()
    beyond_as_of: int = 0  # claims with a day beyond it

    def report(self) -> dict[str, Any]:
        """JSON-able: rows of each table, and everything a reader should know of its making."""
        return {
            "as_of": self.as_of,
            "beyond_as_of": self.beyond_as_of,
            "rows": {name: len(table) for name, table in self.tables.items()},
            "invented": self.invented,
            "derived": self.derived,
            "left_out": list(self.left_out),
            "notes": list(self.notes),
        }

    def write(self, folder: Path) -> None:
        """Each table as NAME.csv, an empty cell for null."""
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
