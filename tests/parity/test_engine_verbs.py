"""What both engines promise: the same verbs, the same values, refusals in one line."""

from datetime import date, datetime

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fraudml.errors import EngineError, StateError

ROWS = pa.table(
    {
        "id": pa.array(["a", "b", None, "d"]),
        "fen": pa.array([2**53 + 1, -1, None, 0], pa.int64()),
        "share": pa.array([0.1, None, -0.0, 1e300], pa.float64()),
        "day": pa.array([date(1899, 12, 31), date(2024, 2, 29), None, date(9999, 12, 31)]),
        "at": pa.array(
            [datetime(2024, 3, 31, 2, 30), datetime(1900, 1, 1), None,
             datetime(2262, 1, 1, 1, 2, 3, 4)],
            pa.timestamp("us"),
        ),
        "codes": pa.array([["x", "y"], [], None, ["é", None]], pa.list_(pa.string())),
        "known": pa.array([True, False, None, True]),
    }
)  # fmt: skip


@pytest.fixture
def numbers(engine):
    """Ten rows: n = 0 to 9, group = n mod 2, fen = 10 n."""
    n = list(range(10))
    rows = pa.table({"n": n, "group": [i % 2 for i in n], "fen": [10 * i for i in n]})
    return engine.table(rows, "numbers")


def test_every_type_of_the_contract_comes_back_as_it_went_in(engine, tmp_path):
    there = engine.keep(engine.table(ROWS, "rows"), "kept")
    engine.make_parquet(there, tmp_path / "out.parquet", order_by=("id",))
    for found in (
        engine.rows(there.order_by("id"), at_most=4),
        pq.read_table(tmp_path / "out.parquet"),
    ):
        assert found.cast(ROWS.schema).equals(ROWS.sort_by("id"))
        assert [field.type for field in found.schema] == [field.type for field in ROWS.schema]


def test_more_rows_than_allowed_are_refused_and_no_fewer(engine, numbers):
    assert len(engine.rows(numbers, at_most=10)) == 10
    with pytest.raises(EngineError, match="More than 9 rows would come into Python"):
        engine.rows(numbers, at_most=9)


def test_sums_of_whole_numbers_stay_int64_here_and_there(engine, numbers, tmp_path):
    sums = numbers.group_by("group").agg(fen=numbers.fen.sum())
    engine.make_parquet(sums, tmp_path / "sums.parquet", order_by=("group",))
    there, here = pq.read_table(tmp_path / "sums.parquet"), engine.rows(sums, at_most=2)
    assert there.schema.field("fen").type == here.schema.field("fen").type == pa.int64()
    assert there.to_pylist() == [{"group": 0, "fen": 200}, {"group": 1, "fen": 250}]


def test_a_month_made_of_a_day_is_a_date(engine):
    days = engine.table(pa.table({"day": [date(2024, 2, 29)]}), "days")
    month = days.select(month=days.day.truncate("month"))
    assert engine.rows(month, at_most=1)["month"].to_pylist() == [date(2024, 2, 1)]
    kept = engine.keep(month, "months")
    assert engine.rows(kept.filter(kept.month == ibis.date(2024, 2, 1)), at_most=1).num_rows == 1


def test_batches_hold_every_row_once_and_are_bounded(engine):
    many = engine.table(pa.table({"n": range(5_000)}), "many")
    sizes, seen = [], []
    for batch in engine.batches(many, size=2_048):
        sizes.append(batch.num_rows)
        seen += batch.column("n").to_pylist()
    assert sorted(seen) == list(range(5_000))
    assert max(sizes) <= 2_048


def test_the_last_thing_kept_under_a_name_is_what_is_read(engine, numbers):
    assert engine.rows(engine.keep(numbers.limit(3), "some"), at_most=3).num_rows == 3
    assert engine.rows(engine.keep(numbers, "some"), at_most=10).num_rows == 10


def test_the_same_query_kept_again_says_what_its_source_says_by_then(engine, numbers):
    source = engine.keep(numbers.filter(numbers.n < 3), "source")
    query = source.agg(rows_n=source.count(), fen=source.fen.sum())
    first = engine.rows(engine.keep(query, "asked"), at_most=1).to_pylist()
    engine.keep(numbers.filter(numbers.n < 5), "source")
    again = engine.rows(engine.keep(query, "asked"), at_most=1).to_pylist()
    assert (first, again) == ([{"rows_n": 3, "fen": 30}], [{"rows_n": 5, "fen": 100}])


def test_a_folder_of_parts_is_one_table(engine, tmp_path):
    for month in (1, 2):
        pq.write_table(pa.table({"n": [month]}), tmp_path / f"2024-0{month}.parquet")
    parts = engine.read_parquet(tmp_path)
    assert parts.columns == ("n",)
    assert sorted(engine.rows(parts, at_most=2)["n"].to_pylist()) == [1, 2]


@pytest.mark.parametrize("name", ["a b", "{a}", "[a]", "month=1", ".aside-a", "_a", "甲"])
def test_any_name_of_a_file_can_be_read_and_written(engine, numbers, tmp_path, name):
    path = tmp_path / name / f"{name}.parquet"
    path.parent.mkdir()
    engine.make_parquet(numbers, path, order_by=("n",))
    read = engine.read_parquet(path)
    assert read.columns == numbers.columns
    assert engine.rows(read, at_most=10).num_rows == 10


def test_a_table_that_is_missing_names_the_remedy(engine, tmp_path):
    with pytest.raises(StateError, match="is missing: run the stage"):
        engine.read_parquet(tmp_path / "none.parquet")


def test_a_broken_parquet_is_one_plain_sentence(engine, tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    with pytest.raises(EngineError, match="could not read") as refused:
        engine.rows(engine.read_parquet(tmp_path / "broken.parquet"), at_most=1)
    assert "\n" not in str(refused.value)


def test_text_that_is_no_number_is_null_for_try_cast(engine):
    texts = engine.table(pa.table({"text": ["1", "x", "", "9223372036854775808"]}), "texts")
    tried = texts.select("text", n=texts.text.try_cast("int64")).order_by("text")
    assert engine.rows(tried, at_most=4)["n"].to_pylist() == [None, 1, None, None]


def test_quotients_round_half_away_from_zero_and_floor_below_zero(engine):
    n = engine.table(pa.table({"n": [-7, -5, 5, 7]}), "n")
    found = n.select("n", half=(n.n / 2).round().cast("int64"), whole=n.n // 2).order_by("n")
    rows = engine.rows(found, at_most=4)
    assert rows["half"].to_pylist() == [-4, -3, 3, 4]
    assert rows["whole"].to_pylist() == [-4, -3, 2, 3]


def test_the_order_of_text_is_that_of_its_bytes_and_unknown_comes_last(engine):
    words = ["b", "B", "é", "中", None, "a", "10", "9"]
    table = engine.table(pa.table({"word": words}), "words")
    found = engine.rows(table.order_by("word"), at_most=8)["word"].to_pylist()
    assert found == [*sorted((w for w in words if w), key=lambda w: w.encode()), None]


def test_rows_that_come_in_batches_are_a_table_in_their_order(engine, tmp_path):
    schema = pa.schema([("n", pa.int64()), ("text", pa.string())])
    batches = [
        pa.record_batch([[n, n + 1], [f"a{n}", None]], schema=schema) for n in range(0, 400, 2)
    ]
    with engine.streamed(schema, batches, "many") as rows:
        engine.make_parquet(rows.mutate(twice=rows.n * 2), tmp_path / "out.parquet", order_by=())
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["n"] for row in found] == list(range(400))
    assert found[3] == {"n": 3, "text": None, "twice": 6}


def test_an_error_of_the_batches_ends_the_query_as_it_is(engine, tmp_path):
    schema = pa.schema([("n", pa.int64())])

    def failing():
        yield pa.record_batch([[1]], schema=schema)
        raise StateError("the file ends in the middle")

    with (
        pytest.raises(StateError, match="the file ends in the middle"),
        engine.streamed(schema, failing(), "failing") as rows,
    ):
        engine.make_parquet(rows, tmp_path / "out.parquet", order_by=())
    with engine.streamed(schema, [pa.record_batch([[2]], schema=schema)], "failing") as rows:
        assert engine.rows(rows, at_most=1)["n"].to_pylist() == [2]


def test_tables_put_below_one_another_are_kept_with_every_row(engine, numbers):
    odd = engine.keep(numbers.filter(numbers.group == 1), "odd")
    even = engine.keep(numbers.filter(numbers.group == 0), "even")
    of_other_types = numbers.filter(numbers.n == 3).mutate(n=lambda t: t.n.cast("int32"))
    third = engine.keep(of_other_types, "third").mutate(n=lambda t: t.n.cast("int64"))
    for parts, expected in (
        ((numbers, odd, even), [*range(10), *range(10)]),
        ((odd, odd), [n for n in range(10) if n % 2 for _ in range(2)]),
        ((odd, even.filter(even.n > 6)), [1, 3, 5, 7, 8, 9]),
        ((even, third), [0, 2, 3, 4, 6, 8]),
    ):
        every = engine.keep(ibis.union(*parts), "every")
        assert sorted(engine.rows(every, at_most=20)["n"].to_pylist()) == sorted(expected)
    once = engine.keep(ibis.union(numbers, odd, distinct=True), "once")
    assert len(engine.rows(once, at_most=20)) == 10


def test_a_query_that_is_kept_again_reads_what_its_tables_hold_by_then(engine, numbers):
    few = engine.keep(numbers.filter(numbers.n < 3), "few")
    doubled = few.mutate(n=few.n * 2)
    first = engine.keep(doubled, "doubled")
    assert sorted(engine.rows(first, at_most=10)["n"].to_pylist()) == [0, 2, 4]
    engine.keep(numbers.filter(numbers.n > 7), "few")
    again = engine.keep(doubled, "doubled")
    assert sorted(engine.rows(again, at_most=10)["n"].to_pylist()) == [16, 18]
