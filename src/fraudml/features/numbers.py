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


def numbered(t: ir.Table, name: str, *, at_most: int) -> ir.Table:
    """The rows of a table numbered from 0 in a column of this name, in 32 bits if they suffice."""
    alike = t.mutate(one=1)  # in the order of what all have alike, which costs no sorting
    number = ibis.row_number().over(ibis.window(order_by="one"))
    kind = "int32" if at_most < 2**31 else "int64"
    return alike.select(*t.columns, **{name: number.cast(kind)})


@dataclass(frozen=True)
class Numbers:
    """The numbers of everybody named on the claims, beside a set of as-of dates."""

    claims: Claims
    days: tuple[date, ...]
    keep: Callable[[str, Callable[[], ir.Table]], ir.Table]

    def beside(self, t: ir.Table, *keys: str) -> ir.Table:
        """Rows with ids and as_of, and the numbers; null where claims never name the id."""
        return self.dated(self.of(t, *keys), *keys)

    def of(self, t: ir.Table, *keys: str) -> ir.Table:
        """Rows with ids, and everybody's number as long as no date stands beside it."""
        j, numbers = t, {}
        for key in keys:
            known = self._known(key)
            j = j.left_join(known, t[key] == known[f"known_{key}"])
            numbers[NUMBERS[key]] = known[NUMBERS[key]]
        return j.select(*[t[name] for name in t.columns], **numbers)

    def dated(self, t: ir.Table, *keys: str) -> ir.Table:
        """Rows with as_of, and the numbers that ``of`` gave as those beside that date."""
        if len(self.days) == 1:
            return t
        places = [(t.as_of == day, place) for place, day in enumerate(self.days)]
        numbers = [t[NUMBERS[key]] for key in keys]
        return t.mutate(
            **{
                number.get_name(): (number * len(self.days) + ibis.cases(*places)).cast(
                    number.type()
                )
                for number in numbers
            }
        )

    def named(self, t: ir.Table, *keys: str) -> ir.Table:
        """Rows with numbers, and those of these ids, or as_of, that they do not have yet."""
        for key in dict.fromkeys(keys):
            if key in NUMBERS and key not in t.columns:
                known, number = self._known(key), NUMBERS[key]
                own = t[number] // len(self.days) if len(self.days) > 1 else t[number]
                j = t.left_join(known, own == known[number])
                t = j.select(*[t[name] for name in t.columns], **{key: known[f"known_{key}"]})
        return t.mutate(as_of=self._date(t)) if "as_of" in {*keys} - {*t.columns} else t

    def _date(self, t: ir.Table) -> ir.DateValue:
        """The date beside which the first entity of each row has its number."""
        if len(self.days) == 1:
            return ibis.literal(self.days[0])
        number = next(t[name] for name in NUMBERS.values() if name in t.columns)
        place = number % len(self.days)
        return ibis.cases(*[(place == at, ibis.literal(day)) for at, day in enumerate(self.days)])

    def _known(self, key: str) -> ir.Table:
        return self.keep(f"numbered_{key}", lambda: self._everybody(key))

    def _everybody(self, key: str) -> ir.Table:
        t = self.claims.table("claims")
        ids = t.filter(t[key].notnull()).select(**{f"known_{key}": key}).distinct()
        at_most = self.claims.rows_in("claims") * len(self.days)
        # in the order of one and the same value for all, which costs no sorting
        return numbered(ids, NUMBERS[key], at_most=at_most)


def keys_of(t: ir.Table, key: str) -> list[str]:
    """What tells the entities of a table apart: their number, else id and date."""
    return [NUMBERS[key]] if NUMBERS[key] in t.columns else [key, "as_of"]


def grouped(t: ir.Table, *keys: str, **values: ir.Value) -> ir.Table:
    """One row per combination of keys and date: entities, named by their id, by their number.

    At least one is an entity that is known in every row; or else rows of all dates would mix.
    """
    return t.group_by([NUMBERS.get(key, key) for key in keys]).agg(**values)
