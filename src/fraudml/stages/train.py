"""Stage train: models of every grain and what they would have ranked in the past."""

from fraudml.artifacts import Publication, read_parquet, write_json, write_parquet
from fraudml.entities import GRAIN_NAMES
from fraudml.params import Params
from fraudml.scores.train import train_grain
from fraudml.stages.workspace import Workspace


def train(params: Params, at: Workspace) -> str:
    """Fit baselines, the forest and, where outcomes allow, LightGBM; walk back in time."""
    labels = read_parquet(at.labels)
    reports = {}
    with Publication() as out:
        backtests = out.folder(at.data("backtest"))
        for grain in GRAIN_NAMES:
            backtest, reports[grain] = train_grain(
                grain,
                read_parquet(at.entity_table("features", grain)),
                read_parquet(at.entity_table("features/peers", grain)),
                labels,
                params.train,
                fusion_k=params.score.fusion_k,
                live=params.time.as_of,
                models_out=out.folder(at.models(grain)),
            )
            write_parquet(backtests / f"{grain}.parquet", backtest)
        write_json(out.file(at.metrics("train")), reports)
    return "\n".join(f"{grain}: {report['sentence']}" for grain, report in reports.items())
