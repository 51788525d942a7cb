"""No detector rots unseen: on a fund of strong carriers each typology keeps its recall."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOOR = ROOT / "benchmarks" / "typologies_floor.json"
FUND = ["--seeds", "1", "--first-seed", "41", "--shares", "0.5", "--strength", "strong"]
SIZE = ["--providers", "150", "--patients", "8000", "--lines", "300000"]


def test_every_floor_is_a_share():
    floor = json.loads(FLOOR.read_text(encoding="utf-8"))

    assert floor
    assert all(0.0 <= least <= 1.0 for least in floor.values())


@pytest.mark.slow
def test_strong_carriers_are_found_at_least_as_often_as_the_floor_says():
    run = [sys.executable, str(ROOT / "benchmarks" / "typologies.py"), *FUND, *SIZE]
    card = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    found = {
        f"{row['grain']}.{row['typology']}": row["own"]["recall"]
        for row in card["by_typology"]
        if row["strength"] == "strong"
    }
    floor = json.loads(FLOOR.read_text(encoding="utf-8"))

    below = {
        name: (found.get(name), least)
        for name, least in floor.items()
        if found.get(name, 0) < least
    }
    assert below == {}
