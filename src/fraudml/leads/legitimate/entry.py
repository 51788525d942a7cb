"""What a test of a legitimate explanation is, and what it answers.

A test asks for a circumstance (one provider in a district, weeks of an epidemic), never for
innocence: a circumstance can hold and a scheme beside it. So an answer brings the figures it rests
on and says which features the circumstance alone can bring about; who is no lead without those is
asked in ``accounted``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import Claims
from fraudml.entities import GRAIN_NAMES, Grain, GrainName
from fraudml.leads.words import Words

WINDOW_DAYS = 365
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """Who is asked about, and the visits that were known and not reversed by the live date."""

    claims: Claims
    grain: Grain
    listed: ir.Table  # id
    as_of: date

    @property
    def since(self) -> ir.Value:
        """The day before the year that ends with the live date."""
        return (ibis.literal(self.as_of) - ibis.interval(days=WINDOW_DAYS)).cast("date")

    @cached_property
    def visits(self) -> ir.Table:
        """All visits of everybody that were known by the live date: columns of the claim."""
        t = self.claims.table("claims")
        gone = self.claims.reversed_claims()
        gone = gone.filter(gone.reversed_on <= self.as_of).select(gone_id=gone.claim_id)
        t = t.filter(t.reverses_claim_id.isnull(), t.settled_on <= self.as_of)
        return t.anti_join(gone, t.claim_id == gone.gone_id)

    @cached_property
    def year(self) -> ir.Table:
        """Those of the year before the live date."""
        t = self.visits
        return t.filter(t.admitted_on > self.since, t.admitted_on <= self.as_of)

    def of_listed(self, t: ir.Table) -> ir.Table:
        """Rows of who is asked about, with their ``id``."""
        t = t.mutate(id=t[self.grain.key])
        return t.semi_join(self.listed, "id")


@dataclass(frozen=True)
class Answer:
    """Whether a circumstance is there, and by which figures."""

    holds: bool
    said: Words
    brings: tuple[str, ...]  # parts of names of features it can bring about; ^ begins a name

    def can_bring(self, feature: str) -> bool:
        """Whether the circumstance alone can make this feature stand out.

        >>> dialysis = Answer(True, Words("", ""), ("^claims_count",))
        >>> dialysis.can_bring("claims_count_90d"), dialysis.can_bring("after_death_claims_count")
        (True, False)
        """
        return any(part in f"^{feature}" for part in self.brings)


@dataclass(frozen=True, kw_only=True)
class Circumstance:
    """One explanation of ``typologies.EXPLANATIONS``, and how claims speak for or against it."""

    key: str
    grains: tuple[GrainName, ...] = GRAIN_NAMES
    needs: tuple[str, ...]  # contract columns without which it is not testable
    find: Callable[[Asked], ir.Table]  # a row an entity: id, and figures
    holds: Callable[[Row], bool]
    said: Callable[[Row], Words]
    brings: tuple[str, ...]

    def answer(self, row: Row) -> Answer:
        """What one entity's figures say."""
        return Answer(self.holds(row), self.said(row), self.brings)


def counted(n: int, noun: str) -> str:
    """A number of things in English.

    >>> counted(1, "visit"), counted(1200, "visit")
    ('1 visit', '1,200 visits')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def several(value: float) -> str:
    """A ratio as times: 3.2."""
    return f"{value:,.1f}"
