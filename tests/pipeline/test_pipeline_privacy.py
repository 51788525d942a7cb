"""Nobody's id and nobody's name is in a log, a metric, a hash file, MLflow or a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from planted import MARK, leaks
from project import ENVIRONMENT, OWN

from fraudml.artifacts import read_json

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

CRASH = """
import sys
from fraudml import cli, stages
from fraudml.engine import open_engine
from fraudml.params import EngineParams

def crash(name, params, root):
    {body}

cli.run_stage = crash
sys.argv = ["fraudml", "--log-level", "debug", "features"]
cli.main()
"""
CRASHES = {
    "words of an exception": "raise RuntimeError('row {mark} is odd')",
    "a cause behind an exception": (
        "\n    try:\n        int('{mark}')\n    except ValueError as error:\n"
        "        raise KeyError('{mark}') from error"
    ),
    "a value that DuckDB cannot convert": (
        "\n    with open_engine(EngineParams(kind='duckdb', memory_gb=0.5, threads=1)) as engine:\n"
        "        one = engine.table(__import__('pyarrow').table({{'a': ['{mark}']}}), 'one')\n"
        "        engine.rows(one.mutate(b=one.a.cast('date')), at_most=1)"
    ),
    "an exception that nobody can catch": (
        "\n    class Odd:\n        def __del__(self):\n            raise ValueError('{mark}')\n"
        "    Odd()\n    raise RuntimeError('{mark}')"
    ),
    "a thread": (
        "\n    import threading\n"
        "    thread = threading.Thread(target=lambda: int('{mark}'))\n"
        "    thread.start()\n    thread.join()\n    raise RuntimeError('{mark}')"
    ),
    "a warning through somebody else's logger": (
        "\n    import logging\n    logging.getLogger('somebody').error('{mark}')\n"
        "    raise RuntimeError('{mark}')"
    ),
}


@pytest.fixture
def project(finished) -> Path:
    """A project of a marked fund, killed at many moments and finished, all at debug level."""
    return finished.folder


@pytest.fixture
def said(finished) -> str:
    return finished.said


def test_every_table_had_faulty_rows_of_many_kinds(project, said):
    tables = read_json(project / "reports/metrics/ingest.json")["tables"]
    assert all(one["quarantined_rows"] >= 3 for one in tables.values())
    families = {rule.partition(":")[0] for one in tables.values() for rule in one["quarantined"]}
    assert {"type", "value", "duplicate_key", "unknown", "encoding", "fields"} <= families
    assert any("patient_name" in one["dropped_columns"] for one in tables.values())


def test_a_full_run_at_debug_level_tells_steps_and_rows(said):
    for stage in ("ingest", "features", "train", "leads", "track"):
        assert f"stage {stage}: " in said
    assert " rows, " in said
    assert "wrote " in said


def test_no_mark_is_in_what_was_said_nor_in_any_file_outside_the_places_for_people(project, said):
    assert leaks(project, said) == []
    for where in ("dvc.lock", "mlflow.db", "mlartifacts", "reports/metrics", ".dvc/tmp"):
        assert (project / where).exists(), f"{where} was not searched"


def test_no_id_is_in_the_pages_of_leads_or_in_the_accepted_tables(project, said):
    marked = [
        path.relative_to(project).as_posix()
        for top in ("reports/leads", "reports/corrections", "data/scores", "data/features")
        for path in (project / top).rglob("*")
        if path.is_file() and any(f"{MARK}{kind}".encode() in path.read_bytes() for kind in "PDOI")
    ]
    assert marked == []


@pytest.mark.parametrize("case", CRASHES)
def test_a_stage_that_crashes_ends_in_one_line_and_a_traceback_without_words(project, said, case):
    code = CRASH.format(body=CRASHES[case].format(mark=f"{MARK}P1000001"))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env={**ENVIRONMENT, **OWN},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (1, 7), done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("fraudml: ")
    assert " in crash" in done.stderr, "the place is told"
    assert leaks(project, done.stdout, done.stderr) == []


def test_the_search_finds_a_mark_wherever_it_is_planted(project, said):
    assert leaks(project, f"patient {MARK}P1000001") != []
    for where in ("reports/metrics/ingest.json", "mlflow.db", ".dvc/tmp/new.log", "dvc.lock"):
        path = project / where
        before = path.read_bytes() if path.exists() else None
        path.write_bytes((before or b"") + f"{MARK}P1".encode())
        assert [leak for leak in leaks(project) if leak.startswith(where)], where
        path.unlink() if before is None else path.write_bytes(before)
    assert leaks(project) == []
