"""Figures worked out by hand, and the two promises: ties are bounded, unknown is not negative."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from fraudml.errors import StateError
from fraudml.evaluation.metrics import (
    auc,
    average_precision,
    found,
    outcomes,
    ranked,
    ratio,
    share_inside,
)
from fraudml.evaluation.ties import tie_bounds

NAN = float("nan")


def listed(text):
    """A drawn list: score, label (1 confirmed, 0 cleared, ? unknown), yuan."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()[1:]]
    score, label, yuan = (
        np.array([NAN if cell in ("?", "-") else float(cell) for cell in column])
        for column in zip(*rows, strict=True)
    )
    return ranked(score, outcomes(label, yuan * 100))


def ends(lst, k):
    return [(top.inspected, top.confirmed, top.fen) for top in tie_bounds(lst, k)]


def once(lst):
    return np.ones((1, len(lst.order)))


LIST = """score | label | yuan
          0.9   |  1    |  100
          0.8   |  ?    |  -
          0.7   |  0    |  -
          0.6   |  1    |  50
          0.5   |  0    |  -
          0.4   |  1    |  30"""


def test_precision_among_the_inspected_leaves_the_uninspected_out_of_the_denominator():
    # first 4: confirmed, unknown, cleared, confirmed -> 2 of 3 inspected, not 2 of 4
    top = found(listed(LIST), once(listed(LIST)), 4)
    assert (top.listed[0], top.inspected[0], top.confirmed[0]) == (4, 3, 2)
    assert ratio(top.confirmed, top.inspected)[0] == pytest.approx(2 / 3)


def test_turning_unknown_labels_into_cleared_ones_changes_precision():
    wrong = listed(LIST.replace("?", "0"))
    top = found(wrong, once(wrong), 4)
    assert ratio(top.confirmed, top.inspected)[0] == pytest.approx(2 / 4)


def test_amount_found_counts_only_confirmed_ones_in_the_first_k():
    top = found(listed(LIST), once(listed(LIST)), 4)
    assert top.fen[0] == 150_00


def test_an_amount_beside_a_cleared_label_is_not_counted():
    assert outcomes(np.array([0.0]), np.array([500.0])).fen.tolist() == [0.0]


def test_a_tie_at_the_cut_is_shared_out_and_bounded():
    lst = listed("""score | label | yuan
                    0.9   |  0    |  -
                    0.5   |  1    |  10
                    0.5   |  1    |  10
                    0.5   |  0    |  -
                    0.5   |  ?    |  -
                    0.1   |  1    |  10""")
    top = found(lst, once(lst), 3)  # two of the four tied: half of each
    assert (top.listed[0], top.inspected[0], top.confirmed[0]) == (3, 1 + 1.5, 1)
    # worst: cleared, then unknown; best: both confirmed
    assert ends(lst, 3) == [(2, 0, 0), (3, 2, 20_00)]


def test_without_ties_the_bounds_are_the_figure_itself():
    lst = listed(LIST)
    assert ends(lst, 4) == [(3, 2, 150_00)] * 2


def test_the_part_of_each_entity_in_the_first_k_adds_up_to_k():
    score = np.array([3.0, 1, 1, 1, 0, NAN])
    inside = share_inside(score, score, 3)
    assert inside.tolist() == pytest.approx([1, 2 / 3, 2 / 3, 2 / 3, 0, 0])
    assert share_inside(score, score, 6).tolist() == [1.0] * 6
    assert share_inside(score, np.array([1.0, NAN]), 2).tolist() == pytest.approx([1 / 3, 0])


def test_a_list_shorter_than_k_is_taken_whole():
    lst = listed(LIST)
    assert found(lst, once(lst), 100).listed[0] == 6
    assert ends(lst, 100) == [(5, 3, 180_00)] * 2


def test_entities_without_a_score_stand_last_and_tied():
    lst = ranked(np.array([NAN, 0.1, NAN]), outcomes(np.array([1.0, 0.0, 1.0])))
    assert lst.order[0] == 1
    assert lst.ends.tolist() == [1, 3]


def test_a_resampled_list_counts_an_entity_as_often_as_it_was_drawn():
    lst = listed(LIST)
    counts = np.array([[2.0, 0, 1, 0, 0, 3]])
    top = found(lst, counts, 4)  # confirmed twice, cleared, then one of three confirmed
    assert (top.listed[0], top.inspected[0], top.confirmed[0]) == (4, 4, 3)
    assert top.fen[0] == 2 * 100_00 + 30_00


def test_auc_and_average_precision_worked_out_by_hand():
    known = listed(LIST).inspected()  # 1 0 1 0 1
    ones = np.ones((1, 5))
    # pairs in order: first confirmed beats 2, second beats 1, third 0 -> 3 of 6
    assert auc(known, ones)[0] == pytest.approx(3 / 6)
    assert average_precision(known, ones)[0] == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)


@pytest.mark.parametrize("decimals", [6, 1])
def test_auc_and_average_precision_equal_scikit_learn_with_and_without_ties(decimals):
    random = np.random.default_rng(5)
    label = (random.random(200) < 0.2).astype(float)
    score = (random.normal(size=200) + label).round(decimals)
    counts = random.integers(0, 4, size=(3, 200)).astype(float)
    lst = ranked(score, outcomes(label))
    in_order = counts[:, lst.order]
    for row in range(3):
        weight = counts[row]
        expected = roc_auc_score(label, score, sample_weight=weight)
        assert auc(lst, in_order)[row] == pytest.approx(expected, abs=1e-12)
        expected = average_precision_score(label, score, sample_weight=weight)
        assert average_precision(lst, in_order)[row] == pytest.approx(expected, abs=1e-12)


def test_auc_without_a_cleared_entity_is_not_a_number():
    lst = ranked(np.array([0.5, 0.4]), outcomes(np.array([1.0, 1.0])))
    assert np.isnan(auc(lst, np.ones((1, 2)))[0])


def test_average_precision_of_an_empty_list_is_not_a_number():
    lst = ranked(np.empty(0), outcomes(np.empty(0)))
    assert np.isnan(average_precision(lst, np.ones((1, 0)))[0])


def test_the_prefix_reaches_beyond_k_and_never_cuts_a_tie_group():
    score = np.concatenate([np.arange(1000, 100, -1.0), np.full(500, 50.0), np.arange(40.0)])
    lst = ranked(score, outcomes(np.full(len(score), NAN)))
    assert lst.prefix(25) == 25 + 6 * 5 + 40
    assert lst.prefix(900) == 1400
    assert lst.prefix(10_000) == len(score)


def test_a_label_that_is_neither_confirmed_cleared_nor_unknown_is_refused():
    with pytest.raises(StateError, match="label"):
        outcomes(np.array([2.0]))
