# ruff: noqa: E501 (tables are drawn as wide as they are)
"""A raw fund small enough to read, in which every row is right, and what ingest made of it."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq

from fraudml.claims.ingest import ingest
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.engine import open_engine
from fraudml.params import IngestParams, load_params

KEY = PseudonymKey(b"k" * 32)
ENGINE = load_params(Path(__file__).parents[2] / "params.yaml").engine

# A fund in which every row is right; a case changes a cell, a row or a file.
FUND = {
    "providers": """
provider_id | kind     | level | region_code | contracted_from | contracted_to | operator_id
H1          | hospital | 3     | 330100      | 2020-01-01      |               | OP1
H2          | clinic   | 1     | 330200      |                 |               |
""",
    "patients": """
patient_id | birth_date | sex | scheme   | died_on | known_on
P1         | 1950-02-28 | F   | resident |         |
P2         | 1960-01-01 | M   | employee |         |
""",
    "practitioners": """
practitioner_id | provider_id | registered_from | registered_to
D1              | H1          | 2020-01-01      |
""",
    "items": """
item_code | valid_from | valid_to | name       | kind | unit | sex_limit | age_min | age_max | price_cap | diagnosis_limit
I1        | 2020-01-01 |          | 阿莫西林   | drug | box  |           |         |         | 12.50     | J18|J20
I2        | 2020-01-01 |          | 宫腔镜检查 | exam | time | F         |         |         |           |
""",
    "drg_groups": """
drg_code | valid_from | valid_to   | name     | weight | usual_days
A1       | 2020-01-01 | 2023-12-31 | 肺炎     | 0.8    | 6
A1       | 2024-01-01 |            | 肺炎     | 0.9    | 5
""",
    "claims": """
claim_id | patient_id | provider_id | practitioner_id | visit_kind | admitted_on | discharged_on | settled_on | secondary_diagnoses | referral_filed | total_amount | fund_amount | patient_amount | account_amount | reverses_claim_id | started_at | drg_code
C1       | P1         | H1          | D1              | inpatient  | 2024-01-01  | 2024-01-03    | 2024-01-04 | E11.9|I10           | yes            | 100.5        | 80          | 20.50          | 5              |                   |            | A1
C2       | P2         | H2          |                 | outpatient | 2024-02-01  | 2024-02-01    | 2024-02-01 |                     |                | 7            | 5           | 2              |                |                   |            |
""",
    "claim_lines": """
claim_id | line_no | item_code | served_at           | quantity | unit_price | amount | fund_amount | practitioner_id
C1       | 1       | I1        | 2024-01-01 08:00:00 | 2        | 1.5        | 3      |             | D1
C1       | 2       | I2        | 2024-01-02 09:30:00 | 1        | 97.50      | 97.50  |             |
C2       | 1       | I1        | 2024-02-01 10:00:00 | 2.5      | 2.80       | 7.00   |             |
""",
    "leave_passes": """
claim_id | left_at             | back_at
C1       | 2024-01-02 08:00:00 | 2024-01-02 10:00:00
""",
    "stock_moves": """
provider_id | item_code | month      | opening | purchased | returned | closing
H1          | I1        | 2024-01-01 | 10      | 5         | 0        | 13
""",
    "trace_events": """
trace_code | provider_id | event     | happened_at         | item_code
81234      | H1          | purchased | 2024-01-01 08:00:00 | I1
""",
    "enrolments": """
patient_id | scheme   | region_code | enrolled_from | enrolled_to
P1         | resident | 330100      | 2020-01-01    |
""",
    "contract_periods": """
provider_id | suspended_from | suspended_to
H1          | 2023-06-01     | 2023-06-30
""",
    "tips": """
tip_id | received_on | target_grain | target_id | typology | channel
W1     | 2024-03-01  | patient      | P2        | T11      | phone
""",
    "inspections": """
inspection_id | target_grain | target_id | form    | arm    | chance | visited_on | closed_on  | covers_from | covers_to  | result    | amount_confirmed | amount_recovered
V1            | provider     | H1        | special | random | 0.5    | 2024-03-01 | 2024-04-01 | 2023-01-01  | 2023-12-31 | confirmed | 1000             | 1000
V2            | practitioner | D1        | special | risk   |        | 2024-03-01 |            |             |            |           |                  |
""",
    "findings": """
inspection_id | finding_no | typology | result    | amount_confirmed | amount_recovered
V1            | 1          | T05      | confirmed | 1000             | 1000
""",
    "inspectors": """
inspector_id | region_code | skills | days_available | recused_from
N1           | 330100      | drg|it | 5              | H1|OP1
""",
    "budgets": """
region_code | scheme   | month      | budget_amount
330100      | resident | 2024-01-01 | 1000000
""",
}
ROWS = 25


def csv_of(drawn: str) -> str:
    """The table drawn above as CSV; a bar inside a cell has no blanks around it."""
    rows = [[cell.strip() for cell in line.split(" |")] for line in drawn.strip().splitlines()]
    return "".join(",".join(row) + "\n" for row in rows)


def fund(folder: Path, *tables: str) -> Path:
    raw = folder / "raw"
    raw.mkdir()
    for name in tables:
        (raw / f"{name}.csv").write_text(csv_of(FUND[name]), encoding="utf-8")
    return raw


class Run:
    """One ingest, its report and the files it wrote."""

    def __init__(
        self,
        raw: Path,
        *,
        unknown_columns: str = "refuse",
        threads: int = 1,
        rules: dict[str, str] | None = None,
        parts: Path | None = None,
    ) -> None:
        params = IngestParams.model_validate(
            {
                "raw": str(raw),
                "unknown_columns": unknown_columns,
                "currency": "CNY",
                "rules": rules or {},
            }
        )
        self.claims = raw.parent / f"claims{threads}"
        self.aside = raw.parent / f"quarantine{threads}"
        for folder in (self.claims, self.aside):
            shutil.rmtree(folder, ignore_errors=True)
        memory = ENGINE.model_copy(update={"memory_gb": 0.5, "threads": threads})
        with open_engine(memory, spill=raw.parent / "spill") as engine:
            self.report = ingest(engine, params, KEY, self.claims, self.aside, parts=parts)

    def files(self, name: str) -> list[Path]:
        """The accepted parts of a table, or its one file."""
        folder = self.claims / name
        return sorted(folder.iterdir()) if folder.is_dir() else [folder.with_suffix(".parquet")]

    def rows(self, name: str) -> list[dict[str, object]]:
        """The accepted rows, in the order of their places."""
        found = [row for path in self.files(name) for row in pq.read_table(path).to_pylist()]
        return sorted(found, key=lambda row: (row["source_file"], row["row_number"]))

    def refused(self, name: str) -> list[dict[str, object]]:
        return pq.read_table(self.aside / f"{name}.parquet").to_pylist()

    def rules(self, name: str) -> dict[str, int]:
        return self.report["tables"][name]["quarantined"]

    def warnings(self, name: str) -> dict[str, int]:
        return self.report["tables"][name]["warnings"]


def change(raw: Path, name: str, old: str, new: str) -> None:
    path = raw / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text, "the case changes nothing"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add_like_first(raw: Path, name: str, /, **cells: str) -> int:
    """Append the table's first row with these cells changed; its row number."""
    path = raw / f"{name}.csv"
    header, first, *rest = path.read_text(encoding="utf-8").splitlines()
    row = dict(zip(header.split(","), first.split(","), strict=True))
    assert cells.keys() <= row.keys(), "the case changes nothing"
    add(raw, name, ",".join((row | cells).values()))
    return len(rest) + 2


def add(raw: Path, name: str, row: str) -> None:
    with (raw / f"{name}.csv").open("a", encoding="utf-8") as stream:
        stream.write(row + "\n")
