"""A made-up fund for the data-quality page: even months, planted breaks, names that bite."""

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from fraudml.artifacts import write_json
from fraudml.asof import months_before
from leads_cases import FORMULA, MARKUP
from tables import Row, write_claims

START = date(2024, 1, 1)
MONTHS = 24
SILENT = "H-silent"
ENDED = "H-ended"
EVEN = "H-even"
GAP = 9  # the month, from 0, in which nothing came from anybody


def person(kind: str, number: int) -> str:
    """A pseudonym as ingest makes them."""
    return f"{kind}_{sha256(f'{kind}{number}'.encode()).hexdigest()[:32]}"


def month_start(place: int) -> date:
    """The first day of the month with this place in the window."""
    return months_before(START, -place)


def claims_of(provider: str, per_month: int, months: range) -> list[Row]:
    """The same number of claims each month, spread over its days."""
    rows: list[Row] = []
    for place in months:
        for number in range(per_month):
            day = month_start(place) + timedelta(days=number % 28)
            identity = f"{provider}-{place}-{number}"
            rows.append({
                "claim_id": sha256(identity.encode()).hexdigest()[:12], "provider_id": provider,
                "patient_id": person("pa", number % 40),
                "practitioner_id": person("pr", number % 5),
                "visit_kind": "outpatient" if number % 4 else "pharmacy",
                "admitted_on": day, "discharged_on": day, "settled_on": day,
                "total_amount": 9_000 + 13 * number, "fund_amount": 7_000, "patient_amount": 2_000,
                "referral_filed": number % 2 == 0,
            })  # fmt: skip
    return rows


def fund_tables() -> dict[str, list[Row]]:
    """Providers, patients and claims with one gap, one silent provider and one that ended."""
    whole = range(MONTHS)
    claims = claims_of(EVEN, 400, whole) + claims_of(SILENT, 40, range(MONTHS - 4))
    claims += claims_of(ENDED, 20, range(MONTHS - 6)) + claims_of(MARKUP, 30, range(MONTHS - 3))
    claims += claims_of(FORMULA, 30, range(MONTHS - 2))
    gap = month_start(GAP)
    kept = [row for row in claims if row["settled_on"].replace(day=1) != gap]
    ends = month_start(MONTHS - 6) - timedelta(days=1)
    providers: list[Row] = [
        {"provider_id": EVEN, "name": "均衡医院"},
        {"provider_id": SILENT, "name": "静默医院"},
        {"provider_id": ENDED, "contracted_to": ends},
        {"provider_id": MARKUP, "name": MARKUP},
        {"provider_id": FORMULA, "name": FORMULA},
    ]
    patients: list[Row] = [
        {"patient_id": person("pa", n), "birth_date": date(1950 + n, 3, 7), "sex": "F"}
        for n in range(40)
    ]
    return {"providers": providers, "patients": patients, "claims": kept}


def write_fund(folder: Path, tables: dict[str, list[Row]] | None = None) -> Path:
    """A canonical claims folder with the fund in it."""
    return write_claims(folder, tables or fund_tables())


def ingest_report(tables: dict[str, list[Row]]) -> dict:
    """What ingest would say of the fund: a few rows set aside, a column dropped."""
    told = {
        name: {
            "rows_in": len(rows), "accepted": len(rows), "quarantined_rows": 0, "quarantined": {},
            "warnings": {}, "encodings": {f"{name}.csv": "GB18030"}, "absent_columns": [],
            "dropped_columns": [], "lost_zeros": {},
        }
        for name, rows in tables.items()
    }  # fmt: skip
    told["claims"] |= {
        "rows_in": len(tables["claims"]) + 3, "quarantined_rows": 3,
        "quarantined": {"missing:claims.settled_on": 2, "duplicate_key:claims": 1},
        "warnings": {"service_after_death": 7}, "absent_columns": ["terminal_id"],
        "dropped_columns": [MARKUP], "lost_zeros": {"provider_id": 2},
    }  # fmt: skip
    total = sum(one["accepted"] for one in told.values())
    return {"tables": told, "rows_in": total + 3, "accepted": total, "quarantined_rows": 3,
            "absent_tables": []}  # fmt: skip


def write_workspace(root: Path, params: str) -> Path:
    """A project folder in which ``fraudml check`` can run."""
    tables = fund_tables()
    write_fund(root / "data" / "claims", tables)
    (root / "reports" / "metrics").mkdir(parents=True)
    write_json(root / "reports" / "metrics" / "ingest.json", ingest_report(tables))
    (root / "params.yaml").write_text(params, encoding="utf-8")
    return root
