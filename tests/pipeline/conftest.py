"""One complete run of a small project for all tests that copy it or look at it."""

import shutil
from pathlib import Path

import pytest
from project import KEY, LEARNING, NEW, make_project, repro, results, set_params

from fraudml.params import load_params
from fraudml.stages import PIPELINE, run_stage


@pytest.fixture(scope="session")
def complete(tmp_path_factory) -> Path:
    """A project after a complete run, the demo's grade included; tests change copies of it."""
    folder = make_project(tmp_path_factory.mktemp("complete") / "project", LEARNING)
    assert repro(folder) == ["simulate", *PIPELINE]
    assert "LightGBM learnt" in (folder / "reports/metrics/train.json").read_text(encoding="utf-8")
    assert repro(folder, "data/synthetic/dvc.yaml:grade") == ["grade"]
    return folder


@pytest.fixture(scope="session")
def clean(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A project of another fund after its stages before track, and the digests of its answer key.

    Made by itself: in a folder of its own, on one thread, without DVC, and without the answer key
    once it was made.
    """
    folder = make_project(tmp_path_factory.mktemp("elsewhere") / "clean", LEARNING)
    set_params(folder, {**NEW, "engine": {"threads": 1}})
    params = load_params(folder / "params.yaml")
    run_stage("simulate", params, folder)
    key = {path: made for path, made in results(folder).items() if path.startswith(KEY)}
    shutil.rmtree(folder / KEY)
    for name in PIPELINE:
        if name != "track":  # it reads dvc.lock, which a run without DVC does not have
            run_stage(name, params, folder)
    assert not (folder / KEY).exists()
    return folder, key
