"""One complete run of a small project for all tests that copy it or look at it."""

from pathlib import Path

import pytest
from project import LEARNING, make_project, repro

from fraudml.stages import PIPELINE


@pytest.fixture(scope="session")
def complete(tmp_path_factory) -> Path:
    """A project after a complete run, the demo's grade included; tests change copies of it."""
    folder = make_project(tmp_path_factory.mktemp("complete") / "project", LEARNING)
    assert repro(folder) == ["simulate", *PIPELINE]
    assert "LightGBM learnt" in (folder / "reports/metrics/train.json").read_text(encoding="utf-8")
    assert repro(folder, "data/synthetic/dvc.yaml:grade") == ["grade"]
    return folder
