"""Texts of queries are remembered by what the query says, and by all that it says."""

import re
from datetime import date

import ibis
import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.engine import embedded, translated
from ingest_fund import FUND, Run, fund

T = ibis.table({"id": "string", "fen": "int64", "day": "date", "codes": "array<string>"}, name="t")
_DRAWN = re.compile(r"ibis_\w+")  # names that Ibis draws anew for each query
PAIRS = {
    "number": (T.filter(T.fen > 1), T.filter(T.fen > 2)),
    "number of another type": (T.mutate(n=ibis.literal(1)), T.mutate(n=ibis.literal(1.0))),
    "truth for a number": (T.mutate(n=ibis.literal(1)), T.mutate(n=ibis.literal(True))),
    "day": (T.filter(T.day < date(2024, 1, 1)), T.filter(T.day < date(2024, 1, 2))),
    "column": (T.select(n=T.fen), T.select(m=T.fen)),
    "order of columns": (T.select("id", "fen"), T.select("fen", "id")),
    "direction": (T.order_by("fen"), T.order_by(T.fen.desc())),
    "quantity beside quantity": (T.mutate(n=T.fen - 1), T.mutate(n=1 - T.fen)),
    "table": (T.count().as_table(), ibis.table(T.schema(), name="u").count().as_table()),
    "kind of join": (T.inner_join(T.view(), "id"), T.left_join(T.view(), "id")),
    "columns left out": (T.drop("fen"), T.drop("id")),
    "unit": (T.mutate(m=T.day.truncate("M")), T.mutate(m=T.day.truncate("Y"))),
    "values of a list": (T.filter(T.id.isin(["a"])), T.filter(T.id.isin(["a", "b"]))),
    "text that looks like two": (T.filter(T.id.isin(["a", "b"])), T.filter(T.id.isin(["a','b"]))),
    "constant of a row": (T.mutate(n=ibis.row_number()), T.mutate(n=ibis.row_number() + 1)),
    "part of a list": (T.mutate(n=T.codes.unnest()), T.mutate(n=T.codes[0])),
    "distinct": (T.agg(n=T.id.count()), T.agg(n=T.id.nunique())),
}


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(translated, "_texts", type(translated._texts)())


def asked(*queries, dialect="duckdb"):
    """The text of each query, and how many had to be made."""
    made = []

    def compiled(expr):
        made.append(expr)
        return ibis.to_sql(expr, dialect=dialect)

    return [translated.translated(query, compiled, dialect) for query in queries], len(made)


def test_a_query_that_was_asked_before_is_not_made_again():
    first, again = (T.group_by("id").agg(n=T.fen.sum()) for _ in range(2))
    (one, other), made = asked(first, again)
    assert made == 1
    assert one == other == ibis.to_sql(first, dialect="duckdb")


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_queries_that_differ_in_one_thing_have_a_text_each(pair):
    texts, made = asked(*pair)
    assert made == 2
    assert texts == [ibis.to_sql(query, dialect="duckdb") for query in pair]
    assert texts[0] != texts[1]


@pytest.mark.parametrize("query", [query for pair in PAIRS.values() for query in pair])
def test_no_query_of_the_kinds_above_is_too_much_to_say(query):
    assert asked(query, query)[1] == 1


def test_each_engine_has_a_text_of_its_own():
    (duck,), (spark,) = asked(T.distinct())[0], asked(T.distinct(), dialect="pyspark")[0]
    assert duck != spark


def test_a_table_joined_with_itself_is_known_again_though_ibis_counts_views():
    queries = [T.inner_join(T.view(), "id"), T.inner_join(T.view(), "id")]
    (one, other), made = asked(*queries)
    assert (made, one) == (1, other)


def test_a_table_held_against_itself_twice_is_not_one_held_against_itself_once():
    one, two = T.view(), T.view()
    joined = T.inner_join(one, T.id == one.id)
    queries = [joined.inner_join(x, T.id == x.id, rname="{name}_2") for x in (T.view(), two)]
    assert asked(*queries)[1] == 1
    assert asked(one.union(two), one.union(one))[1] == 2


def test_what_code_of_ours_would_compute_is_made_each_time():
    @ibis.udf.scalar.builtin
    def upper(text: str) -> str: ...

    assert asked(*[T.mutate(n=upper(T.id))] * 2)[1] == 2
    assert asked(*[ibis.memtable({"n": [1]})] * 2)[1] == 2


def test_no_more_texts_are_remembered_than_allowed_and_the_latest_are(monkeypatch):
    monkeypatch.setattr(translated, "_MOST", 2)
    one, two, three = (T.filter(T.fen > n) for n in range(3))
    assert asked(one, two, one, three)[1] == 3
    assert asked(one, three)[1] == 0
    assert asked(two)[1] == 1
    assert len(translated._texts) == 2


def test_the_same_question_to_another_file_is_answered_from_that_file(tmp_path):
    with engine() as opened:
        one, other = (
            opened.table(pa.table({"n": numbers}), name)
            for name, numbers in (("one", [1, 2]), ("other", [5]))
        )
        for left, right, total in ((one, other, 3 * 5), (other, one, 5 * 3), (one, one, 3 * 3)):
            sums = left.agg(x=left.n.sum()).cross_join(right.agg(y=right.n.sum()))
            found = opened.rows(sums.mutate(z=sums.x * sums.y), at_most=1).to_pylist()
            assert found[0]["z"] == total
            assert found[0]["x"] == (3 if left is one else 5)


def test_an_ingest_asks_another_fund_what_it_would_without_memory(tmp_path, monkeypatch):
    differ, remembered = [], [0]

    def compared(expr, compiled, dialect):
        fresh, made = compiled(expr), []
        text = translated.translated(expr, lambda e: made.append(e) or compiled(e), dialect)
        remembered[0] += not made
        if _DRAWN.sub("", text) != _DRAWN.sub("", fresh):
            differ.append((text, fresh))
        return text

    monkeypatch.setattr(embedded, "translated", compared)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        Run(fund(tmp_path / name, *FUND))
    assert differ == []
    assert remembered[0] > 100
