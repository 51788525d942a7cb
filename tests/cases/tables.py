"""Canonical claims folders drawn as text, for tests that a person can check by eye."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from fraudml.artifacts import write_json, write_parquet
from fraudml.claims.accepted import MANIFEST, REVERSED
from fraudml.claims.contract_types import Column
from fraudml.claims.schema import CONTRACT

Row = dict[str, Any]

_TYPES = {
    "id": pa.string(), "text": pa.string(), "enum": pa.string(), "date": pa.date32(),
    "month": pa.date32(), "timestamp": pa.timestamp("us"), "money": pa.int64(),
    "count": pa.int64(), "number": pa.float64(), "flag": pa.bool_(), "list": pa.list_(pa.string()),
}  # fmt: skip

_DEFAULTS: dict[str, Row] = {
    "claims": {"visit_kind": "outpatient", "total_amount": 10_000, "fund_amount": 7_000,
               "patient_amount": 3_000},
    "claim_lines": {"quantity": 1.0, "unit_price": 1_000, "amount": 1_000},
    "items": {"valid_from": date(2000, 1, 1), "name": "item", "unit": "piece"},
    "drg_groups": {"valid_from": date(2000, 1, 1), "name": "group", "weight": 1.0},
    "stock_moves": {"opening": 0.0, "purchased": 0.0, "returned": 0.0, "closing": 0.0},
    "tips": {"channel": "phone"},
    "inspections": {"target_grain": "provider", "form": "special", "arm": "risk"},
    "practitioners": {"registered_from": date(2000, 1, 1)},
}  # fmt: skip


def rows_of(name: str, text: str) -> list[Row]:
    """Rows drawn as text: a header of contract names, cells between bars, empty = null.

    Money is written in fen. Claims may leave out what a test does not look at: the discharge is
    the admission, the settlement the discharge, amounts are 100 yuan of which the fund pays 70.
    """
    lines = [line for line in text.strip().splitlines() if line.strip()]
    header = [cell.strip() for cell in lines[0].split("|")]
    drawn = [
        {
            column: _value(CONTRACT[name].column(column), cell.strip())
            for column, cell in zip(header, line.split("|"), strict=True)
        }
        for line in lines[1:]
    ]
    return [_completed(name, row, number) for number, row in enumerate(drawn, start=1)]


_READ: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat, "month": date.fromisoformat, "timestamp": datetime.fromisoformat,
    "money": int, "count": int, "number": float, "list": lambda text: text.split("/"),
    "flag": lambda text: text == "true",
}  # fmt: skip


def _value(column: Column, text: str) -> Any:
    return _READ.get(column.kind, str)(text) if text else None


def _completed(name: str, row: Row, number: int) -> Row:
    full = {**_DEFAULTS.get(name, {}), **{k: v for k, v in row.items() if v is not None}}
    if name == "claims":
        full.setdefault("claim_id", f"c{number}")
        full.setdefault("discharged_on", full["admitted_on"])
        full.setdefault("settled_on", full["discharged_on"])
    if name == "claim_lines":
        full.setdefault("line_no", number)
    if name in ("inspections", "tips"):
        full.setdefault(f"{name[:-1]}_id", f"{name[:1]}{number}")
    return full


def arrow_table(name: str, rows: list[Row]) -> pa.Table:
    """Rows as the canonical table of this name, every contract column present."""
    columns = CONTRACT[name].columns
    return pa.table(
        {c.canonical: pa.array([row.get(c.name) for row in rows], _TYPES[c.kind]) for c in columns}
    )


def write_claims(folder: Path, tables: Mapping[str, list[Row]]) -> Path:
    """A canonical claims folder holding these tables, with its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    for name, rows in tables.items():
        write_parquet(folder / f"{name}.parquet", arrow_table(name, rows))
        given = {key for row in rows for key, value in row.items() if value is not None}
        entries[name] = {"rows": len(rows), "columns_present": sorted(given)}
    write_parquet(folder / REVERSED, _reversed(tables.get("claims", [])))
    write_json(folder / MANIFEST, {"tables": entries, "key_fingerprint": "test", "demo": True})
    return folder


def _reversed(claims: list[Row]) -> pa.Table:
    """Each claim that another one reverses, with the day of its first reversal."""
    first: dict[str, date] = {}
    for row in claims:
        if name := row.get("reverses_claim_id"):
            first[name] = min(first.get(name, row["settled_on"]), row["settled_on"])
    days = [first[name] for name in sorted(first)]
    return pa.table(
        {
            "claim_id": pa.array(sorted(first), pa.string()),
            "reversed_on": pa.array(days, pa.date32()),
        }
    )


def draw_claims(folder: Path, **texts: str) -> Path:
    """A canonical claims folder drawn as text; providers and patients are added where absent."""
    tables = {name: rows_of(name, text) for name, text in texts.items()}
    claims = tables.setdefault("claims", [])
    for name, key in (("providers", "provider_id"), ("patients", "patient_id")):
        if name not in tables:
            tables[name] = [{key: i} for i in sorted({row[key] for row in claims})]
    return write_claims(folder, tables)
