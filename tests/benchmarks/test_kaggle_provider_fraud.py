"""The benchmark reads the accepted claims as the product does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from adapter_cases import accepted
from feature_runs import engine
from fraudml.claims.accepted import Claims
from kaggle_provider_fraud import claims_counted

CLAIM = (
    "claim_id,patient_id,provider_id,visit_kind,admitted_on,discharged_on,settled_on,"
    "total_amount,fund_amount,patient_amount\n"
    "c1,p,A,outpatient,2024-01-05,2024-01-05,2024-01-05,10,10,0\n"
    "c2,p,A,outpatient,2024-02-05,2024-02-05,2024-02-05,10,10,0\n"
    "c3,q,B,outpatient,2024-03-05,2024-03-05,2024-03-05,10,10,0\n"
)


def test_claims_and_providers_are_counted_over_all_months(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "claims.csv").write_text(CLAIM)
    (raw / "patients.csv").write_text("patient_id\np\nq\n")
    (raw / "providers.csv").write_text("provider_id\nA\nB\n")
    accepted(raw, tmp_path)
    with engine() as opened:
        found = claims_counted(Claims(opened, tmp_path / "claims"))
    assert found == {"claims": 3, "providers_with_claims": 2}
