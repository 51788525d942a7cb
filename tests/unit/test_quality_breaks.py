"""Months that break are marked; chance and season are not."""

import math

import numpy as np
import pytest

from fraudml.quality.breaks import Broken, breaks, mean_breaks

JUMP = 1.5


def marks(rows) -> list[tuple[int, str]]:
    return [(one.place, one.mark) for one in breaks([int(n) for n in rows], jump=JUMP)]


def series(rng, level: float, months: int, wave: float = 0.0, noise: float = 0.05) -> np.ndarray:
    """Poisson counts about a level that a yearly wave and small ups and downs move."""
    phase = rng.uniform(0, 2 * math.pi)
    season = wave * np.sin(2 * math.pi * np.arange(months) / 12 + phase)
    return level * np.exp(season + rng.normal(0, noise, months))


@pytest.mark.parametrize("wave", [0.0, 0.2, 0.35])
@pytest.mark.parametrize("level", [3, 30, 1_000, 20_000])
def test_chance_and_season_raise_hardly_any_alarm(level, wave):
    rng = np.random.default_rng(735)
    lengths = (6, 12, 24, 36)
    alarms = sum(
        bool(marks(rng.poisson(series(rng, level, months, wave))))
        for months in lengths
        for _ in range(50)
    )
    assert alarms <= 2  # of 200


def test_a_dip_that_returns_every_year_is_a_season():
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(50):
        level = series(rng, 2_000, 24)
        level[[1, 13]] *= 0.55
        alarms += bool(marks(rng.poisson(level)))
    assert alarms <= 1


def test_the_same_dip_in_one_year_only_is_marked():
    rng = np.random.default_rng(1)
    level = series(rng, 2_000, 24)
    level[13] *= 0.5
    assert marks(rng.poisson(level)) == [(13, "dip")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({10: 0.0}, [(10, "gap")]),
        ({10: 0.0, 11: 0.0, 12: 0.0}, [(10, "gap"), (11, "gap"), (12, "gap")]),
        ({10: 0.5}, [(10, "dip")]),
        ({10: 2.0}, [(10, "surge")]),
        (dict.fromkeys(range(10, 24), 0.5), [(10, "fall")]),
        (dict.fromkeys(range(10, 24), 2.0), [(10, "rise")]),
        (dict.fromkeys(range(21, 24), 0.5), [(21, "fall")]),
        (dict.fromkeys(range(22, 24), 0.5), [(22, "fall")]),
        ({23: 0.4}, [(23, "dip")]),
        ({0: 0.4}, [(0, "dip")]),
    ],
)
def test_a_planted_break_is_found_where_it_is(change, expected):
    rng = np.random.default_rng(3)
    for _ in range(10):
        level = series(rng, 3_000, 24, wave=0.1, noise=0.03)
        for place, factor in change.items():
            level[place] *= factor
        assert marks(rng.poisson(level)) == expected


def test_a_month_below_the_factor_is_not_marked():
    assert marks([1000, 1001, 999, 1000, 1400, 1000, 1001, 999, 1000, 1001, 1000, 999]) == []
    assert marks([1000, 1001, 999, 1000, 1600, 1000, 1001, 999, 1000, 1001, 1000, 999]) == [
        (4, "surge")
    ]


def test_an_empty_month_of_a_table_with_few_rows_is_chance():
    assert marks([3, 5, 0, 4, 2, 6, 0, 3, 4, 5, 2, 3]) == []


def test_a_table_that_comes_by_the_quarter_has_no_gaps():
    assert marks([60, 0, 0, 64, 0, 0, 58, 0, 0, 61, 0, 0, 60]) == []


def test_fewer_than_four_months_say_nothing():
    assert marks([1000, 10, 1000]) == []
    assert marks([]) == []


def test_a_month_in_the_wrong_unit_is_seen_in_the_mean_amount():
    rows, fen = [500] * 12, [5_000_000] * 12
    fen[6] *= 100
    assert mean_breaks(rows, fen, jump=JUMP) == [Broken(6, "surge", 100.0)]
    assert breaks(rows, jump=JUMP) == []


def test_the_mean_of_few_heavy_tailed_bills_may_jump():
    assert mean_breaks([20] * 12, [200_000] * 11 + [500_000], jump=JUMP) == []


def test_months_without_money_are_left_out_of_the_means():
    assert mean_breaks([500] * 12, [None] * 12, jump=JUMP) == []
    assert mean_breaks([500] * 12, [5_000_000] * 11 + [-3], jump=JUMP) == []
