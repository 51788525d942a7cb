"""Evidence is the claims and lines behind a feature, and only those known by the date."""

from datetime import date

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.features.catalogue import FEATURES, features_of
from fraudml.features.evidence import evidence_rows
from tables import draw_claims

AS_OF = date(2024, 12, 31)
HEAD = "claim_id | patient_id | provider_id | admitted_on"


def shown(tmp_path, grain, names, ids, **texts):
    """(feature, claim, line, code, fen) of each evidence row, sorted."""
    folder = draw_claims(tmp_path / "claims", **texts)
    with engine() as opened:
        rows = evidence_rows(opened, Claims(opened, folder), grain, names, AS_OF, ids)
        found = opened.rows(rows, at_most=1_000).to_pylist()
    keys = ("entity_id", "feature", "claim_id", "line_no", "code", "amount_fen")
    return sorted(tuple(row[key] for key in keys) for row in found)


def test_both_stays_of_a_split_are_shown_and_other_providers_are_not(tmp_path):
    name = "quick_return_stays_share_365d"
    claims = f"""
        {HEAD} | discharged_on | visit_kind | diagnosis_code | fund_amount
        c1 | p1 | A | 2024-03-01 | 2024-03-05 | inpatient | I10.1 | 100
        c2 | p1 | A | 2024-03-08 | 2024-03-09 | inpatient | I10.2 | 200
        c3 | p1 | A | 2024-08-08 | 2024-08-09 | inpatient | I10.2 | 300
        c4 | p2 | B | 2024-03-01 | 2024-03-05 | inpatient | I10.1 | 100
        c5 | p2 | B | 2024-03-08 | 2024-03-09 | inpatient | I10.2 | 200"""
    assert shown(tmp_path, "provider", [name], ["A"], claims=claims) == [
        ("A", name, "c1", None, "I10.1", 100),
        ("A", name, "c2", None, "I10.2", 200),
    ]


def test_every_line_of_a_repeated_item_is_shown_with_its_number_and_amount(tmp_path):
    name = "duplicate_lines_fen_365d"
    texts = {
        "claims": f"""
            {HEAD}
            c1 | p1 | A | 2024-03-01
            c2 | p1 | A | 2024-03-01""",
        "claim_lines": """
            claim_id | line_no | item_code | served_at           | amount
            c1       | 1       | x         | 2024-03-01 09:00:00 | 500
            c1       | 2       | y         | 2024-03-01 09:00:00 | 600
            c2       | 7       | x         | 2024-03-01 17:00:00 | 500""",
    }
    assert shown(tmp_path, "provider", [name], ["A"], **texts) == [
        ("A", name, "c1", 1, "x", 500),
        ("A", name, "c2", 7, "x", 500),
    ]


def test_alike_claims_are_found_again_though_some_of_their_cells_are_unknown(tmp_path):
    name = "identical_profile_claims_share_365d"
    claims = f"""
        {HEAD} | diagnosis_code | total_amount
        c1 | p1 | A | 2024-03-01 | I10.1 | 50000
        c2 | p2 | A | 2024-03-08 | I10.1 | 50000
        c3 | p3 | A | 2024-03-09 | I10.1 | 50000
        c4 | p4 | A | 2024-03-09 | I10.1 | 60000"""
    rows = shown(tmp_path, "provider", [name], ["A"], claims=claims)
    assert [row[2] for row in rows] == ["c1", "c2", "c3"]


def test_what_is_not_assessed_or_has_no_rows_has_no_evidence(tmp_path):
    claims = f"{HEAD}\n c1 | p1 | A | 2024-03-01"
    names = ["over_cap_fen_365d", "fund_fen_365d"]
    assert shown(tmp_path, "provider", names, ["A"], claims=claims) == []


def test_evidence_of_every_feature_compiles_and_runs(tmp_path):
    from feature_fund import generated_fund
    from tables import write_claims

    folder = write_claims(tmp_path / "claims", generated_fund(5, claims=150))
    kinds = 0
    with engine() as opened:
        claims = Claims(opened, folder)
        ids = {"provider": ["A0", "A1"], "practitioner": ["d0", "d1"], "patient": ["p0", "p1"]}
        for grain, chosen in ids.items():
            names = [f.name for f in features_of(grain)]
            rows = evidence_rows(opened, claims, grain, names, date(2024, 6, 30), chosen)
            table = opened.rows(rows, at_most=1_000_000)
            assert set(table["entity_id"].to_pylist()) <= set(chosen)
            kinds += len(set(table["feature"].to_pylist()))
    assert kinds > len([f for f in FEATURES if f.rows]) // 3
