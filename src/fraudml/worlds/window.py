"""The days of the demo fund: numbered from 0, with their months, seasons and weekdays."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from fraudml.worlds.columns import Array

TRACED_FROM_END = 183  # packs are scanned during the last half year only
_WEEKDAY = np.array([1.22, 1.12, 1.06, 1.04, 1.0, 0.72, 0.6])
_MONTH = np.array([1.12, 0.86, 1.04, 1.0, 0.98, 0.96, 0.97, 0.96, 1.0, 0.98, 1.05, 1.14])
_SEASON = {
    "winter": np.array([1.7, 1.4, 1.1, 0.9, 0.8, 0.6, 0.5, 0.5, 0.8, 1.0, 1.4, 1.8]),
    "summer": np.array([0.6, 0.6, 0.7, 0.9, 1.1, 1.5, 1.8, 1.7, 1.2, 0.8, 0.7, 0.6]),
    "": np.ones(12),
}


@dataclass(frozen=True)
class Window:
    """Whole months up to the month of the last day."""

    first: np.datetime64
    last: np.datetime64

    @property
    def days(self) -> int:
        """Number of days."""
        return int((self.last - self.first).astype(int)) + 1

    @property
    def change_day(self) -> int:
        """The day in the middle of the window on which some price caps change."""
        months = int(
            (self.last.astype("datetime64[M]") - self.first.astype("datetime64[M]")).astype(int)
        )
        return self.month_start((months + 1) // 2)

    def date(self, day: Array) -> Array:
        """Day numbers as datetime64[D]."""
        return np.asarray(self.first + np.asarray(day).astype("timedelta64[D]"))

    def month(self, day: Array) -> Array:
        """Month numbers from 0 of day numbers."""
        begin = self.first.astype("datetime64[M]")
        return np.asarray((self.date(day).astype("datetime64[M]") - begin).astype(np.int64))

    def month_of_year(self, day: Array) -> Array:
        """0 for January to 11 for December."""
        return self.date(day).astype("datetime64[M]").astype(np.int64) % 12

    def weekday(self, day: Array) -> Array:
        """0 for Monday to 6 for Sunday."""
        return (self.date(day).astype(np.int64) + 3) % 7

    def day_of(self, moment: np.datetime64) -> int:
        """The day number of a date; may lie outside the window."""
        return int((moment.astype("datetime64[D]") - self.first).astype(int))

    def month_start(self, month: int) -> int:
        """The day number on which month number ``month`` begins."""
        return self.day_of((self.first.astype("datetime64[M]") + month).astype("datetime64[D]"))

    def weights(self) -> Array:
        """How busy each day is: season, weekday, the New Year and October holidays."""
        day = np.arange(self.days)
        busy = _WEEKDAY[self.weekday(day)] * _MONTH[self.month_of_year(day)]
        text = np.datetime_as_string(self.date(day), unit="D")
        holiday = np.array([t[5:] in _HOLIDAYS for t in text])
        return np.asarray(np.where(holiday, busy * 0.45, busy))


_HOLIDAYS = frozenset(
    [f"10-0{d}" for d in range(1, 8)]
    + ["01-01", "05-01", "05-02", "05-03"]
    + [f"02-{d:02d}" for d in range(9, 16)]
)


def season(name: str) -> Array:
    """(12,) how much more frequent a seasonal condition is in each month of the year."""
    return _SEASON[name]


def window_of(until: date, months: int) -> Window:
    """The ``months`` months that end with the month of ``until``; nothing is later than ``until``.

    >>> window_of(date(2025, 12, 31), 24).days
    731
    """
    last = np.datetime64(until, "D")
    return Window((last.astype("datetime64[M]") - (months - 1)).astype("datetime64[D]"), last)
