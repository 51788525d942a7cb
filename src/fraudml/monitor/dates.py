"""The shared tables as of one date after another, when rules are asked of several.

Most of what the rules start from no date changes: which lines a claim has, what they cost, whom
they name. That is computed once, of all claims that stand on any of the dates; a date then only
says which rows stand on it. The date itself is a table of one row, so that asking again needs no
query to be built again: the same queries run anew.
"""

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.monitor.knowledge.base import Knowledge
from fraudml.monitor.shared import Shared, repeated

_SEEN = ("seen_on", "gone_on")  # the days between which a row stands


class SharedOfDates(Shared):
    """What the rules share, as of a date that can be moved back: nothing later exists then."""

    def __init__(self, engine: Engine, claims: Claims, knowledge: Knowledge, as_of: date) -> None:
        super().__init__(engine, claims, knowledge, as_of)
        self._until = self.as_of
        self._steps: dict[str, ir.Table] = {}  # what a date changes, in the order it was asked for
        # never bare: Ibis 12 names a scalar of a table in place, also where it stands once more;
        # beside a day that is never taken, so that queries are the same whatever the date is
        self.as_of = ibis.coalesce(self._dated(as_of).as_of.as_scalar(), ibis.date(2000, 1, 1))

    @property
    def dated(self) -> tuple[str, ...]:
        """The names of the tables computed so far that another date changes, in their order."""
        return tuple(self._steps)

    def move_to(self, day: date, names: tuple[str, ...]) -> None:
        """Compute these tables anew, as of another date; none later than the first one.

        names  as of ``dated``; what was computed of other tables must not be used any more
        """
        self.day = day
        self._dated(day)
        for name in names:
            super().compute(name, self._steps[name])

    def compute(self, name: str, expr: ir.Table) -> ir.Table:
        """The table of this name, in place of one that was computed before."""
        self._steps.pop(name, None)
        self._steps[name] = expr
        return super().compute(name, expr)

    def lasting(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """A table that no date changes, computed once: of ``every_claim`` and ``every_line``."""
        if name not in self._kept:
            self._kept[name] = super().compute(name, make())
        return self._kept[name]

    def standing(self, t: ir.Table) -> ir.Table:
        """Those rows of a lasting table that stand as of the date."""
        gone = (t.gone_on <= self.as_of).coalesce(False)
        return t.filter(t.seen_on <= self.as_of, ~gone).drop(*_SEEN)

    @property
    def every_claim(self) -> ir.Table:
        """All claims that stand on one of the dates, with the days between which they do."""
        return self.lasting("every_claim", self._every_claim)

    def _every_claim(self) -> ir.Table:
        t = self._settled(self._until).mutate(seen_on=lambda t: t.settled_on)
        p = self.provider.select("known_provider", "provider_no")  # numbers that no date changes
        return t.left_join(p, t.provider_id == p.known_provider).drop("known_provider")

    @property
    def every_line(self) -> ir.Table:
        """All lines of such claims, with the days between which they stand."""
        return self.lasting("every_line", lambda: self._lines_of(self.every_claim, *_SEEN))

    @property
    def code(self) -> ir.Table:
        """One row per item code that was billed: item_code, code_no."""
        return self.lasting("code", self._code)

    @property
    def practitioner(self) -> ir.Table:
        """One row per practitioner on claims or lines: practitioner_id, practitioner_no."""
        return self.lasting("practitioner", self._practitioner)

    def _line(self) -> ir.Table:
        # kept, not only described: DuckDB takes lines that a subquery chooses for few, and joins
        # them the wrong way round
        return self.standing(self.every_line)

    def _claim(self) -> ir.Table:
        return self._as_known(self.standing(self.every_claim).drop("provider_no"))

    def _limited_line(self) -> ir.Table:
        every = self.lasting(
            "every_limited_line", lambda: self._judged(self.every_line, self.every_claim)
        )
        p = self.provider.select("provider_no", "level", "provider_kind")
        return self.standing(every).left_join(p, "provider_no").drop("provider_no_right")

    def _repeated_line(self) -> ir.Table:
        # what repeats itself on a date does so among all lines
        every = self.lasting(
            "every_repeated_line", lambda: repeated(self._with_maximum(self.every_line))
        )
        return repeated(self.standing(every))

    def _dated(self, day: date) -> ir.Table:
        one = self.engine.table(pa.table({"as_of": pa.array([day], pa.date32())}), "monitor-day")
        return self.engine.keep(one, "monitor-as-of")
