"""Asking of several dates: what a date does not change is computed once, the rest anew."""

from collections import Counter
from datetime import date

import pytest
from pytest import MonkeyPatch

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.engine.embedded import DuckEngine
from fraudml.monitor.catalogue import ASKED, RULES
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.hits import ask, ask_again
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from monitor_all import CASES
from monitor_cases import put_together

LIVE, EARLIER = date(2024, 12, 31), date(2024, 6, 30)
LASTING = {"bill", "code", "practitioner", "every_claim", "every_line", "every_limited_line",
           "every_repeated_line"}  # fmt: skip


def rows_of(opened, found):
    """All rows found, in an order of their own."""
    rows = opened.rows(found.rows, at_most=100_000).to_pylist()
    hits = opened.rows(found.hits, at_most=100_000).to_pylist()
    return sorted(map(repr, rows)), sorted(map(repr, hits))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return put_together(tmp_path_factory.mktemp("cases") / "claims", CASES)


@pytest.mark.slow
def test_another_date_finds_of_every_rule_what_asking_of_it_alone_finds(folder):
    with engine() as opened:
        claims, known = Claims(opened, folder), load(ASKED)
        alone = {
            day: rows_of(opened, ask(Shared(opened, claims, known, day))) for day in (LIVE, EARLIER)
        }
        at = SharedOfDates(opened, claims, known, LIVE)
        found = ask(at)
        assert rows_of(opened, found) == alone[LIVE]
        again = ask_again(at, found, EARLIER)
        assert (again.as_of, rows_of(opened, again)) == (EARLIER, alone[EARLIER])
    assert alone[EARLIER] != alone[LIVE]


@pytest.mark.slow
def test_what_no_date_changes_is_computed_once_and_no_query_is_translated_anew(
    folder, monkeypatch: MonkeyPatch
):
    made, translated = Counter(), Counter()
    keep, text = DuckEngine.keep, DuckEngine._typed

    def kept(self, expr, name):
        made[name.removeprefix("monitor-")] += 1
        return keep(self, expr, name)

    def typed(self, expr):
        translated["queries"] += 1
        return text(self, expr)

    monkeypatch.setattr(DuckEngine, "keep", kept)
    monkeypatch.setattr(DuckEngine, "_typed", typed)
    with engine() as opened:
        at = SharedOfDates(opened, Claims(opened, folder), load(ASKED), LIVE)
        found = ask(at)
        before = translated["queries"]
        ask_again(at, found, EARLIER)
        assert translated["queries"] == before + 1  # the date itself, a table of one row
    once = {name for name, times in made.items() if times == 1}
    assert once >= LASTING
    assert {times for name, times in made.items() if name not in once} == {2}
    assert {f"rows-{n}" for n in range(len(RULES))} <= set(made) - once


def test_what_only_another_question_asked_is_not_computed_again(folder):
    with engine() as opened:
        at = SharedOfDates(opened, Claims(opened, folder), load(ASKED), LIVE)
        found = ask(at, rules=[rule for rule in RULES if rule.id == "R05.price_above_cap"])
        at.keep("asked_later", lambda: at.claim.filter(at.claim.inpatient))
        assert "rows-0" in found.dated and "asked_later" not in found.dated
        assert "asked_later" in at.dated
