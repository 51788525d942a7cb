"""Months that do not fit their neighbours: gaps, dips, surges, and lasting falls and rises.

A month is marked when it lies apart from the median of up to three neighbouring months, on a
logarithmic scale, by more than each of these: the factor set in params.yaml; 4.5 times what
counting alone would scatter (Poisson; the mean of heavy-tailed payments ten times its variance);
five times the usual step from one month to the next in the same series; and twice the usual
change over three months. The last two are medians, which a break hardly moves, and make a season
no alarm: the slope of a yearly wave is itself usual. What returns twelve months away is a season
too. The price: in a strongly seasonal series only large breaks are seen, and under a year of
months, where no season can be told, only those beyond the square of the factor.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

Mark = Literal["gap", "dip", "surge", "fall", "rise"]
_SIDE = 3  # months on either side
_FEWEST = 4  # months below which nothing can be said
_YEAR = 12
_ZERO_IS_A_GAP = 14.0  # expected rows from which a month without any is no chance: exp(-14)
_COUNTING = 4.5 * 1.2  # standard deviations; 1.2: of a month against a median of three
_HEAVY_TAIL = 10.0  # variance of a sum of payments, as a multiple of a count's
_STEPS = 5.0
_CHANGES = 2.0
_ROBUST = 1.4826  # standard deviation over median absolute deviation


@dataclass(frozen=True)
class Broken:
    """A month that does not fit: what it looks like, and its ratio to its neighbours' median."""

    place: int  # index in the series
    mark: Mark
    ratio: float


@dataclass(frozen=True)
class _Series:
    logs: tuple[float | None, ...]  # None: left out of every comparison
    jump: float
    rows_a_month: float | None = None  # of a series of means; None: the series counts rows

    def bound(self) -> float:
        """How far a logarithm must lie from its neighbours' median to be marked."""
        steps = _STEPS * self._usual(1) / math.sqrt(2)
        counting = 0.0
        if self.rows_a_month is not None:
            counting = _COUNTING * math.sqrt(_HEAVY_TAIL / max(self.rows_a_month, 1e-9))
        known = sum(value is not None for value in self.logs)
        floor = math.log(self.jump) * (1 if known >= _YEAR else 2)  # no season seen: twice
        return max(floor, counting, steps, _CHANGES * self._usual(_SIDE))

    def _usual(self, lag: int) -> float:
        """Robust deviation of the change over ``lag`` months; 0 where too few are known."""
        pairs = zip(self.logs, self.logs[lag:], strict=False)
        changes = [abs(b - a) for a, b in pairs if a is not None and b is not None]
        return _ROBUST * median(changes) if len(changes) >= 2 * _SIDE else 0.0

    def side(self, start: int, step: int) -> list[float]:
        """The nearest known logarithms from ``start`` on, walking by ``step``; at most three."""
        found: list[float] = []
        place = start
        while 0 <= place < len(self.logs) and len(found) < _SIDE:
            value = self.logs[place]
            found += [] if value is None else [value]
            place += step
        return found

    def apart(self, own: float, other: float) -> float:
        """The distance of two logarithms; 0 where counting alone may make it."""
        if self.rows_a_month is None:
            scattered = 2 * abs(math.exp(own / 2) - math.exp(other / 2))  # Anscombe: variance 1
            if scattered < _COUNTING:
                return 0.0
        return own - other


def breaks(rows: Sequence[int], *, jump: float) -> list[Broken]:
    """The months whose number of rows breaks with their neighbours.

    rows  per month without gaps in time; whole months only
    jump  smallest factor that counts, above 1
    A series of fewer than four months has no breaks. Where half of the months or more are empty,
    rows come in by the quarter or so: an empty month is no gap there.

    >>> [(b.place, b.mark) for b in breaks([900, 910, 890, 0, 905, 300, 900, 880, 912], jump=1.5)]
    [(3, 'gap'), (5, 'dip')]
    """
    gaps = [i for i, n in enumerate(rows) if not n and _expected(rows, i) >= _ZERO_IS_A_GAP]
    logs = tuple(None if i in gaps else math.log(n + 0.5) for i, n in enumerate(rows))
    found = _marked(_Series(logs, jump))
    if 2 * len(gaps) < len(rows):
        found += [Broken(place, "gap", 0.0) for place in gaps]
    return sorted(found, key=lambda one: one.place)


def mean_breaks(rows: Sequence[int], fen: Sequence[int | None], *, jump: float) -> list[Broken]:
    """The months whose mean amount per row breaks with its neighbours, such as a wrong unit.

    A month without rows, or whose amounts do not add up to more than zero, is left out.

    >>> mean_breaks([9000] * 8, [9_000_000] * 4 + [900_000_000] + [9_000_000] * 3, jump=1.5)
    [Broken(place=4, mark='surge', ratio=100.0)]
    """
    logs = tuple(
        math.log(money / n) if n and money and money > 0 else None
        for n, money in zip(rows, fen, strict=True)
    )
    known = [n for n, value in zip(rows, logs, strict=True) if value is not None]
    return _marked(_Series(logs, jump, median(known) if known else 0.0))


def _expected(rows: Sequence[int], place: int) -> float:
    before = [n for n in rows[:place] if n][-_SIDE:]
    after = [n for n in rows[place + 1 :] if n][:_SIDE]
    return median(before + after) if before and after else 0.0


def _marked(series: _Series) -> list[Broken]:
    if sum(value is not None for value in series.logs) < _FEWEST:
        return []
    bound = series.bound()
    single = _single(series, bound)
    out = {one.place for one in single}
    rest = tuple(None if i in out else value for i, value in enumerate(series.logs))
    lasting = _lasting(replace(series, logs=rest), bound)
    return sorted([*single, *lasting], key=lambda one: one.place)


def _single(series: _Series, bound: float) -> list[Broken]:
    """Months apart from both sides; at an end of the series, from the side there is."""
    apart = [_from_both_sides(series, place) for place in range(len(series.logs))]
    return [
        Broken(place, "surge" if value > 0 else "dip", round(math.exp(value), 4))
        for place, value in enumerate(apart)
        if abs(value) > bound and not _seasonal(apart, place)
    ]


def _from_both_sides(series: _Series, place: int) -> float:
    """The smaller of the distances to both sides, 0 where they differ in sign.

    At an end, to the one side and to the nearest month of it, so that two odd months at the end
    are a new level and not two odd months.
    """
    own = series.logs[place]
    sides = [side for s in (-1, 1) if (side := series.side(place + s, s))]
    if own is None or not sides or max(map(len, sides)) < _SIDE:
        return 0.0
    others = [median(side) for side in sides] + ([sides[0][0]] if len(sides) == 1 else [])
    apart = [series.apart(own, other) for other in others]
    return 0.0 if min(apart) < 0 < max(apart) else min(apart, key=abs)


def _seasonal(apart: Sequence[float], place: int) -> bool:
    """Whether the same happened twelve months before or after, half as strongly or more."""
    own = apart[place]
    others = [apart[p] for p in (place - _YEAR, place + _YEAR) if 0 <= p < len(apart)]
    return any(other * own > 0 and abs(other) >= abs(own) / 2 for other in others)


def _lasting(series: _Series, bound: float) -> list[Broken]:
    """The first months of new levels: the steepest of each run of months beyond the bound."""
    steps = [_change_of_level(series, place) for place in range(len(series.logs))]
    beyond = [
        (place, value)
        for place, value in enumerate(steps)
        if abs(value) > bound and not _seasonal(steps, place)
    ]
    runs: list[list[tuple[int, float]]] = []
    for place, value in beyond:
        if runs and place - runs[-1][-1][0] <= _SIDE and value * runs[-1][-1][1] > 0:
            runs[-1].append((place, value))
        else:
            runs.append([(place, value)])
    return [_steepest(series, run) for run in runs]


def _change_of_level(series: _Series, place: int) -> float:
    own, before, after = series.logs[place], series.side(place - 1, -1), series.side(place, 1)
    if own is None or len(before) < 2 or len(after) < 2 or len(before + after) < 2 * _SIDE - 1:
        return 0.0
    return series.apart(median(after), median(before))


def _steepest(series: _Series, run: Sequence[tuple[int, float]]) -> Broken:
    def slope(step: tuple[int, float]) -> float:
        own, before = series.logs[step[0]], series.side(step[0] - 1, -1)[0]
        return abs((own or 0.0) - before)

    place, value = max(run, key=slope)
    return Broken(place, "rise" if value > 0 else "fall", round(math.exp(value), 4))
