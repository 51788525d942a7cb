"""Groups who keep coming together, drawn as text."""

import random
from datetime import date, timedelta

import pyarrow as pa
import pytest

from feature_runs import measured
from fraudml.features.communities import communities

PROVIDER = ("community_visits_share_365d", "community_patients_max_count_365d")


def visits(*rows: str) -> str:
    """One line per visit: provider, day after January 2024, and the patients who came that day."""
    drawn = [
        f"{patient} | {provider} | {date(2024, 1, 31) + timedelta(days=int(day))}"
        for provider, day, *patients in (row.split() for row in rows)
        for patient in patients
    ]
    return "\n".join(["patient_id | provider_id | admitted_on", *drawn])


def others(provider: str, *, days: int = 28, each: int = 3) -> list[str]:
    """Strangers who come once, so many on every day: what chance is reckoned from."""
    names = [[f"{provider}{day}x{n}" for n in range(each)] for day in range(1, days + 1)]
    return [f"{provider} {day} {' '.join(who)}" for day, who in enumerate(names, 1)]


def test_t15_four_who_come_on_five_of_the_same_days_are_a_group(tmp_path):
    claims = visits(*others("A"), *others("B"), *[f"A {day} p1 p2 p3 p4" for day in range(2, 7)])
    found = measured(tmp_path, "provider", *PROVIDER, claims=claims)
    assert found == {"A": (20 / 104, 4), "B": (0.0, None)}
    names = ("community_visits_count_365d", "community_members_max_count_365d")
    who = measured(tmp_path / "patients", "patient", *names, claims=claims)
    assert {name: who[name] for name in ("p1", "p4", "A1x0")} == {
        "p1": (5, 4), "p4": (5, 4), "A1x0": (0, None)
    }  # fmt: skip


def test_t15_two_who_come_together_are_no_group(tmp_path):
    claims = visits(*others("A"), *[f"A {day} p1 p2" for day in range(2, 8)])
    assert measured(tmp_path, "provider", *PROVIDER, claims=claims) == {"A": (0.0, None)}


def test_a_visit_alone_of_somebody_who_belongs_to_a_group_does_not_count(tmp_path):
    claims = visits(*others("A"), *[f"A {day} p1 p2 p3" for day in range(2, 7)], "A 9 p1", "B 1 p1")
    found = measured(tmp_path, "provider", *PROVIDER, claims=claims)
    assert found == {"A": (15 / 100, 3), "B": (0.0, None)}


def test_who_comes_every_day_meets_everybody_by_chance(tmp_path):
    """Ten days of ten people each: whoever comes on all of them meets on all of them."""
    daily = [
        f"A {day} p1 p2 p3 {' '.join(f'd{day}x{n}' for n in range(7))}" for day in range(1, 11)
    ]
    assert measured(tmp_path, "provider", *PROVIDER, claims=visits(*daily)) == {"A": (0.0, None)}


def test_of_the_pairs_of_a_group_those_count_that_are_tied(tmp_path):
    """p1 to p4 come by turns of three: all six pairs share four days or more but p1 and p4."""
    days = [f"A {day} p1 p2 p3" for day in range(1, 6)] + [
        f"A {day} p2 p3 p4" for day in range(6, 11)
    ]
    found = measured(tmp_path, "provider", "community_pairs_share_365d",
                     claims=visits(*others("A", days=150), *days))  # fmt: skip
    assert found["A"] == pytest.approx(5 / 6)


def ties(pairs: list[tuple[str, str]]) -> pa.Table:
    return pa.table(
        {
            "as_of": pa.array([19_000] * len(pairs), pa.date32()),
            "one_id": [one for one, _ in pairs],
            "other_id": [other for _, other in pairs],
        }
    )


def test_the_order_of_the_ties_changes_no_group():
    rng = random.Random(1)  # noqa: S311
    pairs = [(f"g{g}m{a}", f"g{g}m{b}") for g in range(8) for a in range(6) for b in range(a)]
    pairs += [(f"g{g}m0", f"g{(g + 1) % 8}m1") for g in range(8)]
    first = communities(ties(pairs)).to_pylist()
    assert {row["members_n"] for row in first} == {6}
    assert {row["pairs_n"] for row in first} == {15}
    for _ in range(5):
        rng.shuffle(pairs)
        turned = [pair if rng.random() < 0.5 else pair[::-1] for pair in pairs]
        assert communities(ties(turned)).to_pylist() == first


def test_no_ties_make_no_groups():
    assert len(communities(ties([]))) == 0


def test_a_chain_of_people_who_each_know_the_next_is_no_group_of_all():
    chain = [(f"p{n}", f"p{n + 1}") for n in range(30)]
    assert all(row["members_n"] <= 3 for row in communities(ties(chain)).to_pylist())
