"""Whom a circumstance accounts for leaves the list; who has more than the circumstance stays."""

import pyarrow as pa
import pytest
from test_leads_build import attributions, peers, scores
from test_leads_data_error import artefacts, hits

from feature_runs import engine as opened
from fraudml.claims.accepted import Claims
from fraudml.leads.accounted import Standing, brought
from fraudml.leads.build import LeadInputs, build_leads
from fraudml.leads.data_error import Gate
from fraudml.leads.legitimate.catalogue import CIRCUMSTANCES
from fraudml.leads.legitimate.entry import Answer
from fraudml.leads.words import Words
from fraudml.monitor.catalogue import RULE
from fraudml.monitor.judged import judged_hits
from legitimate_fund import AS_OF, legitimate_fund

BUSY = "busiest_day_to_median_365d"
PLACES = ("G1", "G3", "E2")  # a check-up day at G1 alone
PRICE = "R05.price_above_cap"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return legitimate_fund(tmp_path_factory.mktemp("claims") / "claims")


@pytest.fixture
def engine():
    with opened() as e:
        yield e


class Ranks:
    """Answers with the same ranks whatever is taken, and remembers what was."""

    def __init__(self, **ranks):
        self.ranks, self.asked = ranks, []

    def __call__(self, taken):
        self.asked.append(taken)
        return {one: self.ranks[one] for one in taken}


def listed(engine, folder, tmp_path, *, without, rows=(), names=PLACES, gated=True):
    """The list of one place from those named, in their order."""
    found = artefacts(engine, tmp_path, lines=[])
    judged = judged_hits(engine, *hits(engine, *((i, r, c, "G1") for i, r, c in rows)), found)
    gate = Gate(found, judged, features(engine), None) if gated else None
    given = [(one, BUSY, "T01", 2.0, 90.0, 10.0) for one in names]
    inputs = LeadInputs(scores(*names), attributions(*given), peers(*names), without=without)
    (tmp_path / "out").mkdir()
    return build_leads(
        engine, Claims(engine, folder), inputs, grain="provider", limit=1, as_of=AS_OF,
        out=tmp_path / "out", gate=gate,
    )  # fmt: skip


def features(engine):
    ids = [*PLACES, *(f"H{n}" for n in range(97))]
    return engine.table(pa.table({"provider_id": ids, "fund_fen_365d": [100.0] * 100}), "features")


@pytest.fixture(autouse=True)
def same_day(monkeypatch):
    """The tables of the build tests carry another as-of date than the legitimate fund."""
    monkeypatch.setattr("test_leads_build.AS_OF", AS_OF)


def of(table, name="provider_id"):
    return table[name].to_pylist()


def test_who_stands_out_by_the_circumstance_alone_leaves_and_the_next_one_enters(
    engine, folder, tmp_path
):
    ranks = Ranks(G1=90)
    lists = listed(engine, folder, tmp_path, without=ranks)
    assert (of(lists.listed), of(lists.accounted)) == (["G3"], ["G1"])
    (row,) = lists.accounted.to_pylist()
    assert (row["rank"], row["rank_without"], row["circumstances"]) == (1, 90, "group_visit")
    assert lists.listed["rank_without"].to_pylist() == [None]
    (taken,) = ranks.asked
    assert set(taken) == {"G1"} and BUSY in taken["G1"]
    assert "fund_fen_365d" not in taken["G1"]


def test_who_still_ranks_among_the_listed_without_the_circumstance_stays(engine, folder, tmp_path):
    lists = listed(engine, folder, tmp_path, without=Ranks(G1=1))
    assert (of(lists.listed), of(lists.accounted)) == (["G1"], [])
    assert lists.listed["rank_without"].to_pylist() == [1]
    text = next((tmp_path / "out" / "pages").iterdir()).read_text(encoding="utf-8")
    assert "rank 1 → 1: still a lead" in text


def test_hits_of_a_rule_that_stand_out_keep_a_lead_whatever_its_rank(engine, folder, tmp_path):
    rows = [(f"h{n}", PRICE, "a1") for n in range(3)]
    lists = listed(engine, folder, tmp_path, without=Ranks(G1=90), rows=rows)
    assert of(lists.listed) == ["G1"]
    text = next((tmp_path / "out" / "pages").iterdir()).read_text(encoding="utf-8")
    said = RULE[PRICE].words
    assert f"hits of rules stand out ({said[0]}): still a lead" in text
    assert f"“{said[1]}”的规则命中突出，仍为疑点" in text


def test_nobody_without_a_circumstance_is_ranked_again(engine, folder, tmp_path):
    ranks = Ranks()
    lists = listed(engine, folder, tmp_path, without=ranks, names=("G3", "E2"))
    assert (of(lists.listed), ranks.asked) == (["G3"], [])


def test_behind_the_last_one_listed_nobody_left_the_list(engine, folder, tmp_path):
    lists = listed(engine, folder, tmp_path, without=Ranks(G1=90), names=("G3", "G1", "E2"))
    assert (of(lists.listed), of(lists.accounted)) == (["G3"], [])


def test_without_the_gate_or_the_models_circumstances_move_nobody(engine, folder, tmp_path):
    assert of(listed(engine, folder, tmp_path, without=None).listed) == ["G1"]


def test_only_circumstances_that_hold_take_features_away():
    said = Words("", "")
    holds, not_so = (Answer(held, said, ("busiest",)) for held in (True, False))
    assert BUSY in brought({"epidemic": holds}, "provider")
    assert brought({"epidemic": not_so}, "provider") == frozenset()


@pytest.mark.parametrize("one", CIRCUMSTANCES, ids=lambda one: one.key)
def test_every_circumstance_takes_features_of_each_of_its_grains_and_never_the_amount(one):
    for grain in one.grains:
        taken = brought({one.key: Answer(True, Words("", ""), one.brings)}, grain)
        assert taken, grain
        assert "fund_fen_365d" not in taken


def test_what_is_said_of_a_standing_is_what_was_decided():
    assert "2 → 140，且没有" in Standing(2, 140, (), leaves=True).words().zh
    assert Standing(2, 140, (PRICE,), leaves=False).plain()["rules_left"] == [PRICE]
