"""Tables as named numpy columns of equal length, and the seeded draws made on them."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Columns = dict[str, Array]
Rng = np.random.Generator


def named_rng(seed: int, name: str) -> Rng:
    """A generator of its own for each named purpose: adding one leaves the others as they were.

    >>> int(named_rng(1, "a").integers(100)) == int(named_rng(1, "a").integers(100))
    True
    """
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def height(table: Columns) -> int:
    """Number of rows."""
    return len(next(iter(table.values())))


def take(table: Columns, rows: Array | slice) -> Columns:
    """The rows at these positions, or where this mask is true."""
    return {name: column[rows] for name, column in table.items()}


def stack(*tables: Columns) -> Columns:
    """Tables with the same columns, one under another."""
    return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}


def spread(counts: Array) -> Array:
    """The row number of each copy when row i is copied counts[i] times.

    >>> spread(np.array([2, 0, 1])).tolist()
    [0, 0, 2]
    """
    return np.repeat(np.arange(len(counts)), counts)


def within(counts: Array) -> Array:
    """The number of each copy within its row, from 0.

    >>> within(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) - np.repeat(ends - counts, counts))


def draw_by(rng: Rng, weights: Array, n: int) -> Array:
    """n positions drawn with chance proportional to weights."""
    total = np.cumsum(weights, dtype=np.float64)
    found = np.searchsorted(total, rng.random(n) * total[-1], side="right")
    return np.asarray(found.clip(0, len(total) - 1))
