"""What absent tables and columns leave unsaid."""

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.features.catalogue import FEATURES
from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.knowledge.base import load
from fraudml.quality.silence import (
    Assessable,
    catalogue_features,
    monitoring_rules,
    rules_not_billed,
    silence,
)
from tables import draw_claims


def thing(name, *needs, typology="T05", kind="feature"):
    return Assessable(kind, name, "provider", typology, needs, "中", "en")


def silent(folder, *asked):
    drawn = draw_claims(folder, claims="""
        patient_id | provider_id | admitted_on | diagnosis_code
        p1         | H1          | 2025-01-01  | I63""")  # fmt: skip
    with engine() as opened:
        return silence(Claims(opened, drawn), asked, {})


def test_a_feature_is_silent_for_want_of_a_column_and_of_a_table(tmp_path):
    said = silent(
        tmp_path,
        thing("spoken", "claims.diagnosis_code"),
        thing("no_column", "claims.terminal_id", typology="T11"),
        thing("no_table", "claim_lines.item_code"),
        thing("no_table_either", "claim_lines.item_code", typology=None),
    )
    assert said["kinds"] == {"feature": {"all": 4, "silent": 3}}
    assert [(one["missing"], [n["name"] for n in one["names"]]) for one in said["by_missing"]] == [
        (["claim_lines.item_code"], ["no_table", "no_table_either"]),
        (["claims.terminal_id"], ["no_column"]),
    ]
    assert said["by_typology"] == [
        {"typology": "T05", "all": 2, "silent": 1},
        {"typology": "T11", "all": 1, "silent": 1},
        {"typology": None, "all": 1, "silent": 1},
    ]


def test_rules_are_counted_beside_features(tmp_path):
    said = silent(tmp_path, thing("f", "claims.diagnosis_code"),
                  thing("r", "items.price_cap", kind="rule"))  # fmt: skip
    assert said["kinds"] == {
        "feature": {"all": 1, "silent": 0}, "rule": {"all": 1, "silent": 1},
    }  # fmt: skip


def test_every_feature_of_the_catalogue_is_asked_for_but_those_made_of_rule_hits():
    made_of_hits = [f for f in FEATURES if f.family.endswith("_rule_hits")]
    assert len(catalogue_features()) == len(FEATURES) - len(made_of_hits)
    assert all(one.needs is not None and one.kind == "feature" for one in catalogue_features())


def _rules_left(folder, item):
    """The rules that are silent where this item alone is billed, and what is said of them."""
    drawn = draw_claims(folder, claims="""
        claim_id | patient_id | provider_id | admitted_on | diagnosis_code
        c        | p1         | H1          | 2025-01-01  | J00""",
        claim_lines=f"claim_id | item_code\n        c | {item}",
        items=f"item_code | kind | name\n        {item} | drug | 针剂")  # fmt: skip
    with engine() as opened:
        claims = Claims(opened, drawn)
        unbilled = rules_not_billed(claims, load(ASKED, cited=CITED))
        said = silence(claims, monitoring_rules(), unbilled)
    return {n["name"]: one["missing"] for one in said["by_missing"] for n in one["names"]}


def test_a_rule_whose_class_of_items_nobody_bills_is_silent_and_says_the_class(tmp_path):
    said = _rules_left(tmp_path, "OWN1")
    assert said["R09.drip_for_a_cold"] == ["claim_lines.item_code (XJ01…)"]


def test_a_rule_whose_class_of_items_is_billed_is_not(tmp_path):
    assert "R09.drip_for_a_cold" not in _rules_left(tmp_path, "XJ01D")


def test_services_under_the_nine_digits_of_the_norms_have_their_classes(tmp_path):
    assert "R08.dearer_exam" not in _rules_left(tmp_path, "250305001")


def test_a_number_of_another_length_is_no_code_of_the_norms(tmp_path):
    said = _rules_left(tmp_path, "2503050017")
    assert said["R08.dearer_exam"] == ["claim_lines.item_code (0025|0031…)"]


def test_without_lines_nothing_is_said_of_classes(tmp_path):
    drawn = draw_claims(tmp_path, claims="patient_id | provider_id | admitted_on\n"
                        "p1 | H1 | 2025-01-01")  # fmt: skip
    with engine() as opened:
        assert rules_not_billed(Claims(opened, drawn), load(ASKED, cited=CITED)) == {}


def test_every_rule_of_monitoring_is_asked_for():
    asked = monitoring_rules()
    assert [one.name for one in asked] == [rule.id for rule in RULES]
    assert all(one.kind == "rule" and one.zh and one.en for one in asked)
