from datetime import date

import pyarrow as pa
import pytest

from fraudml.claims.accepted import Claims
from fraudml.engine import open_engine
from fraudml.features.rule_hits import share_feature
from fraudml.leads.build import LeadInputs, build_leads
from fraudml.leads.lists import write_index
from fraudml.leads.subjects import find_subjects
from fraudml.params import EngineParams
from tables import draw_claims

AS_OF = date(2025, 12, 31)
SPLIT = "quick_return_stays_share_365d"
ROUND = "round_amount_claims_share_365d"
PROVIDERS = """
provider_id | name   | kind     | level | region_code
H1          | First  | hospital | 3     | 330102
H2          | Second | clinic   |       |
"""
CLAIMS = """
claim_id | patient_id | provider_id | practitioner_id | visit_kind | admitted_on | discharged_on | diagnosis_code | fund_amount
a1       | p1         | H1          | d1              | inpatient  | 2025-05-01  | 2025-05-06    | I63            | 500000
a2       | p1         | H1          | d1              | inpatient  | 2025-05-08  | 2025-05-12    | I63            | 400000
a3       | p2         | H1          | d1              | inpatient  | 2025-06-01  | 2025-06-06    | J18            | 300000
a4       | p3         | H2          | d1              | outpatient | 2026-01-05  | 2026-01-05    | J18            | 900000
"""  # noqa: E501


@pytest.fixture
def engine(tmp_path):
    with open_engine(EngineParams(kind="duckdb", memory_gb=1.0, threads=1), spill=tmp_path) as e:
        yield e


@pytest.fixture
def claims(engine, tmp_path):
    return Claims(engine, draw_claims(tmp_path / "claims", providers=PROVIDERS, claims=CLAIMS))


def scores(*ids, expected=None):
    rows = [
        {
            "provider_id": entity, "as_of": AS_OF, "anomaly": 0.9, "probability": None,
            "expected_recovery_fen": expected, "p_value": None, "risk": 1.0 / place,
            "rank": place, "supervised_rank": None, "rules_rank": place,
            "label_free_rank": place, "distance_rank": place,
            "amount_rank": place, "amount_per_peer_rank": place,
        }
        for place, entity in enumerate(ids, start=1)
    ]  # fmt: skip
    whole = {
        "probability": pa.float64(),
        "expected_recovery_fen": pa.int64(),
        "p_value": pa.float64(),
        "supervised_rank": pa.int64(),
        "as_of": pa.date32(),
    }
    table = pa.Table.from_pylist(rows)
    return table.cast(pa.schema([(f.name, whole.get(f.name, f.type)) for f in table.schema]))


def attributions(*rows):
    named = ("provider_id", "feature", "typology", "contribution", "value", "peer_median")
    more = {"as_of": AS_OF, "model": "tail", "percentile": 0.95, "peers_n": 20}
    return pa.Table.from_pylist(
        [dict(zip(named, row, strict=True)) | more for row in rows]
    ).cast(
        pa.schema([
            ("provider_id", pa.string()), ("feature", pa.string()), ("typology", pa.string()),
            ("contribution", pa.float64()), ("value", pa.float64()),
            ("peer_median", pa.float64()), ("as_of", pa.date32()), ("model", pa.string()),
            ("percentile", pa.float64()), ("peers_n", pa.int64()),
        ])
    )  # fmt: skip


def peers(*ids):
    return pa.table(
        {
            "provider_id": list(ids),
            "as_of": pa.array([AS_OF] * len(ids), pa.date32()),
            "peer_group": ["hospital|3"] * len(ids),
            "peers_n": [20] * len(ids),
        }
    )


def listed(engine, claims, out, *, given=None, limit=10, **more):
    rows = given or [("H1", SPLIT, "T06", 2.0, 0.5, 0.1), ("H2", SPLIT, "T06", 0.1, None, 0.1)]
    inputs = LeadInputs(scores("H1", "H2", **more), attributions(*rows), peers("H1", "H2"))
    out.mkdir()
    return build_leads(
        engine, claims, inputs, grain="provider", limit=limit, as_of=AS_OF, out=out
    ).listed.to_pylist()


def test_a_lead_names_its_typology_its_clause_and_what_stands_behind_it(engine, claims, tmp_path):
    (first,) = listed(engine, claims, tmp_path / "out")
    assert (first["typology"], first["clause"]) == ("T06", "38(1)")
    assert first["name"] == "First"
    assert first["peers_n"] == 20
    assert first["reason_1_en"].endswith("50% (peer median 10%, above 95% of peers, n=20)")
    assert first["amount_basis"] == "evidence_rows"
    assert first["amount_fen"] in (400_000, 500_000, 900_000)


def test_of_whom_nothing_is_to_be_said_is_not_listed_and_whoever_was_not_explained_is(
    engine, claims, tmp_path
):
    """The second was explained and stands at no reason; of the third nobody asked the models."""
    rows = [("H1", SPLIT, "T06", 2.0, 0.5, 0.1), ("H2", SPLIT, "T06", 0.1, None, 0.1)]
    ids = ("H1", "H2", "H3")
    inputs = LeadInputs(scores(*ids), attributions(*rows), peers(*ids))
    (tmp_path / "out").mkdir()
    found = build_leads(
        engine, claims, inputs, grain="provider", limit=10, as_of=AS_OF, out=tmp_path / "out"
    )
    assert found.listed["provider_id"].to_pylist() == ["H1", "H3"]
    assert found.listed["typology"].to_pylist() == ["T06", None]
    assert found.silent_n == 1
    page = write_index({"provider": found}, as_of=AS_OF, out=tmp_path / "out").read_text("utf-8")
    assert "1 of the first ranks have neither a reason to show nor hits of a rule" in page


def test_expected_recovery_goes_before_the_rows(engine, claims, tmp_path):
    first = listed(engine, claims, tmp_path / "out", expected=123)[0]
    assert (first["amount_fen"], first["amount_basis"]) == (123, "expected_recovery")


def test_only_as_many_as_asked_for_are_listed(engine, claims, tmp_path):
    assert len(listed(engine, claims, tmp_path / "out", limit=1)) == 1
    assert len(list((tmp_path / "out" / "pages").iterdir())) == 1


def test_a_reason_whose_feature_has_no_rows_leaves_the_amount_unknown(engine, claims, tmp_path):
    rows = [("H1", "stay_days_to_peer_ratio", "T06", 2.0, 0.5, 0.1)]
    first = listed(engine, claims, tmp_path / "out", given=rows)[0]
    assert first["amount_fen"] is None


def test_where_the_rules_have_nothing_to_show_the_rows_of_the_next_panel_are_brought(
    engine, claims, tmp_path, monkeypatch
):
    """Its rank is that of a rule's list, but the hits there are about others."""
    monkeypatch.setattr("fraudml.leads.build.find_rule_hits", lambda *_, **__: {})
    share = share_feature("t12_suspicious")
    parts = attributions(
        ("H1", share, "T12", 1.0, 0.4, 0.0), ("H1", SPLIT, "T06", 2.0, 0.5, 0.1),
    )  # fmt: skip
    models = pa.array(["rules", "tail"], pa.string())
    parts = parts.set_column(parts.schema.get_field_index("model"), "model", models)
    rank = scores("H1")
    rank = rank.set_column(rank.schema.get_field_index("distance_rank"), "distance_rank", [[9]])
    inputs = LeadInputs(rank, parts, peers("H1"), hits=(None, None))
    out = tmp_path / "out"
    out.mkdir()
    made = build_leads(engine, claims, inputs, grain="provider", limit=1, as_of=AS_OF, out=out)
    first = made.listed.to_pylist()[0]
    assert (first["typology"], first["amount_basis"]) == ("T06", "evidence_rows")
    assert first["amount_fen"] > 0


def test_who_and_where_come_from_what_was_known_by_the_date(engine, claims):
    found = find_subjects(engine, claims, ["H1", "H2"], grain="provider", as_of=AS_OF)
    assert (found["H1"].claims_n, found["H1"].level) == (3, 3)
    assert found["H1"].last_settled_on == date(2025, 6, 6)
    assert found["H2"].claims_n is None
    assert (found["H2"].level, found["H2"].region_code) == (None, None)


def test_a_practitioner_is_found_at_the_provider_with_most_claims(engine, claims):
    found = find_subjects(engine, claims, ["d1", "d9"], grain="practitioner", as_of=AS_OF)
    assert (found["d1"].place_id, found["d1"].place_name) == ("H1", "First")
    assert found["d1"].name is None
    assert found["d9"].place_id is None


def test_a_patient_is_named_by_nothing_but_the_pseudonym(engine, claims):
    found = find_subjects(engine, claims, ["p1"], grain="patient", as_of=AS_OF)
    assert found["p1"].name is None
    assert found["p1"].claims_n == 2
