"""Features of rule hits: what a year's counts say of an entity beside what it settled."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_runs import PEERS, engine, row_of
from fraudml.claims.accepted import Claims
from fraudml.entities import PROVIDER
from fraudml.features.build import bases_for, make_grain, not_assessed
from fraudml.features.catalogue import features_of
from fraudml.features.hits_beside import TABLE, rule_counts
from fraudml.features.peers import make_peers
from fraudml.features.reference import features_markdown
from fraudml.monitor.reference import rule_pairs_csv
from parity.reference.rule_hits import fund_share, surely, to_expected
from tables import draw_claims

AS_OF = date(2024, 12, 31)
PAIR = "rule_t05_violation"
ENTRIES = tuple(f for f in features_of("provider") if f.family == "provider_rule_hits")
COUNTS = (
    "grain | entity_id | as_of | window_days | rule_id | typology | result_type | hits | claims"
    " | amount_fen"
)
BEYOND = (
    "grain | entity_id | as_of | rule_id | typology | result_type | claims | amount_fen"
    " | expected_e6 | beyond_fen"
)
NONE_ASSESSED = pa.table({"rule_id": [], "typology": [], "result_type": [], "grain": []})
ASSESSED = pa.table(
    {"rule_id": ["R05.price_above_cap"], "typology": ["T05"], "result_type": ["violation"],
     "grain": ["provider"]}
)  # fmt: skip


def table(header, text, types):
    """Rows drawn as text under a header; whole numbers and dates by their column."""
    names = [cell.strip() for cell in header.split("|")]
    rows = [[c.strip() for c in line.split("|")] for line in text.strip().splitlines() if line]
    return pa.table(
        {n: pa.array([_read(types.get(n), row[i]) for row in rows], types.get(n, pa.string()))
         for i, n in enumerate(names)}
    )  # fmt: skip


def _read(kind, text):
    return date.fromisoformat(text) if kind == pa.date32() else int(text) if kind else text


WHOLE = {n: pa.int64() for n in ("window_days", "hits", "claims", "amount_fen", "violation_fen",
                                 "suspicious_fen", "suspicious_high_fen", "expected_e6",
                                 "beyond_fen")}  # fmt: skip
TYPES = {**WHOLE, "as_of": pa.date32()}


def built(
    tmp_path, counts, *, issues="", beyond="", assessed=ASSESSED, claims_of=None, accounts=None,
    fund=None,
):  # fmt: skip
    """Features of hits of providers A (4 claims of 70 yuan) and B (16), by counts drawn as text;
    and those that could not be assessed.

    accounts, fund  by provider what accounts and the fund paid of each of its claims, in yuan
    """
    per = claims_of or {"A": 4, "B": 16}
    own, theirs = accounts or {}, fund or {}
    rows = [
        f"p{i} | {who} | 2024-06-01 | {own.get(who, '')} | {theirs.get(who, 7000)}"
        for who, n in per.items()
        for i in range(n)
    ]
    text = "\n".join(
        ["patient_id | provider_id | admitted_on | account_amount | fund_amount", *rows]
    )
    drawn = draw_claims(tmp_path / "claims", claims=text)
    head = "grain | entity_id | as_of | violation_fen | suspicious_fen | suspicious_high_fen"
    with engine() as opened:
        hits = rule_counts(
            opened, opened.table(table(COUNTS, counts, TYPES), "counts"),
            opened.table(table(head, issues, TYPES), "issues"),
            opened.table(table(BEYOND, beyond, TYPES), "beyond"), assessed,
        )  # fmt: skip
        claims = Claims(opened, drawn, {TABLE: hits})
        bases = bases_for(opened, claims, (AS_OF,), ENTRIES)
        path = tmp_path / "out" / "provider.parquet"
        (tmp_path / "out" / "peers").mkdir(parents=True)
        make_grain(bases, PROVIDER, ENTRIES, path)
        make_peers(
            bases, PROVIDER, ENTRIES, PEERS,
            features=opened.read_parquet(path), path=tmp_path / "out/peers/provider.parquet",
        )  # fmt: skip
        lacking = not_assessed(claims, ENTRIES)
    return {who: row_of(path, provider_id=who) for who in per}, lacking


ONE = """
    provider | A | 2024-12-31 | 365 | R05.price_above_cap | T05 | violation | 4 | 3 | 7000
    provider | A | 2024-12-31 | 90  | R05.price_above_cap | T05 | violation | 1 | 1 | 1000
    provider | B | 2024-12-31 | 365 | R05.price_above_cap | T05 | violation | 8 | 8 | 9000
    provider | A | 2023-12-31 | 365 | R05.price_above_cap | T05 | violation | 9 | 9 | 9999"""


def test_hits_stand_against_the_rate_of_all_others_and_chance_is_taken_off(tmp_path):
    found, _ = built(tmp_path, ONE)
    # the other one: 8 hits in 16 claims, so 2 are expected of 4 claims
    assert found["A"][f"{PAIR}_hits_to_expected_365d"] == pytest.approx(to_expected(4, 4, 8, 16))
    assert to_expected(4, 4, 8, 16) == pytest.approx(1.3866 / 3, rel=1e-4)
    assert found["B"][f"{PAIR}_hits_to_expected_365d"] == pytest.approx(to_expected(8, 16, 4, 4))


def test_money_beyond_like_entities_is_a_share_of_own_fund_money_and_the_middle_one(tmp_path):
    found, _ = built(
        tmp_path,
        ONE,
        beyond="""
        provider | A | 2024-12-31 | R05.price_above_cap | T05 | violation | 3 | 7000 | 1 | 6000
        provider | A | 2024-12-31 | R05.duplicate_line | T05 | violation | 3 | 1000 | 1 | 700
        provider | A | 2023-12-31 | R05.price_above_cap | T05 | violation | 3 | 9000 | 1 | 9000""",
    )
    # 28,000 were paid to A and 112,000 to B: 70,000 in the middle
    assert found["A"][f"{PAIR}_fund_share_365d"] == pytest.approx(fund_share(6_700, 28_000, 70_000))
    assert fund_share(6_700, 28_000, 70_000) == pytest.approx(6_700 / 98_000)
    assert found["B"][f"{PAIR}_fund_share_365d"] == 0


@pytest.mark.parametrize(("fund", "own"), [(7000, 28_000), (0, 12_000)])
def test_what_accounts_paid_is_own_money_where_the_fund_paid_nothing(tmp_path, fund, own):
    found, _ = built(
        tmp_path,
        ONE,
        beyond="""
        provider | A | 2024-12-31 | R05.price_above_cap | T05 | violation | 3 | 7 | 1 | 6000""",
        accounts={"A": 3000},
        fund={"A": fund},
    )
    # 112,000 to B: the middle lies halfway
    usual = (own + 112_000) / 2
    assert found["A"][f"{PAIR}_fund_share_365d"] == pytest.approx(6_000 / (own + usual))


def test_one_slip_of_a_small_clinic_is_hardly_anything_and_a_pattern_is(tmp_path):
    slip = ONE.replace("violation | 4 | 3", "violation | 1 | 1")
    small, _ = built(tmp_path, slip)
    assert small["A"][f"{PAIR}_hits_to_expected_365d"] < 0.02
    assert surely(1) < 0.05 and surely(32) > 20


def test_ten_times_the_claims_with_ten_times_the_hits_do_not_make_twice_the_value(tmp_path):
    few, _ = built(tmp_path / "few", ONE)
    many = ONE.replace("violation | 8 | 8", "violation | 80 | 80")
    more, _ = built(tmp_path / "more", many, claims_of={"A": 4, "B": 160})
    name = f"{PAIR}_hits_to_expected_365d"
    assert more["A"][name] == few["A"][name]
    assert more["B"][name] < 2 * few["B"][name]


def test_nobody_s_hits_are_zero_where_the_rule_was_asked(tmp_path):
    found, _ = built(tmp_path, ONE.replace("| B |", "| C |"))
    assert found["B"][f"{PAIR}_hits_to_expected_365d"] == 0
    assert found["B"][f"{PAIR}_fund_share_365d"] == 0


def test_a_typology_of_which_no_rule_was_asked_is_null_and_named(tmp_path):
    found, lacking = built(tmp_path, ONE)
    assert found["A"]["rule_t13_violation_hits_to_expected_365d"] is None
    lacks = {one["feature"]: one["missing"] for one in lacking}
    assert lacks["rule_t13_violation_hits_to_expected_365d"] == [f"{TABLE}.t13_violation"]
    assert found["A"]["rule_suspicious_fen_365d"] is None


def test_amounts_counted_once_are_the_ones_of_stage_monitor(tmp_path):
    found, _ = built(tmp_path, ONE, issues="provider | A | 2024-12-31 | 6500 | 0 | 0")
    assert found["A"]["rule_violation_fen_365d"] == 6500
    assert found["B"]["rule_violation_fen_365d"] == 0


def test_without_any_rule_asked_every_feature_of_hits_is_null(tmp_path):
    found, _ = built(tmp_path, "", assessed=NONE_ASSESSED)
    assert len(ENTRIES) > 20
    assert {found["A"][entry.name] for entry in ENTRIES} == {None}


def test_distances_to_peers_are_made_of_them_too(tmp_path):
    built(tmp_path, ONE)
    peers = pq.read_table(tmp_path / "out" / "peers" / "provider.parquet")
    assert f"{PAIR}_hits_to_expected_365d" in peers.column_names


def test_the_pairs_in_the_catalogue_are_those_that_rules_can_find():
    path = Path(__file__).parents[2] / "src/fraudml/features/rule_pairs.csv"
    assert path.read_text(encoding="utf-8") == rule_pairs_csv(), "run make docs"
    assert "rule_t05_violation_hits_to_expected_365d" in features_markdown()


def test_no_provider_is_held_against_the_article_of_a_patient():
    clauses = {entry.clause for entry in ENTRIES}
    assert not any(clause and clause.startswith("41") for clause in clauses)
