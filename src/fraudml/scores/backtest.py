"""What every model would have ranked in the past, beside what inspections then found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.params import TrainParams
from fraudml.scores.baselines import amount_per_peer_score, amount_score, random_score
from fraudml.scores.boosted import Supervised, fit_supervised, lessons, why_none
from fraudml.scores.cohort import FloatArray, IntArray
from fraudml.scores.fusion import final_score, rank
from fraudml.scores.labelfree import LabelFree
from fraudml.scores.outcomes import Outcome, one_per_entity
from fraudml.scores.splits import Cut, Fold

Seen = Mapping[object, LabelFree]


@dataclass(frozen=True)
class Ranking:
    """What all models say about some rows of one cohort in one split."""

    seen: LabelFree
    rows: IntArray
    scheme: str
    repeat: int
    split: int
    scores: dict[str, FloatArray]
    found: dict[str, Outcome]


def learn(
    known: Sequence[Outcome],
    seen: Seen,
    params: TrainParams,
    *,
    held_out: frozenset[str] = frozenset(),
) -> Supervised | str:
    """A supervised model from these outcomes, or the sentence that says why there is none.

    With some held out, as many confirmed are enough as a fold leaves of train.min_confirmed.
    """
    taught = lessons(known, seen, held_out=held_out)
    enough = params.min_confirmed
    if held_out:
        enough = enough * (params.folds - 1) // params.folds
    return why_none(taught, enough=enough) or fit_supervised(taught, params)


def rank_back_in_time(
    steps: Iterable[Cut], seen: Seen, params: TrainParams, *, fusion_k: int
) -> list[Ranking]:
    """The whole cohort at every cut, ranked by models that knew only what the cut knew."""
    rankings = []
    for step in steps:
        looked = seen[step.as_of]
        model = learn(step.known, seen, params)
        rankings.append(
            Ranking(
                seen=looked,
                rows=np.arange(len(looked.cohort), dtype=np.int64),
                scheme="walk_back",
                repeat=0,
                split=step.number,
                scores=_all_scores(looked, model, params, fusion_k=fusion_k),
                found=one_per_entity(step.found),
            )
        )
    return rankings


def rank_folds(
    parts: Iterable[Fold],
    outcomes: Sequence[Outcome],
    seen: Seen,
    params: TrainParams,
    *,
    fusion_k: int,
) -> list[Ranking]:
    """The held-out inspected entities of every fold, ranked by models that never saw them."""
    judged = one_per_entity(outcomes)
    rankings = []
    for part in parts:
        model = learn(outcomes, seen, params, held_out=part.held_out)
        days = sorted({judged[entity].as_of for entity in part.held_out})
        for day in days:
            found = {e: judged[e] for e in part.held_out if judged[e].as_of == day}
            places = seen[day].cohort.places()
            rows = np.array(sorted(places[entity] for entity in found), dtype=np.int64)
            rankings.append(
                Ranking(
                    seen=seen[day],
                    rows=rows,
                    scheme="folds",
                    repeat=part.repeat,
                    split=part.number,
                    scores=_all_scores(seen[day], model, params, fusion_k=fusion_k, rows=rows),
                    found=found,
                )
            )
    return rankings


def _all_scores(
    seen: LabelFree,
    model: Supervised | str,
    params: TrainParams,
    *,
    fusion_k: int,
    rows: IntArray | None = None,
) -> dict[str, FloatArray]:
    pick = np.arange(len(seen.cohort)) if rows is None else rows
    scores = {
        "random": random_score(seen.cohort, seed=params.seed)[pick],
        "amount": amount_score(seen.cohort)[pick],
        "amount_per_peer": amount_per_peer_score(seen.cohort)[pick],
        "forest": seen.forest[pick],
        "tail": seen.tail[pick],
    }
    label_free = rank(-seen.rank(k=fusion_k)[pick].astype(np.float64))
    supervised, trust = None, 0.0
    if isinstance(model, Supervised):
        scores["lightgbm"] = model.score(seen, pick)
        supervised, trust = rank(scores["lightgbm"]), model.trust
    scores["fused"] = final_score(label_free, supervised, trust=trust, k=fusion_k)
    return scores


def backtest_schema(grain: GrainName) -> pa.Schema:
    """The columns of data/backtest/GRAIN.parquet."""
    return pa.schema(
        [
            (GRAINS[grain].key, pa.string()),
            ("as_of", pa.date32()),
            ("scheme", pa.string()),
            ("repeat", pa.int64()),
            ("split", pa.int64()),
            ("model", pa.string()),
            ("score", pa.float64()),
            ("rank", pa.int64()),
            ("label", pa.int8()),
            ("amount_confirmed_fen", pa.int64()),
            ("chance", pa.float64()),
            ("arm", pa.string()),
        ]
    )


def backtest_table(grain: GrainName, rankings: Iterable[Ranking]) -> pa.Table:
    """All rankings, long: one row per entity, split and model; label null where not inspected."""
    schema = backtest_schema(grain)
    tables = [
        _rows(ranking, model, score, schema)
        for ranking in rankings
        for model, score in ranking.scores.items()
    ]
    return pa.concat_tables([schema.empty_table(), *tables])


def _rows(ranking: Ranking, model: str, score: FloatArray, schema: pa.Schema) -> pa.Table:
    order = np.argsort(rank(score), kind="stable")
    cohort = ranking.seen.cohort
    ids = [cohort.ids[row] for row in ranking.rows[order]]
    found = [ranking.found.get(entity) for entity in ids]
    n = len(ids)
    columns: list[object] = [
        ids,
        [cohort.as_of] * n,
        [ranking.scheme] * n,
        [ranking.repeat] * n,
        [ranking.split] * n,
        [model] * n,
        pa.array(score[order], from_pandas=True),
        np.arange(1, n + 1),
        [None if o is None else int(o.confirmed) for o in found],
        [None if o is None else o.amount_confirmed_fen for o in found],
        [None if o is None else o.chance for o in found],
        [None if o is None else o.arm for o in found],
    ]
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def out_of_fold(
    rankings: Iterable[Ranking],
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Scores, results and weights (1/chance where known, else 1) of the held-out outcomes."""
    scores, results, weights = [], [], []
    for ranking in rankings:
        if "lightgbm" not in ranking.scores:
            continue
        for row, score in zip(ranking.rows, ranking.scores["lightgbm"], strict=True):
            outcome = ranking.found[ranking.seen.cohort.ids[row]]
            if np.isnan(score):
                continue
            scores.append(float(score))
            results.append(int(outcome.confirmed))
            weights.append(1.0 / outcome.chance if outcome.chance else 1.0)
    return np.array(scores), np.array(results, dtype=np.int64), np.array(weights)


def dates_needed(outcomes: Iterable[Outcome], live: date) -> set[date]:
    """The as-of dates whose cohorts training looks at."""
    return {live} | {outcome.as_of for outcome in outcomes}
