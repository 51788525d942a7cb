"""The stage and the command around the rules."""

import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from fraudml.artifacts import read_json
from fraudml.claims.accepted import Claims
from fraudml.cli import app
from fraudml.engine import open_engine
from fraudml.errors import ParamsError
from fraudml.params import load_params
from fraudml.stages import run_stage
from fraudml.stages.monitor import _too_early
from fraudml.stages.tables import TABLES
from fraudml.stages.workspace import Workspace
from tables import draw_claims

ROOT = Path(__file__).parents[2]
OURS = "source,title,note\nours,Notice 12,\n"
THRESHOLDS = "rule,name,value,unit,level,kind,valid_from,valid_to,source\n"


def make_project(folder):
    """A project folder with accepted claims: one line far above its cap."""
    shutil.copy(ROOT / "params.yaml", folder)
    claim = "claim_id | patient_id | provider_id | admitted_on"
    draw_claims(folder / "data/claims", claims=f"""{claim}
        c1 | p | A | 2024-03-01""", claim_lines="""claim_id | item_code | served_at | unit_price
        c1 | x | 2024-03-01 09:00:00 | 1500""", items="""item_code | kind | price_cap
        x | drug | 1000""")  # fmt: skip
    return folder


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Such a project after the stage, and what the stage said; not to be changed."""
    folder = make_project(tmp_path_factory.mktemp("asked"))
    return folder, ask(folder)


def own(project, row):
    """An overlay in the project, named by its params."""
    folder = project / "own"
    folder.mkdir()
    (folder / "sources.csv").write_text(OURS, encoding="utf-8")
    (folder / "thresholds.csv").write_text(THRESHOLDS + row + "\n", encoding="utf-8")
    path = project / "params.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["monitor"]["knowledge"] = "own"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def ask(project):
    return run_stage("monitor", load_params(project / "params.yaml"), project)


def test_the_stage_writes_hits_lines_and_figures_and_says_what_is_silent(asked):
    project, said = asked
    (hit,) = pq.read_table(project / "data/monitor/hits.parquet").to_pylist()
    assert (hit["rule_id"], hit["as_of"]) == ("R05.price_above_cap", date(2025, 12, 31))
    figures = read_json(project / "reports/metrics/monitor.json")
    assert figures["rules"]["R05.price_above_cap"]["lines"] == 1
    assert "R13.sold_twice" in figures["not_assessed"]
    silent = len(figures["not_assessed"])
    assert said.startswith("1 hits of")
    assert said.endswith(
        f"{silent} not assessed for want of columns or codes: see reports/rules/index.html"
    )


def test_neither_the_figures_nor_what_is_said_hold_a_person(asked):
    project, said = asked
    said += (project / "reports/metrics/monitor.json").read_text(encoding="utf-8")
    assert '"p"' not in said and '"c1"' not in said


def test_a_threshold_of_the_overlay_changes_what_is_found(project):
    own(project, "R05.price_above_cap,tolerance_fen,500,fen,,,,,ours")
    ask(project)
    assert pq.read_table(project / "data/monitor/hits.parquet").num_rows == 0


def test_a_broken_overlay_stops_the_stage_and_leaves_the_old_hits(asked, tmp_path):
    project = Path(shutil.copytree(asked[0], tmp_path / "project"))
    assert pq.read_table(project / "data/monitor/hits.parquet").num_rows == 1
    own(project, "R05.price_above_cap,tolerance_fen,much,fen,,,,,ours")
    with pytest.raises(ParamsError, match=r"own/thresholds.csv:2: tolerance_fen = 'much'"):
        ask(project)
    assert pq.read_table(project / "data/monitor/hits.parquet").num_rows == 1


def test_knowledge_check_names_every_fault_and_fails(project):
    own(project, "R05.price_above_cap,tolerance,1,fen,,,,,ours\nR99,x,1,fen,,,,,ours")
    (project / "own" / "items.csv").write_text(
        "item_code,valid_from,valid_to,price_cap_fen,sex_limit,age_min,age_max,diagnosis_limit,"
        "level_min,max_daily_quantity,bundle_of,minutes,source\nnone,,,1,,,,,,,,,ours\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["knowledge", "check", "-C", str(project)])
    assert isinstance(done.exception, ParamsError)
    lines = done.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "own/thresholds.csv:2", "own/thresholds.csv:3", "own/items.csv:2",
    ]  # fmt: skip
    assert "did you mean tolerance_fen" in lines[0].lower()


def test_knowledge_check_is_content_with_what_comes_with_the_program(project):
    done = CliRunner().invoke(app, ["knowledge", "check", "-C", str(project)])
    assert (done.exit_code, done.stdout) == (0, "The knowledge base is valid.\n")


def test_knowledge_check_looks_at_the_folder_it_is_given(project):
    done = CliRunner().invoke(app, ["knowledge", "check", "none", "-C", str(project)])
    assert "none: there is no such folder" in done.stderr


def test_the_tables_of_the_stage_are_those_that_later_stages_ask_for(asked):
    names = [name.removeprefix("monitor/") for name in TABLES if name.startswith("monitor/")]
    found = Workspace(asked[0]).monitored(*names)
    assert {path.stem for path in found.glob("*.parquet")} == {*names, "by_typology"}
    for name in names:
        assert {*pq.read_schema(found / f"{name}.parquet").names} == {*TABLES[f"monitor/{name}"]}


@pytest.mark.parametrize(("as_of", "said"), [(date(2024, 2, 29), True), (date(2024, 3, 1), False)])
def test_claims_that_are_all_of_a_later_day_are_told_from_nothing_found(project, as_of, said):
    with open_engine(load_params(ROOT / "params.yaml").engine, spill=project) as engine:
        told = _too_early(engine, Claims(engine, project / "data/claims"), as_of)
    assert ("No claim was settled by 2024-02-29 (time.as_of), the first on 2024-03-01" in told) == (
        said
    )
    assert bool(told) == said
