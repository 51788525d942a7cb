"""The distributed engine: Ibis on PySpark, for claims that do not fit on one machine."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import AnalysisException, PySparkException

from fraudml.artifacts import require, write_parquet
from fraudml.engine.spark_session import open_session
from fraudml.errors import EngineError
from fraudml.params import EngineParams

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROW_GROUP = 122_880  # rows; fixed, so that bytes do not depend on how Spark cut the table
_NO_MEMORY = (
    "Spark ran out of memory. Raise engine.memory_gb in params.yaml (on a cluster "
    "spark.executor.memory under engine.spark)."
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
        self._session, self._own = open_session(params, scratch)
        self._con = ibis.pyspark.connect(self._session)

    def close(self) -> None:
        """End Spark where it was started for this engine; leave a session of others running."""
        for view in self._session.catalog.listTables():
            self._session.catalog.dropTempView(view.name)
        if self._own:
            self._session.stop()

    def read_parquet(self, path: Path | Sequence[Path]) -> ir.Table:
        """The table in a parquet file, in all parts of a folder, or in several, not yet read."""
        paths = [path] if isinstance(path, Path) else list(path)
        files = [str(part) for one in paths for part in _parts(require(one))]
        if not files:
            raise EngineError(f"{paths[0]} holds no parquet part: run the stage that writes it.")
        name = f"read_{next(self._numbers)}"
        with _plain_errors():
            self._session.read.parquet(*[_plain_name(file) for file in files]).createTempView(name)
            return self._con.table(name)

    def table(self, rows: pa.Table, name: str) -> ir.Table:
        """A small Arrow table (as-of dates, entity tables) made visible to the engine."""
        path = self.scratch / f"{name}.parquet"
        write_parquet(path, rows)
        return self.read_parquet(path)

    def keep(self, expr: ir.Table, name: str) -> ir.Table:
        """Compute an intermediate once, in the scratch folder, for many later expressions."""
        path = self.scratch / f"{name}.parquet"
        self._write_parts(expr, path)
        return self.read_parquet(path)

    def make_parquet(
        self, expr: ir.Table, path: Path, *, order_by: tuple[str, ...] = ()
    ) -> None:
        """Compute there: write the table to one parquet file, sorted so that bytes are equal.

        Spark sorts and writes parts side by side; they are then joined in order, a batch at a
        time. One file is what later stages and people expect, and tables that need many files
        come in as many parts. Without ``order_by`` rows are put in the order of all columns that
        have one: Spark knows no order of the input.
        """
        keys = list(order_by) or [n for n, kind in expr.schema().items() if not kind.is_nested()]
        parts = self.scratch / f"parts_{next(self._numbers)}"
        self._write_parts(expr.order_by(keys), parts)
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
        parts = self.scratch / f"parts_{next(self._numbers)}"
        self._write_parts(expr, parts)
        yield from _read_parts(parts, _arrow_schema(expr), size=size)
        shutil.rmtree(parts)

    def _write_parts(self, expr: ir.Table, folder: Path) -> None:
        with _plain_errors():
            self._frame(expr).write.mode("overwrite").parquet(folder.as_uri())

    def _frame(self, expr: ir.Table) -> "DataFrame":
        """The query with each column of the type that Ibis says it has.

        Spark's own types differ: truncating a date makes a time, counting a day of the week an
        int32.
        """
        from pyspark.sql import functions

        columns = [
            functions.col(_quoted(name)).cast(_spark_type(kind)).alias(name)
            for name, kind in expr.schema().items()
        ]
        return self._session.sql(self._con.compile(expr)).select(*columns)


def _parts(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def _plain_name(file: str) -> str:
    """The path with what Spark takes for a pattern escaped."""
    return "".join(f"\\{sign}" if sign in "{}[]*?\\" else sign for sign in file)


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
        for batch in pq.ParquetFile(part).iter_batches(size):
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
        return _NO_MEMORY
    if isinstance(error, Py4JNetworkError | ConnectionError):
        return f"Spark's Java process ended, most often for lack of memory. {_NO_MEMORY}"
    if "No space left on device" in said:
        return "Spark found no disk space left to spill to: free space in the project folder."
    condition = error.getCondition() if isinstance(error, PySparkException) else None
    if condition and "READ" in condition:
        return f"The engine could not read or write a file: Spark says {condition}."
    return f"Spark stopped the query: {condition or type(error).__name__}."
