"""The nearest rows of a reference: those of comparing with every row, one by one."""

import numpy as np
import pytest

from fraudml.scores import nearest
from fraudml.scores.nearest import Nearest


def sparse(n: int, columns: int, seed: int) -> np.ndarray:
    """Mostly zeros, with copies, a constant column and one that is always 0."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.exponential(size=(n, columns)), 1) * (rng.uniform(size=(n, columns)) < 0.3)
    x[:, 0], x[:, 1] = 2.0, 0.0
    return x


def squares_one_by_one(rows: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return np.array([((reference - row) ** 2).sum(axis=1) for row in rows])


@pytest.mark.parametrize("k", [1, 11, 200, 500])
@pytest.mark.parametrize("columns", [3, 40])
def test_the_nearest_are_those_found_by_comparing_with_everybody(k, columns):
    reference, rows = sparse(200, columns, 1), sparse(60, columns, 2)
    rows[:, 0] = np.arange(60) % 3  # apart from all of the reference, or from none
    place, squares = Nearest(reference).of(rows, k)
    every = squares_one_by_one(rows, reference)
    assert squares == pytest.approx(np.sort(every, axis=1)[:, :k], abs=1e-9)
    assert np.take_along_axis(every, place, axis=1) == pytest.approx(squares, abs=1e-9)


def test_a_row_of_the_reference_is_at_distance_0_exactly_and_no_other_is():
    reference = np.unique(np.random.default_rng(4).normal(size=(300, 5)) / 3.0, axis=0)
    rows = np.vstack([reference, reference + np.array([0, 0, 1e-9, 0, 0])])
    squares = Nearest(reference).of(rows, 1)[1][:, 0]
    assert np.array_equal(squares == 0, np.arange(600) < 300)


def test_a_reference_that_does_not_vary_is_equally_far_in_all_its_rows():
    place, squares = Nearest(np.ones((4, 2))).of(np.array([[1.0, 1.0], [1.0, 4.0]]), 3)
    assert squares.tolist() == [[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]]
    assert place.tolist() == [[0, 1, 2]] * 2


@pytest.mark.parametrize(("rows", "reference"), [(0, 5), (3, 0), (3, 5)])
def test_nothing_to_compare_with_and_no_columns_are_no_error(rows, reference):
    place, squares = Nearest(np.empty((reference, 0))).of(np.empty((rows, 0)), 2)
    assert squares.tolist() == np.zeros((rows, min(2, reference))).tolist()
    assert place.shape == squares.shape


def test_no_row_depends_on_the_others_on_its_place_or_on_the_threads(monkeypatch):
    reference, rows = Nearest(sparse(400, 12, 1)), sparse(1_000, 12, 2)
    place, squares = reference.of(rows, 11)
    mixed = np.random.default_rng(3).permutation(len(rows))
    for asked in (mixed, np.array([17])):
        again, others = reference.of(rows[asked], 11)
        assert np.array_equal(others, squares[asked])
        assert np.array_equal(again, place[asked])
    for threads in (1, 5):
        monkeypatch.setattr(nearest, "_THREADS", threads)
        assert np.array_equal(reference.of(rows, 11)[1], squares)
