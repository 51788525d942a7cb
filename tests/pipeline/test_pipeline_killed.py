"""A pipeline killed at any moment leaves old outputs or new ones, and the next run finishes."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest
from project import ENVIRONMENT, outputs, repro, set_params

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

NEW = {"simulate": {"seed": 4}}
LAST = ("reports/tracking.json",)  # the uninterrupted run stops before track
BEFORE_TRACK = ("check", "monitor", "leads", "draw", "evaluate")
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


@pytest.fixture(scope="module")
def new(complete, tmp_path_factory) -> Path:
    """The same project after a run with other params that nobody interrupted."""
    folder = tmp_path_factory.mktemp("new") / "project"
    shutil.copytree(complete, folder)
    set_params(folder, NEW)
    repro(folder, *BEFORE_TRACK)
    return folder


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


def test_a_killed_pipeline_leaves_old_or_new_outputs_and_the_next_run_finishes(
    complete, new, tmp_path
):
    before, after = outputs(complete), outputs(new)
    changed = {path for path in before if before[path] != after[path]}
    assert {"data/claims", "data/features", "models/provider", "reports/leads"} <= changed
    folder = tmp_path / "project"
    shutil.copytree(complete, folder)
    set_params(folder, NEW)
    delays, seen = Random(735), []  # noqa: S311 (moments, not secrets)
    for when, longest in MOMENTS:
        assert killed_repro(folder, when, delays.uniform(0, longest)), f"never said {when}"
        found = outputs(folder, without=LAST)
        half = {p for p, found_now in found.items() if found_now not in (before[p], after[p])}
        assert not half, f"killed after {when}: {sorted(half)}"
        seen.append(sum(found[path] == after[path] for path in changed - {*LAST}))
    assert seen[-1] > 0, "every kill came before the first new output"
    assert seen == sorted(seen), "a killed run took new outputs away"
    assert repro(folder)
    assert outputs(folder, without=LAST) == {p: after[p] for p in after if p not in LAST}
    assert (folder / "reports/tracking.json").exists()
    assert not [*(folder / "data").rglob(".aside-*"), *(folder / "reports").rglob(".aside-*")]
    assert repro(folder) == []
