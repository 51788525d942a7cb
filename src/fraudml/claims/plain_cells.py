"""Whether all cells of one column in one batch are written so plainly that no pattern is needed.

Patterns cost an engine more than reading a value does, and nearly every cell of an honest export
is written in one way. Bytes are compared for a whole batch at once: where all cells of a column
have the plain form, the engine's cast alone reads of each what the contract reads, or nothing
where that reads nothing either (2023-02-30). Where one cell has another form, however good, the
column's patterns decide for that batch.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ends = NDArray[np.int32]
Places = NDArray[np.int64]

_ZERO, _TWO, _THREE, _NINE, _DOT, _MINUS, _SLASH, _PLUS, _NEW_LINE = b"0239.-/+\n"
_LONGEST = {"money": 12, "count": 9, "number": 300}
_ROWS_AT_ONCE = 4_096  # of one width: the comparison stays in the processor's cache
# lowest and highest byte at each place; a year before 1000 is left to the pattern
_DAY = (b"1000-00-00", b"9999-19-39")
_TIME = (_DAY[0] + b" 00:00:00", _DAY[1] + b" 29:59:59")


def is_plain(kind: str, cells: pa.Array) -> bool:
    """Whether every cell that is there has the plain form of its kind (see ``PLAIN``).

    cells  text without blanks around it, null where there is none

    >>> is_plain("money", pa.array(["12.50", None, "-3"])), is_plain("money", pa.array([".5"]))
    (True, False)
    """
    ends, content = bytes_of(cells)
    return not len(content) or PLAIN[kind](ends, content)


def bytes_of(cells: pa.Array) -> tuple[Ends, Bytes]:
    """Where the cells of a text column begin and end, from 0 on, and all their bytes."""
    offsets, content = cells.buffers()[1:]
    if content is None or not len(cells):
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    return ends - ends[0], np.frombuffer(content, np.uint8)[ends[0] : ends[-1]]


def _one_line_unrounded(_ends: Ends, content: Bytes) -> bool:
    """No line break and no plus, which a rounded number has."""
    return not ((content == _NEW_LINE) | (content == _PLUS)).any()


def _digits(ends: Ends, content: Bytes) -> bool:
    return _short("count", ends) and _all_digits(content)


def _decimal(ends: Ends, content: Bytes) -> bool:
    """Digits with points among them; what has two points no engine reads."""
    if not _short("number", ends) or not _numeric(content) or (content == _MINUS).any():
        return False
    first, last = _edges(ends)
    return _all_digits(content[first]) and _all_digits(content[last])


def _money(ends: Ends, content: Bytes) -> bool:
    """Digits, a minus in front or none, a point before the last digit or the last two or none."""
    if not _short("money", ends) or not _numeric(content):
        return False
    first, last = _edges(ends)
    minuses = np.count_nonzero(content == _MINUS)
    if minuses and minuses != np.count_nonzero(content[first] == _MINUS):
        return False
    points = np.count_nonzero(content == _DOT)
    if points and points != sum(_points_at(content, first, last - n) for n in (1, 2)):
        return False
    return _all_digits(content[last])


def _points_at(content: Bytes, first: Places, at: Places) -> int:
    """In how many cells a point stands at a place, behind a digit."""
    found = content.take(at, mode="clip") == _DOT
    at = at[found & (at > first)]
    return int(np.count_nonzero(_is_digit(content[at - 1])))


def _numeric(content: Bytes) -> bool:
    """Digits, points and minuses only: the bytes from the minus to the nine, but for the slash."""
    within = content - np.uint8(_MINUS) <= _NINE - _MINUS
    return bool(within.all() and not (content == _SLASH).any())


def _day(ends: Ends, content: Bytes) -> bool:
    return _between(ends, content, *_DAY)


def _time(ends: Ends, content: Bytes) -> bool:
    if not _between(ends, content, *_TIME):
        return False
    rows = content.reshape(-1, len(_TIME[0]))
    return not ((rows[:, 11] == _TWO) & (rows[:, 12] > _THREE)).any()  # no 24 o'clock and later


def _between(ends: Ends, content: Bytes, lowest: bytes, highest: bytes) -> bool:
    """Whether all cells have one length and at each place a byte of these."""
    width = len(lowest)
    lengths = np.diff(ends)
    if not ((lengths == width) | (lengths == 0)).all():
        return False
    low = np.tile(np.frombuffer(lowest, np.uint8), _ROWS_AT_ONCE)
    span = np.tile(np.frombuffer(highest, np.uint8), _ROWS_AT_ONCE) - low
    for start in range(0, len(content), len(low)):
        some = content[start : start + len(low)]
        if not (some - low[: len(some)] <= span[: len(some)]).all():  # below the lowest wraps
            return False
    return True


def _edges(ends: Ends) -> tuple[Places, Places]:
    """Where the first and the last byte of each cell stand that is not empty."""
    there = ends[1:] > ends[:-1]
    return ends[:-1][there].astype(np.int64), ends[1:][there].astype(np.int64) - 1


def _short(kind: str, ends: Ends) -> bool:
    return bool(np.diff(ends).max(initial=0) <= _LONGEST[kind])


def _is_digit(content: Bytes) -> NDArray[np.bool_]:
    return content - np.uint8(_ZERO) <= _NINE - _ZERO


def _all_digits(content: Bytes) -> bool:
    return bool(_is_digit(content).all())


PLAIN: dict[str, Callable[[Ends, Bytes], bool]] = {
    "id": _one_line_unrounded,
    "date": _day,
    "month": _day,
    "timestamp": _time,
    "money": _money,
    "count": _digits,
    "number": _decimal,
}
