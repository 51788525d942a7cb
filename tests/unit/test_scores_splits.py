from datetime import date

import pytest

from fraudml.scores.outcomes import known_by, one_per_entity, read_outcomes
from fraudml.scores.splits import cuts, folds, why_folds
from scores_cases import CUTS, LIVE, labels, one_date, outcome, over_time


@pytest.mark.parametrize("repeat", range(4))
def test_folds_never_share_an_entity_and_together_hold_everybody(repeat):
    found = read_outcomes(one_date(), "provider", live=LIVE)
    parts = [f for f in folds(found, count=5, repeats=4, seed=1) if f.repeat == repeat]
    held = [entity for part in parts for entity in part.held_out]
    assert len(parts) == 5
    assert sorted(held) == sorted({o.entity for o in found})


def test_every_fold_holds_its_share_of_the_confirmed():
    found = read_outcomes(one_date(20, 30), "provider", live=LIVE)
    confirmed = {o.entity for o in found if o.confirmed}
    for part in folds(found, count=5, repeats=2, seed=1):
        assert len(part.held_out & confirmed) == 4


def test_several_outcomes_of_one_entity_stay_in_one_fold():
    rows = [outcome(i % 10, i % 3 == 0, inspection_id=f"I{i}") for i in range(40)]
    found = read_outcomes(labels(rows), "provider", live=LIVE)
    for part in folds(found, count=3, repeats=1, seed=1):
        train = {o.entity for o in found if o.entity not in part.held_out}
        assert not train & part.held_out


def test_folds_depend_on_the_ids_and_not_on_the_order_of_the_rows():
    table = one_date()
    back = table.take(list(reversed(range(len(table)))))
    one, other = (
        folds(read_outcomes(t, "provider", live=LIVE), count=3, repeats=2, seed=1)
        for t in (table, back)
    )
    assert one == other


def test_a_cut_knows_nothing_that_was_closed_after_it():
    found = read_outcomes(over_time(), "provider", live=LIVE)
    for step in cuts(found, CUTS):
        assert all(o.closed_on <= step.as_of for o in step.known)
        assert all(o.closed_on > step.as_of and o.as_of == step.as_of for o in step.found)


def test_cuts_walk_back_from_the_newest():
    found = read_outcomes(over_time(), "provider", live=LIVE)
    assert [step.as_of for step in cuts(found, CUTS)] == [CUTS[1], CUTS[0]]


def test_an_outcome_closed_after_the_live_date_does_not_exist():
    late = labels([outcome(1, True, closed_on=date(2026, 1, 1))])
    assert read_outcomes(late, "provider", live=LIVE) == ()


def test_an_inspection_without_a_result_is_neither_confirmed_nor_cleared():
    assert read_outcomes(labels([outcome(1, None)]), "provider", live=LIVE) == ()


def test_outcomes_closed_on_one_date_are_judged_by_folds_with_the_reason():
    found = read_outcomes(one_date(), "provider", live=LIVE)
    reason = why_folds(found, cuts(found, CUTS), enough=15)
    assert reason is not None and "closed on 2025-12-31" in reason


def test_outcomes_with_an_order_in_time_are_walked_back():
    found = read_outcomes(over_time(40, 40), "provider", live=LIVE)
    assert why_folds(found, cuts(found, CUTS), enough=15) is None


def test_too_few_known_at_every_cut_are_judged_by_folds_with_the_reason():
    found = read_outcomes(over_time(20, 30), "provider", live=LIVE)
    reason = why_folds(found, cuts(found, CUTS), enough=18)
    assert reason is not None and "At no earlier as-of date" in reason


def test_a_confirmed_outcome_speaks_before_a_cleared_one():
    rows = [outcome(1, True), outcome(1, False, inspection_id="later")]
    found = read_outcomes(labels(rows), "provider", live=LIVE)
    assert one_per_entity(found)["P0001"].confirmed


def test_what_is_known_by_a_cut_ends_with_the_cut():
    found = read_outcomes(over_time(), "provider", live=LIVE)
    assert known_by(found, CUTS[0]) == ()
    assert {o.as_of for o in known_by(found, CUTS[1])} == {CUTS[0]}
