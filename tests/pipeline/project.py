"""A small copy of the project in a folder of its own, driven by `dvc repro` as a user does."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from fraudml.artifacts import digest
from fraudml.stages import PIPELINE

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "DVC_NO_ANALYTICS": "1",
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYTHONDONTWRITEBYTECODE": "1",
}
SMALL: dict[str, dict[str, Any]] = {
    "time": {"dates": 3},
    "engine": {"memory_gb": 1.0},
    "ingest": {"currency": "taler"},
    "simulate": {"providers": 30, "patients": 600, "lines": 12_000},
    "train": {"forest_trees": 30, "rounds": 20, "bags": 2, "min_confirmed": 3},
    "explain": {"listed": 10},
    "leads": {"providers": 5, "practitioners": 5, "patients": 5},
    "draw": {"providers": 8},
    "evaluate": {"k": [5, 10], "bootstrap": 100},
    "grade": {"k": [5, 10], "bootstrap": 100},
}

# Providers enough that LightGBM learns: its bytes are compared too.
LEARNING: dict[str, dict[str, Any]] = {
    "simulate": {"providers": 120, "patients": 900, "lines": 9_000}
}

# Another fund than that of the complete run, with a row or more of each table to be marked.
NEW: dict[str, dict[str, Any]] = {"simulate": {"seed": 7}}
# Its raw folder marked by planted.py and with faulty rows, under a key that is no demo's.
MARKED: dict[str, dict[str, Any]] = {"ingest": {"raw": "raw", "unknown_columns": "drop"}}
OWN = {"FRAUDML_KEY": "7f" * 32, "FRAUDML_LOG": "debug"}
KEY = "data/synthetic/key"
OF_DVC = ("reports/tracking.json",)  # what stage track makes of dvc.lock
GRADED = ("reports/grade.json", "reports/metrics/grade.json")


def make_project(folder: Path, changes: Mapping[str, Mapping[str, Any]] = {}) -> Path:
    """The project's pipeline, code and shrunk params in ``folder``, ready for `dvc repro`."""
    for name in ("dvc.yaml", "data/synthetic/dvc.yaml", ".dvc/config", "params.yaml", ".gitignore"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignored)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    set_params(folder, SMALL)
    set_params(folder, changes)
    return folder


def set_params(folder: Path, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Change some parameters of a project."""
    path = folder / "params.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for block, values in changes.items():
        content[block] |= values
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command in the project's folder, its output kept as text."""
    return subprocess.run(
        words, cwd=folder, env={**ENVIRONMENT, **environment}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def repro(folder: Path, *words: str) -> list[str]:
    """Run `dvc repro` to a good end; the stages that ran."""
    done = run(folder, "dvc", "repro", *words)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return stages_run(done.stdout)


def stages_run(said: str) -> list[str]:
    """The stages that `dvc repro` says it ran, in order."""
    lines = [line for line in said.splitlines() if line.startswith("Running stage ")]
    return [line.split("'")[1].rpartition(":")[2] for line in lines]


def outputs(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Digest of every declared output of the main pipeline; 'missing' where it is not there."""
    stages = yaml.safe_load((folder / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert list(stages) == list(PIPELINE)
    paths = [
        next(iter(out))
        for stage in stages.values()
        for kind in ("outs", "metrics", "plots")
        for out in stage.get(kind, [])
    ]
    return {
        path: digest(folder / path) if (folder / path).exists() else "missing"
        for path in paths
        if path not in without
    }


def results(folder: Path) -> dict[str, str]:
    """Digest of every parquet and JSON file below data/, models/ and reports/."""
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for top in ("data", "models", "reports")
        for path in sorted((folder / top).rglob("*"))
        if path.suffix in (".parquet", ".json") and path.is_file()
    }
