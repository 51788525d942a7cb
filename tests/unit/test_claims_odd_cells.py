"""Cells that no export should hold go through a whole ingest, each to its own end."""

from pathlib import Path

import pyarrow.parquet as pq

from fraudml.claims.ingest import ingest
from fraudml.claims.pseudonyms import PseudonymKey
from fraudml.engine import open_engine
from fraudml.params import EngineParams, IngestParams

CLAIMS = (
    "claim_id,patient_id,provider_id,visit_kind,admitted_on,discharged_on,settled_on,"
    "total_amount,fund_amount,patient_amount\n"
    "C1,P1,H1,inpatient,2024-01-01,2024-01-03,2024-01-04,100.5,80,20.50\n"
    "C2,P1,H1,inpatient,2024-01-05,2024-01-06,2024-01-07,9,7,2\n"
)
LONG = 10_000_000


def ingested(folder: Path, **files: bytes) -> tuple[dict[str, object], Path]:
    raw = folder / "raw"
    raw.mkdir()
    tables = {
        "providers": b"provider_id,name\nH1,one\n",
        "patients": b"patient_id,sex\nP1,F\n",
        "claims": CLAIMS.encode(),
    } | files
    for name, content in tables.items():
        (raw / f"{name}.csv").write_bytes(content)
    params = IngestParams.model_validate(
        {"raw": str(raw), "unknown_columns": "refuse", "currency": "CNY"}
    )
    memory = EngineParams(kind="duckdb", memory_gb=0.5, threads=1)
    with open_engine(memory, spill=folder / "spill") as engine:
        report = ingest(
            engine, params, PseudonymKey(b"k" * 32), folder / "claims", folder / "aside"
        )
    return report["tables"], folder


def refused(folder: Path, name: str) -> list[tuple[int, list[str]]]:
    rows = pq.read_table(folder / "aside" / f"{name}.parquet").to_pylist()
    return [(row["row_number"], row["rules"]) for row in rows]


def test_a_name_of_10_megabytes_is_accepted_as_it_is(tmp_path):
    tables, folder = ingested(tmp_path, providers=b"provider_id,name\nH1," + b"x" * LONG + b"\n")
    assert tables["providers"]["accepted"] == 1
    (row,) = pq.read_table(folder / "claims" / "providers.parquet").to_pylist()
    assert len(row["name"]) == LONG


def test_a_date_of_10_megabytes_is_set_aside_as_no_date(tmp_path):
    content = CLAIMS.replace("2024-01-07", "9" * LONG).encode()
    tables, folder = ingested(tmp_path, claims=content)
    assert tables["claims"]["accepted"] == 1
    assert refused(folder, "claims") == [(2, ["type:claims.settled_on"])]


def test_a_row_with_a_nul_is_set_aside_as_not_decodable(tmp_path):
    tables, folder = ingested(tmp_path, claims=CLAIMS.replace("C2", "C\0002").encode())
    assert tables["claims"]["accepted"] == 1
    ((number, rules),) = refused(folder, "claims")
    assert number == 2
    assert "encoding:claims" in rules
