"""A table's rows beside the rows of other tables that they speak of: one join for all its checks.

Columns of another table are named ``table__column``; ``table__key`` is null where nothing
answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import ibis.expr.types as ir

from fraudml.claims.contract_types import Table
from fraudml.claims.periods import valid_on


class Tables(Protocol):
    """The tables of one ingest: accepted where that is decided, else those that are typed."""

    def __call__(self, name: str) -> ir.Table:
        """The rows of this table."""

    def has(self, name: str) -> bool:
        """Whether the table came in."""

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """A table computed once and kept for several checks."""


@dataclass(frozen=True)
class Beside:
    """A table that stands beside rows of another one, though the contract demands no match."""

    table: str
    join: Callable[[ir.Table, Tables], ir.Table]


def with_others(table: Table, at: Tables) -> ir.Table:
    """The rows of one table, each beside at most one row of every table it points at."""
    rows = at(table.name)
    for column in table.columns:
        if column.refers:
            parent, _, key = column.refers.partition(".")
            view = _prefixed(_view(parent, at), parent, key)
            rows = rows.left_join(view, rows[column.name] == view[f"{parent}__key"])
    for other in _MORE.get(table.name, ()):
        if at.has(other.table):
            rows = other.join(rows, at)
    return rows


def _view(parent: str, at: Tables) -> ir.Table:
    """The parent's rows; a claim's beside its patient, so that lines see both."""
    rows = at(parent)
    if parent != "claims":
        return rows
    patients = at("patients").select("birth_date", "sex", person="patient_id")
    return rows.left_join(patients, rows.patient_id == patients.person)


def _prefixed(rows: ir.Table, parent: str, key: str) -> ir.Table:
    named = {f"{parent}__{name}": rows[name] for name in rows.columns if name != key}
    return rows.select(**named, **{f"{parent}__key": rows[key]})


def _with_items(lines: ir.Table, at: Tables) -> ir.Table:
    """Beside the item as it was valid that day, and whether the catalogue knows it at all."""
    items = at("items")
    known = items.select(known_item=items.item_code).distinct()
    valid = _prefixed(valid_on(items, "item_code"), "items", "item_code")
    dated = lines.mutate(served_on=lines.served_at.date())
    j = dated.left_join(known, dated.item_code == known.known_item)
    return j.left_join(
        valid,
        [
            j.item_code == valid.items__key,
            j.served_on >= valid.items__valid_from,
            j.served_on < valid.items__valid_before,
        ],
    )


def _with_drg(claims: ir.Table, at: Tables) -> ir.Table:
    known = at("drg_groups").select(known_drg="drg_code").distinct()
    return claims.left_join(known, claims.drg_code == known.known_drg)


def _with_practitioner(claims: ir.Table, at: Tables) -> ir.Table:
    known = at("practitioners").select(known_practitioner="practitioner_id").distinct()
    return claims.left_join(known, claims.practitioner_id == known.known_practitioner)


_MORE: dict[str, tuple[Beside, ...]] = {
    "claims": (Beside("practitioners", _with_practitioner), Beside("drg_groups", _with_drg)),
    "claim_lines": (Beside("items", _with_items),),
}


def present(needs: tuple[str, ...], at: Tables) -> bool:
    """Whether every table needed came in."""
    return all(at.has(name) for name in needs)
