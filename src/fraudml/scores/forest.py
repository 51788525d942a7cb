"""Isolation forest on the distances to peers, kept as a LightGBM text model.

A forest finds whoever few random cuts set apart. Cuts do not know which side is suspicious, so
distances are made one-sided first: 0 (at the peer median) on the harmless side of a feature's
direction. Cuts fall evenly between the least and the largest value, so that one entity a hundred
spreads out would leave the others uncut: distances are compressed by log(1 + distance) first.
Source: Liu, Ting & Zhou 2008.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import lightgbm as lgb
import numpy as np
from sklearn.ensemble import IsolationForest

from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.cohort import Cohort
from fraudml.scores.detectors import compressed
from fraudml.scores.lightgbm_text import BinaryTree, write_trees
from fraudml.scores.tree_contributions import contributions

MAX_FIT_ROWS = 50_000
_EULER = 0.5772156649015329


@dataclass(frozen=True)
class ForestText:
    """A fitted forest over the columns of a matrix, as the text of a LightGBM model."""

    text: str

    @classmethod
    def fit(cls, distance: FloatArray, *, trees: int, seed: int, names: Sequence[str] = ()) -> Self:
        """Grow it on the first MAX_FIT_ROWS rows: give rows in an order that samples them."""
        if not distance.shape[1] or len(distance) < 2:
            return cls("")
        grown = IsolationForest(n_estimators=trees, random_state=seed, n_jobs=1).fit(
            distance[:MAX_FIT_ROWS].astype(np.float32)
        )
        named = tuple(names) or tuple(f"c{place}" for place in range(distance.shape[1]))
        return cls(forest_text(grown, named))

    def score(self, distance: FloatArray) -> FloatArray:
        """(n,) minus the mean path length over its expectation: higher stands out more."""
        if not self.text:
            return np.zeros(len(distance))
        said = lgb.Booster(model_str=self.text).predict(distance, raw_score=True)
        return np.asarray(said, dtype=np.float64)

    def parts(self, distance: FloatArray) -> FloatArray:
        """(n, columns + 1) exact parts of ``score``; the last column is the base value."""
        if not self.text:
            return np.zeros((len(distance), 1))
        return contributions(self.text, distance)


@dataclass(frozen=True)
class Forest:
    """A fitted forest: the features it looks at, in order, and its text."""

    names: tuple[str, ...]
    text: str

    def score(self, cohort: Cohort) -> FloatArray:
        """(n,) of ``ForestText.score``; everybody 0 without a usable feature."""
        return self.score_rows(one_sided(cohort, self.names))

    def score_rows(self, distance: FloatArray) -> FloatArray:
        """(n,) the same of one-sided distances, columns as ``names``."""
        return ForestText(self.text).score(distance)

    def contributions(self, cohort: Cohort, rows: IntArray) -> FloatArray:
        """(rows, features + 1) exact parts of ``score``; the last column is the base value."""
        return ForestText(self.text).parts(one_sided(cohort, self.names)[rows])


def one_sided(cohort: Cohort, names: tuple[str, ...]) -> FloatArray:
    """(n, names) log(1 + distance to peers) on the suspicious side only, as float32 values.

    Unknown distances are imputed 0, the peer median: not assessed never makes anybody stand out.
    """
    places = [cohort.column(name) for name in names]
    signs = np.array([cohort.features[p].direction for p in places if p is not None])
    distance = cohort.peer[:, [p for p in places if p is not None]] * signs
    return compressed(distance, one_sided=True)


def usable(cohort: Cohort) -> tuple[str, ...]:
    """Features with a direction whose one-sided distance is known and not constant here."""
    directed = tuple(f.name for f in cohort.features if f.direction != 0)
    if not directed or len(cohort) < 2:
        return ()
    spread = np.ptp(one_sided(cohort, directed)[cohort.active()], axis=0)
    return tuple(name for name, width in zip(directed, spread, strict=True) if width > 0)


def fit_forest(cohort: Cohort, *, trees: int, seed: int) -> Forest:
    """Grow the forest on everybody, or on a sample by hash where there are very many.

    With no usable feature the forest is empty and everybody scores 0.
    """
    names = usable(cohort)
    if not names:
        return Forest((), "")
    # A cohort stands in the order of its hashes: its first rows are a sample by hash.
    matrix = one_sided(cohort, names)[cohort.active()]
    grown = ForestText.fit(matrix, trees=trees, seed=_seed_of(seed, cohort), names=names)
    return Forest(names, grown.text)


def _seed_of(seed: int, cohort: Cohort) -> int:
    # The same forest for the same seed and grain on every date, so that dates can be compared.
    return int.from_bytes(hashlib.sha256(f"{seed}|{cohort.grain}".encode()).digest()[:4]) >> 1


def forest_text(forest: IsolationForest, names: tuple[str, ...]) -> str:
    """The forest as a LightGBM text model: raw score = -E[path length] / c(sample size).

    ``2 ** raw`` equals ``-forest.score_samples`` on float32 inputs.
    """
    expected = _path_length(np.array([forest.max_samples_]))[0]
    scale = 1.0 / (len(forest.estimators_) * expected) if expected > 0 else 0.0
    trees = []
    for estimator, columns in zip(forest.estimators_, forest.estimators_features_, strict=True):
        tree = estimator.tree_
        depth = np.asarray(tree.compute_node_depths(), dtype=np.float64) - 1.0
        length = depth + _path_length(tree.n_node_samples)
        trees.append(
            BinaryTree(
                left=tree.children_left.astype(np.int64),
                right=tree.children_right.astype(np.int64),
                feature=np.asarray(columns)[np.maximum(tree.feature, 0)],
                threshold=tree.threshold,
                value=-length * scale,
                cover=tree.n_node_samples.astype(np.int64),
            )
        )
    return write_trees(trees, names)


def _path_length(rows: IntArray) -> FloatArray:
    """Mean path length of an unsuccessful search among that many rows (Liu et al., eq. 1)."""
    n = np.asarray(rows, dtype=np.float64)
    length = np.where(n == 2, 1.0, 0.0)
    many = n > 2
    length[many] = 2.0 * (np.log(n[many] - 1.0) + _EULER) - 2.0 * (n[many] - 1.0) / n[many]
    return length
