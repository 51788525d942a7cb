"""Rows and money of a table by month, with partial months, gaps and breaks marked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import ibis.expr.types as ir

from fraudml.claims.contract_types import Table
from fraudml.engine import Engine
from fraudml.quality.breaks import Broken, breaks, mean_breaks

_MOST_MONTHS = 120_000  # every month of the calendar: dates lie in the years 1 to 9999
_FAR_MONTHS = 12  # months without a row after which the rest is far away
_EDGE_DAYS = 7  # days without a row before a month counts as partial
_EDGE_CHANCE = 1e-3  # ... and the chance of so many days without one


@dataclass(frozen=True)
class Counted:
    """By which date a table is counted, and which money is added up beside."""

    date: str
    money: str | None = None


# Tables whose rows come in month by month; a register or a catalogue has no monthly volume.
COUNTED: dict[str, Counted] = {
    "claims": Counted("settled_on", "fund_amount"),
    "claim_lines": Counted("served_at", "amount"),
    "leave_passes": Counted("left_at"),
    "stock_moves": Counted("month"),
    "trace_events": Counted("happened_at"),
    "tips": Counted("received_on"),
    "inspections": Counted("visited_on"),
    "budgets": Counted("month", "budget_amount"),
}


@dataclass(frozen=True)
class Month:
    """One calendar month of one table; ``number`` counts months from year 0."""

    number: int
    rows: int
    fen: int | None = None
    first_on: date | None = None
    last_on: date | None = None

    @property
    def name(self) -> str:
        """The month as YYYY-MM."""
        return month_name(self.number)


def month_name(number: int) -> str:
    """A month, counted from year 0, as YYYY-MM.

    >>> month_name(2025 * 12)
    '2025-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def by_month(engine: Engine, table: Table, rows: ir.Table, *, money: bool) -> ir.Table:
    """Rows of each month, and of each provider where the table has one; kept in the scratch.

    money    whether the table's money came in
    returns  ``number`` (month), ``provider_id`` (where there is one), ``rows``, ``fen``,
             ``first_on``, ``last_on``; rows without a date are left out
    """
    counted = COUNTED[table.name]
    when = rows[counted.date]
    day = when.date() if table.column(counted.date).kind == "timestamp" else when
    dated = rows.mutate(day__=day).filter(when.notnull())
    numbered = dated.mutate(
        number=dated.day__.year().cast("int64") * 12 + dated.day__.month().cast("int64") - 1
    )
    keys = ["number", *(["provider_id"] if "provider_id" in table.key + table.mandatory else [])]
    sums = {"rows": numbered.count(), "first_on": numbered.day__.min()}
    sums["last_on"] = numbered.day__.max()
    if counted.money and money:
        sums["fen"] = numbered[table.column(counted.money).canonical].sum()
    return engine.keep(numbered.group_by(*keys).agg(**sums), f"by_month_{table.name}")


def months_of(engine: Engine, kept: ir.Table) -> list[Month]:
    """The months with rows, oldest first."""
    sums = {"rows": kept.rows.sum(), "first_on": kept.first_on.min(), "last_on": kept.last_on.max()}
    if "fen" in kept.columns:
        sums["fen"] = kept.fen.sum()
    found = engine.rows(kept.group_by("number").agg(**sums), at_most=_MOST_MONTHS)
    return sorted((Month(**row) for row in found.to_pylist()), key=lambda month: month.number)


def volume(table: str, months: Sequence[Month], *, jump: float) -> dict[str, Any]:
    """One table's months in order, each with what is odd about it.

    months   those with rows, oldest first
    returns  ``counted_by``; ``months``: ``month``, ``rows``, ``fen``, ``mark`` (partial, gap,
             dip, surge, fall, rise or null), ``ratio`` to the neighbours, ``mean_mark`` and
             ``mean_ratio`` for the mean amount per row; ``far``: rows more than a year away from
             all others, with their first and last month
    """
    near, far = _near_and_far(months)
    line = _without_holes(near)
    part = _partial(table, line)
    whole = [place for place in range(len(line)) if place not in part]
    rows = [line[place].rows for place in whole]
    fen = [line[place].fen for place in whole]
    marks = {whole[one.place]: one for one in breaks(rows, jump=jump)}
    means = {whole[one.place]: one for one in mean_breaks(rows, fen, jump=jump)}
    return {
        "counted_by": COUNTED[table].date,
        "months": [
            _said(month, "partial" if place in part else None, marks.get(place), means.get(place))
            for place, month in enumerate(line)
        ],
        "far": {
            "rows": sum(month.rows for month in far),
            "first": far[0].name if far else None,
            "last": far[-1].name if far else None,
        },
    }


def whole_months(said: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Numbers of the months that are not partial: those with rows, and those without any."""
    whole = [one for one in said["months"] if one["mark"] != "partial"]
    return (
        [_number(one["month"]) for one in whole if one["rows"]],
        [_number(one["month"]) for one in whole if not one["rows"]],
    )


def _number(name: str) -> int:
    year, month = name.split("-")
    return int(year) * 12 + int(month) - 1


def _said(
    month: Month, part: str | None, broken: Broken | None, mean: Broken | None
) -> dict[str, Any]:
    return {
        "month": month.name,
        "rows": month.rows,
        "fen": month.fen,
        "mark": part or (broken.mark if broken else None),
        "ratio": broken.ratio if broken else None,
        "mean_mark": mean.mark if mean else None,
        "mean_ratio": mean.ratio if mean else None,
    }


def _near_and_far(months: Sequence[Month]) -> tuple[list[Month], list[Month]]:
    """The months around the middle row, and those beyond a year without any row."""
    if not months:
        return [], []
    total, passed, middle = sum(month.rows for month in months), 0, 0
    for middle, month in enumerate(months):  # noqa: B007 (read after the loop)
        passed += month.rows
        if 2 * passed >= total:
            break
    first = last = middle
    while first > 0 and months[first].number - months[first - 1].number <= _FAR_MONTHS:
        first -= 1
    while last + 1 < len(months) and months[last + 1].number - months[last].number <= _FAR_MONTHS:
        last += 1
    return list(months[first : last + 1]), [*months[:first], *months[last + 1 :]]


def _without_holes(near: Sequence[Month]) -> list[Month]:
    by_number = {month.number: month for month in near}
    if not by_number:
        return []
    money = any(month.fen is not None for month in near)
    return [
        by_number.get(number, Month(number, 0, 0 if money else None))
        for number in range(near[0].number, near[-1].number + 1)
    ]


def _partial(table: str, line: Sequence[Month]) -> set[int]:
    """The first and last month, where days without a row at the edge can be no chance."""
    if not line or COUNTED[table].date == "month":
        return set()
    a_day = median(month.rows for month in line if month.rows) / 30.4
    first, last = line[0], line[-1]
    begins = first.first_on.day - 1 if first.first_on else 0
    after = date(last.number // 12 + (last.number % 12 == 11), (last.number + 1) % 12 + 1, 1)
    ends = (after - last.last_on).days - 1 if last.last_on else 0
    edges = ((0, begins), (len(line) - 1, ends))
    return {
        place
        for place, days in edges
        if days >= _EDGE_DAYS and math.exp(-a_day * days) < _EDGE_CHANCE
    }
