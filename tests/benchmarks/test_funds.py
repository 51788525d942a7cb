"""A fund of a benchmark is prepared once, and a stage that failed is due again."""

import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import funds

ROOT = Path(__file__).parents[2]
STAGES = ("simulate", "ingest")


@pytest.fixture
def run(monkeypatch):
    """The stages that were run, which do nothing here."""
    ran = []
    monkeypatch.setattr(funds, "run_stage", lambda stage, params, root: ran.append(stage))
    return ran


def test_a_fund_has_the_params_of_the_project_and_sizes_of_its_own(tmp_path):
    params = funds.fund_params(tmp_path / "fund", seed=7, providers=20)
    ours, theirs = (
        yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
        for folder in (ROOT, tmp_path / "fund")
    )
    assert (params.simulate.seed, params.simulate.providers) == (7, 20)
    assert theirs == ours | {"simulate": ours["simulate"] | {"seed": 7, "providers": 20}}


def test_a_fund_has_as_many_dates_as_asked_for(tmp_path):
    assert funds.fund_params(tmp_path, dates=1).time.dates == 1
    assert funds.fund_params(tmp_path).time.dates > 1


def test_a_benchmark_that_was_stopped_goes_on_where_it_was(tmp_path, run):
    params = funds.fund_params(tmp_path)
    funds.run_once("simulate", params, tmp_path)
    assert funds.due(tmp_path, STAGES) == ["ingest"]
    assert funds.run_due(STAGES, params, tmp_path)["simulate"] == 0.0
    funds.run_due(STAGES, params, tmp_path)
    assert run == ["simulate", "ingest"]


def test_a_stage_that_failed_in_a_process_of_its_own_is_told_and_stays_due(tmp_path):
    params = funds.fund_params(tmp_path)
    with pytest.raises(SystemExit, match=r"monitor ended with .*claims"):
        funds.run_once("monitor", params, tmp_path, apart=True)
    assert funds.due(tmp_path, ["monitor"]) == ["monitor"]
