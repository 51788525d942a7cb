"""How much of the spread among peers is chance: the sampling variance of rates of few things."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fraudml.features.entry import Feature

FloatArray = NDArray[np.float64]

_NORMAL_MAD = 0.6745  # Iglewicz & Hoaglin 1993, modified z-score
_NORMAL_MEAN = 1.253314  # their constant where the median deviation is zero


def rates(entries: Iterable[Feature], columns: Iterable[str]) -> set[str]:
    """Features that are rates over a number that stands among these columns."""
    there = set(columns)
    return {entry.name for entry in entries if entry.per in there}


def spread_of_group(middle: FloatArray, average: FloatArray) -> FloatArray:
    """A standard deviation from the median absolute deviation, or the mean one where that is 0.

    >>> spread_of_group(np.array([0.6745, 0.0]), np.array([9.0, 1.0]))
    array([1.      , 1.253314])
    """
    return np.where(middle > 0, middle / _NORMAL_MAD, average * _NORMAL_MEAN)


def measured_noise(
    small: tuple[FloatArray, FloatArray, FloatArray],
    large: tuple[FloatArray, FloatArray, FloatArray],
    min_peers: int,
) -> FloatArray:
    """Variance of one counted thing, from how much wider the smaller half of a group spreads.

    small, large  members, median absolute deviation and median n of each half
    If spread^2 = between^2 + noise / n in both halves, noise is the difference of the squares over
    the difference of 1/n; 0 where the larger half spreads as wide, nan where a half is too thin.

    >>> half = lambda *cells: tuple(np.array([cell]) for cell in cells)
    >>> measured_noise(half(9.0, 0.6745, 10.0), half(9.0, 0.6745 / 2, 40.0), 8)
    array([10.])
    """
    wide, narrow = ((middle / _NORMAL_MAD) ** 2 for _, middle, _ in (small, large))
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = 1.0 / small[2] - 1.0 / large[2]
        noise = np.maximum((wide - narrow) / apart, 0.0)
        most = wide * small[2]  # as if the smaller half differed by chance alone
    enough = (small[0] >= min_peers) & (large[0] >= min_peers)
    return np.where(enough, np.minimum(noise, most), np.nan)


def drawn(own: FloatArray, parent: FloatArray, weight: FloatArray) -> FloatArray:
    """Own drawn toward the parent; either alone where the other is unknown.

    >>> drawn(np.array([1.0, np.nan, 1.0]), np.array([3.0, 3.0, np.nan]), np.full(3, 0.5))
    array([2., 3., 1.])
    """
    between = weight * own + (1.0 - weight) * parent
    return np.where(np.isnan(own), parent, np.where(np.isnan(parent), own, between))
