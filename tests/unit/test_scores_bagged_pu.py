"""How fine the steps of the supervised model are, and how far a few pure rows move it."""

import re

import numpy as np
import pytest

from fraudml.scores.bagged_pu import BaggedPU, mean_output


@pytest.fixture(scope="module")
def learnt() -> tuple[np.ndarray, BaggedPU]:
    """1,200 rows of one column, of which the upper are likelier to be confirmed."""
    source = np.random.default_rng(735)
    values = np.sort(source.lognormal(size=1_200))
    confirmed = (source.random(1_200) < np.linspace(0.0, 0.5, 1_200)).astype(int)
    return values, BaggedPU(2, 60).fit(values[:, None], confirmed)


def _thresholds(texts: tuple[str, ...]) -> np.ndarray:
    found = [line.split("=")[1].split() for text in texts for line in _threshold_lines(text)]
    return np.unique(np.array([float(one) for line in found for one in line]))


def _threshold_lines(text: str) -> list[str]:
    return re.findall(r"^threshold=.+$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("part", ["boosted", "averaged"])
def test_between_two_thresholds_stand_as_many_rows_as_a_leaf_needs(
    learnt: tuple[np.ndarray, BaggedPU], part: str
) -> None:
    values, model = learnt
    cuts = _thresholds(getattr(model.bags_, part).texts)
    between = np.diff(np.searchsorted(values, cuts))
    assert len(cuts) > 10
    assert between.min() >= 15


def test_forty_confirmed_of_forty_are_told_apart_more_than_a_heavy_penalty_would_let_them() -> None:
    column = np.r_[np.zeros(360), np.ones(40)][:, None]
    confirmed = np.r_[np.arange(360) % 9 == 0, np.ones(40, bool)].astype(int)

    def log_odds_apart(model: BaggedPU) -> float:
        texts = model.fit(column, confirmed).bags_.boosted.texts
        return float(np.ptp(mean_output(texts, column)))

    assert log_odds_apart(BaggedPU(1, 60)) > 1.5 * log_odds_apart(BaggedPU(1, 60, l2=10.0))
