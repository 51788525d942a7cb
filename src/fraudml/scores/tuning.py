"""Hyper-parameters searched under the splits that judge, and taken only where clearly better."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import optuna
from scipy.stats import t
from sklearn.metrics import average_precision_score

from fraudml.scores.arrays import FloatArray
from fraudml.scores.backtest import Ranking, repeats_of
from fraudml.scores.settings import HOUSE, Settings

Judge = Callable[[Settings], Sequence[Ranking]]
MIN_SPLITS = 3
_LEVEL = 0.05


def tune(judge: Judge, *, trials: int, seed: int) -> tuple[Settings, dict[str, Any]]:
    """The settings to use, and what was tried: the house's unless another is clearly better.

    judge   ranks every split with the given settings; the value of a trial is the mean average
            precision of the supervised score among the inspected
    The best of many trials looks better than it is. It is taken only if its gain over the house's
    settings, paired by split, is beyond luck for the best of so many: Student's t at 5 % divided by
    the trials, repeats of the same outcomes counted once. The report says so either way. The search
    is Optuna's TPE from a fixed seed: the same outcomes give the same settings.
    """
    if trials == 0:
        return HOUSE, _report(
            HOUSE, 0, "Hyper-parameters are the house's own: no search was asked."
        )
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)
    )
    study.enqueue_trial(asdict(HOUSE))
    seen: dict[int, FloatArray] = {}
    repeats = 1

    def value(trial: optuna.Trial) -> float:
        nonlocal repeats
        rankings = judge(_suggested(trial))
        repeats, seen[trial.number] = repeats_of(rankings), _values(rankings)
        return float(np.mean(seen[trial.number])) if len(seen[trial.number]) else 0.0

    study.optimize(value, n_trials=trials)
    best = study.best_trial
    gain = seen[best.number] - seen[0]
    needed = MIN_SPLITS * repeats
    if len(gain) < needed or best.number == 0:
        few = f"{len(gain)} splits can judge, {needed} are needed"
        why = few if len(gain) < needed else "none did better"
        return HOUSE, _report(HOUSE, trials, f"Hyper-parameters are the house's own: {why}.")
    own = len(gain) // repeats
    error = float(gain.std(ddof=1)) / float(np.sqrt(own))
    luck = float(t.ppf(1.0 - _LEVEL / trials, own - 1)) * error
    said = f"{float(gain.mean()):+.3f} average precision over {len(gain)} splits, luck {luck:.3f}"
    if gain.mean() > max(luck, 0.0):
        found = Settings(**best.params)
        return found, _report(found, trials, f"Hyper-parameters found by {trials} trials: {said}.")
    return HOUSE, _report(
        HOUSE, trials, f"Hyper-parameters are the house's own: the best of {trials} trials gave "
        f"{said}: no more than luck.",
    )  # fmt: skip


def _report(settings: Settings, trials: int, sentence: str) -> dict[str, Any]:
    return {"trials": trials, "settings": asdict(settings), "sentence": sentence}


def _suggested(trial: optuna.Trial) -> Settings:
    return Settings(
        rounds_share=trial.suggest_float("rounds_share", 0.25, 4.0, log=True),
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.1, log=True),
        leaves=trial.suggest_int("leaves", 3, 31),
        l2=trial.suggest_float("l2", 0.1, 100.0, log=True),
        averaged_leaves=trial.suggest_int("averaged_leaves", 7, 127, log=True),
        negatives_per_confirmed=trial.suggest_float("negatives_per_confirmed", 1.0, 10.0, log=True),
        boosted_share=trial.suggest_float("boosted_share", 0.0, 1.0),
        linear_share=trial.suggest_float("linear_share", 0.0, 1.0),
    )


def _values(rankings: Sequence[Ranking]) -> FloatArray:
    """Average precision of the supervised score among the inspected of every split that has one."""
    values = []
    for ranking in rankings:
        if "lightgbm" not in ranking.scores:
            continue
        pairs = [
            (ranking.found[entity].confirmed, score)
            for row, score in zip(ranking.rows, ranking.scores["lightgbm"], strict=True)
            if (entity := ranking.seen.cohort.ids[row]) in ranking.found and not np.isnan(score)
        ]
        label = [confirmed for confirmed, _ in pairs]
        if any(label) and not all(label):
            values.append(average_precision_score(label, [score for _, score in pairs]))
    return np.array(values, dtype=np.float64)
