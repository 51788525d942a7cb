"""The few sums that features are made of, on plain lists; None is unknown and never zero."""

from collections import Counter
from collections.abc import Hashable, Iterable
from math import ceil, floor

Number = int | float


class Row(dict):
    """A row as a dict whose cells can also be read with a dot."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def known(values: Iterable) -> list:
    """The values without the unknown ones."""
    return [value for value in values if value is not None]


def ratio(part: Number | None, whole: Number | None) -> float | None:
    """One number over another; None where either is unknown or the second is zero."""
    return None if part is None or not whole else part / whole


def added(values: Iterable) -> Number | None:
    """The sum of the known values; None where none is known."""
    found = known(values)
    return sum(found) if found else None


def mean(values: Iterable) -> float | None:
    """The mean of the known values."""
    found = known(values)
    return ratio(sum(found), len(found))


def share(conditions: Iterable[bool | None]) -> float | None:
    """Share of true among the conditions that are known."""
    found = known(conditions)
    return ratio(sum(found), len(found))


def most(values: Iterable) -> Number | None:
    """The largest known value."""
    return max(known(values), default=None)


def quantile(values: Iterable, at: float) -> float | None:
    """The value below which this share lies, on a straight line between its two neighbours."""
    found = sorted(known(values))
    if not found:
        return None
    place = at * (len(found) - 1)
    below, above = found[floor(place)], found[ceil(place)]
    return below + (above - below) * (place - floor(place))


def median(values: Iterable) -> float | None:
    """The middle value, or the mean of the two in the middle."""
    return quantile(values, 0.5)


def tally(values: Iterable[Hashable]) -> list[int]:
    """How often each different known value occurs."""
    return list(Counter(known(values)).values())


def concentration(counts: Iterable[Number]) -> float | None:
    """Herfindahl-Hirschman: the sum of squared shares."""
    counts = list(counts)
    return ratio(sum(n * n for n in counts), sum(counts) ** 2)


def half_up(value: float) -> int:
    """The nearest whole number; a half goes away from zero."""
    return floor(value + 0.5) if value >= 0 else -floor(0.5 - value)


def ten_thousandths(value: float | None) -> int | None:
    """A weight or quantity as a whole number of ten-thousandths."""
    return None if value is None else half_up(value * 10_000)


def grouped(rows: Iterable[Row], *names: str) -> dict[tuple, list[Row]]:
    """Rows by the values of these cells."""
    found: dict[tuple, list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    return found
