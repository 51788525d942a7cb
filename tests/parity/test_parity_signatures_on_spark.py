"""Artefacts and their rows: equal on DuckDB and on Spark, case by case and as whole files."""

from datetime import date

import pyarrow.parquet as pq
import pytest
from engines import opened

from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.find import find_artefacts
from monitor_cases import put_together
from slip_cases import SLIPS, slips

ENGINES = ("duckdb", "spark")


@pytest.fixture(scope="module")
def asked(spark, tmp_path_factory):
    """Each engine's folder of artefacts, and its report."""
    folder = put_together(tmp_path_factory.mktemp("claims") / "claims", SLIPS)
    made = {}
    for kind in ENGINES:
        out = tmp_path_factory.mktemp(kind)
        with opened(kind) as engine:
            known = load(ASKED, cited=CITED)
            at = Shared(engine, Claims(engine, folder), known, date(2024, 12, 31))
            made[kind] = (out, find_artefacts(at, out))
    return made


@pytest.mark.slow
def test_every_signature_finds_on_spark_what_its_tables_say(asked):
    said = zip(SLIPS, slips(asked["spark"][0], SLIPS), strict=True)
    assert {one.name: rows for one, rows in said if rows != one.finds} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["artefacts.parquet", "artefact_lines.parquet"])
def test_the_files_of_artefacts_are_equal_on_spark(asked, name):
    duck, spark = (pq.read_table(asked[kind][0] / name) for kind in ENGINES)
    assert spark.schema.names == duck.schema.names
    assert spark.to_pylist() == duck.to_pylist()


@pytest.mark.slow
def test_the_report_of_artefacts_is_equal_on_spark(asked):
    assert asked["spark"][1] == asked["duckdb"][1]
