"""What becomes of a row under each rule: the defaults of the contract, and what params.yaml set."""

from collections.abc import Iterator, Mapping

from fraudml.claims.contract_types import Table
from fraudml.claims.schema import TABLES

_ROW = ("fields", "encoding", "duplicate_row", "duplicate_key")
_CELL = ("missing", "rounded", "decimals", "value", "type", "first_day", "unknown")
FOLLOWS = "parent_quarantined"


def consequences(settings: Mapping[str, str]) -> dict[str, str]:
    """Rule -> refuse, quarantine or warn. A setting of one rule wins over that of its family.

    A family passes over those of its rules that cannot have the consequence: a row that cannot
    be read, keyed or joined is never kept, and evidence is never set aside.
    """
    chosen, never = {}, {}
    for rule, default, impossible in _rules():
        chosen[rule], never[rule] = default, impossible
    for name in sorted(settings, key=lambda name: ":" in name):
        for rule in chosen:
            if name in (rule, rule.partition(":")[0]) and settings[name] not in never[rule]:
                chosen[rule] = settings[name]
    return chosen


def _rules() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every rule, its default, and what it can never lead to."""
    yield FOLLOWS, "quarantine", ("refuse", "warn")
    for table in TABLES:
        for family in _ROW:
            yield f"{family}:{table.name}", "quarantine", ("warn",)
        yield from _rules_of_cells(table)
        for rule in table.rules:
            never: tuple[str, ...] = ("warn",) if rule.consequence == "quarantine" else ()
            if rule.evidence:
                never = ("quarantine",)
            yield f"{rule.name}:{table.name}", rule.consequence, never


def _rules_of_cells(table: Table) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for column in table.columns:
        for family in _CELL:
            keeps = column.nullable and family in ("decimals", "value", "type", "first_day")
            default = "refuse" if family == "rounded" else "quarantine"
            yield f"{family}:{table.name}.{column.name}", default, () if keeps else ("warn",)
