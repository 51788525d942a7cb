"""Any tables of text turned into a contract folder, as a field map says.

Files are read in batches and computed in the engine, which spills: the size of a source is bounded
by the disk. ``one_row_per`` and ``number_within`` sort or group there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from fraudml.claims.adapters.field_map import Cell, FieldMap, TableMap
from fraudml.claims.adapters.last_day import LastDay, last_day
from fraudml.claims.adapters.map_cells import (
    FINER,
    ISO,
    Find,
    found_cell,
    made_cell,
    taken,
)
from fraudml.claims.adapters.map_reader import read_map
from fraudml.claims.adapters.map_report import derived, invented, left_out
from fraudml.claims.adapters.map_sources import (
    PLACE,
    READABLE,
    StagedSource,
    Wanted,
    stage_source,
)
from fraudml.claims.contract_types import Column
from fraudml.claims.schema import CONTRACT, TABLES
from fraudml.engine import Engine, open_engine
from fraudml.errors import ContractError, EngineError
from fraudml.params import EngineParams

_BATCH = 100_000
_MOST_DAYS = 100_000_000  # all that eight digits can spell

Account = dict[str, int | dict[str, int]]


def write_mapped(
    source: Path, folder: Path, wanted_map: str, *, memory_gb: float
) -> dict[str, Any]:
    """Write the contract tables of ``source`` to ``folder`` as parquet of text; the report.

    wanted_map  path of a field map, or the name of a shipped one
    returns     rows, an account of each source and table, what was invented, derived or left out
    Raises ParamsError for a map that is wrong, ContractError for a source that does not fit it,
    EngineError where rows do not add up.
    """
    read = read_map(wanted_map)
    params = EngineParams(kind="duckdb", memory_gb=memory_gb, threads=None)
    with open_engine(params, spill=folder / ".scratch") as engine:
        run = _Run(engine, read.content, read.name, source, folder)
        report = run.report()
    (folder / ".scratch").rmdir()
    return {"map": read.name, "map_sha256": read.sha256, **report}


class _Run:
    """One map being followed: its sources staged, then its tables written."""

    def __init__(
        self, engine: Engine, field_map: FieldMap, map_name: str, source: Path, folder: Path
    ) -> None:
        self.engine = engine
        self.map = field_map
        self.map_name = map_name
        self.folder = folder
        self.wanted = {key: _wanted(field_map, key) for key in field_map.sources}
        self.staged: dict[str, StagedSource] = {
            key: stage_source(
                source, key, files, self.wanted[key], engine.scratch, map_name=map_name
            )
            for key, files in field_map.sources.items()
        }
        self.absent: list[str] = []
        told = ((t.name, self._cells(t.name)) for t in TABLES if t.name in field_map.tables)
        self.tables = {name: cells for name, cells in told if cells}
        self.accounts = {name: self._write(name, cells) for name, cells in self.tables.items()}

    def report(self) -> dict[str, Any]:
        """JSON-able: what came of every source and every table."""
        last = self._last_settlement()
        return {
            "as_of": last.day,
            "beyond_as_of": last.beyond,
            "rows": {name: account["written"] for name, account in self.accounts.items()},
            "sources": {key: _told(staged) for key, staged in self.staged.items()},
            "tables": self.accounts,
            "invented": invented(self.map, self.tables),
            "derived": derived(self.map, self.tables),
            "left_out": left_out(self.map, self.staged, self._filled()),
            "absent": self.absent,
            "notes": list(self.map.notes),
        }

    def _cells(self, name: str) -> dict[str, Cell]:
        """The table's columns in the contract's order, without optional ones that never came.

        Empty for an optional table that lacks a column it needs.
        """
        table = self.map.tables[name]
        present = self.staged[table.source].present
        cells = {}
        for column in CONTRACT[name].columns:
            cell = table.columns.get(column.name)
            if cell is None:
                continue
            if not cell.reads() or present.intersection(cell.reads()):
                cells[column.name] = cell
            elif cell.optional:
                self.absent.append(f"{name}.{column.name}")
            elif table.optional:
                self.absent.append(name)
                return {}
            else:
                raise ContractError(
                    f"{self.map_name}: tables.{name}.columns.{column.name} reads one of "
                    f"{', '.join(cell.reads())}; {self.staged[table.source].files[0]} has none. "
                    "Add one to the export, or change the map."
                )
        return cells

    def _write(self, name: str, cells: dict[str, Cell]) -> Account:
        """One contract table; every source row is written, left out by ``where`` or merged."""
        table = self.map.tables[name]
        staged = self.staged[table.source]
        rows = self._rows(table)
        taken_rows = self._count(rows)
        find = self._finder(table.source, rows)
        made = {c: _made(cell, CONTRACT[name].column(c), find, rows) for c, cell in cells.items()}
        account: Account = {
            "source_rows": staged.rows,
            "not_taken": staged.rows - taken_rows,
            **self._changed(cells, rows, find),
        }
        whole = rows.select(PLACE, READABLE, **made)
        if table.one_row_per:
            out, merged = self._merged(name, table, whole)
            account |= merged
        else:
            numbered = any(cell.number_within is not None for cell in cells.values())
            out = (whole.order_by(PLACE) if numbered else whole).drop(PLACE, READABLE)
        written = self._stream(out, name)
        if not table.one_row_per and written != taken_rows:
            raise EngineError(
                f"{name}: {taken_rows:,} rows were taken and {written:,} written; they must be "
                "equal. Nothing was published."
            )
        return {**account, "written": written}

    def _rows(self, table: TableMap) -> ir.Table:
        """The source rows that the table takes; an unreadable one always."""
        rows = self.engine.read_parquet(self.staged[table.source].path)
        find = self._finder(table.source, rows)
        for name, which in table.where.items():
            cell = find(name)
            good = cell.isin(list(which.one_of or which.not_one_of))
            good = ibis.coalesce(good if which.one_of else ~good, not which.one_of)
            rows = rows.filter(good | ~rows[READABLE])
            find = self._finder(table.source, rows)
        return rows

    def _finder(self, source: str, rows: ir.Table) -> Find:
        staged = {w.name: w.staged for w in self.wanted[source]}
        return lambda name: rows[staged[name]]

    def _changed(self, cells: dict[str, Cell], rows: ir.Table, find: Find) -> Account:
        """How many cells were rounded, and how many emptied because ``values`` names no such."""
        counts = {}
        for column, cell in cells.items():
            if cell.rounded:
                exact = cell.model_copy(update={"rounded": False})
                text = made_cell(exact, Column(column, "money"), find)
                counts[f"rounded {column}"] = text.re_search(FINER).sum()
            if cell.others == "blank":
                counts[f"emptied {column}"] = (
                    ~found_cell(cell, find).isin(list(cell.values))
                ).sum()
        if not counts:
            return {}
        found = self.engine.rows(rows.agg(**counts), at_most=1).to_pylist()[0]
        changed: Account = {}
        for said, count in found.items():
            what, _, column = said.partition(" ")
            if count:
                changed[what] = {**changed.get(what, {}), column: int(count)}  # type: ignore[dict-item]
        return changed

    def _merged(self, name: str, table: TableMap, made: ir.Table) -> tuple[ir.Table, Account]:
        """One row per key; rows without the whole key are counted, and so are contradictions."""
        keys = list(table.one_row_per)
        whole = made.filter(*(made[key].notnull() for key in keys))
        columns = [c for c in made.columns if c not in (PLACE, READABLE)]
        rest = [c for c in columns if c not in keys]
        shared = {
            c: taken(table.columns[c], CONTRACT[name].column(c), whole[c], whole[PLACE])
            for c in rest
        }
        asked = [c for c in rest if table.columns[c].take in ("first", "last")]
        differs = {f"differs {c}": whole[c].min() != whole[c].max() for c in asked}
        if not rest:
            grouped = whole.select(*keys).distinct()
        else:
            kept = whole.group_by(keys).agg(**shared, **differs)
            grouped = self.engine.keep(kept, f"grouped_{name}")
        account: Account = {"without_key": self._count(made) - self._count(whole)}
        if asked:
            sums = {c: grouped[f"differs {c}"].sum() for c in asked}
            found = self.engine.rows(grouped.agg(**sums), at_most=1).to_pylist()[0]
            account["contradicting_keys"] = {c: int(n) for c, n in found.items() if n}
        return grouped.order_by(keys).select(*columns), account

    def _stream(self, made: ir.Table, name: str) -> int:
        schema = pa.schema([(column, pa.string()) for column in made.columns])
        written = 0
        with pq.ParquetWriter(self.folder / f"{name}.parquet", schema, compression="zstd") as out:
            for batch in self.engine.batches(made, size=_BATCH):
                out.write_batch(batch.cast(schema))
                written += batch.num_rows
        return written

    def _count(self, rows: ir.Table) -> int:
        counted = self.engine.rows(rows.agg(rows=rows.count()), at_most=1)
        return int(counted.column("rows")[0].as_py())

    def _last_settlement(self) -> LastDay:
        """Up to which day claims are settled; refused where no day can be read."""
        claims = self.engine.read_parquet(self.folder / "claims.parquet")
        written = claims.filter(claims.settled_on.re_search(ISO["date"]))
        counted = written.group_by("settled_on").agg(claims=written.count())
        days = self.engine.rows(counted, at_most=_MOST_DAYS)
        found = last_day(zip(*(column.to_pylist() for column in days.columns), strict=True))
        if not self.accounts["claims"]["written"]:
            raise ContractError(
                f"{self.map_name}: tables.claims takes not one of "
                f"{self.accounts['claims']['source_rows']:,} rows: see its where and its keys."
            )
        if found is None:
            patterns = ", ".join(self.tables["claims"]["settled_on"].date or ["YYYY-MM-DD"])
            raise ContractError(
                f"{self.map_name}: tables.claims.columns.settled_on: not one of "
                f"{self.accounts['claims']['written']:,} dates is written {patterns}. Say in the "
                "map how they are written."
            )
        return found

    def _filled(self) -> dict[str, dict[str, int]]:
        """How many cells of the columns of ``count_filled`` hold something."""
        filled = {}
        for key, files in self.map.sources.items():
            names = [n for n in files.count_filled if n in self.staged[key].present]
            if names:
                rows = self.engine.read_parquet(self.staged[key].path)
                find = self._finder(key, rows)
                counts = {str(i): find(name).count() for i, name in enumerate(names)}
                found = self.engine.rows(rows.agg(**counts), at_most=1).to_pylist()[0]
                filled[key] = {name: int(found[str(i)]) for i, name in enumerate(names)}
        return filled


def _made(cell: Cell, column: Column, find: Find, rows: ir.Table) -> ir.StringValue:
    if cell.number_within is None:
        text = made_cell(cell, column, find)
    else:
        window = ibis.window(group_by=find(cell.number_within), order_by=rows[PLACE])
        text = (ibis.row_number().over(window) + 1).cast("string")
    return ibis.ifelse(rows[READABLE], text, ibis.null(str))


def _wanted(field_map: FieldMap, key: str) -> tuple[Wanted, ...]:
    """Every column of one source that some table reads, once, in the order of the map."""
    found: dict[str, Wanted] = {}
    for column, name, asked_by, optional in _asked(field_map, key):
        before = found.get(name)
        found[name] = Wanted(
            name,
            before.staged if before else f"c{len(found)}",
            before.column if before else column,
            asked_by if not optional or before is None else before.asked_by,
            optional and (before is None or before.optional),
        )
    return tuple(found.values())


def _asked(field_map: FieldMap, key: str) -> Iterator[tuple[Column, str, str, bool]]:
    for table_name, table in field_map.tables.items():
        if table.source != key:
            continue
        for name in table.where:
            yield Column(name, "id"), name, f"tables.{table_name}.where", table.optional
        for column, cell in table.columns.items():
            place = f"tables.{table_name}.columns.{column}"
            spare = cell.optional or table.optional or len(cell.first_of) > 1
            for name in cell.reads():
                yield CONTRACT[table_name].column(column), name, place, spare
    for name in field_map.sources[key].count_filled:
        yield Column(name, "id"), name, f"sources.{key}.count_filled", True


def _told(staged: StagedSource) -> dict[str, Any]:
    told: dict[str, Any] = {
        "files": staged.files,
        "encodings": staged.encodings,
        "rows": staged.rows,
        "wrong_fields": staged.wrong_fields,
        "lines_of_wrong_fields": staged.lines_of_wrong_fields,
        "undecodable": staged.undecodable,
    }
    if staged.first_unreadable:
        told["first_unreadable"] = staged.first_unreadable
    return told
