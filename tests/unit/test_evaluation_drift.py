"""Drift: what moved is named, what did not is not, and the many comparisons are paid for."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import chi2

from fraudml.evaluation.drift import _step, bins, drift, marginal_p, psi, random_arm
from fraudml.outcomes.labels import LABEL_SCHEMA

OLD, LIVE = date(2025, 9, 30), date(2025, 12, 31)
NO_BACKTEST = pa.table({"scheme": pa.array([], pa.string())})
NO_LABELS = LABEL_SCHEMA.empty_table()


def features(n, columns):
    """Two dates of the same n providers; columns: name -> (values before, values now)."""
    ids = [f"P{i:04d}" for i in range(n)]
    return pa.table(
        {
            "provider_id": ids * 2,
            "as_of": pa.array([OLD] * n + [LIVE] * n, pa.date32()),
            **{name: np.concatenate(pair) for name, pair in columns.items()},
        }
    )


def moved(table, *names):
    found = drift("provider", table, NO_BACKTEST, NO_LABELS, names, live=LIVE)
    return found["features"]


def test_a_feature_that_doubled_is_named_and_one_that_wobbled_is_not():
    rng = np.random.default_rng(1)
    base = rng.lognormal(size=400)
    wobble = rng.lognormal(0, 0.3, size=(2, 400))
    columns = {"doubled": (base, 2 * base), "wobbled": (base * wobble[0], base * wobble[1])}
    table = features(400, columns)
    found = moved(table, "doubled", "wobbled")
    assert [row["feature"] for row in found["rows"]] == ["doubled"]
    assert (found["compared"], found["moved"]) == (2, 1)


def test_among_many_features_without_drift_hardly_any_fund_names_one():
    rng = np.random.default_rng(2)
    named = 0
    for _ in range(60):
        base = rng.normal(size=(40, 120))
        noise = rng.normal(size=(2, 40, 120))
        columns = {f"f{i}": (base[i] + noise[0][i], base[i] + noise[1][i]) for i in range(40)}
        named += bool(moved(features(120, columns), *columns)["rows"])
    assert named <= 8  # 5 % of 60 funds, and chance


def test_values_that_became_unknown_are_a_drift_of_their_own():
    base = np.random.default_rng(3).normal(size=200)
    now = np.where(np.arange(200) < 80, np.nan, base)
    row = moved(features(200, {"gone": (base, now)}), "gone")["rows"][0]
    assert (row["known_before"], row["known_now"]) == (1.0, 0.6)


def test_dates_that_share_too_few_entities_are_not_assessed():
    found = moved(features(20, {"one": (np.arange(20.0), np.arange(20.0))}), "one")
    assert found["assessed"] is False
    assert "50" in found["reason"]


def test_psi_of_a_shift_worked_out_by_hand():
    # (0.8 - 0.5) ln(0.8 / 0.5) + (0.2 - 0.5) ln(0.2 / 0.5), half a count added to bins of 10,000
    assert psi(np.array([5000, 5000]), np.array([8000, 2000])) == pytest.approx(0.41589, abs=1e-3)


def test_the_paired_test_of_two_bins_is_mcnemars():
    before = np.array([0] * 30 + [1] * 30)
    now = np.array([0] * 18 + [1] * 12 + [1] * 27 + [0] * 3)
    assert marginal_p(before, now) == pytest.approx(chi2.sf((12 - 3) ** 2 / 15, 1))


def test_entities_that_stay_in_their_bins_show_no_drift_however_few_the_bins():
    assert marginal_p(np.zeros(5, dtype=int), np.zeros(5, dtype=int)) == 1.0


def test_ties_and_unknown_values_get_bins_of_their_own():
    before = np.array([0.0] * 8 + [1.0, np.nan])
    first, second = bins(before, np.array([0.0, 5.0, np.nan]))
    assert first.tolist() == [0] * 8 + [1, 2]
    assert second.tolist() == [0, 1, 2]


def visits(*rows):
    return pa.Table.from_pylist(
        [
            dict.fromkeys(LABEL_SCHEMA.names)
            | {"grain": "provider", "arm": arm, "chance": chance, "label": label, "as_of": day}
            for arm, chance, label, day in rows
        ],
        schema=LABEL_SCHEMA,
    )


def test_the_random_arm_is_shown_by_date_with_its_interval_and_without_the_chosen():
    rows = [("random", 0.1, int(i < 2), OLD) for i in range(10)]
    rows += [("random", 0.1, 1, LIVE)] * 3 + [("clue", None, 1, OLD)] * 5
    rows += [("random", None, 1, OLD), ("random", 0.1, None, OLD)]
    found = random_arm("provider", visits(*rows))
    assert (found["drawn"], found["without_result_or_chance"]) == (15, 2)
    first, second, whole = found["rows"]
    assert first["value"] == pytest.approx(0.2)
    assert first["low"] < 0.2 < first["high"]
    assert second["value"] is None
    assert "3" in second["reason"]
    assert whole["value"] == pytest.approx(5 / 13, abs=1e-6)


def test_an_order_of_one_has_no_correlation_and_numpy_warns_of_nothing(recwarn):
    alone = pd.Series([1.0], index=["A"])
    assert _step(alone, alone, raw=False)["spearman"] is None
    assert not recwarn.list
