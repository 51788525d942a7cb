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


def test_what_is_known_of_many_among_the_largest_is_not_what_is_usual_there():
    """Of the largest hundred seventy carry: their own height would be the expectation of all."""
    size, score = fund()
    large = np.argsort(size)[-70:]
    score[large] += 3.0
    caught = np.isin(np.arange(len(size)), large)

    def first(adjusted):
        return np.isin(np.argsort(-adjusted)[:70], large).mean()

    assert first(beyond_size(score, size)) < 0.7
    assert first(beyond_size(score, size, example=~caught)) > 0.9


def test_with_too_few_examples_the_scores_stay_as_they_are():
    size, score = fund(100)
    few = np.arange(100) < 29
    assert beyond_size(score, size, example=few).tolist() == score.tolist()


def test_a_kind_without_an_example_is_held_against_size_alone():
    size, score = fund(300)
    kind = np.array(["clinic", "nursing"])[(np.arange(300) < 40).astype(int)]
    example = kind == "clinic"
    adjusted = beyond_size(score, size, kind, example=example)
    assert np.isfinite(adjusted).all()


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


def of_kinds(n=1000, seed=3):
    """A fund in which every fourth is of a kind that stands out more, and is smaller."""
    size, score = fund(n, seed)
    kind = np.where(np.arange(n) % 4 == 0, "nursing", "clinic")
    nursing = kind == "nursing"
    return np.where(nursing, size / 3, size), score + 1.5 * nursing, kind


def first_tenth(score, members):
    return np.isin(np.argsort(-score)[: len(score) // 10], members).sum() / len(members)


def test_a_kind_that_stands_out_as_a_whole_is_listed_no_more_than_others_afterwards():
    size, score, kind = of_kinds()
    nursing = np.flatnonzero(kind == "nursing")
    assert first_tenth(beyond_size(score, size), nursing) > 0.25
    assert 0.06 < first_tenth(beyond_size(score, size, kind), nursing) < 0.14
    assert not any(one.outside for one in top_tenth_by_size(beyond_size(score, size, kind), size))


def test_carriers_within_a_kind_still_stand_first():
    size, score, kind = of_kinds()
    few = np.flatnonzero(kind == "nursing")[:20]
    score[few] += 4.0
    assert np.isin(np.argsort(-beyond_size(score, size, kind))[:20], few).mean() > 0.9


def test_of_one_member_of_a_kind_nothing_is_learnt():
    size, score, kind = of_kinds()
    score[0] += 6.0
    kind[0] = "the only one"
    assert np.argmax(beyond_size(score, size, kind)) == 0


def test_one_kind_alone_is_no_kind_and_numbers_do_as_well_as_names():
    size, score, kind = of_kinds(200)
    alone = beyond_size(score, size, ["clinic"] * 200)
    assert alone.tolist() == beyond_size(score, size).tolist()
    numbered = beyond_size(score, size, (kind == "nursing").astype(np.int64))
    assert numbered.tolist() == beyond_size(score, size, kind).tolist()
