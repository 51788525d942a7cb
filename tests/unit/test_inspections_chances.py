import pytest

from fraudml.errors import DrawError
from fraudml.inspections.chances import chances_of
from fraudml.inspections.frame import Unit, frame_lines

ONE = 1_000_000_000


def frame(*risks: int | None, certain: tuple[int, ...] = ()):
    return frame_lines(
        [Unit(f"P{i:02d}", "1", "clinic", 1, True, r, i in certain) for i, r in enumerate(risks)]
    )


def test_twice_the_risk_is_four_times_the_chance():
    assert chances_of(frame(200, 400), 1, 0.0) == [200_000_000, 800_000_000]


def test_a_chance_above_1_is_capped_and_the_rest_is_shared_by_the_others():
    assert chances_of(frame(1000, 10, 10), 2, 0.0) == [ONE, 500_000_000, 500_000_000]


def test_an_unscored_provider_has_the_floor_and_not_nothing():
    assert chances_of(frame(500, 500, None, 0), 2, 0.1) == [950_000_000] * 2 + [50_000_000] * 2


def test_without_any_risk_all_chances_are_equal_and_the_remainder_goes_to_the_first():
    assert chances_of(frame(0, 0, None), 1, 0.1) == [333_333_334, 333_333_333, 333_333_333]


def test_what_rounding_down_leaves_goes_to_the_largest_remainders():
    """Of 1/14, 4/14 and 9/14 in billionths the remainders are .43, .71 and .86; two are left."""
    assert chances_of(frame(1, 2, 3), 1, 0.0) == [71_428_571, 285_714_286, 642_857_143]


def test_zero_risk_is_reached_only_after_everybody_with_a_risk_is_certain():
    assert chances_of(frame(7, 0, 0), 2, 0.0) == [ONE, 500_000_000, 500_000_000]


def test_as_many_visits_as_providers_makes_everybody_certain():
    assert chances_of(frame(1, 2, 3), 3, 0.1) == [ONE] * 3


def test_a_floor_of_1_makes_a_simple_random_draw():
    assert chances_of(frame(1, 100, 1000, 0), 1, 1.0) == [250_000_000] * 4


def test_a_certain_unit_has_chance_1_whatever_its_risk():
    assert chances_of(frame(1, 1, 0, certain=(2,)), 2, 0.1) == [500_000_000, 500_000_000, ONE]


@pytest.mark.parametrize("certain", [(0,), (0, 1)])
def test_certain_units_that_leave_no_room_for_the_floor_are_refused(certain):
    with pytest.raises(DrawError, match=r"Raise draw\.providers"):
        chances_of(frame(1, 1, 1, certain=certain), 1, 0.1)
