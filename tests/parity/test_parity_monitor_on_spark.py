"""What the stage writes of hits: equal on DuckDB and on Spark, case by case and as whole files."""

import pyarrow.parquet as pq
import pytest
from engines import opened

from monitor_all import CASES
from monitor_asked import CASES_AS_OF as LIVE
from monitor_asked import EARLIER, write_of_dates
from monitor_cases import answers

ENGINES = ("duckdb", "spark")
FILES = ("hits", "hit_lines", "by_typology", "counts", "at_issue", "assessed")


@pytest.fixture(scope="module")
def asked(spark, asked_cases, asked_of_dates, tmp_path_factory):
    """Each engine's folder of hits, and its report."""
    out = tmp_path_factory.mktemp("spark")
    with opened("spark") as engine:
        report = write_of_dates(engine, asked_cases.claims, out)
    return {"duckdb": (asked_of_dates.out, asked_of_dates.report), "spark": (out, report)}


@pytest.mark.slow
def test_every_rule_finds_on_spark_what_its_tables_say(asked):
    found = answers(asked["spark"][0], CASES)
    said = zip(CASES, found, strict=True)
    wrong = {one.name: rows for one, (rows, _) in said if rows != one.finds}
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_the_files_of_hits_are_equal_on_spark(asked, name):
    duck, spark = (pq.read_table(asked[kind][0] / f"{name}.parquet") for kind in ENGINES)
    assert duck.num_rows > 0
    assert spark.schema.names == duck.schema.names
    assert [str(field.type) for field in spark.schema] == [str(field.type) for field in duck.schema]
    assert spark.to_pylist() == duck.to_pylist()


@pytest.mark.slow
def test_the_report_is_equal_on_spark(asked):
    assert asked["spark"][1] == asked["duckdb"][1]


@pytest.mark.slow
def test_on_spark_the_earlier_date_has_counts_of_its_own(asked):
    """Else equal files could both hold the live date alone."""
    counts = pq.read_table(asked["spark"][0] / "counts.parquet").to_pylist()
    of = {day: sum(row["claims"] for row in counts if row["as_of"] == day)
          for day in (EARLIER, LIVE)}  # fmt: skip
    assert 0 < of[EARLIER] != of[LIVE] > 0
