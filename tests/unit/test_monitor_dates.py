"""Asking of several dates: what a date does not change is computed once, the rest anew."""

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import RULES
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.hits import ask
from fraudml.monitor.shared import Shared
from monitor_asked import CASES_AS_OF, EARLIER, known, rows_of

LASTING = {"bill", "code", "practitioner", "every_claim", "every_line", "every_limited_line",
           "every_repeated_line"}  # fmt: skip


@pytest.mark.slow
def test_another_date_finds_of_every_rule_what_asking_of_it_alone_finds(
    asked_cases, asked_of_dates
):
    with engine() as opened:
        alone = ask(Shared(opened, Claims(opened, asked_cases.claims), known(), EARLIER))
        earlier = rows_of(opened, alone)
    assert asked_of_dates.live == asked_cases.rows
    assert (asked_of_dates.as_of, asked_of_dates.earlier) == (EARLIER, earlier)
    assert earlier != asked_cases.rows


@pytest.mark.slow
def test_what_no_date_changes_is_computed_once_and_no_query_is_translated_anew(asked_of_dates):
    made = asked_of_dates.kept
    assert asked_of_dates.translated == 1  # the date itself, a table of one row
    once = {name for name, times in made.items() if times == 1}
    assert once >= LASTING
    assert {times for name, times in made.items() if name not in once} == {2}
    assert {f"rows-{n}" for n in range(len(RULES))} <= set(made) - once


def test_what_only_another_question_asked_is_not_computed_again(asked_cases):
    with engine() as opened:
        at = SharedOfDates(opened, Claims(opened, asked_cases.claims), known(), CASES_AS_OF)
        found = ask(at, rules=[rule for rule in RULES if rule.id == "R05.price_above_cap"])
        at.keep("asked_later", lambda: at.claim.filter(at.claim.inpatient))
        assert "rows-0" in found.dated and "asked_later" not in found.dated
        assert "asked_later" in at.dated
