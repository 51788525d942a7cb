"""A small generated fund in canonical form."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from tables import Row

START = date(2023, 1, 1)
DAYS = 730
Tables = dict[str, list[Row]]
_DIAGNOSES = ("I10.1", "I10.2", "I10.9", "J18.9", "J18.1", "K35.2", "E11.9", "C34.1", "C34.9")
KINDS = ("inpatient", "inpatient", "outpatient", "chronic", "emergency", "pharmacy")


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
    tables["providers"] += [{"provider_id": "B", "level": 0}]
    tables["patients"] += [{"patient_id": f"q{i}"} for i in range(9)]
    tables["practitioners"] += _second_places(draw)
    tables["claims"] += _returns(draw, tables["claims"]) + _screening_day()
    tables["claims"] += _company() + _groups() + _outreach()
    tables["claims"] += _reversals(draw, tables["claims"])
    tables["claim_lines"] = [
        _line(draw, claim, n)
        for claim in tables["claims"]
        if not claim["claim_id"].startswith(("screen", "out"))
        for n in range(1, draw.choice([1, 2, 6, 20]))
    ]
    tables["claim_lines"] += _outreach_lines(tables["claims"])
    stays = [claim for claim in tables["claims"] if claim["visit_kind"] == "inpatient"]
    tables["leave_passes"] = [_leave(draw, stay) for stay in draw.sample(stays, len(stays) // 5)]
    tables["enrolments"] = [
        _enrolment(draw, i, scheme)
        for i in range(70)
        for scheme in draw.sample(("employee", "resident"), draw.choice([0, 1, 1, 2]))
    ]
    return tables


def _day(draw: Random, days: int = DAYS) -> date:
    return START + timedelta(days=draw.randrange(days))


def _maybe(draw: Random, chance: float, value: Any) -> Any:
    return value if draw.random() < chance else None


def _provider(draw: Random, i: int) -> Row:
    return {
        "provider_id": f"A{i}", "kind": draw.choice(["hospital", "clinic"]),
        "level": draw.randrange(3), "region_code": ("330102", "330203")[i % 2], "beds": 20 + i,
        "operator_id": _maybe(draw, 0.8, f"o{i % 3}"),
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
        "scheme": draw.choice(["employee", "resident"]), "region_code": f"330{1 + i % 3}0{i % 9}",
        "employer_id": _maybe(draw, 0.8, f"e{draw.randrange(9)}"), "died_on": died,
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
    kind = draw.choice(KINDS)
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
        "disposition": draw.choice(["home", "died", "against_advice", "transferred"]),
        "identity_check": draw.choice(["card", "none"]), "terminal_id": f"t{draw.randrange(9)}",
        "department_code": _maybe(draw, 0.9, f"{draw.randrange(5):02d}"),
        "referral_filed": _maybe(draw, 0.8, draw.random() < 0.5),
        "started_at": _clock(draw, admitted), "uploaded_at": _clock(draw, settled),
    }  # fmt: skip
    if draw.random() < 0.1:  # nothing from the fund, all of it from the individual account
        row |= {"fund_amount": 0, "patient_amount": total, "account_amount": total}
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


def _groups() -> list[Row]:
    """Strangers come two by two to two places; at one, three come together, and two in part."""
    strangers = [
        (f"A{3 + place}", START + timedelta(days=321 + 3 * n), (n + i * 35 + place * 7) % 70)
        for place in range(2)
        for n in range(35)
        for i in range(2)
    ]
    together = [
        ("A4", START + timedelta(days=320 + 14 * n), who)
        for n in range(9)
        for who in (30, 31, 32, *([33] if n < 6 else []), *([34] if n > 2 else []))
    ]
    return [
        {
            "claim_id": f"screen-group{n}", "patient_id": f"p{who}", "provider_id": place,
            "practitioner_id": "d2", "visit_kind": "outpatient", "admitted_on": day,
            "discharged_on": day, "settled_on": day, "diagnosis_code": "I10.1",
            "total_amount": 20_000, "fund_amount": 14_000, "patient_amount": 6_000,
        }
        for n, (place, day, who) in enumerate(strangers + together)
    ]  # fmt: skip


def _outreach() -> list[Row]:
    """A place that opens every tenth day, of a practitioner and of patients all its own."""
    days = [START + timedelta(days=10 * n) for n in range(70)]
    return [
        {
            "claim_id": f"out{n}-{i}", "patient_id": f"q{(n + i) % 9}", "provider_id": "B",
            "practitioner_id": "out", "visit_kind": "outpatient", "admitted_on": day,
            "discharged_on": day, "settled_on": day, "diagnosis_code": "I10.1",
            "total_amount": 30_000, "fund_amount": 21_000, "patient_amount": 9_000,
            "disposition": "home",
        }
        for n, day in enumerate(days)
        for i in range(4)
    ]  # fmt: skip


def _outreach_lines(claims: list[Row]) -> list[Row]:
    """One line a visit, which is the whole bill but for every fourth."""
    return [
        {
            "claim_id": claim["claim_id"], "line_no": 1, "item_code": "x000", "quantity": 1.0,
            "served_at": datetime.combine(claim["admitted_on"], time(9)), "unit_price": 1_000,
            "amount": 29_000 if claim["claim_id"].endswith("-3") else 30_000, "scope": "A",
        }
        for claim in claims
        if claim["claim_id"].startswith("out")
    ]  # fmt: skip


def _second_places(draw: Random) -> list[Row]:
    """Some practitioners are registered at two places at once."""
    return [
        {"practitioner_id": f"d{i}", "provider_id": f"A{i}", "specialty": "internal",
         "registered_from": START + timedelta(days=draw.randrange(200))}
        for i in range(8)
    ]  # fmt: skip


def _leave(draw: Random, stay: Row) -> Row:
    left = _clock(draw, stay["admitted_on"])
    return {
        "claim_id": stay["claim_id"], "left_at": left,
        "back_at": _maybe(draw, 0.8, left + timedelta(hours=draw.choice([3, 30, 80]))),
    }  # fmt: skip


def _enrolment(draw: Random, i: int, scheme: str) -> Row:
    since = _day(draw, 900) - timedelta(days=400)
    return {
        "patient_id": f"p{i}", "scheme": scheme, "region_code": f"330{1 + i % 3}0{i % 9}",
        "enrolled_from": since, "employer_id": _maybe(draw, 0.7, f"e{draw.randrange(9)}"),
        "enrolled_to": _maybe(draw, 0.4, since + timedelta(days=draw.randrange(900))),
    }  # fmt: skip


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
        "scope": _maybe(draw, 0.9, draw.choice("AAABBC")),
        "fund_amount": _maybe(draw, 0.8, int(price * quantity) // 2),
        "local_item_code": _maybe(draw, 0.7, f"l{draw.randrange(3)}"),
        "trace_code": _maybe(draw, 0.2, [f"z{draw.randrange(5_000)}"]),
    }  # fmt: skip


def _stock(draw: Random, provider: int, item: int, months: int) -> Row:
    """Months that close as they opened; one provider's stock of one item grows out of nothing."""
    grown = float(months) if (provider, item) == (1, 1) else 0.0
    return {
        "provider_id": f"A{provider}", "item_code": f"x{item:02d}{item % 3}",
        "month": date(2023 + months // 12, months % 12 + 1, 1), "opening": 5.0,
        "purchased": float(draw.randrange(9)), "returned": 0.0, "closing": 5.0 + grown,
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
