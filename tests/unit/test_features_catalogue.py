"""The catalogue holds together: names, words, units, law, families, and what is not assessed."""

import re
from datetime import date

import pytest

from feature_runs import build_folder, row_of
from fraudml.claims.accepted import DERIVED
from fraudml.claims.contract_types import Table
from fraudml.claims.schema import CONTRACT, TYPOLOGIES
from fraudml.features.catalogue import FEATURES, feature, features_of, needs_of
from fraudml.features.families import FAMILIES
from fraudml.features.reference import features_markdown
from tables import draw_claims

# Articles of Order 735 that name conduct, with the number of their items (0: no items).
ARTICLES = {15: 0, 17: 0, 19: 0, 20: 0, 38: 7, 39: 7, 40: 4, 41: 3}
HAN = re.compile("[\u4e00-\u9fff]")


def test_every_grain_has_enough_features_and_the_amount_that_baselines_sort_by():
    assert len(features_of("provider")) >= 60
    assert len(features_of("practitioner")) >= 20
    assert len(features_of("patient")) >= 20
    for grain in ("provider", "practitioner", "patient"):
        assert feature("fund_fen_365d", grain).unit == "fen"


def test_names_are_unique_within_a_grain():
    names = [(f.grain, f.name) for f in FEATURES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", FEATURES, ids=lambda f: f"{f.grain}.{f.name}")
def test_an_entry_is_complete(entry):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", entry.name)
    if entry.known_at == "claims.settled_on":
        assert entry.window_days in (30, 90, 365) and entry.name.endswith(f"_{entry.window_days}d")
    assert not HAN.search(entry.en) and len(entry.en) > 5
    assert HAN.search(entry.zh)
    assert entry.family in FAMILIES
    assert entry.typology is None or entry.typology in TYPOLOGIES
    assert (entry.direction == 0) or entry.typology is not None
    for need in (*needs_of(entry), entry.known_at):
        table, column = need.split(".")
        if table in DERIVED:
            continue
        contract: Table = CONTRACT[table]
        assert contract.column(column)
    if FAMILIES[entry.family].source is None:
        assert entry.rows is None


def test_every_share_names_over_how_many_it_is_taken_and_that_is_counted():
    blind = [(f.grain, f.name) for f in FEATURES if f.unit == "share" and f.per is None]
    assert blind == []
    for entry in FEATURES:
        if entry.per is not None:
            assert feature(entry.per, entry.grain).zero_without_rows
            assert not entry.zero_without_rows and "_max_" not in entry.name


@pytest.mark.parametrize("entry", [f for f in FEATURES if f.clause], ids=lambda f: f.name)
def test_a_clause_is_an_article_and_item_that_exists(entry):
    article, item = re.fullmatch(r"(\d+)(?:\((\d)\))?", entry.clause).groups()
    assert int(article) in ARTICLES
    assert int(item or 0) <= ARTICLES[int(article)]


def test_upcoding_cites_other_violations_and_never_over_treatment():
    clauses = {f.clause for f in FEATURES if f.typology == "T03" and f.direction}
    # hits of rules that cite different clauses cite none as a feature
    assert clauses - {None} == {"38(7)"}


def test_the_first_eight_typologies_all_have_features_of_providers_or_patients():
    covered = {f.typology for f in FEATURES}
    assert {"T01", "T03", "T05", "T06", "T07", "T08", "T12", "T16"} <= covered


def test_the_reference_page_lists_every_feature():
    page = features_markdown()
    rows = re.findall(r"^\| `(\w+)` ", page, re.M)
    assert rows == [f.name for f in FEATURES]


def test_what_cannot_be_assessed_is_null_and_named_and_never_zero(tmp_path):
    drawn = draw_claims(tmp_path / "claims", claims="""
        patient_id | provider_id | admitted_on
        p1         | A           | 2024-03-01
        p2         | A           | 2024-03-02""")  # fmt: skip
    report = build_folder(drawn, tmp_path / "out", date(2024, 12, 31))
    provider = row_of(tmp_path / "out/provider.parquet", provider_id="A")
    peers = row_of(tmp_path / "out/peers/provider.parquet", provider_id="A")
    lacking = {(x["grain"], x["feature"]): x["missing"] for x in report["not_assessed"]}
    assert lacking["provider", "over_cap_fen_365d"] == ["claim_lines.item_code", "items.price_cap"]
    assert provider["over_cap_fen_365d"] is None
    assert peers["over_cap_fen_365d"] is None
    assert provider["fund_fen_365d"] == 14_000
    for entry in features_of("provider"):
        if ("provider", entry.name) in lacking:
            assert provider[entry.name] is None, entry.name
    assert report["grains"]["practitioner"]["rows"] == 0


def test_a_fund_without_a_single_claim_still_has_its_providers(tmp_path):
    drawn = draw_claims(tmp_path / "claims", providers="provider_id\nA\nB", claims="claim_id")
    report = build_folder(drawn, tmp_path / "out", date(2023, 12, 31), date(2024, 12, 31))
    assert report["dates"] == ["2024-12-31"]
    assert row_of(tmp_path / "out/provider.parquet", provider_id="A")["fund_fen_365d"] == 0
