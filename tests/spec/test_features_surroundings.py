"""Employers, other regions, operators, scope, traceability and leave, drawn as text."""

import pytest

from feature_runs import measured

HEAD = "claim_id | patient_id | provider_id | admitted_on"


def test_half_of_the_stays_of_known_employers_are_of_one(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "employers_count_365d",
        "busiest_employer_stays_share_365d",
        "patients_per_employer_max_count_365d",
        patients="""
            patient_id | employer_id
            p1         | mill
            p2         | mill
            p3         | mine
            p4         |""",
        claims=f"""
            {HEAD} | visit_kind
            c1 | p1 | A | 2024-03-01 | inpatient
            c2 | p2 | A | 2024-03-02 | outpatient
            c3 | p3 | A | 2024-03-03 | inpatient
            c4 | p4 | A | 2024-03-04 | inpatient""",
    )
    assert found == {"A": (2, 0.5, 2)}


def test_only_claims_of_patients_from_elsewhere_can_lack_a_filing(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "unfiled_away_claims_share_365d",
        "unfiled_away_stays_count_365d",
        providers="""
            provider_id | region_code
            A           | 110101""",
        patients="""
            patient_id | region_code
            p1         | 130101
            p2         | 110102""",
        claims=f"""
            {HEAD} | visit_kind | referral_filed
            c1 | p1 | A | 2024-03-01 | inpatient  | false
            c2 | p1 | A | 2024-04-01 | inpatient  | true
            c3 | p1 | A | 2024-05-01 | outpatient |
            c4 | p2 | A | 2024-05-02 | inpatient  | false""",
    )
    assert found == {"A": (0.5, 1)}


def test_patients_are_shared_within_an_operator_and_not_across(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "operator_shared_patients_share_365d",
        providers="""
            provider_id | operator_id
            A           | one
            B           | one
            C           | two
            D           |""",
        claims=f"""
            {HEAD}
            c1 | p1 | A | 2024-03-01
            c2 | p1 | B | 2024-03-02
            c3 | p2 | A | 2024-03-03
            c4 | p2 | C | 2024-03-04
            c5 | p2 | D | 2024-03-04""",
    )
    assert found == {"A": 0.5, "B": 1.0, "C": 0.0, "D": None}


@pytest.mark.parametrize(
    ("ended", "begun", "places"),
    [
        ("transferred", "2024-03-08", 1),  # moved: A sent p on
        ("transferred", "2024-03-09", 1),
        ("transferred", "2024-03-10", 2),  # two days later p came by himself
        ("home", "2024-03-08", 2),
    ],
)
def test_whom_one_place_moves_to_another_came_to_the_first_alone(tmp_path, ended, begun, places):
    found = measured(
        tmp_path,
        "provider",
        "operator_places_per_patient_max_count_365d",
        providers="""
            provider_id | operator_id
            A           | one
            B           | one""",
        claims=f"""
            {HEAD} | discharged_on | visit_kind | disposition
            c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient | {ended}
            c2 | p | B | {begun} | 2024-03-20 | inpatient | home""",
    )
    assert found == {"A": places, "B": places}


def test_a_pack_is_sold_again_here_or_elsewhere_and_a_return_is_no_sale(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "trace_codes_count_365d",
        "reused_trace_codes_share_365d",
        "trace_codes_sold_elsewhere_count_365d",
        claims=f"""
            {HEAD}
            c1 | p1 | A | 2024-03-01
            c2 | p2 | A | 2024-03-02
            c3 | p3 | B | 2024-03-03""",
        claim_lines="""
            claim_id | line_no | served_at | item_code | quantity | trace_code
            c1       | 1       | 2024-03-01 09:00:00 | x         | 1        | t1
            c1       | 2       | 2024-03-01 09:00:00 | x         | -1       | t1
            c2       | 1       | 2024-03-01 09:00:00 | x         | 1        | t2
            c2       | 2       | 2024-03-01 09:00:00 | x         | 1        | t3
            c3       | 1       | 2024-03-01 09:00:00 | x         | 1        | t3""",
    )
    assert found == {"A": (3, 1 / 3, 1), "B": (1, 1.0, 1)}


def test_money_of_the_fund_for_items_outside_its_scope_is_counted(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "out_of_scope_fen_share_365d",
        "out_of_scope_paid_fen_365d",
        claims=f"""
            {HEAD}
            c1 | p1 | A | 2024-03-01""",
        claim_lines="""
            claim_id | line_no | served_at | item_code | amount | scope | fund_amount
            c1       | 1       | 2024-03-01 09:00:00 | x         | 300    | A     | 300
            c1       | 2       | 2024-03-01 09:00:00 | y         | 100    | C     | 40
            c1       | 3       | 2024-03-01 09:00:00 | z         | 900    |       | 900""",
    )
    assert found == {"A": (0.25, 40)}


def test_a_stay_without_a_pass_has_no_leave_and_an_afternoon_is_no_day(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "leave_stays_share_365d",
        "leave_days_share_365d",
        claims=f"""
            {HEAD} | discharged_on | visit_kind
            c1 | p1 | A | 2024-03-01 | 2024-03-05 | inpatient
            c2 | p2 | A | 2024-03-01 | 2024-03-07 | inpatient""",
        leave_passes="""
            claim_id | left_at             | back_at
            c1       | 2024-03-02 13:00:00 | 2024-03-02 18:00:00
            c1       | 2024-03-03 09:00:00 | 2024-03-05 08:00:00""",
    )
    assert found == {"A": (0.5, 0.2)}
