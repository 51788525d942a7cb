"""What MLflow runs to load a model: our own reader over text and JSON files, no pickle."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from fraudml.entities import GrainName
from fraudml.serving import score_table


class ServedGrain(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """One grain's models behind MLflow's predict."""

    def load_context(self, context: Any) -> None:
        """Remember where the model files are and whose they are."""
        self._folder = Path(context.artifacts["model"])
        self._grain: GrainName = context.model_config["grain"]
        self._fusion_k = int(context.model_config["fusion_k"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """Score the rows of a table; see ``fraudml.serving.score_table``."""
        return score_table(self._grain, self._folder, model_input, fusion_k=self._fusion_k)


mlflow.models.set_model(ServedGrain())
