"""A fact counts from the day it was known, and no earlier: tables a person can check by eye."""

import pytest

from feature_runs import measured

CLAIM = "claim_id | patient_id | provider_id | admitted_on | discharged_on | settled_on"
ONE_CLAIM = f"""{CLAIM}
    c1 | p1 | A | 2024-03-02 | 2024-03-02 | 2024-03-02"""


def test_a_claim_settled_after_the_as_of_date_does_not_count(tmp_path):
    found = measured(tmp_path, "provider", "fund_fen_365d", as_of="2024-03-31", claims=f"""
        {CLAIM} | fund_amount
        c1 | p1 | A | 2024-03-30 | 2024-03-30 | 2024-03-31 | 10000
        c2 | p1 | A | 2024-03-30 | 2024-03-30 | 2024-04-01 | 90000""")  # fmt: skip
    assert found == {"A": 10_000}


def test_a_claim_counts_for_365_days_and_no_longer(tmp_path):
    found = measured(tmp_path, "provider", "claims_count_365d", as_of="2024-12-31", claims=f"""
        {CLAIM}
        c1 | p1 | A | 2024-01-01 | 2024-01-01 | 2024-01-01
        c2 | p1 | A | 2024-01-02 | 2024-01-02 | 2024-01-02""")  # fmt: skip
    assert found == {"A": 1}


def test_the_last_90_days_begin_the_day_after_the_ninetieth_day_before(tmp_path):
    names = ("claims_count_90d", "claims_count_365d")
    found = measured(tmp_path, "provider", *names, as_of="2024-03-31", claims=f"""
        {CLAIM}
        c1 | p1 | A | 2024-01-01 | 2024-01-01 | 2024-01-01
        c2 | p1 | A | 2024-01-02 | 2024-01-02 | 2024-01-02""")  # fmt: skip
    assert found == {"A": (1, 2)}


@pytest.mark.parametrize(
    ("reversed_on", "expected"), [("2024-03-31", (0, 0, 1)), ("2024-04-01", (1, 7000, 0))]
)
def test_a_reversal_acts_from_its_own_settlement(tmp_path, reversed_on, expected):
    names = ("claims_count_365d", "fund_fen_365d", "reversals_count_365d")
    found = measured(tmp_path, "provider", *names, as_of="2024-03-31", claims=f"""
        {CLAIM} | reverses_claim_id | fund_amount
        c1 | p1 | A | 2024-03-01 | 2024-03-01 | 2024-03-02    |    |  7000
        r1 | p1 | A | 2024-03-01 | 2024-03-01 | {reversed_on} | c1 | -7000""")  # fmt: skip
    assert found == {"A": expected}


@pytest.mark.parametrize("grain", ["provider", "patient"])
@pytest.mark.parametrize(("known_on", "counted"), [("2024-03-31", 1), ("2024-04-01", 0)])
def test_a_death_counts_from_the_day_it_is_known(tmp_path, grain, known_on, counted):
    found = measured(
        tmp_path,
        grain,
        "after_death_claims_count_365d",
        as_of="2024-03-31",
        patients=f"""
            patient_id | died_on    | known_on
            p1         | 2024-01-10 | {known_on}""",
        claims=f"""
            {CLAIM}
            c1 | p1 | A | 2024-01-10 | 2024-01-10 | 2024-01-10
            c2 | p1 | A | 2024-01-11 | 2024-01-11 | 2024-01-11""",
    )
    assert list(found.values()) == [counted]


@pytest.mark.parametrize(("ended", "counted"), [("2024-03-01", 1), ("2024-04-01", 0)])
def test_a_contract_that_ends_in_the_future_has_not_ended(tmp_path, ended, counted):
    found = measured(
        tmp_path,
        "provider",
        "outside_contract_claims_count_365d",
        as_of="2024-03-31",
        claims=ONE_CLAIM,
        providers=f"""
            provider_id | contracted_from | contracted_to
            A           | 2020-01-01      | {ended}""",
    )
    assert found == {"A": counted}


def test_providers_are_described_while_under_contract_and_for_a_year_after(tmp_path):
    names = ("claims_count_365d", "fund_fen_per_claim_mean_365d")
    found = measured(
        tmp_path,
        "provider",
        *names,
        as_of="2024-12-31",
        claims=ONE_CLAIM,
        providers="""
            provider_id | contracted_from | contracted_to
            A           |                 |
            running     | 2020-01-01      | 2030-01-01
            just_ended  | 2020-01-01      | 2024-01-02
            long_ended  | 2020-01-01      | 2023-12-31
            to_come     | 2025-01-01      |""",
    )
    assert found == {"A": (1, 7000), "running": (0, None), "just_ended": (0, None)}


def test_practitioners_are_those_registered_and_those_named_on_claims_or_lines(tmp_path):
    found = measured(
        tmp_path,
        "practitioner",
        "claims_count_365d",
        as_of="2024-12-31",
        practitioners="""
            practitioner_id | provider_id | registered_from | registered_to
            idle            | A           | 2020-01-01      |
            gone            | A           | 2020-01-01      | 2023-06-30
            future          | A           | 2025-01-01      |""",
        claims=f"""
            {CLAIM} | practitioner_id
            c1 | p1 | A | 2024-03-02 | 2024-03-02 | 2024-03-02 | named
            c2 | p1 | A | 2025-01-02 | 2025-01-02 | 2025-01-02 | later""",
        claim_lines="""
            claim_id | item_code | served_at           | practitioner_id
            c1       | x         | 2024-03-02 09:00:00 | helper
            c2       | x         | 2025-01-02 09:00:00 | late_helper""",
    )
    assert found == {"idle": 0, "named": 1, "helper": 0}


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2024-03-30", (0, 0)), ("2024-03-31", (1, 20_000))]
)
def test_purchases_count_from_the_end_of_their_month(tmp_path, as_of, expected):
    names = ("over_stock_items_count_365d", "settled_over_stock_fen_365d")
    found = measured(
        tmp_path,
        "provider",
        *names,
        as_of=as_of,
        claims=ONE_CLAIM,
        claim_lines="""
            claim_id | item_code | served_at           | quantity | amount
            c1       | drug-1    | 2024-03-02 09:00:00 |       30 |  30000""",
        stock_moves="""
            provider_id | item_code | month      | purchased
            A           | drug-1    | 2024-03-01 |        10""",
    )
    assert found == {"A": expected}


def test_tips_count_from_the_day_they_are_received(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "tips_count_365d",
        as_of="2024-03-31",
        claims=ONE_CLAIM,
        tips="""
            target_grain | target_id | received_on
            provider     | A         | 2024-03-31
            provider     | A         | 2024-04-01
            patient      | A         | 2024-03-31""",
    )
    assert found == {"A": 1}
