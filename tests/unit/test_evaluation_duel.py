"""A challenger passes where past inspections exclude a loss, and nowhere else."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from fraudml.errors import StateError
from fraudml.evaluation.duel import duel
from fraudml.params import EvaluateParams
from fraudml.scores.backtest import backtest_schema

PARAMS = EvaluateParams(k=(10,), bootstrap=200, seed=1)
N = 200


def backtest(sure: float, *, n: int = N, known: int = N, model: str = "fused") -> pa.Table:
    """One cut: a quarter confirmed, their scores higher by ``sure`` spreads."""
    rng = np.random.default_rng(5)
    label = np.arange(n) % 4 == 0
    score = rng.normal(size=n) + sure * label
    order = np.argsort(-score)
    rows = {
        "provider_id": [f"P{i:04d}" for i in order],
        "as_of": [date(2025, 6, 30)] * n,
        "scheme": ["walk_back"] * n,
        "repeat": [0] * n,
        "split": [0] * n,
        "model": [model] * n,
        "score": score[order],
        "rank": np.arange(1, n + 1),
        "label": [int(label[i]) if i < known else None for i in order],
        "amount_confirmed_fen": [None] * n,
        "chance": [None] * n,
        "arm": ["risk"] * n,
    }
    return pa.table(rows, schema=backtest_schema("provider"))


def judge(one: pa.Table, other: pa.Table, margin: float = 0.05):
    return duel("provider", (one, "fused"), (other, "fused"), PARAMS, margin=margin)


def test_a_better_challenger_passes_and_says_by_how_much():
    verdict = judge(backtest(2.0), backtest(0.5))
    assert verdict.passed and verdict.difference["low"] > 0
    assert verdict.sentence.startswith("+0.") and "no loss beyond 0.05" in verdict.sentence


def test_the_same_order_passes():
    verdict = judge(backtest(1.0), backtest(1.0), margin=0.0)
    assert verdict.passed and verdict.difference["value"] == 0.0


def test_a_worse_challenger_does_not_pass():
    verdict = judge(backtest(0.5), backtest(2.0))
    assert not verdict.passed and "a loss beyond 0.05" in verdict.sentence


def test_a_loss_within_the_margin_is_risked_and_no_more():
    one, other = backtest(1.0), backtest(1.1)
    low = judge(one, other).difference["low"]
    assert low < 0
    assert judge(one, other, margin=-low + 0.001).passed
    assert not judge(one, other, margin=-low - 0.001).passed


def test_too_few_outcomes_judge_nobody():
    verdict = judge(backtest(2.0, known=8), backtest(0.5, known=8))
    assert not verdict.passed and verdict.sentence.startswith("Not judged: only 2 confirmed")


def test_no_outcome_at_all_judges_nobody():
    verdict = judge(backtest(2.0, known=0), backtest(0.5, known=0))
    assert not verdict.passed and "none of the entities ranked was inspected" in verdict.sentence


def test_backtests_of_other_splits_are_refused():
    with pytest.raises(StateError, match="not ranked on the same splits"):
        judge(backtest(2.0), backtest(0.5, n=100, known=100))
