"""Two runs never write into one project, and a dead one blocks nobody."""

import errno
import fcntl
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fraudml import locks
from fraudml.cli import app
from fraudml.engine.scratch import scratch_folder
from fraudml.errors import EngineError, StateError
from fraudml.locks import LOCK_FILE, only_run

HOLD_PROJECT = """
import sys, time
from pathlib import Path
from fraudml.locks import only_run
with only_run(Path(sys.argv[1]), "train"):
    print("held", flush=True)
    time.sleep(600)
"""
HOLD_SCRATCH = """
import sys, time
from pathlib import Path
from fraudml.engine.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as scratch:
    (scratch / "table.parquet").write_text("half")
    print(scratch, flush=True)
    time.sleep(600)
"""


@contextmanager
def other_process(code: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that holds something below ``folder``, and what it printed."""
    words = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_second_run_is_refused_at_once_and_told_who_holds_the_project(tmp_path):
    with other_process(HOLD_PROJECT, tmp_path) as (process, said):
        assert said == "held"
        with pytest.raises(StateError) as refusal, only_run(tmp_path, "features"):
            pytest.fail("two runs at once")
    words = str(refusal.value)
    assert f"Stage train (process {process.pid}, since 2" in words
    assert "Nothing was changed" in words


def test_the_lock_of_a_killed_run_blocks_nobody(tmp_path):
    with other_process(HOLD_PROJECT, tmp_path) as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert json.loads((tmp_path / LOCK_FILE).read_text())["stage"] == "train"
    with only_run(tmp_path, "features"):
        assert json.loads((tmp_path / LOCK_FILE).read_text())["stage"] == "features"


def test_one_run_after_another_and_one_after_a_failure_get_the_project(tmp_path):
    with pytest.raises(KeyError), only_run(tmp_path, "train"):
        raise KeyError("failed")
    for stage in ("features", "labels"):
        with only_run(tmp_path, stage):
            pass


def test_a_holder_that_has_not_said_who_it_is_refuses_all_the_same(tmp_path):
    handle = os.open(tmp_path / LOCK_FILE, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(StateError, match="A run is under way"), only_run(tmp_path, "train"):
            pytest.fail("two runs at once")
    finally:
        os.close(handle)


@pytest.mark.parametrize(
    "words", ["promote provider", "rules tune R06.split_stay gap_days", "knowledge check"]
)
def test_what_reads_or_decides_beside_the_pipeline_waits_for_its_end(tmp_path, words):
    shutil.copy(Path(__file__).parents[2] / "params.yaml", tmp_path)
    with other_process(HOLD_PROJECT, tmp_path):
        done = CliRunner().invoke(app, [*words.split(), "-C", str(tmp_path)])
    assert "Stage train (process" in str(done.exception)


def test_who_only_reads_runs_beside_others_that_read_and_not_beside_a_stage(tmp_path):
    with only_run(tmp_path, "rules tune", reads=True):
        with only_run(tmp_path, "knowledge check", reads=True):
            pass
        with pytest.raises(StateError, match="under way"), only_run(tmp_path, "train"):
            pytest.fail("tables exchanged while somebody reads them")


def test_two_projects_are_run_side_by_side(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with only_run(tmp_path / "one", "train"), only_run(tmp_path / "other", "train"):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_where_there_are_no_locks_the_run_goes_on_with_a_warning(
    tmp_path, monkeypatch, caplog, number
):
    def refuses(handle: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(locks.fcntl, "flock", refuses)
    logging.getLogger("fraudml").propagate = True
    with caplog.at_level("WARNING", logger="fraudml"), only_run(tmp_path, "train"):
        pass
    assert "run one stage at a time" in caplog.text


def test_a_folder_that_is_none_is_said_plainly(tmp_path):
    with pytest.raises(StateError, match="is not a folder"), only_run(tmp_path / "no", "train"):
        pass


def test_a_lock_that_cannot_be_made_is_said_plainly(tmp_path):
    (tmp_path / LOCK_FILE).mkdir()
    with (
        pytest.raises(EngineError, match="Cannot write in the project"),
        only_run(tmp_path, "train"),
    ):
        pass


def test_scratch_of_a_killed_run_is_removed_by_the_next_and_that_of_a_live_one_is_not(tmp_path):
    with other_process(HOLD_SCRATCH, tmp_path) as (killed, left):
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert (Path(left) / "table.parquet").exists()
    with (
        other_process(HOLD_SCRATCH, tmp_path) as (_, live),
        scratch_folder(tmp_path) as own,
    ):
        assert not Path(left).exists()
        assert (Path(live) / "table.parquet").exists()
        assert sorted(tmp_path.iterdir()) == sorted([own, Path(live)])


def test_scratch_is_gone_after_an_error(tmp_path):
    with pytest.raises(KeyError), scratch_folder(tmp_path):
        raise KeyError("failed")
    assert not [*tmp_path.iterdir()]


def test_scratch_is_left_alone_where_nobody_can_tell_whose_it_is(tmp_path, monkeypatch):
    (tmp_path / "fraudml-somebody").mkdir()
    monkeypatch.setattr(locks, "fcntl", None)
    with scratch_folder(tmp_path):
        assert (tmp_path / "fraudml-somebody").exists()


def test_a_file_of_somebody_elses_below_the_spill_folder_stays(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with scratch_folder(tmp_path):
        pass
    assert (tmp_path / "notes.txt").read_text() == "mine"
