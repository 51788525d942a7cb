"""Cases of the rules drawn as text: all put into one folder, so that each engine is asked once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tables import Row, rows_of, write_claims

_IDS = {
    "claim_id", "patient_id", "provider_id", "practitioner_id", "item_code", "trace_code",
    "bundle_of", "reverses_claim_id", "drg_code", "employer_id", "terminal_id",
}  # fmt: skip
_NATIONAL = (
    "00",
    "3309",
    "C01",
    "XC09",
    "XJ01",
    "T000",
    "BB2",
    "BR2",
)  # services, goods, drugs, groups
SIDE = {
    "providers": "provider_id | kind | level | region_code | contracted_from",
    "patients": "patient_id | birth_date | sex | region_code",
}


@dataclass(frozen=True)
class Case:
    """One small fund and the rows that one rule finds in it: ``claim`` or ``claim:line``."""

    rule: str
    says: str
    finds: str  # in any order; empty: no hit
    tables: dict[str, str] = field(default_factory=dict)
    fen: tuple[int, int, int] | None = None  # low, middle and high of all hits together

    @property
    def name(self) -> str:
        """For the test's id."""
        return f"{self.rule}: {self.says}"


def case(
    rule: str, says: str, finds: str, *, fen: tuple[int, int, int] | None = None, **tables: str
) -> Case:
    """A case; tables are drawn as in ``tables.rows_of``."""
    return Case(rule, says, finds, tables, fen)


def put_together(
    folder: Path, cases: Iterable[Case], *, beside: Mapping[str, list[Row]] | None = None
) -> Path:
    """One claims folder with the tables of all cases, the ids of each behind a mark of its own.

    beside  tables of another fund, to stand in the same folder
    """
    tables = {name: [*rows] for name, rows in (beside or {}).items()}
    for number, one in enumerate(cases):
        for name, rows in _tables(one).items():
            tables.setdefault(name, []).extend(_marked(row, f"{number}.") for row in rows)
    return write_claims(folder, tables)


def _tables(one: Case) -> dict[str, list[Row]]:
    tables = {name: rows_of(name, text) for name, text in one.tables.items()}
    for name, key in (("providers", "provider_id"), ("patients", "patient_id")):
        drawn = tables.setdefault(name, [])
        there = {row[key] for row in drawn}
        drawn += [{key: i} for i in sorted({row[key] for row in tables["claims"]} - there)]
    return tables


def _marked(row: Row, mark: str) -> Row:
    return {name: _mark(value, mark) if name in _IDS else value for name, value in row.items()}


def _mark(value: Any, mark: str) -> Any:
    if isinstance(value, list):
        return [_mark(one, mark) for one in value]
    # rules read the class off the front of a national code, and the category off that of a group
    text = str(value)
    if text.startswith(_NATIONAL):
        return text + mark
    front = re.match("[A-Z]{2}(?=[0-9])", text)
    at = front.end() if front else 0
    return text[:at] + mark + text[at:]


def answers(out: Path, cases: list[Case]) -> list[tuple[str, tuple[int, int, int]]]:
    """What the case's own rule found in each case: its rows in order, and the amounts."""
    hits = {row["hit_id"]: row for row in pq.read_table(out / "hits.parquet").to_pylist()}
    rows: list[dict[str, set[str]]] = [{} for _ in cases]
    for row in pq.read_table(out / "hit_lines.parquet").to_pylist():
        number, _, claim = row["claim_id"].partition(".")
        if hits[row["hit_id"]]["rule_id"] == cases[int(number)].rule:
            line = "" if row["line_no"] is None else f":{row['line_no']}"
            rows[int(number)].setdefault(row["hit_id"], set()).add(claim + line)
    return [(_written(found), _amounts([hits[name] for name in found])) for found in rows]


def _written(found: dict[str, set[str]]) -> str:
    return " | ".join(sorted(" ".join(sorted(rows)) for rows in found.values()))


def _amounts(hits: list[dict[str, Any]]) -> tuple[int, int, int]:
    names = ("amount_low_fen", "amount_fen", "amount_high_fen")
    low, mid, high = (sum(hit[name] for hit in hits) for name in names)
    return low, mid, high
