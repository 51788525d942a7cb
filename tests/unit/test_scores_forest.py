import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest
import shap
from sklearn.ensemble import IsolationForest

from fraudml.features.catalogue import features_of
from fraudml.scores.cohort import Cohort, cohorts
from fraudml.scores.forest import fit_forest, forest_text, one_sided, usable
from scores_cases import LIVE, tables

DIRECTED = next(f for f in features_of("provider") if f.direction == 1)
CONTEXT = next(f for f in features_of("provider") if f.direction == 0)


def cohort(**changes) -> Cohort:
    features, peers = tables(**changes)
    return cohorts("provider", features, peers, [LIVE])[LIVE]


def with_peer(values, name=DIRECTED.name) -> Cohort:
    features, peers = tables(len(values), carriers=())
    for f in features_of("provider"):
        column = values if f.name == name else [None] * len(values)
        at = peers.column_names.index(f.name)
        peers = peers.set_column(at, f.name, pa.array(column, pa.float64()))
    return cohorts("provider", features, peers, [LIVE])[LIVE]


@pytest.fixture(scope="module")
def grown():
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(500, 6)).astype(np.float32)
    matrix[:, 2] = np.maximum(matrix[:, 2], 0)
    names = tuple(f"f{i}" for i in range(6))
    forest = IsolationForest(n_estimators=60, random_state=1).fit(matrix)
    return forest, matrix, lgb.Booster(model_str=forest_text(forest, names))


def test_the_text_model_scores_as_the_forest_does_to_1e_9(grown):
    forest, matrix, model = grown
    raw = model.predict(matrix.astype(np.float64), raw_score=True)
    assert np.abs(2.0**raw + forest.score_samples(matrix)).max() < 1e-9


def test_the_text_models_contributions_equal_tree_shap_to_1e_9(grown):
    forest, matrix, model = grown
    explainer = shap.TreeExplainer(forest)
    expected = explainer.shap_values(matrix[:50])
    parts = model.predict(matrix[:50].astype(np.float64), pred_contrib=True)
    lengths = 2.0 * (np.log(255.0) + np.euler_gamma) - 2.0 * 255.0 / 256.0
    assert np.abs(-parts[:, :-1] * lengths - expected).max() < 1e-9


def test_the_contributions_add_up_to_the_forests_score():
    group = cohort()
    forest = fit_forest(group, trees=20, seed=1)
    rows = np.arange(len(group))
    parts = forest.contributions(group, rows)
    assert np.abs(parts.sum(axis=1) - forest.score(group)).max() < 1e-9


def test_who_stands_far_out_on_the_suspicious_side_scores_highest():
    group = cohort()
    score = fit_forest(group, trees=50, seed=1).score(group)
    first = {group.ids[row] for row in np.argsort(-score)[:12]}
    assert first == {f"P{number:04d}" for number in range(12)}


def test_the_harmless_side_counts_as_the_peer_median():
    group = with_peer([-9.0, 0.0, 2.0])
    by_id = dict(zip(group.ids, one_sided(group, (DIRECTED.name,))[:, 0], strict=True))
    assert by_id == {"P0000": 0.0, "P0001": 0.0, "P0002": np.float32(np.log(3.0))}


def test_an_unknown_distance_counts_as_the_peer_median():
    group = with_peer([None, 1.0, 2.0])
    by_id = dict(zip(group.ids, one_sided(group, (DIRECTED.name,))[:, 0], strict=True))
    assert by_id["P0000"] == 0.0


def test_constant_and_unassessed_and_context_features_are_left_out():
    assert usable(with_peer([1.0, 2.0, 3.0])) == (DIRECTED.name,)
    assert usable(with_peer([2.0, 2.0, 2.0])) == ()
    assert usable(with_peer([None, None, None])) == ()
    assert usable(with_peer([1.0, 2.0, 3.0], CONTEXT.name)) == ()


def test_a_forest_without_features_scores_everybody_alike():
    group = with_peer([None, None, None])
    forest = fit_forest(group, trees=5, seed=1)
    assert forest.score(group).tolist() == [0.0, 0.0, 0.0]
    assert forest.contributions(group, np.array([0])).tolist() == [[0.0]]


def test_two_entities_alike_make_a_forest_that_reads_back():
    group = with_peer([1.0, 2.0])
    forest = fit_forest(group, trees=5, seed=1)
    assert np.isfinite(forest.score(group)).all()
