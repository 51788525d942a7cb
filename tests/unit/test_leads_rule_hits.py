"""The hits of rules on a lead: who is shown what, in which order, with which rows and clause."""

from datetime import date

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.features.catalogue import FEATURES
from fraudml.leads.rule_hits import (
    PAIR_OF,
    RuleHits,
    find_rule_hits,
    hits_behind,
    hits_row,
    rules_behind,
)
from fraudml.monitor.catalogue import ASKED, RULES
from fraudml.monitor.hits import find_hits
from fraudml.monitor.knowledge.base import load
from tables import draw_claims

LINE = "claim_id | line_no | item_code | served_at | unit_price | amount | fund_amount"
FUND = {
    "claims": """claim_id | patient_id | provider_id | practitioner_id | admitted_on
        c1 | p | A | d | 2024-03-10
        c2 | p | A | d | 2024-04-10
        c3 | q | B | e | 2021-04-10""",
    "patients": """patient_id | sex | died_on
        p | M | 2024-04-01
        q | M |""",
    "claim_lines": f"""{LINE}
        c1 | 1 | f | 2024-03-10 09:00:00 | 3000 | 3000 | 3000
        c2 | 1 | x | 2024-04-10 09:00:00 | 9000 | 9000 | 9000
        c2 | 2 | x | 2024-04-10 10:00:00 | 1500 | 1500 | 1500
        c3 | 1 | x | 2021-04-10 09:00:00 | 1500 | 1500 | 1500""",
    "items": """item_code | kind | price_cap | sex_limit
        x | drug | 1000 |
        f | drug | 5000 | F""",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Hits of A and B, of doctor d and of patients p and q, as leads would show them."""
    out = tmp_path_factory.mktemp("hits")
    with engine() as opened:
        claims = Claims(opened, draw_claims(out / "claims", **FUND))
        find_hits(opened, claims, load(ASKED), date(2024, 12, 31), out)
        hits, lines = (opened.read_parquet(out / f"{n}.parquet") for n in ("hits", "hit_lines"))
        listed = {"provider": ["A", "B", "C"], "practitioner": ["d"], "patient": ["p", "q"]}
        return {
            grain: find_rule_hits(opened, hits, lines, ids, grain=grain, as_of=date(2024, 12, 31))
            for grain, ids in listed.items()
        }


def names(hits):
    return [one.rule_id for one in hits]


def test_violations_come_first_and_the_larger_amount_before_the_smaller(found):
    shown = names(found["provider"]["A"])
    kinds = [one.violation for one in found["provider"]["A"]]
    assert kinds == sorted(kinds, reverse=True)
    assert shown[-1] == "R17.other_sex"
    assert {"R05.price_above_cap", "R19.service_after_death"} <= set(shown)


def test_a_patient_is_shown_only_what_rules_say_of_patients(found):
    assert names(found["patient"]["p"]) == ["R19.service_after_death"]
    assert "q" not in found["patient"]


def test_a_practitioner_is_shown_what_was_billed_under_the_own_number(found):
    assert set(names(found["practitioner"]["d"])) == {"R05.price_above_cap", "R17.other_sex"}


def test_the_rows_of_the_largest_hit_come_first(found):
    (cap,) = [h for h in found["provider"]["A"] if h.rule_id == "R05.price_above_cap"]
    assert [(row["claim_id"], row["line_no"]) for row in cap.lines] == [("c2", 1), ("c2", 2)]
    assert (cap.hits, cap.lines_n, cap.amounts_fen) == (2, 2, (8500, 8500, 10500))


def test_the_clause_is_cited_or_it_is_said_why_there_is_none(found):
    said = {h.rule_id: h.plain("provider") for h in found["provider"]["A"]}
    assert said["R05.price_above_cap"]["clause"] == "38(3)"
    assert said["R05.price_above_cap"]["clause_title"]["en"] == "Order 735, article 38 (3)"
    assert said["R17.other_sex"]["clause"] is None
    assert "does not name" in said["R17.other_sex"]["clause_note"]["en"]
    (old,) = found["provider"]["B"]
    assert (old.basis().clause, old.plain("provider")["clause_note"]["en"][:18]) == (
        None,
        "the acts lie befor",
    )


def test_who_has_no_hit_has_empty_cells_and_never_zeros(found):
    assert "C" not in found["provider"]
    assert set(hits_row((), {}, {}).values()) == {None}
    own = found["provider"]["A"]
    none = dict.fromkeys((one.rule_id for one in own), 0)
    whole = {one.rule_id: one.amounts_fen[1] for one in own}
    row = hits_row(own, none, whole)
    assert row["rule_hits"] >= 4 and row["rule_violation_fen"] >= 8500
    assert "R05.price_above_cap × 2" in row["rules"]
    price = "R05.price_above_cap"
    left = hits_row(own, none | {price: 2}, whole | {price: 0})
    assert left["rule_hits"] == row["rule_hits"] - 2
    assert left["rule_violation_fen"] == row["rule_violation_fen"] - whole[price]
    assert f"{price} × 2 (◐ 2)" in left["rules"]


def test_hits_of_the_last_year_are_counted_behind_the_feature_that_counts_them(found):
    behind = hits_behind(found["provider"]["A"])
    assert behind["rule_t05_violation_hits_to_expected_365d"] == 2
    assert behind["rule_t05_violation_fund_share_365d"] == 2
    assert behind.keys() <= PAIR_OF.keys()


def test_hits_older_than_the_window_of_the_features_stand_behind_none_of_them(found):
    assert names(found["provider"]["B"]) == ["R05.price_above_cap"]
    assert set(hits_behind(found["provider"]["B"]).values()) == {0}


def test_every_feature_of_hits_is_in_the_catalogue():
    catalogued = {feature.name for feature in FEATURES}
    assert catalogued >= PAIR_OF.keys()


def test_the_rules_behind_a_feature_of_hits_come_with_the_hits_of_its_window():
    days = (date(2025, 1, 3), date(2025, 12, 30))
    found = [
        RuleHits(rule, hits, year, (0, 100, 200), 0, days, 9, ())
        for rule, hits, year in (
            ("R05.duplicate_line", 9, 4), ("R05.price_above_cap", 6, 6),
            ("R05.duplicate_claim", 3, 0),
        )
    ]  # fmt: skip
    behind = rules_behind(found)["rule_t05_violation_hits_to_expected_365d"]
    named = {rule.id: rule.words for rule in RULES}
    assert [(words.en, hits) for words, hits in behind] == [
        (named["R05.price_above_cap"][0], 6), (named["R05.duplicate_line"][0], 4),
    ]  # fmt: skip
