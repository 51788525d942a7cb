"""The label-free order: of those who bill, beyond what their size leads one to expect."""

from dataclasses import replace

import numpy as np
import pytest

from fraudml.features.rule_hits import share_feature
from fraudml.scores.cohort import ACCOUNT, AMOUNT, Cohort, cohorts
from fraudml.scores.forest import fit_forest
from fraudml.scores.labelfree import LabelFree, look
from scores_cases import LIVE, entity, tables

K = 60


def seen(grain: str, *, paid_nothing=(), carriers=()) -> LabelFree:
    """Everybody further from their peers the more they bill, and nobody for another reason."""
    features, peers = tables(600, grain=grain, paid_nothing=paid_nothing, carriers=carriers)
    group: Cohort = cohorts(grain, features, peers, [LIVE])[LIVE]
    amount = group.raw[:, group.column(AMOUNT)]
    rises = (amount / np.median(amount)) ** 0.25
    group = replace(group, peer=group.peer * rises[:, None])
    return look(group, fit_forest(group, trees=20, seed=1))


def largest_tenth(found: LabelFree, order: np.ndarray) -> float:
    """Share of the largest tenth that stands in the first tenth of an order."""
    amount = found.cohort.raw[:, found.cohort.column(AMOUNT)]
    large = amount >= np.quantile(amount, 0.9)
    return float((order[large] <= len(order) / 10).mean())


def test_who_bills_most_does_not_stand_first_for_that():
    for grain in ("provider", "practitioner"):
        found = seen(grain)
        assert largest_tenth(found, found.rank_at_any_size(k=K)) > 0.5
        assert largest_tenth(found, found.rank(k=K)) < 0.2


def test_who_is_paid_from_accounts_alone_is_ranked_and_who_is_paid_nothing_is_not():
    features, peers = tables(600, paid_nothing=(20, 21))
    group = cohorts("provider", features, peers, [LIVE])[LIVE]
    till, nobody = (group.places()[entity(number)] for number in (20, 21))
    raw = group.raw.copy()
    raw[till, group.column(ACCOUNT)] = 5e7
    raw[till, group.column(share_feature("t21_suspicious"))] = 1.0
    group = replace(group, raw=raw)
    found = look(group, fit_forest(group, trees=20, seed=1))
    assert np.isfinite(found.forest[till]) and np.isnan(found.forest[nobody])
    order = found.rank(k=K)
    assert order[till] < 300 < order[nobody]


def test_what_a_list_says_of_the_large_is_not_taken_off_for_their_size():
    """A share of own money beyond like entities is said at any size; a distance is not."""
    found = seen("provider")
    raw = found.cohort.raw.copy()
    amount = raw[:, found.cohort.column(AMOUNT)]
    large = amount >= np.quantile(amount, 0.9)
    raw[:, found.cohort.column(share_feature("t05_violation"))] = np.where(large, 0.04, 0.0)
    listed = replace(found, cohort=replace(found.cohort, raw=raw))
    assert largest_tenth(found, found.rank(k=K)) < 0.2
    assert largest_tenth(listed, listed.rank(k=K)) > 0.4


def test_whom_the_rules_have_much_at_issue_of_are_no_examples_of_what_is_usual_for_the_large():
    """Where a third of the large are found out, the others are excused less for their size."""
    found = seen("provider")
    raw = found.cohort.raw.copy()
    amount = raw[:, found.cohort.column(AMOUNT)]
    large = amount >= np.quantile(amount, 0.9)
    third = large & (np.cumsum(large) <= 0.3 * large.sum())
    place = found.cohort.column(share_feature("t05_violation"))

    def first(share):
        raw[:, place] = np.where(third, share, 0.0)
        these = replace(found, cohort=replace(found.cohort, raw=raw))
        return largest_tenth(these, these.rank(k=K))

    assert first(0.21) > first(0.19)


@pytest.mark.parametrize(
    ("grain", "places"), [("provider", (1, 2)), ("patient", (1, 2)), ("practitioner", (7, 1))]
)
def test_the_head_of_a_list_stands_among_the_first_however_near_its_peers(grain, places):
    """Where the lists count twice, before whoever stands furthest from the peers."""
    found = seen(grain)
    order = found.rank(k=K)
    first, last = int(np.argmin(order)), int(np.argmax(order))
    raw = found.cohort.raw.copy()
    raw[last, found.cohort.column(share_feature("t12_suspicious"))] = 0.4
    listed = replace(found, cohort=replace(found.cohort, raw=raw)).rank(k=K)
    assert order[last] == len(order)
    assert (listed[last], listed[first]) == places


def test_many_claims_of_a_patient_are_conduct_and_no_size():
    found = seen("patient")
    assert found.rank(k=K).tolist() == found.rank_at_any_size(k=K).tolist()


def test_who_stands_out_at_any_size_stands_first_beyond_size_too():
    found = seen("provider", carriers=range(8))
    carriers = [found.cohort.places()[entity(number)] for number in range(8)]
    assert max(found.rank(k=K)[carriers]) <= 8


def test_who_was_paid_nothing_stays_last():
    found = seen("provider", paid_nothing=range(5))
    silent = [found.cohort.places()[entity(number)] for number in range(5)]
    assert sorted(found.rank(k=K)[silent]) == [596, 597, 598, 599, 600]


def test_without_amounts_the_order_stands_as_it_is():
    found = seen("provider")
    raw = found.cohort.raw.copy()
    raw[:, found.cohort.column(AMOUNT)] = np.nan
    blind = replace(found, cohort=replace(found.cohort, raw=raw))
    assert blind.rank(k=K).tolist() == blind.rank_at_any_size(k=K).tolist()
