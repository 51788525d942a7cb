"""What is planted is drawn from the seed alone, before anything else."""

import numpy as np
import pytest

from fraudml.worlds.plans import FRACTION, STRENGTHS, TYPOLOGIES, draw_plans


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("providers", [40, 150, 300])
def test_first_schemes_are_three_to_ten_percent_of_the_providers(seed, providers):
    _, plans = draw_plans(seed, providers)

    assert 0.03 <= sum(not plan.second for plan in plans) / providers <= 0.10


def test_equal_seeds_draw_equal_plans_and_other_seeds_others():
    assert draw_plans(5, 300) == draw_plans(5, 300)
    assert draw_plans(5, 300) != draw_plans(6, 300)


def test_at_the_default_size_every_scheme_and_every_strength_is_drawn():
    _, plans = draw_plans(20251231, 300)

    assert {plan.typology for plan in plans} == set(TYPOLOGIES)
    assert {plan.strength for plan in plans} == set(STRENGTHS)


def test_a_stronger_scheme_never_touches_less_than_a_weaker_one():
    for ranges in FRACTION.values():
        edges = np.array(ranges).ravel()
        assert (np.diff(edges) > 0).all()


def test_no_plan_touches_a_part_outside_its_range():
    for seed in range(20):
        for plan in draw_plans(seed, 300)[1]:
            low, high = FRACTION[plan.typology][STRENGTHS.index(plan.strength)]
            assert low <= plan.fraction <= high
