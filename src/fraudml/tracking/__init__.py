"""The pipeline run as MLflow shows it; the only package that knows MLflow."""

from fraudml.tracking.pipeline_run import PipelineRun, ServedModel
from fraudml.tracking.record import record_run
from fraudml.tracking.registry import Decision, Version, contenders, decide
from fraudml.tracking.uri import within, without_password

__all__ = [
    "Decision",
    "PipelineRun",
    "ServedModel",
    "Version",
    "contenders",
    "decide",
    "record_run",
    "within",
    "without_password",
]
