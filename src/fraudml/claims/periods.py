"""Periods of validity: which row of a catalogue holds on a day, and which rows overlap."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import OPEN_END


def valid_on(periods: ir.Table, key: str) -> ir.Table:
    """Catalogue rows as half-open periods that never overlap: [valid_from, valid_before).

    A later row of the same key ends the one before it, so a join finds at most one row.
    """
    following = periods.valid_from.lead().over(group_by=periods[key], order_by=periods.valid_from)
    own_end = periods.valid_to + ibis.interval(days=1)
    return periods.mutate(
        valid_before=ibis.least(
            following.coalesce(OPEN_END), own_end.cast("date").coalesce(OPEN_END)
        )
    )


def overlapping(
    rows: ir.Table, keys: tuple[str, ...], start: str, end: str, *, open_until_replaced: bool
) -> ir.Table:
    """The rows that begin while an earlier-begun row of the same keys is still in force.

    A row that ends before it begins is in force on no day.
    open_until_replaced  a row without an end is ended by the next one and overlaps with none
    """
    until = rows[end].coalesce(rows[start] if open_until_replaced else OPEN_END)
    order = {"group_by": list(keys), "order_by": [start, "source_file", "row_number"]}
    begun = rows.mutate(in_force_until=until)
    reach = begun.in_force_until.max().over(ibis.cumulative_window(**order))
    reached = begun.mutate(reach=reach)
    before = reached.reach.lag().over(ibis.window(**order))
    return reached.mutate(before=before).filter(
        lambda t: (t.before >= t[start]) & (t.in_force_until >= t[start])
    )
