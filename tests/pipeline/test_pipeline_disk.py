"""A full or read-only disk ends every stage in one line, with what was there still there."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ibis
import pytest
from disks import NOBODY, fill, read_only, small_disk
from project import ENVIRONMENT, run

from fraudml.artifacts import digest
from fraudml.cli import main
from fraudml.engine import open_engine
from fraudml.errors import EngineError
from fraudml.params import EngineParams
from fraudml.stages import STAGES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

STATE, ENGINE = 6, 7
SPILLING = ("ingest", "features", "leads")
ALMOST = ("simulate", "ingest", "features", "train", "leads", "evaluate", "track")
LIMITED = ("simulate", "ingest", "leads", "track")
LIMIT = 1 << 12  # bytes
KEPT = ("data", "models", "reports", "mlflow.db", "dvc.lock")


@dataclass
class Done:
    """How a stage ended and what it said."""

    returncode: int
    stderr: str


@pytest.fixture
def stage_in(monkeypatch, capsys) -> Callable[[Path, str], Done]:
    """Run a stage by the command line's own entry point; track by itself, since MLflow keeps
    its store open."""

    def it(folder: Path, stage: str) -> Done:
        if stage == "track":
            done = run(folder, "fraudml", stage)
            return Done(done.returncode, done.stderr)
        monkeypatch.chdir(folder)
        monkeypatch.setattr("sys.argv", ["fraudml", stage])
        capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            return Done(int(end.code or 0), capsys.readouterr().err)
        raise AssertionError("the command line did not exit")

    return it


def copied(complete: Path, to: Path) -> Path:
    return Path(shutil.copytree(complete, to, dirs_exist_ok=True, ignore=_not_needed))


def _not_needed(folder: str, names: list[str]) -> set[str]:
    return {"src", ".git", ".dvc", ".spill"} & set(names)


def kept(folder: Path) -> dict[str, str]:
    """What no failing stage may change."""
    return {name: digest(folder / name) for name in KEPT}


def forget_parts(folder: Path) -> None:
    shutil.rmtree(folder / "data" / "parts", ignore_errors=True)


def assert_one_line(done: Done | subprocess.CompletedProcess[str], codes: tuple[int, ...]) -> str:
    lines = done.stderr.strip().splitlines()
    assert done.returncode in codes, (done.returncode, done.stderr)
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("fraudml: ")
    assert "internal error" not in lines[0]
    return lines[0]


def assert_kept(folder: Path, before: dict[str, str], stage: str) -> None:
    """Nothing changed, but that MLflow may have put down a failed run, and nothing lies about."""
    after = kept(folder)
    changed = {name for name in KEPT if after[name] != before[name]}
    assert changed <= ({"mlflow.db"} if stage == "track" else set())
    assert_nothing_left(folder)


def assert_nothing_left(folder: Path) -> None:
    assert not [*folder.rglob(".aside-*")]
    assert not [*(folder / ".spill").glob("*")]


@pytest.fixture(scope="module")
def disk(complete, tmp_path_factory):
    """A small disk with the project on it, and 60 MB to spare."""
    with small_disk(tmp_path_factory.mktemp("disk") / "small", kilobytes=96 << 10) as place:
        yield copied(complete, place)


FULL = [(stage, 0) for stage in STAGES] + [(stage, 12) for stage in ALMOST]


@pytest.mark.parametrize(("stage", "leave"), FULL)
def test_a_full_disk_ends_a_stage_in_one_line_and_keeps_its_old_outputs(
    disk, stage_in, stage, leave
):
    before = kept(disk)
    ballast = fill(disk, leave=leave)
    try:
        done = stage_in(disk, stage)
    finally:
        ballast.unlink()
    said = assert_one_line(done, (STATE,) if stage == "track" else (ENGINE,))
    assert "No space left" in said or "disk is full" in said, said
    assert_kept(disk, before, stage)


@pytest.mark.parametrize("stage", SPILLING)
def test_a_full_disk_below_the_spill_folder_is_said_the_same_way(
    complete, tmp_path, stage_in, stage
):
    folder = copied(complete, tmp_path / "project")
    forget_parts(folder)  # what was read before is not read, nor spilt, again
    before = kept(folder)
    with small_disk(folder / ".spill", kilobytes=8) as spill:
        done = stage_in(folder, stage)
        assert not [*spill.glob("*")]
    assert "No space left" in assert_one_line(done, (ENGINE,))
    forget_parts(folder)  # those that were read before the disk was full may stay
    assert_kept(folder, before, stage)


@pytest.mark.parametrize("stage", LIMITED)
def test_a_file_that_may_not_grow_ends_a_stage_the_same_way(complete, tmp_path, stage):
    """What a full disk does, also where nothing can be mounted: a limit on the size of files."""
    folder = copied(complete, tmp_path / "project")
    before = kept(folder)
    done = subprocess.run(
        ["fraudml", stage], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True,
        check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
    )  # fmt: skip
    assert_one_line(done, (STATE, ENGINE))
    assert_kept(folder, before, stage)


OUTPUT_FOLDERS = {
    "simulate": "data/synthetic", "ingest": "data", "check": "reports", "monitor": "data",
    "features": "data", "labels": "data",
    "train": "models", "score": "data", "explain": "data", "leads": "reports",
    "draw": "reports", "evaluate": "reports", "grade": "reports", "track": "reports",
}  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_a_read_only_folder_of_outputs_ends_a_stage_in_one_line(
    complete, tmp_path, stage_in, stage
):
    folder = copied(complete, tmp_path / "project")
    before = kept(folder)
    with read_only(folder / OUTPUT_FOLDERS[stage]):
        done = stage_in(folder, stage)
    assert "Read-only file system" in assert_one_line(done, (ENGINE,))
    assert kept(folder) == before
    assert_nothing_left(folder)


def test_a_read_only_folder_is_said_before_minutes_are_spent_on_leads(
    complete, tmp_path, stage_in, monkeypatch
):
    folder = copied(complete, tmp_path / "project")
    made = []
    monkeypatch.setattr("fraudml.stages.leads._world", lambda *of: made.append(of))
    with read_only(folder / "reports"):
        done = stage_in(folder, "leads")
    assert "Read-only file system" in assert_one_line(done, (ENGINE,))
    assert made == []


@pytest.mark.parametrize("stage", ["ingest", "track"])
def test_a_read_only_project_ends_a_stage_in_one_line(complete, tmp_path, stage_in, stage):
    folder = copied(complete, tmp_path / "project")
    with read_only(folder):
        done = stage_in(folder, stage)
    assert "Read-only file system" in assert_one_line(done, (ENGINE,))


def test_a_user_who_may_not_write_is_told_so(complete, tmp_path):
    """Permission bits, which root does not notice: run as somebody else where we are root."""
    folder = copied(complete, tmp_path / "project")
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for above in (tmp_path, *tmp_path.parents):
        if above.owner() == tmp_path.owner() and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    as_somebody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    done = run(folder, *(as_somebody if os.geteuid() == 0 else []), "fraudml", "score")
    assert "Permission denied" in assert_one_line(done, (ENGINE,))


def test_a_stage_runs_again_once_there_is_room(disk, stage_in):
    before = kept(disk)
    assert stage_in(disk, "score").returncode == 0
    assert kept(disk) == before


def test_a_sort_that_outgrows_the_disk_it_spills_to_is_said_plainly(tmp_path):
    memory = EngineParams(kind="duckdb", memory_gb=0.1, threads=1)
    many = ibis.range(6_000_000).unnest().name("n").as_table()
    wide = many.mutate(text=many.n.cast("string").hexdigest("sha256"))
    with (
        small_disk(tmp_path / "spill", kilobytes=4 << 10) as spill,
        pytest.raises(EngineError, match=r"space|memory") as refusal,
        open_engine(memory, spill=spill) as engine,
    ):
        engine.make_parquet(wide, tmp_path / "sorted.parquet", order_by=("text",))
    assert len(str(refusal.value).splitlines()) == 1
    assert not [*(tmp_path / "spill").iterdir()]
