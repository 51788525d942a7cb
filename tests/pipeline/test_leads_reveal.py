"""A lead's pseudonym is turned back with the key, on record, and never without it."""

from pathlib import Path

import pyarrow as pa
import pytest

from fraudml.artifacts import write_json, write_parquet
from fraudml.claims.pseudonyms import load_key
from fraudml.errors import StateError
from fraudml.leads.reveal import reveal_lead, same_key
from fraudml.leads.table import accounted_file
from fraudml.params import EngineParams

LEAD = "0123456789abcdef0123"
ENGINE = EngineParams(kind="duckdb", memory_gb=1.0, threads=1)


@pytest.fixture
def fund(tmp_path: Path) -> Path:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "providers.csv").write_text("provider_id\nH1\n")
    (raw / "patients.csv").write_text("patient_id\n110101199001011234\n")
    columns = (
        "claim_id,patient_id,provider_id,visit_kind,admitted_on,discharged_on,settled_on,"
        "total_amount,fund_amount,patient_amount"
    )
    row = "C1,110101199001011234,H1,outpatient,2025-01-01,2025-01-01,2025-01-02,10.00,8.00,2.00"
    (raw / "claims.csv").write_text(f"{columns}\n{row}\n")
    pseudonym = load_key(raw, demo_raw=raw).pseudonym("patient", "110101199001011234")
    for grain, key, entity in (
        ("provider", "provider_id", "H1"),
        ("practitioner", "practitioner_id", "pr_none"),
        ("patient", "patient_id", pseudonym),
    ):
        lead_id = LEAD if grain == "patient" else "f" * 20
        table = pa.table({"lead_id": [lead_id], key: [entity]})
        (tmp_path / "leads").mkdir(exist_ok=True)
        write_parquet(tmp_path / "leads" / f"{grain}.parquet", table)
        beside = pa.table({"lead_id": ["b" * 20], key: [entity]})
        write_parquet(tmp_path / "leads" / accounted_file(grain), beside)
    return tmp_path


def ask(fund: Path, lead_id: str) -> tuple[str, str]:
    key = load_key(fund / "raw", demo_raw=fund / "raw")
    return reveal_lead(
        fund / "raw", key, lead_id, leads=fund / "leads", record=fund / "reveals.jsonl"
    )


def test_a_lead_is_turned_back_and_the_record_names_the_lead_but_not_the_person(fund):
    assert ask(fund, LEAD) == ("patient", "110101199001011234")
    record = (fund / "reveals.jsonl").read_text()
    assert LEAD in record and "110101199001011234" not in record


def test_who_is_accounted_for_by_a_circumstance_has_a_page_and_is_turned_back_too(fund):
    assert ask(fund, "b" * 20) == ("provider", "H1")


@pytest.mark.parametrize("lead_id", ["a" * 20, "../../etc/passwd", ""])
def test_an_unknown_lead_is_refused_and_not_recorded(fund, lead_id):
    with pytest.raises(StateError, match="No such lead"):
        ask(fund, lead_id)
    assert not (fund / "reveals.jsonl").exists()


def test_another_key_than_the_one_of_the_claims_is_refused(fund):
    key = load_key(fund / "raw", demo_raw=fund / "raw")
    write_json(fund / "manifest.json", {"key_fingerprint": "another"})
    with pytest.raises(StateError, match="made with the key another"):
        same_key(fund / "manifest.json", key)
