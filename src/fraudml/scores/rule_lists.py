"""How the rules alone order everybody: a list for each typology, and who stands high on any.

A campaign against one scheme takes the head of that scheme's list. Who heads a list deserves a
visit whatever the other lists say, so the score is the sum of 1 / place over all lists. Sums of
money would place the schemes with dear claims before all others: a card lent for one year of
medicines before a till that sells soap every day. But where nobody runs a scheme, somebody heads
its list all the same, with next to nothing: a share below MATERIAL makes no place.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import rankdata

from fraudml.entities import GrainName
from fraudml.features.rule_hits import pairs_of, share_feature
from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.cohort import Cohort

Named = tuple[tuple[str, ...], FloatArray]

# The share of own fund money from which on an entity stands on a list. Auditors of accounts call
# half a percent to one percent of revenue material.
MATERIAL = 0.01


def read_for_lists(grain: GrainName) -> frozenset[str]:
    """The features that make the lists of a grain."""
    return frozenset(share_feature(pair) for pair, _ in pairs_of(grain))


def shares(cohort: Cohort) -> csr_array:
    """(n, typologies) share of own fund money that the rules of each have at issue.

    Of the hits only what chance does not explain; 0 where nothing was found or assessed.
    """
    lists = _lists(cohort.grain)
    found = np.zeros((len(cohort), len(lists)))
    for number, pairs in enumerate(lists):
        for pair in pairs:
            found[:, number] += _column(cohort, pair)
    return csr_array(found)


def counted(found: csr_array) -> csr_array:
    """The same shape: 1 / place of each material share; equal ones have the better place.

    >>> counted(csr_array(np.array([[0.4], [0.4], [0.1], [0.001]]))).toarray().ravel().round(2)
    array([1.  , 1.  , 0.33, 0.  ])
    """
    lists = found.tocsc(copy=True)
    for start, end in zip(lists.indptr[:-1], lists.indptr[1:], strict=True):
        share = lists.data[start:end]
        place = rankdata(-share, method="min")
        lists.data[start:end] = np.where(share >= MATERIAL, 1.0 / place, 0.0)
    return csr_array(lists)


def list_score(found: csr_array) -> FloatArray:
    """(n,) sum of 1 / place over the lists; 0 for who is on none.

    >>> list_score(csr_array(np.array([[0.4, 0.0], [0.2, 0.1], [0.0, 0.001]]))).tolist()
    [1.0, 1.5, 0.0]
    """
    return np.asarray(counted(found).sum(axis=1), dtype=np.float64).ravel()


@dataclass(frozen=True)
class Listed:
    """What the lists say of everybody, each (n,).

    score     as of ``list_score``
    at_issue  share of the fund money that all lists together have at issue
    """

    score: FloatArray
    at_issue: FloatArray


def listed(found: csr_array) -> Listed:
    """The lists of everybody; found as of ``shares``."""
    at_issue = np.asarray(found.sum(axis=1), dtype=np.float64).ravel()
    return Listed(list_score(found), at_issue)


def rules_score(cohort: Cohort) -> FloatArray:
    """(n,) the score of a whole cohort in memory."""
    return list_score(shares(cohort))


def rule_parts(cohort: Cohort, rows: IntArray) -> Named:
    """What each kind of hit adds to the score of some rows: (r, kinds), summing to it exactly.

    Named by the feature that orders the list; a list's part goes to violations and suspicions by
    their share of it.
    """
    found = shares(cohort)
    adds = counted(found)[rows].toarray()
    share = found[rows].toarray()
    names: list[str] = []
    parts: list[FloatArray] = []
    for number, pairs in enumerate(_lists(cohort.grain)):
        for pair in pairs:
            own = _column(cohort, pair)[rows]
            listed = own > 0
            part = np.zeros(len(rows))
            part[listed] = own[listed] / share[listed, number] * adds[listed, number]
            names.append(share_feature(pair))
            parts.append(part)
    table = np.column_stack(parts) if parts else np.zeros((len(rows), 0))
    return tuple(names), table


def _lists(grain: GrainName) -> tuple[tuple[str, ...], ...]:
    """The kinds of hit of each typology, in the order of the typologies."""
    by_typology: dict[str, list[str]] = {}
    for pair, typology in pairs_of(grain):
        by_typology.setdefault(typology, []).append(pair)
    return tuple(tuple(by_typology[typology]) for typology in sorted(by_typology))


def _column(cohort: Cohort, pair: str) -> FloatArray:
    at = cohort.column(share_feature(pair))
    return np.zeros(len(cohort)) if at is None else np.nan_to_num(cohort.raw[:, at])
