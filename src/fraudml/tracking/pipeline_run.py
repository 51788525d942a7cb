"""What one run of the pipeline leaves behind for MLflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fraudml.entities import GrainName


@dataclass(frozen=True)
class ServedModel:
    """The model of one grain: its folder of text and JSON files, what goes in and comes out.

    inputs and outputs are column names; all are doubles, and null means not assessed; texts are
    the columns that go in as text. settings
    reach the loader in ``context.model_config``; card is the model card, if there is one.
    """

    grain: GrainName
    folder: Path
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    texts: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    card: Path | None = None


@dataclass(frozen=True)
class PipelineRun:
    """What one run of the pipeline leaves behind for MLflow.

    params   the whole of params.yaml, nested
    metrics  JSON files; grain at the top where figures belong to a grain
    plots    files, or folders of files
    loader   a Python file that makes a model of a ``ServedModel`` folder and calls
             ``mlflow.models.set_model``; it finds the folder as ``context.artifacts["model"]``
             and the grain as ``context.model_config["grain"]``
    lock     dvc.lock; commit and dirty are git's
    package  the folder of the Python package that the loader imports, kept with every model, so
             that a model loads where the package is not installed; None: it must be installed
    """

    params: Mapping[str, Any]
    metrics: Sequence[Path]
    plots: Sequence[Path]
    report: Path
    models: Sequence[ServedModel]
    loader: Path
    lock: Path
    commit: str
    dirty: bool
    package: Path | None = None
