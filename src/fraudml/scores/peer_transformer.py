"""How far each row of any table stands from its own peers: the transformer of the feature stage.

The distance that features/peers.py takes in the engine of features that are no rates, for tables
that fit into memory: robust centre and spread of a group, drawn toward its parent group, whose own
are drawn toward theirs (tests/unit/test_scores_peer_transformer.py compares the two). A rate's
funnel, which widens where it is taken over few things, is the feature stage's alone.
"""

from collections.abc import Hashable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from fraudml.features.peer_noise import drawn, spread_of_group

FloatArray = npt.NDArray[np.float64]
Column = str | int
_Statistics = tuple[FloatArray, FloatArray, FloatArray]


class PeerTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Robust distances to peer groups that fall back to a parent when thin.

    levels     finest to coarsest, each the columns of X that name the group; all other columns
               are values. ``((),)``, the default, makes one group of everybody
    min_peers  members with a value that a group needs to be used at all
    shrink     k of n / (n + k): the weight of a group of n beside its parent

    Distance = (value - centre) / spread; spread is the median absolute deviation / 0.6745, or
    the mean absolute deviation x 1.2533 where that is 0 (Iglewicz & Hoaglin 1993). nan where the
    value is unknown or no group has a spread. A group that fit never met counts as thin.

    >>> table = pd.DataFrame({"level": ["3"] * 4, "beds": [1.0, 2.0, 3.0, 30.0]})
    >>> one = PeerTransformer((("level",),), min_peers=2, shrink=0.0)
    >>> one.fit_transform(table).round(2).ravel().tolist()
    [-1.01, -0.34, 0.34, 18.55]
    """

    def __init__(
        self,
        levels: Sequence[Sequence[Column]] = ((),),
        *,
        min_peers: int = 8,
        shrink: float = 10.0,
    ) -> None:
        self.levels = levels
        self.min_peers = min_peers
        self.shrink = shrink

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Centre, spread and sorted values of every group of every level."""
        values, groups = self._split(X, reset=True)
        self.groups_: list[dict[Hashable, _Statistics]] = []
        self.sorted_: list[dict[Hashable, FloatArray]] = []
        for keys in groups:
            rows = pd.Series(np.arange(len(values))).groupby(keys).indices
            self.groups_.append({key: self._statistics(values[at]) for key, at in rows.items()})
            self.sorted_.append({key: np.sort(values[at], axis=0) for key, at in rows.items()})
        return self

    def transform(self, X: Any) -> FloatArray:  # noqa: N803
        """(n, values) distances to the peers that fit met."""
        check_is_fitted(self)
        values, groups = self._split(X, reset=False)
        codes, paths = pd.factorize(pd.Series(list(zip(*groups, strict=True)), dtype=object))
        centres, spreads = np.empty((2, len(paths), values.shape[1]))
        for number, path in enumerate(paths):
            centres[number], spreads[number] = self._along(path)
        return np.asarray((values - centres[codes]) / spreads[codes], dtype=np.float64)

    def percentiles(self, X: Any) -> tuple[FloatArray, npt.NDArray[np.int64]]:  # noqa: N803
        """(n, values) share of the peers below, half of the ties counted, and of how many peers.

        The peers are those of the finest group with min_peers known values, else of the coarsest.
        """
        check_is_fitted(self)
        values, groups = self._split(X, reset=False)
        shares = np.full(values.shape, np.nan)
        counts = np.zeros(values.shape, dtype=np.int64)
        for row in range(len(values)):
            for column in range(values.shape[1]):
                peers = self._peers([keys[row] for keys in groups], column)
                counts[row, column] = len(peers)
                if len(peers) and not np.isnan(values[row, column]):
                    shares[row, column] = share_below(peers, values[row, column])
        return shares, counts

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the value columns."""
        check_is_fitted(self)
        if hasattr(self, "feature_names_in_"):
            names = self.feature_names_in_
        else:
            names = [f"x{place}" for place in range(self.n_features_in_)]
        return np.array([names[place] for place in self._places], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _split(self, X: Any, *, reset: bool) -> tuple[FloatArray, list[npt.NDArray[np.object_]]]:  # noqa: N803
        named = [column for level in self.levels for column in level]
        if not named:
            table = validate_data(
                self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
            )
            self._places = list(range(table.shape[1]))
            return table, [np.full(len(table), "all", dtype=object) for _ in self.levels]
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
        validate_data(self, frame, reset=reset, skip_check_array=True)
        self._places = [p for p, c in enumerate(frame.columns) if c not in set(named)]
        values = check_array(
            frame.iloc[:, self._places], dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return values, [self._keys(frame, level) for level in self.levels]

    @staticmethod
    def _keys(frame: pd.DataFrame, level: Sequence[Column]) -> npt.NDArray[np.object_]:
        keys = np.empty(len(frame), dtype=object)
        columns = [frame[name].astype("string").fillna("?") for name in level]
        keys[:] = list(zip(*columns, strict=True)) if columns else "all"
        return keys

    def _statistics(self, values: FloatArray) -> _Statistics:
        n = (~np.isnan(values)).sum(axis=0)
        enough = n >= self.min_peers if len(self.levels) > 1 or self.levels[0] else n > 0
        centre, spread = np.full((2, values.shape[1]), np.nan)
        if enough.any():
            known = values[:, enough]
            centre[enough] = np.nanmedian(known, axis=0)
            apart = np.abs(known - centre[enough])
            middle = np.nanmedian(apart, axis=0)
            spread[enough] = spread_of_group(middle, np.nanmean(apart, axis=0))
        return n.astype(np.float64), centre, np.where(spread > 0, spread, np.nan)

    def _along(self, path: tuple[Hashable, ...]) -> tuple[FloatArray, FloatArray]:
        """Centre and spread of one path of groups, each drawn toward its parent."""
        unknown = np.full(len(self._places), np.nan)
        centre, spread = unknown, unknown
        for met, key in zip(reversed(self.groups_), reversed(path), strict=True):
            n, own_centre, own_spread = met.get(key, (np.zeros(len(unknown)), unknown, unknown))
            weight = n / np.maximum(n + self.shrink, 1e-12)
            centre = drawn(own_centre, centre, weight)
            spread = drawn(own_spread, spread, weight)
        return centre, spread

    def _peers(self, path: Sequence[Hashable], column: int) -> FloatArray:
        known = np.empty(0)
        for met, key in zip(self.sorted_, path, strict=True):
            known = met[key][:, column] if key in met else np.empty(0)
            known = known[~np.isnan(known)]
            if len(known) >= self.min_peers:
                break
        return known


def share_below(peers: FloatArray, value: float) -> float:
    """The share of the known peers below a value, half of its ties counted.

    >>> share_below(np.array([1.0, 2.0, 2.0, 9.0]), 2.0)
    0.5
    """
    return float((np.sum(peers < value) + 0.5 * np.sum(peers == value)) / len(peers))
