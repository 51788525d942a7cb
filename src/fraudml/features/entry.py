"""What one feature is, and the few aggregates that features are written with.

Whole numbers are summed and divided at the end, so that the bytes of a feature depend neither on
the order of rows nor on the number of threads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir

from fraudml.entities import GrainName

Unit = Literal["fen", "days", "share", "count", "ratio", "minutes", "weight"]
# How chance moves a rate: as a share of n counted things, or as peers of different size show.
Noise = Literal["counted", "measured"]
Aggregate = Callable[[ir.Table], ir.Value]
RowFilter = Callable[[ir.Table], ir.BooleanValue]


@dataclass(frozen=True)
class Feature:
    """One number about an entity as of a date: how it is computed, read and grounded in law."""

    name: str  # unit and window stand in the name
    grain: GrainName
    unit: Unit
    window_days: int | None
    known_at: str  # the date from which its facts may be used
    needs: tuple[str, ...]  # contract columns without which it is not assessed
    typology: str | None  # None: context, accuses of nothing
    direction: int  # +1 more is more suspicious, -1 less is, 0 context only
    clause: str | None  # article of Order 735, only where the law names the conduct
    en: str
    zh: str
    family: str  # the base table it is computed from
    value: Aggregate
    rows: RowFilter | None = None  # which base rows are the evidence
    zero_without_rows: bool = False  # a count or sum: no row means 0; a mean or share: null
    per: str | None = None  # the feature of the same grain that says over how many n it is taken
    noise: Noise | None = None  # of a rate; None: no rate, or n unknown

    @property
    def neutral(self) -> float | None:
        """The value that is just what was to be expected; None where nothing is expected.

        Hits that are violations count one by one, whatever others have.
        """
        return 1.0 if "_expected_" in self.name and "_violation_" not in self.name else None


@dataclass(frozen=True)
class Law:
    """What a feature may accuse of: typology, direction and the article that names it."""

    typology: str | None
    direction: int
    clause: str | None


CONTEXT = Law(None, 0, None)
# Order 735 names no visits in company, no impossible day, no settlement after death and no billing
# outside a contract: those carry no clause. Upcoding is cited as item (7), other, as the contract
# says.
PHANTOM = Law("T01", 1, "40(3)")
UPCODING = Law("T03", 1, "38(7)")
OVERCHARGE = Law("T05", 1, "38(3)")
SPLIT = Law("T06", 1, "38(1)")
HANG_BED = Law("T07", 1, "38(1)")
SWAPPING = Law("T08", 1, "38(4)")
OVERTREATMENT = Law("T09", 1, "38(2)")
IMPERSONATION = Law("T11", 1, "40(1)")
RESELLING = Law("T12", 1, "38(5)")
RESELLING_BY_PATIENT = Law("T12", 1, "41(3)")
COLLUSION = Law("T15", 1, None)
IMPOSSIBLE_DAY = Law("T16", 1, None)
AFTER_DEATH = Law("T19", 1, None)
NOT_DESIGNATED = Law("T20", 1, None)
CASH_OUT = Law("T21", 1, "38(5)")
CARD_LENT = Law("T11", 1, "41(1)")
DOUBLE_BENEFIT = Law("T18", 1, "41(2)")
DATA_QUALITY = Law("T25", 0, "39(3)")

_SETTLED = "claims.settled_on"


@dataclass(frozen=True)
class Writer:
    """Writes the features of one family: what they have in common is said once."""

    grain: GrainName
    family: str
    needs: tuple[str, ...] = ()
    known_at: str = _SETTLED
    per: str | None = None  # over how many n its means, shares and ratios are taken
    noise: Noise | None = None  # "measured" for shares of money, which vary less than counts do

    def __call__(
        self,
        name: str,
        words: tuple[str, str],
        value: Aggregate,
        law: Law = CONTEXT,
        *,
        needs: tuple[str, ...] = (),
        rows: RowFilter | None = None,
        zero: bool = False,
    ) -> Feature:
        """One feature; its unit and window are read off its name.

        words  how it reads in English and in Chinese
        zero   True for counts and sums, which are 0 where an entity has no rows
        Counts, sums and extremes are no rates: they are taken over nothing.
        """
        unit, window = _unit_and_window(name)
        rate = not zero and "_max_" not in name
        over = self.per if rate else None
        usual: Noise = "counted" if unit == "share" else "measured"
        noise = (self.noise or usual) if over else None
        return Feature(
            name=name, grain=self.grain, unit=unit, window_days=window, known_at=self.known_at,
            needs=(*self.needs, *needs), typology=law.typology, direction=law.direction,
            clause=law.clause, en=words[0], zh=words[1], family=self.family, value=value,
            rows=rows, zero_without_rows=zero, per=over, noise=noise,
        )  # fmt: skip


_UNITS: tuple[tuple[str, Unit], ...] = (
    ("_share", "share"),
    ("_to_", "ratio"),
    ("_ratio", "ratio"),
    ("_index", "ratio"),
    ("_fen", "fen"),
    ("_days", "days"),
    ("_minutes", "minutes"),
    ("_weight", "weight"),
)


def _unit_and_window(name: str) -> tuple[Unit, int | None]:
    stem, _, window = name.rpartition("_")
    days = int(window[:-1]) if window[-1:] == "d" and window[:-1].isdigit() else None
    text = f"_{stem if days else name}"
    found = next((unit for mark, unit in _UNITS if mark in text), "count")
    return found, days  # type: ignore[return-value]


def total(column: ir.NumericColumn) -> ir.Value:
    """The sum of a whole-number column; 0 where all are unknown."""
    return column.sum().coalesce(0)


def count_if(condition: ir.BooleanColumn) -> ir.Value:
    """How many rows are known to satisfy the condition."""
    return condition.cast("int64").sum().coalesce(0)


def share_if(condition: ir.BooleanColumn) -> ir.Value:
    """Share of the rows for which the condition is known that satisfy it; null where none is."""
    return ratio(condition.cast("int64").sum(), condition.count())


def mean(column: ir.NumericColumn) -> ir.Value:
    """The mean of a whole-number column over the rows that have it; null where none has."""
    return ratio(column.sum(), column.count())


def ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.Value:
    """One number over another, null where the second is zero."""
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def sum_if(column: ir.NumericColumn, condition: ir.BooleanColumn) -> ir.Value:
    """The sum of a whole-number column over the rows that satisfy the condition."""
    return condition.ifelse(column, 0).sum().coalesce(0)


def hhi(counts: ir.NumericColumn) -> ir.Value:
    """Concentration of counts, from 1/n (evenly spread) to 1 (all in one): Herfindahl-Hirschman.

    Of money give decimals: the square of 31 million yuan in fen is beyond 64 bits.
    """
    whole = counts.sum().cast("float64")
    return (counts * counts).sum().cast("float64") / (whole * whole).nullif(0.0)


def spread_of(column: ir.NumericColumn) -> ir.ArrayValue:
    """The 10th, 50th and 90th percentile, found together: asked one by one, each sorts again."""
    return column.quantile([0.1, 0.5, 0.9])


def observed_to_expected(observed: ir.Value, expected: ir.Value, count: ir.Value) -> ir.Value:
    """Observed over expected, drawn toward 1 as if five claims more had been as expected.

    (O + a) / (E + a) with a = 5 E / n: Gamma-Poisson shrinkage (METHODS.md, case mix).
    """
    pull = expected.cast("float64") * 5.0 / count.cast("float64").nullif(0.0)
    return (observed.cast("float64") + pull) / (expected.cast("float64") + pull).nullif(0.0)
