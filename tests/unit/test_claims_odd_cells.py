"""Cells that no export should hold go through a whole ingest, each to its own end."""

from pathlib import Path

from ingest_fund import Run, change, fund

LONG = 10_000_000


def ingested(folder: Path, table: str, old: str, new: str) -> Run:
    """A small fund with one cell changed."""
    raw = fund(folder, "providers", "patients", "claims", "items")
    change(raw, table, old, new)
    return Run(raw)


def refused(run: Run, name: str) -> list[tuple[int, list[str]]]:
    return [(row["row_number"], row["rules"]) for row in run.refused(name)]


def test_a_name_of_10_megabytes_is_accepted_as_it_is(tmp_path):
    run = ingested(tmp_path, "items", "阿莫西林", "x" * LONG)
    assert [len(row["name"]) for row in run.rows("items")] == [LONG, 5]


def test_a_date_of_10_megabytes_is_set_aside_as_no_date(tmp_path):
    run = ingested(tmp_path, "claims", "2024-01-04", "9" * LONG)
    assert [row["claim_id"] for row in run.rows("claims")] == ["C2"]
    assert refused(run, "claims") == [(1, ["type:claims.settled_on"])]


def test_a_row_with_a_nul_is_set_aside_as_not_decodable(tmp_path):
    run = ingested(tmp_path, "claims", "C2", "C\0002")
    assert [row["claim_id"] for row in run.rows("claims")] == ["C1"]
    assert refused(run, "claims") == [(2, ["encoding:claims"])]
