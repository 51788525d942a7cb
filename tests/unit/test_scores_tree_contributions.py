"""Contributions by tables: LightGBM's own values, whatever the trees, the rows and their order."""

import os

import lightgbm as lgb
import numpy as np
import pytest

from fraudml.errors import StateError
from fraudml.scores import BaggedPU, tree_contributions
from fraudml.scores.forest import ForestText
from fraudml.scores.lightgbm_text import BinaryTree, write_trees
from fraudml.scores.tree_contributions import MANY_ROWS, by_tables, contributions

QUIET = {"verbose": -1, "num_threads": 1, "deterministic": True, "min_data_in_leaf": 2}


def rows(n: int = 1_500, columns: int = 8) -> np.ndarray:
    """Normal values with zeros and unknown ones among them, some on a cut of every tree."""
    rng = np.random.default_rng(11)
    x = np.round(rng.normal(size=(n, columns)), 1)
    x[rng.uniform(size=x.shape) < 0.1] = np.nan
    x[rng.uniform(size=x.shape) < 0.1] = 0.0
    return x


def grown(x: np.ndarray, rounds: int = 20, **settings: object) -> str:
    known = np.nan_to_num(x, nan=0.3)
    y = known[:, 0] * known[:, 1] + known[:, 2] > 0.4
    return lgb.train(QUIET | settings, lgb.Dataset(x, y), rounds).model_to_string()


def exact(text: str, x: np.ndarray) -> np.ndarray:
    return np.asarray(lgb.Booster(model_str=text).predict(x, pred_contrib=True))


def chain(length: int) -> str:
    """A tree in which every split asks for another column and sends one row to a leaf."""
    splits = np.arange(length)
    left = np.concatenate([length + splits, np.full(length + 1, -1)])
    right = np.concatenate([splits[1:], [2 * length], np.full(length + 1, -1)])
    cover = np.concatenate([length + 1 - splits, np.ones(length + 1)])
    tree = BinaryTree(
        left=left.astype(np.int64),
        right=right.astype(np.int64),
        feature=np.concatenate([splits, np.zeros(length + 1)]).astype(np.int64),
        threshold=np.zeros(2 * length + 1),
        value=np.linspace(-1.0, 1.0, 2 * length + 1),
        cover=cover.astype(np.int64),
    )
    return write_trees([tree], [f"c{place}" for place in range(length)])


@pytest.mark.parametrize(
    "settings",
    [
        {"num_leaves": 7},
        {"num_leaves": 31, "boosting": "rf", "bagging_fraction": 0.6, "bagging_freq": 1},
        {"num_leaves": 200},
        {"num_leaves": 7, "use_missing": False},
        {"num_leaves": 7, "zero_as_missing": True},
        {"num_leaves": 2, "objective": "binary"},
    ],
)
def test_the_tables_give_what_lightgbm_gives_row_by_row(settings):
    x = rows()
    text = grown(x, **settings)
    found = by_tables(text, x)
    assert np.abs(found - exact(text, x)).max() < 1e-9
    raw = lgb.Booster(model_str=text).predict(x, raw_score=True)
    assert np.abs(found.sum(axis=1) - raw).max() < 1e-9


def in_a_chain(length: int) -> tuple[str, np.ndarray]:
    x = np.random.default_rng(2).uniform(size=(300, length)) < 0.9
    return chain(length), np.where(x, 1.0, -1.0)


@pytest.mark.parametrize("length", [1, 2, 10, 11, 13, 25])
def test_a_leaf_of_any_depth_contributes_what_lightgbm_says(length):
    text, x = in_a_chain(length)
    assert np.abs(by_tables(text, x) - exact(text, x)).max() < 1e-9


@pytest.mark.parametrize("length", [45, 60])
def test_contributions_add_up_where_lightgbm_itself_rounds_too_much(length):
    text, x = in_a_chain(length)
    raw = lgb.Booster(model_str=text).predict(x, raw_score=True)
    assert np.abs(exact(text, x).sum(axis=1) - raw).max() > 1e-9
    assert np.abs(by_tables(text, x).sum(axis=1) - raw).max() < 1e-12


def test_an_isolation_forest_is_explained_as_lightgbm_explains_it():
    x = np.maximum(np.nan_to_num(rows()), 0.0)
    forest = ForestText.fit(x, trees=15, seed=3)
    assert np.abs(by_tables(forest.text, x) - exact(forest.text, x)).max() < 1e-9


def test_a_tree_that_never_splits_is_all_base_value():
    text = write_trees([_leaf(2.5), _leaf(-1.0)], ["a", "b"])
    assert by_tables(text, np.zeros((3, 2))).tolist() == [[0.0, 0.0, 1.5]] * 3


def _leaf(value: float) -> BinaryTree:
    nothing = np.array([-1])
    return BinaryTree(
        nothing, nothing, np.array([0]), np.array([0.0]), np.array([value]), np.array([5])
    )


def test_no_row_depends_on_the_others_or_on_its_place(monkeypatch):
    x = rows()
    text = grown(x, num_leaves=31)
    mixed = np.random.default_rng(5).permutation(len(x))
    whole = by_tables(text, x)
    assert np.array_equal(by_tables(text, x[mixed]), whole[mixed])
    assert np.array_equal(by_tables(text, x[700:701]), whole[700:701])
    monkeypatch.setattr(tree_contributions, "_BLOCK", 97)
    assert np.array_equal(by_tables(text, x), whole)


def test_many_rows_go_by_tables_and_few_by_lightgbm():
    x = rows()
    text = grown(x)
    assert len(x) >= MANY_ROWS
    assert np.array_equal(contributions(text, x), by_tables(text, x))
    assert np.array_equal(contributions(text, x[:40]), exact(text, x[:40]))


def test_a_model_of_categories_is_refused():
    x = np.random.default_rng(1).integers(0, 5, size=(400, 2)).astype(float)
    data = lgb.Dataset(x, np.isin(x[:, 0], [1, 3]), categorical_feature=[0])
    text = lgb.train(QUIET, data, 2).model_to_string()
    with pytest.raises(StateError, match="categorical splits"):
        by_tables(text, x)


def test_everybodys_contributions_add_up_and_do_not_depend_on_the_threads(monkeypatch):
    x = rows()
    known = np.nan_to_num(x)
    model = BaggedPU(2, 20).fit(x[:600], known[:600, 0] + known[:600, 1] > 1)
    found = model.contributions(x)
    assert np.abs(found.sum(axis=1) - model.score_rows(x)).max() < 1e-9
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert np.array_equal(model.contributions(x), found)


def test_a_row_alone_is_scored_as_among_many():
    x = rows(1_200)
    known = np.nan_to_num(x)
    model = BaggedPU(9, 20).fit(x[:600], known[:600, 0] + known[:600, 1] > 1)
    many = model.score_rows(x)
    alone = [model.score_rows(x[row : row + 1])[0] for row in range(25)]
    assert np.array_equal(alone, many[:25])
