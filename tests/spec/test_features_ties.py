"""People whom two providers have in common, drawn as text."""

import pytest

from feature_runs import measured

HEAD = "claim_id | patient_id | provider_id | admitted_on"


def rows(*seen):
    """Claims of one day from (patient, provider) pairs."""
    return f"{HEAD}\n" + "\n".join(
        f"c{n} | {who} | {where} | 2024-03-01" for n, (who, where) in enumerate(seen)
    )


def test_two_providers_are_tied_by_five_patients_and_not_by_four(tmp_path):
    both = [(f"p{i}", where) for i in range(5) for where in "AB"]
    less = [(f"q{i}", where) for i in range(4) for where in "AC"]
    found = measured(
        tmp_path,
        "provider",
        "tied_providers_count_365d",
        "closest_provider_patients_share_365d",
        claims=rows(*both, *less),
    )
    assert found == {"A": (1, 5 / 9), "B": (1, 1.0), "C": (0, 1.0)}


def test_many_patients_in_common_with_a_large_provider_are_as_expected(tmp_path):
    """A shares 6 with B, which is three quarters of all other places, and 2 with C."""
    large = [(f"b{i}", "B") for i in range(24)] + [(f"c{i}", "C") for i in range(8)]
    shared = [(f"p{i}", where) for i in range(6) for where in "AB"]
    shared += [(f"q{i}", where) for i in range(2) for where in "AC"]
    found = measured(tmp_path, "provider", "closest_provider_to_expected_365d",
                     claims=rows(*large, *shared))  # fmt: skip
    assert found["A"] == pytest.approx((6 + 5) / (8 * 30 / 40 + 5))


def test_whoever_goes_everywhere_ties_nobody(tmp_path):
    everywhere = [("p", f"A{i:02d}") for i in range(51)]
    found = measured(tmp_path, "provider", "closest_provider_patients_share_365d",
                     claims=rows(*everywhere))  # fmt: skip
    assert set(found.values()) == {None}
