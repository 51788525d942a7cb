"""A recorded model scores a table where fraudml is not installed."""

import json
import subprocess
import sys
import sysconfig
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_tracking_mlflow import pipeline_run, track_params

from fraudml.params import ScoreParams
from fraudml.scores.score import score_grain
from fraudml.scores.train import train_grain
from fraudml.serving import LOADER, OUTPUTS, PACKAGE, WIDEST, input_columns
from fraudml.tracking import ServedModel, record_run
from fraudml.tracking.describe import how_to_load
from scores_cases import LIVE, PARAMS, one_date, tables

ELSEWHERE = """
import importlib.util, json, sys
sys.path.insert(0, {packages!r})  # what requirements.txt names; no fraudml among it
assert importlib.util.find_spec("fraudml") is None
{note}
print(json.dumps(dict(zip(own["provider_id"], scores[["anomaly", "risk"]].values.tolist()))))
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    root = tmp_path_factory.mktemp("elsewhere")
    features, peers = tables(60)
    run = pipeline_run(root)
    (provider,) = (model for model in run.models if model.grain == "provider")
    for old in provider.folder.iterdir():
        old.unlink()
    train_grain("provider", features, peers, one_date(), PARAMS, fusion_k=60, live=LIVE,
                models_out=provider.folder)  # fmt: skip
    served = ServedModel("provider", provider.folder, input_columns("provider"), OUTPUTS,
                         (WIDEST,), {"fusion_k": 60})  # fmt: skip
    record_run(track_params(root), replace(run, models=[served], loader=LOADER, package=PACKAGE))
    (model,) = (path.parent for path in root.glob("mlartifacts/models/*/artifacts/MLmodel"))
    (root / "model").symlink_to(model)
    (root / "data" / "features" / "peers").mkdir(parents=True)
    pq.write_table(features, root / "data" / "features" / "provider.parquet")
    pq.write_table(peers, root / "data" / "features" / "peers" / "provider.parquet")
    params = ScoreParams(fusion_k=60)
    scores = score_grain("provider", features, peers, provider.folder, params, live=LIVE)
    expected = scores.to_pandas().set_index("provider_id")[["anomaly", "risk"]]
    written = [path.name for path in (model / "code").rglob("*")]  # before anybody loads it
    return root, model, written, expected


def test_the_notes_lines_score_the_features_where_fraudml_is_not_installed(recorded):
    root, _, _, expected = recorded
    note = how_to_load("provider", "challenger").split("```python\n")[1].split("```")[0]
    code = ELSEWHERE.format(packages=sysconfig.get_paths()["purelib"], note=note)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True, text=True, check=False, cwd=root,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = pd.DataFrame(json.loads(done.stdout.splitlines()[-1]), index=expected.columns).T
    np.testing.assert_allclose(found["anomaly"][expected.index], expected["anomaly"], atol=1e-12)
    # ties are broken by the hash of an id that the model is not told: a place or two
    np.testing.assert_allclose(found["risk"][expected.index], expected["risk"], atol=0.03)


def test_its_requirements_name_only_what_a_registry_holds(recorded):
    named = (recorded[1] / "requirements.txt").read_text().split()
    assert not [one for one in named if one.startswith("fraudml")]
    assert all("==" in one for one in named)


def test_its_code_is_source_and_no_byte_code(recorded):
    code = recorded[1] / "code" / "fraudml"
    assert (code / "serving" / "__init__.py").exists()
    assert not [path for path in recorded[2] if path.endswith(".pyc")]


def test_the_note_says_how_to_load_it_until_a_champion_has_a_note_of_its_own(tmp_path):
    import mlflow

    name = "fraudml-provider"
    run = pipeline_run(tmp_path)
    run = replace(run, models=run.models[:1])
    track = track_params(tmp_path)
    record_run(track, run)
    client = mlflow.MlflowClient(tracking_uri=track.uri, registry_uri=track.uri)
    note = client.get_registered_model(name).description
    assert "No champion yet" in note
    assert f"models:/{name}@challenger" in note
    client.update_registered_model(name, description="an old note")
    record_run(track, run)
    assert client.get_registered_model(name).description == note
    client.set_registered_model_alias(name, "champion", "1")
    client.update_registered_model(name, description="why version 1 is champion")
    record_run(track, run)
    assert client.get_registered_model(name).description == "why version 1 is champion"
