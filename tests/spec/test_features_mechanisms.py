"""Each scheme leaves its mark on its feature, and a near miss does not."""

import pytest

from feature_runs import measured

HEAD = "claim_id | patient_id | provider_id | admitted_on"
STAY = f"{HEAD} | discharged_on | visit_kind | diagnosis_code"


def test_t06_a_stay_begun_seven_days_after_another_with_a_near_diagnosis_is_a_split(tmp_path):
    found = measured(tmp_path, "provider", "quick_return_stays_count_365d", claims=f"""
        {STAY}
        c1 | p1 | within    | 2024-03-01 | 2024-03-05 | inpatient  | I10.1
        c2 | p1 | within    | 2024-03-12 | 2024-03-15 | inpatient  | I10.9
        c3 | p1 | a_day_off | 2024-04-01 | 2024-04-05 | inpatient  | I10.1
        c4 | p1 | a_day_off | 2024-04-13 | 2024-04-15 | inpatient  | I10.1
        c5 | p1 | other_ill | 2024-05-01 | 2024-05-05 | inpatient  | I10.1
        c6 | p1 | other_ill | 2024-05-06 | 2024-05-09 | inpatient  | J18.9
        c7 | p1 | other_man | 2024-06-01 | 2024-06-05 | inpatient  | I10.1
        c8 | p2 | other_man | 2024-06-06 | 2024-06-09 | inpatient  | I10.1
        c9 | p1 | no_stay   | 2024-07-01 | 2024-07-05 | inpatient  | I10.1
        d1 | p1 | no_stay   | 2024-07-06 | 2024-07-06 | outpatient | I10.1""")  # fmt: skip
    assert found == {"within": 1, "a_day_off": 0, "other_ill": 0, "other_man": 0, "no_stay": 0}


def test_t06_a_stay_that_was_reversed_is_followed_by_nothing(tmp_path):
    found = measured(tmp_path, "provider", "quick_return_stays_count_365d", claims=f"""
        {STAY} | reverses_claim_id
        c1 | p1 | A | 2024-03-01 | 2024-03-05 | inpatient | I10.1 |
        r1 | p1 | A | 2024-03-01 | 2024-03-05 | inpatient | I10.1 | c1
        c2 | p1 | A | 2024-03-08 | 2024-03-15 | inpatient | I10.1 |""")  # fmt: skip
    assert found == {"A": 0}


def test_t07_a_visit_elsewhere_inside_a_stay_counts_for_both_and_not_on_its_first_or_last_day(
    tmp_path,
):
    names = ("elsewhere_during_stay_share_365d", "visits_during_stay_elsewhere_share_365d")
    found = measured(tmp_path, "provider", *names, claims=f"""
        {STAY}
        c1 | p1 | bed    | 2024-03-01 | 2024-03-05 | inpatient  | I10.1
        c2 | p1 | bed    | 2024-05-01 | 2024-05-05 | inpatient  | I10.1
        v1 | p1 | inside | 2024-03-02 | 2024-03-02 | outpatient | I10.1
        v2 | p1 | edge   | 2024-05-01 | 2024-05-01 | outpatient | I10.1
        v3 | p1 | edge   | 2024-05-05 | 2024-05-05 | outpatient | I10.1
        v4 | p1 | bed    | 2024-05-03 | 2024-05-03 | outpatient | I10.1""")  # fmt: skip
    assert found == {"bed": (0.5, 0.0), "inside": (None, 1.0), "edge": (None, 0.0)}


def test_t07_a_stay_of_three_days_with_under_two_lines_a_day_is_sparse(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "sparse_stays_share_365d",
        claims=f"""
            {STAY}
            c1 | p1 | thin  | 2024-03-01 | 2024-03-04 | inpatient | I10.1
            c2 | p1 | short | 2024-04-01 | 2024-04-03 | inpatient | I10.1
            c3 | p1 | full  | 2024-05-01 | 2024-05-04 | inpatient | I10.1""",
        claim_lines="""
            claim_id | item_code | served_at
            c1 | x | 2024-03-01 09:00:00
            c1 | x | 2024-03-02 09:00:00
            c1 | x | 2024-03-03 09:00:00
            c1 | y | 2024-03-03 09:00:00
            c1 | z | 2024-03-03 09:00:00
            c2 | x | 2024-04-01 09:00:00
            c3 | u | 2024-05-01 09:00:00
            c3 | v | 2024-05-01 09:00:00
            c3 | w | 2024-05-02 09:00:00
            c3 | x | 2024-05-02 09:00:00
            c3 | y | 2024-05-03 09:00:00
            c3 | z | 2024-05-03 09:00:00""",
    )
    assert found == {"thin": 1.0, "short": None, "full": 0.0}


def test_t05_the_same_item_twice_for_one_patient_and_day_by_one_practitioner_is_billed_again(
    tmp_path,
):
    names = ("duplicate_lines_count_365d", "duplicate_lines_fen_365d")
    found = measured(
        tmp_path,
        "provider",
        *names,
        claims=f"""
            {HEAD}
            c1 | p1 | again | 2024-03-01
            c2 | p1 | again | 2024-03-01
            c3 | p1 | days  | 2024-03-01
            c4 | p2 | days  | 2024-03-01
            c5 | p1 | rooms | 2024-03-01""",
        claim_lines="""
            claim_id | item_code | served_at           | amount | practitioner_id
            c1       | x         | 2024-03-01 09:00:00 | 500    |
            c2       | x         | 2024-03-01 17:00:00 | 500    |
            c2       | y         | 2024-03-01 17:00:00 | 500    |
            c3       | x         | 2024-03-01 09:00:00 | 500    |
            c3       | x         | 2024-03-02 09:00:00 | 500    |
            c4       | x         | 2024-03-01 09:00:00 | 500    |
            c5       | x         | 2024-03-01 09:00:00 | 500    | d1
            c5       | x         | 2024-03-01 10:00:00 | 500    | d2
            c5       | x         | 2024-03-01 11:00:00 | 500    | d3""",
    )
    assert found == {"again": (1, 500), "days": (0, 0), "rooms": (0, 0)}


def test_t05_a_price_above_the_cap_in_force_that_day_is_over_standard(tmp_path):
    names = ("over_cap_fen_365d", "over_cap_lines_share_365d")
    found = measured(
        tmp_path,
        "provider",
        *names,
        claims=f"""
            {HEAD}
            c1 | p1 | old_cap | 2024-05-31
            c2 | p1 | new_cap | 2024-06-01
            c3 | p1 | no_cap  | 2024-06-01""",
        items="""
            item_code | valid_from | kind    | price_cap
            x         | 2024-01-01 | service | 1000
            x         | 2024-06-01 | service | 1200
            y         | 2024-01-01 | service |""",
        claim_lines="""
            claim_id | item_code | served_at           | unit_price | quantity
            c1       | x         | 2024-05-31 09:00:00 |       1200 | 2
            c2       | x         | 2024-06-01 09:00:00 |       1200 | 2
            c3       | y         | 2024-06-01 09:00:00 |       9999 | 2""",
    )
    assert found == {"old_cap": (400, 1.0), "new_cap": (0, 0.0), "no_cap": (0, None)}


def test_t03_the_heaviest_group_of_a_family_is_a_choice_only_where_there_are_several(tmp_path):
    found = measured(tmp_path, "provider", "heaviest_group_claims_share_365d", claims=f"""
        {HEAD} | visit_kind | drg_code | drg_weight
        c1 | p1 | heavy | 2024-03-01 | inpatient | FR11 | 2.0
        c2 | p2 | heavy | 2024-03-01 | inpatient | FR11 | 2.0
        c3 | p3 | light | 2024-03-01 | inpatient | FR13 | 1.0
        c4 | p4 | light | 2024-03-01 | inpatient | FR11 | 2.0
        c5 | p5 | alone | 2024-03-01 | inpatient | GB29 | 5.0""")  # fmt: skip
    assert found == {"heavy": 1.0, "light": 0.5, "alone": None}


def test_t03_weight_is_held_against_what_others_code_for_the_same_diagnosis(tmp_path):
    others = "\n".join(
        f"o{n} | p{n} | others | 2024-03-0{n} | inpatient | I10.1 | F1 | 1.0" for n in range(1, 7)
    )
    own = "\n".join(
        f"h{n} | q{n} | high | 2024-03-0{n} | inpatient | I10.2 | F2 | 2.0" for n in range(1, 6)
    )
    found = measured(tmp_path, "provider", "drg_weight_to_expected_365d", claims=f"""
        {HEAD} | visit_kind | diagnosis_code | drg_code | drg_weight
        {others}
        {own}""")  # fmt: skip
    assert found["high"] == pytest.approx((10 + 5) / (5 + 5))  # drawn to 1 by five claims
    assert found["others"] == pytest.approx((6 + 10) / (12 + 10))


def test_t08_an_item_settled_beyond_what_left_the_shelves_was_swapped_in(tmp_path):
    names = ("over_stock_items_count_365d", "under_stock_items_count_365d",
             "settled_over_stock_share_365d")  # fmt: skip
    found = measured(
        tmp_path,
        "provider",
        *names,
        claims=f"""
            {HEAD}
            c1 | p1 | swaps  | 2024-03-01
            c2 | p1 | honest | 2024-03-01""",
        claim_lines="""
            claim_id | item_code | served_at           | quantity | amount
            c1       | dear      | 2024-03-01 09:00:00 |       40 | 40000
            c2       | dear      | 2024-03-01 09:00:00 |       40 | 40000""",
        stock_moves="""
            provider_id | item_code | month      | opening | purchased | returned | closing
            swaps       | dear      | 2024-03-01 |      10 |         5 |        1 |       4
            swaps       | cheap     | 2024-03-01 |       0 |        30 |        0 |       0
            honest      | dear      | 2024-03-01 |      10 |        50 |        0 |      20""",
    )
    assert found == {"swaps": (1, 1, 0.75), "honest": (0, 0, 0.0)}


def test_t12_supply_beyond_use_is_counted_from_fills_that_overlap(tmp_path):
    names = ("oversupply_days_365d", "oversupply_across_providers_days_365d",
             "providers_per_drug_max_count_365d")  # fmt: skip
    found = measured(
        tmp_path,
        "patient",
        *names,
        claims=f"""
            {HEAD} | visit_kind
            c1 | hoards | A | 2024-03-01 | pharmacy
            c2 | hoards | B | 2024-03-02 | pharmacy
            c3 | hoards | C | 2024-03-11 | pharmacy
            c4 | steady | A | 2024-03-01 | pharmacy
            c5 | steady | A | 2024-03-31 | pharmacy""",
        claim_lines="""
            claim_id | item_code | served_at           | days_supply
            c1       | drug      | 2024-03-01 09:00:00 | 30
            c2       | drug      | 2024-03-02 09:00:00 | 30
            c3       | drug      | 2024-03-11 09:00:00 | 30
            c4       | drug      | 2024-03-01 09:00:00 | 30
            c5       | drug      | 2024-03-31 09:00:00 | 30""",
    )
    assert found == {"hoards": (50, 50, 3), "steady": (0, 0, 1)}


@pytest.mark.parametrize(("grain", "who"), [("provider", "A"), ("practitioner", "busy")])
def test_t16_more_than_24_hours_of_billed_work_in_a_day_is_impossible(tmp_path, grain, who):
    found = measured(
        tmp_path,
        grain,
        "impossible_days_count_365d",
        "long_days_share_365d",
        claims=f"""
            {HEAD} | practitioner_id
            c1 | p1 | A | 2024-03-01 | busy
            c2 | p2 | A | 2024-03-01 | busy
            c3 | p3 | A | 2024-03-02 | busy""",
        items="""
            item_code | kind    | minutes
            hour      | service | 60""",
        claim_lines="""
            claim_id | item_code | served_at           | quantity
            c1       | hour      | 2024-03-01 09:00:00 | 12
            c2       | hour      | 2024-03-01 10:00:00 | 12.5
            c3       | hour      | 2024-03-02 09:00:00 | 12""",
    )
    assert found[who] == (1, 0.5)


def test_t01_three_patients_with_one_and_the_same_bill_are_alike_and_two_are_not(tmp_path):
    found = measured(tmp_path, "provider", "identical_profile_claims_share_365d", claims=f"""
        {HEAD} | diagnosis_code | total_amount
        c1 | p1 | three | 2024-03-01 | I10.1 | 50000
        c2 | p2 | three | 2024-03-08 | I10.1 | 50000
        c3 | p3 | three | 2024-03-09 | I10.1 | 50000
        c4 | p3 | three | 2024-03-09 | I10.1 | 50001
        c5 | p1 | two   | 2024-03-01 | I10.1 | 50000
        c6 | p2 | two   | 2024-03-08 | I10.1 | 50000
        c7 | p2 | two   | 2024-03-09 | I10.1 | 50000""")  # fmt: skip
    assert found == {"three": 0.75, "two": 0.0}


def test_t01_practitioners_count_as_unregistered_before_their_registration_here(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "unregistered_practitioner_claims_share_365d",
        claims=f"""
            {HEAD} | practitioner_id
            c1 | p1 | A | 2024-03-01 | d
            c2 | p1 | B | 2024-03-01 | d
            c3 | p1 | C | 2024-03-01 |""",
        practitioners="""
            practitioner_id | provider_id | registered_from
            d               | A           | 2024-03-01
            d               | B           | 2024-03-02""",
    )
    assert found == {"A": 0.0, "B": 1.0, "C": None}


def _visits(*rows: str) -> str:
    """One line per visit: provider, day of March 2024, and the patients who came that day."""
    drawn = [
        f"{patient} | {provider} | 2024-03-{int(day):02d}"
        for provider, day, *patients in (row.split() for row in rows)
        for patient in patients
    ]
    return "\n".join(["patient_id | provider_id | admitted_on", *drawn])


def test_t15_two_patients_who_came_on_four_of_the_same_days_came_together_on_each(tmp_path):
    visits = _visits("A 1 p1 p2", "A 2 p1 p2", "A 3 p1 p2", "A 4 p1 p2 p3", "A 5 p1 p3",
                     "A 6 p1 p3", "B 7 p3 p4")  # fmt: skip
    found = measured(tmp_path, "provider", "accompanied_visits_count_365d", claims=visits)
    assert found == {"A": 8, "B": 0}
    names = ("accompanied_visits_count_365d", "companions_per_visit_max_count_365d")
    found = measured(tmp_path, "patient", *names, claims=visits)
    assert found == {"p1": (4, 1), "p2": (4, 1), "p3": (0, None), "p4": (0, None)}


def test_t15_days_together_at_several_providers_count_together(tmp_path):
    visits = _visits("A 1 p1 p2", "A 2 p1 p2", "B 3 p1 p2", "B 4 p1 p2 p3")
    found = measured(tmp_path, "provider", "accompanied_visits_count_365d", claims=visits)
    assert found == {"A": 4, "B": 4}


def test_t15_two_claims_on_one_day_are_one_meeting_and_three_days_are_too_few(tmp_path):
    visits = _visits("A 1 p1 p2", "A 1 p1 p2", "A 2 p1 p2", "A 3 p1 p2", "A 4 p1", "A 5 p2")
    found = measured(tmp_path, "provider", "accompanied_visits_count_365d", claims=visits)
    assert found == {"A": 0}


def test_t15_a_day_with_201_visitors_is_a_crowd_and_one_with_200_is_not(tmp_path):
    for others, expected in ((198, 8), (199, 0)):
        crowd = " ".join(f"x{number}" for number in range(others))
        visits = _visits("A 1 p1 p2", "A 2 p1 p2", "A 3 p1 p2", f"A 4 p1 p2 {crowd}")
        folder = tmp_path / str(others)
        found = measured(folder, "provider", "accompanied_visits_count_365d", claims=visits)
        assert found == {"A": expected}


def test_the_busiest_seven_days_end_on_a_day_with_visits_and_do_not_hold_an_eighth(tmp_path):
    names = ("visits_per_week_max_count_365d", "busiest_week_to_median_365d")
    visits = _visits("A 1 p1 p2 p3", "A 7 p1", "A 8 p1 p2", "B 1 p1", "B 20 p1 p2")
    found = measured(tmp_path, "provider", *names, claims=visits)
    # A: 3, 3 + 1, 1 + 2 visits in the weeks that end on its three days; B: 1 and 2.
    assert found == {"A": (4, 4 / 3), "B": (2, 2 / 1.5)}
