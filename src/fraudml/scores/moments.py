"""Spread of every column, summed exactly: no order of rows and no cut into batches changes it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from fraudml.scores.arrays import BoolArray, FloatArray

# Values are compressed distances, hence below 2 ** 6: 30 bits behind the point, and squares of
# halves of 15 bits, leave room for a million rows in 64 bits. Beyond that Python's numbers add up.
_BITS = 30
_HALF = 15
_ROWS = 1 << 20


@dataclass(frozen=True)
class Moments:
    """What is known of the columns after some rows: how many, sums, squares, least and largest.

    sums, squares  (f,) whole numbers in units of 2 ** -30 and 2 ** -60; low, high (f,)
    """

    rows: int
    sums: npt.NDArray[np.object_]
    squares: npt.NDArray[np.object_]
    low: FloatArray
    high: FloatArray

    @classmethod
    def none(cls, columns: int) -> Self:
        """Before any row."""
        zero = np.zeros(columns, dtype=object)
        return cls(0, zero, zero, np.full(columns, np.inf), np.full(columns, -np.inf))

    def with_rows(self, matrix: FloatArray) -> "Moments":
        """After some more rows; (n, f) of compressed distances."""
        found = self
        for start in range(0, len(matrix), _ROWS):
            found = found.plus(_of_block(matrix[start : start + _ROWS]))
        return found

    def plus(self, other: "Moments") -> "Moments":
        """Of both sets of rows together."""
        return Moments(
            self.rows + other.rows,
            self.sums + other.sums,
            self.squares + other.squares,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    @property
    def varies(self) -> BoolArray:
        """(f,) which columns hold more than one value."""
        return np.asarray(self.high > self.low, dtype=np.bool_)

    @property
    def spread(self) -> FloatArray:
        """(f,) standard deviation; infinite where a column does not vary, so that it adds 0."""
        n = self.rows
        exact = [n * int(q) - int(s) ** 2 for s, q in zip(self.sums, self.squares, strict=True)]
        unit = max(1, n) * 2.0**_BITS
        made = np.array([np.sqrt(float(e)) / unit for e in exact], dtype=np.float64)
        return np.where(self.varies & (made > 0), made, np.inf)


def _of_block(matrix: FloatArray) -> Moments:
    columns = [column[column != 0.0] for column in np.ascontiguousarray(matrix.T)]
    made = [_of_column(column) for column in columns]
    return Moments(
        len(matrix),
        np.array([total for total, _ in made], dtype=object),
        np.array([squares for _, squares in made], dtype=object),
        matrix.min(axis=0),
        matrix.max(axis=0),
    )


def _of_column(values: FloatArray) -> tuple[int, int]:
    """Sum and sum of squares of what is not 0: most distances to peers on one side are."""
    whole = np.rint(values * 2.0**_BITS).astype(np.int64)
    high, low = whole >> _HALF, whole & ((1 << _HALF) - 1)
    parts = [(high * high, 2 * _HALF), (high * low, _HALF + 1), (low * low, 0)]
    return int(whole.sum()), sum(int(part.sum()) << bits for part, bits in parts)
