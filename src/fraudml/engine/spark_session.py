"""Opens Spark: finds Java, sets what the answers depend on, keeps Java's chatter in a file."""

import logging
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from fraudml.errors import EngineError
from fraudml.params import EngineParams

if TYPE_CHECKING:
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

JAVA_NEEDED = 17
_OF_ANSWERS = {
    # A cast that fails and a number that overflows stop the query, as they do in DuckDB.
    "spark.sql.ansi.enabled": "true",
    # A time of the contract has no zone: it means the same on every machine.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
_OF_HOUSE = {
    "spark.app.name": "fraudml",
    "spark.sql.parquet.compression.codec": "zstd",
    # Every machine has the same folder: looking into its folders needs no job on all of them.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "4096",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What is kept of past queries for that page fills the memory, and nobody looks at it.
    "spark.sql.ui.retainedExecutions": "1",
    "spark.sql.ui.explainMode": "simple",
    "spark.ui.retainedJobs": "1",
    "spark.ui.retainedStages": "1",
    "spark.ui.retainedTasks": "1",
}


def why_not() -> str | None:
    """What Spark lacks on this machine, with the remedy; None where it can start."""
    if find_spec("pyspark") is None:
        return "PySpark is not installed: install fraudml[spark], or set engine.kind: duckdb."
    found = java_version()
    if found is None:
        return (
            f"No Java here: install a Java {JAVA_NEEDED} runtime and put it on the PATH or in "
            "JAVA_HOME, or set engine.kind: duckdb."
        )
    if found < JAVA_NEEDED:
        return (
            f"Java {found} is too old for Spark: install Java {JAVA_NEEDED} and name it in "
            "JAVA_HOME, or set engine.kind: duckdb."
        )
    return None


def address(path: Path) -> str:
    """The path as Spark writes it: of the file system that all machines share, signs as they are.

    >>> address(Path("/data/a b"))
    'file:///data/a b'
    """
    return f"file://{path.absolute()}"


def java_version() -> int | None:
    """The main version of the Java that Spark would start; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(str(Path(home) / "bin" / "java") if home else "java")
    if java is None:
        return None
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    said = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(said.group(1)) if said else None


def open_session(params: EngineParams, scratch: Path) -> tuple["SparkSession", bool]:
    """A session of its own, and whether Spark was started for it and ends with it.

    Where this process already runs Spark (a notebook, a test run), the session shares its memory
    and machines: master, memory_gb and options of the start then have no effect.
    Raises EngineError where PySpark or Java is missing, or Java does not start.
    """
    from pyspark.sql import SparkSession

    try:
        running = SparkSession.getActiveSession()
    except ConnectionError:
        raise EngineError("Spark's Java process has ended: run the command again.") from None
    session = running.newSession() if running else _started(_configured(params, scratch), scratch)
    for option, value in _OF_ANSWERS.items():
        session.conf.set(option, value)
    return session, running is None


def _configured(params: EngineParams, scratch: Path) -> "SparkConf":
    from pyspark import SparkConf

    local = params.master.startswith("local")
    options = _OF_HOUSE | {"spark.sql.warehouse.dir": address(scratch / "warehouse")}
    if local:
        options |= {
            "spark.driver.memory": f"{max(int(params.memory_gb * 1024), 512)}m",
            "spark.local.dir": str(scratch / "spill"),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
        }
    chosen = {name: _written(value) for name, value in params.spark.items()}
    conf = SparkConf(loadDefaults=False).setMaster(params.master)
    return conf.setAll(list((options | chosen | _OF_ANSWERS).items()))


def _written(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _started(conf: "SparkConf", scratch: Path) -> "SparkSession":
    """Start Java once a process, with all it prints in a file that goes with the scratch folder."""
    from py4j.protocol import Py4JError
    from pyspark import SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    _silence_the_bridge()
    said = scratch / "spark.log"
    try:
        gateway = None
        if SparkContext._gateway is None:
            with said.open("wb") as log:
                gateway = launch_gateway(conf, popen_kwargs={"stdout": log, "stderr": log})
        with _interrupts_kept():
            context = SparkContext(conf=conf, gateway=gateway)
        context.setLogLevel("OFF")
        return SparkSession(context)
    except (PySparkException, Py4JError, OSError) as error:
        raise EngineError(f"Spark did not start: {_reason(said, error)}") from error


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Leave Ctrl-C with whoever had it: Spark takes it, and a stopped run ends as an error."""
    told = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if told is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, told)


def _silence_the_bridge() -> None:
    """Keep what passes between Python and Java out of every log: queries name entities."""
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    logging.getLogger().addFilter(_not_of_the_bridge)  # it writes to the root as well


def _not_of_the_bridge(record: logging.LogRecord) -> bool:
    return record.module not in ("clientserver", "java_gateway")


def _reason(said: Path, error: Exception) -> str:
    """The line in which Java says what stopped it."""
    lines = said.read_text("utf-8", "replace").splitlines() if said.exists() else []
    telling = [line for line in lines if re.search(r"error|exception|could not", line, re.I)]
    return (telling or str(error).splitlines() or [type(error).__name__])[0].strip()
