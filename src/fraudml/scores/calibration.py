"""From a score to the chance that an inspection confirms a finding.

Platt's sigmoid on out-of-fold scores: two numbers, which few outcomes can bear; from 1,000 outcomes
on an isotonic curve. Where an inspection's own chance of having been drawn is known, its outcome
stands for 1/chance entities; an outcome of unknown chance stands for itself.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.utils.validation import check_array, check_consistent_length, check_is_fitted

from fraudml.scores.arrays import FloatArray, IntArray

MIN_OUTCOMES = 10
ISOTONIC_FROM = 1_000  # outcomes; below, a step curve follows its own noise
_RIDGE = 1e-3
_STEPS = 100
Method = Literal["auto", "platt", "beta", "isotonic"]


class OutcomeCalibrator(BaseEstimator):  # type: ignore[misc]
    """A monotone curve from out-of-fold scores to probabilities.

    method  platt: a sigmoid (Platt 1999, smoothed targets); beta: three numbers, for curves that a
            sigmoid cannot bend to (Kull, Silva Filho & Flach 2017), on the score's own sigmoid;
            isotonic: pooled adjacent violators, kept away from 0 and 1 by what n can show;
            auto: isotonic from 1,000 outcomes on, else platt

    ``fit(score, y, sample_weight)``: score (n,), y (n,) 0 or 1, weight 1 / chance of inspection.
    """

    def __init__(self, method: Method = "auto") -> None:
        self.method = method

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Fit the curve; a score that does not order the outcomes gives a flat or falling one."""
        score = _one_column(X)
        result = check_array(y, ensure_2d=False, dtype=np.float64)
        check_consistent_length(score, result)
        weight = np.ones(len(score)) if sample_weight is None else _one_column(sample_weight)
        check_consistent_length(score, weight)
        confirmed = (result > result.min()).astype(np.int64) if np.ptp(result) > 0 else result > 0
        self.method_ = self.method
        if self.method == "auto":
            self.method_ = "isotonic" if len(score) >= ISOTONIC_FROM else "platt"
        share = weight * (len(weight) / weight.sum())
        fitted = {"platt": _platt, "beta": _beta, "isotonic": _isotonic}[self.method_]
        self.curve_ = fitted(score, np.asarray(confirmed, dtype=np.int64), share)
        return self

    def predict(self, X: Any) -> FloatArray:  # noqa: N803
        """(n,) probabilities."""
        check_is_fitted(self)
        return probability({"method": self.method_, **self.curve_}, _one_column(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags


def fit_calibration(score: FloatArray, confirmed: IntArray, weight: FloatArray) -> dict[str, Any]:
    """The curve's numbers for model.json, or the sentence that says why there are none.

    score      (n,) out-of-fold, log-odds-like; confirmed (n,) 0 or 1; weight (n,) positive
    returns    method (null without a calibration), the curve's numbers, outcomes, confirmed,
    sentence. slope and intercept are always the sigmoid's, null without one.
    """
    found = int(confirmed.sum())
    about = {"outcomes": len(confirmed), "confirmed": found, **NO_CURVE}
    if found < MIN_OUTCOMES or len(confirmed) - found < MIN_OUTCOMES:
        return about | {
            "sentence": f"{found:,} confirmed and {len(confirmed) - found:,} cleared outcomes: "
            f"{MIN_OUTCOMES} of each are needed before a score can be read as a probability."
        }
    sigmoid = OutcomeCalibrator("platt").fit(score, confirmed, weight).curve_
    if not sigmoid["slope"] > 0:
        return about | {
            "sentence": f"Out of fold, the scores do not order the {len(confirmed):,} outcomes: "
            "no probability is given."
        }
    chosen = OutcomeCalibrator().fit(score, confirmed, weight)
    named = {"platt": "Platt-calibrated", "isotonic": "isotonic"}[chosen.method_]
    return about | {
        **sigmoid,
        **chosen.curve_,
        "method": chosen.method_,
        "sentence": f"Probabilities are {named} on {len(confirmed):,} out-of-fold "
        f"outcomes, {found:,} confirmed; an outcome of unknown chance stands for itself only.",
    }


NO_CURVE: dict[str, Any] = {"method": None, "slope": None, "intercept": None}


def probability(calibration: Mapping[str, Any], score: FloatArray) -> FloatArray:
    """(n,) calibrated chances; nan without a calibration or a score."""
    method = calibration["method"]
    if method is None:
        return np.full(len(score), np.nan)
    if method == "platt":
        return _sigmoid(calibration["slope"] * score + calibration["intercept"])
    if method == "beta":
        columns = _beta_columns(score, calibration["middle"], calibration["width"])
        return _sigmoid(columns @ np.array(calibration["weights"]) + calibration["constant"])
    knots, values = np.array(calibration["knots"]), np.array(calibration["values"])
    return np.where(np.isnan(score), np.nan, np.interp(score, knots, values))


def _one_column(values: Any) -> FloatArray:
    column = check_array(values, ensure_2d=False, dtype=np.float64)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise ValueError(f"A calibrator takes one score a row, found {column.shape[1]} columns.")
    return np.asarray(column, dtype=np.float64)


def _platt(score: FloatArray, confirmed: IntArray, weight: FloatArray) -> dict[str, Any]:
    middle, spread = float(np.mean(score)), float(np.std(score)) or 1.0
    beta = _newton(((score - middle) / spread)[:, None], _targets(confirmed), weight)
    slope = float(beta[0]) / spread
    return {"slope": slope, "intercept": float(beta[1]) - slope * middle}


def _beta(score: FloatArray, confirmed: IntArray, weight: FloatArray) -> dict[str, Any]:
    """Logistic regression on log s and -log(1 - s); a falling one of the two is left out."""
    middle, width = float(np.median(score)), float(np.std(score)) or 1.0
    columns = _beta_columns(score, middle, width)
    keep = [0, 1]
    beta = _newton(columns, _targets(confirmed), weight)
    if (beta[:2] < 0).any():
        keep = [int(np.argmax(beta[:2]))]
        beta = _newton(columns[:, keep], _targets(confirmed), weight)
    weights = [0.0, 0.0]
    for place, value in zip(keep, beta[:-1], strict=True):
        weights[place] = float(value)
    return {"middle": middle, "width": width, "weights": weights, "constant": float(beta[-1])}


def _beta_columns(score: FloatArray, middle: float, width: float) -> FloatArray:
    x = (score - middle) / width
    return np.column_stack([-np.logaddexp(0.0, -x), np.logaddexp(0.0, x)])


def _isotonic(score: FloatArray, confirmed: IntArray, weight: FloatArray) -> dict[str, Any]:
    low = 1.0 / (len(score) + 2.0)
    curve = IsotonicRegression(y_min=low, y_max=1.0 - low, out_of_bounds="clip")
    curve.fit(score, confirmed.astype(np.float64), sample_weight=weight)
    return {"knots": curve.X_thresholds_.tolist(), "values": curve.y_thresholds_.tolist()}


def _targets(confirmed: IntArray) -> FloatArray:
    found, cleared = confirmed.sum(), len(confirmed) - confirmed.sum()
    high, low = (found + 1.0) / (found + 2.0), 1.0 / (cleared + 2.0)
    return np.asarray(np.where(confirmed == 1, high, low), dtype=np.float64)


def _newton(columns: FloatArray, target: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted logistic regression, the constant last (Lin, Lin & Weng 2007)."""
    design = np.column_stack([columns, np.ones(len(columns))])
    beta = np.zeros(design.shape[1])
    ridge = _RIDGE * np.eye(len(beta))
    for _ in range(_STEPS):
        chance = _sigmoid(design @ beta)
        gradient = design.T @ (weight * (target - chance)) - _RIDGE * beta
        bend = weight * np.maximum(chance * (1.0 - chance), 1e-6)
        step = np.linalg.solve((design * bend[:, None]).T @ design + ridge, gradient)
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.max(np.abs(step)) < 1e-10:
            break
    return beta


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -500.0, 500.0))), dtype=np.float64)
