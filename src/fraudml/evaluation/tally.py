"""Lists of one grain, counted: what each model's lists found, on the data and on resamples."""

from dataclasses import dataclass, field

import numpy as np

from fraudml.evaluation.bootstrap import Resamples, resample
from fraudml.evaluation.metrics import (
    FloatArray,
    Found,
    IntArray,
    Outcomes,
    Ranked,
    average_precision,
    concordance,
    found,
    ranked,
)
from fraudml.evaluation.ties import Top, Whole, expected_precision, tie_bounds, whole_bounds

SIZE_GROUPS = 5


@dataclass(frozen=True)
class CutList:
    """The entities that one list orders, and how each model orders them.

    name      the cut (an as-of date) or the repeat
    entity    (n,) number of each entity, the same in every list
    outcomes  what inspections found after the cut
    scores    by model (n,), more suspicious is higher; nan: last. A model may be absent
    size      (n,) billing volume, or None where unknown: figures inside fifths of volume
    """

    name: str
    entity: IntArray
    outcomes: Outcomes
    scores: dict[str, FloatArray]
    size: FloatArray | None = None


@dataclass(frozen=True)
class Tally:
    """One model on one list; arrays (1 + resamples,), the data first.

    at_k      by k: what the first k hold
    ties      by k: what the first k would hold were the tie at the cut broken worst and best
    spread    the whole order's figures were all its ties broken worst and best
    expected  average precision on average over all ways of breaking ties
    won/pairs concordant pairs and all pairs; the same inside fifths of billing volume
    """

    at_k: dict[int, Found]
    ties: dict[int, tuple[Top, Top]]
    spread: tuple[Whole, Whole]
    expected: float
    average_precision: FloatArray
    won: FloatArray
    pairs: FloatArray
    won_within_size: FloatArray
    pairs_within_size: FloatArray


@dataclass(frozen=True)
class ListTotal:
    """What one list holds in all, whoever orders it: arrays (1 + resamples,) and plain counts."""

    name: str
    entities: int
    known: FloatArray
    confirmed: FloatArray
    fen: FloatArray
    best_fen: dict[int, float]


@dataclass(frozen=True)
class Tallies:
    """All lists of one grain: totals by list, and by model one tally per list (None: absent).

    own  distinct outcomes over outcomes in the lists: a half where two repeats hold the same
    """

    totals: tuple[ListTotal, ...]
    models: dict[str, tuple[Tally | None, ...]] = field(default_factory=dict)
    own: float = 1.0


def tally(
    lists: list[CutList],
    *,
    entities: int,
    ks: tuple[int, ...],
    resamples: int,
    seed: int,
) -> Tallies:
    """Count what every model's lists found, for each k, on the data and on common resamples."""
    models = list(dict.fromkeys(model for lst in lists for model in lst.scores))
    orders = [{m: ranked(lst.scores[m], lst.outcomes) for m in lst.scores} for lst in lists]
    drawn = resample(entities, _relevant(lists, orders, max(ks)), resamples=resamples, seed=seed)
    totals = tuple(_total(lst, drawn, ks) for lst in lists)
    return Tallies(
        totals,
        {
            model: tuple(
                _tally(lst, order[model], drawn, ks) if model in order else None
                for lst, order in zip(lists, orders, strict=True)
            )
            for model in models
        },
    )


def _relevant(lists: list[CutList], orders: list[dict[str, Ranked]], k: int) -> IntArray:
    parts = [lst.entity[lst.outcomes.known > 0] for lst in lists]
    for lst, order in zip(lists, orders, strict=True):
        parts += [lst.entity[one.order[: one.prefix(k)]] for one in order.values()]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)


def _total(lst: CutList, drawn: Resamples, ks: tuple[int, ...]) -> ListTotal:
    places = np.flatnonzero(lst.outcomes.known > 0)
    known = lst.outcomes.at(places)
    values = np.stack([known.known, known.confirmed, known.fen])
    sums = drawn.total(
        lst.entity[places], lambda counts: np.stack([(counts * v).sum(axis=1) for v in values])
    )
    largest = np.sort(known.fen)[::-1]
    best = {k: float(largest[:k].sum()) for k in ks}
    return ListTotal(lst.name, len(lst.entity), sums[0], sums[1], sums[2], best)


def _tally(lst: CutList, order: Ranked, drawn: Resamples, ks: tuple[int, ...]) -> Tally:
    at_k = {}
    for k in ks:
        top = lst.entity[order.order[: order.prefix(k)]]
        sums = drawn.total(top, lambda counts, k=k: found(order, counts, k).stacked())  # type: ignore[misc]
        at_k[k] = Found(*sums)
    known = order.inspected()
    precision, won, pairs = drawn.total(
        lst.entity[known.order],
        lambda counts: np.stack([average_precision(known, counts), *concordance(known, counts)]),
    )
    parts = _by_size(lst, known)
    within = np.zeros((2, len(drawn.counts)))
    for part in parts:
        within += drawn.total(
            lst.entity[part.order],
            lambda counts, part=part: np.stack(concordance(part, counts)),  # type: ignore[misc]
        )
    ties = {k: tie_bounds(order, k) for k in ks}
    spread = whole_bounds(known, parts)
    expected = expected_precision(known)
    return Tally(at_k, ties, spread, expected, precision, won, pairs, within[0], within[1])


def _by_size(lst: CutList, known: Ranked) -> list[Ranked]:
    """The order of the inspected inside each fifth of billing volume; none where it is unknown."""
    if lst.size is None:
        return []
    rank = np.argsort(np.argsort(lst.size, kind="stable"), kind="stable")
    fifth = (rank * SIZE_GROUPS // max(1, len(rank)))[known.order]
    return [known.only(np.flatnonzero(fifth == group)) for group in range(SIZE_GROUPS)]
