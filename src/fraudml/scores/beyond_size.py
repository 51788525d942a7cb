"""A score less what is usual for an entity of that size.

Rare events need volume: a share, a count or a rule's hit that is nothing at most peers can only be
something where there are many claims, and each such feature, in units of its spread over everybody,
weighs as much as any other. So sums over many features rise with size although no single distance
does. Peer groups compare each feature with peers; this compares the whole with entities of about
the same size.
"""

import numpy as np
from scipy.special import ndtri

from fraudml.scores.arrays import FloatArray

MIN_ENTITIES = 30
# Half the entities say where the middle lies, and nothing of how wide a size spreads; the upper
# tenth says it best, and is where those are that are looked for. A quarter is none of theirs.
QUARTILE = 0.75
_STEPS = 50


def beyond_size(score: FloatArray, size: FloatArray) -> FloatArray:
    """(n,) score minus the upper quartile that its size leads one to expect; nan stays nan.

    size  (n,) billing volume, known wherever the score is; only its order counts
    The expectation is a quantile regression (Koenker & Bassett 1978): a curve of second degree in
    the normal score of the rank of size. The few who stand far out do not move it, and nothing is
    divided: how far somebody stands out is left as it is. With fewer than MIN_ENTITIES scores they
    stay as they are.

    >>> beyond_size(np.full(80, 3.0), np.arange(80.0)).max().round(6)
    np.float64(0.0)
    """
    known = np.flatnonzero(~np.isnan(score))
    if len(known) < MIN_ENTITIES:
        return score.copy()
    design = _design(size[known])
    adjusted = score.copy()
    adjusted[known] -= design @ _quantile_fit(design, score[known])
    return adjusted


def _design(size: FloatArray) -> FloatArray:
    _, place, times = np.unique(size, return_inverse=True, return_counts=True)
    middle = np.cumsum(times) - times / 2.0  # ties share the middle of their ranks
    normal = ndtri(middle[place] / len(size))
    return np.column_stack([np.ones(len(size)), normal, normal**2])


def _quantile_fit(design: FloatArray, score: FloatArray) -> FloatArray:
    """Iteratively reweighted least squares (Schlossmacher 1973), always the same steps."""
    weight = np.ones(len(score))
    ridge = 1e-9 * len(score) * np.eye(design.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        left = design.T * weight
        beta = np.linalg.solve(left @ design + ridge * weight.mean(), left @ score)
        apart = score - design @ beta
        side = np.where(apart > 0, QUARTILE, 1.0 - QUARTILE)
        far = np.abs(apart)
        weight = side / np.maximum(far, 1e-3 * np.median(far) + 1e-12)
    return np.asarray(beta, dtype=np.float64)
