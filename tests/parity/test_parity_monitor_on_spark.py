"""What the stage writes of hits: equal on DuckDB and on Spark, case by case and as whole files."""

from datetime import date

import pyarrow.parquet as pq
import pytest
from engines import opened

from fraudml.claims.accepted import Claims
from fraudml.monitor.by_typology import ORDER, by_typology
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.counts import write_counts
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.hits import ask, write_hits
from fraudml.monitor.knowledge.base import load
from monitor_all import CASES
from monitor_cases import answers, put_together

ENGINES = ("duckdb", "spark")
LIVE, EARLIER = date(2024, 12, 31), date(2024, 6, 30)
FILES = ("hits", "hit_lines", "by_typology", "counts", "at_issue", "assessed")


def written(engine, claims, out):
    """Write what the stage writes, as of the live date and an earlier one; the report."""
    at = SharedOfDates(engine, Claims(engine, claims), load(ASKED, cited=CITED), LIVE)
    live = ask(at)
    report = write_hits(engine, live, out)
    engine.make_parquet(by_typology(at, live), out / "by_typology.parquet", order_by=ORDER)
    write_counts(at, live, [EARLIER], out)
    return report


@pytest.fixture(scope="module")
def asked(spark, tmp_path_factory):
    """Each engine's folder of hits, and its report."""
    claims = put_together(tmp_path_factory.mktemp("claims") / "claims", CASES)
    made = {}
    for kind in ENGINES:
        out = tmp_path_factory.mktemp(kind)
        with opened(kind) as engine:
            made[kind] = (out, written(engine, claims, out))
    return made


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
