"""How much an inspection that confirms something would confirm, in fen."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fraudml.scores.cohort import AMOUNT, Cohort, FloatArray
from fraudml.scores.outcomes import Outcome

MIN_AMOUNTS = 10
_SHRINK = 30.0


def fit_amounts(known: Sequence[Outcome], cohorts: Mapping[Any, Cohort]) -> dict[str, Any]:
    """Confirmed amount from the amount paid: log-linear, its slope shrunk toward proportion.

    A slope of 1 is a fixed share of what was paid (the median ratio); with n amounts the fitted
    slope counts n / (n + 30). Scaled at the end so that predicted and confirmed totals agree.
    returns  slope, intercept, scale (null where amounts are too few), amounts, sentence
    """
    pairs = [
        (paid, outcome.amount_confirmed_fen)
        for outcome in known
        if outcome.confirmed and outcome.amount_confirmed_fen
        if (paid := _paid(outcome, cohorts)) > 0
    ]
    if len(pairs) < MIN_AMOUNTS:
        return {
            "slope": None,
            "intercept": None,
            "scale": None,
            "amounts": len(pairs),
            "sentence": f"{len(pairs):,} confirmed amounts: {MIN_AMOUNTS} are needed before a "
            "recovery can be expected.",
        }
    paid_fen, found_fen = np.array(pairs, dtype=np.float64).T
    slope, intercept = _line(np.log(paid_fen), np.log(found_fen))
    scale = float(found_fen.sum() / np.exp(intercept + slope * np.log(paid_fen)).sum())
    return {
        "slope": slope,
        "intercept": intercept,
        "scale": scale,
        "amounts": len(pairs),
        "sentence": f"Amounts are predicted from {AMOUNT} by a log-linear model of "
        f"{len(pairs):,} confirmed amounts, its slope shrunk toward a fixed share.",
    }


def predict_amounts(model: Mapping[str, Any], cohort: Cohort) -> FloatArray:
    """(n,) fen if confirmed; nan where nothing was paid, not assessed, or no model."""
    place = cohort.column(AMOUNT)
    if model["slope"] is None or place is None:
        return np.full(len(cohort), np.nan)
    paid = cohort.raw[:, place]
    known = np.where(paid > 0, paid, np.nan)
    fen = model["scale"] * np.exp(model["intercept"] + model["slope"] * np.log(known))
    return np.asarray(np.minimum(fen, known), dtype=np.float64)


def _paid(outcome: Outcome, cohorts: Mapping[Any, Cohort]) -> float:
    cohort = cohorts.get(outcome.as_of)
    place = None if cohort is None else cohort.column(AMOUNT)
    row = None if cohort is None else cohort.places().get(outcome.entity)
    if cohort is None or place is None or row is None:
        return 0.0
    return float(np.nan_to_num(cohort.raw[row, place], nan=0.0))


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    centred = x - x.mean()
    spread = float(centred @ centred)
    fitted = float(centred @ (y - y.mean())) / spread if spread > 0 else 1.0
    slope = 1.0 + (len(x) / (len(x) + _SHRINK)) * (fitted - 1.0)
    return slope, float(np.median(y - slope * x))
