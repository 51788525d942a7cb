"""Writing the lists: parquet, workbook, a page and a packet per lead, and the page over all."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from fraudml.artifacts import write_json, write_parquet
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.leads.packet import Lead, list_row, packet
from fraudml.leads.pages import index_page, lead_page
from fraudml.leads.table import lead_table
from fraudml.leads.workbook import write_workbook


def write_list(leads: Sequence[Lead], *, grain: GrainName, as_of: date, out: Path) -> pa.Table:
    """Write one grain's list into the folder ``out`` and return it as a table, by rank.

    Files are named by grain and by lead id alone: no id or name of anybody stands in a path.
    """
    pages, packets = out / "pages", out / "packets"
    pages.mkdir(parents=True, exist_ok=True)
    packets.mkdir(parents=True, exist_ok=True)
    for lead in leads:
        content = packet(lead)
        write_json(packets / f"{lead.lead_id}.json", content)
        (pages / f"{lead.lead_id}.html").write_text(lead_page(content), encoding="utf-8")
    table = lead_table(grain, [list_row(lead) for lead in leads])
    write_parquet(out / f"{grain}.parquet", table)
    write_workbook(table, out / f"{grain}.xlsx", grain=grain, as_of=as_of)
    return table


def write_index(tables: Mapping[GrainName, pa.Table], *, as_of: date, out: Path) -> Path:
    """Write index.html over the lists of all grains; returns its path.

    tables  what ``build_leads`` returned, by grain; a grain may be absent or empty
    """
    lists = {grain: tables[grain].to_pylist() if grain in tables else [] for grain in GRAIN_NAMES}
    path = out / "index.html"
    path.write_text(index_page(lists, as_of=as_of), encoding="utf-8")
    return path
