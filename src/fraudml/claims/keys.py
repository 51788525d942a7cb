"""Rows that repeat a key or point at nothing: they cannot be keyed or joined."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.contract_types import Table
from fraudml.engine import Engine


def repeated_keys(engine: Engine, table: Table, rows: ir.Table, text: ir.Table) -> ir.Table | None:
    """Rows whose key another row has too; None where every key stands once.

    Rows that are equal in every cell: the first stays, each further one breaks
    ``duplicate_row:TABLE``. Rows that say different things under one key: none of them can be
    trusted, all break ``duplicate_key:TABLE``.

    rows  typed rows that break no rule of a cell; text  the same rows as written
    """
    columns = [table.column(name).canonical for name in table.key]
    counted = rows.group_by(columns).agg(copies=lambda t: t.count())
    twice = engine.keep(counted.filter(counted.copies > 1), f"twice_{table.name}")
    if not row_count(engine, twice):
        return None
    among = rows.inner_join(twice.drop("copies"), columns).select("row_id", *columns)
    written = text.select("row_id", content=as_sentence(table, text))
    met = among.inner_join(written, "row_id").select("row_id", "content", *columns)
    kept = engine.keep(met, f"repeated_{table.name}")
    window = ibis.window(group_by=columns)
    judged = kept.mutate(
        versions=(kept.content.max().over(window) != kept.content.min().over(window)),
        first=kept.row_id.min().over(window),
    )
    conflicting = judged.filter(judged.versions)
    copies = judged.filter(~judged.versions & (judged.row_id != judged.first))
    return ibis.union(
        conflicting.select("row_id", rule=ibis.literal(f"duplicate_key:{table.name}")),
        copies.select("row_id", rule=ibis.literal(f"duplicate_row:{table.name}")),
    )


def unmet_references(
    table: Table,
    rows: ir.Table,
    accepted: Callable[[str], ir.Table],
    refused: Callable[[str], ir.Table | None],
) -> list[ir.Table]:
    """For each reference of the table the rows that point at nothing accepted.

    A row whose counterpart came in and was set aside follows it under ``parent_quarantined``;
    one whose counterpart never came in breaks ``unknown:TABLE.COLUMN``.
    """
    fails = []
    for column in table.columns:
        if column.refers is None:
            continue
        parent, _, name = column.refers.partition(".")
        known = accepted(parent).select(known=name).distinct()
        unmet = rows.anti_join(known, rows[column.name] == known.known)
        unknown = f"unknown:{table.name}.{column.name}"
        aside = refused(parent)
        if aside is None:
            fails.append(unmet.select("row_id", rule=ibis.literal(unknown)))
            continue
        aside = aside.select(aside=name).distinct()
        met = unmet.left_join(aside, unmet[column.name] == aside.aside)
        rule = ibis.ifelse(met.aside.isnull(), unknown, "parent_quarantined")
        fails.append(met.select("row_id", rule=rule))
    return fails


def as_sentence(table: Table, text: ir.Table) -> ir.StringValue:
    """A row of text in one line: every cell that is not empty, behind its column's name."""
    cells = [
        ibis.ifelse(text[c.name].notnull(), f"{c.name}=" + text[c.name], ibis.null(str))
        for c in table.columns
    ]
    return ibis.array(cells).filter(lambda cell: cell.notnull()).join("; ")


def row_count(engine: Engine, rows: ir.Table) -> int:
    """How many rows there are, counted where they lie."""
    counted = engine.rows(rows.agg(rows=rows.count()), at_most=1)
    return int(counted.column("rows")[0].as_py())
