"""Hits and their rows: equal on DuckDB and on Spark, case by case and as whole files."""

from datetime import date

import pyarrow.parquet as pq
import pytest
from engines import opened

from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.hits import find_hits
from fraudml.monitor.knowledge.base import load
from monitor_all import CASES
from monitor_cases import answers, put_together

ENGINES = ("duckdb", "spark")


@pytest.fixture(scope="module")
def asked(spark, tmp_path_factory):
    """Each engine's folder of hits, and its report."""
    claims = put_together(tmp_path_factory.mktemp("claims") / "claims", CASES)
    made = {}
    for kind in ENGINES:
        out = tmp_path_factory.mktemp(kind)
        with opened(kind) as engine:
            report = find_hits(
                engine, Claims(engine, claims), load(ASKED, cited=CITED), date(2024, 12, 31), out
            )
        made[kind] = (out, report)
    return made


@pytest.mark.slow
def test_every_rule_finds_on_spark_what_its_tables_say(asked):
    found = answers(asked["spark"][0], CASES)
    said = zip(CASES, found, strict=True)
    wrong = {one.name: rows for one, (rows, _) in said if rows != one.finds}
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hits.parquet", "hit_lines.parquet"])
def test_the_files_of_hits_are_equal_on_spark(asked, name):
    duck, spark = (pq.read_table(asked[kind][0] / name) for kind in ENGINES)
    assert spark.schema.names == duck.schema.names
    assert [str(field.type) for field in spark.schema] == [str(field.type) for field in duck.schema]
    assert spark.to_pylist() == duck.to_pylist()


@pytest.mark.slow
def test_the_report_is_equal_on_spark(asked):
    assert asked["spark"][1] == asked["duckdb"][1]
