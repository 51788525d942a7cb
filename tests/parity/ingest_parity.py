"""Holds an engine's ingest against the slow one in plain Python, row by row and rule by rule."""

import math
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from fraudml.claims.ingest import ingest
from fraudml.claims.schema import CONTRACT
from fraudml.engine import Engine
from fraudml.errors import ContractError
from fraudml.params import IngestParams
from ingest_fund import KEY
from parity.reference_ingest import FolderRefused, Outcome, ingest_slowly

Row = dict[str, Any]


def assert_ingest_parity(engine: Engine, raw: Path, settings: Mapping[str, str]) -> Outcome | None:
    """Equal accepted rows, refused rows, rules, warnings and netting; None where both refuse.

    raw  a folder of CSV files; settings  as in ``ingest.rules``
    Integers, texts and dates are equal, floats to 1e-9.
    """
    params = IngestParams(
        raw=str(raw), unknown_columns="refuse", currency="CNY", rules=dict(settings)
    )
    try:
        expected = ingest_slowly(raw, KEY, settings)
    except FolderRefused as refusal:
        _assert_refused(engine, params, refusal)
        return None
    with TemporaryDirectory() as name:
        claims, aside = Path(name) / "claims", Path(name) / "aside"
        report = ingest(engine, params, KEY, claims, aside, parts=Path(name) / "parts")
        assert set(report["tables"]) == set(expected.rows_in)
        for table in expected.rows_in:
            _assert_refused_rows(table, pq.read_table(aside / f"{table}.parquet"), expected)
            _assert_accepted_rows(table, _rows(claims, table), expected)
            _assert_counts(table, report["tables"][table], expected)
        netted = pq.read_table(claims / "reversed_claims.parquet").to_pylist()
    assert {r["claim_id"]: r["reversed_on"] for r in netted} == expected.reversed_claims
    return expected


def _assert_refused(engine: Engine, params: IngestParams, refusal: FolderRefused) -> None:
    allowed = [
        f"{b.source_file}: {b.rows:,} rows break {b.rule}, first at row {b.first:,}"
        for b in refusal.breaches
    ]
    with TemporaryDirectory() as name:
        try:
            ingest(engine, params, KEY, Path(name) / "claims", Path(name) / "aside")
        except ContractError as error:
            assert any(said in str(error) for said in allowed), (str(error), allowed)
            return
    raise AssertionError(f"accepted, where this refuses the folder: {allowed}")


def _rows(claims: Path, table: str) -> list[Row]:
    folder = claims / table
    paths = sorted(folder.iterdir()) if folder.is_dir() else [folder.with_suffix(".parquet")]
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def _assert_refused_rows(table: str, found: Any, expected: Outcome) -> None:
    rows = found.to_pylist()
    rules = {(row["source_file"], row["row_number"]): row["rules"] for row in rows}
    assert len(rules) == len(rows), f"{table}: a row is set aside twice"
    differ = {
        place: (rules.get(place), expected.refused[table].get(place))
        for place in rules.keys() | expected.refused[table].keys()
        if rules.get(place) != expected.refused[table].get(place)
    }
    assert not differ, f"{table}: set aside by the engine, by the reference: {differ}"


def _assert_accepted_rows(table: str, rows: list[Row], expected: Outcome) -> None:
    places = [(row["source_file"], row["row_number"]) for row in rows]
    assert sorted(places) == sorted(expected.accepted[table]), f"{table}: other rows are accepted"
    columns = CONTRACT[table].columns
    for place, row in zip(places, rows, strict=True):
        assert row.keys() == {"source_file", "row_number", *(c.canonical for c in columns)}
        for column in columns:
            value = expected.accepted[table][place][column.canonical]
            assert _equal(row[column.canonical], value), (
                f"{table}.{column.canonical} at {place}: "
                f"engine {row[column.canonical]!r}, reference {value!r}"
            )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=0.0)
    return type(one) is type(other) and one == other


def _assert_counts(table: str, report: Row, expected: Outcome) -> None:
    counts = (expected.rows_in[table], len(expected.accepted[table]), len(expected.refused[table]))
    assert (report["rows_in"], report["accepted"], report["quarantined_rows"]) == counts, table
    assert report["quarantined"] == expected.quarantined(table), table
    assert report["warnings"] == expected.warnings[table], table
