"""Everybody ranked as of the live date."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.params import ScoreParams
from fraudml.scores.amounts import predict_amounts
from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.baselines import amount_per_peer_score, amount_score, rules_score
from fraudml.scores.calibration import probability
from fraudml.scores.cohort import Cohort, cohorts
from fraudml.scores.fusion import final_score, rank
from fraudml.scores.labelfree import look
from fraudml.scores.model_io import Models, read_models


def score_grain(
    grain: GrainName,
    features: pa.Table,
    peers: pa.Table,
    models_dir: Path,
    params: ScoreParams,
    *,
    live: date,
) -> pa.Table:
    """data/scores/GRAIN.parquet: one row per entity of the live date, rank 1 first.

    probability and expected_recovery_fen are null without enough outcomes, supervised_rank
    without a supervised model, p_value always: ``with_p_values`` fills it where it is valid.
    """
    models = read_models(models_dir)
    _same_date(models, live)
    found = cohorts(grain, features, peers, [live])
    if live not in found:
        return scores_schema(grain).empty_table()
    return _scored(found[live], models, fusion_k=params.fusion_k)


def _same_date(models: Models, live: date) -> None:
    if models.about["live"] != live.isoformat():
        raise StateError(
            f"The models were trained as of {models.about['live']}, the live date is {live}: "
            "run the train stage again (dvc repro train)."
        )


def scores_schema(grain: GrainName) -> pa.Schema:
    """The columns of data/scores/GRAIN.parquet."""
    return pa.schema(
        [
            (GRAINS[grain].key, pa.string()),
            ("as_of", pa.date32()),
            ("anomaly", pa.float64()),
            ("probability", pa.float64()),
            ("expected_recovery_fen", pa.int64()),
            ("p_value", pa.float64()),
            ("risk", pa.float64()),
            ("rank", pa.int64()),
            ("supervised_rank", pa.int64()),
            ("label_free_rank", pa.int64()),
            ("amount_rank", pa.int64()),
            ("amount_per_peer_rank", pa.int64()),
            ("rules_rank", pa.int64()),
        ]
    )


def _scored(cohort: Cohort, models: Models, *, fusion_k: int) -> pa.Table:
    seen = look(cohort, models.forest)
    label_free = seen.rank(k=fusion_k)
    supervised: IntArray | None = None
    chance = np.full(len(cohort), np.nan)
    if models.supervised is not None:
        raw = models.supervised.score(seen)
        supervised = rank(raw)
        chance = probability(models.about["calibration"], raw)
    recovery = chance * predict_amounts(models.about["amounts"], cohort)
    trust = 0.0 if models.supervised is None else models.supervised.trust
    rule = models.about["choice"]["rule"]
    risk = final_score(label_free, supervised, trust=trust, k=fusion_k, rule=rule)
    place = rank(risk)
    columns: list[object] = [
        list(cohort.ids),
        [cohort.as_of] * len(cohort),
        _nulls(seen.anomaly),
        _nulls(chance),
        _nulls(np.round(recovery)),
        [None] * len(cohort),
        risk,
        place,
        [None] * len(cohort) if supervised is None else supervised,
        label_free,
        rank(amount_score(cohort)),
        rank(amount_per_peer_score(cohort)),
        rank(rules_score(cohort)),
    ]
    schema = scores_schema(cohort.grain)
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema).take(pa.array(np.argsort(place)))


def _nulls(values: FloatArray) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]
