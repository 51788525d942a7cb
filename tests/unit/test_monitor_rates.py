"""Only what chance hardly gives stands out: the lower limit of a count."""

from types import SimpleNamespace

import ibis
import numpy as np
import pyarrow as pa
import pytest

from feature_runs import engine
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.rates import beside, beside_totals, least_likely, outlying


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


def over(hits, *, middle, alone=()):
    """The places of a dozen alike, of forty cases each, whose hits stand out.

    alone  hits among forty cases more of the first places, each of an illness of its own
    """
    n, more = len(hits), len(alone)
    counts = pa.table({"provider_no": pa.array([*range(n), *range(more)], pa.int64()),
                       "level": pa.array([1] * (n + more), pa.int64()),
                       "provider_kind": ["hospital"] * (n + more),
                       "ill": ["all"] * n + [f"only {m}" for m in range(more)],
                       "n": pa.array([40] * (n + more), pa.int64()),
                       "hits": pa.array([*hits, *alone], pa.int64())})  # fmt: skip
    values = load(ASKED, cited=CITED).values("R22.passed_on")
    at = SimpleNamespace(as_of=ibis.date(2024, 12, 31))
    with engine() as opened:
        found = outlying(at, opened.table(counts, "counts"), values, ("ill",), middle=middle)
        return sorted(opened.rows(found, at_most=n)["over_provider_no"].to_pylist())


def test_the_middle_of_the_peers_shows_those_who_hide_each_other():
    some = [8, 8, 8] + [0] * 9
    assert over(some, middle=False) == []
    assert over(some, middle=True) == [0, 1, 2]


@pytest.mark.parametrize("hits", [[4] * 12, [6, 6, 5, 5, 4, 4, 4, 3, 3, 2, 2, 1]])
def test_what_the_middle_peer_has_as_well_stands_out_for_nobody(hits):
    assert over(hits, middle=True) == []


def test_a_place_beyond_a_quarter_of_all_together_only_is_no_place_beyond_its_peers():
    assert over([12, 12, 12, 12, 5] + [0] * 7, middle=True) == [0, 1, 2, 3]


def test_an_illness_that_nobody_else_has_neither_accuses_nor_hides():
    assert over([25] + [2] * 11, middle=False, alone=[0, 40]) == [0]
    assert over([25] + [2] * 11, middle=False, alone=[5, 40]) == [0]
    assert over([2] * 12, middle=False, alone=[40, 40]) == []
