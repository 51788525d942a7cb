"""Every rule finds its hits, passes over near misses and grants its exceptions."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.hits import find_hits
from fraudml.monitor.knowledge.base import load
from monitor_all import CASES
from monitor_cases import answers, put_together


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """All cases asked at once: the report and each case's answer."""
    folder = tmp_path_factory.mktemp("rules")
    with engine() as opened:
        claims = Claims(opened, put_together(folder / "claims", CASES))
        report = find_hits(opened, claims, load(ASKED, cited=CITED), date(2024, 12, 31), folder)
    hits = pq.read_table(folder / "hits.parquet").to_pylist()
    return report, answers(folder, CASES), hits


@pytest.mark.parametrize("number", range(len(CASES)), ids=[one.name for one in CASES])
def test_a_rule_finds_what_the_table_says_and_nothing_else(asked, number):
    one, (found, fen) = CASES[number], asked[1][number]
    assert found == one.finds
    assert one.fen is None or fen == one.fen


def test_every_rule_is_asked_and_drawn_as_hit_and_as_near_miss_or_exception(asked):
    assert asked[0]["not_assessed"] == {}
    for rule in RULES:
        own = [one for one in CASES if one.rule == rule.id]
        assert any(one.finds for one in own), rule.id
        assert any(not one.finds for one in own), rule.id


def test_amounts_rise_from_low_to_high_and_a_suspicion_has_no_certain_amount(asked):
    for hit in asked[2]:
        low, mid, high = (hit[f"amount_{name}fen"] for name in ("low_", "", "high_"))
        assert 0 <= low <= mid <= high, hit["rule_id"]
        assert hit["result_type"] == "violation" or low == 0, hit["rule_id"]
