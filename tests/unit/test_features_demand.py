"""Only what features read is joined and kept, and what is kept says the same."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from feature_fund import generated_fund
from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.entities import PROVIDER
from fraudml.features.bases import CLAIM, LINE, Bases
from fraudml.features.build import bases_for, make_grain
from fraudml.features.catalogue import FEATURES, feature
from fraudml.features.demand import wanted_columns
from tables import write_claims

AS_OF = date(2024, 3, 31)


@pytest.fixture(scope="module")
def fund(tmp_path_factory):
    return write_claims(tmp_path_factory.mktemp("fund") / "claims", generated_fund(7, claims=300))


def _wanted(opened, fund, *entries):
    bases = Bases(opened, Claims(opened, fund), (AS_OF,))
    return wanted_columns(bases, entries)


def test_a_feature_of_claim_headers_asks_for_no_line_and_no_other_table(fund):
    with engine() as opened:
        wanted = _wanted(opened, fund, feature("fund_fen_365d", "provider"))
        assert LINE not in wanted
        assert "fund_amount_fen" in wanted[CLAIM]
        assert wanted[CLAIM].isdisjoint({"age_years", "elsewhere_n", "lines_n", "unregistered"})
        claim = Bases(opened, Claims(opened, fund), (AS_OF,), wanted).claim
        assert set(claim.columns) == wanted[CLAIM]


def test_a_feature_of_summed_lines_asks_for_the_lines_columns_too(fund):
    with engine() as opened:
        wanted = _wanted(opened, fund, feature("lines_per_claim_mean_365d", "provider"))
        assert "lines_n" in wanted[CLAIM]
        assert {"claim_id", "served_on", "kind"} <= wanted[LINE]


def test_what_a_feature_is_made_of_is_joined_and_not_kept(fund):
    with engine() as opened:
        wanted = _wanted(opened, fund, feature("after_death_claims_count_365d", "provider"))
        assert "after_death" in wanted[CLAIM] and "died_on" not in wanted[CLAIM]
        assert "after_death" in Bases(opened, Claims(opened, fund), (AS_OF,), wanted).claim.columns


def test_a_union_of_kept_tables_asks_for_all_their_columns(fund):
    with engine() as opened:
        wanted = _wanted(opened, fund, feature("fund_fen_365d", "practitioner"))
        assert wanted["practitioners_on_claims"] == {"practitioner_id", "as_of"}


@pytest.mark.slow
def test_a_feature_alone_says_what_it_says_beside_all_others(fund, tmp_path):
    names = ("fund_fen_365d", "patients_count_365d", "quick_return_stays_count_365d",
             "over_cap_fen_365d", "accompanied_visits_count_365d", "fund_to_expected_365d",
             "long_days_share_365d")  # fmt: skip
    entries = tuple(feature(name, "provider") for name in names)
    with engine() as opened:
        claims = Claims(opened, fund)
        together = bases_for(opened, claims, (AS_OF,), FEATURES)
        make_grain(together, PROVIDER, entries, tmp_path / "all")
        for entry in entries:
            alone = bases_for(opened, claims, (AS_OF,), (entry,))
            make_grain(alone, PROVIDER, (entry,), tmp_path / entry.name)
    beside = pq.read_table(tmp_path / "all")
    for name in names:
        assert pq.read_table(tmp_path / name)[name].equals(beside[name]), name
