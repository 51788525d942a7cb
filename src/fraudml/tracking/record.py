"""Writing the run to MLflow: one parent, one child per grain, each with its model by version.

Nothing about one person goes there: parameters, figures, plots, models and hashes only.
"""

import io
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fraudml.artifacts import require
from fraudml.entities import GrainName
from fraudml.errors import StateError
from fraudml.params import TrackParams
from fraudml.tracking.describe import describe_grain, describe_run, headline, how_to_load
from fraudml.tracking.figures import Figures, flat_params
from fraudml.tracking.lock import FINGERPRINT, fingerprint_of, table_hashes
from fraudml.tracking.pipeline_run import PipelineRun, ServedModel
from fraudml.tracking.uri import without_password

_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
# What our reader imports; the package itself stands in the model, for no registry holds it.
_REQUIREMENTS = (
    "ibis-framework", "lightgbm", "mlflow", "numpy", "pandas", "pyarrow", "pydantic", "pyyaml",
    "scikit-learn", "scipy",
)  # fmt: skip
_EXPERIMENT_TAGS = {
    "mlflow.experimentKind": "custom_model_development",
    "mlflow.note.content": "Runs of the fraudml pipeline: one parent a run, one child a grain. "
    "Open a parent and read its description first; *Columns* adds figures to this list, such as "
    "provider/precision_at_50/fused.",
}
_SILENT = logging.CRITICAL + 1
_MODEL_FILES = {".json", ".txt"}


def record_run(track: TrackParams, run: PipelineRun) -> dict[str, Any]:
    """Write the run to MLflow; what is returned is the same for the same dvc.lock.

    returns experiment, tag and fingerprint to find the run by, registered model names, and the
    hashes of the tables it came from. Raises StateError with one line if the store cannot be
    reached or written, if a file is missing, or if a model folder holds anything but text.
    """
    inputs = table_hashes(run.lock)
    fingerprint = fingerprint_of(run.lock)
    figures = Figures.read(run.metrics)
    for path in (run.report, run.loader, *run.plots):
        require(path)
    for model in run.models:
        _check_model(model)
    with store(track) as experiment:
        _write_parent(_Record(experiment, run, figures, inputs, fingerprint))
    return {
        "experiment": track.experiment,
        "find_by": f"tags.`{FINGERPRINT}` = '{fingerprint}'",
        "fingerprint": fingerprint,
        "inputs": inputs,
        "registered_models": [registered_name(model.grain) for model in run.models],
    }


def registered_name(grain: GrainName) -> str:
    """The name of a grain's model in the registry."""
    return f"fraudml-{grain}"


def _check_model(model: ServedModel) -> None:
    files = [path for path in require(model.folder).rglob("*") if path.is_file()]
    other = sorted(path.name for path in files if path.suffix not in _MODEL_FILES)
    if other or not files:
        raise StateError(
            f"{model.folder} holds {', '.join(other) or 'no files'}: a model is made of .txt and "
            ".json files only. Run the train stage again."
        )


@contextmanager
def store(track: TrackParams) -> Iterator[str]:
    """MLflow pointed at the store; gives the experiment's id; turns its errors into ours."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"  # it may hold a password
    import mlflow
    from sqlalchemy.exc import SQLAlchemyError

    for noisy in ("mlflow", "alembic", "sqlalchemy", "urllib3"):  # they log what they write
        logging.getLogger(noisy).setLevel(_SILENT)
    before = mlflow.get_tracking_uri()
    try:
        mlflow.set_tracking_uri(track.uri)
        with redirect_stderr(io.StringIO()):  # lines about registered models, which are no logs
            yield _experiment_id(track)
    except (mlflow.exceptions.MlflowException, SQLAlchemyError, OSError) as error:
        said = _reason(error).replace(track.uri, without_password(track.uri)).rstrip(". ")
        raise StateError(
            f"MLflow at {without_password(track.uri)} cannot be written: {said}. "
            "Start the server, or set track.uri in params.yaml to sqlite:///mlflow.db."
        ) from error
    except ModuleNotFoundError as error:
        raise StateError(
            f"MLflow at {without_password(track.uri)} needs the package {error.name}, which is not "
            "installed: pip install it, or set track.uri in params.yaml to sqlite:///mlflow.db."
        ) from error
    finally:
        mlflow.set_tracking_uri(before)


def _reason(error: BaseException) -> str:
    """What the store itself says, in one line, without the query and the values it was given."""
    found: BaseException | None = error
    while found is not None:
        if getattr(found, "orig", None):
            return " ".join(str(found.orig).split())[:200]  # type: ignore[attr-defined]
        found = found.__cause__ or found.__context__
    return " ".join(str(error).partition("[SQL:")[0].split())[:200]


def _experiment_id(track: TrackParams) -> str:
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(track.experiment)
    if experiment is not None:
        return str(experiment.experiment_id)
    location = None
    if track.uri.startswith("sqlite:///"):
        folder = Path(track.uri.removeprefix("sqlite:///")).resolve().parent
        location = (folder / "mlartifacts").as_uri()
    return str(client.create_experiment(track.experiment, location, _EXPERIMENT_TAGS))


@dataclass(frozen=True)
class _Record:
    """One run on its way into MLflow."""

    experiment: str
    run: PipelineRun
    figures: Figures
    inputs: dict[str, str]
    fingerprint: str

    @property
    def name(self) -> str:
        """The live date first: the list of runs cuts long names off."""
        as_of = self.run.params.get("time", {}).get("as_of", "")
        return f"{as_of} {self.fingerprint[:8]}".strip()

    @property
    def params(self) -> dict[str, str]:
        """All of params.yaml, but for a password in the address of the store."""
        flat = flat_params(self.run.params)
        return {k: without_password(v) if k == "track.uri" else v for k, v in flat.items()}

    @property
    def tags(self) -> dict[str, str]:
        """Where the run comes from; the user of the machine is replaced by the program's name."""
        return {
            FINGERPRINT: self.fingerprint,
            "fraudml.git_commit": self.run.commit,
            "fraudml.git_dirty": str(self.run.dirty).lower(),
            "mlflow.source.git.commit": self.run.commit,
            "mlflow.source.name": "fraudml track",
            "mlflow.user": "fraudml",
        }


def _write_parent(record: _Record) -> None:
    import mlflow

    tags = record.tags | {f"dvc/{path}": md5 for path, md5 in record.inputs.items()}
    note = {"mlflow.note.content": describe_run(record.run, record.figures, record.fingerprint)}
    with mlflow.start_run(
        experiment_id=record.experiment, run_name=f"pipeline {record.name}", tags=tags | note
    ) as parent:
        mlflow.log_params(record.params)
        mlflow.log_metrics(record.figures.of_the_run())
        _log_inputs(record.inputs, context="pipeline")
        mlflow.log_artifact(str(record.run.report))
        for path in record.run.metrics:
            mlflow.log_artifact(str(path), "metrics")
        for path in record.run.plots:
            (mlflow.log_artifacts if path.is_dir() else mlflow.log_artifact)(str(path), "plots")
        for model in record.run.models:
            _write_child(record, model, parent.info.run_id)


def _write_child(record: _Record, model: ServedModel, parent_id: str) -> None:
    import mlflow

    grain = model.grain
    tags = record.tags | {
        "fraudml.grain": grain,
        "mlflow.note.content": describe_grain(grain, record.figures),
    }
    learned_from = ("data/features", "data/labels.parquet")
    with mlflow.start_run(
        experiment_id=record.experiment,
        run_name=f"{grain} {record.name}",
        tags=tags,
        nested=True,
        parent_run_id=parent_id,
    ):
        mlflow.log_params(record.params)
        mlflow.log_metrics(record.figures.numbers.get(grain, {}))
        inputs = {path: md5 for path, md5 in record.inputs.items() if path in learned_from}
        _log_inputs(inputs, context="training")
        if model.card is not None:
            mlflow.log_artifact(str(require(model.card)), "card")
        _log_model(record, model)


def _log_inputs(inputs: Mapping[str, str], *, context: str) -> None:
    """Names and DVC hashes of tables, never their content."""
    import mlflow
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    # The first stands in the list of runs: claims say more there than what is first by name.
    for path, md5 in sorted(inputs.items(), key=lambda one: (one[0] != "data/claims", one[0])):
        source = CodeDatasetSource(tags={"path": path, "dvc_md5": md5})
        mlflow.log_input(MetaDataset(source, name=path, digest=md5), context=context)


def _log_model(record: _Record, model: ServedModel) -> None:
    """Models-from-code over text files: loading runs our reader, never a pickle."""
    import mlflow
    import pandas as pd

    grain = model.grain
    example = pd.DataFrame([[0.0] * len(model.inputs), [1.0] * len(model.inputs)])
    example.columns = pd.Index(model.inputs)
    example = example.assign(**dict.fromkeys(model.texts, ""))
    with tempfile.TemporaryDirectory() as scratch:
        logged = mlflow.pyfunc.log_model(
            name=grain,
            python_model=str(record.run.loader),
            artifacts={"model": str(model.folder)},
            model_config={"grain": grain, **model.settings},
            signature=_signature(model),
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
            code_paths=_sources(record.run.package, Path(scratch)),
            registered_model_name=registered_name(grain),
            metadata={FINGERPRINT: record.fingerprint},
        )
    _describe_version(record, grain, str(logged.registered_model_version))


def _sources(package: Path | None, scratch: Path) -> list[str] | None:
    """A copy of the package without what Python left there."""
    if package is None:
        return None
    copy = scratch / package.name
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    return [str(copy)]


def _signature(model: ServedModel) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs, texts, outputs = (
        [ColSpec(kind, name, required=False) for name in names]
        for kind, names in (
            ("double", model.inputs), ("string", model.texts), ("double", model.outputs)
        )
    )  # fmt: skip
    return ModelSignature(inputs=Schema([*inputs, *texts]), outputs=Schema(outputs))


def _describe_version(record: _Record, grain: GrainName, number: str) -> None:
    import mlflow

    client, name = mlflow.MlflowClient(), registered_name(grain)
    if "champion" not in client.get_registered_model(name).aliases:  # whose note says why it is
        client.update_registered_model(
            name,
            description=f"Ranks every {grain} for inspection. **No champion yet.** `challenger` is "
            "the newest version; `fraudml promote` makes it `champion` if it loses nothing.\n\n"
            + how_to_load(grain, "challenger"),
        )
    client.update_model_version(name, number, description=headline(grain, record.figures))
    for key, value in record.tags.items():
        if key.startswith("fraudml."):
            client.set_model_version_tag(name, number, key, value)
    client.set_registered_model_alias(name, "challenger", number)
