"""Thresholds tried on what inspections found: nothing is changed, few outcomes propose nothing."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.cli import app
from fraudml.errors import ParamsError, StateError
from fraudml.evaluation.rule_figures import precision
from fraudml.evaluation.rule_tuning import (
    Trial,
    proposal,
    rule_of,
    sentences,
    trials,
    write_overlay,
)
from fraudml.monitor.catalogue import ASKED, CITED
from fraudml.monitor.knowledge.base import examine, load
from tables import draw_claims

ROOT = Path(__file__).parents[2]
AS_OF = date(2024, 12, 31)
SPLIT = rule_of("R06.split_stay")
CLAIM = (
    "claim_id | patient_id | provider_id | admitted_on | discharged_on | visit_kind"
    " | diagnosis_code"
)


def stays(*gaps, inspections=""):
    """One person's two stays at a provider of its own for each gap in days, all visited after."""
    rows = [
        f"{n}{part} | p{n} | H{n} | 2024-03-{first:02} | 2024-03-{first + 1:02} | inpatient | J18.9"
        for n, gap in enumerate(gaps)
        for part, first in (("a", 1), ("b", 2 + gap))
    ]
    visits = [f"H{n} | 2024-06-01 | 2024-07-01 | confirmed | 100" for n in range(len(gaps))]
    head = "target_id | visited_on | closed_on | result | amount_confirmed"
    return {
        "claims": "\n".join([CLAIM, *rows]),
        "inspections": "\n".join([head, *visits]) if inspections else "",
    }


def tried(tmp_path, *gaps, name="gap_days", as_of=AS_OF, own=None):
    texts = stays(*gaps, inspections="yes")
    with engine() as opened:
        claims = Claims(opened, draw_claims(tmp_path / "claims", **texts))
        known = load(ASKED, own, cited=CITED)
        return {t.factor: t for t in trials(opened, claims, known, SPLIT, name, as_of)}


def trial(factor, inspected, confirmed, fen=0):
    return Trial(factor, (str(factor),), 1, 1, 0, precision(inspected, confirmed, fen, 0))


def test_a_wider_gap_finds_more_and_a_narrower_one_less_beside_what_was_confirmed(tmp_path):
    found = tried(tmp_path, 3, 6, 10, 13)
    assert {f: t.hits for f, t in found.items()} == {
        0.5: 1,
        0.75: 1,
        1.0: 2,
        1.5: 3,
        2.0: 4,
        3.0: 4,
    }
    assert found[1.0].values == ("7",)
    assert (found[2.0].outcome["inspected"], found[2.0].outcome["confirmed_fen"]) == (4, 400)


def test_outcomes_known_after_the_date_do_not_count(tmp_path):
    assert tried(tmp_path, 3, as_of=date(2024, 6, 30))[1.0].outcome["inspected"] == 0


def test_few_outcomes_propose_nothing():
    assert proposal([trial(1.0, 4, 0), trial(2.0, 4, 4)]) is None


def test_a_share_that_chance_could_have_made_proposes_nothing():
    assert proposal([trial(1.0, 40, 10), trial(2.0, 40, 14)]) is None


def test_of_values_surely_confirmed_more_often_the_one_with_most_money_is_proposed():
    found = [trial(1.0, 40, 4), trial(2.0, 40, 30, 10), trial(3.0, 40, 30, 20)]
    assert proposal(found).factor == 3.0


def test_the_proposal_is_a_valid_overlay_and_writes_over_nothing(tmp_path):
    known = load(ASKED, cited=CITED)
    best = trial(2.0, 40, 30)
    write_overlay(tmp_path / "new", known, SPLIT, "gap_days", best, AS_OF)
    over, faults = examine(ASKED, tmp_path / "new", cited=CITED)
    assert faults == []
    values = {e["name"]: e["value"] for e in over.values("R06.split_stay").entries}
    assert values["gap_days"] == "14"
    assert values["staged_diagnoses"] == "Z49|Z50|Z51|N18"
    with pytest.raises(StateError, match=r"already has sources\.csv"):
        write_overlay(tmp_path / "new", known, SPLIT, "gap_days", best, AS_OF)


@pytest.mark.parametrize(("value", "factors"), [("0", {1.0}), ("1", {0.5, 1.0, 1.5, 3.0})])
def test_multiples_that_round_to_the_value_in_force_are_that_value(tmp_path, value, factors):
    row = f"R06.split_stay,gap_days,{value},days,,,,,ours"
    own = tmp_path / "own"
    own.mkdir()
    (own / "sources.csv").write_text("source,title,note\nours,Ours,\n", encoding="utf-8")
    head = "rule,name,value,unit,level,kind,valid_from,valid_to,source"
    (own / "thresholds.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    found = tried(tmp_path, 3, own=own)
    assert set(found) == factors
    said = sentences(list(found.values()), SPLIT, "gap_days", AS_OF)
    assert any(line.startswith(f"*{value:>13}") for line in said)
    assert any("there is nothing to try" in line for line in said) == (len(found) == 1)


def test_a_rule_or_a_threshold_that_cannot_be_tuned_is_refused_by_name(tmp_path):
    with pytest.raises(ParamsError, match=r"no rule with a numeric threshold; .*R06\.split_stay"):
        rule_of("R06.split_stays")
    with pytest.raises(ParamsError, match=r"docs/rules\.md") as caught:
        rule_of("x" * 5_000)
    assert len(str(caught.value)) < 160
    with pytest.raises(ParamsError, match=r"it has .*gap_days"):
        tried(tmp_path, 3, name="staged_diagnoses")


def test_a_rule_that_is_not_assessed_is_refused_with_what_it_lacks(tmp_path):
    rule = rule_of("R05.price_above_cap")
    with engine() as opened:
        claims = Claims(opened, draw_claims(tmp_path / "claims", claims=stays(3)["claims"]))
        known = load(ASKED, cited=CITED)
        with pytest.raises(StateError, match=r"items\.price_cap"):
            trials(opened, claims, known, rule, "tolerance_fen", AS_OF)


def test_the_command_says_what_each_value_finds_and_changes_nothing(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    draw_claims(tmp_path / "data/claims", **stays(3, 10, inspections="yes"))
    before = sorted(tmp_path.rglob("*.csv"))
    words = ["rules", "tune", "R06.split_stay", "gap_days", "-C", str(tmp_path)]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "own")])
    assert done.exit_code == 0, done.output
    assert "*            7  hits 1" in done.output
    assert "Proposal: none" in done.output
    assert sorted(tmp_path.rglob("*.csv")) == before
    late = CliRunner().invoke(app, [*words, "--as-of", "2031-01-01"])
    assert isinstance(late.exception, ParamsError)
