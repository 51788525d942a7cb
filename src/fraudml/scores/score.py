"""Everybody ranked as of the live date."""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.errors import StateError
from fraudml.params import ScoreParams
from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.calibration import probability
from fraudml.scores.cohort import cohorts
from fraudml.scores.fusion import final_score, rank
from fraudml.scores.labelfree import distance_rank, fused_rank
from fraudml.scores.measure import Everybody, measure, supervise, survey
from fraudml.scores.members import BATCH_ROWS, InFiles, InMemory, Members, Without
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
    return _scored(InMemory(found[live]), models, fusion_k=params.fusion_k)


def score_files(
    grain: GrainName,
    features: Path,
    peers: Path,
    models_dir: Path,
    params: ScoreParams,
    *,
    live: date,
    batch_rows: int = BATCH_ROWS,
    without: Mapping[str, Collection[str]] | None = None,
) -> pa.Table:
    """The same of tables in files, read in batches: the matrix of all features never is in memory.

    features, peers  data/features/GRAIN.parquet and data/features/peers/GRAIN.parquet
    batch_rows       read at once; changes no byte of the result
    without          by entity features that count as not assessed: how it would rank without them
    What grows with the entities are the columns of the result, about 300 bytes each of them.
    """
    models = read_models(models_dir)
    _same_date(models, live)
    members: Members = InFiles(grain, live, features, peers, batch_rows)
    if without:
        members = Without(members, without)
    return _scored(members, models, fusion_k=params.fusion_k)


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
            ("distance_rank", pa.int64()),
            ("amount_rank", pa.int64()),
            ("amount_per_peer_rank", pa.int64()),
            ("rules_rank", pa.int64()),
        ]
    )


def _scored(members: Members, models: Models, *, fusion_k: int) -> pa.Table:
    everybody, ground = survey(members)
    if not len(everybody.ids):
        return scores_schema(members.grain).empty_table()
    seen = measure(members, everybody, ground, models)
    label_free = fused_rank(
        members.grain, seen.label_free, seen.rules, seen.size, seen.widest, k=fusion_k
    )
    supervised: IntArray | None = None
    chance = np.full(len(label_free), np.nan)
    if models.supervised is not None:
        raw = supervise(members, everybody, models.supervised, seen)
        supervised = rank(raw)
        chance = probability(models.about["calibration"], raw)
    trust = 0.0 if models.supervised is None else models.supervised.trust
    rule = models.about["choice"]["rule"]
    risk = final_score(label_free, supervised, trust=trust, k=fusion_k, rule=rule)
    place = rank(risk)
    columns: dict[str, FloatArray | IntArray | None] = {
        "anomaly": seen.anomaly,
        "probability": chance,
        "expected_recovery_fen": np.round(chance * seen.amount_if_confirmed),
        "p_value": None,
        "risk": risk,
        "rank": place,
        "supervised_rank": supervised,
        "label_free_rank": label_free,
        "distance_rank": distance_rank(seen.label_free, k=fusion_k),
        "amount_rank": rank(seen.amount),
        "amount_per_peer_rank": rank(seen.amount_per_peer),
        "rules_rank": rank(seen.rules.score),
    }
    return _table(members, everybody, columns, np.argsort(place, kind="stable"))


def _table(
    members: Members,
    everybody: Everybody,
    columns: Mapping[str, FloatArray | IntArray | None],
    first: IntArray,
) -> pa.Table:
    """The columns, in the order of the hashes of the ids, as a table in the order of the ranks."""
    schema, n = scores_schema(members.grain), len(first)
    arrays: list[pa.Array] = [
        everybody.ids.take(pa.array(everybody.order[first])),
        pa.repeat(pa.scalar(members.as_of, pa.date32()), n),
    ]
    for field in list(schema)[2:]:
        values = columns[field.name]
        if values is None:
            arrays.append(pa.nulls(n, field.type))
        else:
            arrays.append(pa.array(values[first], from_pandas=True).cast(field.type))
    return pa.table(arrays, schema=schema)
