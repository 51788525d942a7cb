"""Size is taken out of a score, standing out is not."""

import numpy as np
import pytest

from fraudml.evaluation.size import top_tenth_by_size
from fraudml.scores.beyond_size import beyond_size


def fund(n=1000, seed=1):
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1.5, n)
    kind = np.where(rng.random(n) < 0.2, "hospital", "clinic")
    usual = 0.4 * np.log1p(size) + 1.5 * (kind == "hospital")
    return size, kind, usual + rng.normal(0, 0.3, n)


def test_a_score_that_grows_with_size_and_kind_lists_all_sizes_alike_afterwards():
    size, kind, score = fund()
    assert any(one.outside for one in top_tenth_by_size(score, size))
    adjusted = beyond_size(score, size, kind)
    assert not any(one.outside for one in top_tenth_by_size(adjusted, size))
    assert (adjusted[kind == "hospital"] > np.quantile(adjusted, 0.9)).mean() < 0.16


def test_who_stands_out_beyond_size_stands_first_afterwards_and_as_far_as_before():
    size, kind, score = fund()
    small = np.argsort(size)[:5]
    score[small] += 4.0
    adjusted = beyond_size(score, size, kind)
    assert set(np.argsort(-adjusted)[:5]) == set(small)
    lifted = adjusted - beyond_size(fund()[2], size, kind)
    assert lifted[small] == pytest.approx(np.full(5, 4.0), abs=0.2)


def test_a_tenth_of_carriers_among_the_largest_is_not_explained_away():
    size, kind, score = fund()
    large = np.argsort(size)[-60:-30]
    score[large] += 3.0
    adjusted = beyond_size(score, size, kind)
    assert np.isin(np.argsort(-adjusted)[:30], large).mean() > 0.9


def test_unscored_stay_unscored_and_change_nothing_for_others():
    size, kind, score = fund(300)
    score[:50] = np.nan
    adjusted = beyond_size(score, size, kind)
    assert np.isnan(adjusted[:50]).all()
    alone = beyond_size(score[50:], size[50:], kind[50:])
    assert adjusted[50:] == pytest.approx(alone, abs=1e-12)


def test_a_handful_of_entities_keep_their_scores():
    score = np.arange(10.0)
    assert beyond_size(score, score, ["clinic"] * 10).tolist() == score.tolist()


def test_row_order_changes_nothing_but_the_last_digits():
    size, kind, score = fund(400)
    mixed = np.random.default_rng(2).permutation(400)
    turned = beyond_size(score[mixed], size[mixed], kind[mixed])
    assert turned == pytest.approx(beyond_size(score, size, kind)[mixed], abs=1e-9)
