"""Intervals by resampling entities: one set of resamples for all lists and models.

An entity that stands in several lists (as-of dates, repeats) is drawn or left out as a whole, and
every model sees the same resamples, so that differences between models are paired.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraudml.evaluation.metrics import FloatArray, IntArray

LEVEL = 0.95
MAX_UNDEFINED = 0.05  # share of resamples without a value beyond which no interval is given
_BLOCK_CELLS = 1_000_000


@dataclass(frozen=True)
class Resamples:
    """How often each entity occurs in each resample; the first row is the data itself.

    counts  (1 + resamples, r) for the r entities that figures depend on
    column  (n,) column of each entity, -1 for the others
    """

    counts: NDArray[np.uint8]
    column: IntArray

    def total(self, entity: IntArray, of: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """``of(counts)`` for the entities in the order given, in blocks that fit into memory.

        entity   (p,) entity numbers
        of       takes counts (b, p), returns (m, b)
        returns  (m, 1 + resamples)
        """
        columns = self.column[entity]
        rows = max(1, _BLOCK_CELLS // max(1, len(columns)))
        parts = [
            of(self.counts[start : start + rows][:, columns].astype(np.float64))
            for start in range(0, len(self.counts), rows)
        ]
        return np.concatenate(parts, axis=1)


def resample(entities: int, relevant: IntArray, *, resamples: int, seed: int) -> Resamples:
    """Draw ``entities`` entities with replacement, many times; count only the relevant ones.

    Exactly the multinomial bootstrap: the number of draws that fall among the r relevant entities
    is binomial, and each of them is equally likely. Counts above 255 do not occur (chance below
    1e-300). ``relevant`` must hold distinct entity numbers.
    """
    chosen = np.sort(relevant)
    column = np.full(entities, -1, dtype=np.int64)
    column[chosen] = np.arange(len(chosen))
    counts = np.ones((1 + resamples, len(chosen)), dtype=np.uint8)
    generator = np.random.default_rng(seed)
    if len(chosen):
        draws = generator.binomial(entities, len(chosen) / entities, size=resamples)
        for row, size in enumerate(draws, start=1):
            drawn = generator.integers(0, len(chosen), size=size)
            counts[row] = np.bincount(drawn, minlength=len(chosen))
    return Resamples(counts, column)


def interval(values: FloatArray) -> tuple[float | None, float | None, float | None]:
    """(value, low, high): the figure on the data and its 95 % percentile interval.

    values  (1 + resamples,), the figure on the data first. All None where it is undefined; no
    interval where more than one resample in twenty leaves the figure undefined.

    >>> interval(np.array([0.5, 0.4, 0.6, np.nan]))
    (0.5, None, None)
    """
    if np.isnan(values[0]):
        return None, None, None
    drawn = values[1:]
    if len(drawn) == 0 or np.isnan(drawn).mean() > MAX_UNDEFINED:
        return round(float(values[0]), 6), None, None
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return round(float(values[0]), 6), round(float(low), 6), round(float(high), 6)


def wilson(part: float, whole: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; used where resampling cannot vary (none or all found).

    Source: Wilson 1927. It takes the entities for independent.

    >>> wilson(0, 10)
    (0.0, 0.277533)
    """
    z2 = 1.959963984540054**2
    middle = (part + z2 / 2) / (whole + z2)
    half = math.sqrt(z2 * (part * (whole - part) / whole + z2 / 4)) / (whole + z2)
    return round(max(0.0, middle - half), 6), round(min(1.0, middle + half), 6)
