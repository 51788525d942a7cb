"""The generated fund with everything changed that is known only after an as-of date."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from feature_fund import KINDS, Tables
from tables import Row


def changed_after(tables: Tables, as_of: date, seed: int) -> Tables:
    """The same fund with every fact known after the as-of date changed, added to or taken away.

    Rows known only later are altered in every cell but the key, dropped or joined by new ones;
    deaths, ends of contracts, registrations and validity that are known only later are moved.
    """
    draw = Random(seed)  # noqa: S311 (a made-up fund)
    later_claims = {c["claim_id"] for c in tables["claims"] if c["settled_on"] > as_of}
    known_since = {
        "providers": lambda r: r.get("contracted_from") or as_of,
        "practitioners": lambda r: r["registered_from"],
        "items": lambda r: r["valid_from"],
        "drg_groups": lambda r: r["valid_from"],
        "claims": lambda r: r["settled_on"],
        "claim_lines": lambda r: date.max if r["claim_id"] in later_claims else as_of,
        "leave_passes": lambda r: date.max if r["claim_id"] in later_claims else as_of,
        "enrolments": lambda r: r["enrolled_from"],
        "stock_moves": lambda r: r["known_on"] or _month_end(r["month"]),
        "tips": lambda r: r["received_on"],
        "inspections": lambda r: r["closed_on"] or date.max,
        "patients": lambda r: as_of,
    }
    changed: Tables = {}
    for name, rows in tables.items():
        kept = [row for row in rows if known_since[name](row) <= as_of]
        later = [row for row in rows if known_since[name](row) > as_of]
        moved = [_altered(draw, name, row, as_of) for row in later if draw.random() < 0.7]
        more = [_added(row, n) for n, row in enumerate(moved) if name not in ("items", "providers")]
        changed[name] = [_later_cells(draw, row, as_of) for row in kept] + moved + more
    return changed


def _month_end(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


_KEYS = {"provider_id", "item_code", "drg_code", "claim_id", "line_no", "month", "patient_id",
         "target_grain", "inspection_id", "tip_id", "practitioner_id", "left_at"}  # fmt: skip
_KNOWN = {"settled_on", "contracted_from", "registered_from", "valid_from", "received_on",
          "closed_on", "known_on", "enrolled_from"}  # fmt: skip


def _altered(draw: Random, name: str, row: Row, as_of: date) -> Row:
    """Every cell of a row known only later takes another value; it stays known only later."""
    new = {}
    for column, value in row.items():
        if column in _KNOWN and value is not None:
            new[column] = max(value, as_of) + timedelta(days=draw.randrange(1, 90))
        elif column in _KEYS or value is None:
            new[column] = value
        else:
            new[column] = _other(draw, column, value)
    if name == "stock_moves" and new["known_on"] is None:
        new["known_on"] = as_of + timedelta(days=1)
    return new


def _other(draw: Random, column: str, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime | date):
        return value + timedelta(days=draw.randrange(-20, 20))
    if isinstance(value, int | float):
        return value + type(value)(draw.randrange(1, 9_000))
    if column in ("target_id", "reverses_claim_id"):
        return value[:1] + str(draw.randrange(20))
    if column == "visit_kind":
        return draw.choice(KINDS)
    return [f"{part}9" for part in value] if isinstance(value, list) else f"{value}9"


def _added(row: Row, number: int) -> Row:
    """A new row that is known only later, under a key of its own."""
    for column in ("claim_id", "inspection_id", "tip_id", "drg_code"):
        if column in row and "line_no" not in row:
            return {**row, column: f"new{number}"}
    if "line_no" in row:
        return {**row, "line_no": row["line_no"] + 1_000}
    if "enrolled_from" in row:
        return {**row, "region_code": "110108" if row["region_code"] != "110108" else "110107"}
    if "registered_from" in row:
        return {**row, "provider_id": "A0" if row["provider_id"] != "A0" else "A1"}
    return {**row, "item_code": f"new{number}"}


def _later_cells(draw: Random, row: Row, as_of: date) -> Row:
    """Cells of a known row that are known only later: an end still to come, a death not heard."""
    new = dict(row)
    for column in ("contracted_to", "registered_to", "valid_to", "enrolled_to"):
        if column in row and (row[column] is None or row[column] > as_of):
            new[column] = draw.choice([None, as_of + timedelta(days=draw.randrange(1, 400))])
    if "died_on" in row:
        heard = row["known_on"] or row["died_on"] or date.max
        if heard > as_of:
            new["died_on"] = as_of - timedelta(days=draw.randrange(400))
            new["known_on"] = as_of + timedelta(days=draw.randrange(1, 90))
    return new
