"""How far an entity stands out on the suspicious side of all features together.

A sum over features (``detectors.Tail``), hence exactly explained by its parts; it needs no fit
beyond the cohort itself: where honest entities vary widely, being far out says little.
"""

import numpy as np

from fraudml.scores.arrays import FloatArray
from fraudml.scores.cohort import Cohort
from fraudml.scores.forest import one_sided
from fraudml.scores.ground import ground_of


def tail_parts(cohort: Cohort) -> tuple[tuple[str, ...], FloatArray]:
    """The features used and (n, features) exact parts of the tail score, none below 0."""
    ground = ground_of(cohort)
    return ground.names, ground.tail.parts(one_sided(cohort, ground.names))


def tail_score(cohort: Cohort) -> FloatArray:
    """(n,) sum of the parts; 0 for who stands on the harmless side everywhere."""
    return np.asarray(tail_parts(cohort)[1].sum(axis=1), dtype=np.float64)
