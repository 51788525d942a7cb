"""A score less what is usual for an entity of that size and kind.

Rare events need volume: a share, a count or a rule's hit that is nothing at most peers can only be
something where there are many claims, and each such feature, in units of its spread over everybody,
weighs as much as any other. So sums over many features rise with size although no single distance
does. And a kind of provider that has more features to stand out by (a nursing home has stays, a
pharmacy none) stands out more. Peer groups compare each feature with peers; this compares the whole
with entities of about the same size, and with those of the same kind.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from fraudml.scores.arrays import BoolArray, FloatArray, IntArray

MIN_ENTITIES = 30
# Half the entities say where the middle lies, and nothing of how wide a size spreads; the upper
# tenth says it best, and is where those are that are looked for. A quarter is none of theirs.
QUARTILE = 0.75
_STEPS = 50
# A kind of n is believed n / (n + 10), as a peer group is.
_SHRINK = 10.0
# Size and kind go together (hospitals are large), so each is taken off again after the other.
_ROUNDS = 2


def beyond_size(
    score: FloatArray,
    size: FloatArray,
    kind: Sequence[str] | IntArray | None = None,
    example: BoolArray | None = None,
) -> FloatArray:
    """(n,) score minus the upper quartile that size and kind lead one to expect; nan stays nan.

    size  (n,) billing volume, known wherever the score is; only its order counts
    kind  (n,) what else the whole is compared within; None or all alike: size alone
    example  (n,) of whom the expectation is read off, None everybody: where many of a size do
          wrong, what is known of them must not become what is usual there
    The expectation is a quantile regression (Koenker & Bassett 1978): a curve of second degree in
    the normal score of the rank of size. The few who stand far out do not move it, and nothing is
    divided: how far somebody stands out is left as it is. Of a kind it is the kind's own upper
    quartile, drawn toward that of all where the kind is thin. With fewer than MIN_ENTITIES
    examples the scores stay as they are.

    >>> beyond_size(np.full(80, 3.0), np.arange(80.0)).max().round(6)
    np.float64(0.0)
    """
    known = np.flatnonzero(~np.isnan(score))
    usual = np.ones(len(known), dtype=np.bool_) if example is None else example[known]
    if np.count_nonzero(usual) < MIN_ENTITIES:
        return score.copy()
    design = _design(size[known])
    left = _less_size(score[known], design, usual)
    names, of = np.unique([] if kind is None else np.asarray(kind)[known], return_inverse=True)
    if len(names) > 1:
        left = _less_kind(left, of, usual)
        for _ in range(_ROUNDS - 1):
            left = _less_kind(_less_size(left, design, usual), of, usual)
    adjusted = score.copy()
    adjusted[known] = left
    return adjusted


def _less_size(score: FloatArray, design: FloatArray, usual: BoolArray) -> FloatArray:
    return np.asarray(score - design @ _quantile_fit(design[usual], score[usual]))


def _less_kind(score: FloatArray, of: IntArray, usual: BoolArray) -> FloatArray:
    own = [score[(of == one) & usual] for one in range(of.max() + 1)]
    middle = np.array([np.quantile(some, QUARTILE) if len(some) else 0.0 for some in own])
    n = np.array([len(some) for some in own])
    return np.asarray(score - (middle * n / (n + _SHRINK))[of], dtype=np.float64)


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
