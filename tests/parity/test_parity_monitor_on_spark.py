"""What the stage writes of hits: equal on DuckDB and on Spark, case by case and as whole files."""

import pyarrow.parquet as pq
import pytest
from engines import KINDS, opened

from fraudml.monitor.catalogue import RULES
from monitor_all import CASES
from monitor_asked import CASES_AS_OF as LIVE
from monitor_asked import EARLIER, write_of_dates
from monitor_cases import answers

OF_ROWS = ("hits", "hit_lines", "by_typology", "assessed")
OF_DATES = ("counts", "at_issue", "beyond")
# Moved to the earlier date on Spark. Moving computes the same queries anew, which is the engine's
# work and no rule's: these start from each kind of table that rules share.
MOVED = {
    "R02.batches", "R05.duplicate_claim", "R05.price_above_cap", "R06.split_stay",
    "R07.elsewhere_during_stay", "R09.quantity_above_daily_maximum", "R13.across_people",
    "R17.other_sex",
}  # fmt: skip
FEW = tuple(rule for rule in RULES if rule.id in MOVED)


@pytest.fixture(scope="module")
def asked(spark, asked_cases, asked_of_dates, tmp_path_factory):
    """Each engine's folder of hits, and its report; on Spark as of the live date alone."""
    out = tmp_path_factory.mktemp("spark")
    with opened("spark") as engine:
        report = write_of_dates(engine, asked_cases.claims, out, earlier=())
    return {"duckdb": (asked_of_dates.out, asked_of_dates.report), "spark": (out, report)}


@pytest.fixture(scope="module")
def moved(spark, asked_cases, tmp_path_factory):
    """Each engine's folder of what a few rules find as of both dates."""
    folders = {}
    for kind in KINDS:
        folders[kind] = tmp_path_factory.mktemp(kind)
        with opened(kind) as engine:
            write_of_dates(engine, asked_cases.claims, folders[kind], rules=FEW)
    return folders


@pytest.mark.slow
def test_every_rule_finds_on_spark_what_its_tables_say(asked):
    found = answers(asked["spark"][0], CASES)
    said = zip(CASES, found, strict=True)
    wrong = {one.name: rows for one, (rows, _) in said if rows != one.finds}
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", (*OF_ROWS, *OF_DATES))
def test_the_files_of_hits_are_equal_on_spark(asked, name):
    duck, spark = (pq.read_table(asked[kind][0] / f"{name}.parquet") for kind in KINDS)
    assert spark.schema.names == duck.schema.names
    assert [str(field.type) for field in spark.schema] == [str(field.type) for field in duck.schema]
    of_live = [row for row in duck.to_pylist() if row.get("as_of", LIVE) == LIVE]
    assert of_live
    assert spark.to_pylist() == of_live


@pytest.mark.slow
def test_the_report_is_equal_on_spark(asked):
    assert asked["spark"][1] == asked["duckdb"][1]


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_DATES)
def test_an_earlier_date_is_asked_alike_on_spark(moved, name):
    duck, spark = (pq.read_table(moved[kind] / f"{name}.parquet").to_pylist() for kind in KINDS)
    assert {row["as_of"] for row in duck} == {EARLIER, LIVE}
    assert spark == duck


@pytest.mark.slow
def test_each_rule_that_is_moved_on_spark_finds_other_hits_as_of_the_earlier_date(moved):
    """Else equal files could both hold the live date's rows twice."""
    counts = pq.read_table(moved["spark"] / "counts.parquet").to_pylist()
    of = {day: {row["rule_id"] for row in counts if row["as_of"] == day} for day in (EARLIER, LIVE)}
    assert of[LIVE] == MOVED
    claims = {day: sum(row["claims"] for row in counts if row["as_of"] == day) for day in of}
    assert 0 < claims[EARLIER] != claims[LIVE]
