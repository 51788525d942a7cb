"""Where tables are computed: opens a backend, bounds its memory, says where it spills.

Two verbs that must not be mixed up: ``make_parquet`` computes a table *there*, at any size;
``rows`` brings at most n rows *here*, and refuses more.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import ibis.expr.types as ir
import pyarrow as pa

from fraudml.engine.scratch import scratch_folder
from fraudml.errors import EngineError
from fraudml.params import EngineParams

if TYPE_CHECKING:
    from fraudml.engine.embedded import DuckEngine
    from fraudml.engine.spark import SparkEngine


class Engine(Protocol):
    """A place where Ibis expressions are computed."""

    scratch: Path  # a folder for spilled and intermediate tables, gone when the engine closes

    def read_parquet(self, path: Path | Sequence[Path]) -> ir.Table:
        """The table in a parquet file, in all parts of a folder, or in several such."""

    def table(self, rows: pa.Table, name: str) -> ir.Table:
        """A small Arrow table (as-of dates, entity tables) made visible to the engine."""

    def streamed(
        self, schema: pa.Schema, batches: Iterable[pa.RecordBatch], name: str
    ) -> AbstractContextManager[ir.Table]:
        """Rows that come in batches, as a table for one single query inside the context.

        An error of the batches themselves leaves the context as it is.
        """

    def keep(self, expr: ir.Table, name: str, *, wide: bool = False) -> ir.Table:
        """Compute an intermediate once, in the scratch folder, for many later expressions.

        wide  the left side of its joins is large, whatever its filters make the engine expect
        """

    def make_parquet(self, expr: ir.Table, path: Path, *, order_by: tuple[str, ...]) -> None:
        """Compute there: write the table to one parquet file, sorted so that bytes are equal.

        With an empty ``order_by`` the rows keep their order: for tables made row by row of one
        parquet file.
        """

    def rows(self, expr: ir.Table, *, at_most: int) -> pa.Table:
        """Bring here: the table in Arrow, refused with EngineError when it has more rows."""

    def batches(self, expr: ir.Table, *, size: int) -> Iterator[pa.RecordBatch]:
        """The table in Arrow batches of bounded size, one after another."""


@contextmanager
def open_engine(params: EngineParams, *, spill: Path | None = None) -> Iterator[Engine]:
    """An engine with bounded memory and a scratch folder of its own, closed at the end.

    spill  folder under which the scratch folder is made; the system's own when absent
    """
    with scratch_folder(spill) as scratch:
        engine = _opened(params, scratch)
        try:
            yield engine
        finally:
            engine.close()


def _opened(params: EngineParams, scratch: Path) -> "DuckEngine | SparkEngine":
    if params.kind == "spark":
        from fraudml.engine.spark_session import why_not

        if lacking := why_not():
            raise EngineError(lacking)
        from fraudml.engine.spark import SparkEngine

        return SparkEngine(scratch, params)
    from fraudml.engine.embedded import DuckEngine

    return DuckEngine(scratch, memory_gb=params.memory_gb, threads=params.threads)
