"""What holds for every frame, every number of visits and every public value."""

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraudml.inspections.chances import chances_of
from fraudml.inspections.frame import Unit, frame_lines
from fraudml.inspections.verify_draw import (
    ONE,
    draw,
    merkle_levels,
    merkle_path,
    root_from_path,
    seed_of,
    uniform_source,
)

RISK = st.one_of(st.none(), st.integers(0, ONE), st.sampled_from([0, 1, ONE // 2, ONE]))
PLACE = st.tuples(st.sampled_from("123"), st.sampled_from(["clinic", "hospital"]))


@st.composite
def frames(draw_from):
    rows = draw_from(st.lists(st.tuples(RISK, PLACE), min_size=1, max_size=40))
    units = [Unit(f"P{i:03d}", *place, 1, True, risk) for i, (risk, place) in enumerate(rows)]
    n = draw_from(st.integers(1, len(units)))
    floor = draw_from(st.sampled_from([0.0, 0.05, 0.1, 0.5, 1.0]))
    return frame_lines(units), n, floor


@settings(deadline=None, derandomize=True, max_examples=300)
@given(frames())
def test_chances_add_up_to_the_visits_keep_the_floor_and_follow_the_risk(case):
    frame, n, floor = case
    chances = chances_of(frame, n, floor)
    assert sum(chances) == n * ONE
    assert max(chances) <= ONE
    assert min(chances) >= math.floor(Fraction(repr(floor)) * n * ONE / len(frame))
    by_risk = sorted((line[5] or 0, c) for line, c in zip(frame, chances, strict=True))
    assert all(b[1] >= a[1] - 1 for a, b in pairwise(by_risk))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(frames(), st.text(max_size=8))
def test_exactly_n_are_drawn_and_every_block_and_region_is_within_1_of_its_expected_count(
    case, value
):
    frame, n, floor = case
    chances = chances_of(frame, n, floor)
    blocks = [(line[1], line[2]) for line in frame]
    drawn = draw(chances, blocks, seed_of("root", value))
    assert len(set(drawn)) == len(drawn) == n
    assert all(i in drawn for i, chance in enumerate(chances) if chance == ONE)
    assert not any(chances[i] == 0 for i in drawn)
    for name in (lambda i: blocks[i], lambda i: blocks[i][0]):
        expected, found = Counter(), Counter(name(i) for i in drawn)
        for i, chance in enumerate(chances):
            expected[name(i)] += chance
        assert all(abs(found[b] * ONE - e) < ONE for b, e in expected.items())


def test_a_region_of_many_small_blocks_is_within_1_of_its_expected_count_too():
    """Each region expects 1.6 visits: 1 or 2, never 0 or 3, as duels across regions would allow."""
    blocks = [(region, kind) for region in "12345" for kind in "abcd"]
    for value in range(300):
        drawn = draw([ONE * 2 // 5] * 20, blocks, seed_of("root", str(value)))
        assert len(drawn) == 8
        assert set(Counter(blocks[i][0] for i in drawn).values()) == {1, 2}
        assert {blocks[i][0] for i in drawn} == set("12345")


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 70), st.data())
def test_every_path_leads_to_the_root_and_a_foreign_leaf_does_not(size, data):
    levels = merkle_levels([bytes([i]) * 32 for i in range(size)])
    index = data.draw(st.integers(0, size - 1))
    path = merkle_path(levels, index)
    root = levels[-1][0]
    assert root_from_path(levels[0][index], index, size, path) == root
    assert root_from_path(b"\xff" * 32, index, size, path) != root
    assert root_from_path(levels[0][index], index, size, [*path, root]) is None
    assert root_from_path(levels[0][index], size, size, path) != root


@pytest.mark.parametrize("n", [1, 7, 13])
def test_over_many_draws_every_chance_is_met(n):
    draws = 2000
    risks = [(i * 37 % 41) * ONE // 41 for i in range(30)]
    places = [(str(i % 3), "clinic" if i % 4 else "hospital") for i in range(30)]
    frame = frame_lines(
        [Unit(f"P{i:02d}", *places[i], 1, True, risk) for i, risk in enumerate(risks)]
    )
    chances = chances_of(frame, n, 0.1)
    blocks = [(line[1], line[2]) for line in frame]
    times = Counter(i for d in range(draws) for i in draw(chances, blocks, seed_of("r", str(d))))
    uncertain = [(i, c / ONE) for i, c in enumerate(chances) if c < ONE]
    z = [(times[i] - draws * p) / math.sqrt(draws * p * (1 - p)) for i, p in uncertain]
    spread = math.sqrt(sum(value**2 for value in z) / len(z))
    assert 0.7 < spread < 1.3
    assert max(abs(value) for value in z) < 4


def test_whole_numbers_below_a_bound_are_equally_likely_even_for_a_bound_that_wastes_words():
    """Below 3 * 2**62 one word in four is thrown away; kept, it would land in the first third."""
    below = uniform_source(b"seed")
    thirds = Counter(below(3 * 2**62) >> 62 for _ in range(3000))
    assert set(thirds) == {0, 1, 2}
    assert all(abs(count - 1000) < 110 for count in thirds.values())
