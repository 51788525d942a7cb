"""What is planted is drawn from the seed alone, before anything else."""

from collections import Counter

import numpy as np
import pytest

from fraudml.worlds.mechanisms import MECHANISMS, PERSONAL, TYPOLOGIES
from fraudml.worlds.plans import FRACTION, STRENGTHS, Wish, draw_plans


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("providers", [40, 150, 300])
def test_first_schemes_are_three_to_ten_percent_of_the_providers(seed, providers):
    _, plans = draw_plans(seed, providers)

    first = [p for p in plans if not p.second and p.typology not in PERSONAL]
    assert 0.03 <= len(first) / providers <= 0.10


def test_equal_seeds_draw_equal_plans_and_other_seeds_others():
    assert draw_plans(5, 300) == draw_plans(5, 300)
    assert draw_plans(5, 300) != draw_plans(6, 300)


def test_over_forty_seeds_every_scheme_mechanism_and_strength_is_drawn():
    plans = [plan for seed in range(40) for plan in draw_plans(seed, 300)[1]]

    assert {plan.typology for plan in plans} == set(TYPOLOGIES)
    assert {plan.strength for plan in plans} == set(STRENGTHS)
    assert {(plan.typology, plan.mechanism) for plan in plans} == {
        (typology, way.name) for typology, ways in MECHANISMS.items() for way in ways
    }


def test_the_carriers_of_a_typology_take_turns_over_its_mechanisms():
    for seed in range(5):
        _, plans = draw_plans(seed, 200, Wish(0.3, ("T05",), None))
        counts = Counter(plan.mechanism for plan in plans)
        assert set(counts) == {way.name for way in MECHANISMS["T05"]}
        assert max(counts.values()) - min(counts.values()) <= 1


def test_a_wish_for_share_typologies_and_strength_is_kept():
    share, plans = draw_plans(3, 200, Wish(0.3, ("T05", "T18"), "strong"))

    assert share == 0.3
    assert sum(plan.typology == "T05" and not plan.second for plan in plans) == 60
    assert {plan.typology for plan in plans} == {"T05", "T18"}
    assert {plan.strength for plan in plans} == {"strong"}


def test_a_stronger_scheme_never_touches_less_than_a_weaker_one():
    for ranges in FRACTION.values():
        edges = np.array(ranges).ravel()
        assert (np.diff(edges) > 0).all()


def test_no_plan_touches_a_part_outside_its_range():
    for seed in range(20):
        for plan in draw_plans(seed, 300)[1]:
            low, high = FRACTION[plan.typology][STRENGTHS.index(plan.strength)]
            assert low <= plan.fraction <= high
