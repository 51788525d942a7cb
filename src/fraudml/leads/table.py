"""The list of leads as a table: its columns, their order, and what each of them means."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa

from fraudml.currency import YUAN, Currency
from fraudml.entities import GRAINS, GrainName
from fraudml.leads.words import Words

_KINDS: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "date32": pa.date32(),
}


@dataclass(frozen=True)
class Column:
    """One column of the list: type in parquet, heading and explanation in both languages."""

    name: str
    kind: pa.DataType
    head: Words
    means: Words
    width: int  # characters, in the workbook
    show: str  # how the workbook shows it: text, wrap, whole, share, score, money, date


@cache
def columns(grain: GrainName, currency: Currency = YUAN) -> tuple[Column, ...]:
    """The columns of one grain's list, in order; the same in parquet and in the workbook."""
    own = GRAINS[grain]
    key_zh = f"{own.zh}假名" if own.person else "机构代码"
    text = (files("fraudml.leads") / "columns.csv").read_text(encoding="utf-8")
    return tuple(
        Column(
            name=row["name"].format(key=own.key),
            kind=_KINDS[row["kind"]],
            head=Words(
                row["head_zh"].format(key_zh=key_zh, money=currency),
                row["head_en"].format(key=own.key, money=currency),
            ),
            means=Words(row["means_zh"], row["means_en"]),
            width=int(row["width"]),
            show=row["show"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def lead_table(grain: GrainName, rows: list[dict[str, Any]]) -> pa.Table:
    """The list as an Arrow table with every column, sorted by rank."""
    schema = pa.schema([(c.name, c.kind) for c in columns(grain)])
    ordered = sorted(rows, key=lambda row: row["rank"])
    return pa.Table.from_pylist(ordered, schema=schema)


def accounted_file(grain: GrainName) -> str:
    """The file beside GRAIN.parquet with whom a legitimate circumstance accounts for."""
    return f"{grain}_accounted.parquet"
