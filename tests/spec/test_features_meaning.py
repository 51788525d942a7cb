"""A feature counts what its words say: near misses that were once counted otherwise."""

import pytest

from feature_runs import measured

HEAD = "claim_id | patient_id | provider_id | admitted_on"


def test_a_day_of_a_stay_is_idle_though_something_was_billed_after_it(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "idle_stay_days_share_365d",
        claims=f"""
            {HEAD} | discharged_on | visit_kind
            c1 | p1 | A | 2024-03-01 | 2024-03-04 | inpatient""",
        claim_lines="""
            claim_id | item_code | served_at
            c1       | x         | 2024-03-01 09:00:00
            c1       | x         | 2024-03-07 09:00:00
            c1       | x         | 2024-03-08 09:00:00
            c1       | x         | 2024-03-09 09:00:00
            c1       | x         | 2024-03-10 09:00:00""",
    )
    assert found == {"A": 0.75}


@pytest.mark.parametrize(("grain", "who"), [("practitioner", "d"), ("patient", "p1")])
def test_a_day_with_different_patients_at_two_providers_is_one_at_several(tmp_path, grain, who):
    found = measured(tmp_path, grain, "providers_same_day_count_365d", claims=f"""
        {HEAD} | practitioner_id
        c1 | p1 | A | 2024-03-01 | d
        c2 | p2 | B | 2024-03-01 | d
        c3 | p1 | A | 2024-03-02 | d
        c4 | p1 | B | 2024-03-02 | d
        c5 | p1 | A | 2024-03-03 | d
        c6 | p1 | A | 2024-03-03 | d""")  # fmt: skip
    assert found[who] == {"practitioner": 2, "patient": 1}[grain]


@pytest.mark.parametrize(("until", "expected"), [("2024-02-29", 1.0), ("2024-03-01", 0.0)])
def test_a_practitioner_whose_registration_ended_is_not_registered(tmp_path, until, expected):
    found = measured(
        tmp_path,
        "provider",
        "unregistered_practitioner_claims_share_365d",
        claims=f"""
            {HEAD} | practitioner_id
            c1 | p1 | A | 2024-03-01 | d""",
        practitioners=f"""
            practitioner_id | provider_id | registered_from | registered_to
            d               | A           | 2020-01-01      | {until}
            d               | A           | 2024-03-02      |""",
    )
    assert found == {"A": expected}


def test_an_item_that_the_catalogue_knows_on_some_days_only_is_one_item(tmp_path):
    days = [f"2024-0{n}-01" for n in range(2, 8)]
    found = measured(
        tmp_path,
        "provider",
        "items_count_365d",
        "overpriced_items_share_365d",
        claims="\n".join([HEAD, *(f"c{n} | p | A{n} | {day}" for n, day in enumerate(days))]),
        items="""
            item_code | valid_from | kind
            x         | 2024-03-15 | drug""",
        claim_lines="\n".join(
            ["claim_id | item_code | served_at | amount",
             *(f"c{n} | x | {day} 09:00:00 | {1_000 + 500 * (n == 5)}"
               for n, day in enumerate(days))]
        ),
    )  # fmt: skip
    assert found == {**{f"A{n}": (1, 0.0) for n in range(5)}, "A5": (1, 1.0)}


def test_a_price_that_fewer_than_five_providers_bill_is_compared_with_nothing(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "overpriced_items_share_365d",
        claims=f"""
            {HEAD}
            c1 | p | cheap | 2024-03-01
            c2 | p | dear  | 2024-03-01""",
        claim_lines="""
            claim_id | item_code | served_at           | amount
            c1       | x         | 2024-03-01 09:00:00 | 1000
            c2       | x         | 2024-03-01 09:00:00 | 9000""",
    )
    assert found == {"cheap": None, "dear": None}


def test_the_heaviest_group_stays_so_in_the_year_in_which_it_weighs_less(tmp_path):
    found = measured(tmp_path, "provider", "heaviest_group_claims_share_365d", claims=f"""
        {HEAD} | drg_code | drg_weight
        c1 | p1 | A | 2024-01-05 | FR11 | 1.9
        c2 | p2 | A | 2024-11-05 | FR11 | 2.0
        c3 | p3 | B | 2024-11-05 | FR13 | 1.0""")  # fmt: skip
    assert found == {"A": 1.0, "B": 0.0}


def test_a_group_used_by_claims_that_name_no_practitioner_is_a_choice_too(tmp_path):
    found = measured(tmp_path, "practitioner", "heaviest_group_claims_share_365d", claims=f"""
        {HEAD} | drg_code | drg_weight | practitioner_id
        c1 | p1 | A | 2024-01-05 | FR11 | 2.0 | d
        c2 | p2 | A | 2024-01-05 | FR13 | 1.0 |""")  # fmt: skip
    assert found == {"d": 1.0}


def test_bills_of_which_the_account_part_is_unknown_do_not_lower_the_share_paid_from_it(tmp_path):
    found = measured(tmp_path, "provider", "account_paid_share_365d", claims=f"""
        {HEAD} | total_amount | account_amount
        c1 | p1 | A | 2024-01-05 | 10000 | 5000
        c2 | p1 | A | 2024-01-06 | 30000 |
        c3 | p1 | B | 2024-01-06 | 30000 |""")  # fmt: skip
    assert found == {"A": 0.5, "B": None}


def test_lines_of_items_outside_the_catalogue_are_not_counted_as_no_drugs(tmp_path):
    names = ("drug_fen_share_365d", "exam_fen_share_365d")
    found = measured(
        tmp_path,
        "provider",
        *names,
        claims=f"""
            {HEAD}
            c1 | p1 | some | 2024-03-01
            c2 | p1 | none | 2024-03-01""",
        items="""
            item_code | kind
            x         | drug
            y         | exam""",
        claim_lines="""
            claim_id | item_code | served_at           | amount
            c1       | x         | 2024-03-01 09:00:00 | 3000
            c1       | y         | 2024-03-01 09:00:00 | 1000
            c1       | own       | 2024-03-01 09:00:00 | 4000
            c2       | own       | 2024-03-01 09:00:00 | 4000""",
    )
    assert found == {"some": (0.75, 0.25), "none": (None, None)}


def test_a_bill_of_nothing_is_no_round_sum(tmp_path):
    found = measured(tmp_path, "provider", "round_amount_claims_share_365d", claims=f"""
        {HEAD} | total_amount
        c1 | p1 | A | 2024-01-05 | 0
        c2 | p2 | A | 2024-01-05 | 30000
        c3 | p3 | A | 2024-01-05 | 30001
        c4 | p4 | A | 2024-01-05 | 0""")  # fmt: skip
    assert found == {"A": 0.25}


def test_a_bare_date_is_no_visit_at_night_and_no_second_that_others_share(tmp_path):
    names = ("night_claims_share_365d", "same_second_claims_share_365d",
             "hour_concentration_index_365d")  # fmt: skip
    found = measured(tmp_path, "provider", *names, claims=f"""
        {HEAD} | started_at
        c1 | p1 | A | 2024-01-05 | 2024-01-05 00:00:00
        c2 | p2 | A | 2024-01-05 | 2024-01-05 00:00:00
        c3 | p3 | B | 2024-01-05 | 2024-01-05 00:00:00
        c4 | p4 | B | 2024-01-05 | 2024-01-05 00:00:01
        c5 | p5 | B | 2024-01-05 | 2024-01-05 09:00:00""")  # fmt: skip
    assert found == {"A": (None, None, None), "B": (0.5, 0.0, 0.5)}


def test_visits_of_one_second_are_counted_though_the_clock_was_finer(tmp_path):
    found = measured(tmp_path, "provider", "same_second_claims_share_365d", claims=f"""
        {HEAD} | started_at
        c1 | p1 | A | 2024-01-05 | 2024-01-05 09:00:00.250
        c2 | p2 | A | 2024-01-05 | 2024-01-05 09:00:00.750
        c3 | p3 | A | 2024-01-05 | 2024-01-05 09:00:01""")  # fmt: skip
    assert found == {"A": 2 / 3}


def test_of_one_slip_of_a_key_the_money_is_still_concentrated_or_not(tmp_path):
    name = "patient_fund_concentration_index_365d"
    found = measured(tmp_path, "provider", name, claims=f"""
        {HEAD} | fund_amount
        c1 | p1 | A | 2024-03-01 | 40000000000
        c2 | p2 | A | 2024-03-01 | 40000000000
        c3 | p3 | B | 2024-03-01 | 99999999999999
        c4 | p4 | B | 2024-03-01 | 100""")  # fmt: skip
    assert found == {"A": 0.5, "B": pytest.approx(1.0)}


def test_the_largest_price_of_the_largest_quantity_is_worth_no_more_than_a_cell_may_hold(tmp_path):
    names = ("over_cap_fen_365d", "practitioner_day_max_minutes_365d")
    found = measured(
        tmp_path,
        "provider",
        *names,
        claims=f"""
            {HEAD} | practitioner_id
            c1 | p1 | A | 2024-03-01 | d""",
        items="""
            item_code | kind    | price_cap | minutes
            x         | service | 1         | 999999999""",
        claim_lines="""
            claim_id | item_code | served_at           | unit_price     | quantity
            c1       | x         | 2024-03-01 09:00:00 | 99999999999999 | 9999999999""",
    )
    assert found == {"A": (10**14, 10**14)}
