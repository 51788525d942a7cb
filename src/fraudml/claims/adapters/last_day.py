"""Up to which day a source speaks, whatever a single mistyped date says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from fraudml.errors import ContractError

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST_GAP_DAYS = 366
_FEW = 0.1  # of all claims: more than these are no slips


@dataclass(frozen=True)
class LastDay:
    """The day, and how many claims are dated beyond it."""

    day: str
    beyond: int


def last_day(claims: Iterable[tuple[object, int]]) -> LastDay | None:
    """The newest day of the calendar that claims have; None where no cell holds one.

    claims  each cell that stands for a day, and how many claims have it
    Days beyond a gap of more than a year do not count where fewer than one claim in ten has one:
    9999-12-31 and 2090 for 2009 are slips, and an as-of date of theirs would look at nothing.

    >>> last_day([("2009-12-30", 40), ("2009-12-31", 2), ("2009-02-30", 1), ("9999-12-31", 3)])
    LastDay(day='2009-12-31', beyond=3)
    """
    found = sorted((day, n) for cell, n in claims if (day := _day(cell)))
    if not found:
        return None
    every, beyond, last = sum(n for _, n in found), 0, LastDay(f"{found[-1][0]}", 0)
    for (before, _), (after, n) in zip(found[-2::-1], found[:0:-1], strict=True):
        beyond += n
        if beyond >= _FEW * every:
            break
        if (after - before).days > _LONGEST_GAP_DAYS:
            last = LastDay(f"{before}", beyond)
    return last


def last_day_of(cells: pd.Series, column: str, written: str, publisher: str) -> LastDay:
    """The same of one cell a claim; ContractError where none holds a day.

    column, written, publisher  where the cells came from, in which form and whose, for the refusal
    """
    found = last_day(cells.value_counts().items())
    if found is None:
        raise ContractError(
            f"{column}: not one of {len(cells):,} claims has a date of the calendar written "
            f"{written}. Use the files as {publisher} publishes them."
        )
    return found


def _day(cell: object) -> date | None:
    if not (isinstance(cell, str) and _WRITTEN.fullmatch(cell)):
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None
