"""Which order the list follows: chosen by its regret over the as-of dates of the past.

Regret at a split is how much average precision among the inspected an order gave away beside the
best order of that split. The fused order is the house's: it also looks where no inspector has,
which no outcome can reward, so another order must be clearly better, not just first. Vocabulary of
dssg/triage (audition: distance from best).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from fraudml.scores.arrays import FloatArray
from fraudml.scores.backtest import Ranking, repeats_of
from fraudml.scores.fusion import RULES, Rule

HOUSE_RULE: Rule = "fused"
CLEAR = 0.05  # average precision by which another order must do better than the fused one
MIN_SPLITS = 3
MIN_OUTCOMES = 5  # confirmed and cleared, of each, at a split that counts


def choose_rule(rankings: Sequence[Ranking]) -> dict[str, Any]:
    """The order of the list, its regret and everybody else's, and why, as a sentence.

    returns  rule, splits, regret (by rule: mean, worst), sentence
    """
    counted = [(ranking, value) for ranking in rankings if (value := _values(ranking))]
    values = [value for _, value in counted]
    repeats = repeats_of(ranking for ranking, _ in counted)
    if len(values) < MIN_SPLITS * repeats:
        return {
            "rule": HOUSE_RULE,
            "splits": len(values),
            "regret": {},
            "sentence": f"The list follows the fused order: {len(values)} splits hold "
            f"{MIN_OUTCOMES} confirmed and {MIN_OUTCOMES} cleared outcomes, "
            f"{MIN_SPLITS * repeats} are needed to choose another.",
        }
    table = np.array([[value[rule] for rule in RULES] for value in values])
    regret = table.max(axis=1, keepdims=True) - table
    mean = regret.mean(axis=0)
    least = int(np.argmin(mean))
    clear = mean[0] - mean[least] > CLEAR and _steady(table[:, least] - table[:, 0], repeats)
    rule = RULES[least] if clear else HOUSE_RULE
    return {
        "rule": rule,
        "splits": len(values),
        "regret": {
            name: {"mean": round(float(mean[at]), 6), "worst": round(float(regret[:, at].max()), 6)}
            for at, name in enumerate(RULES)
        },
        "sentence": _sentence(rule, RULES[least], mean, len(values)),
    }


def _steady(gain: FloatArray, repeats: int) -> bool:
    """Whether the gain is beyond two standard errors, of the spread of the splits of one repeat."""
    return float(gain.mean()) > 2.0 * float(gain.std(ddof=1)) * float(np.sqrt(repeats / len(gain)))


def _values(ranking: Ranking) -> Mapping[str, float] | None:
    """Average precision of every rule among the inspected; None where outcomes are too few."""
    ids = [ranking.seen.cohort.ids[row] for row in ranking.rows]
    known = np.array([entity in ranking.found for entity in ids])
    label = np.array([ranking.found[e].confirmed for e in ids if e in ranking.found])
    if min(label.sum(), (~label).sum()) < MIN_OUTCOMES if len(label) else True:
        return None
    without = ranking.scores["label_free"]
    orders = {rule: ranking.scores.get(rule, without)[known] for rule in RULES}
    return {
        rule: float(average_precision_score(label, np.nan_to_num(score, nan=-1e9)))
        for rule, score in orders.items()
    }


def _sentence(rule: Rule, least: Rule, mean: FloatArray, splits: int) -> str:
    given = ", ".join(f"{name} {value:.3f}" for name, value in zip(RULES, mean, strict=True))
    why = (
        "the least regret"
        if rule == least
        else f"{least} has the least regret, but not clearly (by {CLEAR}, and twice its error)"
    )
    return f"The list follows the {rule} order: {why}. Mean regret over {splits} splits: {given}."
