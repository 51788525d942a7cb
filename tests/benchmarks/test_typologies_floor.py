"""No detector rots unseen: on a fund of strong carriers each typology keeps its recall."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from typologies_tables import below, floors  # noqa: E402

FLOOR = ROOT / "benchmarks" / "typologies_floor.json"
FUND = ["--seeds", "1", "--first-seed", "41", "--shares", "0.5", "--strength", "strong"]
SIZE = ["--providers", "150", "--patients", "8000", "--lines", "300000"]
LIVE = ["--dates", "1"]  # what is measured are the lists of the live date


def card(**recalls: tuple[int, float]) -> dict[str, Any]:
    """A scorecard of strong carriers: how many of each typology, and the share found."""
    rows = [
        {"grain": "provider", "typology": name, "strength": "strong", "carriers": n,
         "own": {"recall": recall}}
        for name, (n, recall) in recalls.items()
    ]  # fmt: skip
    return {"by_typology": rows}


BEFORE = card(T01=(20, 0.9), T02=(4, 1.0), T03=(2, 1.0), T04=(4, 0.5))


def test_every_floor_is_a_share():
    floor = json.loads(FLOOR.read_text(encoding="utf-8"))

    assert floor
    assert all(0.0 <= least <= 1.0 for least in floor.values())


def test_of_few_carriers_no_share_is_asked_but_that_the_list_is_not_dark():
    assert floors(BEFORE) == {"provider.T01": 0.7, "provider.T02": 0.25, "provider": 0.75}


def test_a_detector_that_finds_none_of_four_any_more_is_seen():
    rotten = card(T01=(20, 0.9), T02=(4, 0.0), T03=(2, 1.0), T04=(4, 0.5))
    assert below(rotten, floors(BEFORE))["provider.T02"] == (0.0, 0.25)


def test_a_detector_of_many_that_loses_a_third_is_seen():
    rotten = card(T01=(20, 0.6), T02=(4, 1.0), T03=(2, 1.0), T04=(4, 0.5))
    assert below(rotten, floors(BEFORE))["provider.T01"] == (0.6, 0.7)


def test_many_small_losses_are_seen_together():
    rotten = card(T01=(20, 0.7), T02=(4, 0.25), T03=(2, 0.0), T04=(4, 0.0))
    assert set(below(rotten, floors(BEFORE))) == {"provider"}


def test_a_carrier_or_two_found_by_luck_decide_nothing():
    other = card(T01=(20, 0.85), T02=(4, 0.75), T03=(2, 0.5), T04=(4, 0.75))
    assert below(other, floors(BEFORE)) == {}


def test_a_typology_that_is_no_longer_measured_is_seen():
    assert "provider.T02" in below(card(T01=(20, 0.9)), floors(BEFORE))


@pytest.mark.slow
def test_strong_carriers_are_found_at_least_as_often_as_the_floor_says():
    run = [sys.executable, str(ROOT / "benchmarks" / "typologies.py"), *FUND, *SIZE, *LIVE]
    found = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)

    assert below(found, json.loads(FLOOR.read_text(encoding="utf-8"))) == {}
