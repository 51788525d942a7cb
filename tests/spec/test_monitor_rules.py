"""Every rule finds its hits, passes over near misses and grants its exceptions."""

import pyarrow.parquet as pq
import pytest

from fraudml.monitor.catalogue import RULES
from monitor_all import CASES
from monitor_cases import answers


@pytest.fixture(scope="module")
def asked(asked_cases):
    """All cases asked at once: the report and each case's answer."""
    hits = pq.read_table(asked_cases.out / "hits.parquet").to_pylist()
    return asked_cases.report, answers(asked_cases.out, CASES), hits


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
