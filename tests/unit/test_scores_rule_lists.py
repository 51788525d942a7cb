import numpy as np
import pytest
from scipy.sparse import csr_array, vstack

from fraudml.features.rule_hits import pairs_of, share_feature
from fraudml.scores.cohort import Cohort, cohorts
from fraudml.scores.rule_lists import (
    MATERIAL,
    counted,
    list_score,
    rule_parts,
    rules_score,
    shares,
)
from scores_cases import LIVE, tables


def cohort(found: dict[str, dict[str, float]], n: int = 6) -> Cohort:
    """n providers of whom only these have anything at issue: share by kind of hit."""
    group = cohorts("provider", *tables(n, carriers=()), [LIVE])[LIVE]
    for pair, _ in pairs_of("provider"):
        at = group.column(share_feature(pair))
        group.raw[:, at] = [found.get(entity, {}).get(pair, 0.0) for entity in group.ids]
    return group


def by_id(group: Cohort, score: np.ndarray) -> dict[str, float]:
    return dict(zip(group.ids, score.tolist(), strict=True))


def test_heads_of_lists_stand_first_however_others_lists_are_filled():
    group = cohort({
        "P0000": {"t24_suspicious": 0.9}, "P0001": {"t24_suspicious": 0.5},
        "P0002": {"t24_suspicious": 0.4}, "P0003": {"t21_suspicious": 0.05},
    })  # fmt: skip
    score = by_id(group, rules_score(group))
    assert score == {
        "P0000": 1.0, "P0001": 0.5, "P0002": pytest.approx(1 / 3), "P0003": 1.0,
        "P0004": 0.0, "P0005": 0.0,
    }  # fmt: skip


def test_next_to_nothing_makes_no_place():
    """Where nobody runs a scheme, somebody has hits of it all the same."""
    group = cohort({
        "P0000": {"t24_suspicious": 0.3}, "P0001": {"t21_suspicious": MATERIAL / 2},
        "P0002": {"t08_suspicious": MATERIAL},
    })  # fmt: skip
    score = by_id(group, rules_score(group))
    assert (score["P0000"], score["P0001"], score["P0002"]) == (1.0, 0.0, 1.0)


def test_violations_and_suspicions_of_a_typology_make_one_list():
    group = cohort({
        "P0000": {"t05_violation": 0.2, "t05_suspicious": 0.2}, "P0001": {"t05_violation": 0.3},
    })  # fmt: skip
    score = by_id(group, rules_score(group))
    assert (score["P0000"], score["P0001"]) == (1.0, 0.5)


def test_equal_shares_have_the_better_place_and_the_next_one_stands_behind_both():
    found = csr_array(np.array([[0.3], [0.3], [0.1], [0.0]]))
    assert counted(found).toarray().ravel().tolist() == [1.0, 1.0, 1 / 3, 0.0]


def test_what_is_not_assessed_is_on_no_list():
    group = cohort({"P0000": {"t05_violation": np.nan}, "P0001": {"t05_violation": 0.1}})
    score = by_id(group, rules_score(group))
    assert (score["P0000"], score["P0001"]) == (0.0, 1.0)


def test_where_nobody_has_a_hit_nobody_has_a_score():
    group = cohort({})
    assert not rules_score(group).any()
    assert not rule_parts(group, np.arange(len(group)))[1].any()


def test_parts_are_named_by_the_share_that_orders_and_add_up_to_the_score():
    group = cohort({
        "P0000": {"t05_violation": 0.2, "t05_suspicious": 0.1, "t21_suspicious": 0.02},
        "P0001": {"t05_violation": 0.6}, "P0002": {"t21_suspicious": 0.01},
    })  # fmt: skip
    rows = np.array([group.places()[entity] for entity in ("P0000", "P0002", "P0004")])
    names, parts = rule_parts(group, rows)
    assert parts.sum(axis=1) == pytest.approx(rules_score(group)[rows], abs=1e-12)
    told = dict(zip(names, parts[0].tolist(), strict=True))
    assert {name for name, part in told.items() if part} == {
        share_feature(pair) for pair in ("t05_violation", "t05_suspicious", "t21_suspicious")
    }
    assert told[share_feature("t05_violation")] == pytest.approx(0.5 * 2 / 3)


def test_a_cohort_in_batches_makes_the_same_lists():
    group = cohort(
        {f"P{n:04d}": {"t05_violation": 0.1 * n, "t12_suspicious": 0.3} for n in range(6)}
    )
    whole = shares(group)
    in_batches = csr_array(vstack([whole[:2], whole[2:]]))
    assert np.array_equal(list_score(in_batches), rules_score(group))
