"""`dvc repro` on a small fund: complete, idle when nothing changed, the same bytes every time."""

import re
import shutil
import sqlite3
from pathlib import Path
from zipfile import ZipFile

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from project import GRADED, repro, results, run, set_params

from fraudml.artifacts import digest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]


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


OUR_OWN = re.compile(r"\d 元|（元|\byuan\b")  # articles of law speak of 5万元


def test_amounts_are_called_what_the_fund_calls_them_wherever_people_read_them(project):
    pages = [
        path for path in (project / "reports").rglob("*")
        if path.suffix in (".html", ".md") and path.name != "grade.html"  # a simulated fund's
    ]  # fmt: skip
    names = {path.relative_to(project / "reports").parts[0] for path in pages}
    assert {"leads", "rules", "corrections", "checks.html", "evaluation.html"} <= names
    assert [path.name for path in pages if OUR_OWN.search(path.read_text(encoding="utf-8"))] == []
    for path in (project / "reports").rglob("*.xlsx"):
        with ZipFile(path) as book:
            texts = [book.read(name).decode() for name in book.namelist() if "haredStr" in name]
        assert [text for text in texts if OUR_OWN.search(text)] == []
        assert any("taler" in text for text in texts), path.name
    for grain in ("provider", "practitioner", "patient"):
        listed = pq.read_table(project / f"reports/leads/{grain}.parquet")
        assert OUR_OWN.search(str(listed.to_pylist())) is None


def test_another_public_value_runs_the_draw_and_what_follows_alone(project):
    before = digest(project / "reports/draw")
    set_params(project, {"draw": {"public_value": "lottery 2026-01-16: 01 02 03 04 05 06 + 07"}})
    assert repro(project) == ["draw", "track"]
    assert digest(project / "reports/draw") != before
    assert repro(project) == []
