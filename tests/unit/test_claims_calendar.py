"""Days and years between dates, on every backend alike."""

from datetime import date

import ibis
import pytest

from fraudml.claims.calendar import days_between, years_between


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(2000, 6, 15), date(2018, 6, 14), 17),
        (date(2000, 6, 15), date(2018, 6, 15), 18),
        (date(2000, 6, 15), date(2018, 6, 16), 18),
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2000, 2, 29), date(2020, 2, 29), 20),
        (date(1999, 12, 31), date(2000, 1, 1), 0),
        (date(2023, 5, 1), date(2023, 4, 30), -1),
    ],
)
def test_a_year_is_completed_on_the_birthday(birth: date, on: date, years: int):
    assert years_between(ibis.date(on), ibis.date(birth)).execute() == years


def test_days_are_counted_over_a_leap_day():
    later, earlier = ibis.date(2024, 3, 1), ibis.date(2024, 2, 28)

    assert days_between(later, earlier).execute() == 2
