"""The sparse linear model beside the trees: what it adds, and what it must not do."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fraudml.scores.bagged_pu import BaggedPU
from fraudml.scores.linear import Linear, fit_linear


def _weak_signs(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Twenty columns each say a little, the others nothing."""
    source = np.random.default_rng(seed)
    matrix = source.normal(size=(rows, columns))
    logit = 0.5 * matrix[:, :20].sum(axis=1) - 2.0
    return matrix, (source.random(rows) < 1.0 / (1.0 + np.exp(-logit))).astype(int)


@pytest.fixture(scope="module")
def fitted() -> tuple[np.ndarray, Linear]:
    """300 rows of 40 columns with holes, and the model of them."""
    matrix, confirmed = _weak_signs(300, 40, seed=1)
    matrix[np.random.default_rng(2).random(matrix.shape) < 0.1] = np.nan
    return matrix, fit_linear(matrix, confirmed.astype(float), np.ones(300))


def test_many_weak_signs_are_heard_that_trees_of_few_outcomes_cannot_add_up() -> None:
    matrix, confirmed = _weak_signs(240, 300, seed=3)
    fresh, found = _weak_signs(3_000, 300, seed=4)

    def auc(share: float) -> float:
        model = BaggedPU(2, 60, linear_share=share).fit(matrix, confirmed)
        return float(roc_auc_score(found, model.score_rows(fresh)))

    assert auc(1 / 3) > auc(0.0) + 0.03


def test_beside_many_outcomes_the_trees_have_nearly_all_the_say() -> None:
    matrix, confirmed = _weak_signs(2_000, 20, seed=5)
    few = BaggedPU(1, 5).fit(matrix[:60], confirmed[:60]).bags_.linear_share
    many = BaggedPU(1, 5).fit(matrix, confirmed).bags_.linear_share
    assert few == pytest.approx(20 / (20 + confirmed[:60].sum()) / 3)
    assert many < 0.03 < few


def test_parts_add_up_to_what_it_says(fitted: tuple[np.ndarray, Linear]) -> None:
    matrix, model = fitted
    parts = model.contributions(matrix)
    assert parts.shape == (300, 41)
    assert np.abs(parts.sum(axis=1) - model.predict(matrix)).max() < 1e-12
    assert model.predict(matrix).std() == pytest.approx(1.0)
    assert model.predict(matrix).mean() == pytest.approx(0.0, abs=1e-9)


def test_noise_has_hardly_a_weight(fitted: tuple[np.ndarray, Linear]) -> None:
    _, model = fitted
    weights = np.zeros(40)
    weights[[curve.place for curve in model.curves]] = [abs(c.weight) for c in model.curves]
    assert weights[20:].mean() < 0.2 * weights[:20].mean()
    assert (weights[20:] == 0.0).sum() >= 8


def test_units_change_nothing_and_an_outlier_counts_for_its_place() -> None:
    matrix, confirmed = _weak_signs(100, 10, seed=6)
    other = np.exp(3.0 * matrix)
    other[np.argmax(matrix[:, 0]), 0] = 1e300
    one, two = (fit_linear(m, confirmed.astype(float), np.ones(100)) for m in (matrix, other))
    assert one.curves
    assert np.allclose(one.predict(matrix), two.predict(other))


def test_unknown_is_the_middle(fitted: tuple[np.ndarray, Linear]) -> None:
    matrix, model = fitted
    curve = max(model.curves, key=lambda c: abs(c.weight))
    alone = Linear((curve,), 1.0)
    middle, unknown = (
        np.full((1, 40), np.nanmedian(matrix[:, curve.place])),
        np.full((1, 40), np.nan),
    )
    assert alone.predict(unknown) == pytest.approx(alone.predict(middle), abs=0.05)


def test_a_sign_of_the_domain_is_kept() -> None:
    matrix, confirmed = _weak_signs(300, 20, seed=7)
    against = fit_linear(matrix, confirmed.astype(float), np.ones(300), [-1] * 20)
    assert all(curve.weight < 0.0 for curve in against.curves)
    free = fit_linear(matrix, confirmed.astype(float), np.ones(300), [1] * 20)
    assert len(free.curves) > 10


def test_rows_count_as_their_weight() -> None:
    matrix, confirmed = _weak_signs(200, 10, seed=8)
    weight = np.random.default_rng(9).integers(1, 4, 200)
    heavy = fit_linear(matrix, confirmed.astype(float), weight.astype(float))
    repeated = fit_linear(
        np.repeat(matrix, weight, axis=0), np.repeat(confirmed, weight).astype(float),
        np.ones(int(weight.sum())),
    )  # fmt: skip
    one, two = heavy.predict(matrix), repeated.predict(matrix)
    assert np.corrcoef(one, two)[0, 1] > 0.99


@pytest.mark.parametrize("confirmed", [0.0, 1.0])
def test_without_both_outcomes_nothing_has_a_weight(confirmed: float) -> None:
    model = fit_linear(np.arange(20.0)[:, None], np.full(20, confirmed), np.ones(20))
    assert model == Linear((), 1.0)
    assert model.predict(np.ones((3, 1))).tolist() == [0.0, 0.0, 0.0]


def test_columns_of_one_value_or_none_are_left_out() -> None:
    column = np.arange(50.0)
    matrix = np.column_stack([np.ones(50), np.full(50, np.nan), column])
    model = fit_linear(matrix, (column > 25).astype(float), np.ones(50))
    assert [curve.place for curve in model.curves] == [2]


def test_more_values_than_knots_keep_their_order() -> None:
    column = np.random.default_rng(10).lognormal(size=5_000)
    model = fit_linear(column[:, None], (column > 3.0).astype(float), np.ones(5_000))
    said = model.predict(np.sort(column)[:, None])
    assert len(model.curves[0].values) <= 128
    assert (np.diff(said) >= 0).all()
    ends = model.predict(np.array([[-1e9], [column.min()], [column.max()], [1e9]]))
    assert ends[0] == ends[1] < ends[2] == ends[3]
