"""Every signature finds its slip and passes over the fraud that looks like it."""

from datetime import date

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.monitor.catalogue import ASKED, CITED, RULES
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from fraudml.monitor.signatures.catalogue import SIGNATURES
from fraudml.monitor.signatures.find import find_artefacts
from monitor_cases import put_together
from slip_cases import SLIPS, slips


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """All cases asked at once: the report and the rows found in each."""
    folder = tmp_path_factory.mktemp("slips")
    with engine() as opened:
        claims = Claims(opened, put_together(folder / "claims", SLIPS))
        at = Shared(opened, claims, load(ASKED, cited=CITED), date(2024, 12, 31))
        report = find_artefacts(at, folder)
    return report, slips(folder, SLIPS)


@pytest.mark.parametrize("number", range(len(SLIPS)), ids=[one.name for one in SLIPS])
def test_a_signature_finds_the_slip_and_leaves_the_fraud_that_looks_like_it(asked, number):
    assert asked[1][number] == SLIPS[number].finds


def test_every_signature_is_asked_and_drawn_as_slip_and_as_its_twin(asked):
    assert asked[0]["not_assessed"] == {}
    for one in SIGNATURES:
        own = [case for case in SLIPS if case.rule == one.id]
        assert any(case.finds for case in own), one.id
        assert any(not case.finds for case in own), one.id


def test_a_signature_excuses_named_rules_and_never_all_of_them():
    rules = {rule.id for rule in RULES}
    typologies = {rule.typology for rule in RULES} | {"T08"}
    for one in SIGNATURES:
        assert set(one.explains) <= rules | typologies, one.id
        assert not all(one.explains_rule(rule.id) for rule in RULES), one.id
