"""A sparse linear model on normal scores: what many weak signs say together.

Trees split few rows a few times and cannot add up dozens of slight signs; a sum over columns can.
Each column is taken by where its value stands among the rows learnt from (its normal score), so
that no unit and no outlier counts for more than its place; unknown is the middle. An L1 penalty
leaves most columns without a weight. It is a quarter of the universal one, sqrt(2 n log p) times
the spread of the outcomes, which asks that pure noise enter never; cross-validation asks for less.
Sources: Tibshirani 1996; Donoho & Johnstone 1994; Buehlmann & van de Geer 2011, 2.5.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from fraudml.scores.arrays import FloatArray

KNOTS = 128
PENALTY = 0.25


@dataclass(frozen=True)
class Curve:
    """One column's normal score, straight between knots and level beyond them, and its weight.

    place   of the column in the matrix
    values  ascending; scores as many, in units of the column's own spread
    mean    of the score over the rows learnt from, unknown ones at 0
    """

    place: int
    values: tuple[float, ...]
    scores: tuple[float, ...]
    mean: float
    weight: float = 0.0

    def score(self, column: FloatArray) -> FloatArray:
        """(n,) normal scores; 0, the middle, where the value is unknown."""
        return np.where(np.isnan(column), 0.0, np.interp(column, self.values, self.scores))


@dataclass(frozen=True)
class Linear:
    """Columns that have a weight, and how far their sum spreads over the rows learnt from."""

    curves: tuple[Curve, ...]
    spread: float

    def predict(self, matrix: FloatArray) -> FloatArray:
        """(n,) the weighted sum from its mean, in spreads."""
        total = np.zeros(len(matrix))
        for curve in self.curves:
            total += self._part(curve, matrix)
        return total

    def contributions(self, matrix: FloatArray) -> FloatArray:
        """(n, columns + 1) exact parts of ``predict``; the last column, the base value, is 0."""
        parts = np.zeros((len(matrix), matrix.shape[1] + 1))
        for curve in self.curves:
            parts[:, curve.place] = self._part(curve, matrix)
        return parts

    def _part(self, curve: Curve, matrix: FloatArray) -> FloatArray:
        moved = curve.score(matrix[:, curve.place]) - curve.mean
        return np.asarray(moved * (curve.weight / self.spread), dtype=np.float64)


def fit_linear(
    matrix: FloatArray,
    confirmed: FloatArray,
    weight: FloatArray,
    monotone: Sequence[int] | None = None,
) -> Linear:
    """A logistic regression with an L1 penalty; without two outcomes no column has a weight.

    matrix     (n, columns), nan where unknown
    confirmed  (n,) 1.0 or 0.0
    weight     (n,) what a row counts
    monotone   by column +1, -1 or 0: a weight of the other sign becomes 0
    """
    curves = [curve for p in range(matrix.shape[1]) if (curve := _curve(p, matrix[:, p]))]
    rows, share = float(weight.sum()), float(np.average(confirmed, weights=weight))
    if not curves or not 0.0 < share < 1.0:
        return Linear((), 1.0)
    universal = math.sqrt(2.0 * rows * math.log(max(len(curves), 2)) * share * (1.0 - share))
    model = LogisticRegression(
        C=1.0 / (PENALTY * universal),
        l1_ratio=1.0,
        solver="liblinear",
        max_iter=1_000,
        random_state=0,
    ).fit(_scores(curves, matrix), confirmed, sample_weight=weight)
    kept = [
        replace(curve, weight=float(found))
        for curve, found in zip(curves, model.coef_[0], strict=True)
        if found != 0.0 and (monotone is None or found * monotone[curve.place] >= 0.0)
    ]
    spread = float(Linear(tuple(kept), 1.0).predict(matrix).std())
    return Linear(tuple(kept), spread or 1.0)


def _scores(curves: Sequence[Curve], matrix: FloatArray) -> FloatArray:
    return np.column_stack([curve.score(matrix[:, curve.place]) - curve.mean for curve in curves])


def _curve(place: int, column: FloatArray) -> Curve | None:
    known = np.sort(column[~np.isnan(column)])
    values = np.unique(known)
    if len(values) < 2:
        return None
    values = values[np.unique(np.linspace(0, len(values) - 1, KNOTS).round().astype(np.int64))]
    sides = np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right")
    scores = norm.ppf((sides / 2.0 + 0.5) / (len(known) + 1.0))
    curve = Curve(place, tuple(values.tolist()), tuple(scores.tolist()), 0.0)
    said = curve.score(column)
    spread = float(said.std())
    if not spread > 0.0:
        return None
    scaled = tuple((scores / spread).tolist())
    return Curve(place, curve.values, scaled, float(said.mean()) / spread)
