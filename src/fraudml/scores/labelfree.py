"""Who stands out before any inspection is looked at: distances from peers, and the rules' lists.

Isolation forest, tail and nearest neighbours. Neighbours joined because they helped on three funds
(average precision .642 to .686 beside forest and tail) and on public sets alike (ADBench, 20 sets:
mean AUC .768 for the forest, .82 for forest and neighbours), as published before (Bouman, Bukhsh &
Heskes 2024).

The three make one rank, the lists of the rules (``rule_lists``) another: a distance says how unlike
the peers somebody is, a list what of it is a known wrong. The lists count twice; of practitioners,
about whom few rules speak, both count alike.

The distances of those who bill are taken less what their size and kind lead one to expect
(``beyond_size``): of the distances alone, by size, the share of the largest tenth of providers in
the first tenth of three funds without fraud goes from .56 to .17; by kind that of nursing homes
from .20 to .11. The lists need none of it: a share of own money, beyond what like entities have and
chance adds, says the same at any size, and to take size off once more would excuse the large. Of a
patient, many claims are no size but the conduct itself: there it would take away the finding.

All these funds and sets were looked at while choosing: their figures say why, not how good it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fraudml.entities import GrainName
from fraudml.scores.arrays import BoolArray, FloatArray, IntArray
from fraudml.scores.beyond_size import beyond_size
from fraudml.scores.cohort import AMOUNT, Cohort, share_below
from fraudml.scores.forest import Forest
from fraudml.scores.fusion import rank, reciprocal_rank_fusion, shared_rank
from fraudml.scores.ground import ground_of
from fraudml.scores.rule_lists import Listed, listed, rules_score, shares

WHO_BILL: tuple[GrainName, ...] = ("provider", "practitioner")
# Of whom the rules have a fifth of the money at issue, beyond like entities and chance, is no
# example of what is usual for a size and kind.
MUCH_AT_ISSUE = 0.2
LISTS_WEIGHT: Mapping[GrainName, float] = {"provider": 2.0, "practitioner": 1.0, "patient": 2.0}


@dataclass(frozen=True)
class LabelFree:
    """A cohort with its three scores; nan for who was paid nothing.

    anomaly  (n,) share of the others on that date that the forest isolates less easily; all
    stand as distances to their own peers, so this compares peers with peers
    """

    cohort: Cohort
    forest: FloatArray
    tail: FloatArray
    neighbours: FloatArray
    anomaly: FloatArray

    def rank(self, *, k: int) -> IntArray:
        """(n,) the fused rank, 1 first; distances of those who bill beyond size and kind."""
        size = None if self.cohort.column(AMOUNT) is None else self.cohort.paid()
        three = (self.forest, self.tail, self.neighbours)
        rules = listed(shares(self.cohort))
        return fused_rank(self.cohort.grain, three, rules, size, self.cohort.widest, k=k)

    def rank_at_any_size(self, *, k: int) -> IntArray:
        """(n,) the fused rank as it comes, in which the largest stand first."""
        three = (self.forest, self.tail, self.neighbours)
        apart, rules = distance_rank(three, k=k), rules_score(self.cohort)
        return _with_lists(self.cohort.grain, apart, three, rules, k=k)


def look(cohort: Cohort, forest: Forest) -> LabelFree:
    """Apply a fitted forest to a cohort, and what is fitted on the cohort itself."""
    active = cohort.active()
    made = ground_of(cohort).scores(cohort, forest)
    score, tail, neighbours = (np.where(active, one, np.nan) for one in made)
    return LabelFree(cohort, score, tail, neighbours, share_below(score))


def fused_rank(
    grain: GrainName,
    scores: Sequence[FloatArray],
    rules: Listed,
    size: FloatArray | None,
    widest: Sequence[str] | IntArray,
    *,
    k: int,
) -> IntArray:
    """(n,) one rank of distances and lists, 1 first.

    The distances of those who bill stand beyond their size and kind.

    scores  each (n,), nan for who was paid nothing; rows in the order of the hashes of their ids
    rules   how high each stands on the lists of the rules, and with how much of its money
    size    (n,) what was paid, None where that is no feature
    widest  (n,) the widest peer group of each, by label or number: of a provider its kind
    """
    apart = distance_rank(scores, k=k)
    if grain in WHO_BILL and size is not None:
        apart = _beyond_size(apart, np.isnan(scores[0]), size, widest, rules)
    return _with_lists(grain, apart, scores, rules.score, k=k)


def _beyond_size(
    apart: IntArray,
    absent: BoolArray,
    size: FloatArray,
    widest: Sequence[str] | IntArray,
    rules: Listed,
) -> IntArray:
    # Ranks say little apart far down a list and much at its head: their logarithm does.
    height = np.where(absent, np.nan, -np.log(apart / len(apart)))
    if np.isnan(size[~absent]).any():
        return apart
    return rank(beyond_size(height, size, widest, rules.at_issue < MUCH_AT_ISSUE))


def distance_rank(scores: Sequence[FloatArray], *, k: int) -> IntArray:
    """(n,) the fused rank of the three distances alone, at any size; nan is last."""
    return rank(reciprocal_rank_fusion([rank(score) for score in scores], k=k))


def _with_lists(
    grain: GrainName,
    apart: IntArray,
    scores: Sequence[FloatArray],
    rules: FloatArray,
    *,
    k: int,
) -> IntArray:
    listed = shared_rank(np.where(np.isnan(scores[0]), 0.0, rules))
    weights = (1.0, LISTS_WEIGHT[grain])
    return rank(reciprocal_rank_fusion([apart, listed], k=k, weights=weights))
