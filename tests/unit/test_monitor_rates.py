"""Only what chance hardly gives stands out: the lower limit of a count."""

import numpy as np
import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.monitor.rates import beside, beside_totals, least_likely


def lowest(counts, z):
    """The lower limits of some counts, in their order."""
    with engine() as opened:
        t = opened.table(pa.table({"at": range(len(counts)), "n": counts}), "counts")
        made = t.select("at", low=least_likely(t.n, t.n * 0 + z)).order_by("at")
        return opened.rows(made, at_most=len(counts))["low"].to_pylist()


@pytest.mark.parametrize(("count", "exact"), [(5, 1.623), (10, 4.795), (25, 16.179), (100, 81.364)])
def test_the_limit_is_that_of_the_poisson_table_within_two_in_a_hundred(count, exact):
    # exact two-sided 95 % limits: half the chi-squared quantile of 2.5 % at 2n degrees of freedom
    assert lowest([count], 1.96)[0] == pytest.approx(exact, rel=0.02)


def test_a_small_count_is_never_pushed_below_zero():
    assert all(low >= 0.0 for low in lowest([1, 2, 3], 3.1))


def test_of_ten_thousand_honest_providers_about_one_in_a_thousand_stands_out_by_chance():
    drawn = np.random.default_rng(20240301).poisson(12.0, 10_000)
    above = sum(low > 12.0 for low in lowest([int(n) for n in drawn if n > 0], 3.1))
    assert above <= 20


KINDS = pa.table({"at": range(4), "level": [1, 1, None, None], "n": [1, 2, 4, 8]})


def of_kinds(make):
    """What a function makes of four rows of two kinds, the second of an unknown level."""
    with engine() as opened:
        made = make(opened.table(KINDS, "kinds")).order_by("at")
        return opened.rows(made, at_most=10).to_pylist()


def test_totals_of_an_unknown_kind_stand_beside_its_rows():
    made = of_kinds(lambda t: beside_totals(t, ("level",), all_n=t.n.sum()))
    assert [row["all_n"] for row in made] == [3, 3, 12, 12]


def test_a_row_without_counterpart_stays_and_the_unknown_meets_the_unknown():
    def make(t):
        unknown = t.filter(t.level.isnull()).group_by("level").agg(most_n=t.n.max())
        return beside(t, unknown, ("level",))

    made = of_kinds(make)
    assert [(row["level"], row["most_n"]) for row in made] == [
        (1, None), (1, None), (None, 8), (None, 8),
    ]  # fmt: skip
