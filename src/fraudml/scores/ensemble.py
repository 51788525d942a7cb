"""Who stands out in any table, before any outcome is looked at: several detectors, ranks fused."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from fraudml.errors import StateError
from fraudml.scores.arrays import FloatArray, content_order
from fraudml.scores.detectors import Cohesion, Neighbours, Tail, compressed
from fraudml.scores.forest import ForestText
from fraudml.scores.peer_transformer import PeerTransformer

DETECTORS = ("forest", "tail", "neighbours", "cohesion")


class LabelFreeEnsemble(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Isolation forest, tail and nearest neighbours (and cohesion, if asked), their ranks fused.

    detectors   of DETECTORS; cohesion is asked for by name: near-identical profiles are another
                question than standing apart, and cost the fused order where there are none
    sides       ``both``, or ``right`` where only high values are suspicious
    distances   False: X is any table, made robust distances to the median of all. True: X holds
                distances to peers already (``PeerTransformer``)
    contamination  share that ``predict`` calls outlying

    As scikit-learn has it, ``score_samples`` is higher for the ordinary. A row's rank is the one
    it would have among the rows fitted on, so that rows can be scored one at a time. Not assessed
    (nan) counts as the median. Source of the fusion: Cormack, Clarke & Büttcher 2009.
    """

    def __init__(
        self,
        detectors: Sequence[str] = DETECTORS[:3],
        *,
        sides: Literal["both", "right"] = "both",
        distances: bool = False,
        trees: int = 300,
        neighbours: int = 10,
        fusion_k: int = 60,
        contamination: float = 0.1,
        random_state: int = 735,
    ) -> None:
        self.detectors = detectors
        self.sides = sides
        self.distances = distances
        self.trees = trees
        self.neighbours = neighbours
        self.fusion_k = fusion_k
        self.contamination = contamination
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Fit every detector on all rows, in the order of a hash of their content."""
        unknown = sorted(set(self.detectors) - set(DETECTORS))
        if unknown or not self.detectors:
            raise StateError(
                f"Detectors are {', '.join(DETECTORS)}; found {', '.join(unknown) or 'none'}."
            )
        matrix = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=2
        )
        self.scale_ = None if self.distances else PeerTransformer().fit(matrix)
        distance = self._distance(matrix)
        distance = distance[content_order(distance)]
        self.fitted_ = {name: self._fit(name, distance) for name in self.detectors}
        scores = {name: one.score(distance) for name, one in self.fitted_.items()}
        self.ordered_ = {name: np.sort(score) for name, score in scores.items()}
        self.offset_ = float(np.quantile(-self._fused(scores), self.contamination))
        return self

    def detector_scores(self, X: Any) -> dict[str, FloatArray]:  # noqa: N803
        """By detector (n,), higher stands out more."""
        check_is_fitted(self)
        matrix = validate_data(
            self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        distance = self._distance(matrix)
        return {name: one.score(distance) for name, one in self.fitted_.items()}

    def score_samples(self, X: Any) -> FloatArray:  # noqa: N803
        """(n,) minus the fused score: lower stands out more."""
        return -self._fused(self.detector_scores(X))

    def decision_function(self, X: Any) -> FloatArray:  # noqa: N803
        """(n,) below 0 for who is called outlying."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Any:  # noqa: N803
        """(n,) -1 for who is called outlying, else 1."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _distance(self, matrix: FloatArray) -> FloatArray:
        away = matrix if self.scale_ is None else self.scale_.transform(matrix)
        return compressed(away, one_sided=self.sides == "right")

    def _fit(self, name: str, distance: FloatArray) -> ForestText | Tail | Neighbours | Cohesion:
        if name == "forest":
            return ForestText.fit(distance, trees=self.trees, seed=self.random_state)
        if name == "tail":
            return Tail.fit(distance)
        if name == "neighbours":
            return Neighbours.fit(distance, k=self.neighbours)
        return Cohesion.fit(distance)

    def _fused(self, scores: dict[str, FloatArray]) -> FloatArray:
        """Reciprocal ranks added up; equals share the rank in their middle."""
        total = np.zeros(len(next(iter(scores.values()))))
        for name, score in scores.items():
            known = self.ordered_[name]
            above = len(known) - np.searchsorted(known, score, side="right")
            alike = len(known) - above - np.searchsorted(known, score, side="left")
            total += 1.0 / (self.fusion_k + 1.0 + above + np.maximum(alike - 1, 0) / 2.0)
        return total * (self.fusion_k + 1) / len(scores)
