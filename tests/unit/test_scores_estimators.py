"""The parts of the scores room as scikit-learn estimators over any table."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from fraudml.errors import StateError
from fraudml.scores import (
    AmountModel,
    BaggedPU,
    LabelFreeEnsemble,
    OutcomeCalibrator,
    PeerTransformer,
)
from fraudml.scores.detectors import Cohesion, Neighbours, Tail

SMALL = {"bags": 2, "rounds": 30, "min_negatives": 10}
NOT_THEIRS = {
    "BaggedPU": {
        "check_sample_weight_equivalence_on_dense_data": "a row of weight 0 still counts for "
        "min_data_in_leaf and for how many uninspected a bag samples"
    }
}


def reasons(estimator):
    return NOT_THEIRS.get(type(estimator).__name__, {})


@parametrize_with_checks(
    [
        PeerTransformer(),
        LabelFreeEnsemble(trees=20),
        LabelFreeEnsemble(("forest", "cohesion"), sides="right", trees=20),
        BaggedPU(**SMALL),
        AmountModel(),
    ],
    expected_failed_checks=reasons,
    xfail_strict=True,
)
def test_it_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


def test_a_calibrator_can_be_cloned_and_says_its_settings():
    # scikit-learn's checks have no estimators of one score a row, its own isotonic one included.
    assert clone(OutcomeCalibrator("beta")).get_params() == {"method": "beta"}


def clouds(n=300, seed=4):
    rng = np.random.default_rng(seed)
    y = (rng.uniform(size=n) < 0.2).astype(int)
    return rng.normal(size=(n, 4)) + y[:, None] * [1.5, 0, 0, 1.0], y


# -- peers


def test_the_distance_is_taken_in_the_own_group_and_drawn_toward_its_parent():
    table = pd.DataFrame({"level": list("aaaabbbb"), "v": [0, 1, 2, 3, 10, 11, 12, 13.0]})
    alone = PeerTransformer((("level",), ()), min_peers=2, shrink=0.0).fit_transform(table)
    drawn = PeerTransformer((("level",), ()), min_peers=2, shrink=4.0).fit_transform(table)
    assert alone[:, 0].round(3).tolist() == [-1.012, -0.337, 0.337, 1.012] * 2
    # n / (n + k) = 1/2: centre (1.5 + 6.5) / 2 = 4, spread (1 + 5) / 2 / 0.6745
    assert drawn[0, 0] == pytest.approx((0 - 4) / (3.0 / 0.6745))


def test_a_thin_group_and_one_never_met_fall_back_to_the_parent():
    table = pd.DataFrame({"level": list("aaaaaab"), "v": [0, 1, 2, 3, 4, 5, 50.0]})
    peers = PeerTransformer((("level",), ()), min_peers=3, shrink=0.0).fit(table)
    everybody = PeerTransformer().set_params(shrink=0.0).fit(table[["v"]])
    new = pd.DataFrame({"level": ["b", "c", "a"], "v": [50.0, 50.0, 50.0]})
    away = peers.transform(new)[:, 0]
    assert away[0] == away[1] == everybody.transform(new[["v"]])[0, 0]
    assert away[2] > away[0]


def test_percentiles_say_of_how_many_peers():
    table = pd.DataFrame({"level": list("aaaab"), "v": [1.0, 2.0, 2.0, np.nan, 9.0]})
    shares, counts = PeerTransformer((("level",), ()), min_peers=3).fit(table).percentiles(table)
    assert counts[:, 0].tolist() == [3, 3, 3, 3, 4]
    assert shares[:, 0].tolist()[:3] == pytest.approx([1 / 6, 2 / 3, 2 / 3])
    assert np.isnan(shares[3, 0]) and shares[4, 0] == pytest.approx(7 / 8)


def test_values_keep_their_names_and_groups_are_no_values():
    table = pd.DataFrame({"level": ["a"] * 9, "v": range(9), "w": range(9)})
    assert PeerTransformer((("level",),)).fit(table).get_feature_names_out().tolist() == ["v", "w"]


# -- label-free


def test_each_detector_finds_who_stands_apart():
    x = np.vstack([np.random.default_rng(1).normal(size=(300, 5)), np.full((1, 5), 8.0)])
    scores = LabelFreeEnsemble(trees=50).fit(x).detector_scores(x)
    assert {name: int(np.argmax(s)) for name, s in scores.items()} == dict.fromkeys(scores, 300)


def test_carriers_of_one_scheme_are_not_each_others_neighbours():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 6))
    x[:30] = rng.normal(scale=0.1, size=(30, 6)) + np.array([9.0, 9.0, 0, 0, 0, 0])
    score = LabelFreeEnsemble(("neighbours",)).fit(x).detector_scores(x)["neighbours"]
    assert np.median(score[:30]) > np.quantile(score[30:], 0.8)


def test_near_identical_profiles_are_seen_by_cohesion_alone():
    rng = np.random.default_rng(2)
    ordinary = rng.normal(size=(400, 6))
    copies = ordinary[0] * 0.3 + rng.normal(scale=1e-3, size=(8, 6))
    x = np.vstack([ordinary, copies])
    fitted = LabelFreeEnsemble(("forest", "tail", "neighbours", "cohesion"), trees=50).fit(x)
    scores = fitted.detector_scores(x)
    assert set(np.argsort(-scores["cohesion"])[:8]) == set(range(400, 408))
    assert (scores["cohesion"][:400] == 0).mean() > 0.97
    for other in ("forest", "tail", "neighbours"):
        assert not set(np.argsort(-scores[other])[:8]) & set(range(400, 408))


def test_an_unknown_detector_is_refused_with_those_there_are():
    with pytest.raises(
        StateError, match="Detectors are forest, tail, neighbours, cohesion; found knn"
    ):
        LabelFreeEnsemble(("knn",)).fit(np.zeros((5, 2)))


def test_the_order_of_rows_changes_no_label_free_score():
    x, _ = clouds()
    mixed = np.random.default_rng(0).permutation(len(x))
    one = LabelFreeEnsemble(trees=30).fit(x).score_samples(x)
    other = LabelFreeEnsemble(trees=30).fit(x[mixed]).score_samples(x)
    assert np.array_equal(one, other)


@pytest.mark.parametrize("detector", [Tail, Neighbours])
def test_the_parts_of_a_detector_add_up_to_its_score(detector):
    x, _ = clouds()
    fitted = detector.fit(x)
    assert fitted.parts(x).sum(axis=1) == pytest.approx(fitted.score(x), abs=1e-9)
    assert (fitted.parts(x) >= 0).all()


def test_neighbours_are_the_same_as_by_brute_force():
    x, _ = clouds(60)
    scaled = x / x.std(axis=0)
    tail = (scaled**2).sum(axis=1)
    ordinary = tail <= np.quantile(tail, 0.8)
    squares = ((scaled[:, None] - scaled[None, ordinary]) ** 2).sum(axis=2)
    squares[squares == 0] = np.inf  # nobody is their own neighbour
    expected = np.sort(squares, axis=1)[:, :5].mean(axis=1)
    assert Neighbours.fit(x, k=5).score(x) == pytest.approx(expected, abs=1e-9)


def test_a_column_that_does_not_vary_and_a_single_row_add_nothing():
    x, _ = clouds(50)
    wide = np.column_stack([x, np.full(50, 7.0)])
    for detector in (Tail, Neighbours):
        assert np.array_equal(detector.fit(wide).score(wide), detector.fit(x).score(x))
        assert detector.fit(x[:1]).score(x[:1]).tolist() == [0.0]
    assert Cohesion.fit(x[:1]).score(x[:1]).tolist() == [0.0]


# -- learning from outcomes


def test_rows_in_another_order_and_other_threads_give_the_same_bytes():
    x, y = clouds()
    free = clouds(200, seed=9)[0]
    mixed = np.random.default_rng(0).permutation(len(x))
    one = BaggedPU(**SMALL, threads=1).fit(x, y, unlabelled=free)
    other = BaggedPU(**SMALL, threads=4).fit(x[mixed], y[mixed], unlabelled=free[::-1])
    assert one.bags_ == other.bags_


def test_contributions_add_up_to_the_score():
    x, y = clouds()
    model = BaggedPU(**SMALL).fit(x, y)
    assert model.contributions(x).sum(axis=1) == pytest.approx(model.score_rows(x), abs=1e-9)


def test_the_uninspected_stand_in_where_nobody_was_cleared():
    x, y = clouds()
    model = BaggedPU(**SMALL).fit(x[y == 1], y[y == 1], unlabelled=x[y == 0])
    assert model.score_rows(x)[y == 1].mean() > model.score_rows(x)[y == 0].mean() + 0.5
    with pytest.raises(ValueError, match="need cleared or uninspected"):
        BaggedPU(**SMALL).fit(x[y == 1], y[y == 1])


def test_enough_cleared_leave_the_uninspected_out():
    x, y = clouds()
    one, other = (
        BaggedPU(**SMALL, negatives_per_confirmed=1.0).fit(x, y, unlabelled=clouds(99, seed=s)[0])
        for s in (1, 2)
    )
    assert one.bags_.boosted.texts == other.bags_.boosted.texts


def test_a_monotone_sign_is_kept():
    x, y = clouds()
    model = BaggedPU(**SMALL, monotone=(-1, 0, 0, 0)).fit(x, y)
    low, high = x.copy(), x.copy()
    low[:, 0], high[:, 0] = -5.0, 5.0
    assert (model.score_rows(high) <= model.score_rows(low) + 1e-12).all()


# -- amounts


def test_a_confirmed_amount_is_a_fixed_share_where_there_is_but_one_size():
    paid = np.full((20, 1), 1000.0)
    model = AmountModel().fit(paid, np.full(20, 250.0))
    assert model.slope_ == 1.0
    assert model.predict([[4000.0], [0.0]]) == pytest.approx([1000.0, 0.0])


def test_findings_without_money_halve_what_is_expected_of_a_finding():
    paid = np.full((40, 1), 1000.0)
    model = AmountModel().fit(paid, np.array([250.0] * 20 + [0.0] * 20))
    assert model.predict([[4000.0]]) == pytest.approx([500.0])


def test_no_more_is_expected_than_was_paid():
    paid = np.linspace(100, 1000, 30)[:, None]
    assert (AmountModel().fit(paid, paid[:, 0] * 3).predict(paid) == paid[:, 0]).all()


def test_amounts_without_a_single_pair_are_refused():
    with pytest.raises(ValueError, match="No row has an amount paid"):
        AmountModel().fit([[0.0], [0.0]], [1.0, 2.0])
