"""Intervals cover what they claim, and all lists share their resamples."""

import numpy as np
import pytest

from fraudml.evaluation.assess import assess
from fraudml.evaluation.bootstrap import interval, resample
from fraudml.evaluation.metrics import outcomes
from fraudml.evaluation.tally import CutList, tally

NAN = float("nan")


def test_the_first_row_is_the_data_itself():
    drawn = resample(100, np.array([3, 7]), resamples=5, seed=1)
    assert drawn.counts[0].tolist() == [1, 1]
    assert drawn.column[[3, 7, 8]].tolist() == [0, 1, -1]


def test_counting_some_entities_only_keeps_the_mean_and_variance_of_the_full_bootstrap():
    drawn = resample(1000, np.arange(10, 60), resamples=4000, seed=1).counts[1:].astype(float)
    assert drawn.mean() == pytest.approx(1.0, abs=0.01)
    assert drawn.var() == pytest.approx(0.999, abs=0.02)
    total = drawn.sum(axis=1)  # binomial(1000, 0.05)
    assert total.var() == pytest.approx(1000 * 0.05 * 0.95, rel=0.1)


def test_when_all_entities_count_each_resample_has_as_many_as_the_data():
    drawn = resample(40, np.arange(40), resamples=50, seed=1)
    assert (drawn.counts.sum(axis=1) == 40).all()


def test_the_same_seed_gives_the_same_resamples_and_another_seed_others():
    one, same, other = (resample(50, np.arange(50), resamples=9, seed=s).counts for s in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_no_interval_where_many_resamples_leave_the_figure_undefined():
    assert interval(np.array([0.5, *[0.4] * 90, *[NAN] * 10])) == (0.5, None, None)
    assert interval(np.array([0.5, *[0.4] * 99, NAN])) == (0.5, 0.4, 0.4)
    assert interval(np.array([NAN, 0.4, 0.4])) == (None, None, None)


def population(random, n):
    guilty = (random.random(n) < 0.3).astype(float)
    better, worse = random.normal(size=(2, n)) + guilty * np.array([[1.2], [0.6]])
    return guilty, {"fused": better, "amount": worse}


@pytest.mark.slow
def test_the_paired_interval_of_a_difference_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(20)
    guilty, scores = population(random, 400_000)
    alone = outcomes(guilty)
    lists = [CutList("x", np.arange(len(guilty)), alone, scores)]
    whole = assess(
        tally(lists, entities=len(guilty), ks=(5,), resamples=0, seed=1), (5,), ("amount",)
    )
    truth = whole["differences"]["fused"]["amount"]["auc"]["value"]
    covered = 0
    for trial in range(200):
        guilty, scores = population(random, 150)
        lists = [CutList("x", np.arange(150), outcomes(guilty), scores)]
        drawn = tally(lists, entities=150, ks=(5,), resamples=200, seed=trial)
        figure = assess(drawn, (5,), ("amount",))["differences"]["fused"]["amount"]["auc"]
        covered += figure["low"] <= truth <= figure["high"]
    assert 180 <= covered <= 198  # nominal 190 of 200, binomial sd 3.1


def test_pairing_makes_the_interval_of_a_difference_narrower_than_of_strangers():
    random = np.random.default_rng(3)
    guilty = (random.random(300) < 0.3).astype(float)
    base = random.normal(size=300) + guilty
    scores = {"amount": base, "fused": base + 0.1 * random.normal(size=300)}
    lists = [CutList("x", np.arange(300), outcomes(guilty), scores)]
    result = assess(tally(lists, entities=300, ks=(20,), resamples=300, seed=1), (20,), ("amount",))
    alone = result["models"]["amount"]["auc"]
    apart = result["differences"]["fused"]["amount"]["auc"]
    assert apart["high"] - apart["low"] < 0.3 * (alone["high"] - alone["low"])


def test_ceilings_and_base_rates_follow_from_the_number_confirmed():
    label = np.array([1.0, 0, 1, 0, 1, 0, 1, 0, 1, 0])
    fen = np.arange(10.0) * 100
    lists = [CutList("x", np.arange(10), outcomes(label, fen), {"fused": -np.arange(10.0)})]
    figures = assess(tally(lists, entities=10, ks=(8,), resamples=100, seed=1), (8,), ())
    at = figures["models"]["fused"]
    assert at["precision@8"]["value"] == pytest.approx(4 / 8)
    assert at["precision@8"]["ceiling"] == pytest.approx(5 / 8)  # five confirmed in eight places
    assert at["precision@8"]["base"] == pytest.approx(0.5)
    assert at["recall@8"]["value"] == pytest.approx(4 / 5)
    assert at["recall@8"]["ceiling"] == 1.0
    assert at["recall@8"]["base"] == pytest.approx(0.8)
    assert at["yuan@8"]["value"] == pytest.approx(0 + 2 + 4 + 6)
    assert at["yuan@8"]["ceiling"] == pytest.approx(20)
    assert at["yuan@8"]["base"] == pytest.approx(0.8 * 20)
    assert at["lift@8"]["ceiling"] == pytest.approx(1.25)


def test_bounds_say_what_the_uninspected_could_hide():
    label = np.array([1.0, 0, 1, 1, 1, 1, NAN, NAN, NAN, NAN])
    lists = [CutList("x", np.arange(10), outcomes(label), {"fused": -np.arange(10.0)})]
    figures = assess(tally(lists, entities=10, ks=(10,), resamples=100, seed=1), (10,), ())
    at = figures["models"]["fused"]["precision@10"]
    assert (at["if_unknown_cleared"], at["if_unknown_confirmed"]) == (0.5, 0.9)
    assert at["value"] == pytest.approx(5 / 6)
    assert (at["listed"], at["inspected"]) == (10, 6)


def test_too_few_inspected_gives_no_figure_but_the_reason():
    label = np.array([1.0, 0, 1, 1, NAN, NAN, 1, 1, 0, 0])
    lists = [CutList("x", np.arange(10), outcomes(label), {"fused": -np.arange(10.0)})]
    figures = assess(tally(lists, entities=10, ks=(5,), resamples=100, seed=1), (5,), ())
    at = figures["models"]["fused"]
    assert at["precision@5"]["value"] is None
    assert at["precision@5"]["reason"] == "only 4 inspected among the 5 listed, fewer than 5"
    assert at["recall@5"]["value"] == pytest.approx(3 / 5)


def test_a_difference_uses_only_the_lists_that_both_models_made():
    label = np.tile([1.0, 0], 10)
    up, down = np.where(label == 1, 2.0, 1.0), np.where(label == 1, 1.0, 2.0)
    lists = [
        CutList("a", np.arange(20), outcomes(label), {"amount": down}),
        CutList("b", np.arange(20), outcomes(label), {"amount": up, "fused": up}),
    ]
    figures = assess(tally(lists, entities=20, ks=(5,), resamples=100, seed=1), (5,), ("amount",))
    assert figures["models"]["amount"]["auc"]["value"] == 0.5
    assert figures["differences"]["fused"]["amount"]["auc"]["value"] == 0.0


def test_inside_fifths_of_size_a_list_that_only_follows_size_is_no_better_than_chance():
    random = np.random.default_rng(4)
    size = random.permutation(np.repeat(np.arange(5.0), 100))
    label = (random.random(500) < 0.1 + 0.15 * size).astype(float)
    lists = [CutList("a", np.arange(500), outcomes(label), {"amount": size}, size)]
    figures = assess(tally(lists, entities=500, ks=(5,), resamples=100, seed=1), (5,), ())
    at = figures["models"]["amount"]
    assert at["auc"]["value"] > 0.7
    assert at["auc_within_size"]["value"] == 0.5


def test_every_resampled_list_fills_its_places_though_only_reachable_entities_are_counted():
    random = np.random.default_rng(6)
    label = np.where(random.random(20_000) < 0.01, 1.0, NAN)
    scores = {name: random.normal(size=20_000) for name in ("amount", "fused")}
    lists = [CutList("a", np.arange(20_000), outcomes(label), scores)]
    drawn = tally(lists, entities=20_000, ks=(10, 50), resamples=1000, seed=1)
    assert len(drawn.models["fused"][0].at_k[50].listed) == 1001
    assert (drawn.models["fused"][0].at_k[50].listed == 50).all()


def test_none_found_among_a_few_is_not_reported_as_certainly_none():
    label = np.array([0.0] * 20 + [NAN] * 30 + [1.0] * 6)
    lists = [CutList("x", np.arange(56), outcomes(label), {"fused": -np.arange(56.0)})]
    drawn = tally(lists, entities=56, ks=(5,), resamples=100, seed=1)
    at = assess(drawn, (5,), ())["models"]["fused"]
    assert (at["precision@5"]["value"], at["precision@5"]["low"]) == (0.0, 0.0)
    assert at["precision@5"]["high"] == pytest.approx(0.434482, abs=1e-6)  # z2 / (5 + z2)
    assert at["recall@5"]["high"] == pytest.approx(0.390334, abs=1e-6)  # z2 / (6 + z2)
    assert at["yuan@5"]["value"] is None
