"""What an engine brings here and what it computes there."""

from contextlib import contextmanager, suppress
from threading import Event, Thread

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.artifacts import digest
from fraudml.engine import open_engine
from fraudml.errors import EngineError, StateError
from fraudml.monitor.shared import numbered
from fraudml.params import EngineParams


@contextmanager
def watched(folder):
    """The sizes in bytes that a folder of files has from moment to moment."""
    sizes, ended = [0], Event()

    def look():
        while not ended.wait(0.002):
            found = [file for file in folder.rglob("*") if file.is_file()]
            with suppress(FileNotFoundError):  # gone between the look and the question
                sizes.append(sum(file.stat().st_size for file in found))

    looking = Thread(target=look)
    looking.start()
    try:
        yield sizes
    finally:
        ended.set()
        looking.join()


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


def test_a_table_larger_than_the_memory_spills_to_the_scratch_folder_and_comes_out_whole(tmp_path):
    n = 4_000_000  # about 130 MB to sort, under a limit of 100
    params = EngineParams(kind="duckdb", memory_gb=0.1, threads=1)
    with open_engine(params, spill=tmp_path) as it:
        numbers = ibis.range(n).unnest().name("n").as_table()
        mixed = numbers.mutate(key=numbers.n * 7919 % n, text=numbers.n.cast("string"))
        with watched(it.scratch / "spill") as seen:
            it.make_parquet(mixed, tmp_path / "sorted.parquet", order_by=("key",))
        assert max(seen) > 10_000_000  # bytes
        keys = pq.read_table(tmp_path / "sorted.parquet", columns=["key"])["key"]
        assert keys.equals(pa.chunked_array([pa.array(range(n))]))


def test_a_limit_too_small_to_work_in_is_one_plain_sentence_with_the_remedy(tmp_path):
    params = EngineParams(kind="duckdb", memory_gb=0.005, threads=1)
    many = ibis.range(2_000_000).unnest().name("n").as_table()
    with (
        open_engine(params, spill=tmp_path) as it,
        pytest.raises(EngineError, match=r"Raise engine\.memory_gb"),
    ):
        it.rows(many.order_by(ibis.desc("n")), at_most=2_000_000)


def test_what_is_kept_is_gone_with_the_engine(tmp_path):
    with engine() as it:
        it.keep(it.table(pa.table({"n": [1]}), "one"), "kept")
        scratch = it.scratch
        assert scratch.exists()
    assert not scratch.exists()


def test_joins_of_a_wide_table_are_made_as_written_and_the_next_ones_are_not(opened, numbers):
    def left_out():
        setting = "SELECT current_setting('disabled_optimizers')"
        return opened._con.raw_sql(setting).fetchall()[0][0]

    seen = []
    real = opened._typed
    opened._typed = lambda expr: (seen.append(left_out()), real(expr))[1]
    opened.keep(numbers, "wide", wide=True)
    opened.keep(numbers.filter(numbers.n > 0), "other")
    assert seen == ["build_side_probe_side", ""]
    assert left_out() == ""


def test_a_table_that_is_missing_names_the_remedy(opened, tmp_path):
    with pytest.raises(StateError, match="is missing: run the stage"):
        opened.read_parquet(tmp_path / "none.parquet")


@pytest.mark.parametrize(("kind", "before"), [("int8", 0), ("int32", 2_147_483_600)])
def test_more_rows_than_a_numbering_holds_are_refused_in_a_sentence(opened, kind, before):
    people = opened.table(pa.table({"person": [f"{n:03}" for n in range(200)]}), "people")
    assert len(opened.rows(people.mutate(no=numbered("person")), at_most=200)) == 200
    no = (numbered("person", kind="int64") + before).cast(kind)  # as if so many came before
    with pytest.raises(EngineError, match=r"too large .* more than 2,147,483,647 persons"):
        opened.keep(people.mutate(no=no), "numbered")


def test_a_broken_parquet_is_one_plain_sentence_from_the_engine(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    with engine() as one, pytest.raises(EngineError, match="could not read"):
        one.rows(one.read_parquet(tmp_path / "broken.parquet"), at_most=1)


@pytest.mark.parametrize("name", ["fund [2025]", "a*b", "a?b", 'it\'s 100% "q" {x}'])
def test_a_folder_of_any_name_is_read_and_no_other_one_with_it(opened, tmp_path, name):
    for folder, n in ((name, 1), ("a1b", 2), ("fund 2", 2)):
        (tmp_path / folder / "parts").mkdir(parents=True)
        pq.write_table(pa.table({"n": [n]}), tmp_path / folder / "parts" / "1.parquet")
    for path in (tmp_path / name / "parts", tmp_path / name / "parts" / "1.parquet"):
        assert opened.rows(opened.read_parquet(path), at_most=9).to_pylist() == [{"n": 1}]


def test_a_file_of_any_name_that_is_written_anew_is_read_anew(opened, tmp_path):
    path = tmp_path / "a [1].parquet"
    for n in (1, 2):
        opened.make_parquet(opened.table(pa.table({"n": [n]}), "n"), path, order_by=())
        assert opened.rows(opened.read_parquet(path), at_most=9).to_pylist() == [{"n": n}]
