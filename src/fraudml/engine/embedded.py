"""The embedded engine: Ibis on DuckDB, in this process, with a memory limit and a spill folder."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from glob import escape
from itertools import count
from pathlib import Path

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.sql.datatypes import DuckDBType

from fraudml.artifacts import require, write_parquet
from fraudml.errors import EngineError
from fraudml.log import timed

_log = logging.getLogger(__name__)
_AS_IS = "hive_partitioning = false"  # a folder named month=3 makes no column
# a dictionary of more values than this costs more than it saves: ids hardly repeat
_PARQUET = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096)"


class DuckEngine:
    """Computes in this process; results do not depend on the number of threads."""

    def __init__(self, scratch: Path, *, memory_gb: float, threads: int | None) -> None:
        self.scratch = scratch
        self._numbers = count()
        self._read: dict[tuple[str, ...], ir.Table] = {}
        # of kept tables, should they be kept again: expression, its parsed query, what was kept
        self._kept: dict[str, tuple[ir.Table, duckdb.Statement, ir.Table]] = {}
        self._con = ibis.duckdb.connect(
            temp_directory=str(scratch / "spill"),
            memory_limit=f"{int(memory_gb * 1024)}MB",
            **({"threads": threads} if threads else {}),
        )
        self._con.raw_sql("SET enable_progress_bar = false")
        self._in_order: bool | None = None
        self._set_order(kept=True)

    def close(self) -> None:
        """Free the memory and the files of this engine."""
        self._con.disconnect()

    def read_parquet(self, path: Path | Sequence[Path]) -> ir.Table:
        """The table in a parquet file, in all parts of a folder, or in several such."""
        paths = [path] if isinstance(path, Path) else list(path)
        patterns = tuple(map(_pattern, paths))
        if patterns not in self._read:
            name, files = f"read_{next(self._numbers)}", ", ".join(map(_literal, patterns))
            with _plain_errors():
                self._con.raw_sql(
                    f"CREATE TEMP VIEW {name} AS FROM read_parquet([{files}], {_AS_IS})"
                )
                self._read[patterns] = self._seen(name)
        return self._read[patterns]

    def _seen(self, name: str, *place: str) -> ir.Table:
        """What lies under a name, as Ibis sees it; Ibis would ask for the columns far longer."""
        found = self._con.con.sql(f"FROM {_quoted(name)}")
        kinds = map(_ibis_type, map(str, found.types))
        columns = sch.Schema(dict(zip(found.columns, kinds, strict=True)))
        where = ops.Namespace(*place)
        table = ops.DatabaseTable(name, schema=columns, source=self._con, namespace=where)
        return table.to_expr()

    def table(self, rows: pa.Table, name: str) -> ir.Table:
        """A small Arrow table (as-of dates, entity tables) made visible to the engine."""
        path = self.scratch / f"{name}.parquet"
        self._forget(path)
        write_parquet(path, rows)
        return self.read_parquet(path)

    @contextmanager
    def streamed(
        self, schema: pa.Schema, batches: Iterable[pa.RecordBatch], name: str
    ) -> Iterator[ir.Table]:
        """Rows that come in batches, read while the query runs; nothing of them is written."""
        failures: list[Exception] = []
        reader = pa.RecordBatchReader.from_batches(schema, _noting(batches, failures))
        self._con.con.register(name, reader)
        try:
            yield self._seen(name)
        except EngineError:
            if failures:  # DuckDB only passes on that there was one
                raise failures[0] from None
            raise
        finally:
            self._con.con.unregister(name)

    def keep(self, expr: ir.Table, name: str, *, wide: bool = False) -> ir.Table:
        """Compute an intermediate once for many later expressions; it spills where memory ends.

        wide  of each join the right side is hashed, as written: DuckDB takes every filter to leave
              a fifth, and after two of them hashes all claims to look up the few they name
        """
        before = self._kept.get(name)
        if before and before[0] is not expr:  # one that is, is neither translated nor parsed again
            before = None
        with _plain_errors(), timed(_log, f"kept {name}"):
            self._set_order(kept=False)
            with self._sides_as_written() if wide else nullcontext():
                query = before[1] if before else self._parsed(expr, name)
                self._con.con.execute(query)
            if not before:
                self._kept[name] = (expr, query, self._seen(name, "temp", "main"))
            return self._kept[name][2]

    def _parsed(self, expr: ir.Table, name: str) -> duckdb.Statement:
        text = f"CREATE OR REPLACE TEMP TABLE {_quoted(name)} AS {self._typed(expr)}"
        return self._con.con.extract_statements(text)[0]

    def _set_order(self, *, kept: bool) -> None:
        """Whether rows come in the order of the input; said to DuckDB where that changes."""
        if self._in_order is not kept:
            self._con.raw_sql(f"SET preserve_insertion_order = {str(kept).lower()}")
            self._in_order = kept

    @contextmanager
    def _sides_as_written(self) -> Iterator[None]:
        self._con.raw_sql("SET disabled_optimizers = 'build_side_probe_side'")
        try:
            yield
        finally:
            self._con.raw_sql("RESET disabled_optimizers")

    def _forget(self, path: Path) -> None:
        """What is written anew is read anew."""
        self._read = {k: t for k, t in self._read.items() if escape(str(path)) not in k}

    def make_parquet(self, expr: ir.Table, path: Path, *, order_by: tuple[str, ...]) -> None:
        """Compute there: write the table to one parquet file, sorted so that bytes are equal."""
        self._write(expr.order_by(list(order_by)) if order_by else expr, path)

    def _write(self, expr: ir.Table, path: Path) -> None:
        self._forget(path)
        with _plain_errors(), timed(_log, f"wrote {path.name}") as said:
            self._set_order(kept=True)
            self._con.raw_sql(f"COPY ({self._typed(expr)}) TO {_literal(str(path))} {_PARQUET}")
            said["rows"] = pq.read_metadata(path).num_rows
            said["bytes"] = path.stat().st_size

    def rows(self, expr: ir.Table, *, at_most: int) -> pa.Table:
        """Bring here: the table in Arrow, refused with EngineError when it has more rows."""
        with _plain_errors(), timed(_log, "brought here") as said:
            self._set_order(kept=True)
            found = self._con.con.sql(self._typed(expr.limit(at_most + 1))).to_arrow_table()
            said["rows"] = len(found)
        if len(found) > at_most:
            raise EngineError(
                f"More than {at_most:,} rows would come into Python. Entity tables only: "
                "aggregate in the engine, or use make_parquet."
            )
        return found

    def batches(self, expr: ir.Table, *, size: int) -> Iterator[pa.RecordBatch]:
        """The table in Arrow batches of bounded size, one after another."""
        with _plain_errors():
            self._set_order(kept=True)
            yield from self._con.con.sql(self._typed(expr)).to_arrow_reader(size)

    def _typed(self, expr: ir.Table) -> str:
        """The query with the types that Ibis says: DuckDB's own sum is a 128-bit number.

        The month of a day is a time to it.
        """
        columns = ", ".join(_column(name, kind) for name, kind in expr.schema().items())
        return f"SELECT {columns} FROM ({self._con.compile(expr)})"  # noqa: S608 (our own names)


def _pattern(path: Path) -> str:
    """The path as DuckDB finds this one alone, though its folders be called fund [2025] or a*b."""
    found = escape(str(path))
    return f"{found}/**/*.parquet" if require(path).is_dir() else found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@cache
def _ibis_type(kind: str) -> dt.DataType:
    return DuckDBType.from_string(kind)


def _column(name: str, kind: dt.DataType) -> str:
    quoted = _quoted(name)
    wanted = "BIGINT" if kind.is_int64() else "DATE" if kind.is_date() else None
    return f"CAST({quoted} AS {wanted}) AS {quoted}" if wanted else quoted


def _noting(
    batches: Iterable[pa.RecordBatch], failures: list[Exception]
) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except Exception as error:
        failures.append(error)
        raise


@contextmanager
def _plain_errors() -> Iterator[None]:
    """DuckDB's errors as ours; of its words only those about files, since others quote cells."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise EngineError(
            "The engine ran out of memory. Raise engine.memory_gb in params.yaml or free disk "
            "space for spilling."
        ) from error
    except duckdb.IOException as error:
        raise EngineError(
            f"The engine could not read or write a file: {_first_line(error)}"
        ) from error
    except duckdb.Error as error:
        if "out of range" in str(error).lower():
            raise EngineError(
                "A number is too large for the column that is to hold it, such as a product of "
                "two slips, or one of more than 2,147,483,647 persons. Look for amounts, prices "
                "and quantities that cannot be, and report what --log-level debug says."
            ) from error
        raise EngineError(
            f"The engine could not read a file or compute a table ({type(error).__name__}). "
            "Run again with --log-level debug to see where."
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
