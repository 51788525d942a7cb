"""Two runs in one project: the second is told so at once; a killed one leaves nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from project import ENVIRONMENT, make_project, repro, run

from fraudml.artifacts import digest
from fraudml.locks import LOCK_FILE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

STATE = 6


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with a demo fund that takes a few seconds to read."""
    folder = make_project(
        tmp_path_factory.mktemp("two") / "project", {"simulate": {"lines": 150_000}}
    )
    repro(folder, "labels")
    return folder


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command under way in a session of its own; all of it is killed at the end."""
    with subprocess.Popen(
        words, cwd=folder, env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(process: subprocess.Popen[str], what: Callable[[], bool]) -> None:
    """Wait for something that a process brings about; its own end before that is a failure."""
    while process.poll() is None:
        if what():
            return
        time.sleep(0.002)
    said, _ = process.communicate()
    pytest.fail(f"it ended before it came to that: {said[-2000:]}")


@contextmanager
def held(process: subprocess.Popen[str]) -> Iterator[None]:
    """A command and all it started stand still, with their locks, however long others take."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


def holder(folder: Path) -> str:
    try:
        return str(json.loads((folder / LOCK_FILE).read_text()).get("stage", ""))
    except (OSError, ValueError):
        return ""


def leftovers(folder: Path) -> list[Path]:
    """Outputs not yet in place, and folders of engines."""
    return [*(folder / "data").rglob(".aside-*"), *(folder / ".spill").glob("*")]


def test_a_second_stage_is_refused_in_one_line_and_the_first_ends_well(project):
    before = digest(project / "data/claims")
    with started(project, "fraudml", "ingest") as first:
        until(first, lambda: holder(project) == "ingest")
        with held(first):
            second = run(project, "fraudml", "features")
            assert run(project, "fraudml", "where").returncode == 0
        said, _ = first.communicate()
        assert first.returncode == 0, said
    assert second.returncode == STATE
    assert len(second.stderr.splitlines()) == 1
    assert second.stderr.startswith(f"fraudml: Stage ingest (process {first.pid}, since ")
    assert digest(project / "data/claims") == before
    assert not leftovers(project)


def test_a_killed_ingest_leaves_the_old_claims_and_the_next_one_tidies_up(project):
    before = digest(project / "data/claims")
    shutil.rmtree(project / "data/parts")  # so that it has every file to read
    with started(project, "fraudml", "ingest") as first:
        until(first, lambda: len(leftovers(project)) > 1)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert leftovers(project), "nothing was left to tidy up"
    assert digest(project / "data/claims") == before
    done = run(project, "fraudml", "ingest")
    assert done.returncode == 0, done.stderr
    assert digest(project / "data/claims") == before
    assert not leftovers(project)


def test_a_stage_beside_dvc_is_refused_and_a_second_dvc_too_and_the_first_ends_well(project):
    with started(project, "dvc", "repro", "--force", "--single-item", "ingest") as first:
        until(first, lambda: holder(project) == "ingest")
        with held(first):
            by_hand = run(project, "fraudml", "labels")
            second = run(project, "dvc", "repro", "--force", "--single-item", "ingest")
        said, _ = first.communicate()
        assert first.returncode == 0, said
    assert by_hand.returncode == STATE
    assert "Stage ingest (process " in by_hand.stderr
    assert second.returncode != 0
    assert repro(project, "labels") == []
    assert not leftovers(project)
