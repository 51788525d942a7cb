"""The demo fund against its key, on a fund small enough to count by hand."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fraudml.errors import StateError
from fraudml.evaluation.evaluate import summary
from fraudml.evaluation.grade import grade
from fraudml.evaluation.report import grade_page
from fraudml.params import GradeParams

PARAMS = GradeParams(k=(4, 8), bootstrap=100, seed=1)


def scores(n=20, *, supervised=True):
    ranks = list(range(1, n + 1))
    return pa.table(
        {
            "provider_id": [f"hash-{i:02d}" for i in range(n)],
            "as_of": pa.array([date(2025, 12, 31)] * n, pa.date32()),
            "rank": ranks,
            "label_free_rank": ranks,
            "supervised_rank": pa.array(ranks if supervised else [None] * n, pa.int64()),
            "amount_rank": ranks[::-1],
            "amount_per_peer_rank": ranks,
            "rules_rank": ranks,
        }
    )


def key(folder, text):
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()[1:]]
    carriers = [
        {
            "grain": grain,
            "entity_id": entity,
            "typology": typology,
            "strength": strength,
            "amount_fen": int(yuan) * 100,
            "started_on": date.fromisoformat(started),
            "stopped_on": None,
        }
        for grain, entity, typology, strength, yuan, started in rows
    ]
    schema = pa.schema(
        [
            ("grain", pa.string()),
            ("entity_id", pa.string()),
            ("typology", pa.string()),
            ("strength", pa.string()),
            ("amount_fen", pa.int64()),
            ("started_on", pa.date32()),
            ("stopped_on", pa.date32()),
        ]
    )
    pq.write_table(pa.Table.from_pylist(carriers, schema=schema), folder / "carriers.parquet")
    return folder


KEY = """grain    | entity | typology | strength | yuan | started
         provider | 00     | T01      | strong   | 100  | 2024-01-01
         provider | 00     | T03      | weak     |  10  | 2024-01-01
         provider | 02     | T01      | strong   |  50  | 2024-01-01
         provider | 05     | T01      | weak     |  20  | 2024-01-01
         provider | 10     | T03      | weak     |  30  | 2024-01-01
         provider | 19     | T03      | strong   |  40  | 2024-01-01
         provider | 03     | T01      | strong   | 999  | 2026-01-01
         patient  | 04     | T12      | strong   | 999  | 2024-01-01"""


def hashed(grain, raw):
    return f"hash-{raw}"


def test_precision_recall_and_yuan_in_the_first_k_counted_by_hand(tmp_path):
    found = grade(key(tmp_path, KEY), {"provider": scores()}, hashed, PARAMS)["provider"]
    fused, amount = found["models"]["fused"], found["models"]["amount"]
    assert found["n_carriers"] == 5  # the one that starts later is not one yet
    assert fused["precision@4"]["value"] == 0.5  # 00 and 02
    assert fused["recall@4"]["value"] == 0.4
    assert fused["yuan@4"]["value"] == 160
    assert fused["yuan@4"]["ceiling"] == 110 + 50 + 40 + 30
    assert fused["yuan@4"]["base"] == pytest.approx(0.2 * 250)
    assert fused["precision@8"]["ceiling"] == pytest.approx(5 / 8)
    assert amount["precision@4"]["value"] == 0.25  # 19 alone
    difference = found["differences"]["fused"]["amount"]["precision@4"]["value"]
    assert difference == pytest.approx(0.25)


def test_recall_by_typology_and_strength_counts_an_entity_once_in_each(tmp_path):
    found = grade(key(tmp_path, KEY), {"provider": scores()}, hashed, PARAMS)["provider"]
    rows = {(r["typology"], r["strength"]): r for r in found["by_typology"]}
    assert rows["T01", "strong"]["recall@4"] == 1.0
    assert rows["T03", "weak"]["carriers"] == 2
    assert rows["T03", "weak"]["recall@4"] == 0.5
    assert rows["T03", "strong"]["recall@8"] == 0.0


def test_a_carrier_that_was_never_ranked_stands_last_and_still_counts_in_recall(tmp_path):
    folder = key(tmp_path, KEY + "\n provider | 77 | T01 | strong | 5 | 2024-01-01")
    found = grade(folder, {"provider": scores()}, hashed, PARAMS)["provider"]
    assert found["n_carriers_not_ranked"] == 1
    assert found["models"]["fused"]["recall@4"]["value"] == pytest.approx(2 / 6, abs=1e-6)


def test_without_a_supervised_model_its_order_is_absent(tmp_path):
    tables = {"provider": scores(supervised=False)}
    assert "lightgbm" not in grade(key(tmp_path, KEY), tables, hashed, PARAMS)["provider"]["models"]


def test_a_lead_names_its_carrier_s_scheme_where_it_is_one_of_those_planted(tmp_path):
    who, said = zip(*[("00", "T03"), ("02", "T05"), ("10", None), ("07", "T01")], strict=True)
    leads = pa.table({"provider_id": [f"hash-{one}" for one in who], "typology": said})
    tables = {"provider": scores()}
    found = grade(key(tmp_path, KEY), tables, hashed, PARAMS, {"provider": leads})
    named = found["provider"]["named"]
    assert (named["listed"], named["named"], named["value"]) == (3, 1, 0.333333)
    assert named["low"] < 1 / 3 < named["high"]
    assert summary(found)["provider"]["named"] == 0.333333
    assert "Of 3 listed carriers" in grade_page(found, ks=PARAMS.k)
    nobody = grade(tmp_path, tables, hashed, PARAMS, {"provider": leads.slice(3)})
    assert nobody["provider"]["named"]["value"] is None
    assert "named" not in summary(nobody)["provider"]


def test_a_grain_without_planted_schemes_or_without_scores_says_so(tmp_path):
    folder = key(tmp_path, KEY)
    renamed = scores().rename_columns({"provider_id": "practitioner_id"})
    found = grade(folder, {"practitioner": renamed}, hashed, PARAMS)["practitioner"]
    assert found["assessed"] is False
    assert "planted" in found["reason"]
    found = grade(folder, {"provider": scores(0)}, hashed, PARAMS)["provider"]
    assert "ranked" in found["reason"]


def test_a_missing_key_is_said_in_a_sentence(tmp_path):
    with pytest.raises(StateError, match=r"carriers\.parquet is missing"):
        grade(tmp_path, {"provider": scores()}, hashed, PARAMS)


def test_the_grade_names_nobody_and_its_page_fetches_nothing(tmp_path):
    found = grade(key(tmp_path, KEY), {"provider": scores()}, hashed, PARAMS)
    html = grade_page(found, ks=PARAMS.k)
    assert "hash-" not in json.dumps(found) + html
    assert "carry a planted scheme" in html
    for sign in ("http:", "https:", "<img", "url("):
        assert sign not in html
