"""Estimates from known chances: exactly unbiased over all samples, with intervals that hold."""

from itertools import combinations, product

import numpy as np
import pytest

from fraudml.evaluation.design import (
    Sample,
    amount,
    found_share,
    kish,
    multipliers,
    share,
    spread_of_total,
    total,
)

GUILTY = np.array([1.0, 0, 1, 0, 0, 1])
CHANCE = np.array([0.5, 0.5, 0.25, 0.25, 0.25, 0.25])


def samples():
    """Two draws, of 2 and of 4 entities, one entity from each: chances 1/2 and 1/4, 8 samples."""
    for first, second in product(range(2), range(2, 6)):
        at = np.array([first, second])
        yield at, Sample(CHANCE[at], np.array([0, 1]))


def simple(values, *, chance):
    return Sample(np.full(len(values), chance), np.zeros(len(values), dtype=np.int64))


def test_the_total_is_exactly_unbiased_over_all_samples_of_a_small_fund():
    assert np.mean([total(one, GUILTY[at]).value for at, one in samples()]) == pytest.approx(3.0)


def test_the_difference_estimate_is_unbiased_whatever_was_predicted():
    for guess in (GUILTY, 1.0 - GUILTY, np.full(6, 0.4)):
        found = [total(one, (GUILTY - guess)[at], known=guess.sum()).value for at, one in samples()]
        assert np.mean(found) == pytest.approx(3.0)


def test_a_perfect_prediction_leaves_nothing_to_chance():
    for _, one in samples():
        assert total(one, np.zeros(2), known=3.0).value == 3.0


def test_weighting_corrects_a_sample_that_prefers_the_guilty():
    """Two guilty of six are drawn for sure, four clean ones with chance 1/4: truth 1/3."""
    one = Sample(np.array([1.0, 1.0, 0.25]), np.zeros(3, dtype=np.int64))
    guilty = np.array([1.0, 1.0, 0.0])
    assert share(one, guilty, np.ones(3)).value == pytest.approx(1 / 3)
    assert guilty.mean() == pytest.approx(2 / 3)


def test_the_spread_of_simple_random_draws_is_the_textbook_one_on_average():
    """All samples of 4 of 8: the mean of the estimated variances is the variance itself."""
    value = np.array([5.0, 0, 0, 3, 0, 1, 0, 8])
    found, spreads = [], []
    for at in combinations(range(8), 4):
        one = simple(at, chance=0.5)
        found.append(total(one, value[list(at)]).value)
        spreads.append(spread_of_total(one, value[list(at)]))
    assert np.mean(spreads) == pytest.approx(np.var(found))


def test_certain_units_have_no_spread_and_a_draw_of_one_has_no_known_spread():
    certain = Sample(np.ones(3), np.zeros(3, dtype=np.int64))
    assert spread_of_total(certain, np.array([1.0, 2.0, 9.0])) == 0.0
    assert share(certain, np.array([1.0, 0, 0]), np.ones(3)).high == pytest.approx(1 / 3)
    alone = Sample(np.array([0.5]), np.array([0]))
    assert np.isnan(spread_of_total(alone, np.ones(1)))


def test_where_all_drawn_agree_the_interval_is_not_a_point():
    none = share(simple(range(20), chance=0.1), np.zeros(20), np.ones(20))
    assert none.value == 0.0
    assert 0.1 < none.high < 0.2


def test_unequal_weights_count_for_fewer():
    assert kish(np.array([1.0, 1.0, 1.0, 1.0])) == 4.0
    assert kish(np.array([1.0, 1.0, 1.0, 97.0])) == pytest.approx(1.062, abs=1e-3)
    assert kish(np.empty(0)) == 0.0


def test_the_interval_of_an_amount_leaves_room_for_one_more_as_heavy():
    found = np.array([1.0, 1.0, 30.0, 0.0, 0.0, 0.0])
    one = amount(simple(found, chance=0.1), found)
    assert one.low < one.value < one.value + 300 < one.high
    nothing = amount(simple(found, chance=0.1), np.zeros(6))
    assert (nothing.value, nothing.low) == (0.0, 0.0)


def test_recall_allows_for_confirmed_ones_outside_the_list_that_were_never_drawn():
    inside = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])
    confirmed = np.array([1.0, 1, 1, 0, 0, 0, 0, 0])
    chance = np.array([0.5] * 4 + [0.05] * 4)
    one = found_share(Sample(chance, np.zeros(8, dtype=np.int64)), inside, confirmed)
    assert (one.value, one.high) == (1.0, 1.0)
    assert one.low < 0.2


def test_resampled_weights_keep_the_mean_and_the_spread_of_the_draw():
    chance = np.array([0.2, 0.5, 1.0])
    drawn = multipliers(Sample(chance, np.zeros(3, dtype=np.int64)), resamples=40_000, seed=1)
    assert drawn[0].tolist() == [5.0, 2.0, 1.0]
    assert drawn.mean(axis=0) == pytest.approx(1 / chance, rel=0.02)
    assert drawn.var(axis=0) == pytest.approx((1 - chance) / chance**2, rel=0.05)
    assert drawn.min() > 0


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_the_interval_of_a_share_covers_the_truth_about_as_often_as_it_says(rate):
    rng = np.random.default_rng(3)
    guilty = (rng.random(400) < 0.3).astype(float)
    covered = 0
    for _ in range(1000):
        at = rng.permutation(400)[: int(400 * rate)]
        one = share(simple(at, chance=rate), guilty[at], np.ones(len(at)))
        covered += one.low <= guilty.mean() <= one.high
    assert 930 <= covered <= 972  # two-sided 0.1 % around 950


def test_hits_of_little_weight_do_not_hide_the_heavy_that_were_not_drawn():
    """Two hits that stand for two each, eight cleared that stand for ten each."""
    chance = np.array([0.5, 0.5] + [0.1] * 8)
    hits = np.array([1.0, 1.0] + [0.0] * 8)
    one = share(Sample(chance, np.zeros(10, dtype=np.int64)), hits, np.ones(10))
    open_ = ((1 - chance) / chance**2).sum()
    assert one.effective <= (1 / chance).sum() ** 2 / open_ + 1e-9
    assert one.high > 0.3  # before: 0.14


@pytest.mark.parametrize("guilty_share", [0.1, 0.4])
def test_the_interval_holds_where_few_are_guilty_and_chances_are_far_apart(guilty_share):
    rng = np.random.default_rng(5)
    chance = np.clip(0.02 / np.linspace(0.05, 1, 500), 0.02, 0.4)
    guilty = (rng.random(500) < guilty_share).astype(float)
    covered = 0
    for _ in range(1000):
        at = np.flatnonzero(rng.random(500) < chance)
        one = share(Sample(chance[at], np.zeros(len(at), int)), guilty[at], np.ones(len(at)))
        covered += one.low <= guilty.mean() <= one.high
    assert covered >= 930  # before: 839 and 939


def test_certain_units_are_a_stratum_of_their_own_where_the_size_is_known():
    """Eight certain, three confirmed; of twelve open ones three were drawn, one confirmed."""
    one = Sample(np.array([1.0] * 8 + [0.5] * 3), np.zeros(11, dtype=np.int64))
    part = np.array([1.0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0])
    found = share(one, part, np.ones(11), size=20.0)
    assert found.value == pytest.approx((3 + 12 / 3) / 20)
    assert 3 / 20 < found.low < found.value < found.high < 15 / 20
    all_certain = share(Sample(np.ones(4), np.zeros(4, int)), part[:4], np.ones(4), size=4.0)
    assert (all_certain.low, all_certain.high) == (0.75, 0.75)
    nobody = share(Sample(np.ones(4), np.zeros(4, int)), part[:4], np.ones(4), size=10.0)
    assert (nobody.low, nobody.high) == pytest.approx((0.3, 0.9))  # six open, none of them drawn


def test_where_all_but_a_few_were_inspected_the_interval_is_what_those_could_change():
    chance = np.full(48, 0.96)
    part = np.array([1.0] * 20 + [0.0] * 28)
    found = share(Sample(chance, np.zeros(48, dtype=int)), part, np.ones(48), size=50.0)
    assert (found.low, found.high) == pytest.approx((20 / 50, 22 / 50))
    assert found.low <= found.value <= found.high
