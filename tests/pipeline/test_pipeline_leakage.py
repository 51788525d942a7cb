"""Nothing known after the as-of date moves a byte of the scores, through all stages up to them."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from project import ROOT, SMALL, set_params

from feature_fund import Tables, generated_fund
from feature_fund_later import changed_after
from fraudml.artifacts import digest, read_json
from fraudml.params import load_params
from fraudml.stages import run_stage
from tables import Row, write_claims

AS_OF = date(2024, 6, 30)
SMALL_TIME = {"as_of": AS_OF.isoformat(), "step_months": 3, "dates": 3}

pytestmark = pytest.mark.slow


def fund() -> Tables:
    """A generated fund, its patients inspected often enough that LightGBM learns."""
    tables = generated_fund(7, claims=700)
    tables["inspections"] += [_patient_inspected(n) for n in range(60)]
    return tables


def _patient_inspected(n: int) -> Row:
    """One every four days of 2024, closed ten days later, every third confirmed."""
    visited = date(2024, 1, 2) + timedelta(days=4 * n)
    return {
        "inspection_id": f"often{n}",
        "target_grain": "patient",
        "target_id": f"p{n}",
        "form": "special",
        "arm": "risk",
        "visited_on": visited,
        "closed_on": visited + timedelta(days=10),
        "result": "legitimate" if n % 3 else "confirmed",
        "amount_confirmed": None if n % 3 else 5_000,
    }


def scored(folder: Path, tables: Tables, *, hits_of: Path | None = None) -> Path:
    """Features, labels, models and scores of canonical tables, as of the live date.

    hits_of  a project whose hits are taken as they are; None: the rules are asked
    """
    folder.mkdir()
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"))
    set_params(folder, {**SMALL, "time": SMALL_TIME})
    set_params(folder, {"train": {"min_confirmed": 1}, "labels": {"horizon_days": 900}})
    set_params(folder, {"features": {"min_peers": 2}})
    write_claims(folder / "data" / "claims", tables)
    params = load_params(folder / "params.yaml")
    if hits_of:
        shutil.copytree(hits_of / "data/monitor", folder / "data/monitor")
    for stage in (*(() if hits_of else ("monitor",)), "features", "labels", "train", "score"):
        run_stage(stage, params, folder)
    return folder


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Path:
    return scored(tmp_path_factory.mktemp("before") / "fund", fund())


def test_changing_what_is_known_later_changes_no_byte_of_scores_models_or_labels(before, tmp_path):
    later = scored(tmp_path / "changed", changed_after(fund(), AS_OF, seed=11))
    assert digest(later / "data/claims") != digest(before / "data/claims")
    assert pq.read_metadata(before / "data/scores/provider.parquet").num_rows > 5
    for path in ("data/labels.parquet", "data/features", "models", "data/scores"):
        assert digest(later / path) == digest(before / path), path


def test_changing_what_is_known_by_then_changes_scores(before, tmp_path):
    """Features alone do, by the same hits: that hits change stands in test_monitor_leakage."""
    tables = fund()
    first = next(claim for claim in tables["claims"] if claim["settled_on"] <= AS_OF)
    first["total_amount"] += 5_000_000
    first["fund_amount"] += 5_000_000
    sooner = scored(tmp_path / "sooner", tables, hits_of=before)
    assert digest(sooner / "data/scores") != digest(before / "data/scores")


def test_lightgbm_learnt_so_that_its_scores_are_compared_too(before):
    said = [
        grain["sentence"] for grain in read_json(before / "reports/metrics/train.json").values()
    ]
    assert [sentence for sentence in said if sentence.startswith("LightGBM learnt")], said
