"""As-of dates: only what was known by such a date exists for what is computed as of it."""

import re
from calendar import monthrange
from datetime import date

from fraudml.errors import ParamsError

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_date(text: str, *, name: str) -> date:
    """The calendar date written as YYYY-MM-DD; ``name`` says whose it is in the error.

    >>> parse_date("2025-12-31", name="time.as_of")
    datetime.date(2025, 12, 31)
    """
    try:
        if not _WRITTEN.fullmatch(text):  # Python also reads weeks: 2024-W01-1
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ParamsError(f"{name}: {text!r} is not a date written YYYY-MM-DD.") from None


def months_before(day: date, months: int) -> date:
    """The same day of the month ``months`` earlier; a month end stays a month end.

    >>> months_before(date(2025, 12, 31), 3)
    datetime.date(2025, 9, 30)
    >>> months_before(date(2024, 2, 29), 12)
    datetime.date(2023, 2, 28)
    >>> months_before(date(2025, 3, 15), 1)
    datetime.date(2025, 2, 15)
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    was_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if was_last else min(day.day, last))


def walk_back(live: date, *, step_months: int, count: int) -> tuple[date, ...]:
    """The as-of dates features are built for, oldest first; the last is the live one.

    >>> [d.isoformat() for d in walk_back(date(2025, 12, 31), step_months=3, count=3)]
    ['2025-06-30', '2025-09-30', '2025-12-31']
    """
    return tuple(months_before(live, step_months * back) for back in range(count - 1, -1, -1))
