"""How far an entity stands out on the suspicious side of all features together.

The squared length of the compressed one-sided distances to peers, each in units of its spread over
the cohort: where honest entities vary widely, being far out says little. Squares let one feature
far out weigh more than many a little out, which is how a scheme shows. A sum over features, hence
exactly explained by its parts; it needs no fit. A one-sided relative of the diagonal Mahalanobis
distance and of the right tail of ECOD (Li et al. 2022).
"""

import numpy as np

from fraudml.scores.cohort import Cohort, FloatArray
from fraudml.scores.forest import one_sided, usable


def tail_parts(cohort: Cohort) -> tuple[tuple[str, ...], FloatArray]:
    """The features used and (n, features) exact parts of the tail score, none below 0."""
    names = usable(cohort)
    if not names:
        return names, np.zeros((len(cohort), 0))
    distance = one_sided(cohort, names)
    spread = distance[cohort.active()].std(axis=0)
    return names, np.asarray((distance / spread) ** 2, dtype=np.float64)


def tail_score(cohort: Cohort) -> FloatArray:
    """(n,) sum of the parts; 0 for who stands on the harmless side everywhere."""
    return np.asarray(tail_parts(cohort)[1].sum(axis=1), dtype=np.float64)
