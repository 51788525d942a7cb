"""Whole numbers in place of the ids of entities: groups and joins by id cost several times more.

Everybody named on claims is numbered once. Beside each as-of date an entity has a number of its
own, so that no date need stand beside it in a key. Which number is whose is open, and no result
depends on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import Claims
from fraudml.entities import GRAINS

NUMBERS = {grain.key: f"{grain.name}_no" for grain in GRAINS.values()}


def row_numbers(at_most: int, *, order_by: str) -> ir.IntegerValue:
    """The rows of a table of at most so many numbered from 0, in 32 bits where they suffice."""
    numbered = ibis.row_number().over(ibis.window(order_by=order_by))
    return numbered.cast("int32" if at_most < 2**31 else "int64")


@dataclass(frozen=True)
class Numbers:
    """The numbers of everybody named on the claims, beside a set of as-of dates."""

    claims: Claims
    days: tuple[date, ...]
    keep: Callable[[str, Callable[[], ir.Table]], ir.Table]

    def beside(self, t: ir.Table, key: str) -> ir.Table:
        """Rows with an id and as_of, and its number; null where claims never name the id."""
        known = self._known(key)
        j = t.left_join(known, t[key] == known.known_id)
        number = j.known_no
        if len(self.days) > 1:
            places = [(j.as_of == day, place) for place, day in enumerate(self.days)]
            number = (number * len(self.days) + ibis.cases(*places)).cast(number.type())
        return j.mutate(**{NUMBERS[key]: number}).drop("known_id", "known_no")

    def named(self, t: ir.Table, *keys: str) -> ir.Table:
        """Rows with numbers, and those of these ids that they do not have yet."""
        for key in keys:
            if key in NUMBERS and key not in t.columns:
                known = self._known(key)
                number = t[NUMBERS[key]]
                if len(self.days) > 1:
                    number = number // len(self.days)
                joined = t.left_join(known, number == known.known_no)
                t = joined.rename({key: "known_id"}).drop("known_no")
        return t

    def _known(self, key: str) -> ir.Table:
        return self.keep(f"numbered_{key}", lambda: self._numbered(key))

    def _numbered(self, key: str) -> ir.Table:
        t = self.claims.table("claims")
        ids = t.filter(t[key].notnull()).select(known_id=key).distinct()
        at_most = self.claims.rows_in("claims") * len(self.days)
        # in the order of one and the same value for all, which costs no sorting
        return ids.mutate(one=1).select(
            "known_id", known_no=row_numbers(at_most, order_by="one")
        )


def keys_of(t: ir.Table, key: str) -> list[str]:
    """What tells the entities of a table apart: their number, else id and date."""
    return [NUMBERS[key]] if NUMBERS[key] in t.columns else [key, "as_of"]


def grouped(t: ir.Table, *keys: str, **values: ir.Value) -> ir.Table:
    """One row per combination of keys, of which one at least is an entity's: by number, and as_of.

    keys of entities are named as ids; their numbers are not null, or rows of all dates mix
    """
    by = [NUMBERS.get(key, key) for key in keys]
    return t.group_by(by).agg(as_of=t.as_of.max(), **values)
