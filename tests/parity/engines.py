"""Both engines for tests: DuckDB opened each time, Spark started once for the whole run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fraudml.engine import Engine, open_engine
from fraudml.engine.spark_session import why_not
from fraudml.params import EngineParams

KINDS = ("duckdb", "spark")
# Tables of tests are tiny: compiling queries would take longer than interpreting them. A run of
# thousands of queries needs room for its own compiled code, or Java forgets and compiles it anew.
_SMALL: dict[str, str | int | float | bool] = {
    "spark.driver.extraJavaOptions": (
        "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC -Xmn700m -Xss4m"
    ),
    "spark.sql.adaptive.enabled": False,
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": False,
    "spark.sql.shuffle.partitions": 2,
}


def params_of(kind: str) -> EngineParams:
    """Parameters of a small engine of this kind."""
    return EngineParams(kind=kind, memory_gb=1.5, threads=1, master="local[2]", spark=_SMALL)


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
