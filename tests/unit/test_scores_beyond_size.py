"""Size is taken out of a score, standing out is not."""

import numpy as np
import pytest

from fraudml.evaluation.size import top_tenth_by_size
from fraudml.scores.beyond_size import beyond_size


def fund(n=1000, seed=1, *, widening=0.0):
    """A score that rises with size; ``widening``: and that spreads wider among the large."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1.5, n)
    wide = 0.3 + widening * np.log1p(size)
    return size, 0.4 * np.log1p(size) + rng.normal(0, 1, n) * wide


@pytest.mark.parametrize("widening", [0.0, 0.1])
def test_a_score_that_grows_and_widens_with_size_lists_all_sizes_alike_afterwards(widening):
    size, score = fund(widening=widening)
    assert any(one.outside for one in top_tenth_by_size(score, size))
    assert not any(one.outside for one in top_tenth_by_size(beyond_size(score, size), size))


def test_who_stands_out_beyond_size_stands_first_afterwards_and_as_far_as_before():
    size, score = fund()
    small = np.argsort(size)[:5]
    score[small] += 4.0
    adjusted = beyond_size(score, size)
    assert set(np.argsort(-adjusted)[:5]) == set(small)
    lifted = adjusted - beyond_size(fund()[1], size)
    assert lifted[small] == pytest.approx(np.full(5, 4.0), abs=0.2)


def test_carriers_among_the_largest_are_not_explained_away():
    size, score = fund()
    large = np.argsort(size)[-60:-30]
    score[large] += 3.0
    adjusted = beyond_size(score, size)
    assert np.isin(np.argsort(-adjusted)[:30], large).mean() > 0.9


def test_unscored_stay_unscored_and_change_nothing_for_others():
    size, score = fund(300)
    score[:50] = np.nan
    adjusted = beyond_size(score, size)
    assert np.isnan(adjusted[:50]).all()
    alone = beyond_size(score[50:], size[50:])
    assert adjusted[50:] == pytest.approx(alone, abs=1e-12)


def test_too_few_entities_stay_as_they_are():
    size, score = fund(29)
    assert beyond_size(score, size).tolist() == score.tolist()


def test_row_order_changes_nothing_but_the_last_digits():
    size, score = fund(400)
    mixed = np.random.default_rng(2).permutation(400)
    turned = beyond_size(score[mixed], size[mixed])
    assert turned == pytest.approx(beyond_size(score, size)[mixed], abs=1e-9)
