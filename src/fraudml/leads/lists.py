"""Writing the lists: parquet, workbook, a page and a packet per lead, and the page over all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from fraudml.artifacts import write_json, write_parquet
from fraudml.currency import YUAN, Currency
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.leads.lead import Lead
from fraudml.leads.packet import list_row, packet
from fraudml.leads.pages import index_page, lead_page
from fraudml.leads.table import accounted_file, lead_table
from fraudml.leads.workbook import write_workbook

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Lists:
    """One grain's leads as tables (columns.csv), by rank.

    accounted  candidates that left the list: a legitimate circumstance accounts for them
    silent_n   how many of the first ranks are not listed: nothing is to be said of them
    """

    listed: pa.Table
    accounted: pa.Table
    silent_n: int = 0


def write_list(
    leads: Sequence[Lead],
    accounted: Sequence[Lead] = (),
    *,
    silent_n: int = 0,
    grain: GrainName,
    as_of: date,
    out: Path,
    currency: Currency = YUAN,
) -> Lists:
    """Write one grain's list into the folder ``out`` and return it as tables, by rank.

    Files are named by grain and by lead id alone: no id or name of anybody stands in a path.
    """
    pages, packets = out / "pages", out / "packets"
    pages.mkdir(parents=True, exist_ok=True)
    packets.mkdir(parents=True, exist_ok=True)
    for lead in (*leads, *accounted):
        content = packet(lead)
        write_json(packets / f"{lead.lead_id}.json", content)
        (pages / f"{lead.lead_id}.html").write_text(lead_page(content), encoding="utf-8")
    listed, beside = (lead_table(grain, [list_row(one) for one in some])
                      for some in (leads, accounted))  # fmt: skip
    write_parquet(out / f"{grain}.parquet", listed)
    write_parquet(out / accounted_file(grain), beside)
    write_workbook(
        listed, beside, out / f"{grain}.xlsx", grain=grain, as_of=as_of, currency=currency
    )
    return Lists(listed, beside, silent_n)


def write_index(
    lists: Mapping[GrainName, Lists], *, as_of: date, out: Path, currency: Currency = YUAN
) -> Path:
    """Write index.html over the lists of all grains; returns its path.

    lists  what ``build_leads`` returned, by grain; a grain may be absent or empty
    """
    path = out / "index.html"
    rows = {grain: _rows(lists.get(grain)) for grain in GRAIN_NAMES}
    silent = {grain: one.silent_n for grain, one in lists.items()}
    text = index_page(rows, silent, as_of=as_of, currency=currency)
    path.write_text(text, encoding="utf-8")
    return path


def _rows(lists: Lists | None) -> tuple[list[Row], list[Row]]:
    return (lists.listed.to_pylist(), lists.accounted.to_pylist()) if lists else ([], [])
