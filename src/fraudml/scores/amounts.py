"""How much an inspection that confirms something would confirm, in fen."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    check_non_negative,
    validate_data,
)

from fraudml.scores.arrays import FloatArray
from fraudml.scores.cohort import AMOUNT, Cohort
from fraudml.scores.outcomes import Outcome

MIN_AMOUNTS = 10
SHRINK = 30.0


class AmountModel(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Confirmed amount from the amount paid: log-linear, its slope shrunk toward proportion.

    A slope of 1 is a fixed share of what was paid (the median ratio); with n amounts the fitted
    slope counts n / (n + shrink). Scaled at the end so that predicted and confirmed totals agree,
    with those of whom nothing was to be paid back, and never more than what was paid.

    paid   the column of X that holds what was paid; the others are not looked at
    """

    def __init__(self, paid: int = 0, *, shrink: float = SHRINK) -> None:
        self.paid = paid
        self.shrink = shrink

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn from who was paid something; an amount of 0 counts into the scale alone."""
        matrix, found = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        check_non_negative(matrix, "AmountModel.fit")
        weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64)
        paid = matrix[:, self.paid]
        known = (paid > 0) & (weight > 0)
        use = known & (found > 0)
        if not use.any():
            raise ValueError("No row has an amount paid and an amount confirmed above 0.")
        self.amounts_ = int(use.sum())
        self._line(np.log(paid[use]), np.log(found[use]), weight[use])
        expected = np.exp(self.intercept_ + self.slope_ * np.log(paid[known]))
        self.scale_ = float((weight[known] @ found[known]) / (weight[known] @ expected))
        return self

    @classmethod
    def of(cls, slope: float, intercept: float, scale: float) -> Self:
        """A model of numbers that were kept; it predicts from tables of one column."""
        model = cls()
        model.slope_, model.intercept_, model.scale_ = slope, intercept, scale
        model.n_features_in_ = 1
        return model

    def predict(self, X: Any) -> FloatArray:  # noqa: N803
        """(n,) the amount if confirmed; 0 where nothing was paid."""
        check_is_fitted(self)
        paid = validate_data(self, X, reset=False, dtype=np.float64)[:, self.paid]
        known = np.maximum(paid, 0.0)
        with np.errstate(divide="ignore"):
            amount = self.scale_ * np.exp(self.intercept_ + self.slope_ * np.log(known))
        return np.asarray(np.minimum(amount, known), dtype=np.float64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.target_tags.positive_only = True
        tags.regressor_tags.poor_score = True
        return tags

    def _line(self, x: FloatArray, y: FloatArray, weight: FloatArray) -> None:
        centred = x - np.average(x, weights=weight)
        spread = float(weight @ centred**2)
        fitted = float(weight @ (centred * (y - np.average(y, weights=weight))))
        slope = fitted / spread if spread > 1e-12 else 1.0
        self.slope_ = 1.0 + (len(x) / (len(x) + self.shrink)) * (slope - 1.0)
        self.intercept_ = _median(y - self.slope_ * x, weight)


def _median(values: FloatArray, weight: FloatArray) -> float:
    if np.ptp(weight) == 0:
        return float(np.median(values))
    order = np.argsort(values, kind="stable")
    half = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2.0)
    return float(values[order][half])


def fit_amounts(known: Sequence[Outcome], cohorts: Mapping[Any, Cohort]) -> dict[str, Any]:
    """The amount model of a grain's confirmed outcomes, as numbers for model.json.

    An amount of 0 is known, one that did not come in is not.
    returns  slope, intercept, scale (null where amounts above 0 are too few), amounts, sentence
    """
    pairs = [
        (paid, outcome.amount_confirmed_fen)
        for outcome in known
        if outcome.confirmed and outcome.amount_confirmed_fen is not None
        if (paid := _paid(outcome, cohorts)) > 0
    ]
    nothing = sum(found == 0 for _, found in pairs)
    if len(pairs) - nothing < MIN_AMOUNTS:
        return {
            "slope": None,
            "intercept": None,
            "scale": None,
            "amounts": len(pairs),
            "sentence": f"{len(pairs) - nothing:,} confirmed amounts: {MIN_AMOUNTS} are needed "
            "before a recovery can be expected.",
        }
    paid_fen, found_fen = np.array(pairs, dtype=np.float64).T
    model = AmountModel().fit(paid_fen[:, None], found_fen)
    return {
        "slope": model.slope_,
        "intercept": model.intercept_,
        "scale": model.scale_,
        "amounts": len(pairs),
        "sentence": f"Amounts are predicted from {AMOUNT} by a log-linear model of "
        f"{len(pairs):,} confirmed amounts{_of_these(nothing)}, its slope shrunk toward a fixed "
        "share.",
    }


def _of_these(nothing: int) -> str:
    return f" ({nothing:,} of them nothing)" if nothing else ""


def predict_amounts(model: Mapping[str, Any], cohort: Cohort) -> FloatArray:
    """(n,) fen if confirmed; nan where nothing was paid, not assessed, or no model."""
    place = cohort.column(AMOUNT)
    if model["slope"] is None or place is None:
        return np.full(len(cohort), np.nan)
    paid = cohort.raw[:, place]
    fitted = AmountModel.of(model["slope"], model["intercept"], model["scale"])
    fen = np.full(len(cohort), np.nan)
    some = paid > 0
    if some.any():
        fen[some] = fitted.predict(paid[some, None])
    return fen


def _paid(outcome: Outcome, cohorts: Mapping[Any, Cohort]) -> float:
    cohort = cohorts.get(outcome.as_of)
    place = None if cohort is None else cohort.column(AMOUNT)
    row = None if cohort is None else cohort.places().get(outcome.entity)
    if cohort is None or place is None or row is None:
        return 0.0
    return float(np.nan_to_num(cohort.raw[row, place], nan=0.0))
