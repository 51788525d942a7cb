"""The accepted claims as later stages see them: which tables came in, and what was assessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from fraudml.artifacts import parquet_rows, read_json, require
from fraudml.claims.diagnoses import in_one_form
from fraudml.claims.schema import CONTRACT
from fraudml.engine import Engine
from fraudml.errors import StateError

DERIVED = ("rule_counts",)  # tables that a later stage computes and hands in beside the claims
MANIFEST = "manifest.json"
REVERSED = "reversed_claims.parquet"


@dataclass(frozen=True)
class Derived:
    """A table that a stage computed from the claims, and the columns it could assess."""

    table: ir.Table
    columns: frozenset[str]


class Claims:
    """The folder that ingest wrote: canonical tables, read only when asked for.

    Columns are named as in the contract ("claims.total_amount") or as after ingest
    ("claims.total_amount_fen"); both mean the same. A name the contract does not have is a
    mistake of the caller and raises KeyError. Of the tables in DERIVED those handed in count as
    come, with the columns that were assessed.
    """

    def __init__(
        self, engine: Engine, folder: Path, derived: Mapping[str, Derived] | None = None
    ) -> None:
        self.engine = engine
        self.folder = folder
        self._derived = dict(derived or {})
        self._counted: set[str] = set()

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What ingest wrote beside the tables: rows, columns present, key fingerprint."""
        content: dict[str, Any] = read_json(self.folder / MANIFEST, "tables")
        if not isinstance(content["tables"], dict):
            raise StateError(f"{self.folder / MANIFEST} is not what ingest writes: run ingest.")
        return content

    @cached_property
    def _present(self) -> dict[str, frozenset[str]]:
        return {
            name: frozenset(entry["columns_present"])
            for name, entry in self.manifest["tables"].items()
        }

    def has(self, name: str) -> bool:
        """Whether this table came in."""
        return name in self._derived or (
            name not in DERIVED and CONTRACT[name].name in self._present
        )

    def rows_in(self, name: str) -> int:
        """How many rows of this table were accepted; 0 where it did not come in."""
        return int(self.manifest["tables"][name]["rows"]) if self.has(name) else 0

    def table(self, name: str) -> ir.Table:
        """The accepted rows of one table, with every column of the contract; codes in one form."""
        if name in self._derived:
            return self._derived[name].table
        if not self.has(name):
            raise StateError(
                f"{name} is not among the accepted tables in {self.folder}: what needs it is "
                "not assessed."
            )
        path = self._whole(name)
        rows = self.engine.read_parquet(path)
        if absent := {c.canonical for c in CONTRACT[name].columns}.difference(rows.columns):
            raise StateError(
                f"{self.folder / name} has no column {min(absent)}: it is not what this version's "
                "ingest writes. Run the ingest stage again."
            )
        return in_one_form(name, rows)

    def _whole(self, name: str) -> Path:
        """Where a table lies; StateError where it holds other rows than ingest said."""
        folder = self.folder / name
        path = folder if folder.is_dir() else folder.with_suffix(".parquet")
        if name not in self._counted:
            found, told = parquet_rows(require(path)), self.rows_in(name)
            if found != told:
                raise StateError(
                    f"{path} holds {found:,} rows, ingest wrote {told:,}: a part is missing or of "
                    "another run. Run the ingest stage again (dvc repro -f ingest)."
                )
            self._counted.add(name)
        return path

    def reversed_claims(self) -> ir.Table:
        """Which claims were reversed, and since when: claim_id, reversed_on."""
        return self.engine.read_parquet(self.folder / REVERSED)

    def assessed(self, *columns: str) -> bool:
        """Whether all these columns came in with at least one value."""
        return not self.missing(columns)

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the needed columns ("table.column") that did not come in."""
        return tuple(need for need in needs if not self._came(need))

    def _came(self, need: str) -> bool:
        table, _, column = need.partition(".")
        if table in DERIVED:
            return table in self._derived and column in self._derived[table].columns
        raw = CONTRACT[table].column(column).name
        return raw in self._present.get(table, frozenset())


def reversed_claims(claims: ir.Table) -> ir.Table:
    """The claims that a reversal cancels, with the day of the first one: claim_id, reversed_on.

    Both rows of a pair stay among the claims; whoever wants net amounts as of a date leaves out
    reversals, and claims whose reversed_on is not after that date.
    """
    reversals = claims.filter(claims.reverses_claim_id.notnull())
    return reversals.group_by(claim_id=reversals.reverses_claim_id).agg(
        reversed_on=reversals.settled_on.min()
    )
