"""Remembered texts are those that the product would have made, and of the engine that is asked."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from translated import remembered


def compiled(opened, expr):
    """The text as the product makes it, each time anew."""
    return f'SELECT CAST("n" AS BIGINT) AS "n" FROM ({opened._con.compile(expr)})'  # noqa: S608


def sums(opened, path, *, least):
    table = opened.read_parquet(path)
    again = table.view()
    both = table.join(again, table.key == again.key)
    return both.filter(table.n >= least).agg(n=table.n.sum())


@pytest.fixture
def files(tmp_path):
    for name, numbers in {"one": [1, 2], "other": [10, 20]}.items():
        pq.write_table(pa.table({"key": [1, 2], "n": numbers}), tmp_path / f"{name}.parquet")
    return tmp_path


def test_the_same_question_of_another_file_has_the_same_text_and_an_answer_of_its_own(files):
    texts, answers = {}, {}
    for name in ("one", "other"):
        with engine() as opened:
            asked = sums(opened, files / f"{name}.parquet", least=0)
            texts[name] = opened._typed(asked)
            assert texts[name] == compiled(opened, asked)
            answers[name] = opened.rows(asked, at_most=1).to_pylist()
    assert texts["one"] == texts["other"]
    assert answers == {"one": [{"n": 3}], "other": [{"n": 30}]}


def test_a_text_is_made_once_for_equal_questions_and_anew_for_any_other(files):
    made = []

    def making(opened, expr):
        made.append(expr)
        return compiled(opened, expr)

    typed = remembered(making, {})
    said = []
    for least in (0, 0, 1):
        with engine() as opened:
            said.append(typed(opened, sums(opened, files / "one.parquet", least=least)))
    assert len(made) == 2
    assert said[0] == said[1] != said[2]


def test_a_table_that_stands_twice_does_so_also_where_another_engine_was_opened_in_between(files):
    with engine() as first:
        table = first.read_parquet(files / "one.parquet")
        before = table.view()
        with engine():
            assert table.view().op() != before.op()
