"""Learning from the inspected where most were never inspected, over any matrix.

Bagged positive-unlabelled learning: every bag sees all confirmed, all inspected-and-cleared, and
only as many of the uninspected, its own sample, as the cleared fall short of what it takes to know
the ordinary: 300, and three per confirmed. Unknown is never negative: the uninspected hold carriers
too, and beside enough of the cleared they cost more than they teach (Kaggle labels, 1,158 cleared:
average precision .753 without, .744 with half as many as the confirmed).

A bag is two LightGBM models, boosted trees and a random forest: boosting orders the middle of the
list better, averaging its top. Beside the bags stands one sparse linear model, since a sum over
columns hears many weak signs where outcomes are fewer than columns (docs/decisions.md). Thresholds
of trees stand no closer than a leaf has rows, and a leaf is drawn toward 0 by a weight of 0.1:
among hundreds of outcomes the purest leaves hold some twenty rows, whose say a weight of 10 would
cut to a quarter. Sources: Mordelet & Vert 2014; Breiman 2001.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import Any, Self

import lightgbm as lgb
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from fraudml.errors import StateError
from fraudml.scores.arrays import FloatArray, IntArray, content_order
from fraudml.scores.linear import Linear, fit_linear
from fraudml.scores.tree_contributions import contributions

MIN_NEGATIVES = 300
NEGATIVES_PER_CONFIRMED = 3.0
_SCALE_ROWS = 5_000
_COMMON = {
    "verbose": -1,
    "num_threads": 1,  # bags side by side: results must not depend on the number of threads
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "bagging_freq": 1,
}


@dataclass(frozen=True)
class Part:
    """The models of one kind, one text per bag, and where their mean output lies."""

    texts: tuple[str, ...]
    centre: float
    spread: float

    def predict(self, matrix: FloatArray) -> FloatArray:
        """(n,) the bags' mean output, in spreads from the centre."""
        return (mean_output(self.texts, matrix) - self.centre) / self.spread

    def contributions(self, matrix: FloatArray) -> FloatArray:
        """(n, columns + 1) exact parts of ``predict``, the base value last."""
        total = _mean(self.texts, lambda text: contributions(text, matrix, threads=1))
        total[:, -1] -= self.centre
        return total / self.spread


@dataclass(frozen=True)
class Bags:
    """What was learnt: trees of two kinds, as text that cannot execute, and a weighted sum.

    boosted_share  of the trees, the rest the random forest's
    linear_share   of the score, the rest the trees'
    """

    boosted: Part
    averaged: Part
    linear: Linear
    boosted_share: float = 0.5
    linear_share: float = 0.0

    def score(self, matrix: FloatArray) -> FloatArray:
        """(n,) higher is more likely to be confirmed."""
        return self._mixed(
            self.boosted.predict(matrix), self.averaged.predict(matrix), self.linear.predict(matrix)
        )

    def contributions(self, matrix: FloatArray) -> FloatArray:
        """(n, columns + 1) exact parts of ``score``, the base value last."""
        return self._mixed(
            self.boosted.contributions(matrix),
            self.averaged.contributions(matrix),
            self.linear.contributions(matrix),
        )

    def _mixed(self, boosted: FloatArray, averaged: FloatArray, linear: FloatArray) -> FloatArray:
        trees = self.boosted_share * boosted + (1.0 - self.boosted_share) * averaged
        return (1.0 - self.linear_share) * trees + self.linear_share * linear


class BaggedPU(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Bagged positive-unlabelled LightGBM with inspected-and-cleared as negatives.

    ``fit(X, y, unlabelled=...)``: y says confirmed (the larger class) or cleared, ``unlabelled``
    holds rows that nobody inspected, of which each bag samples what it lacks.

    bags, rounds       models of each kind; trees of a boosted one (a forest has a quarter)
    learning_rate, leaves, l2  of the boosted trees
    averaged_leaves    of the random forest's trees
    negatives_per_confirmed, min_negatives  what a bag needs beside the confirmed
    boosted_share      weight of the boosted trees beside the random forest
    linear_share       weight of the linear model where outcomes are few; it falls as columns /
                       (columns + confirmed): beside many outcomes trees find every shape
    monotone           by column +1, -1 or 0, or None: signs that the domain gives
    threads            bags fitted side by side, None for one per core; changes no result

    Row order changes nothing: rows are taken in the order of a hash of their content.
    """

    def __init__(  # noqa: PLR0913 - scikit-learn's way to name settings
        self,
        bags: int = 8,
        rounds: int = 200,
        *,
        learning_rate: float = 0.03,
        leaves: int = 7,
        l2: float = 0.1,
        averaged_leaves: int = 31,
        negatives_per_confirmed: float = NEGATIVES_PER_CONFIRMED,
        min_negatives: int = MIN_NEGATIVES,
        boosted_share: float = 0.5,
        linear_share: float = 1 / 3,
        monotone: Sequence[int] | None = None,
        random_state: int = 735,
        threads: int | None = None,
    ) -> None:
        self.bags = bags
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.l2 = l2
        self.averaged_leaves = averaged_leaves
        self.negatives_per_confirmed = negatives_per_confirmed
        self.min_negatives = min_negatives
        self.boosted_share = boosted_share
        self.linear_share = linear_share
        self.monotone = monotone
        self.random_state = random_state
        self.threads = threads

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any,
        sample_weight: Any = None,
        *,
        unlabelled: Any = None,
    ) -> Self:
        """Fit all bags; the same rows give the same bytes, whatever their order or the threads."""
        matrix, target = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=False
        )
        check_classification_targets(target)
        self.classes_, codes = np.unique(target, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(
                f"Only binary classification is supported. Confirmed and cleared are two classes, "
                f"found {len(self.classes_)}: leave the unknown out of y."
            )
        if len(self.classes_) < 2 and (unlabelled is None or not len(unlabelled)):
            raise ValueError(
                "Everybody is of one class: confirmed entities need cleared or uninspected ones "
                "beside them."
            )
        confirmed = codes if len(self.classes_) == 2 else np.ones(len(codes), dtype=np.int64)
        weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64)
        free = np.empty((0, matrix.shape[1]))
        if unlabelled is not None and len(unlabelled):
            free = validate_data(
                self, unlabelled, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"
            )
        order = content_order(matrix, confirmed.astype(np.float64), weight)
        rows = _Rows(matrix[order], confirmed[order], weight[order], free[content_order(free)])
        self.bags_ = self._learn(rows)
        share = float(np.average(confirmed, weights=weight))
        self.threshold_ = float(np.quantile(self.bags_.score(matrix), 1.0 - share))
        return self

    def decision_function(self, X: Any) -> FloatArray:  # noqa: N803
        """(n,) the score beyond the value that as many exceed as were confirmed."""
        return self.score_rows(X) - self.threshold_

    def score_rows(self, X: Any) -> FloatArray:  # noqa: N803
        """(n,) higher is more likely to be confirmed; comparable between rows, no probability."""
        check_is_fitted(self)
        return self.bags_.score(self._matrix(X))

    def contributions(self, X: Any) -> FloatArray:  # noqa: N803
        """(n, columns + 1) exact parts of ``score_rows``, the base value last."""
        check_is_fitted(self)
        return self.bags_.contributions(self._matrix(X))

    def predict_proba(self, X: Any) -> FloatArray:  # noqa: N803
        """(n, 2) the decision through a sigmoid: an order, not yet a calibrated probability."""
        chance = 1.0 / (1.0 + np.exp(-self.decision_function(X)))
        if len(self.classes_) == 1:
            return np.ones((len(chance), 1))
        return np.column_stack([1.0 - chance, chance])

    def predict(self, X: Any) -> Any:  # noqa: N803
        """(n,) the likelier class."""
        above = (self.decision_function(X) > 0).astype(np.int64)
        return self.classes_[np.minimum(above, len(self.classes_) - 1)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def _matrix(self, X: Any) -> FloatArray:  # noqa: N803
        matrix = validate_data(
            self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return np.asarray(matrix, dtype=np.float64)

    def _learn(self, rows: "_Rows") -> Bags:
        workers = self.threads or os.cpu_count() or 1
        with ThreadPoolExecutor(max_workers=workers) as pool:
            bags = list(pool.map(lambda number: self._bag(rows, number), range(self.bags)))
        boosted, averaged = (tuple(side) for side in zip(*bags, strict=True))
        ground = np.concatenate([rows.known[:_SCALE_ROWS], rows.free[:_SCALE_ROWS]])
        columns, confirmed = rows.known.shape[1], int(rows.confirmed.sum())
        return Bags(
            _part(boosted, ground),
            _part(averaged, ground),
            self._linear(rows, ground),
            self.boosted_share,
            self.linear_share * columns / (columns + confirmed),
        )

    def _linear(self, rows: "_Rows", ground: FloatArray) -> Linear:
        """One model of known and uninspected rows, these together as heavy as in a bag."""
        known, free = rows.known[:_SCALE_ROWS], rows.free[:_SCALE_ROWS]
        beside = min(self._wanted(rows), len(free)) / max(len(free), 1)
        return fit_linear(
            ground,
            np.concatenate([rows.confirmed[: len(known)], np.zeros(len(free))]).astype(np.float64),
            np.concatenate([rows.weight[: len(known)], np.full(len(free), beside)]),
            self.monotone,
        )

    def _wanted(self, rows: "_Rows") -> int:
        """How many of the uninspected a bag lacks."""
        confirmed = int(rows.confirmed.sum())
        beside = max(self.min_negatives, self.negatives_per_confirmed * confirmed)
        return max(0, round(beside - (len(rows.confirmed) - confirmed)))

    def _bag(self, rows: "_Rows", number: int) -> tuple[str, str]:
        confirmed = int(rows.confirmed.sum())
        drawn = self._sampled(len(rows.free), self._wanted(rows), number)
        leaf = int(np.clip(confirmed // 15, 3, 20))
        data = lgb.Dataset(
            np.concatenate([rows.known, rows.free[drawn]]),
            np.concatenate([rows.confirmed, np.zeros(len(drawn))]).astype(np.float64),
            weight=np.concatenate([rows.weight, np.ones(len(drawn))]),
            free_raw_data=False,
            params={**_COMMON, "min_data_in_bin": leaf},
        )
        boosted, averaged = self._settings(number, leaf)
        return _text(boosted, data, self.rounds), _text(averaged, data, max(1, self.rounds // 4))

    def _sampled(self, free: int, wanted: int, number: int) -> IntArray:
        source = np.random.default_rng([self.random_state, number])
        return np.sort(source.choice(free, size=min(free, wanted), replace=False)).astype(np.int64)

    def _settings(self, number: int, leaf: int) -> tuple[dict[str, object], dict[str, object]]:
        seed = self.random_state + 1000 * number
        shared: dict[str, object] = {**_COMMON, "seed": seed}
        if self.monotone is not None:
            shared["monotone_constraints"] = list(self.monotone)
        boosted = {
            **shared,
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "lambda_l2": self.l2,
            "bagging_fraction": 0.7,
            "feature_fraction": 0.3,
            "min_data_in_leaf": leaf,
        }
        averaged = {
            **shared,
            "objective": "regression",
            "boosting": "rf",
            "num_leaves": self.averaged_leaves,
            "bagging_fraction": 0.63,
            "feature_fraction_bynode": 0.5,
            "min_data_in_leaf": min(leaf, 10),
        }
        return boosted, averaged


@dataclass(frozen=True)
class _Rows:
    """What all bags learn from, in the order of the hashes of its content."""

    known: FloatArray
    confirmed: IntArray
    weight: FloatArray
    free: FloatArray


def _text(settings: Mapping[str, object], data: lgb.Dataset, rounds: int) -> str:
    text: str = lgb.train(dict(settings), data, rounds).model_to_string()
    return text


def _part(texts: tuple[str, ...], ground: FloatArray) -> Part:
    output = mean_output(texts, ground)
    return Part(texts, float(output.mean()), float(output.std()) or 1.0)


def mean_output(texts: Sequence[str], matrix: FloatArray) -> FloatArray:
    """(n,) mean raw output of several models: sums over trees, of a random forest too."""
    if not texts:
        raise StateError("A model without bags: run the train stage again (dvc repro train).")

    def output(text: str) -> FloatArray:
        said = lgb.Booster(model_str=text).predict(matrix, num_threads=1, raw_score=True)
        return np.asarray(said, dtype=np.float64)

    return _mean(texts, output)


def _mean(texts: Sequence[str], one: Callable[[str], FloatArray]) -> FloatArray:
    """The mean of what the models say, side by side, added up in their order as they come.

    Neither threads nor the number of rows change a bit, and few answers are in memory at once.
    """
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        total = reduce(np.add, pool.map(one, texts))
    return np.asarray(total / len(texts), dtype=np.float64)
