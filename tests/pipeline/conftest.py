"""One complete run of a small project for all tests that copy it or look at it."""

from pathlib import Path

import pytest
from project import make_project, repro


@pytest.fixture(scope="session")
def complete(tmp_path_factory) -> Path:
    """A project after a complete run, the demo's grade included; tests change copies of it."""
    folder = make_project(tmp_path_factory.mktemp("complete") / "project")
    repro(folder)
    repro(folder, "data/synthetic/dvc.yaml:grade")
    return folder
