"""A pipeline killed at any moment leaves old outputs or new ones, and the next run finishes."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest
from project import (
    ENVIRONMENT,
    GRADED,
    NEW,
    OF_DVC,
    outputs,
    repro,
    results,
    set_params,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

MOMENTS = (
    ("Running stage 'ingest'", 2.5),
    ("ingest: done", 0.1),  # DVC is writing its own files
    ("Running stage 'features'", 4.0),
    ("features: done", 0.1),
    ("Running stage 'train'", 1.5),
    ("Running stage 'explain'", 1.3),
    ("Running stage 'leads'", 3.0),
    ("Running stage 'track'", 6.0),
)


def killed_repro(folder: Path, when: str, after: float) -> bool:
    """Run `dvc repro` and kill all of it so long after it says a thing; False if it never did."""
    with subprocess.Popen(
        ["dvc", "repro"], cwd=folder, env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout
        for line in process.stdout:
            if when in line:
                time.sleep(after)
                os.killpg(process.pid, signal.SIGKILL)
                process.stdout.read()
                return True
    return False


def test_dvc_takes_no_output_away_to_put_a_link_in_its_place(complete):
    """Between the two there would be no output: [cache] type in .dvc/config must be copy alone."""
    linked = [path for path in outputs(complete) if is_linked(complete / path)]
    assert linked == []


def is_linked(path: Path) -> bool:
    return path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1)


@pytest.fixture(scope="module")
def finished(complete, clean, tmp_path_factory) -> Path:
    """The complete project on its way to the other fund, killed at every moment, then finished."""
    before, after = outputs(complete), outputs(clean[0])
    changed = {path for path in before if before[path] != after[path]}
    assert {"data/claims", "data/features", "models/provider", "reports/leads"} <= changed
    folder = tmp_path_factory.mktemp("killed") / "project"
    shutil.copytree(complete, folder)
    set_params(folder, NEW)
    delays, seen = Random(735), []  # noqa: S311 (moments, not secrets)
    for when, longest in MOMENTS:
        assert killed_repro(folder, when, delays.uniform(0, longest)), f"never said {when}"
        found = outputs(folder, without=OF_DVC)
        half = {p for p, found_now in found.items() if found_now not in (before[p], after[p])}
        assert not half, f"killed after {when}: {sorted(half)}"
        seen.append(sum(found[path] == after[path] for path in changed - {*OF_DVC}))
    assert seen[-1] > 0, "every kill came before the first new output"
    assert seen == sorted(seen), "a killed run took new outputs away"
    assert repro(folder)
    return folder


def test_a_killed_pipeline_leaves_old_or_new_outputs_and_the_next_run_finishes(finished, clean):
    after = outputs(clean[0], without=OF_DVC)
    assert "missing" not in after.values()
    assert outputs(finished, without=OF_DVC) == after
    assert (finished / "reports/tracking.json").exists()
    assert not [*(finished / "data").rglob(".aside-*"), *(finished / "reports").rglob(".aside-*")]
    assert repro(finished) == []


def test_a_clean_run_on_one_thread_without_the_answer_key_gives_the_same_bytes(finished, clean):
    folder, key = clean
    made = results(finished)
    once = {path: made[path] for path in made if path not in OF_DVC + GRADED}
    assert key and key.items() <= once.items()
    assert {path.rpartition(".")[2] for path in once} == {"parquet", "json"}
    assert results(folder).items() == once.items() - key.items()
