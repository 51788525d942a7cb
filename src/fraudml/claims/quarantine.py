"""Rows that were set aside: where they stood, which rules they broke, what they said."""

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.artifacts import write_parquet
from fraudml.claims.contract_types import Table
from fraudml.claims.readers import Reading
from fraudml.engine import Engine

COLUMNS = ("source_file", "row_number", "rules", "detail", "row_hash")


def refused_rows(
    engine: Engine,
    reading: Reading,
    text: ir.Table | None,
    aside: ir.Table | None,
    path: Path,
) -> None:
    """Write the rows of one raw file that are set aside, in the quarantine's form beside their key.

    text   those rows at least, as text, person ids hashed; None where all stay
    aside  row_number, rules; None where all stay
    A readable row's detail is its text and its hash is SHA-256 of that (its people are keyed
    hashes already); an unreadable row has its byte offset, and a keyed hash of its bytes.
    """
    table = reading.table
    if text is None or aside is None:
        write_parquet(path, _lost(reading))
        return
    which = aside.select(failed="row_number", rules=aside.rules.sort())
    met = text.inner_join(which, text.row_number == which.failed)
    told = met.mutate(
        source_file=ibis.literal(reading.source.shown), detail=as_sentence(table, met)
    )
    readable = told.mutate(row_hash=told.detail.hexdigest("sha256"))
    lost = engine.table(_lost(reading), f"lost-{table.name}")
    both = ibis.union(readable.select(*COLUMNS, *table.key), lost)
    engine.make_parquet(both, path, order_by=("source_file", "row_number"))


def _lost(reading: Reading) -> pa.Table:
    """The rows that could not be split into fields."""
    rows = reading.unreadable
    rules = [[f"fields:{reading.table.name}"] for _ in rows]
    return pa.table(
        {
            "source_file": pa.array([row.source_file for row in rows], pa.string()),
            "row_number": pa.array([row.row_number for row in rows], pa.int64()),
            "rules": pa.array(rules, pa.list_(pa.string())),
            "detail": pa.array([row.detail for row in rows], pa.string()),
            "row_hash": pa.array([row.row_hash for row in rows], pa.string()),
            **{name: pa.nulls(len(rows), pa.string()) for name in reading.table.key},
        }
    )


def as_sentence(table: Table, text: ir.Table) -> ir.StringValue:
    """A row of text in one line: every cell that is not empty, behind its column's name."""
    cells = [
        ibis.ifelse(text[c.name].notnull(), f"{c.name}=" + text[c.name], ibis.null(str))
        for c in table.columns
        if c.name in text.columns
    ]
    return ibis.array(cells).filter(lambda cell: cell.notnull()).join("; ")
