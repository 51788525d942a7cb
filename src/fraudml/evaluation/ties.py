"""How far a figure could move if ties were broken otherwise.

Every figure shares a tie out evenly; these are the least and the most it could be under any total
order that respects the scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fraudml.evaluation.metrics import Ranked, average_precision, concordance


@dataclass(frozen=True)
class Top:
    """What the first k hold under one way of breaking the tie at the cut."""

    inspected: float
    confirmed: float
    fen: float


@dataclass(frozen=True)
class Whole:
    """What the whole order of the inspected gives under one way of breaking all ties.

    won  concordant pairs; won_within_size the same inside fifths of billing volume
    """

    average_precision: float
    won: float
    won_within_size: float


def tie_bounds(lst: Ranked, k: int) -> tuple[Top, Top]:
    """The first k were the tie at the cut broken worst and best, for each figure on its own.

    Best takes confirmed before unknown before cleared, worst the other way round; yuan take the
    largest or the smallest amounts, which need not be the same entities.

    >>> from fraudml.evaluation.metrics import outcomes, ranked
    >>> lst = ranked(np.array([0.9, 0.5, 0.5, 0.1]), outcomes(np.array([0.0, 1.0, 0.0, 1.0])))
    >>> [(top.inspected, top.confirmed) for top in tie_bounds(lst, 2)]
    [(2.0, 0.0), (2.0, 1.0)]
    """
    k = min(k, len(lst.order))
    group = int(np.searchsorted(lst.ends, k))
    start = int(lst.ends[group - 1]) if group else 0
    stop = int(lst.ends[group]) if len(lst.ends) else 0
    known, confirmed, fen = (
        one[start:stop] for one in (lst.sorted.known, lst.sorted.confirmed, lst.sorted.fen)
    )
    merit = np.where(confirmed > 0, 2, np.where(known > 0, 0, 1))
    sure = lst.sorted.at(np.arange(start))
    ways = []
    for sign in (1, -1):
        chosen = np.argsort(sign * merit, kind="stable")[: k - start]
        dearest = np.sort(sign * fen)[: k - start] * sign
        ways.append(
            Top(
                float(sure.known.sum() + known[chosen].sum()),
                float(sure.confirmed.sum() + confirmed[chosen].sum()),
                float(sure.fen.sum() + dearest.sum()),
            )
        )
    return ways[0], ways[1]


def whole_bounds(known: Ranked, parts: Sequence[Ranked]) -> tuple[Whole, Whole]:
    """Average precision and concordant pairs of the inspected, ties broken worst and best.

    known  a list whose outcomes are all known (``Ranked.inspected``)
    parts  the same order inside each fifth of billing volume
    """
    ends = []
    for confirmed_first in (False, True):
        whole = _broken(known, confirmed_first=confirmed_first)
        inside = [_broken(part, confirmed_first=confirmed_first) for part in parts]
        once = np.ones((1, len(known.order)))
        ends.append(
            Whole(
                float(average_precision(whole, once)[0]),
                float(concordance(whole, once)[0][0]),
                sum(float(concordance(p, np.ones((1, len(p.order))))[0][0]) for p in inside),
            )
        )
    return ends[0], ends[1]


def expected_precision(known: Ranked) -> float:
    """Average precision on average over all ways of breaking ties; nan without a confirmed one.

    scikit-learn's definition takes a tie for one threshold, which can lie above every order that
    the tie allows: this is the figure of a list that somebody really walks down.
    Source: McSherry & Najork 2008.

    >>> from fraudml.evaluation.metrics import outcomes, ranked
    >>> expected_precision(ranked(np.ones(2), outcomes(np.array([1.0, 0.0]))))
    0.75
    """
    hits = np.diff(np.cumsum(known.sorted.confirmed)[known.ends - 1], prepend=0.0)
    size = np.diff(known.ends, prepend=0).astype(np.float64)
    group = np.searchsorted(known.ends, np.arange(len(known.order)), side="right")
    before, start = np.cumsum(hits) - hits, np.cumsum(size) - size
    m, t = hits[group], size[group]
    place = np.arange(1, len(known.order) + 1) - start[group]
    above = before[group] + (place - 1) * (m - 1) / np.maximum(t - 1, 1) + 1
    parts = m / t * above / (start[group] + place)
    return float(parts.sum() / hits.sum()) if hits.sum() else float("nan")


def _broken(known: Ranked, *, confirmed_first: bool) -> Ranked:
    n = len(known.order)
    group = np.searchsorted(known.ends, np.arange(n), side="right")
    sign = -1.0 if confirmed_first else 1.0
    order = np.lexsort((sign * known.sorted.confirmed, group)).astype(np.int64)
    ends = np.arange(1, n + 1, dtype=np.int64)
    return Ranked(known.order[order], ends, known.sorted.at(order))
