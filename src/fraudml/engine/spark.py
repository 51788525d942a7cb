"""The distributed engine: Ibis on PySpark, for claims that do not fit on one machine."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException

from fraudml.artifacts import require, write_parquet
from fraudml.engine.spark_session import address, open_session
from fraudml.errors import EngineError
from fraudml.params import EngineParams

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_ROW_GROUP = 122_880  # rows; fixed, so that bytes do not depend on how Spark cut the table
_PATTERN_SIGNS = "{}[]*?\\"  # Spark takes a path for a pattern
_CONDITION = re.compile(r"\[([A-Z_]+(?:\.[A-Z_]+)*)\]")  # Spark's name for what went wrong
_REMEDY = (
    "Raise engine.memory_gb in params.yaml (on a cluster spark.executor.memory under engine.spark)."
)


class SparkEngine:
    """Computes in Spark, in this machine's Java or on a cluster; only answers come here.

    The project folder, and with it the scratch folder below .spill, must be the same folder for
    every machine of the cluster. Intermediates are folders of parts; what ``make_parquet`` makes
    is one file whose bytes depend on the rows alone, not on partitions or machines.
    """

    def __init__(self, scratch: Path, params: EngineParams) -> None:
        self.scratch = scratch
        self._numbers = count()
        self._views: list[str] = []
        self._kept: dict[str, str] = {}  # views by the name of a kept table
        self._files: dict[str, _Files] = {}  # what a view reads
        self._texts: dict[str, tuple[ir.Table, str]] = {}  # of kept tables, should they be again
        self._session, self._own = open_session(params, scratch)
        self._con = ibis.pyspark.connect(self._session)

    def close(self) -> None:
        """End Spark where it was started for this engine; leave a session of others running."""
        with suppress(Py4JError, ConnectionError):  # a Java that is gone has nothing to free
            for view in self._views:
                self._session.catalog.dropTempView(view)
            if self._own:
                self._session.stop()

    def read_parquet(self, path: Path | Sequence[Path]) -> ir.Table:
        """The table in a parquet file, in all parts of a folder, or in several, not yet read."""
        paths = [path] if isinstance(path, Path) else list(path)
        files = [self._visible(part) for one in paths for part in _parts(require(one))]
        if not files:
            raise EngineError(f"{paths[0]} holds no parquet part: run the stage that writes it.")
        with _plain_errors():
            return self._seen(self._session.read.parquet(*files), tuple(files))

    def _visible(self, file: Path) -> str:
        """The path as Spark finds it: a name that begins with . or _ is hidden from it."""
        if file.name[0] in "._":
            shown = self.scratch / f"shown_{next(self._numbers)}.parquet"
            shown.symlink_to(file.resolve())
            return _to_read(shown)
        return _to_read(file)

    def table(self, rows: pa.Table, name: str) -> ir.Table:
        """A small Arrow table (as-of dates, entity tables) made visible to the engine."""
        path = self.scratch / f"{name}.parquet"
        write_parquet(path, rows)
        return self.read_parquet(path)

    @contextmanager
    def streamed(
        self, schema: pa.Schema, batches: Iterable[pa.RecordBatch], name: str
    ) -> Iterator[ir.Table]:
        """Rows that come in batches, written to the scratch folder where all machines see them."""
        path = self.scratch / f"{name}.parquet"
        with pq.ParquetWriter(path, schema, compression="lz4") as out:
            for batch in batches:
                out.write_batch(batch)
        try:
            yield self.read_parquet(path)
        finally:
            path.unlink()

    def keep(self, expr: ir.Table, name: str, *, wide: bool = False) -> ir.Table:
        """Compute an intermediate once, in the scratch folder, for many later expressions.

        wide  says nothing here: of a left join Spark hashes the right side
        """
        path = self.scratch / f"{name}.parquet"
        with _plain_errors():
            if (below := self._below_one_another(expr)) is not None:
                frame = self._session.read.schema(below.schema).parquet(*below.addresses)
            else:
                frame = self._session.sql(self._text(expr, name))
            frame.write.mode("overwrite").parquet(address(path))
            # the schema is known: asking the parts for it would be a job of its own
            kept = self._session.read.schema(frame.schema).parquet(_to_read(path))
            return self._seen(kept, (_to_read(path),), name)

    def _text(self, expr: ir.Table, name: str) -> str:
        """The query of a kept table; one and the same expression is not translated twice."""
        if name not in self._texts or self._texts[name][0] is not expr:
            self._texts[name] = (expr, self._typed(expr))
        return self._texts[name][1]

    def _below_one_another(self, expr: ir.Table) -> "_Files | None":
        """The files of an expression that only puts tables below one another; else None.

        One scan of all their files: planned as a union, every table would be a scan of its own.
        """
        tables = _united(expr.op())
        found = [self._files[table.name] for table in tables if table.name in self._files]
        addresses = [file for one in found for file in one.addresses]
        if not found or len(found) < len(tables) or len({*addresses}) < len(addresses):
            return None  # a file named twice would be read once
        columns = _spark_columns(expr)
        if any(one.columns != columns for one in found):
            return None
        return _Files(tuple(addresses), found[0].schema)

    def _seen(
        self, frame: "DataFrame", addresses: tuple[str, ...], name: str | None = None
    ) -> ir.Table:
        """Files as a table; what is kept under a name again stands in its old place."""
        if name is None or name not in self._kept:
            self._views.append(f"fraudml_{next(self._numbers)}")
        view = self._views[-1] if name is None else self._kept.setdefault(name, self._views[-1])
        frame.createOrReplaceTempView(view)
        self._files[view] = _Files(addresses, frame.schema)
        return self._con.table(view)

    def make_parquet(self, expr: ir.Table, path: Path, *, order_by: tuple[str, ...] = ()) -> None:
        """Compute there: write the table to one parquet file, sorted so that bytes are equal.

        Spark sorts and writes parts side by side; they are then joined in order, a batch at a
        time. One file is what later stages and people expect, and tables that need many files
        come in as many parts. Without ``order_by`` rows are put in the order of all columns that
        have one: Spark knows no order of the input.
        """
        keys = list(order_by) or [n for n, kind in expr.schema().items() if not kind.is_nested()]
        parts = self._write_parts(expr.order_by(keys))
        schema = _arrow_schema(expr)
        with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as out:
            for batch in _read_parts(parts, schema, size=_ROW_GROUP):
                out.write_batch(batch, row_group_size=_ROW_GROUP)
        shutil.rmtree(parts)

    def rows(self, expr: ir.Table, *, at_most: int) -> pa.Table:
        """Bring here: the table in Arrow, refused with EngineError when it has more rows."""
        with _plain_errors():
            found = self._frame(expr.limit(at_most + 1)).toArrow()
        if len(found) > at_most:
            raise EngineError(
                f"More than {at_most:,} rows would come into Python. Entity tables only: "
                "aggregate in the engine, or use make_parquet."
            )
        return found.cast(_arrow_schema(expr))

    def batches(self, expr: ir.Table, *, size: int) -> Iterator[pa.RecordBatch]:
        """The table in Arrow batches of bounded size, one after another."""
        parts = self._write_parts(expr)
        yield from _read_parts(parts, _arrow_schema(expr), size=size)
        shutil.rmtree(parts)

    def _write_parts(self, expr: ir.Table) -> Path:
        folder = self.scratch / f"parts_{next(self._numbers)}"
        with _plain_errors():
            self._frame(expr).write.parquet(address(folder))
        return folder

    def _frame(self, expr: ir.Table) -> "DataFrame":
        return self._session.sql(self._typed(expr))

    def _typed(self, expr: ir.Table) -> str:
        """The query with each column of the type that Ibis says it has.

        Spark's own types differ: truncating a date makes a time, counting a day of the week an
        int32.
        """
        columns = ", ".join(
            f"CAST({_quoted(name)} AS {_spark_type(kind)}) AS {_quoted(name)}"
            for name, kind in expr.schema().items()
        )
        # as one text: columns chosen afterwards would have the whole query looked through twice
        return f"SELECT {columns} FROM ({self._con.compile(expr)})"  # noqa: S608 (our own names)


@dataclass(frozen=True)
class _Files:
    """Where a table lies, as Spark reads it."""

    addresses: tuple[str, ...]
    schema: "StructType"

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Names and types; whether a column may be null is a matter of the query that made it."""
        return [(field.name, field.dataType.simpleString()) for field in self.schema.fields]


def _united(op: ops.Node) -> list[ops.DatabaseTable]:
    """The tables that a union of nothing but tables puts below one another; else none."""
    waiting, found = [op], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, ops.Union) and not one.distinct:
            waiting += [one.right, one.left]
        elif isinstance(one, ops.DatabaseTable):
            found.append(one)
        else:
            return []
    return found


def _spark_columns(expr: ir.Table) -> list[tuple[str, str]]:
    return [(name, _spark_type(kind)) for name, kind in expr.schema().items()]


def _parts(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def _to_read(path: Path) -> str:
    """The address with what Spark takes for a pattern escaped."""
    return "".join(f"\\{sign}" if sign in _PATTERN_SIGNS else sign for sign in address(path))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


_SPARK_TYPES = {
    "boolean": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int",
    "int64": "bigint", "float32": "float", "float64": "double", "string": "string",
    "binary": "binary", "date": "date",
}  # fmt: skip


def _spark_type(kind: dt.DataType) -> str:
    if kind.is_array():
        return f"array<{_spark_type(kind.value_type)}>"
    if kind.is_timestamp():
        return "timestamp_ntz"
    return _SPARK_TYPES[str(kind.copy(nullable=True))]


def _arrow_schema(expr: ir.Table) -> pa.Schema:
    fields = [pa.field(name, _arrow_type(kind)) for name, kind in expr.schema().items()]
    return pa.schema(fields)


def _arrow_type(kind: dt.DataType) -> pa.DataType:
    if kind.is_array():
        return pa.list_(_arrow_type(kind.value_type))
    return pa.timestamp("us") if kind.is_timestamp() else kind.to_pyarrow()


def _read_parts(folder: Path, schema: pa.Schema, *, size: int) -> Iterator[pa.RecordBatch]:
    """All rows of a folder of parts, in the order of the parts, in full batches."""
    waiting: list[pa.RecordBatch] = []
    rows_n = 0
    for part in _parts(folder):
        with pq.ParquetFile(part) as content:
            for batch in content.iter_batches(size):
                waiting.append(batch.cast(schema))
                rows_n += len(batch)
                if rows_n >= size:
                    whole = pa.Table.from_batches(waiting).combine_chunks().to_batches()[0]
                    yield whole.slice(0, size)
                    waiting, rows_n = [whole.slice(size)], rows_n - size
    if rows_n:
        yield pa.Table.from_batches(waiting).combine_chunks().to_batches()[0]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Spark's errors as ours, without the values that Spark puts into its words."""
    try:
        yield
    except AnalysisException:
        raise  # a query that cannot be: a mistake of ours, to be seen whole
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise EngineError(_sentence(error)) from None


def _sentence(error: Exception) -> str:
    said = str(error)
    if "OutOfMemory" in said or "UNABLE_TO_ACQUIRE_MEMORY" in said:
        return f"Spark ran out of memory. {_REMEDY}"
    if not isinstance(error, PySparkException | Py4JJavaError):  # Java itself said nothing
        return f"Spark's Java process ended, most often for lack of memory. {_REMEDY}"
    if "No space left on device" in said:
        return "Spark found no disk space left to spill to: free space in the project folder."
    named = _CONDITION.search(said)
    condition = named.group(1) if named else type(error).__name__
    if "READ" in condition or "FILE" in condition:
        return f"The engine could not read or write a file: Spark says {condition}."
    return f"Spark stopped the query: {condition}."
