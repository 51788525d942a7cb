"""Fit what ranks one grain, and what it would have ranked in the past."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from fraudml.entities import GrainName
from fraudml.params import TrainParams
from fraudml.scores.amounts import fit_amounts
from fraudml.scores.backtest import (
    Ranking,
    backtest_table,
    dates_needed,
    learn,
    out_of_fold,
    rank_back_in_time,
    rank_folds,
)
from fraudml.scores.boosted import Supervised, lessons, why_none
from fraudml.scores.calibration import NO_CURVE, fit_calibration
from fraudml.scores.choice import choose_rule
from fraudml.scores.cohort import Cohort, cohorts
from fraudml.scores.forest import Forest, fit_forest
from fraudml.scores.labelfree import LabelFree, look
from fraudml.scores.model_io import Models, write_models
from fraudml.scores.outcomes import Outcome, read_outcomes
from fraudml.scores.settings import Settings
from fraudml.scores.splits import Cut, Fold, cuts, folds, why_folds
from fraudml.scores.tuning import tune

_NO_CALIBRATION = {**NO_CURVE, "outcomes": 0, "confirmed": 0}


def train_grain(
    grain: GrainName,
    features: pa.Table,
    peers: pa.Table,
    labels: pa.Table,
    params: TrainParams,
    *,
    fusion_k: int,
    live: date,
    models_out: Path,
) -> tuple[pa.Table, dict[str, Any]]:
    """Write the models of a grain to ``models_out``; return their backtest and a report.

    features, peers  data/features/GRAIN.parquet and data/features/peers/GRAIN.parquet
    labels           data/labels.parquet; only outcomes closed by the live date are looked at
    returns          data/backtest/GRAIN.parquet; a report whose ``sentence`` says what was
    learnt, from how much, and how it is judged. Holds no id.
    """
    found = read_outcomes(labels, grain, live=live)
    groups = cohorts(grain, features, peers, dates_needed(found, live))
    if live not in groups:
        return _nothing(grain, live, models_out)
    outcomes = _in_cohort(found, groups)
    seen = _Looks(groups, params)
    judge = _Judge(outcomes, seen, params, fusion_k)
    settings, tuning = judge.tuned()
    model = learn(outcomes, seen, params, settings=settings)
    rankings = judge.rankings(settings)
    about: dict[str, Any] = {
        "grain": grain,
        "live": live.isoformat(),
        "entities": len(groups[live]),
        "outcomes": len(outcomes),
        "confirmed": sum(outcome.confirmed for outcome in outcomes),
        "outcomes_outside_the_cohort": len(found) - len(outcomes),
        **judge.about(),
        "choice": choose_rule(rankings),
        "tuning": tuning,
        "calibration": _calibrate(outcomes, seen, model, rankings, params, settings),
        "amounts": fit_amounts(outcomes, groups),
    }
    about["sentence"] = _sentence(about, model)
    learnt = model if isinstance(model, Supervised) else None
    write_models(Models(seen.forest(live), learnt, about), models_out)
    return backtest_table(grain, rankings), about


class _Looks(Mapping[object, LabelFree]):
    """The label-free look at every date, made when first asked for."""

    def __init__(self, groups: Mapping[date, Cohort], params: TrainParams) -> None:
        self._groups = groups
        self._params = params
        self._forests: dict[object, Forest] = {}
        self._looks: dict[object, LabelFree] = {}

    def forest(self, day: date) -> Forest:
        if day not in self._forests:
            self._forests[day] = fit_forest(
                self._groups[day], trees=self._params.forest_trees, seed=self._params.seed
            )
        return self._forests[day]

    def __getitem__(self, day: object) -> LabelFree:
        if not isinstance(day, date):
            raise KeyError(day)
        if day not in self._looks:
            self._looks[day] = look(self._groups[day], self.forest(day))
        return self._looks[day]

    def __iter__(self) -> Iterator[object]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)


def _in_cohort(outcomes: Sequence[Outcome], groups: Mapping[date, Cohort]) -> tuple[Outcome, ...]:
    members = {day: set(cohort.ids) for day, cohort in groups.items()}
    return tuple(o for o in outcomes if o.entity in members.get(o.as_of, ()))


@dataclass(frozen=True)
class _Judge:
    """The splits by which a grain's models are judged: back in time if they can be, else folds."""

    outcomes: Sequence[Outcome]
    seen: _Looks
    params: TrainParams
    fusion_k: int

    def tuned(self) -> tuple[Settings, dict[str, Any]]:
        """Settings of the supervised model; searched only where outcomes bear one."""
        trials = self.params.trials if self.learnt else 0
        return tune(self.rankings, trials=trials, seed=self.params.seed)

    def rankings(self, settings: Settings) -> list[Ranking]:
        """What these settings would have ranked."""
        how: dict[str, Any] = {"fusion_k": self.fusion_k, "settings": settings}
        if self.reason is None:
            return rank_back_in_time(self.steps, self.seen, self.params, **how)
        return rank_folds(self.parts, self.outcomes, self.seen, self.params, **how)

    def about(self) -> dict[str, Any]:
        """Which splits, how many, and why folds if so."""
        if self.reason is None:
            return {"scheme": "walk_back", "why_folds": None, "splits": len(self.steps)}
        return {"scheme": "folds", "why_folds": self.reason, "splits": len(self.parts)}

    @cached_property
    def learnt(self) -> bool:
        """Whether the outcomes bear a supervised model."""
        taught = lessons(self.outcomes, self.seen, held_out=frozenset())
        return why_none(taught, enough=self.params.min_confirmed) is None

    @cached_property
    def steps(self) -> tuple[Cut, ...]:
        """The cuts after which something was found."""
        return cuts(self.outcomes, [day for day in self.seen if isinstance(day, date)])

    @cached_property
    def parts(self) -> tuple[Fold, ...]:
        """Repeated folds over entities."""
        p = self.params
        return folds(self.outcomes, count=p.folds, repeats=p.repeats, seed=p.seed)

    @cached_property
    def reason(self) -> str | None:
        """Why there is no walking back, or None."""
        if not self.outcomes:
            return None
        enough = self.params.min_confirmed if self.learnt else 0
        return why_folds(self.outcomes, self.steps, enough=enough)


def _calibrate(
    outcomes: Sequence[Outcome],
    seen: _Looks,
    model: Supervised | str,
    rankings: Sequence[Ranking],
    params: TrainParams,
    settings: Settings,
) -> dict[str, Any]:
    if isinstance(model, str):
        return _NO_CALIBRATION | {"sentence": model}
    held = [ranking for ranking in rankings if ranking.scheme == "folds"]
    if not held:
        parts = folds(outcomes, count=params.folds, repeats=1, seed=params.seed)
        held = rank_folds(parts, outcomes, seen, params, fusion_k=1, settings=settings)
    return fit_calibration(*out_of_fold(r for r in held if r.repeat == 0))


def _sentence(about: Mapping[str, Any], model: Supervised | str) -> str:
    if isinstance(model, str):
        return f"{model} The order is label-free, over {about['entities']:,} entities."
    cleared = about["outcomes"] - about["confirmed"]
    judged = about["why_folds"] or f"Judged back in time at {about['splits']} as-of dates."
    return (
        f"LightGBM learnt from {about['confirmed']:,} confirmed and {cleared:,} cleared outcomes "
        f"among {about['entities']:,} entities; its rank counts {model.trust:.2f} beside 1 for "
        f"the label-free one. {judged} {about['choice']['sentence']}"
    )


def _nothing(grain: GrainName, live: date, models_out: Path) -> tuple[pa.Table, dict[str, Any]]:
    sentence = f"No {grain}s as of {live}: nothing to rank."
    about: dict[str, Any] = {
        "grain": grain,
        "live": live.isoformat(),
        "entities": 0,
        "outcomes": 0,
        "confirmed": 0,
        "outcomes_outside_the_cohort": 0,
        "scheme": "walk_back",
        "why_folds": None,
        "splits": 0,
        "choice": choose_rule(()),
        "tuning": tune(lambda _: (), trials=0, seed=0)[1],
        "calibration": _NO_CALIBRATION | {"sentence": sentence},
        "amounts": fit_amounts((), {}),
        "sentence": sentence,
    }
    write_models(Models(Forest((), ""), None, about), models_out)
    return backtest_table(grain, ()), about
