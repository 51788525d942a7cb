"""A small generated fund in canonical form, and the same fund with all later knowledge changed."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tables import Row

START = date(2023, 1, 1)
DAYS = 730
Tables = dict[str, list[Row]]
_DIAGNOSES = ("I10.1", "I10.2", "I10.9", "J18.9", "J18.1", "K35.2", "E11.9", "C34.1", "C34.9")
_KINDS = ("inpatient", "inpatient", "outpatient", "chronic", "emergency", "pharmacy")


def generated_fund(seed: int, *, claims: int = 1200) -> Tables:
    """Two years of a fund with stays, lines, reversals, deaths, purchases, tips, inspections."""
    draw = Random(seed)  # noqa: S311 (a made-up fund)
    tables: Tables = {
        "providers": [_provider(draw, i) for i in range(10)],
        "practitioners": [_practitioner(draw, i) for i in range(25)],
        "patients": [_patient(draw, i) for i in range(70)],
        "items": [_item(draw, i) for i in range(12)],
        "drg_groups": [_group(i) for i in range(6)],
        "claims": [_claim(draw, i) for i in range(claims)],
        "stock_moves": [_stock(draw, p, i, m) for p in range(6) for i in range(4)
                        for m in range(24)],
        "tips": [_tip(draw, i) for i in range(30)],
        "inspections": [_inspection(draw, i) for i in range(40)],
    }  # fmt: skip
    tables["claims"] += _returns(draw, tables["claims"]) + _screening_day()
    tables["claims"] += _company()
    tables["claims"] += _reversals(draw, tables["claims"])
    tables["claim_lines"] = [
        _line(draw, claim, n)
        for claim in tables["claims"]
        if not claim["claim_id"].startswith("screen")
        for n in range(1, draw.choice([1, 2, 6, 20]))
    ]
    return tables


def _day(draw: Random, days: int = DAYS) -> date:
    return START + timedelta(days=draw.randrange(days))


def _maybe(draw: Random, chance: float, value: Any) -> Any:
    return value if draw.random() < chance else None


def _provider(draw: Random, i: int) -> Row:
    return {
        "provider_id": f"A{i}", "kind": draw.choice(["hospital", "clinic"]),
        "level": draw.randrange(3), "region_code": f"11010{i % 2}", "beds": 20 + i,
        "contracted_from": _maybe(draw, 0.6, START + timedelta(days=draw.randrange(-400, 900))),
        "contracted_to": _maybe(draw, 0.5, _day(draw, 1200)),
    }  # fmt: skip


def _practitioner(draw: Random, i: int) -> Row:
    return {
        "practitioner_id": f"d{i}", "provider_id": f"A{draw.randrange(10)}",
        "registered_from": START + timedelta(days=draw.randrange(-300, 700)),
        "registered_to": _maybe(draw, 0.4, _day(draw, 1200)),
        "specialty": draw.choice(["internal", "surgery"]),
    }  # fmt: skip


def _patient(draw: Random, i: int) -> Row:
    died = _maybe(draw, 0.4, _day(draw))
    return {
        "patient_id": f"p{i}", "birth_date": date(1940 + i, 5, 1), "sex": draw.choice("FM"),
        "scheme": draw.choice(["employee", "resident"]), "region_code": f"11010{i % 9}",
        "died_on": died,
        "known_on": died and _maybe(draw, 0.7, died + timedelta(days=draw.randrange(0, 300))),
    }  # fmt: skip


def _item(draw: Random, i: int) -> Row:
    return {
        "item_code": f"x{i // 3:02d}{i % 3}", "valid_from": START + timedelta(days=i * 37 - 200),
        "valid_to": _maybe(draw, 0.4, _day(draw, 1100)), "name": "item", "unit": "piece",
        "kind": draw.choice(["drug", "service", "exam"]), "price_cap": 900 + 50 * i,
        "minutes": draw.choice([5, 60, 400]),
    }  # fmt: skip


def _group(i: int) -> Row:
    return {
        "drg_code": f"F{i // 2}{i % 2}", "valid_from": START + timedelta(days=i * 90 - 300),
        "name": "group", "weight": 1.0 + i, "usual_days": 4.0 + i,
    }  # fmt: skip


def _claim(draw: Random, i: int) -> Row:
    kind = draw.choice(_KINDS)
    admitted = _day(draw)
    out = admitted + timedelta(days=draw.randrange(16) if kind == "inpatient" else 0)
    total = draw.choice([10_000, 25_000, 12_345, draw.randrange(1_000, 90_000)])
    settled = out + timedelta(days=draw.randrange(60))
    row = {
        "claim_id": f"c{i}", "patient_id": f"p{draw.randrange(70)}",
        "provider_id": f"A{min(draw.randrange(10), draw.randrange(10))}",
        "practitioner_id": _maybe(draw, 0.9, f"d{draw.randrange(25)}"), "visit_kind": kind,
        "admitted_on": admitted, "discharged_on": out, "settled_on": settled,
        "diagnosis_code": draw.choice([*_DIAGNOSES, *_DIAGNOSES, None]),
        "secondary_diagnoses": draw.choice(
            [None, ["E11.9"], ["E11.9", "I10.1"], ["J44.1"] * draw.randrange(9)]
        ),
        "procedure_codes": _maybe(draw, 0.3, ["00.1", f"00.{draw.randrange(40)}"]),
        "drg_code": _maybe(draw, 0.5, f"F{draw.randrange(3)}{draw.randrange(2)}"),
        "drg_weight": _maybe(draw, 0.8, draw.choice([0.8, 1.2, 2.5])),
        "total_amount": total, "fund_amount": total * 7 // 10,
        "patient_amount": _maybe(draw, 0.9, total * 3 // 10) or 0, "account_amount": total // 10,
        "disposition": draw.choice(["home", "died", "against_advice"]),
        "identity_check": draw.choice(["card", "none"]), "terminal_id": f"t{draw.randrange(9)}",
        "started_at": _clock(draw, admitted), "uploaded_at": _clock(draw, settled),
    }  # fmt: skip
    if row["drg_code"] and row["drg_weight"]:
        row["drg_weight"] += int(row["drg_code"][-1])  # one group of a family weighs more
    return row


def _returns(draw: Random, claims: list[Row]) -> list[Row]:
    """Some visits begin again four days after the end of the one before."""
    return [
        {
            **claim, "claim_id": f"again-{claim['claim_id']}",
            "admitted_on": claim["discharged_on"] + timedelta(days=4),
            "discharged_on": claim["discharged_on"] + timedelta(days=9),
            "settled_on": claim["settled_on"] + timedelta(days=9),
        }
        for claim in claims
        if draw.random() < 0.1
    ]  # fmt: skip


def _screening_day() -> list[Row]:
    """Twelve people with one and the same bill on one day, by one practitioner in two places."""
    day = date(2023, 11, 6)
    return [
        {
            "claim_id": f"screen{i}", "patient_id": f"p{i}", "provider_id": f"A{i // 9}",
            "practitioner_id": "d1", "visit_kind": "outpatient", "admitted_on": day,
            "discharged_on": day, "settled_on": day, "diagnosis_code": "Z00.0",
            "total_amount": 10_000, "fund_amount": 7_000, "patient_amount": 3_000,
            "started_at": datetime(2023, 11, 6, 9, 0),
        }
        for i in range(12)
    ]  # fmt: skip


def _company() -> list[Row]:
    """Three people who come to one place together every other week, now and then a fourth."""
    days = [START + timedelta(days=400 + 14 * n) for n in range(8)]
    return [
        {
            "claim_id": f"pair{n}-{i}", "patient_id": f"p{i}", "provider_id": "A3",
            "practitioner_id": "d2", "visit_kind": "outpatient", "admitted_on": day,
            "discharged_on": day, "settled_on": day, "diagnosis_code": "I10.1",
            "total_amount": 20_000, "fund_amount": 14_000, "patient_amount": 6_000,
        }
        for n, day in enumerate(days)
        for i in range(20, 24 if n % 2 else 23)
    ]  # fmt: skip


def _clock(draw: Random, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, draw.randrange(24), 10 * draw.randrange(6))


def _reversals(draw: Random, claims: list[Row]) -> list[Row]:
    chosen = [claim for claim in claims if draw.random() < 0.15]
    return [
        {
            **claim, "claim_id": f"r-{claim['claim_id']}", "reverses_claim_id": claim["claim_id"],
            "settled_on": claim["settled_on"] + timedelta(days=draw.randrange(1, 200)),
            "total_amount": -claim["total_amount"], "fund_amount": -claim["fund_amount"],
            "patient_amount": -claim["patient_amount"],
        }
        for claim in chosen
    ]  # fmt: skip


def _line(draw: Random, claim: Row, number: int) -> Row:
    span = (claim["discharged_on"] - claim["admitted_on"]).days + 1
    served = claim["admitted_on"] + timedelta(days=draw.randrange(-1, span + 2))
    price, quantity = draw.choice([800, 1_000, 1_300]), draw.choice([1.0, 2.0, 0.5, 15.0])
    item = f"x{draw.randrange(6):02d}{draw.randrange(3)}"
    price *= 1 + int(item[-1])
    return {
        "claim_id": claim["claim_id"], "line_no": number,
        "item_code": item,
        "served_at": _clock(draw, served), "quantity": quantity, "unit_price": price,
        "amount": int(price * quantity), "practitioner_id": _maybe(draw, 0.3, f"d{number}"),
        "days_supply": _maybe(draw, 0.5, draw.choice([30, 90])),
    }  # fmt: skip


def _stock(draw: Random, provider: int, item: int, months: int) -> Row:
    return {
        "provider_id": f"A{provider}", "item_code": f"x{item:02d}{item % 3}",
        "month": date(2023 + months // 12, months % 12 + 1, 1), "opening": 5.0,
        "purchased": float(draw.randrange(9)), "returned": 0.0, "closing": 5.0,
        "known_on": _maybe(draw, 0.3, _day(draw)),
    }  # fmt: skip


def _target(draw: Random) -> Row:
    grain, stem, n = draw.choice(
        [("provider", "A", 10), ("practitioner", "d", 25), ("patient", "p", 70)]
    )
    return {"target_grain": grain, "target_id": f"{stem}{draw.randrange(n)}"}


def _tip(draw: Random, i: int) -> Row:
    return {"tip_id": f"t{i}", "received_on": _day(draw), "channel": "phone", **_target(draw)}


def _inspection(draw: Random, i: int) -> Row:
    visited = _day(draw)
    results = ["confirmed", "partly", "data_error", "legitimate", "insufficient", None]
    return {
        "inspection_id": f"i{i}", **_target(draw), "form": "special", "arm": "risk",
        "chance": 0.25, "visited_on": visited, "result": draw.choice(results),
        "closed_on": _maybe(draw, 0.9, visited + timedelta(days=draw.randrange(200))),
        "amount_confirmed": 5_000,
    }  # fmt: skip


def changed_after(tables: Tables, as_of: date, seed: int) -> Tables:
    """The same fund with every fact known after the as-of date changed, added to or taken away.

    Rows known only later are altered in every cell but the key, dropped or joined by new ones;
    deaths, ends of contracts, registrations and validity that are known only later are moved.
    """
    draw = Random(seed)  # noqa: S311 (a made-up fund)
    later_claims = {c["claim_id"] for c in tables["claims"] if c["settled_on"] > as_of}
    known_since = {
        "providers": lambda r: r["contracted_from"] or as_of,
        "practitioners": lambda r: r["registered_from"],
        "items": lambda r: r["valid_from"],
        "drg_groups": lambda r: r["valid_from"],
        "claims": lambda r: r["settled_on"],
        "claim_lines": lambda r: date.max if r["claim_id"] in later_claims else as_of,
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
    following = (month + timedelta(days=32)).replace(day=1)
    return following - timedelta(days=1)


_KEYS = {"provider_id", "item_code", "drg_code", "claim_id", "line_no", "month", "patient_id",
         "target_grain", "inspection_id", "tip_id", "practitioner_id"}  # fmt: skip
_KNOWN = {"settled_on", "contracted_from", "registered_from", "valid_from", "received_on",
          "closed_on", "known_on"}  # fmt: skip


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
    if isinstance(value, datetime | date):
        return value + timedelta(days=draw.randrange(-20, 20))
    if isinstance(value, int | float):
        return value + type(value)(draw.randrange(1, 9_000))
    if column in ("target_id", "reverses_claim_id"):
        return value[:1] + str(draw.randrange(20))
    if column == "visit_kind":
        return draw.choice(_KINDS)
    return [f"{part}9" for part in value] if isinstance(value, list) else f"{value}9"


def _added(row: Row, number: int) -> Row:
    """A new row that is known only later, under a key of its own."""
    for column in ("claim_id", "inspection_id", "tip_id", "drg_code"):
        if column in row and "line_no" not in row:
            return {**row, column: f"new{number}"}
    if "line_no" in row:
        return {**row, "line_no": row["line_no"] + 1_000}
    if "registered_from" in row:
        return {**row, "provider_id": "A0" if row["provider_id"] != "A0" else "A1"}
    return {**row, "item_code": f"new{number}"}


def _later_cells(draw: Random, row: Row, as_of: date) -> Row:
    """Cells of a known row that are known only later: an end still to come, a death not heard."""
    new = dict(row)
    for column in ("contracted_to", "registered_to", "valid_to"):
        if column in row and (row[column] is None or row[column] > as_of):
            new[column] = draw.choice([None, as_of + timedelta(days=draw.randrange(1, 400))])
    if "died_on" in row:
        heard = row["known_on"] or row["died_on"] or date.max
        if heard > as_of:
            new["died_on"] = as_of - timedelta(days=draw.randrange(400))
            new["known_on"] = as_of + timedelta(days=draw.randrange(1, 90))
    return new
