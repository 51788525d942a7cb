"""How a patient is insured, and how recently anything changed, drawn as text."""

from feature_runs import measured

HEAD = "claim_id | patient_id | provider_id | admitted_on"


def test_an_enrolment_holds_on_its_last_day_and_not_after_or_before_its_first(tmp_path):
    found = measured(
        tmp_path,
        "patient",
        "enrolments_count",
        "newest_enrolment_days",
        claims=f"""
            {HEAD}
            c1 | p1 | A | 2024-03-01""",
        enrolments="""
            patient_id | scheme   | region_code | enrolled_from | enrolled_to
            p1         | resident | 110101      | 2020-01-01    |
            p1         | employee | 110102      | 2024-12-21    | 2025-06-30
            p1         | employee | 110103      | 2021-01-01    | 2024-12-30
            p1         | resident | 110105      | 2024-01-01    | 2024-12-31
            p1         | resident | 110104      | 2025-01-01    |""",
    )
    assert found == {"p1": (3, 10)}


def test_a_registration_holds_on_its_last_day_and_not_after(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "registered_practitioners_count",
        as_of="2024-12-31",
        claims=f"""
            {HEAD}
            c1 | p1 | A | 2024-03-01""",
        practitioners="""
            practitioner_id | provider_id | registered_from | registered_to
            stays           | A           | 2020-01-01      |
            year            | A           | 2024-01-01      | 2024-12-31
            gone            | A           | 2020-01-01      | 2024-12-30""",
    )
    assert found == {"A": 2}


def test_a_mean_of_the_last_ninety_days_is_held_against_that_of_the_year(tmp_path):
    found = measured(
        tmp_path,
        "provider",
        "fund_fen_per_claim_recent_to_year_365d",
        "claims_count_30d",
        "since_last_visit_days_365d",
        claims=f"""
            {HEAD}     | settled_on | fund_amount
            c1 | p1 | A | 2024-03-01 | 2024-03-01 | 1000
            c2 | p2 | A | 2024-11-01 | 2024-11-01 | 3000
            c3 | p3 | A | 2024-12-01 | 2024-12-01 | 5000
            c4 | p4 | A | 2024-12-11 | 2024-12-20 | 3000""",
    )
    assert found == {"A": ((11_000 / 3) / 3_000, 1, 20)}
