"""Who stands out from their peers, before any inspection is looked at: two rankings, fused."""

from dataclasses import dataclass

import numpy as np

from fraudml.scores.cohort import Cohort, FloatArray, IntArray, share_below
from fraudml.scores.forest import Forest
from fraudml.scores.fusion import fuse, rank
from fraudml.scores.tail import tail_score


@dataclass(frozen=True)
class LabelFree:
    """A cohort with its forest and tail scores; nan for who was paid nothing.

    anomaly  (n,) share of the others on that date that the forest isolates less easily; all
    stand as distances to their own peers, so this compares peers with peers
    """

    cohort: Cohort
    forest: FloatArray
    tail: FloatArray
    anomaly: FloatArray

    def rank(self, *, k: int) -> IntArray:
        """(n,) the fused rank of forest and tail, 1 first."""
        return rank(fuse([rank(self.forest), rank(self.tail)], k=k))


def look(cohort: Cohort, forest: Forest) -> LabelFree:
    """Apply a fitted forest and the tail score to a cohort."""
    active = cohort.active()
    score = np.where(active, forest.score(cohort), np.nan)
    tail = np.where(active, tail_score(cohort), np.nan)
    return LabelFree(cohort, score, tail, share_below(score))
