"""A pipeline run recorded in MLflow's SQLite store, with a tiny model of one text file."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fraudml.errors import StateError
from fraudml.params import TrackParams
from fraudml.tracking import PipelineRun, ServedModel, record_run
from fraudml.tracking.record import store

LOADER = """\
import json
from pathlib import Path

import mlflow
import pandas as pd


class Reader(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        folder = Path(context.artifacts["model"])
        self.weights = json.loads((folder / "model.json").read_text())
        self.grain = context.model_config["grain"]

    def predict(self, context, model_input: pd.DataFrame, params=None):
        total = sum(model_input[name].fillna(0) * w for name, w in self.weights.items())
        return pd.DataFrame({"risk": total})


mlflow.models.set_model(Reader())
"""
LOCK = """\
schema: '2.0'
stages:
  features:
    cmd: fraudml features
    deps: [{path: data/claims, md5: 0123456789abcdef0123456789abcdef.dir}]
    outs: [{path: data/features, md5: f123456789abcdef0123456789abcdef.dir}]
"""


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value * 0.8, "high": value * 1.2, "ceiling": 1.0}


def pipeline_run(root: Path) -> PipelineRun:
    (root / "models").mkdir(parents=True)
    models = []
    for grain in ("provider", "practitioner", "patient"):
        folder = root / "models" / grain
        folder.mkdir()
        (folder / "model.json").write_text(json.dumps({"stay_days": 0.5, "claims_n": 0.25}))
        models.append(ServedModel(grain, folder, ("stay_days", "claims_n"), ("risk",)))
    for name, content in {
        "loader.py": LOADER,
        "dvc.lock": LOCK,
        "evaluation.html": "<p>figures</p>",
        "plots.csv": "k,precision\n25,0.5\n",
        "ingest.json": json.dumps({"rows_in": 1000, "rows_quarantined": 3}),
        "evaluate.json": json.dumps(
            {
                m.grain: {
                    "sentence": "Outcomes of six rounds.",
                    "models": {
                        "amount": {"precision@25": figure(0.3), "yuan@25": figure(90000.0)},
                        "fused": {"precision@25": figure(0.5), "yuan@25": figure(250000.0)},
                    },
                }
                for m in models
            }
        ),
    }.items():
        (root / name).write_text(content)
    return PipelineRun(
        params={"time": {"as_of": "2025-12-31"}, "ingest": {"raw": "data/synthetic/raw"}},
        metrics=[root / "ingest.json", root / "evaluate.json"],
        plots=[root / "plots.csv"],
        report=root / "evaluation.html",
        models=models,
        loader=root / "loader.py",
        lock=root / "dvc.lock",
        commit="c" * 40,
        dirty=False,
    )


def track_params(root: Path) -> TrackParams:
    return TrackParams(uri=f"sqlite:///{root}/mlflow.db", experiment="fraudml", margin=0.05)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    root = tmp_path_factory.mktemp("recorded")
    run = pipeline_run(root)
    summaries = [record_run(track_params(root), run) for _ in range(2)]
    return root, run, summaries


@pytest.fixture
def client(recorded):
    import mlflow

    uri = track_params(recorded[0]).uri
    return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)


def runs_of(client, **tags):
    experiment = client.get_experiment_by_name("fraudml").experiment_id
    found = client.search_runs([experiment], order_by=["attributes.start_time"])
    return [r for r in found if all(r.data.tags.get(k) == v for k, v in tags.items())]


def parent_of(client):
    return next(r for r in runs_of(client) if "mlflow.parentRunId" not in r.data.tags)


pytestmark = pytest.mark.slow


def test_the_summary_is_the_same_each_time_and_finds_the_run(recorded, client):
    _, _, (first, second) = recorded
    assert first == second
    assert first["registered_models"] == [
        "fraudml-provider",
        "fraudml-practitioner",
        "fraudml-patient",
    ]
    experiment = client.get_experiment_by_name(first["experiment"]).experiment_id
    assert len(client.search_runs([experiment], first["find_by"])) == 8


ALONE = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_tracking_mlflow import pipeline_run, record_run, track_params
root = Path(sys.argv[2])
run = pipeline_run(root)
for _ in range(2):  # a model that is new to the registry, and one that is not
    record_run(track_params(root), run)
assert os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] == "true"
"""


def test_mlflow_says_nothing_beside_the_stage(tmp_path):
    here = str(Path(__file__).parent)
    words = [sys.executable, "-c", ALONE, here, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_run_has_a_child_for_each_grain(client):
    parent = parent_of(client)
    children = runs_of(client, **{"mlflow.parentRunId": parent.info.run_id})
    assert {c.data.tags["fraudml.grain"] for c in children} == {
        "provider",
        "practitioner",
        "patient",
    }
    assert all(r.info.status == "FINISHED" for r in [parent, *children])


def test_figures_with_their_interval_stand_in_the_child_and_headlines_in_the_parent(client):
    child = runs_of(client, **{"fraudml.grain": "provider"})[0]
    got = {k: v for k, v in child.data.metrics.items() if k.startswith("precision_at_25/fused")}
    assert got == {
        "precision_at_25/fused": 0.5,
        "precision_at_25/fused.low": 0.4,
        "precision_at_25/fused.high": 0.6,
        "precision_at_25/fused.ceiling": 1.0,
    }
    parent = parent_of(client).data.metrics
    assert parent["provider/yuan_at_25/fused"] == 250000.0
    assert parent["ingest/rows_quarantined"] == 3


def test_the_run_names_its_params_commit_and_input_hashes_and_no_user(client):
    parent = parent_of(client)
    assert parent.data.params["time.as_of"] == "2025-12-31"
    tags = parent.data.tags
    assert tags["mlflow.source.git.commit"] == tags["fraudml.git_commit"] == "c" * 40
    assert tags["fraudml.git_dirty"] == "false"
    assert tags["dvc/data/claims"] == "0123456789abcdef0123456789abcdef.dir"
    assert tags["mlflow.user"] == "fraudml"
    assert {i.dataset.name: i.dataset.digest for i in parent.inputs.dataset_inputs} == {
        "data/claims": "0123456789abcdef0123456789abcdef.dir",
        "data/features": "f123456789abcdef0123456789abcdef.dir",
    }


def test_the_description_shows_the_key_figures_beside_the_baselines(client):
    note = parent_of(client).data.tags["mlflow.note.content"]
    assert "| fused | 0.50 (0.40 to 0.60) | 250,000 (200,000 to 300,000) |" in note
    assert "| amount | 0.30 (0.24 to 0.36) |" in note
    assert note.startswith("**provider** fused list: precision at 25 0.50 (0.40 to 0.60)")
    assert "dvc repro" in note


def test_plots_and_the_report_are_artifacts_of_the_run(client):
    run_id = parent_of(client).info.run_id
    assert [a.path for a in client.list_artifacts(run_id)] == [
        "evaluation.html", "metrics", "plots",
    ]  # fmt: skip
    assert [a.path for a in client.list_artifacts(run_id, "plots")] == ["plots/plots.csv"]


def test_each_run_adds_a_version_and_the_challenger_is_the_newest(client):
    versions = client.search_model_versions("name = 'fraudml-provider'")
    assert sorted(int(v.version) for v in versions) == [1, 2]
    newest = client.get_model_version_by_alias("fraudml-provider", "challenger")
    assert str(newest.version) == "2"
    assert newest.description == (
        "fused list: precision at 25 0.50 (0.40 to 0.60), yuan at 25 250,000 (200,000 to 300,000)"
    )


def test_a_registered_model_is_loaded_by_our_reader_and_takes_null_for_not_assessed(recorded):
    import mlflow
    import pandas as pd

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(track_params(recorded[0]).uri)
    try:
        model = mlflow.pyfunc.load_model("models:/fraudml-patient@challenger")
        asked = pd.DataFrame({"stay_days": [2.0, None], "claims_n": [4.0, 4.0]})
        assert list(model.predict(asked)["risk"]) == [2.0, 1.0]
        assert model.metadata.signature.inputs.input_names() == ["stay_days", "claims_n"]
        assert model.metadata.signature.outputs.input_names() == ["risk"]
    finally:
        mlflow.set_tracking_uri(before)


def test_nothing_in_the_store_is_a_pickle(recorded):
    files = [p for p in (recorded[0] / "mlartifacts").rglob("*") if p.is_file()]
    assert len(files) > 20
    for path in files:
        assert path.suffix in {".py", ".json", ".txt", ".yaml", ".html", ".csv", ""}, path.name
        assert not path.read_bytes().startswith(b"\x80"), path.name
    models = [p.read_text() for p in files if p.name == "MLmodel"]
    assert len(models) == 6
    for text in models:
        assert "loader_module: mlflow.pyfunc.loaders.code_model" in text
        assert ".pkl" not in text


def test_a_model_folder_with_anything_but_text_is_refused(tmp_path):
    run = pipeline_run(tmp_path / "x")
    (run.models[0].folder / "model.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(StateError, match=r"holds model\.pkl"):
        record_run(track_params(tmp_path), run)


def test_a_missing_report_is_named_before_anything_is_written(tmp_path):
    run = replace(pipeline_run(tmp_path / "x"), report=tmp_path / "none.html")
    with pytest.raises(StateError, match=r"none\.html is missing"):
        record_run(track_params(tmp_path), run)
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.parametrize(
    "uri",
    [
        "http://somebody:secret@127.0.0.1:9",
        "sqlite:////proc/none/mlflow.db",
        "nosuchscheme://place",
    ],
)
def test_a_store_that_cannot_be_reached_is_one_line_without_the_password(tmp_path, uri):
    run = pipeline_run(tmp_path / "x")
    with pytest.raises(StateError) as caught:
        record_run(TrackParams(uri=uri, experiment="fraudml", margin=0.05), run)
    said = str(caught.value)
    assert "cannot be written" in said
    assert ". Start the server" in said and ".. " not in said
    assert "track.uri in params.yaml" in said
    assert "\n" not in said
    assert "secret" not in said


def test_a_driver_that_is_not_installed_is_named(tmp_path):
    with (
        pytest.raises(StateError, match="needs the package psycopg2, which is not installed"),
        store(track_params(tmp_path)),
    ):
        raise ModuleNotFoundError(name="psycopg2")


def test_the_password_of_the_store_is_no_parameter_of_a_run(tmp_path):
    uri = "postgresql://ann:s3cret@db/runs"
    run = replace(pipeline_run(tmp_path / "x"), params={"track": {"uri": uri}})
    record_run(track_params(tmp_path), run)
    kept = (tmp_path / "mlflow.db").read_bytes()
    assert b"postgresql://db/runs" in kept
    assert b"s3cret" not in kept


def test_telemetry_is_off(recorded):
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    from mlflow.telemetry.client import get_telemetry_client

    assert get_telemetry_client() is None
