"""Both engines for tests: DuckDB opened each time, Spark started once for the whole run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from fraudml.engine import Engine, open_engine
from fraudml.engine.spark_session import why_not
from fraudml.params import EngineParams

KINDS = ("duckdb", "spark")
# Tables of tests are tiny: compiling queries would take longer than interpreting them. A run of
# thousands of queries needs room for its own compiled code, or Java forgets and compiles it anew.
_JAVA = (
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC -Xmn700m -Xss4m",
    # No whole collection for want of room for classes, no look through the code of Spark's jars,
    # and no process between Java and the chmod that Hadoop starts for every folder it makes.
    "-XX:MetaspaceSize=400m -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote",
    "-Djdk.lang.Process.launchMechanism=VFORK",
)
_SMALL: dict[str, str | int | float | bool] = {
    "spark.driver.extraJavaOptions": " ".join(_JAVA),
    # Buffers as small as the tables: Java clears each one, and its collector copies what is kept.
    "spark.broadcast.blockSize": "64k",
    "spark.broadcast.compress": False,
    "spark.buffer.pageSize": "256k",
    "spark.shuffle.checksum.enabled": False,
    "spark.shuffle.compress": False,
    # Files of a few rows: as many checksums, marks and moves beside them would cost as much.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": 2,
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": False,
    "spark.sql.parquet.columnarReaderBatchSize": 64,
    "spark.sql.adaptive.enabled": False,
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": False,
    # Filters that follow from a join spare reading rows; finding them is an eighth of the work.
    "spark.sql.optimizer.excludedRules": (
        "org.apache.spark.sql.catalyst.optimizer.InferFiltersFromConstraints"
    ),
    "spark.sql.shuffle.partitions": 2,
    # Looking for what an expression has twice costs more than computing it twice for ten rows.
    "spark.sql.subexpressionElimination.enabled": False,
    "spark.ui.liveUpdate.period": -1,
}

_OFTEN_ASKED = ("spark-sql_", "spark-core_", "spark-catalyst_", "scala-library", "spark-sql-api_",
                "spark-common-utils_", "hadoop-client-", "parquet-")  # fmt: skip


def params_of(kind: str) -> EngineParams:
    """Parameters of a small engine of this kind."""
    options = _SMALL | ({"spark.driver.extraClassPath": _class_path()} if kind == "spark" else {})
    return EngineParams(kind=kind, memory_gb=1.5, threads=1, master="local[2]", spark=options)


def _class_path() -> str:
    """What Java looks into first: empty defaults of Hadoop, and the jars that hold most classes.

    Spark packs Hadoop's options for every table it reads, a thousand defaults among them that the
    code has as well. And it reads the class of each step of a query anew, through all of 270 jars
    before the one it is in.
    """
    found = find_spec("pyspark")
    jars = Path(found.origin).parent / "jars" if found and found.origin else Path("jars")
    first = [jar for name in _OFTEN_ASKED for jar in jars.glob(f"{name}*.jar")]
    return os.pathsep.join(map(str, [Path(__file__).parent / "hadoop", *first]))


def need_spark() -> None:
    """Without Java 17 or PySpark the test is skipped, and fails where CI=true."""
    if (lacking := why_not()) is None:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(lacking)
    pytest.skip(lacking)


@contextmanager
def opened(kind: str) -> Iterator[Engine]:
    """An engine of this kind for one test; on Spark a session of the one that runs already."""
    with open_engine(params_of(kind)) as engine:
        yield engine
