"""The scorecard counts what it says it counts."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from typologies_tables import floors, scorecard, tables, wilson


def carrier(**known):
    row = {
        "grain": "provider",
        "typology": "T05",
        "mechanism": "twice_or_over_cap",
        "held_out": False,
        "strength": "strong",
        "budget": 4,
        "entities": 100,
        "hit": True,
        "own": True,
        "amount": False,
        "fused": None,
    }
    return row | known


def fund(*carriers, errors=()):
    return {
        "about": {"seed": 1, "share": 0.1},
        "carriers": list(carriers),
        "lookalikes": dict.fromkeys(("provider", "practitioner", "patient")),
        "errors": list(errors),
        "verdicts": {"provider": {"fraud_like": 2, "data_like": 1}},
    }


def error(claims, routed, name="unit_jump"):
    return {"artefact": name, "claims": claims, "routed": routed, "also_carries": False}


def test_recall_is_the_share_of_carriers_within_the_budget():
    card = scorecard([fund(carrier(), carrier(own=False)), fund(carrier(), carrier())])
    row = card["by_typology"][0]

    assert row["carriers"] == 4
    assert row["own"]["recall"] == 0.75
    assert row["fused"] is None
    assert row["random"]["recall"] == 0.04


def test_shown_and_held_out_mechanisms_are_counted_apart():
    card = scorecard([fund(carrier(), carrier(mechanism="second", held_out=True, own=False))])

    assert [(r["held_out"], r["own"]["recall"]) for r in card["by_mechanism"]] == [
        (True, 0.0),
        (False, 1.0),
    ]


def test_an_error_is_routed_when_half_of_its_claims_are_asked_about():
    card = scorecard([fund(carrier(), errors=[error(4, 2), error(4, 1)])])

    assert card["errors"]["all"]["routed"]["share"] == 0.5


def test_without_requests_errors_are_not_assessed():
    assert scorecard([fund(carrier(), errors=[error(4, None)])])["errors"] is None


def test_suppressed_carriers_are_counted_over_all_funds():
    card = scorecard([fund(carrier()), fund(carrier())])

    assert card["verdicts_of_carriers"] == {"provider": {"fraud_like": 4, "data_like": 2}}


def test_a_floor_lies_below_what_was_found_and_counts_strong_carriers_only():
    card = scorecard([fund(*[carrier()] * 10, carrier(strength="weak", typology="T09"))])

    assert floors(card) == {"provider.T05": 0.8, "provider": 0.9}


@pytest.mark.parametrize(("found", "n"), [(0, 5), (3, 5), (5, 5)])
def test_an_interval_holds_the_share_itself_and_stays_within_0_and_1(found, n):
    low, high = wilson(found, n)

    assert 0 <= low <= found / n <= high <= 1
    assert wilson(found * 100, n * 100)[1] <= high


def test_the_page_names_what_was_not_assessed():
    funds = [fund(carrier())]
    page = tables({"funds": [f["about"] for f in funds], **scorecard(funds)})

    assert "not assessed" in page
    assert "| provider | T05 | strong | 1 |" in page
