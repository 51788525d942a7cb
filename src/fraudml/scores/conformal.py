"""How many clean entities a list may hold: conformal p-values inside peer groups.

p = how often a clean entity of the same peers would stand out at least as much. It takes entities
known to be clean and drawn by chance: on simulated funds the share of clean ones among the listed
was held when they were drawn at random and exceeded by far when they came from complaints. So it
is refused unless they come from the random arm with known chances, and unless there are enough of
them that a list could be told from chance at all.
Sources: Vovk, Gammerman & Shafer 2005 (Mondrian categories); Bates, Candes, Lei, Romano & Sesia
2023 (outliers, Benjamini-Hochberg); Tibshirani, Barber, Candes & Ramdas 2019 (weights).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fraudml.scores.arrays import BoolArray, FloatArray

Names = Sequence[str] | npt.NDArray[np.object_]


@dataclass(frozen=True)
class Calibration:
    """Entities inspected and cleared; arrays and lists (c,).

    score   the score of today's list, in which no outcome took part; higher stands out more
    group   peer group
    chance  inclusion probability, nan where unknown
    drawn   whether the random arm chose it
    """

    score: FloatArray
    group: Names
    chance: FloatArray
    drawn: BoolArray


@dataclass(frozen=True)
class Conformal:
    """p_value (n,), nan where it cannot be given, and a sentence for each refusal.

    calibrated  how many cleared entities the p-values rest on; groups: peer groups served, of all
    """

    p_value: FloatArray
    reason: str | None
    calibrated: int
    groups: int
    groups_in_all: int


def conformal(
    score: FloatArray, group: Names, clean: Calibration, *, share: float, k: int
) -> Conformal:
    """p-values of a whole list, or the reason why there are none.

    score  (n,) higher stands out more, nan: not scored; group (n,) peer groups
    share  of clean entities tolerated among the listed (q); k  length of the list that is meant
    A peer group is served where its smallest possible p-value allows k of n entities to be
    listed at q: weight / total <= q k / n, which with equal chances is more than n / (q k) cleared
    ones. The entity asked about weighs as much as the heaviest cleared one, for its own chance is
    not known to us: p-values are never too small for that.
    """
    n, groups = int((~np.isnan(score)).sum()), sorted(set(group))
    usable = clean.drawn & ~np.isnan(clean.chance) & ~np.isnan(clean.score)
    none = np.full(len(score), np.nan)
    if not usable.any():
        return Conformal(none, _no_drawn(clean), 0, 0, len(groups))
    finest = share * k / max(1, n)
    names, own = np.asarray(clean.group, dtype=object), np.asarray(group, dtype=object)
    p_value, served, most = none.copy(), 0, 0
    for name in groups:
        inside = usable & (names == name)
        most = max(most, int(inside.sum()))
        weight = 1.0 / clean.chance[inside]
        if not inside.any() or weight.max() / (weight.sum() + weight.max()) > finest:
            continue
        served += 1
        places = (own == name) & ~np.isnan(score)
        p_value[places] = weighted_p(score[places], clean.score[inside], weight)
    reason = None if served else _too_few(int(usable.sum()), most, n, share=share, k=k)
    return Conformal(p_value, reason, int(usable.sum()), served, len(groups))


def weighted_p(score: FloatArray, clean: FloatArray, weight: FloatArray) -> FloatArray:
    """(n,) weight of the clean ones that score at least as high, with one more of the heaviest.

    >>> weighted_p(np.array([9.0, 1.0]), np.array([1.0, 2.0, 3.0]), np.ones(3)).tolist()
    [0.25, 1.0]
    """
    order = np.argsort(clean, kind="stable")
    above = np.concatenate([np.cumsum(weight[order][::-1])[::-1], [0.0]])
    place = np.searchsorted(clean[order], score, side="left")
    extra = weight.max()
    return np.asarray((above[place] + extra) / (above[0] + extra), dtype=np.float64)


def benjamini_hochberg(p_value: FloatArray) -> FloatArray:
    """(n,) adjusted p-values: listing all at most q holds the expected share of false ones at q.

    nan stays nan and is not counted. Source: Benjamini & Hochberg 1995.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, np.nan])).round(3).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    known = np.flatnonzero(~np.isnan(p_value))
    order = known[np.argsort(p_value[known], kind="stable")]
    raised = p_value[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted = np.full(len(p_value), np.nan)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(raised[::-1])[::-1])
    return adjusted


def _no_drawn(clean: Calibration) -> str:
    if not len(clean.score):
        return "没有经检查而被排除的对象 · nobody was inspected and cleared"
    return (
        f"没有随机抽中、概率已知而被排除的对象 · none of the {len(clean.score):,} entities "
        "that were inspected and cleared was drawn by the random arm with a known chance: p-values "
        "from entities that inspectors chose would promise fewer false leads than there are"
    )


def _too_few(usable: int, most: int, n: int, *, share: float, k: int) -> str:
    least = int(np.floor(n / (share * k))) if n else 0
    return (
        f"随机抽中而被排除的对象太少 · {usable:,} drawn at random and cleared, at most {most:,} in "
        f"one peer group; a list of {k:,} among {n:,} at {share:.0%} takes about "
        f"{least:,} in the group"
    )
