"""What every model would have ranked in the past, beside what inspections then found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from fraudml.entities import GRAINS, GrainName
from fraudml.params import TrainParams
from fraudml.scores.arrays import FloatArray, IntArray
from fraudml.scores.baselines import (
    amount_per_peer_score,
    amount_score,
    random_score,
)
from fraudml.scores.boosted import Supervised, fit_supervised, lessons, why_none
from fraudml.scores.fusion import final_score, rank
from fraudml.scores.labelfree import LabelFree
from fraudml.scores.outcomes import Outcome, one_per_entity
from fraudml.scores.rule_lists import rules_score
from fraudml.scores.settings import HOUSE, Settings
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
    settings: Settings = HOUSE,
) -> Supervised | str:
    """A supervised model from these outcomes, or the sentence that says why there is none.

    With some held out, as many confirmed are enough as a fold leaves of train.min_confirmed.
    """
    taught = lessons(known, seen, held_out=held_out)
    enough = params.min_confirmed
    if held_out:
        enough = enough * (params.folds - 1) // params.folds
    return why_none(taught, enough=enough) or fit_supervised(taught, params, settings)


def rank_back_in_time(
    steps: Iterable[Cut],
    seen: Seen,
    params: TrainParams,
    *,
    fusion_k: int,
    settings: Settings = HOUSE,
) -> list[Ranking]:
    """The whole cohort at every cut, ranked by models that knew only what the cut knew."""
    rankings: list[Ranking] = []
    for step in steps:
        looked = seen[step.as_of]
        model = learn(step.known, seen, params, settings=settings)
        everybody = np.arange(len(looked.cohort), dtype=np.int64)
        scores = _single_scores(looked, model, params, everybody)
        found = one_per_entity(step.found)
        ranking = Ranking(looked, everybody, "walk_back", 0, step.number, scores, found)
        rankings += _fused_over([ranking], model, k=fusion_k)
    return rankings


def rank_folds(
    parts: Iterable[Fold],
    outcomes: Sequence[Outcome],
    seen: Seen,
    params: TrainParams,
    *,
    fusion_k: int,
    settings: Settings = HOUSE,
) -> list[Ranking]:
    """The held-out inspected entities of every fold, ranked by models that never saw them."""
    judged = one_per_entity(outcomes)
    rankings: list[Ranking] = []
    for part in parts:
        model = learn(outcomes, seen, params, held_out=part.held_out, settings=settings)
        days = sorted({judged[entity].as_of for entity in part.held_out})
        fold = [_held_out(part, day, judged, seen, params, model) for day in days]
        rankings += _fused_over(fold, model, k=fusion_k)
    return rankings


def _held_out(
    part: Fold,
    day: date,
    judged: Mapping[str, Outcome],
    seen: Seen,
    params: TrainParams,
    model: Supervised | str,
) -> Ranking:
    found = {e: judged[e] for e in part.held_out if judged[e].as_of == day}
    places = seen[day].cohort.places()
    rows = np.array(sorted(places[entity] for entity in found), dtype=np.int64)
    scores = _single_scores(seen[day], model, params, rows)
    return Ranking(seen[day], rows, "folds", part.repeat, part.number, scores, found)


def _fused_over(fold: list[Ranking], model: Supervised | str, *, k: int) -> list[Ranking]:
    """The fused score over all days of a fold at once: the first of three would else look sure.

    The label-free place is a share of the day's whole cohort, so that days can be compared.
    """
    if not fold:
        return []
    places = [r.seen.rank(k=k)[r.rows] / len(r.seen.cohort) for r in fold]
    label_free = rank(-np.concatenate(places))
    supervised, trust = None, 0.0
    if isinstance(model, Supervised):
        supervised = rank(np.concatenate([r.scores["lightgbm"] for r in fold]))
        trust = model.trust
    orders = {
        "label_free": final_score(label_free, None, trust=0.0, k=k),
        "fused": final_score(label_free, supervised, trust=trust, k=k),
    }
    ends = np.cumsum([len(r.rows) for r in fold])[:-1]
    split = {name: np.split(score, ends) for name, score in orders.items()}
    return [
        replace(r, scores=r.scores | {name: parts[number] for name, parts in split.items()})
        for number, r in enumerate(fold)
    ]


def _single_scores(
    seen: LabelFree, model: Supervised | str, params: TrainParams, rows: IntArray
) -> dict[str, FloatArray]:
    scores = {
        "random": random_score(seen.cohort, seed=params.seed)[rows],
        "amount": amount_score(seen.cohort)[rows],
        "amount_per_peer": amount_per_peer_score(seen.cohort)[rows],
        "rules": rules_score(seen.cohort)[rows],
        "forest": seen.forest[rows],
        "tail": seen.tail[rows],
        "neighbours": seen.neighbours[rows],
    }
    if isinstance(model, Supervised):
        scores["lightgbm"] = model.score(seen, rows)
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


def repeats_of(rankings: Iterable[Ranking]) -> int:
    """How often the same outcomes were split anew; 1 where they were split once.

    Two repeats say hardly more than one: an error taken over all splits would be too small by the
    root of the repeats.
    """
    return max(1, len({ranking.repeat for ranking in rankings}))


def dates_needed(outcomes: Iterable[Outcome], live: date) -> set[date]:
    """The as-of dates whose cohorts training looks at."""
    return {live} | {outcome.as_of for outcome in outcomes}
