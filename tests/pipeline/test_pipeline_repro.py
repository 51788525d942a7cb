"""`dvc repro` on a small fund: complete, idle when nothing changed, the same bytes every time."""

import shutil
import sqlite3
from pathlib import Path

import pyarrow.csv as pc
import pytest
from project import LEARNING, make_project, repro, results, run, set_params

from fraudml.artifacts import digest
from fraudml.params import load_params
from fraudml.stages import PIPELINE, run_stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]


KEY = "data/synthetic/key"
OF_DVC = ("reports/tracking.json",)  # what stage track makes of dvc.lock
GRADED = ("reports/grade.json", "reports/metrics/grade.json")


@pytest.fixture(scope="module")
def project(complete, tmp_path_factory) -> Path:
    """A project after its first complete run, to be changed."""
    return Path(shutil.copytree(complete, tmp_path_factory.mktemp("first") / "project"))


def raw_ids(folder: Path, table: str) -> set[str]:
    """The ids of all people in a raw table, as the hospital wrote them."""
    column = f"{table[:-1]}_id"
    text = pc.ConvertOptions(column_types={column: "string"}, include_columns=[column])
    path = folder / "data/synthetic/raw" / f"{table}.csv"
    return set(pc.read_csv(path, convert_options=text)[column].to_pylist())


def test_a_second_run_runs_no_stage(project):
    before = results(project)
    assert repro(project) == []
    assert results(project) == before


def test_a_clean_run_on_one_thread_without_the_answer_key_gives_the_same_bytes(project, tmp_path):
    made = results(project)
    once = {path: made[path] for path in made if path not in OF_DVC + GRADED}
    other = make_project(tmp_path / "elsewhere" / "again", {**LEARNING, "engine": {"threads": 1}})
    params = load_params(other / "params.yaml")
    run_stage("simulate", params, other)
    answers = {path: found for path, found in once.items() if path.startswith(KEY)}
    assert answers and answers.items() <= results(other).items()
    shutil.rmtree(other / KEY)
    for name in PIPELINE:
        if name != "track":  # it reads dvc.lock, which a run without DVC does not have
            run_stage(name, params, other)
    assert not (other / KEY).exists()
    assert {path.rpartition(".")[2] for path in once} == {"parquet", "json"}
    assert results(other).items() == once.items() - answers.items()


def test_the_grade_against_the_answer_key_is_made_when_asked_for_by_name(project):
    for name in GRADED:
        (project / name).unlink()
    assert repro(project) == []
    assert repro(project, "data/synthetic/dvc.yaml:grade") == ["grade"]
    for name in ("reports/grade.html", *GRADED):
        assert (project / name).stat().st_size > 0


def test_the_mlflow_store_holds_no_pickle_and_no_person(project):
    people = raw_ids(project, "patients") | raw_ids(project, "practitioners")
    assert len(people) > 100
    with sqlite3.connect(project / "mlflow.db") as store:
        dumped = "\n".join(store.iterdump()).encode()
    artifacts = [p for p in (project / "mlartifacts").rglob("*") if p.is_file()]
    assert artifacts
    assert b"precision" in dumped
    for text in [dumped, *(p.read_bytes() for p in artifacts)]:
        assert not [person for person in people if person.encode() in text]
    for path in artifacts:
        assert path.suffix not in (".pkl", ".pickle", ".joblib", ".cloudpickle"), path
        assert path.read_bytes()[:2] not in (b"\x80\x03", b"\x80\x04", b"\x80\x05"), path


def test_metrics_show_after_a_run(project):
    shown = run(project, "dvc", "metrics", "show")
    assert shown.returncode == 0, shown.stderr
    assert "evaluate.json" in shown.stdout


def test_another_public_value_runs_the_draw_and_what_follows_alone(project):
    before = digest(project / "reports/draw")
    set_params(project, {"draw": {"public_value": "lottery 2026-01-16: 01 02 03 04 05 06 + 07"}})
    assert repro(project) == ["draw", "track"]
    assert digest(project / "reports/draw") != before
    assert repro(project) == []
