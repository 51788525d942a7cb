"""How finely a column may be shown, so that a page about a table says nothing about one person.

The largest bill of a table is one person's bill, and the earliest date of birth is one person's.
Where a table speaks of people, figures are therefore quantiles with at least ten rows beyond
them, and dates are shown by month, or by year where the table is a register of people. The date
a table is counted by is shown by day: it is a property of the delivery.
"""

from datetime import date
from functools import cache
from typing import Literal

from fraudml.claims.contract_types import Column
from fraudml.claims.schema import CONTRACT

Fineness = Literal["day", "month", "year"]
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
_LENGTHS: dict[Fineness, int] = {"day": 10, "month": 7, "year": 4}
_BEYOND = 10  # rows at or beyond a figure that is shown of people


@cache
def of_people(table: str) -> bool:
    """Whether single rows of this table belong to single persons.

    >>> of_people("claim_lines"), of_people("leave_passes"), of_people("items")
    (True, True, False)
    """
    columns = CONTRACT[table].columns
    above = {c.refers.partition(".")[0] for c in columns if c.refers}
    persons = [c for c in columns if c.person and c.person != "operator"]
    return bool(persons) or any(of_people(name) for name in above)


def fineness(table: str, column: Column, *, counted_by: str | None) -> Fineness:
    """By day, month or year: how finely the range of a date column is shown.

    counted_by  the date of which the table's monthly volumes are made, if it has one
    """
    if column.name == counted_by or not of_people(table):
        return "day"
    people = any(c.person for c in CONTRACT[table].columns if c.key)
    return "year" if people else "month"


def dated(day: date, fine: Fineness) -> str:
    """The date as text of that fineness.

    >>> dated(date(1950, 3, 7), "year"), dated(date(2025, 3, 7), "month")
    ('1950', '2025-03')
    """
    return day.isoformat()[: _LENGTHS[fine]]


def shown_quantiles(known: int) -> tuple[float, float, float] | None:
    """Low, middle and high quantile with at least ten of ``known`` rows beyond the outer ones.

    >>> shown_quantiles(5_000), shown_quantiles(200), shown_quantiles(40)
    ((0.01, 0.5, 0.99), (0.1, 0.5, 0.9), None)
    """
    for low, high in ((QUANTILES[0], QUANTILES[-1]), (QUANTILES[1], QUANTILES[-2])):
        if known * low >= _BEYOND:
            return low, QUANTILES[2], high
    return None
