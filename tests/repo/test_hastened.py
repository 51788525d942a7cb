"""The shorter ways through Ibis lead where its own do."""

from datetime import date

import ibis
import pytest
from ibis.common.annotations import SignatureValidationError

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.engine.embedded import DuckEngine
from fraudml.monitor.catalogue import ASKED, RULES
from fraudml.monitor.hits import ask
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from hastened import OWN, WRITTEN_FOR, hasten_ibis
from monitor_all import CASES
from monitor_cases import put_together
from translated import AS_MADE

FEW = RULES[::25]
WAYS = (hasten_ibis, lambda patch: [patch.setattr(*place, own) for place, own in OWN.items()])


def texts_of(monkeypatch, folder):
    """Each query of a few rules, translated anew."""
    said = []

    def noting(opened, expr):
        said.append(AS_MADE(opened, expr))
        return said[-1]

    monkeypatch.setattr(DuckEngine, "_typed", noting)
    with engine() as opened:
        ask(Shared(opened, Claims(opened, folder), load(ASKED), date(2024, 12, 31)), rules=FEW)
    return said


def test_every_query_of_a_few_rules_has_the_text_that_ibis_gives_it(tmp_path):
    folder, texts = put_together(tmp_path / "claims", CASES), []
    for way in WAYS:
        with pytest.MonkeyPatch.context() as patch:
            way(patch)
            texts.append(texts_of(patch, folder))
    assert len(texts[0]) > 30
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "asked",
    [
        lambda t: t.n.cast("int32").between(1),  # one argument too few
        lambda t: t.n.round(1, 2, 3),  # too many
        lambda t: t.n.round(places=2),  # a name that is not known
        lambda t: t.n.round(digits=2).sum(where=1.5),
    ],
)
def test_an_argument_that_cannot_be_is_refused_in_the_words_of_ibis(asked):
    said = []
    for way in WAYS:
        with pytest.MonkeyPatch.context() as patch:
            way(patch)
            with pytest.raises((SignatureValidationError, TypeError)) as refused:
                asked(ibis.table({"n": "float64"}, name="t"))
            said.append((type(refused.value), str(refused.value)))
    assert said[0] == said[1]


def test_beside_another_version_of_ibis_nothing_is_touched(monkeypatch):
    for (owner, name), own in OWN.items():
        monkeypatch.setattr(owner, name, own)
    assert not hasten_ibis(monkeypatch, version="12.0.1")
    assert all(owner.__dict__[name] is own for (owner, name), own in OWN.items())


def test_the_ways_are_written_for_the_version_that_is_locked():
    assert ibis.__version__ == WRITTEN_FOR
    assert all(owner.__dict__[name] is not own for (owner, name), own in OWN.items())
