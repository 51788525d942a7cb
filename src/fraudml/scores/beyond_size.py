"""A score less what is usual for the kind and size of the entity.

Rare events need volume: a share or a count that is nothing at most peers can only be something
where there are many claims, so sums over many features rise with size, and with how many of them a
kind of entity has at all. In a fund without fraud half of the first tenth stood in the largest
tenth of billing volume. Peer groups compare each feature with peers; this compares the sum with
entities of the same kind and about the same size.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from fraudml.scores.arrays import FloatArray

MIN_ENTITIES = 30  # of a kind, to have a level of its own
_STEPS = 50


def beyond_size(score: FloatArray, size: FloatArray, kind: Sequence[str]) -> FloatArray:
    """(n,) score minus the median that its kind and size lead one to expect; nan stays nan.

    size  (n,) billing volume; only its order counts. kind (n,) hospital, clinic, ...
    The expectation is a least-absolute-deviations fit: a level by kind and a curve of second degree
    in the normal score of the rank of size, common to all kinds. The few who stand far out do not
    move it, and nothing is divided: how far somebody stands out is left as it is. Kinds of fewer
    than MIN_ENTITIES share one level. With fewer entities in all the score stays as it is.

    >>> score = np.repeat([1.0, 3.0], 40)
    >>> kind = ["clinic"] * 40 + ["hospital"] * 40
    >>> float(np.abs(beyond_size(score, np.arange(80.0), kind)).max().round(3))
    0.0
    """
    known = np.flatnonzero(~np.isnan(score))
    if len(known) < MIN_ENTITIES:
        return score.copy()
    design = _design(size[known], np.array(kind, dtype=object)[known])
    adjusted = score.copy()
    adjusted[known] -= design @ _least_absolute(design, score[known])
    return adjusted


def _design(size: FloatArray, kind: np.ndarray) -> FloatArray:
    names, counts = np.unique(kind.astype(str), return_counts=True)
    own = names[counts >= MIN_ENTITIES]
    levels = [(kind == name).astype(np.float64) for name in own]
    rest = ~np.isin(kind.astype(str), own)
    if rest.any():
        levels.append(rest.astype(np.float64))
    _, place, times = np.unique(size, return_inverse=True, return_counts=True)
    middle = np.cumsum(times) - times / 2.0  # ties share the middle of their ranks
    place_in_normal = ndtri(middle[place] / len(size))
    return np.column_stack([*levels, place_in_normal, place_in_normal**2])


def _least_absolute(design: FloatArray, score: FloatArray) -> FloatArray:
    """Iteratively reweighted least squares (Schlossmacher 1973), always the same steps."""
    weight = np.ones(len(score))
    ridge = 1e-9 * len(score) * np.eye(design.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        left = design.T * weight
        beta = np.linalg.solve(left @ design + ridge * weight.mean(), left @ score)
        apart = np.abs(score - design @ beta)
        weight = 1.0 / np.maximum(apart, 1e-3 * np.median(apart) + 1e-12)
    return np.asarray(beta, dtype=np.float64)
