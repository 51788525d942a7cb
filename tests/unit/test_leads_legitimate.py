"""Legitimate explanations: where the claims speak for them, against them, or not at all."""

from datetime import date

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.features.catalogue import features_of
from fraudml.leads import explanations
from fraudml.leads.legitimate.catalogue import CAN_BE_TESTED, CIRCUMSTANCES, answers
from fraudml.leads.legitimate.entry import Answer
from fraudml.leads.typologies import EXPLANATIONS
from fraudml.leads.words import Words
from legitimate_fund import AS_OF, HOLDS, NEARLY, legitimate_fund
from tables import draw_claims


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return legitimate_fund(tmp_path_factory.mktemp("claims") / "claims")


def said(folder, ids, grain="provider", as_of=AS_OF):
    with engine() as opened:
        return answers(opened, Claims(opened, folder), ids, grain=grain, as_of=as_of)


@pytest.fixture(scope="module")
def providers(folder):
    return said(folder, sorted(set().union(*HOLDS.values(), *NEARLY.values())))


@pytest.mark.parametrize("key", sorted(HOLDS))
def test_a_circumstance_holds_where_it_is_and_not_where_it_nearly_is(providers, key):
    asked = sorted(HOLDS[key] | NEARLY[key])
    assert {one for one in asked if providers[one][key].holds} == HOLDS[key]


def test_every_circumstance_is_a_question_of_the_leads_and_has_a_case(providers):
    assert set(HOLDS) == set(NEARLY) == {one.key for one in CIRCUMSTANCES} <= set(EXPLANATIONS)
    for one in providers.values():
        for answer in one.values():
            assert answer.said.zh and answer.said.en


def test_figures_of_an_answer_can_be_checked_by_eye(providers):
    assert providers["G1"]["group_visit"].said.en == (
        "busiest day 2024-03-04: 20 visits (10.0 times the usual day), 20 different people, "
        "100% examinations or screening"
    )
    assert providers["R1"]["referral_centre"].said.en.startswith("12 of 12 stays came from other")
    assert "from 1.00 to 2.00" in providers["M1"]["case_mix"].said.en
    assert "2 other hospitals" not in providers["L1"]["sole_provider"].said.en


def test_persons_are_answered_too(folder):
    assert said(folder, ["S1p", "S2p"], "patient")["S1p"]["staged_treatment"].holds
    assert not said(folder, ["S2p"], "patient")["S2p"]["staged_treatment"].holds
    assert said(folder, ["dE1"], "practitioner")["dE1"]["epidemic"].holds


def test_what_was_not_known_by_the_live_date_says_nothing(folder):
    before = said(folder, ["G1", "N1"], as_of=date(2024, 2, 1))
    assert not before["G1"]["group_visit"].holds
    assert not before["N1"]["new_department"].holds


def test_without_its_columns_or_rows_there_is_no_answer(tmp_path):
    text = "claim_id | patient_id | provider_id | admitted_on\n c1 | p | A | 2024-03-01"
    found = said(draw_claims(tmp_path / "claims", claims=text), ["A", "B"])
    assert found == {"A": {}, "B": {}}
    assert explanations.tested("epidemic", None, found["A"])[0] == "not_testable"


def test_diagnoses_of_another_system_are_not_read_as_icd_10(tmp_path):
    head = "patient_id | provider_id | admitted_on | diagnosis_code | diagnosis_system"
    rows = [f"p{n} | A | 2024-03-{n + 1:02} | J06 | ICD-9" for n in range(25)]
    folder = draw_claims(tmp_path / "claims", claims="\n".join((head, *rows)))
    assert "epidemic" not in said(folder, ["A"])["A"]


def brought_by(key, grain):
    """What one circumstance alone can bring about: the features that accuse of something."""
    one = next(c for c in CIRCUMSTANCES if c.key == key)
    answer = Answer(True, Words("", ""), one.brings)
    return {f.name: f.typology for f in features_of(grain) if f.direction
            and answer.can_bring(f.name)}  # fmt: skip


@pytest.mark.parametrize(("key", "grain"), [(c.key, g) for c in CIRCUMSTANCES for g in c.grains])
def test_no_circumstance_brings_about_settling_for_the_dead_or_a_pack_sold_twice(key, grain):
    """Before: dialysis the visits after death, a referral centre the codes sold elsewhere."""
    assert not {"T11", "T12", "T13", "T14", "T18", "T19", "T20"} & {
        *brought_by(key, grain).values()
    }


@pytest.mark.parametrize("key", ["epidemic", "group_visit"])
def test_a_crowd_makes_no_stay_heavier(key):
    assert "T03" not in brought_by(key, "provider").values()


def test_who_is_sent_on_lies_in_no_two_beds():
    assert "T07" not in brought_by("referral_centre", "provider").values()


def test_an_answer_names_the_reasons_that_it_alone_can_bring_about():
    answer = Answer(True, Words("依据", "the figures"), ("busiest", "upload"))
    features = ["busiest_day_to_median_365d", "drg_weight_mean_365d", "late_upload_claims_share"]
    status, note = explanations.tested("epidemic", None, {"epidemic": answer}, features)
    assert status == "consistent"
    assert note.en == "consistent: the figures; it alone can bring about reasons 1, 3"
    assert note.zh == "相符：依据；单凭此情形即可出现理由 1、3"
    none = explanations.tested("epidemic", None, {"epidemic": answer}, features[1:2])[1]
    assert none.en.endswith("it brings about none of the reasons shown")
    against = explanations.tested(
        "epidemic", None, {"epidemic": Answer(False, Words("依", "no"), ())}
    )
    assert against == ("does_not_explain", Words("不相符：依", "not so: no"))


def test_only_circumstances_that_can_be_tested_are_called_not_testable():
    untested = set(EXPLANATIONS) - CAN_BE_TESTED
    assert {explanations.tested(key, None, {})[0] for key in untested} == {"not_tested"}
    assert {explanations.tested(key, None, None)[0] for key in EXPLANATIONS} == {"not_tested"}
