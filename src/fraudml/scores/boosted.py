"""What a cohort teaches and how it is scored: the rows and columns of the supervised model.

The learning itself is ``bagged_pu.BaggedPU``. Monotone signs on the distances to peers, where the
catalogue has a direction, changed nothing (Kaggle labels: .742 and .742) and are left out; so are
the shares of tail and neighbours beside the forest's (average precision .755 with, .757 without).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fraudml.entities import GrainName
from fraudml.params import TrainParams
from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.bagged_pu import BaggedPU, Bags
from fraudml.scores.cohort import Cohort
from fraudml.scores.labelfree import WHO_BILL, LabelFree
from fraudml.scores.outcomes import Outcome, one_per_entity
from fraudml.scores.settings import HOUSE, Settings

ANOMALY = "(anomaly)"
PEER = "peer:"
EVEN_AT_CONFIRMED: Mapping[GrainName, int] = {"provider": 50, "practitioner": 25, "patient": 100}
FEW_CONFIRMED = 25


@dataclass(frozen=True)
class Supervised:
    """A model learnt from outcomes: its input columns, in order, and its bags.

    trust  weight of its rank beside 1 for the label-free one
    """

    columns: tuple[str, ...]
    bags: Bags
    confirmed: int
    trust: float

    def score(self, seen: LabelFree, rows: IntArray | None = None) -> FloatArray:
        """(n,) higher is more likely to be confirmed; for all of the cohort or for some rows.

        nan for who was paid nothing: the model has seen nobody like them.
        """
        score = self.bags.score(inputs(seen, self.columns, rows))
        active = seen.cohort.active()
        return np.asarray(np.where(active if rows is None else active[rows], score, np.nan))

    def contributions(self, seen: LabelFree, rows: IntArray) -> FloatArray:
        """(rows, columns + 1) exact parts of ``score``, the base value last."""
        return self.bags.contributions(inputs(seen, self.columns, rows))


@dataclass(frozen=True)
class Lesson:
    """Rows of one as-of date: the inspected with what was found, and who may be sampled."""

    seen: LabelFree
    rows: IntArray
    confirmed: IntArray
    unlabelled: IntArray


def lessons(
    known: Sequence[Outcome], seen: Mapping[object, LabelFree], *, held_out: frozenset[str]
) -> tuple[Lesson, ...]:
    """By as-of date what may be learnt from the outcomes, without anybody held out.

    Whoever was inspected on any date, or is held out, is never sampled as uninspected. Whoever was
    paid nothing in the window showed no behaviour and teaches nothing.
    """
    inspected = {o.entity for o in known} | held_out
    made = []
    for day in sorted({o.as_of for o in known}):
        cohort = seen[day].cohort
        active = cohort.active()
        places = {entity: row for entity, row in cohort.places().items() if active[row]}
        best = one_per_entity(o for o in known if o.as_of == day and o.entity not in held_out)
        order = sorted(places[entity] for entity in best if entity in places)
        free = [row for entity, row in places.items() if entity not in inspected]
        made.append(
            Lesson(
                seen=seen[day],
                rows=np.array(order, dtype=np.int64),
                confirmed=np.array(
                    [best[cohort.ids[row]].confirmed for row in order], dtype=np.int64
                ),
                unlabelled=np.array(free, dtype=np.int64),
            )
        )
    return tuple(lesson for lesson in made if len(lesson.rows))


def why_none(taught: Sequence[Lesson], *, enough: int) -> str | None:
    """Why outcomes do not bear a supervised model, as a sentence; None where they do."""
    confirmed = sum(int(lesson.confirmed.sum()) for lesson in taught)
    others = sum(len(lesson.rows) + len(lesson.unlabelled) for lesson in taught) - confirmed
    if confirmed < enough:
        return (
            f"No supervised model: {confirmed:,} confirmed outcomes are known and "
            f"{enough:,} are needed (train.min_confirmed)."
        )
    if others < confirmed:
        return (
            f"No supervised model: beside {confirmed:,} confirmed outcomes only {others:,} "
            "entities are cleared or uninspected; at least as many are needed."
        )
    if not taught or not _usable(taught):
        outcomes = sum(len(lesson.rows) for lesson in taught)
        return f"No supervised model: the {outcomes:,} entities inspected differ in no feature."
    return None


def fit_supervised(
    taught: Sequence[Lesson], params: TrainParams, settings: Settings = HOUSE
) -> Supervised:
    """Fit all bags; the same outcomes give the same bytes, whatever the threads or row order."""
    columns = _usable(taught)
    learner = settings.learner(params)
    confirmed = sum(int(lesson.confirmed.sum()) for lesson in taught)
    learner.fit(
        np.concatenate([inputs(lesson.seen, columns, lesson.rows) for lesson in taught]),
        np.concatenate([lesson.confirmed for lesson in taught]),
        unlabelled=_pool(taught, columns, learner),
    )
    trust = trust_of(taught[0].seen.cohort.grain, confirmed)
    return Supervised(columns, learner.bags_, confirmed, trust)


def trust_of(grain: GrainName, confirmed: int) -> float:
    """Weight of a supervised rank beside 1 for the label-free one, even at EVEN_AT_CONFIRMED.

    What a model learnt errs by one over the root of its outcomes, distances and rules always
    alike: so the weight grows with the root. Below 25 it falls with the square: hundreds of columns
    and a dozen outcomes tell more of where inspectors went than of what they found. Few rules speak
    of practitioners, so that outcomes soon tell more. Of patients, dozens of outcomes tell little
    of ten thousands: confirmed / 100 (docs/decisions.md has what other weights gave).

    >>> tuple(round(trust_of(*one), 2) for one in (("provider", 100), ("practitioner", 15),
    ...                                            ("patient", 20)))
    (1.41, 0.36, 0.2)
    """
    even = EVEN_AT_CONFIRMED[grain]
    if grain not in WHO_BILL:
        return confirmed / even
    enough = max(confirmed, FEW_CONFIRMED)
    return math.sqrt(enough / even) * (confirmed / enough) ** 2


def _pool(taught: Sequence[Lesson], columns: tuple[str, ...], learner: BaggedPU) -> FloatArray:
    """Uninspected rows that the bags sample from: as many as all of them can ask for.

    Each date gives its share by its outcomes. A cohort stands in the order of its hashes: its first
    rows are a sample by hash, so that a fund of ten million needs no more memory than this.
    """
    outcomes = sum(len(lesson.rows) for lesson in taught)
    confirmed = sum(int(lesson.confirmed.sum()) for lesson in taught)
    beside = max(learner.min_negatives, learner.negatives_per_confirmed * confirmed)
    wanted = max(0.0, beside - (outcomes - confirmed)) * learner.bags / outcomes
    parts = [
        inputs(lesson.seen, columns, lesson.unlabelled[: round(wanted * len(lesson.rows))])
        for lesson in taught
    ]
    return np.concatenate(parts)


def inputs(seen: LabelFree, columns: Sequence[str], rows: IntArray | None) -> FloatArray:
    """(n, columns) own values, distances to peers and the anomaly share, as named."""
    cohort = seen.cohort
    pick = slice(None) if rows is None else rows
    return np.column_stack([_column(seen, cohort, name)[pick] for name in columns])


def _column(seen: LabelFree, cohort: Cohort, name: str) -> FloatArray:
    if name == ANOMALY:
        return seen.anomaly
    matrix = cohort.peer if name.startswith(PEER) else cohort.raw
    return matrix[:, [f.name for f in cohort.features].index(name.removeprefix(PEER))]


def _usable(taught: Sequence[Lesson]) -> tuple[str, ...]:
    names = [feature.name for feature in taught[0].seen.cohort.features]
    every = (*names, *(PEER + name for name in names), ANOMALY)
    known = np.concatenate([inputs(lesson.seen, every, lesson.rows) for lesson in taught])
    low = np.min(np.where(np.isnan(known), np.inf, known), axis=0)
    high = np.max(np.where(np.isnan(known), -np.inf, known), axis=0)
    return tuple(name for name, a, b in zip(every, low, high, strict=True) if a < b)
