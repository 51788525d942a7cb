"""Pairs looked for on quiet days first are the pairs that counting every pair finds."""

from collections import Counter
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.features.covisits import TOGETHER_DAYS, _candidates, _companions, members_of


def found(members: set[tuple[int, int]]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Candidates and regular pairs of people, one direction each, by the product's code."""
    sizes = Counter(group for group, _ in members)
    rows = pa.table(
        {
            "group_no": pa.array([group for group, _ in members], pa.int32()),
            "person_no": pa.array([person for _, person in members], pa.int32()),
            "patients_n": pa.array([sizes[group] for group, _ in members], pa.int64()),
        }
    )
    with engine() as it:
        bases = SimpleNamespace(keep=lambda name, make: it.keep(make(), name))
        table = it.keep(members_of(it.table(rows, "rows")), "members")
        maybe = _candidates(bases, table)
        sure = it.rows(_companions(table, maybe), at_most=100_000).to_pylist()
        likely = it.rows(maybe, at_most=100_000).to_pylist()
    both = {(row["person_no"], row["other_no"]) for row in sure}
    assert both == {(other, person) for person, other in both}
    return {(row["person_no"], row["other_no"]) for row in likely}, {p for p in both if p[0] < p[1]}


def counted(members: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Every pair of every group, counted."""
    groups: dict[int, list[int]] = {}
    for group, person in sorted(members):
        groups.setdefault(group, []).append(person)
    pairs = Counter(pair for people in groups.values() for pair in combinations(people, 2))
    return {pair for pair, days in pairs.items() if days >= TOGETHER_DAYS}


@pytest.mark.parametrize("seed", range(6))
def test_regular_pairs_are_those_of_counting_every_pair(seed):
    rng = np.random.default_rng(seed)
    people, groups = [(12, 40), (40, 30), (8, 12)][seed % 3]
    drawn = rng.integers((groups, people), size=(10 * people, 2))
    members = {(int(group), int(person)) for group, person in drawn}
    regular = counted(members)
    assert regular
    assert found(members)[1] == regular


def test_a_pair_that_meets_four_times_only_in_crowds_is_found():
    crowds = {(group, person) for group in range(4) for person in range(2 + 10 * group, 40)}
    pair = {(group, person) for group in range(4) for person in (0, 1)}
    alone = {(100 + 10 * person + n, person) for person in (0, 1) for n in range(3)}
    assert (0, 1) in found(crowds | pair | alone)[1]


def test_three_days_together_make_no_pair():
    days = {(group, person) for group in range(3) for person in (0, 1)}
    others = {(10 + person, person) for person in (0, 1)}
    assert found(days | others)[1] == set()


def test_who_shares_only_the_two_most_crowded_days_is_no_candidate():
    crowds = {(group, person) for group in range(2) for person in range(9)}
    own = {(10 + 3 * person + n, person) for person in range(9) for n in range(3)}
    assert found(crowds | own) == (set(), set())
