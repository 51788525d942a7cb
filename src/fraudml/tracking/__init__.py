"""The pipeline run as MLflow shows it; the only package that knows MLflow."""

from fraudml.tracking.pipeline_run import PipelineRun, ServedModel
from fraudml.tracking.record import record_run

__all__ = ["PipelineRun", "ServedModel", "record_run"]
