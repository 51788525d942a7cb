import numpy as np
import pytest

from fraudml.scores.amounts import fit_amounts
from fraudml.scores.boosted import trust_of
from fraudml.scores.calibration import OutcomeCalibrator, fit_calibration, probability
from fraudml.scores.cohort import hash_order, share_below
from fraudml.scores.fusion import final_score, rank, reciprocal_rank_fusion, shared_rank


def test_ranks_are_a_total_order_even_where_all_scores_are_equal():
    assert rank(np.zeros(5)).tolist() == [1, 2, 3, 4, 5]


def test_a_missing_score_is_last():
    assert rank(np.array([np.nan, -5.0, 1.0])).tolist() == [3, 2, 1]


def test_ids_are_ordered_by_their_hash_whatever_order_they_come_in():
    ids = [f"P{i}" for i in range(50)]
    assert hash_order(ids) == hash_order(reversed(ids)) != ids


def test_an_entity_first_in_both_rankings_has_risk_one():
    assert reciprocal_rank_fusion([np.array([1, 2]), np.array([1, 2])], k=60)[0] == pytest.approx(
        1.0
    )


def test_a_high_rank_in_one_list_beats_two_middling_ones():
    one, other = np.array([1, 50, 50]), np.array([100, 50, 51])
    fused = reciprocal_rank_fusion([one, other], k=10)
    assert fused[0] > fused[1] > fused[2]


def test_without_a_supervised_model_the_label_free_order_stands():
    order = np.array([3, 1, 2])
    assert rank(final_score(order, None, trust=0.0, k=60)).tolist() == [3, 1, 2]


def test_a_supervised_rank_counts_for_as_much_as_it_is_trusted():
    label_free, supervised = np.array([1, 2]), np.array([2, 1])
    assert rank(final_score(label_free, supervised, trust=0.2, k=60)).tolist() == [1, 2]
    assert rank(final_score(label_free, supervised, trust=1.5, k=60)).tolist() == [2, 1]


def test_who_has_the_same_score_shares_the_mean_of_the_places():
    assert shared_rank(np.array([0.0, 0.4, 0.0, 0.0])).tolist() == [3.0, 1.0, 3.0, 3.0]


def test_the_share_below_ignores_who_has_no_score():
    assert np.allclose(
        share_below(np.array([1.0, np.nan, 3.0])), [0.0, np.nan, 1.0], equal_nan=True
    )


def drawn(n: int = 2000):
    rng = np.random.default_rng(5)
    score = rng.normal(size=n)
    confirmed = (rng.uniform(size=n) < 1 / (1 + np.exp(-(1.5 * score - 1.0)))).astype(np.int64)
    return score, confirmed


def test_platt_finds_the_sigmoid_that_made_the_outcomes():
    fitted = OutcomeCalibrator("platt").fit(*drawn(20_000)).curve_
    assert fitted["slope"] == pytest.approx(1.5, abs=0.08)
    assert fitted["intercept"] == pytest.approx(-1.0, abs=0.08)


def test_outcomes_of_known_chance_stand_for_as_many_as_they_were_drawn_from():
    score, confirmed = drawn(20_000)
    rng = np.random.default_rng(6)
    chance = np.where(score > 0, 1.0, 0.2)
    seen = rng.uniform(size=len(score)) < chance
    weighted = (
        OutcomeCalibrator("platt").fit(score[seen], confirmed[seen], 1.0 / chance[seen]).curve_
    )
    assert weighted["intercept"] == pytest.approx(-1.0, abs=0.12)


@pytest.mark.parametrize(("confirmed", "cleared"), [(9, 50), (50, 9)])
def test_too_few_outcomes_of_either_kind_give_no_probability(confirmed, cleared):
    result = np.array([1] * confirmed + [0] * cleared)
    fitted = fit_calibration(result.astype(float), result, np.ones(len(result)))
    assert fitted["slope"] is None and "10 of each are needed" in fitted["sentence"]
    assert np.isnan(probability(fitted, np.array([1.0]))).all()


def test_scores_that_do_not_order_the_outcomes_give_no_probability():
    score, confirmed = drawn()
    fitted = fit_calibration(-score, confirmed, np.ones(len(score)))
    assert fitted["slope"] is None and "do not order" in fitted["sentence"]


def test_too_few_confirmed_amounts_give_no_expected_recovery():
    fitted = fit_amounts((), {})
    assert fitted["slope"] is None and "are needed" in fitted["sentence"]


def test_a_thousand_outcomes_bear_an_isotonic_curve_and_fewer_a_sigmoid():
    for n, method in ((999, "platt"), (1000, "isotonic")):
        score, confirmed = drawn(n)
        assert fit_calibration(score, confirmed, np.ones(n))["method"] == method


def test_no_isotonic_probability_is_surer_than_so_many_outcomes_can_show():
    score, confirmed = drawn(2000)
    curve = fit_calibration(score, confirmed, np.ones(2000))
    chance = probability(curve, np.array([-99.0, np.nan, 99.0]))
    assert 0 < chance[0] < 0.05 and np.isnan(chance[1]) and 0.8 < chance[2] < 1


@pytest.mark.parametrize("method", ["platt", "beta", "isotonic"])
def test_every_curve_follows_the_outcomes_and_never_falls(method):
    score, confirmed = drawn(20_000)
    fitted = OutcomeCalibrator(method).fit(score, confirmed)
    grid = np.linspace(-2, 2, 41)
    chance = fitted.predict(grid)
    assert np.abs(chance - 1 / (1 + np.exp(-(1.5 * grid - 1.0)))).mean() < 0.03
    assert (np.diff(chance) >= 0).all()


def test_a_calibrator_takes_one_score_a_row():
    with pytest.raises(ValueError, match="one score a row, found 2 columns"):
        OutcomeCalibrator().fit(np.zeros((20, 2)), np.arange(20) % 2)


def test_who_is_first_in_both_ranks_has_a_risk_of_one_and_no_more():
    order = np.array([1, 2])
    for confirmed in range(1, 400):
        trust = trust_of("provider", confirmed)
        risk = final_score(order, order, trust=trust, k=60)[0]
        assert risk == pytest.approx(1.0) and risk <= 1.0, confirmed


@pytest.mark.parametrize(("grain", "even"), [("provider", 50), ("practitioner", 25)])
def test_outcomes_count_as_much_as_the_rest_and_twice_at_four_times_as_many(grain, even):
    assert trust_of(grain, even) == 1.0
    assert trust_of(grain, 4 * even) == 2.0
    # a dozen outcomes tell of inspectors
    assert trust_of(grain, 15) == pytest.approx(0.36 * trust_of(grain, 25))


def test_dozens_of_outcomes_of_patients_count_less_than_those_of_providers():
    assert trust_of("patient", 30) < trust_of("provider", 30) / 2
    assert trust_of("patient", 15) < trust_of("provider", 15)
