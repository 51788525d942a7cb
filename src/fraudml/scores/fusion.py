"""One order from several: reciprocal-rank fusion, with ties broken by the hash of the id."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from fraudml.scores.arrays import FloatArray, IntArray

Rule = Literal["fused", "label_free", "lightgbm"]
RULES: tuple[Rule, ...] = ("fused", "label_free", "lightgbm")


def rank(score: FloatArray) -> IntArray:
    """Ranks 1..n, 1 the highest score; equal scores keep the order of the rows.

    Rows stand in the order of the hashes of their ids, so this is a total order that depends on
    scores and ids alone. A nan is last.

    >>> rank(np.array([0.2, 0.9, 0.9, np.nan])).tolist()
    [3, 1, 2, 4]
    """
    ranks = np.empty(len(score), dtype=np.int64)
    ranks[np.argsort(-np.where(np.isnan(score), -np.inf, score), kind="stable")] = np.arange(
        1, len(score) + 1
    )
    return ranks


def shared_rank(score: FloatArray) -> FloatArray:
    """Ranks of which equal scores share the mean, so that nobody gains by a tie; none is unknown.

    >>> shared_rank(np.array([0.0, 1.5, 0.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    return np.asarray(rankdata(-score, method="average"), dtype=np.float64)


def reciprocal_rank_fusion(
    ranks: Sequence[IntArray | FloatArray], *, k: int, weights: Sequence[float] | None = None
) -> FloatArray:
    """How high several rankings place each entity together, 1 where all place it first.

    Source: Cormack, Clarke & Büttcher 2009, sum of weight / (k + rank), scaled by its maximum.

    >>> reciprocal_rank_fusion([np.array([1, 2]), np.array([1, 2])], k=60).round(4).tolist()
    [1.0, 0.9839]
    """
    shares = np.ones(len(ranks)) if weights is None else np.asarray(weights, dtype=np.float64)
    total = np.sum([w / (k + r) for w, r in zip(shares, ranks, strict=True)], axis=0)
    # rounding may put who is first everywhere a bit above 1, which the draw refuses
    return np.minimum(np.asarray(total * (k + 1) / shares.sum(), dtype=np.float64), 1.0)


def final_score(
    label_free: IntArray,
    supervised: IntArray | None,
    *,
    trust: float,
    k: int,
    rule: Rule = "fused",
) -> FloatArray:
    """The score of the list: both ranks fused, or one of them alone where that was chosen.

    trust  weight of the supervised rank beside 1 for the label-free one
    Without a supervised rank the label-free one stands, whatever the rule.
    """
    if supervised is None or rule == "label_free":
        return reciprocal_rank_fusion([label_free], k=k)
    if rule == "lightgbm":
        return reciprocal_rank_fusion([supervised], k=k)
    return reciprocal_rank_fusion([label_free, supervised], k=k, weights=[1.0, trust])
