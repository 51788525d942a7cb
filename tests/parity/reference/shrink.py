"""Makes a fund smaller for as long as it still shows what is wrong with it."""

from collections.abc import Callable
from time import monotonic

from fraudml.claims.schema import CONTRACT
from parity.reference.fund import Tables

SECONDS = 60.0  # a smaller fund is a courtesy: not at any price


def smallest_fund(tables: Tables, wrong: Callable[[Tables], bool]) -> Tables:
    """The same fund with rows and cells left out that `wrong` does not need."""
    until = monotonic() + SECONDS
    smaller = tables
    for name in ("claims", "claim_lines", "stock_moves", "leave_passes", "tips", "practitioners",
                 "items", "drg_groups", "providers", "patients"):  # fmt: skip
        smaller = _fewer_rows(smaller, name, wrong, until)
    for name in smaller:
        smaller = _fewer_cells(smaller, name, wrong, until)
    return smaller


def _fewer_rows(tables: Tables, name: str, wrong: Callable[[Tables], bool], until: float) -> Tables:
    size = len(tables.get(name, [])) // 2
    while size and monotonic() < until:
        start = 0
        while start < len(tables[name]) and monotonic() < until:
            rows = tables[name]
            tried = _joined({**tables, name: rows[:start] + rows[start + size :]})
            if tried is not None and wrong(tried):
                tables = tried
            else:
                start += size
        size //= 2
    return tables


def _joined(tables: Tables) -> Tables | None:
    """Without the lines and reversals of claims left out; None where a claim lacks its people."""
    claims = tables["claims"]
    ids = {row["claim_id"] for row in claims}
    kept = [row for row in claims if row.get("reverses_claim_id") in (None, *ids)]
    for table, key in (("providers", "provider_id"), ("patients", "patient_id")):
        if not {row[key] for row in kept} <= {row[key] for row in tables[table]}:
            return None
    if not tables["providers"]:
        return None
    lines = [row for row in tables.get("claim_lines", []) if row["claim_id"] in ids]
    return {**tables, "claims": kept} | ({"claim_lines": lines} if "claim_lines" in tables else {})


def _fewer_cells(
    tables: Tables, name: str, wrong: Callable[[Tables], bool], until: float
) -> Tables:
    for column in (c.name for c in CONTRACT[name].columns if c.nullable):
        if monotonic() > until or not any(row.get(column) for row in tables[name]):
            continue
        without = [{k: v for k, v in row.items() if k != column} for row in tables[name]]
        tried = {**tables, name: without}
        if wrong(tried):
            tables = tried
    return tables


def drawn(tables: Tables) -> str:
    """A fund as text: its rows, unknown cells left out."""
    return "\n".join(
        f"{name}: " + ", ".join(f"{key}={value}" for key, value in row.items() if value is not None)
        for name, rows in tables.items()
        for row in rows
    )
