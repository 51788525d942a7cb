"""From a score to the chance that an inspection confirms a finding.

Platt's sigmoid on out-of-fold scores: two numbers, which few outcomes can bear. Where an
inspection's own chance of having been drawn is known, its outcome stands for 1/chance entities;
an outcome of unknown chance stands for itself.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fraudml.scores.cohort import FloatArray, IntArray

MIN_OUTCOMES = 10
_RIDGE = 1e-3
_STEPS = 100


def fit_platt(score: FloatArray, confirmed: IntArray, weight: FloatArray) -> dict[str, Any]:
    """The sigmoid's two numbers, or the sentence that says why there are none.

    score      (n,) out-of-fold, log-odds-like; confirmed (n,) 0 or 1; weight (n,) positive
    returns    slope, intercept (null without a calibration), outcomes, confirmed, sentence
    Source: Platt 1999 with his smoothed targets; Newton's method (Lin, Lin & Weng 2007).
    """
    found = int(confirmed.sum())
    about = {"outcomes": len(confirmed), "confirmed": found, "slope": None, "intercept": None}
    if found < MIN_OUTCOMES or len(confirmed) - found < MIN_OUTCOMES:
        return about | {
            "sentence": f"{found:,} confirmed and {len(confirmed) - found:,} cleared outcomes: "
            f"{MIN_OUTCOMES} of each are needed before a score can be read as a probability."
        }
    slope, intercept = _newton(score, _targets(confirmed), weight * (len(weight) / weight.sum()))
    if not slope > 0:
        return about | {
            "sentence": f"Out of fold, the scores do not order the {len(confirmed):,} outcomes: "
            "no probability is given."
        }
    return about | {
        "slope": slope,
        "intercept": intercept,
        "sentence": f"Probabilities are Platt-calibrated on {len(confirmed):,} out-of-fold "
        f"outcomes, {found:,} confirmed; an outcome of unknown chance stands for itself only.",
    }


def probability(calibration: Mapping[str, Any], score: FloatArray) -> FloatArray:
    """(n,) calibrated chances; nan without a calibration."""
    if calibration["slope"] is None:
        return np.full(len(score), np.nan)
    return _sigmoid(calibration["slope"] * score + calibration["intercept"])


def _targets(confirmed: IntArray) -> FloatArray:
    found, cleared = confirmed.sum(), len(confirmed) - confirmed.sum()
    high, low = (found + 1.0) / (found + 2.0), 1.0 / (cleared + 2.0)
    return np.asarray(np.where(confirmed == 1, high, low), dtype=np.float64)


def _newton(score: FloatArray, target: FloatArray, weight: FloatArray) -> tuple[float, float]:
    middle, spread = float(np.mean(score)), float(np.std(score)) or 1.0
    design = np.column_stack([(score - middle) / spread, np.ones(len(score))])
    beta = np.zeros(2)
    for _ in range(_STEPS):
        chance = _sigmoid(design @ beta)
        gradient = design.T @ (weight * (target - chance)) - _RIDGE * beta
        bend = weight * np.maximum(chance * (1.0 - chance), 1e-6)
        step = np.linalg.solve((design * bend[:, None]).T @ design + _RIDGE * np.eye(2), gradient)
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.max(np.abs(step)) < 1e-10:
            break
    slope = float(beta[0]) / spread
    return slope, float(beta[1]) - slope * middle


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -500.0, 500.0))), dtype=np.float64)
