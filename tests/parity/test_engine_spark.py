"""What is Spark's own: bytes that do not depend on the cut, silence, one line for each failure."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engines import need_spark, opened, params_of

from fraudml.artifacts import digest
from fraudml.engine import open_engine, spark_session
from fraudml.errors import EngineError


@pytest.fixture
def on_spark(spark):
    with opened("spark") as it:
        yield it


def test_ctrl_c_stays_with_whoever_had_it(spark):
    assert "pyspark" not in signal.getsignal(signal.SIGINT).__module__


def test_a_file_has_the_same_bytes_however_the_table_was_cut(on_spark, tmp_path):
    rows = pa.table({"n": [i * 7919 % 10_007 for i in range(10_000)], "x": [0.1] * 10_000})
    for parts in (1, 7):
        folder = tmp_path / f"cut-{parts}"
        folder.mkdir()
        size = len(rows) // parts + 1
        for part in range(parts):
            pq.write_table(rows.slice(part * size, size), folder / f"{part}.parquet")
        table = on_spark.read_parquet(folder)
        on_spark.make_parquet(table, tmp_path / f"{parts}.parquet", order_by=("n",))
    assert digest(tmp_path / "1.parquet") == digest(tmp_path / "7.parquet")
    assert pq.read_table(tmp_path / "7.parquet")["n"].to_pylist() == sorted(rows["n"].to_pylist())


def test_without_an_order_rows_are_sorted_by_every_column(on_spark, tmp_path):
    rows = pa.table({"a": [2, 1, 1], "b": ["x", "z", "y"], "codes": [["p"], ["q"], ["r"]]})
    on_spark.make_parquet(on_spark.table(rows, "rows"), tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.select(["a", "b"]).to_pylist() == [
        {"a": 1, "b": "y"}, {"a": 1, "b": "z"}, {"a": 2, "b": "x"},
    ]  # fmt: skip


def test_a_kept_query_is_translated_once_and_tables_below_one_another_never(on_spark, monkeypatch):
    rows = on_spark.table(pa.table({"n": [1, 2]}), "two")
    doubled = rows.mutate(n=rows.n * 2)
    on_spark.keep(doubled, "doubled")
    translated = []
    monkeypatch.setattr(on_spark, "_typed", translated.append)
    for _ in range(2):
        kept = on_spark.keep(doubled, "doubled")
        on_spark.keep(ibis.union(kept, rows), "both")
    assert translated == []
    monkeypatch.undo()
    assert len(on_spark.rows(on_spark.keep(ibis.union(kept, rows), "both"), at_most=4)) == 4


@pytest.mark.parametrize("name", ["a b", "{a}", "[a]*", "month=1", "100%20", "甲"])
def test_the_project_may_lie_in_a_folder_of_any_name(spark, tmp_path, name):
    with open_engine(params_of("spark"), spill=tmp_path / name) as it:
        kept = it.keep(it.table(pa.table({"n": [1, 2]}), "two"), "kept")
        assert kept.columns == ("n",)
        assert sorted(it.rows(kept, at_most=2)["n"].to_pylist()) == [1, 2]
        assert (it.scratch / "kept.parquet").is_dir()


def test_an_empty_folder_of_parts_is_refused(on_spark, tmp_path):
    with pytest.raises(EngineError, match="holds no parquet part"):
        on_spark.read_parquet(tmp_path)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (lambda t: t.select(n=t.text.cast("int64")), "CAST_INVALID_INPUT"),
        (lambda t: t.select(n=t.fen * t.fen), "ARITHMETIC_OVERFLOW"),
        (lambda t: t.select(n=t.fen / (t.fen - t.fen)), "DIVIDE_BY_ZERO"),
    ],
)
def test_what_cannot_be_computed_stops_in_one_line_without_the_value(on_spark, query, condition):
    rows = pa.table({"text": ["110101195001011234"[:17] + "X"], "fen": [2**62]})
    with pytest.raises(EngineError, match=condition) as refused:
        on_spark.rows(query(on_spark.table(rows, "rows")), at_most=1)
    assert "\n" not in str(refused.value)
    assert "1101011950" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_an_engine_leaves_the_session_of_others_running_and_nothing_behind(spark):
    with opened("spark") as one:
        one.table(pa.table({"n": [1]}), "one")
        scratch = one.scratch
    assert not scratch.exists()
    assert len(spark.rows(ibis.range(3).unnest().name("n").as_table(), at_most=3)) == 3


def _java(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    java = folder / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("version", "words"),
    [(None, "No Java here"), ("11.0.2", "Java 11 is too old"), ("1.8.0_392", "Java 8 is too old")],
)
def test_a_java_that_is_missing_or_old_is_named_with_the_remedy(
    monkeypatch, tmp_path, version, words
):
    home = _java(tmp_path / "java", version) if version else tmp_path / "none"
    monkeypatch.setenv("JAVA_HOME", str(home))
    with (
        pytest.raises(EngineError, match=f"{words}.*install.*or set engine.kind: duckdb"),
        open_engine(params_of("spark")),
    ):
        pass


def test_pyspark_that_is_missing_is_named_with_the_extra(monkeypatch):
    monkeypatch.setattr(spark_session, "find_spec", lambda name: None)
    with (
        pytest.raises(EngineError, match=r"install fraudml\[spark\]"),
        open_engine(params_of("spark")),
    ):
        pass


def test_a_missing_spark_is_a_skip_here_and_a_failure_in_ci(monkeypatch):
    monkeypatch.setattr(spark_session, "find_spec", lambda name: None)
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="PySpark is not installed"):
        need_spark()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="PySpark is not installed"):
        need_spark()


_ALONE = """
import logging, os, signal, sys
import pyarrow as pa
from engines import params_of
from fraudml.engine import open_engine
from fraudml.errors import EngineError
logging.basicConfig(level=logging.DEBUG)
params = params_of("spark").model_copy(update={"memory_gb": float(sys.argv[2])})
with open_engine(params) as engine:
    table = engine.table(pa.table({"n": [1, 2]}), "two")
    assert engine.rows(table, at_most=2).num_rows == 2
    if sys.argv[1] == "kill":
        os.kill(int(os.popen(f"pgrep -P {os.getpid()} java").read()), signal.SIGKILL)
        try:
            engine.rows(table, at_most=2)
        except EngineError as error:
            print(error)
if sys.argv[1] == "kill":
    try:
        with open_engine(params):
            pass
    except EngineError as error:
        print(error)
"""


def _alone(*arguments: str) -> subprocess.CompletedProcess:
    need_spark()
    paths = [str(Path(__file__).parent), *filter(None, sys.path)]
    return subprocess.run(
        [sys.executable, "-c", _ALONE, *arguments], capture_output=True, text=True, check=False,
        timeout=240, env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip


@pytest.mark.slow
def test_spark_starts_computes_and_ends_without_a_word_even_at_debug_level():
    done = _alone("run", "1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_a_java_process_that_is_killed_ends_in_one_line_each_time():
    done = _alone("kill", "1")
    assert done.returncode == 0, done.stderr
    computing, opening = done.stdout.splitlines()
    assert computing.startswith("Spark's Java process ended, most often for lack of memory. Raise")
    assert opening == "Spark's Java process has ended: run the command again."
    assert "Traceback" not in done.stderr
