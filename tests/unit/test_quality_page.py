"""The report and its page: the numbers are there, people are not, and names do not bite."""

import json
import re
from pathlib import Path

import pytest

from fraudml.artifacts import digest, read_json
from fraudml.params import load_params
from fraudml.quality.rules import CELL_RULES, rule_words
from fraudml.stages import run_stage
from leads_cases import FORMULA, MARKUP
from quality_cases import ENDED, SILENT, fund_tables, write_workspace

ROOT = Path(__file__).parents[2]


def checked(root: Path) -> str:
    return run_stage("check", load_params(root / "params.yaml"), root)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    write_workspace(folder, text)
    checked(folder)
    return folder


@pytest.fixture(scope="module")
def report(root):
    return read_json(root / "reports/checks.json")


@pytest.fixture(scope="module")
def page(root):
    return (root / "reports/checks.html").read_text(encoding="utf-8")


def test_the_report_says_what_came_in_and_what_was_set_aside(report):
    claims = report["tables"]["claims"]
    assert claims["rows_in"] == claims["accepted"] + claims["quarantined_rows"]
    assert [(one["rule"], one["rows"]) for one in claims["quarantined"]] == [
        ("missing:claims.settled_on", 2), ("duplicate_key:claims", 1),
    ]  # fmt: skip
    assert claims["quarantined"][0]["zh"] == "settled_on: 必填项为空"
    assert report["rows_in"] == report["accepted"] + 3
    assert "claim_lines" in report["absent_tables"]
    assert claims["absent_columns"] == ["terminal_id"]
    assert "account_amount" in claims["empty_columns"]


def test_ids_that_lost_their_zeros_are_told_beside_what_was_set_aside(report, page):
    assert report["tables"]["claims"]["lost_zeros"] == {"provider_id": 2}
    assert "补上前导零即可对应" in page and "which a spreadsheet cuts off" in page


def test_the_planted_gap_and_the_silent_providers_are_found(report):
    months = report["tables"]["claims"]["volume"]["months"]
    assert [one["month"] for one in months if one["mark"] == "gap"] == ["2024-10"]
    found = report["providers"]["claims"]
    assert {one["provider_id"]: one["kind"] for one in found["listed"]} == {
        SILENT: "stopped", MARKUP: "stopped", FORMULA: "stopped",
    }  # fmt: skip
    assert (found["stopped"], found["ended"], found["paused"]) == (3, 1, 0)
    assert ENDED not in json.dumps(found)


def test_the_few_figures_to_compare_runs_by(root, report):
    few = read_json(root / "reports/metrics/check.json")
    assert few["odd_providers"] == 3
    assert few["quarantined_rows"] == 3
    assert few["warnings"] == 7
    assert few["absent_tables"] == len(report["absent_tables"])
    assert few["silent_features"] == report["not_assessed"]["kinds"]["feature"]["silent"] > 0


def test_neither_the_report_nor_the_page_nor_the_figures_hold_a_person(root):
    tables = fund_tables()
    people = {row["patient_id"] for row in tables["claims"]}
    people |= {row["practitioner_id"] for row in tables["claims"]}
    people |= {row["claim_id"] for row in tables["claims"]}
    births = {row["birth_date"].isoformat() for row in tables["patients"]}
    for name in ("checks.json", "checks.html", "metrics/check.json"):
        text = (root / "reports" / name).read_text(encoding="utf-8")
        words = set(re.findall(r"[\w-]+", text))
        assert not words & (people | births), name
    assert len(people) > 1_000 and len(births) == 40


def test_markup_in_a_name_is_escaped_and_a_formula_stays_text(page):
    assert "<script>document.title" not in page and "<img" not in page
    assert "&lt;script&gt;document.title=" in page
    assert "=HYPERLINK(&#34;http://bad.example&#34;,&#34;x&#34;)" in page
    assert "{{ 7*7 }}" in page


def test_the_page_names_what_is_silent_and_for_want_of_what(page, report):
    silent = report["not_assessed"]["kinds"]["feature"]
    assert f"{silent['silent']} / {silent['all']}" in page
    rules = report["not_assessed"]["kinds"]["rule"]
    assert f"{rules['silent']} / {rules['all']}" in page
    assert "<code>claim_lines</code>" in page
    assert "blind to it" in page
    assert "T05, T08" in page and "T06 各类疑点完全看不见" not in page
    assert "no feature or rule asks for it yet" in page
    assert "without outcomes nothing is learnt" in page
    lines = sum(
        len(one["names"])
        for one in report["not_assessed"]["by_missing"]
        if any(need.startswith("claim_lines.") for need in one["missing"])
    )
    assert f"did not come in: {lines} features and rules are not assessed for want of it" in page


def test_a_second_run_writes_the_same_bytes(root):
    before = [digest(root / "reports" / name) for name in ("checks.json", "checks.html")]
    checked(root)
    assert [digest(root / "reports" / n) for n in ("checks.json", "checks.html")] == before


def test_the_thread_count_does_not_change_the_report(root, tmp_path):
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    write_workspace(tmp_path, re.sub(r"threads: \d+", "threads: 1", text))
    checked(tmp_path)
    assert digest(tmp_path / "reports/checks.json") == digest(root / "reports/checks.json")


def test_a_rule_of_a_table_is_read_in_its_own_words_and_an_unknown_one_by_its_id(monkeypatch):
    class Known:
        name, zh, en, evidence = "on_sunday", "周日", "on a Sunday", "T19"

    class Ruled:
        rules = (Known(),)

    monkeypatch.setitem(rule_words.__globals__["CONTRACT"], "claims", Ruled())
    assert rule_words("on_sunday:claims", "claims") == {
        "zh": "周日", "en": "on a Sunday", "evidence": "T19",
    }  # fmt: skip
    assert rule_words("never_seen", "claims")["en"] == "never seen"


def test_every_cell_rule_reads_in_both_languages():
    for rule in CELL_RULES:
        assert re.search("[\u4e00-\u9fff]", rule.zh) and not re.search("[\u4e00-\u9fff]", rule.en)
