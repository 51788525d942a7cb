"""The draws and the written values that the rest of the simulator stands on."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from fraudml.worlds.columns import draw_by, named_rng
from fraudml.worlds.files import moment, numbered, text, write_csv, yuan
from fraudml.worlds.fund import make_visits
from fraudml.worlds.money import sums
from fraudml.worlds.stays import drop_overlaps
from fraudml.worlds.stock import _flow
from fraudml.worlds.window import window_of


def test_a_purpose_keeps_its_draws_when_another_is_added():
    alone = named_rng(1, "stays").random(3)
    named_rng(1, "visits").random(1000)

    assert (named_rng(1, "stays").random(3) == alone).all()
    assert not (named_rng(1, "visits").random(3) == alone).any()


def test_what_has_no_weight_is_never_drawn():
    drawn = draw_by(named_rng(1, "x"), np.array([0.0, 1.0, 0.0, 2.0, 0.0]), 2000)

    assert set(drawn.tolist()) == {1, 3}


def test_a_window_is_whole_months_up_to_its_last_day():
    window = window_of(date(2025, 12, 31), 24)

    assert str(window.date(np.array([0]))[0]) == "2024-01-01"
    assert str(window.date(np.array([window.days - 1]))[0]) == "2025-12-31"
    assert window.month(np.array([0, 30, 31, 730])).tolist() == [0, 0, 1, 23]
    assert window.weekday(np.array([0, 6])).tolist() == [0, 6]  # 2024-01-01 was a Monday
    assert str(window.date(np.array([window.change_day]))[0]) == "2025-01-01"


@pytest.mark.parametrize(
    ("fen", "written"), [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (-12345, "-123.45")]
)
def test_fen_are_written_as_yuan_with_two_decimals(fen, written):
    assert str(yuan(np.array([fen]))[0].as_py()) == written


def test_a_position_below_zero_is_null():
    assert text(("a", "b"), np.array([1, -1])).to_pylist() == ["b", None]
    assert numbered("X", np.array([7, -1]), 3).to_pylist() == ["X007", None]


def test_a_moment_is_minutes_after_midnight():
    at = moment(np.array(["2024-02-29"], dtype="datetime64[D]"), np.array([61]))

    assert str(at[0].as_py()) == "2024-02-29 01:01:00"


def test_a_compressed_csv_has_no_clock_in_it(tmp_path):
    table = pa.table({"a": ["x", None], "b": [1, 2]})
    write_csv(tmp_path / "one.csv.gz", table)
    write_csv(tmp_path / "two.csv.gz", table)

    content = (tmp_path / "one.csv.gz").read_bytes()
    assert content == (tmp_path / "two.csv.gz").read_bytes()
    assert content[4:8] == bytes(4)  # the time field of the gzip header


def test_sums_of_fen_are_exact_beyond_what_a_float_can_hold():
    big = 2**53

    assert sums(np.array([0, 0, 2]), np.array([big, 1, 5]), 3).tolist() == [big + 1, 0, 5]


def test_of_overlapping_stays_the_earlier_one_remains():
    stays = make_visits(
        patient=np.array([1, 1, 1, 2]),
        provider=np.zeros(4, dtype=int),
        kind=np.zeros(4, dtype=int),
        group=np.zeros(4, dtype=int),
        diagnosis=np.zeros(4, dtype=int),
        admitted=np.array([0, 5, 10, 5]),
        discharged=np.array([10, 7, 12, 7]),
    )

    kept = drop_overlaps(stays)

    assert list(zip(kept["patient"], kept["admitted"], strict=True)) == [(1, 0), (1, 10), (2, 5)]


def test_stock_of_every_month_adds_up_and_begins_where_the_last_one_ended():
    rng = named_rng(1, "stock")
    used = rng.integers(0, 40, (50, 24))
    opening, bought, returned, closing = _flow(used, np.full(50, 20), rng.integers(0, 3, (50, 24)))

    assert (opening + bought - returned - closing == used).all()
    assert (opening[:, 1:] == closing[:, :-1]).all()
    assert (np.stack([opening, bought, returned, closing]) >= 0).all()
