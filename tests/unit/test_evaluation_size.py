"""Deciles of volume: a list of the largest is seen, a list of nobody in particular is not."""

import warnings

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import hypergeom

from fraudml.evaluation.size import (
    hypergeometric_band,
    hypergeometric_chances,
    size_artefact,
    top_tenth_by_size,
)
from fraudml.scores.score import scores_schema


def test_a_list_of_the_smallest_stands_outside_in_every_decile():
    size = np.arange(1000.0)
    deciles = top_tenth_by_size(-size, size)
    assert [one.listed for one in deciles] == [100.0] + [0.0] * 9
    assert all(one.outside for one in deciles)


def test_a_list_that_ignores_size_stays_inside_in_about_95_of_100_funds():
    rng = np.random.default_rng(4)
    size = np.arange(600.0)
    silent = sum(
        not any(one.outside for one in top_tenth_by_size(rng.random(600), size)) for _ in range(500)
    )
    assert 460 <= silent <= 500  # Bonferroni and whole numbers lean to silence


def test_one_decile_with_twice_its_share_is_seen():
    rng = np.random.default_rng(5)
    size = np.arange(3000.0)
    score = rng.random(3000) + 0.11 * (size < 300)
    deciles = top_tenth_by_size(score, size)
    assert deciles[0].outside
    assert deciles[0].listed > deciles[0].high
    assert not any(one.outside for one in deciles[1:])


def test_a_tie_at_the_edge_of_the_first_tenth_is_shared_and_adds_up():
    deciles = top_tenth_by_size(np.zeros(100), np.arange(100.0))
    assert [one.listed for one in deciles] == pytest.approx([1.0] * 10)


@pytest.mark.parametrize(("n", "marked", "drawn"), [(1500, 150, 150), (95, 10, 9), (12, 2, 1)])
def test_the_band_is_the_exact_hypergeometric_one(n, marked, drawn):
    expected = hypergeom.pmf(np.arange(drawn + 1), n, marked, drawn)
    assert hypergeometric_chances(n, marked, drawn) == pytest.approx(expected, abs=1e-12)
    low, high = hypergeometric_band(n, marked, drawn, outside=0.005)
    assert hypergeom.cdf(low - 1, n, marked, drawn) <= 0.0025 < hypergeom.cdf(low, n, marked, drawn)
    assert hypergeom.sf(high, n, marked, drawn) <= 0.0025 < hypergeom.sf(high - 1, n, marked, drawn)


def test_a_list_on_which_all_stand_alike_has_no_correlation_and_warns_nobody():
    columns = dict.fromkeys(scores_schema("provider").names, [1.0] * 5) | {"amount_rank": range(5)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = size_artefact({"provider": pa.table(columns)}, (2,))
    assert found["provider"]["fused"]["spearman"] is None
