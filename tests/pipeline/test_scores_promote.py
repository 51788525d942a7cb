"""fraudml promote: the registry's champion changes by the rule, or by force, and says why."""

import json
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from fraudml.artifacts import read_parquet, write_parquet
from fraudml.errors import StateError
from fraudml.params import load_params
from fraudml.scores.train import train_grain
from fraudml.stages.promote import promote_grain
from fraudml.stages.workspace import Workspace
from fraudml.tracking.figures import flat_params
from fraudml.tracking.lock import FINGERPRINT
from scores_cases import LIVE, one_date, tables

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
NAME = "fraudml-provider"
SMALL = {"forest_trees": 20, "bags": 2, "rounds": 12, "folds": 3}


@pytest.fixture
def project(tmp_path):
    """A folder as the pipeline leaves it: features, labels, backtest, models, a first version."""
    content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["train"] |= SMALL
    content["track"]["uri"] = f"sqlite:///{tmp_path}/mlflow.db"
    content["evaluate"]["bootstrap"] = 200
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    features, peers = tables(carriers=range(20))
    for path, table in (
        ("data/features/provider.parquet", features),
        ("data/features/peers/provider.parquet", peers),
        ("data/labels.parquet", one_date()),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        write_parquet(tmp_path / path, table)
    models = tmp_path / "models" / "provider"
    models.mkdir(parents=True)
    params = load_params(tmp_path / "params.yaml")
    backtest, _ = train_grain(
        "provider", features, peers, one_date(), params.train,
        fusion_k=60, live=LIVE, models_out=models,
    )  # fmt: skip
    (tmp_path / "data" / "backtest").mkdir()
    write_parquet(tmp_path / "data" / "backtest" / "provider.parquet", backtest)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "tracking.json").write_text(json.dumps({"fingerprint": "f" * 64}))
    return params, Workspace(tmp_path)


def add_version(params, fingerprint="f" * 64, unknown=(), odd=None) -> str:
    """A registered version whose run knows the parameters, as the track stage leaves it."""
    client = mlflow.MlflowClient(params.track.uri, params.track.uri)
    experiment = client.get_experiment_by_name("fraudml")
    number = experiment.experiment_id if experiment else client.create_experiment("fraudml")
    run = client.create_run(number)
    for name, value in flat_params(params.model_dump()).items():
        if name not in unknown:
            client.log_param(run.info.run_id, name, (odd or {}).get(name, value))
    if not client.search_registered_models(f"name = '{NAME}'"):
        client.create_registered_model(NAME)
    version = client.create_model_version(NAME, "file:///nowhere", run.info.run_id)
    client.set_model_version_tag(NAME, version.version, FINGERPRINT, fingerprint)
    client.set_registered_model_alias(NAME, "challenger", version.version)
    return str(version.version)


def registry(params):
    return mlflow.MlflowClient(params.track.uri, params.track.uri)


def test_the_first_champion_is_compared_with_the_plain_list_and_says_so(project):
    params, at = project
    add_version(params)
    said = promote_grain(params, at, "provider", force=False)
    assert said.startswith("provider: version 1 is champion, compared with no champion yet")
    client = registry(params)
    champion = client.get_model_version_by_alias(NAME, "champion")
    assert champion.tags["fraudml.decision"] == "promoted"
    assert champion.tags["fraudml.forced"] == "false"
    assert float(champion.tags["fraudml.difference.low"]) >= -params.track.margin
    note = client.get_registered_model(NAME).description
    assert "Champion: version 1" in note and "average precision" in note
    assert "already" in promote_grain(params, at, "provider", force=False)


def test_a_second_version_is_compared_with_the_champions_parameters_on_the_same_splits(project):
    params, at = project
    add_version(params, unknown=("train.trials",))  # of a program that had no such parameter
    promote_grain(params, at, "provider", force=False)
    assert add_version(params) == "2"
    said = promote_grain(params, at, "provider", force=False)
    assert "compared with version 1: +0.000 average precision (+0.000 to +0.000)" in said
    client = registry(params)
    assert str(client.get_model_version_by_alias(NAME, "champion").version) == "2"
    assert str(client.get_model_version_by_alias(NAME, "former-champion").version) == "1"


def test_a_refusal_keeps_the_champion_and_can_be_overruled_on_record(project):
    params, at = project
    add_version(params)
    promote_grain(params, at, "provider", force=False)
    add_version(params)
    strict = params.model_copy(update={"track": params.track.model_copy(update={"margin": 0.0})})
    worse = at.root / "data" / "backtest" / "provider.parquet"
    table = read_parquet(worse).to_pandas()
    random = table["model"].eq("random")
    fused = table["model"].eq("fused")
    keys = ["as_of", "repeat", "split", "provider_id"]
    scores = table[random].set_index(keys)["score"]
    swapped = table[fused].set_index(keys)
    swapped["score"] = scores
    swapped = swapped.reset_index().sort_values(["as_of", "repeat", "split", "score"])
    swapped["rank"] = swapped.groupby(["as_of", "repeat", "split"])["score"].rank(ascending=False)
    schema = read_parquet(worse).schema
    swapped["rank"] = swapped["rank"].astype("int64")
    mixed = pd.concat([table[~fused], swapped[table.columns]])
    write_parquet(worse, pa.Table.from_pandas(mixed, schema=schema, preserve_index=False))
    with pytest.raises(StateError, match=r"Version 2 of provider stays challenger.*loss beyond"):
        promote_grain(strict, at, "provider", force=False)
    client = registry(params)
    assert str(client.get_model_version_by_alias(NAME, "champion").version) == "1"
    assert client.get_model_version(NAME, "2").tags["fraudml.decision"] == "refused"
    assert "by force" in promote_grain(strict, at, "provider", force=True)
    forced = client.get_model_version_by_alias(NAME, "champion")
    assert str(forced.version) == "2" and forced.tags["fraudml.forced"] == "true"
    assert "against the rule" in client.get_registered_model(NAME).description


@pytest.mark.parametrize(
    "odd", [{"train.bags": "0"}, {"train.folds": "[1"}, {"score.fusion_k": "sixty"}]
)
def test_a_champion_whose_parameters_are_refused_today_can_only_be_overruled(project, odd):
    params, at = project
    add_version(params, odd=odd)
    promote_grain(params, at, "provider", force=False)
    add_version(params)
    with pytest.raises(StateError, match=r"Not judged: the champion was trained with parameters"):
        promote_grain(params, at, "provider", force=False)
    assert "by force" in promote_grain(params, at, "provider", force=True)


def test_without_lists_of_the_past_a_champion_is_a_persons_decision(project):
    params, at = project
    add_version(params)
    path = at.root / "data" / "backtest" / "provider.parquet"
    write_parquet(path, read_parquet(path).slice(0, 0))
    with pytest.raises(StateError, match=r"Not judged: no list of the past could be made\."):
        promote_grain(params, at, "provider", force=False)
    assert "version 1 is champion by force" in promote_grain(params, at, "provider", force=True)


def test_a_challenger_of_another_state_of_the_data_is_refused(project):
    params, at = project
    add_version(params, fingerprint="0" * 64)
    with pytest.raises(StateError, match="another state of the data"):
        promote_grain(params, at, "provider", force=True)


def test_without_a_challenger_there_is_nothing_to_promote(project):
    params, at = project
    with pytest.raises(StateError, match="has no challenger in the registry"):
        promote_grain(params, at, "provider", force=False)
