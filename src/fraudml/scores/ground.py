"""What is learnt from a cohort before anybody in it is scored, and the scores of any part of it.

Columns and spreads come from everybody, the neighbours and the forest's rows from a sample by hash:
a cohort of any size is surveyed and scored in batches, and neither their size nor their order
changes a byte. Most patients are alike: whoever stands at the same distances is scored once.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.cohort import Cohort, hash_prefix
from fraudml.scores.detectors import Neighbours, Tail
from fraudml.scores.forest import MAX_FIT_ROWS, Forest, one_sided
from fraudml.scores.moments import Moments

_MIX = np.random.default_rng(735).integers(1, 1 << 63, size=4_096, dtype=np.uint64) | np.uint64(1)


@dataclass(frozen=True)
class Ground:
    """Features that vary among the active, their tail, and the neighbours one is held against."""

    names: tuple[str, ...]
    tail: Tail
    neighbours: Neighbours

    def scores(self, cohort: Cohort, forest: Forest) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n,) forest, tail and neighbours of every row, active or not."""
        every = tuple(dict.fromkeys((*self.names, *forest.names)))
        matrix = one_sided(cohort, every)
        first, copy = distinct(matrix)
        kinds = matrix[first]
        own = kinds[:, [every.index(name) for name in self.names]]
        isolated = forest.score_rows(kinds[:, [every.index(name) for name in forest.names]])
        return isolated[copy], self.tail.score(own)[copy], self.neighbours.score(own)[copy]


@dataclass(frozen=True)
class Survey:
    """Columns and a sample by hash of one set of rows, gathered batch by batch.

    sample  (m, f) the rows with the lowest hashes, at most MAX_FIT_ROWS; hashes (m,)
    """

    moments: Moments
    sample: FloatArray
    hashes: npt.NDArray[np.uint64]

    @classmethod
    def none(cls, columns: int) -> Self:
        """Before any row."""
        return cls(Moments.none(columns), np.empty((0, columns)), np.empty(0, dtype=np.uint64))

    def with_rows(self, matrix: FloatArray, hashes: npt.NDArray[np.uint64]) -> "Survey":
        """After some more rows."""
        if not len(matrix):
            return self
        moments = self.moments.with_rows(matrix)
        if len(self.hashes) == MAX_FIT_ROWS:
            low = hashes <= self.hashes[-1]
            matrix, hashes = matrix[low], hashes[low]
        rows, all_hashes = np.vstack([self.sample, matrix]), np.append(self.hashes, hashes)
        order = np.argsort(all_hashes, kind="stable")[:MAX_FIT_ROWS]
        return Survey(moments, rows[order], all_hashes[order])

    def ground(self, names: tuple[str, ...]) -> Ground:
        """What the rows teach; ``names`` of the columns surveyed."""
        use = np.flatnonzero(self.moments.varies) if self.moments.rows > 1 else np.empty(0, int)
        tail = Tail(self.moments.spread[use])
        near = Neighbours.fit(self.sample[:, use], tail=tail)
        return Ground(tuple(names[place] for place in use), tail, near)


def directed(cohort: Cohort) -> tuple[str, ...]:
    """The features of which one side is suspicious."""
    return tuple(feature.name for feature in cohort.features if feature.direction != 0)


@dataclass(frozen=True)
class Surveys:
    """Who was paid something, and who was not: the others count only where nobody was paid."""

    names: tuple[str, ...]
    paid: Survey
    unpaid: Survey

    @classmethod
    def none(cls, names: tuple[str, ...]) -> Self:
        """Before any batch."""
        return cls(names, Survey.none(len(names)), Survey.none(len(names)))

    def with_batch(self, batch: Cohort, hashes: npt.NDArray[np.uint64]) -> "Surveys":
        """After one more batch of the cohort."""
        paid = batch.paid() > 0
        matrix = one_sided(batch, self.names)
        return Surveys(
            self.names,
            self.paid.with_rows(matrix[paid], hashes[paid]),
            self.unpaid.with_rows(matrix[~paid], hashes[~paid]),
        )

    def ground(self) -> Ground:
        """What the active teach."""
        return (self.paid if self.paid.moments.rows else self.unpaid).ground(self.names)


def ground_of(cohort: Cohort) -> Ground:
    """What a cohort that is in memory teaches."""
    return Surveys.none(directed(cohort)).with_batch(cohort, hash_prefix(cohort.ids)).ground()


def distinct(matrix: FloatArray) -> tuple[IntArray, IntArray]:
    """Places of one row of each kind, and for every row which of them it is like.

    >>> first, copy = distinct(np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]]))
    >>> sorted(first.tolist()), bool(copy[0] == copy[2]), bool(copy[0] == copy[1])
    ([0, 1], True, False)
    """
    if not matrix.shape[1]:
        return np.arange(min(1, len(matrix))), np.zeros(len(matrix), dtype=np.int64)
    bits = (np.ascontiguousarray(matrix) + 0.0).view(np.uint64)
    mixed = (bits ^ (bits >> np.uint64(29))) @ _MIX[: bits.shape[1]]
    _, first, copy = np.unique(mixed, return_index=True, return_inverse=True)
    if np.array_equal(bits[first][copy], bits):
        return first, copy
    return np.arange(len(matrix)), np.arange(len(matrix))
