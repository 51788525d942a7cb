"""Cost and outcome against what others have with patients of the same kind, drawn as text."""

import pytest

from feature_runs import measured

HEAD = "claim_id | patient_id | provider_id | admitted_on | discharged_on | visit_kind"


def stays(provider, count, *, diagnosis="I10", ending="home", first=0):
    """Lines of stays of four days, one patient each."""
    return "\n".join(
        f"{provider}{first + i} | {provider}{first + i} | {provider} | 2024-03-01 | 2024-03-05 "
        f"| inpatient | {diagnosis} | {ending}"
        for i in range(count)
    )


def test_deaths_are_held_against_those_of_others_with_the_same_illness(tmp_path):
    """B has 2 deaths of 8 in J18: 3 stays at A lead to expect .75; A has three of three."""
    text = "\n".join([
        stays("A", 3, diagnosis="J18", ending="died"),
        stays("B", 2, diagnosis="J18", ending="died"),
        stays("B", 6, diagnosis="J18", first=2),
        stays("B", 9, diagnosis="K35", first=8),
    ])  # fmt: skip
    found = measured(tmp_path, "provider", "deaths_to_expected_365d",
                     claims=f"{HEAD} | diagnosis_code | disposition\n{text}")  # fmt: skip
    assert found["A"] == pytest.approx((3 + 1) / (0.75 + 1))
    assert found["B"] is None  # three stays of others are too few to expect anything from


def test_a_stay_at_another_provider_within_a_week_is_a_return(tmp_path):
    returns = """
        r1 | A0 | B | 2024-03-12 | 2024-03-14 | inpatient | I10 | home
        r2 | A1 | B | 2024-03-13 | 2024-03-14 | inpatient | I10 | home"""
    text = "\n".join([stays("A", 5), stays("B", 5), returns])
    found = measured(
        tmp_path,
        "provider",
        "stays_back_in_7_days_to_expected_365d",
        "stays_back_in_30_days_to_expected_365d",
        claims=f"{HEAD} | diagnosis_code | disposition\n{text}",
    )
    assert found["A"] == (2.0, 3.0)  # none of B's seven stays came back: nothing was expected


@pytest.mark.parametrize(
    ("ending", "place", "day", "value"),
    [("transferred", "B", "05", 1.0),  # handed over: no return
     ("transferred", "B", "06", 1.0),
     ("transferred", "B", "07", 2.0),  # two days at home
     ("transferred", "A", "05", 2.0),  # nobody is handed over to where they lie
     ("home", "B", "05", 2.0)],
)  # fmt: skip
def test_who_is_handed_over_has_not_come_back(tmp_path, ending, place, day, value):
    one = f"t1 | T | A | 2024-03-01 | 2024-03-05 | inpatient | I10 | {ending}"
    then = f"t2 | T | {place} | 2024-03-{day} | 2024-03-09 | inpatient | I10 | home"
    found = measured(
        tmp_path,
        "provider",
        "stays_back_in_7_days_to_expected_365d",
        claims=f"{HEAD} | diagnosis_code | disposition\n"
        + "\n".join([stays("A", 5), stays("B", 5), one, then]),
    )
    assert found["A"] == value


def test_the_very_old_are_not_expected_to_fare_like_the_young(tmp_path):
    old = "\n".join(f"A{i} | 1930-01-01" for i in range(6))
    young = "\n".join(f"B{i} | 2000-01-01" for i in range(6))
    found = measured(
        tmp_path,
        "provider",
        "deaths_to_expected_365d",
        patients=f"patient_id | birth_date\n{old}\n{young}",
        claims=f"{HEAD} | diagnosis_code | disposition\n"
        + "\n".join([stays("A", 6, ending="died"), stays("B", 6)]),
    )
    assert found == {"A": None, "B": None}


def test_a_pharmacy_sale_is_no_return_visit(tmp_path):
    sale = "c2 | p1 | A | 2024-03-02 | 2024-03-02 | {kind} | I10"
    others = "\n".join(
        f"o{i} | o{i} | B | 2024-03-01 | 2024-03-01 | outpatient | I10" for i in range(5)
    )
    for kind, expected in (("pharmacy", 1.0), ("outpatient", 2.0)):
        found = measured(
            tmp_path / kind,
            "provider",
            "visits_again_in_3_days_to_expected_365d",
            claims=f"{HEAD} | diagnosis_code\n"
            "c1 | p1 | A | 2024-03-01 | 2024-03-01 | outpatient | I10\n"
            + sale.format(kind=kind) + "\n" + others,
        )  # fmt: skip
        assert found["A"] == expected
