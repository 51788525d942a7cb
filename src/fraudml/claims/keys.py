"""Rows that repeat a key or point at nothing: they cannot be keyed or joined."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.consequences import PARENT_QUARANTINED
from fraudml.claims.contract_types import Column, Table
from fraudml.claims.set_checks import PLACE
from fraudml.engine import Engine


def repeated_keys(engine: Engine, table: Table, rows: ir.Table) -> ir.Table | None:
    """Rows whose key another row has too (source_file, row_number, rule); None where there is none.

    Rows that are equal in every cell: the first stays, each further one breaks
    ``duplicate_row:TABLE``. Rows that say different things under one key: none of them can be
    trusted, all break ``duplicate_key:TABLE``.

    rows  typed rows that break no rule of a cell
    """
    columns = [table.column(name).canonical for name in table.key]
    counted = rows.group_by(columns).agg(copies=lambda t: t.count())
    repeated = counted.filter(counted.copies > 1)
    if not len(engine.rows(repeated.limit(1), at_most=1)):
        return None
    twice = engine.keep(repeated, f"twice-{table.name}")
    among = rows.inner_join(twice.drop("copies"), columns)
    told = among.select(*PLACE, *columns, content=_content(table, among))
    kept = engine.keep(told, f"repeated-{table.name}")
    same = ibis.window(group_by=columns)
    judged = kept.mutate(
        versions=kept.content.max().over(same) != kept.content.min().over(same),
        place=ibis.row_number().over(group_by=columns, order_by=list(PLACE)),
    )
    conflicting = judged.filter(judged.versions)
    copies = judged.filter(~judged.versions & (judged.place > 0))
    return ibis.union(
        conflicting.select(*PLACE, rule=ibis.literal(f"duplicate_key:{table.name}")),
        copies.select(*PLACE, rule=ibis.literal(f"duplicate_row:{table.name}")),
    )


def _content(table: Table, rows: ir.Table) -> ir.StringValue:
    """What a row says, in one text; equal for rows that say the same."""
    cells = [("=" + _shown(c, rows[c.canonical])).coalesce("") for c in table.columns]
    return ibis.array(cells).join("\x1f")


def _shown(column: Column, value: ir.Value) -> ir.StringValue:
    if column.kind == "list":
        return value.join("|")
    if column.kind == "number":  # minus zero is zero
        value = ibis.ifelse(value == 0, 0.0, value)
    return value.cast("string")


def unknown_references(table: Table, beside: ir.Table) -> dict[str, ir.BooleanValue]:
    """For each reference of the table the rows that point at nothing accepted.

    beside  rows beside the tables they point at (``beside.with_others``)
    """
    return {
        f"unknown:{table.name}.{c.name}": beside[f"{parent_of(c)}__key"].isnull()
        for c in table.columns
        if c.refers
    }


def followers(
    engine: Engine,
    table: Table,
    unknown: ir.Table,
    rows: ir.Table,
    refused: Callable[[str], ir.Table | None],
) -> ir.Table:
    """The same finds, those whose counterpart came in and was set aside as its followers.

    unknown  source_file, row_number, rule: rows that point at nothing accepted, kept
    rows     the table; refused  the keys, as text, of a table's rows that were set aside
    """
    found = [
        _following(table, column, unknown, rows, aside)
        for column in table.columns
        if column.refers and (aside := refused(parent_of(column))) is not None
    ]
    if not found:
        return unknown
    both = ibis.union(*found) if found[1:] else found[0]
    follow = engine.keep(both, f"followers-{table.name}")
    rest = unknown.anti_join(follow, [*PLACE, "rule"])
    return ibis.union(rest, follow.mutate(rule=ibis.literal(PARENT_QUARANTINED)))


def _following(
    table: Table, column: Column, unknown: ir.Table, rows: ir.Table, aside: ir.Table
) -> ir.Table:
    """Those that point at a row set aside, still under the rule that they break."""
    which = unknown.filter(unknown.rule == f"unknown:{table.name}.{column.name}")
    own = rows.select(own_file="source_file", own_row="row_number", points_at=column.name)
    met = which.inner_join(
        own, [which.source_file == own.own_file, which.row_number == own.own_row]
    )
    keys = aside.select(aside_key=(column.refers or "").partition(".")[2]).distinct()
    return met.semi_join(keys, met.points_at == keys.aside_key).select(*PLACE, "rule")


def parent_of(column: Column) -> str:
    """The table that a column refers to; empty where it refers to none."""
    return (column.refers or "").partition(".")[0]
