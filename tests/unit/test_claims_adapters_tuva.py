"""The Tuva adapter on made-up seeds of the same shape, and on the real ones where they are."""

import os
from pathlib import Path

import pandas as pd
import pytest

from adapter_cases import accepted, rows, table
from fraudml.claims.adapters import adapt
from fraudml.claims.adapters.tuva import _MEDICAL, _PHARMACY
from fraudml.errors import ContractError, ParamsError

REAL = Path(os.environ.get("FRAUDML_DATA", Path(__file__).parents[3] / "shared" / "data")) / "tuva"
ELIGIBILITY = """\
person_id,gender,birth_date,death_date,enrollment_end_date
P1,male,1945-05-16,,2016-12-31
P1,male,1945-05-16,2018-02-01,2018-02-28
P2,female,1956-01-04,,2017-12-31
"""
DAY = {"claim_start_date": "2018-01-05", "claim_end_date": "2018-01-05", "person_id": "P1"}
STAY = {
    **DAY,
    "claim_id": "I1",
    "claim_type": "institutional",
    "admission_date": "2018-01-03",
    "discharge_date": "2018-01-06",
    "claim_end_date": "2018-01-06",
    "bill_type_code": "111",
    "discharge_disposition_code": "07",
    "drg_code": "871",
    "facility_npi": "F1",
    "rendering_npi": "D1",
    "diagnosis_code_type": "icd-10-cm",
    "diagnosis_code_1": "A419",
    "diagnosis_code_2": "I10",
}
VISIT = {
    **DAY,
    "claim_id": "V1",
    "claim_type": "professional",
    "claim_line_start_date": "2018-01-05",
    "place_of_service_code": "23",
    "rendering_npi": "D2",
}
MEDICAL = [
    {**STAY, "claim_line_number": "10", "hcpcs_code": None},
    {**STAY, "claim_line_number": "2", "paid_amount": "5626.82"},
    {
        **VISIT,
        "claim_line_number": "1",
        "hcpcs_code": "00100",
        "service_unit_quantity": "3",
        "paid_amount": "8.00",
        "allowed_amount": "10.00",
    },
    {
        **VISIT,
        "claim_line_number": "2",
        "hcpcs_code": "=1+1",
        "paid_amount": "12.00",
        "allowed_amount": "11.00",
        "billing_npi": None,
    },
]
PACK = {
    "claim_id": "R1",
    "person_id": "P2",
    "dispensing_date": "2018-03-01",
    "paid_date": "2018-03-02",
    "paid_amount": "0.01",
    "allowed_amount": "0.06",
}
PHARMACY = [
    {**PACK, "claim_line_number": "1", "ndc_code": "00440509685", "quantity": "6"},
    {**PACK, "claim_line_number": "2", "ndc_code": "49999057690", "quantity": "1"},
]


def write(folder: Path, medical: list[dict], pharmacy: list[dict]) -> None:
    pd.DataFrame(medical, columns=list(_MEDICAL)).to_csv(
        folder / "medical_claim_seed.csv", index=False
    )
    pd.DataFrame(pharmacy, columns=list(_PHARMACY)).to_csv(
        folder / "pharmacy_claim_seed.csv", index=False
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "tuva"
    folder.mkdir()
    (folder / "eligibility_seed.csv").write_text(ELIGIBILITY)
    write(folder, MEDICAL, PHARMACY)
    return folder


def test_institutional_claims_have_what_was_paid_and_no_lines(source, tmp_path):
    report = adapt("tuva", source, tmp_path / "raw")
    stay = table(tmp_path / "raw", "claims")["I1"]
    assert (stay["visit_kind"], stay["disposition"]) == ("inpatient", "against_advice")
    assert (stay["admitted_on"], stay["settled_on"]) == ("2018-01-03", "2018-01-06")
    assert (stay["total_amount"], stay["patient_amount"]) == ("5626.82", "0.00")
    assert (stay["secondary_diagnoses"], stay["diagnosis_system"]) == ("I10", "ICD-10")
    assert "I1" not in {line["claim_id"] for line in rows(tmp_path / "raw", "claim_lines")}
    assert any("2 institutional lines" in note for note in report["notes"])


def test_professional_lines_add_up_to_their_claim(source, tmp_path):
    adapt("tuva", source, tmp_path / "raw")
    claim = table(tmp_path / "raw", "claims")["V1"]
    assert (claim["visit_kind"], claim["provider_id"]) == ("emergency", "D2")
    amounts = [claim[a] for a in ("total_amount", "fund_amount", "patient_amount")]
    assert amounts == ["22.00", "20.00", "2.00"], "a line paid above the allowed counts as paid"
    first, second = [x for x in rows(tmp_path / "raw", "claim_lines") if x["claim_id"] == "V1"]
    assert [first[c] for c in ("item_code", "quantity", "unit_price", "amount")] == [
        "00100",
        "3",
        "3.33",
        "10.00",
    ]
    assert (second["item_code"], second["quantity"], second["unit_price"]) == ("=1+1", "1", "12.00")
    assert first["served_at"] == "2018-01-05 00:00:00"


def test_a_person_is_known_by_the_newest_enrolment(source, tmp_path):
    adapt("tuva", source, tmp_path / "raw")
    patients = table(tmp_path / "raw", "patients")
    assert list(patients) == ["P1", "P2"]
    assert (patients["P1"]["sex"], patients["P1"]["died_on"]) == ("M", "2018-02-01")


def test_only_what_names_no_pharmacy_is_set_aside(source, tmp_path):
    report = adapt("tuva", source, tmp_path / "raw")
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]
    counts = {t: (e["rows_in"], e["accepted"]) for t, e in taken.items()}
    assert counts["claims"] == (3, 2) and counts["claim_lines"] == (4, 2)
    assert taken["claims"]["quarantined"] == {"missing:claims.provider_id": 1}
    assert any("2 pharmacy lines name no pharmacy" in note for note in report["notes"])


def test_pharmacies_that_are_named_are_pharmacies(source, tmp_path):
    write(source, MEDICAL, [{**line, "dispensing_provider_npi": "PH1"} for line in PHARMACY])
    adapt("tuva", source, tmp_path / "raw")
    assert table(tmp_path / "raw", "providers")["PH1"]["kind"] == "pharmacy"
    assert accepted(tmp_path / "raw", tmp_path)["quarantined_rows"] == 0
    assert table(tmp_path / "raw", "claims")["R1"]["total_amount"] == "0.12"


def test_a_line_without_claim_or_amount_stays_for_ingest_to_judge(source, tmp_path):
    lost = {**VISIT, "claim_id": None, "claim_line_number": "1", "hcpcs_code": "X"}
    unreadable = {
        **VISIT,
        "claim_id": "V2",
        "claim_line_number": "1",
        "hcpcs_code": "X",
        "service_unit_quantity": "many",
        "paid_amount": "1.00",
        "allowed_amount": "1.00",
    }
    write(source, [*MEDICAL, lost, unreadable], [])
    report = adapt("tuva", source, tmp_path / "raw")
    assert (report["rows"]["claims"], report["rows"]["claim_lines"]) == (4, 4)
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]
    assert (taken["claims"]["accepted"], taken["claim_lines"]["accepted"]) == (3, 2)


@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        (lambda s: (s / "pharmacy_claim_seed.csv").unlink(), "no pharmacy_claim"),
        (lambda s: (s / "medical_claim_seed.csv").write_text("claim_id\n1\n"), "is missing"),
        (
            lambda s: write(s, [{**MEDICAL[1], "paid_amount": "much"}], PHARMACY),
            "paid_amount: an amount is not a number",
        ),
        (
            lambda s: write(s, [{**MEDICAL[1], "claim_end_date": "2018"}], []),
            "claim_end_date: not one of .* has a date of the calendar written YYYY-MM-DD",
        ),
    ],
)
def test_a_source_that_is_not_what_tuva_publishes_is_refused(source, tmp_path, spoiled, says):
    spoiled(source)
    with pytest.raises(ContractError, match=says):
        adapt("tuva", source, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_a_claim_number_of_two_persons_or_forms_never_mixes_their_money(source, tmp_path):
    other = {**VISIT, "person_id": "P2", "claim_line_number": "3", "paid_amount": "99.00"}
    pharmacy = [
        {**PACK, "claim_id": "I1", "claim_line_number": "1", "dispensing_provider_npi": "F1"}
    ]
    write(source, [*MEDICAL, other], pharmacy)
    adapt("tuva", source, tmp_path / "raw")
    claims = rows(tmp_path / "raw", "claims")
    assert sorted((c["claim_id"], c["patient_id"], c["fund_amount"]) for c in claims) == [
        ("I1", "P1", "5626.82"),
        ("I1", "P2", "0.01"),
        ("V1", "P1", "20.00"),
        ("V1", "P2", "99.00"),
    ]


def test_a_price_beyond_all_measure_stays_empty_for_ingest_to_judge(source, tmp_path):
    write(source, MEDICAL, [{**PHARMACY[0], "quantity": "1e-14", "allowed_amount": "9" * 15}])
    adapt("tuva", source, tmp_path / "raw")
    assert table(tmp_path / "raw", "claim_lines")["R1"]["unit_price"] == ""


def test_the_seeds_are_one_part(source, tmp_path):
    with pytest.raises(ParamsError, match="'2018' is unknown"):
        adapt("tuva", source, tmp_path / "raw", part="2018")


@pytest.mark.thirdparty
@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is absent: set FRAUDML_DATA")
def test_of_the_real_seeds_only_claims_without_a_pharmacy_are_set_aside(tmp_path):
    report = adapt("tuva", REAL, tmp_path / "raw")
    assert report["rows"] == {
        "providers": 850,
        "practitioners": 948,
        "patients": 10,
        "claims": 1235,
        "claim_lines": 1866,
    }
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]
    assert (taken["claims"]["accepted"], taken["claim_lines"]["accepted"]) == (1138, 1575)
    assert taken["claims"]["quarantined"] == {"missing:claims.provider_id": 97}
