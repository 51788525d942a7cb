"""No way of breaking ties leads outside the bounds, and the bounds are reached."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from fraudml.evaluation.metrics import (
    auc,
    found,
    outcomes,
    ranked,
    share_inside,
)
from fraudml.evaluation.ties import expected_precision, tie_bounds, whole_bounds

NAN = float("nan")
entity = st.tuples(
    st.sampled_from([1.0, 2.0, 3.0]),
    st.sampled_from([0.0, 1.0, NAN]),
    st.sampled_from([0.0, 100.0, 250.0]),
)


def orders(score):
    """Every total order that respects the scores."""
    for order in permutations(range(len(score))):
        if all(score[a] >= score[b] for a, b in pairwise(order)):
            yield list(order)


@settings(max_examples=60, deadline=None)
@given(st.lists(entity, min_size=1, max_size=6), st.integers(1, 6))
def test_what_the_first_k_hold_lies_between_the_bounds_and_both_are_reached(rows, k):
    score, label, fen = (np.array(column) for column in zip(*rows, strict=True))
    lst = ranked(score, outcomes(label, fen))
    seen = [found(ranked(-np.arange(len(o)), outcomes(label[o], fen[o])), np.ones((1, len(o))), k)
            for o in orders(score)]  # fmt: skip
    worst, best = tie_bounds(lst, k)
    own = found(lst, np.ones((1, len(score))), k)
    for name in ("confirmed", "fen"):
        values = [float(getattr(one, name)[0]) for one in seen]
        assert (getattr(worst, name), getattr(best, name)) == (min(values), max(values))
        mean = float(getattr(own, name)[0])
        assert mean == pytest.approx(np.mean(values))  # a tie shared out is the expectation
    shares = [one.confirmed[0] / one.inspected[0] for one in seen if one.inspected[0]]
    if shares and worst.inspected and best.inspected:
        assert worst.confirmed / worst.inspected <= min(shares) + 1e-12
        assert best.confirmed / best.inspected >= max(shares) - 1e-12


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0]), st.booleans()), min_size=2, max_size=6))
def test_average_precision_and_auc_lie_between_the_bounds_and_both_are_reached(rows):
    score, label = np.array([r[0] for r in rows]), np.array([float(r[1]) for r in rows])
    if len(set(label)) < 2:
        return
    lst = ranked(score, outcomes(label))
    worst, best = whole_bounds(lst, [])
    once = np.ones((1, len(score)))
    pairs = label.sum() * (1 - label).sum()
    down = -np.arange(len(score))
    ap = [average_precision_score(label[o], down) for o in orders(score)]
    area = [roc_auc_score(label[o], down) for o in orders(score)]
    assert (worst.average_precision, best.average_precision) == pytest.approx((min(ap), max(ap)))
    assert (worst.won / pairs, best.won / pairs) == pytest.approx((min(area), max(area)))
    assert expected_precision(lst) == pytest.approx(np.mean(ap))
    assert auc(lst, once)[0] == pytest.approx(np.mean(area))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, NAN]), min_size=1, max_size=8), st.integers(1, 9))
def test_the_parts_inside_the_first_k_add_up_to_k_or_the_list(score, k):
    values = np.array(score)
    assert share_inside(values, values, k).sum() == pytest.approx(min(k, len(score)))
