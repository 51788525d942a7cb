"""What an engine brings here and what it computes there."""

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.artifacts import digest
from fraudml.errors import EngineError, StateError


@pytest.fixture
def opened():
    with engine() as it:
        yield it


@pytest.fixture
def numbers(opened):
    """Ten rows: n = 0 to 9, group = n mod 2, fen = 10 n."""
    n = list(range(10))
    return opened.table(pa.table({"n": n, "group": [i % 2 for i in n], "fen": [10 * i for i in n]}),
                        "numbers")  # fmt: skip


def test_more_rows_than_allowed_are_refused_and_no_fewer(opened, numbers):
    assert len(opened.rows(numbers, at_most=10)) == 10
    with pytest.raises(EngineError, match="More than 9 rows would come into Python"):
        opened.rows(numbers, at_most=9)


def test_sums_of_whole_numbers_stay_int64_here_and_there(opened, numbers, tmp_path):
    sums = numbers.group_by("group").agg(fen=numbers.fen.sum())
    opened.make_parquet(sums, tmp_path / "sums.parquet", order_by=("group",))
    there, here = pq.read_table(tmp_path / "sums.parquet"), opened.rows(sums, at_most=2)
    assert there.schema.field("fen").type == here.schema.field("fen").type == pa.int64()
    assert there.to_pylist() == [{"group": 0, "fen": 200}, {"group": 1, "fen": 250}]


def test_batches_hold_every_row_once_and_are_bounded(opened):
    many = ibis.range(5_000).unnest().name("n").as_table()
    sizes, seen = [], []
    for batch in opened.batches(many, size=2_048):
        sizes.append(batch.num_rows)
        seen += batch.column("n").to_pylist()
    assert sorted(seen) == list(range(5_000))
    assert max(sizes) <= 2_048


def test_a_parquet_file_has_the_same_bytes_on_one_thread_and_two(tmp_path):
    rows = pa.table({"n": [i * 7919 % 10_007 for i in range(10_000)], "x": [0.1] * 10_000})
    for threads in (1, 2):
        with engine(threads) as it:
            path = tmp_path / f"{threads}.parquet"
            it.make_parquet(it.table(rows, "rows"), path, order_by=("n",))
    assert digest(tmp_path / "1.parquet") == digest(tmp_path / "2.parquet")


def test_what_is_kept_is_gone_with_the_engine(tmp_path):
    with engine() as it:
        it.keep(it.table(pa.table({"n": [1]}), "one"), "kept")
        scratch = it.scratch
        assert (scratch / "kept.parquet").exists()
    assert not scratch.exists()


def test_a_table_that_is_missing_names_the_remedy(opened, tmp_path):
    with pytest.raises(StateError, match="is missing: run the stage"):
        opened.read_parquet(tmp_path / "none.parquet")


def test_a_broken_parquet_is_one_plain_sentence_from_the_engine(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    with engine() as one, pytest.raises(EngineError, match="could not read"):
        one.rows(one.read_parquet(tmp_path / "broken.parquet"), at_most=1)
