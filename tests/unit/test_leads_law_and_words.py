from datetime import date

import pytest

from fraudml.errors import StateError
from fraudml.features.catalogue import FEATURES
from fraudml.leads.legal import basis, quote
from fraudml.leads.papers import PAPERS, papers_for
from fraudml.leads.typologies import EXPLANATIONS, TYPOLOGIES, explanations_for, typology
from fraudml.leads.words import figure, money
from fraudml.monitor.law.order_735 import law_text
from leads_cases import CATALOGUE

CLAUSES = ["15", "20", "38(1)", "38(2)", "38(3)", "38(4)", "38(5)", "38(7)", "39(3)", "40(1)",
           "40(3)", "41(1)", "41(2)", "41(3)"]  # fmt: skip


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_quoted_line_stands_in_the_law_word_for_word(clause):
    lines = quote(clause).lines
    assert lines
    assert all(line in law_text() for line in lines)


def test_an_item_is_quoted_with_the_opening_of_its_article_and_no_other_item():
    opening, item = quote("38(1)").lines
    assert opening.startswith("第三十八条 定点医药机构有下列情形之一的")
    assert item == "（一）分解住院、挂床住院；"


def test_an_article_without_items_is_quoted_whole():
    assert len(quote("15").lines) == 2
    assert "分解处方" in quote("15").lines[0]


def test_the_last_article_ends_where_the_text_ends():
    assert quote("50").lines == ("第五十条 本条例自2021年5月1日起施行。",)


@pytest.mark.parametrize("clause", ["51", "38(8)", "15(1)", "38.1", "", "第38条"])
def test_a_clause_the_law_does_not_have_is_refused(clause):
    with pytest.raises(StateError):
        quote(clause)


def test_every_clause_and_typology_of_the_catalogue_can_be_quoted_and_named():
    entries = [*FEATURES, *CATALOGUE.values()]
    assert all(quote(entry.clause).lines for entry in entries if entry.clause)
    assert all(typology(entry.typology).words.zh for entry in entries if entry.typology)


def test_before_the_law_was_in_force_no_clause_is_cited_and_the_reason_is_given():
    held = basis("38(1)", date(2021, 4, 30), 365)
    assert held.clause is None
    assert "2021-05-01" in held.note.en


def test_a_window_that_began_before_the_law_says_from_when_it_counts():
    held = basis("38(1)", date(2021, 12, 31), 365)
    assert held.clause == "38(1)"
    assert "2021-05-01" in held.note.zh


def test_a_window_after_the_law_needs_no_note():
    assert basis("38(1)", date(2025, 12, 31), 365).note is None


def test_conduct_the_law_does_not_name_has_no_clause_and_says_so():
    assert basis(None, date(2025, 12, 31), 365).note.en.startswith("the Order does not name")


def test_all_twenty_five_typologies_have_words_and_questions_to_ask():
    assert list(TYPOLOGIES) == [f"T{n:02d}" for n in range(1, 26)]
    for entry in TYPOLOGIES.values():
        assert entry.words.zh
        assert entry.words.en
        assert set(entry.explanations) <= set(EXPLANATIONS)


def test_a_code_the_contract_does_not_have_is_refused():
    with pytest.raises(StateError, match="T26"):
        typology("T26")


def test_a_question_shared_by_two_typologies_is_asked_once():
    keys = [key for key, _ in explanations_for(("T06", "T07"))]
    assert len(keys) == len(set(keys))
    assert "staged_treatment" in keys


def test_a_lead_without_a_typology_still_has_questions():
    assert explanations_for(())


def test_an_unknown_figure_is_said_to_be_not_assessed_and_never_zero():
    assert money(None).en == "not assessed"
    assert figure(None, "share").zh == "未评估"
    assert figure(float("nan"), "fen").zh == "未评估"
    assert figure(0.0, "count").en == "0"


def test_every_typology_says_what_to_ask_to_see_and_every_paper_is_asked_for():
    assert all(papers_for((code,)) for code in TYPOLOGIES)
    assert set(papers_for(tuple(TYPOLOGIES))) == set(PAPERS.values())
    assert papers_for(()) == ()
