"""Rows that were set aside: where they stood, which rules they broke, what they said."""

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.contract_types import Table
from fraudml.claims.csv_text import Unreadable
from fraudml.claims.keys import as_sentence
from fraudml.engine import Engine


def write_quarantine(
    engine: Engine,
    table: Table,
    text: ir.Table,
    fails: ir.Table,
    lost: pa.Table,
    path: Path,
) -> None:
    """One row per refused row: source_file, row_number, rules, detail, row_hash; by place.

    text   rows as written, person ids hashed; fails  row_id, rule of the refused rows;
    lost   the unreadable rows, in the form of this file
    A readable row's detail is its text and its hash is SHA-256 of that (its people are keyed
    hashes already); an unreadable row has its byte offset, and a keyed hash of its bytes.
    """
    rules = fails.distinct().group_by("row_id").agg(rules=lambda t: t.rule.collect(order_by="rule"))
    rules = rules.rename(failed="row_id")
    refused = text.inner_join(rules, text.row_id == rules.failed)
    told = refused.mutate(detail=as_sentence(table, refused))
    readable = told.select(
        "source_file", "row_number", "rules", "detail", row_hash=told.detail.hexdigest("sha256")
    )
    both = ibis.union(readable, engine.table(lost, f"lost_{table.name}"))
    engine.make_parquet(both, path, order_by=("source_file", "row_number"))


def lost_rows(table: Table, unreadable: list[Unreadable]) -> pa.Table:
    """The rows that could not be split into fields, as the quarantine file tells of them."""
    return pa.table(
        {
            "source_file": pa.array([row.source_file for row in unreadable], pa.string()),
            "row_number": pa.array([row.row_number for row in unreadable], pa.int64()),
            "rules": pa.array(
                [[unreadable_rule(table)] for _ in unreadable], pa.list_(pa.string())
            ),
            "detail": pa.array([row.detail for row in unreadable], pa.string()),
            "row_hash": pa.array([row.row_hash for row in unreadable], pa.string()),
        }
    )


def unreadable_rule(table: Table) -> str:
    """The rule broken by a row with too many or too few fields."""
    return f"fields:{table.name}"
