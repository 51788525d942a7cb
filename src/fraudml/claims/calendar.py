"""Days and years between dates, and the day that stands for "no end"."""

from datetime import date

import ibis.expr.types as ir

OPEN_END = date(9999, 12, 31)  # the end of a period that has none


def days_between(later: ir.DateValue, earlier: ir.DateValue) -> ir.IntegerValue:
    """Whole days from the earlier date to the later one."""
    return later.delta(earlier, unit="day").cast("int64")


def years_between(later: ir.DateValue, birth: ir.DateValue) -> ir.IntegerValue:
    """Whole years of age on a day: one more on every birthday; of 29 February, on 1 March."""
    yet_to_come = later.month() * 100 + later.day() < birth.month() * 100 + birth.day()
    years = later.year().cast("int64") - birth.year().cast("int64")
    return years - yet_to_come.cast("int64")
