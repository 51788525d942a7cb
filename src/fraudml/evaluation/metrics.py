"""What the first k of a list found, and how well the whole list is ordered.

A list may tie, and an entity that nobody inspected is unknown: ties at the cut are shared out or
bounded, and an unknown outcome never enters a denominator as a negative. Every figure is
computed for many resamples at once: ``counts`` (b, n) says how often each entity, in list order,
occurs in each resample; a single row of ones is the list itself.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fraudml.errors import StateError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Outcomes:
    """What is known about each entity of a list; all arrays (n,).

    known      1 where an inspection confirmed or cleared, 0 where nobody knows
    confirmed  1 where an inspection confirmed, 0 elsewhere (cleared or unknown: see ``known``)
    fen        amount confirmed, 0 where none is known
    """

    known: FloatArray
    confirmed: FloatArray
    fen: FloatArray

    def at(self, places: IntArray) -> "Outcomes":
        """The outcomes of some entities, in the order given."""
        return Outcomes(self.known[places], self.confirmed[places], self.fen[places])


def outcomes(label: FloatArray, fen: FloatArray | None = None) -> Outcomes:
    """Outcomes from labels: 1 confirmed, 0 cleared, nan unknown.

    fen  (n,) amount confirmed, nan where none is known; counted only where confirmed
    Raises StateError for another label.

    >>> outcomes(np.array([1.0, np.nan, 0.0])).known
    array([1., 0., 1.])
    """
    known = ~np.isnan(label)
    if not np.isin(label[known], (0.0, 1.0)).all():
        raise StateError("A label is neither 1, 0 nor null: run the labels stage again.")
    confirmed = known & (label == 1.0)
    amount = np.zeros(len(label)) if fen is None else np.nan_to_num(fen)
    return Outcomes(known.astype(float), confirmed.astype(float), amount * confirmed)


@dataclass(frozen=True)
class Ranked:
    """A list in order, highest score first.

    order   (n,) position of each entity in the tables it came from
    ends    (g,) exclusive ends, in list order, of the groups of equal score
    sorted  the outcomes in list order
    """

    order: IntArray
    ends: IntArray
    sorted: Outcomes

    @property
    def tied(self) -> bool:
        """Whether any two entities share a score."""
        return len(self.ends) < len(self.order)

    def prefix(self, k: int) -> int:
        """How many from the top a resampled first k can reach, whole tie groups included.

        The count of the first p of n entities in a resample is binomial with mean p; six standard
        deviations beyond k leave a chance below 1e-8 of reaching further.
        """
        reach = k + 6 * int(np.sqrt(k)) + 40
        if reach >= len(self.order):
            return len(self.order)
        return int(self.ends[np.searchsorted(self.ends, reach)])

    def only(self, keep: IntArray) -> Self:
        """The same order among the entities at some places of the list alone, ties kept."""
        group = np.searchsorted(self.ends, keep, side="right")
        last = np.flatnonzero(np.diff(group, append=-1)) + 1
        return type(self)(self.order[keep], last.astype(np.int64), self.sorted.at(keep))

    def inspected(self) -> Self:
        """The same order among entities with a known outcome alone."""
        return self.only(np.flatnonzero(self.sorted.known > 0))


def ranked(score: FloatArray, known: Outcomes) -> Ranked:
    """Order entities by score, highest first; those without a score come last, tied.

    >>> ranked(np.array([0.2, 0.9, 0.2]), outcomes(np.array([0.0, 1.0, np.nan]))).ends
    array([1, 3])
    """
    value = np.where(np.isnan(score), -np.inf, score)
    order = np.argsort(-value, kind="stable").astype(np.int64)
    last = np.ones(len(order), dtype=bool)
    last[:-1] = value[order[1:]] != value[order[:-1]]
    return Ranked(order, (np.flatnonzero(last) + 1).astype(np.int64), known.at(order))


@dataclass(frozen=True)
class Found:
    """What the first k hold; arrays (b,), one figure per resample.

    listed, inspected and confirmed count entities; fen is the amount confirmed.
    """

    listed: FloatArray
    inspected: FloatArray
    confirmed: FloatArray
    fen: FloatArray

    def stacked(self) -> FloatArray:
        """The four figures as rows (4, b), in the order of the fields."""
        return np.stack([getattr(self, one.name) for one in fields(self)])


def found(lst: Ranked, counts: FloatArray, k: int) -> Found:
    """What the first k of each resampled list hold; a tie at the cut is shared out evenly.

    counts  (b, p) with p at least ``lst.prefix(k)``, in list order

    >>> lst = ranked(np.array([0.9, 0.5, 0.5, 0.1]), outcomes(np.array([0.0, 1.0, 0.0, 1.0])))
    >>> found(lst, np.ones((1, 4)), 2).confirmed
    array([0.5])
    """
    p = counts.shape[1]
    top = lst.sorted.at(np.arange(p))
    taken = _taken(lst.ends[lst.ends <= p], counts, k)
    return Found(
        taken.sum(axis=1),
        (taken * top.known).sum(axis=1),
        (taken * top.confirmed).sum(axis=1),
        (taken * top.fen).sum(axis=1),
    )


def _taken(ends: IntArray, counts: FloatArray, k: int) -> FloatArray:
    reached = np.cumsum(counts, axis=1)
    if len(ends) == counts.shape[1]:
        return np.clip(k - (reached - counts), 0.0, counts)
    at_end = reached[:, ends - 1]
    before = np.concatenate([np.zeros((len(counts), 1)), at_end[:, :-1]], axis=1)
    size = at_end - before
    share = np.clip(k - before, 0.0, size) / np.maximum(size, 1.0)
    group = np.searchsorted(ends, np.arange(counts.shape[1]), side="right")
    return np.asarray(share[:, group] * counts)


def share_inside(score: FloatArray, own: FloatArray, k: int) -> FloatArray:
    """(m,) how much of each entity stands in the first k: 1, 0, or its part of a tie at the cut.

    score  (n,) of the whole list, higher first; nan last. own (m,) scores of some of its entities

    >>> share_inside(np.array([0.9, 0.5, 0.5, 0.1]), np.array([0.9, 0.5, 0.1]), 2)
    array([1. , 0.5, 0. ])
    """
    ordered = np.sort(np.where(np.isnan(score), -np.inf, score))
    value = np.where(np.isnan(own), -np.inf, own)
    above = len(ordered) - np.searchsorted(ordered, value, side="right")
    tied = len(ordered) - np.searchsorted(ordered, value, side="left") - above
    return np.asarray(np.clip(k - above, 0, tied) / np.maximum(tied, 1), dtype=np.float64)


def average_precision(lst: Ranked, counts: FloatArray) -> FloatArray:
    """Average precision of a list whose outcomes are all known; nan without a confirmed one.

    counts  (b, n) in list order. Ties count as one threshold. Source: scikit-learn's definition.

    >>> lst = ranked(np.array([0.9, 0.8, 0.1]), outcomes(np.array([1.0, 0.0, 1.0])))
    >>> average_precision(lst, np.ones((1, 3))).round(4)
    array([0.8333])
    """
    hits = _at_ends(lst, counts * lst.sorted.confirmed)
    seen = _at_ends(lst, counts)
    step = np.diff(hits, prepend=0.0, axis=1)
    total = hits[:, -1] if hits.shape[1] else np.zeros(len(counts))
    area = (step * hits / np.maximum(seen, 1e-300)).sum(axis=1)
    return ratio(area, total)


def concordance(lst: Ranked, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pairs (confirmed, cleared) in the right order, a tie counting half, and all such pairs.

    Their ratio is the area under the ROC curve; sums over strata give it within strata.
    """
    hits = np.diff(_at_ends(lst, counts * lst.sorted.confirmed), prepend=0.0, axis=1)
    clear = _at_ends(lst, counts * (1.0 - lst.sorted.confirmed))
    total = clear[:, -1:] if clear.shape[1] else np.zeros((len(counts), 1))
    own = np.diff(clear, prepend=0.0, axis=1)
    won = (hits * (total - clear + own / 2)).sum(axis=1)
    return won, hits.sum(axis=1) * total[:, 0]


def auc(lst: Ranked, counts: FloatArray) -> FloatArray:
    """Chance that a confirmed entity stands before a cleared one; nan where either is missing.

    >>> lst = ranked(np.array([0.9, 0.8, 0.1]), outcomes(np.array([1.0, 0.0, 1.0])))
    >>> auc(lst, np.ones((1, 3)))
    array([0.5])
    """
    return ratio(*concordance(lst, counts))


def _at_ends(lst: Ranked, values: FloatArray) -> FloatArray:
    return np.asarray(np.cumsum(values, axis=1)[:, lst.ends - 1])


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part of whole, nan where the whole is nothing."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0))
