"""The Kaggle adapter on a made-up folder of the same shape, and on the real one where it is."""

import json
import os
import re
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapter_cases import accepted, table
from fraudml.claims.adapters import adapt
from fraudml.errors import ContractError, ParamsError

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
from fuzz_adapters import Fuzzed

NAME = "kaggle-provider-fraud"
ROOM = Path(os.environ.get("FRAUDML_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL = ROOM / "kaggle_provider_fraud"

PEOPLE = """\
"BeneID","DOB","DOD","Gender","Race","State","County","IPAnnualReimbursementAmt"
"B1",1943-01-01,NA,1,1,39,230,0
"B2",1936-09-01,2009-02-01,2,1,5,7,0
"""
CODES = ",".join(f'"ClmDiagnosisCode_{n}"' for n in range(1, 11))
CODES += "," + ",".join(f'"ClmProcedureCode_{n}"' for n in range(1, 7))
HEAD = '"BeneID","ClaimID","ClaimStartDt","ClaimEndDt","Provider","InscClaimAmtReimbursed",'
HEAD += '"DeductibleAmtPaid","AttendingPhysician","OperatingPhysician","OtherPhysician",' + CODES
NONE = ",NA" * 14
INPATIENT = f"""\
{HEAD},"AdmissionDt","DischargeDt","DiagnosisGroupCode"
"B1","C1",2009-04-12,2009-04-18,"V1",1e+05,1068,"D1","D2",NA,"0389","4019"{NONE},2009-04-11,2009-04-18,"001"
"B2","C2",2009-01-31,2009-02-02,"V2",5000,NA,NA,NA,NA,NA,NA{NONE},2009-01-31,2009-02-02,"750"
"""
OUTPATIENT = f"""\
{HEAD}
"B2","C3",2009-01-05,2009-01-09,"V3",30,0,"D1",NA,"D3","V5832",NA{NONE}
"""
LABELS = "Provider,PotentialFraud\nV1,Yes\nV3,No\nV9,No\n"


def zipped(folder: Path, name: str, text: str) -> None:
    with zipfile.ZipFile(folder / f"{name}.csv.zip", "w") as archive:
        archive.writestr(f"{name}.csv", text)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "kaggle"
    folder.mkdir()
    zipped(folder, "Train_Beneficiarydata-15", PEOPLE)
    zipped(folder, "Train_Inpatientdata-15", INPATIENT)
    zipped(folder, "Train_Outpatientdata-15", OUTPATIENT)
    (folder / "Train_labels_published.csv").write_text(LABELS)
    return folder


def test_the_made_up_files_become_a_folder_that_ingest_accepts_whole(source, tmp_path):
    report = adapt(NAME, source, tmp_path / "raw")
    taken = accepted(tmp_path / "raw", tmp_path)
    assert taken["quarantined_rows"] == 0
    assert report["rows"] == {
        "providers": 4,
        "practitioners": 4,
        "patients": 2,
        "claims": 3,
        "inspections": 3,
    }
    claims = pq.read_table(tmp_path / "claims" / "claims").to_pylist()
    assert [c["total_amount_fen"] for c in claims] == [10_106_800, 500_000, 3000]


def test_a_claim_keeps_its_codes_dates_and_amounts(source, tmp_path):
    adapt(NAME, source, tmp_path / "raw")
    claims = table(tmp_path / "raw", "claims")
    assert claims["C1"] == {
        "claim_id": "C1",
        "patient_id": "B1",
        "provider_id": "V1",
        "practitioner_id": "D1",
        "visit_kind": "inpatient",
        "admitted_on": "2009-04-11",
        "discharged_on": "2009-04-18",
        "settled_on": "2009-04-18",
        "diagnosis_code": "0389",
        "diagnosis_system": "ICD-9",
        "secondary_diagnoses": "4019",
        "procedure_codes": "",
        "drg_code": "001",
        "total_amount": "101068.00",
        "fund_amount": "100000.00",
        "patient_amount": "1068.00",
    }
    assert (claims["C2"]["patient_amount"], claims["C2"]["practitioner_id"]) == ("0.00", "")
    assert (claims["C3"]["visit_kind"], claims["C3"]["drg_code"]) == ("outpatient", "")


def test_people_and_providers_are_as_the_files_say_or_unknown(source, tmp_path):
    adapt(NAME, source, tmp_path / "raw")
    patients, providers = (table(tmp_path / "raw", n) for n in ("patients", "providers"))
    assert patients["B1"]["sex"] == "M" and patients["B1"]["died_on"] == ""
    assert patients["B2"]["died_on"] == "2009-02-28", "the death is known by its month alone"
    assert [patients[b]["region_code"] for b in ("B1", "B2")] == ["392300", "050070"]
    assert {p: (v["kind"], v["region_code"]) for p, v in providers.items()} == {
        "V1": ("hospital", "390000"),
        "V2": ("hospital", "050000"),
        "V3": ("", "050000"),
        "V9": ("", ""),
    }


def test_published_labels_are_closed_inspections_of_unknown_chance_on_one_day(source, tmp_path):
    report = adapt(NAME, source, tmp_path / "raw")
    inspections = table(tmp_path / "raw", "inspections")
    assert {i["target_id"]: i["result"] for i in inspections.values()} == {
        "V1": "confirmed",
        "V3": "legitimate",
        "V9": "legitimate",
    }
    days = {(i["visited_on"], i["closed_on"], i["chance"]) for i in inspections.values()}
    assert days == {(report["as_of"], report["as_of"], "")} == {("2009-04-18", "2009-04-18", "")}


def test_the_report_names_what_was_invented_and_lies_beside_the_tables(source, tmp_path):
    report = adapt(NAME, source, tmp_path / "raw")
    assert {"claims.settled_on", "inspections.closed_on", "patients.died_on"} <= set(
        report["invented"]
    )
    assert any("1 claims have no deductible" in note for note in report["notes"])
    assert json.loads((tmp_path / "raw" / "adapter.json").read_text()) == report


def test_the_outpatient_file_and_the_labels_may_be_absent_and_files_unzipped(source, tmp_path):
    (source / "Train_Outpatientdata-15.csv.zip").unlink()
    (source / "Train_labels_published.csv").unlink()
    (source / "Train_Inpatientdata-15.csv.zip").unlink()
    (source / "Train_Inpatientdata-15.csv").write_text(INPATIENT)
    report = adapt(NAME, source, tmp_path / "raw")
    assert report["rows"]["claims"] == 2
    assert "inspections" not in report["rows"]
    assert any("no outpatient file" in note for note in report["notes"])
    assert accepted(tmp_path / "raw", tmp_path)["quarantined_rows"] == 0


def test_the_test_part_has_its_list_of_providers_and_no_inspections(source, tmp_path):
    for path in list(source.iterdir()):
        path.rename(source / path.name.replace("Train_", "Test_"))
    (source / "Test_labels_published.csv").unlink()
    (source / "Test-15.csv").write_text('"Provider"\n"V1"\n"V7"\n')
    report = adapt(NAME, source, tmp_path / "raw", part="test")
    assert report["rows"]["providers"] == 4
    assert "inspections" not in report["rows"]


def spoil(name, text):
    return lambda source: (source / name).write_text(text)


def spoil_zip(name, text):
    return lambda source: zipped(source, name, text)


def two_members(source):
    with zipfile.ZipFile(source / "Train_Inpatientdata-15.csv.zip", "a") as archive:
        archive.writestr("more.csv", "x")


def both_forms(source):
    (source / "Train_Inpatientdata-15.csv").write_text(INPATIENT)


def impossible_days(source):
    for name, text in (("Inpatient", INPATIENT), ("Outpatient", OUTPATIENT)):
        zipped(source, f"Train_{name}data-15", re.sub(r"2009-\d\d-\d\d", "2009-02-30", text))


BAD_SOURCES = [
    (lambda s: (s / "Train_Inpatientdata-15.csv.zip").unlink(), "no Train_Inpatientdata"),
    (spoil("Train_Inpatientdata-15.csv.zip", "no zip"), "damaged or not a zip file"),
    (spoil_zip("Train_Inpatientdata-15", "BeneID\nB1\n"), "the column ClaimID is missing"),
    (spoil_zip("Train_Inpatientdata-15", ""), "Train_Inpatientdata-15.csv.zip: the file is empty"),
    (spoil_zip("Train_Beneficiarydata-15", PEOPLE.partition("\n")[0]), "not one row of patients"),
    (spoil_zip("Train_Inpatientdata-15", INPATIENT[:-80]), "1 rows do not have the 29 fields"),
    (impossible_days, "ClaimEndDt: not one of 3 claims has a date of the calendar"),
    (two_members, "holds 2 CSV files instead of one"),
    (both_forms, "hold the same table"),
    (
        spoil_zip("Train_Inpatientdata-15", INPATIENT.replace("1e+05", "much")),
        "InscClaimAmtReimbursed: an amount is not a number",
    ),
    (
        spoil_zip("Train_Inpatientdata-15", INPATIENT.replace("2009-04-12,", "NA,")),
        "ClaimStartDt: 1 of 3 claims have no date",
    ),
    (spoil("Train_labels_published.csv", LABELS + "V1,No\n"), "a provider is listed twice"),
    (
        spoil("Train_labels_published.csv", LABELS + "V8,Maybe\n"),
        "1 of 4 labels are neither Yes nor No",
    ),
    (spoil("Train_labels_published.csv", "Provider\nV1\n"), "PotentialFraud is missing"),
]


@pytest.mark.parametrize(("spoiled", "says"), BAD_SOURCES, ids=[s for _, s in BAD_SOURCES])
def test_a_source_that_is_not_what_kaggle_publishes_is_refused(source, tmp_path, spoiled, says):
    spoiled(source)
    with pytest.raises(ContractError, match=says) as refusal:
        adapt(NAME, source, tmp_path / "raw")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "raw").exists()


def test_an_unknown_adapter_or_part_is_refused_with_the_nearest_name(source, tmp_path):
    with pytest.raises(ParamsError, match="did you mean kaggle-provider-fraud"):
        adapt("kaggle-fraud-provider", source, tmp_path / "raw")
    with pytest.raises(ParamsError, match="neither train nor test"):
        adapt(NAME, source, tmp_path / "raw", part="validation")
    with pytest.raises(ContractError, match="is not a folder"):
        adapt(NAME, tmp_path / "nowhere", tmp_path / "raw")


@pytest.mark.parametrize("name", ["claims.csv", ".history"])
def test_a_folder_that_no_adapter_wrote_is_never_replaced(source, tmp_path, name):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / name).write_text("the only copy")
    with pytest.raises(ContractError, match="holds something that no adapter wrote"):
        adapt(NAME, source, raw)
    assert (raw / name).read_text() == "the only copy"


def test_a_table_that_somebody_put_beside_an_earlier_result_is_never_lost(source, tmp_path):
    raw = tmp_path / "raw"
    adapt(NAME, source, raw)
    (raw / "items.csv").write_text("the only copy")
    with pytest.raises(ContractError, match="holds something that no adapter wrote"):
        adapt(NAME, source, raw)
    assert (raw / "items.csv").read_text() == "the only copy"


def test_a_link_to_the_folder_to_write_stays_a_link(source, tmp_path):
    (tmp_path / "other_disk").mkdir()
    (tmp_path / "raw").symlink_to(tmp_path / "other_disk" / "raw")
    adapt(NAME, source, tmp_path / "raw")
    assert (tmp_path / "raw").is_symlink()
    assert (tmp_path / "other_disk" / "raw" / "claims.csv").is_file()


def test_a_date_that_is_none_or_far_beyond_all_others_is_not_the_as_of_date(source, tmp_path):
    for slip in ("9999-99-99", "9999-12-31"):
        more = "".join(
            INPATIENT.splitlines()[1].replace("C1", f"C{n}") + "\n" for n in range(4, 40)
        )
        text = INPATIENT.replace("2009-02-02", slip) + more
        zipped(source, "Train_Inpatientdata-15", text)
        report = adapt(NAME, source, tmp_path / "raw")
        assert report["as_of"] == "2009-04-18"
        assert report["beyond_as_of"] == (slip == "9999-12-31")
        days = {i["closed_on"] for i in table(tmp_path / "raw", "inspections").values()}
        assert days == {"2009-04-18"}


def test_a_sex_of_another_code_reaches_ingest_as_it_stands(source, tmp_path):
    zipped(source, "Train_Beneficiarydata-15", PEOPLE.replace(",2,1,5,", ",9,1,5,"))
    adapt(NAME, source, tmp_path / "raw")
    assert table(tmp_path / "raw", "patients")["B2"]["sex"] == "9"


def test_a_source_inside_the_folder_to_write_is_refused_and_kept(source, tmp_path):
    adapt(NAME, source, tmp_path / "raw")
    inner = tmp_path / "raw" / "source"
    source.rename(inner)
    with pytest.raises(ContractError, match="which is replaced whole"):
        adapt(NAME, inner, tmp_path / "raw")
    assert (inner / "Train_labels_published.csv").is_file()


def test_options_that_an_adapter_does_not_have_are_refused(source, tmp_path):
    with pytest.raises(ParamsError, match="kaggle-provider-fraud takes no --map"):
        adapt(NAME, source, tmp_path / "raw", field_map="fee_detail.zh.yaml")
    with pytest.raises(ParamsError, match="mapped needs --map"):
        adapt("mapped", source, tmp_path / "raw")
    with pytest.raises(ParamsError, match="mapped has no parts"):
        adapt("mapped", source, tmp_path / "raw", field_map="fee_detail.zh.yaml", part="1")


def test_the_same_source_gives_the_same_bytes_over_an_earlier_result(source, tmp_path):
    raw = tmp_path / "raw"
    adapt(NAME, source, raw)
    first = {p.name: p.read_bytes() for p in raw.iterdir()}
    adapt(NAME, source, raw)
    assert {p.name: p.read_bytes() for p in raw.iterdir()} == first


@pytest.mark.thirdparty
@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is absent: set FRAUDML_DATA")
@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            "train",
            {"claims": 40_474, "patients": 138_556, "inspections": 3_779, "providers": 4_404},
        ),
        ("test", {"claims": 135_392, "patients": 63_968, "providers": 1_353}),
    ],
)
def test_the_real_files_are_accepted_whole(tmp_path, part, expected):
    report = adapt(NAME, REAL, tmp_path / "raw", part=part)
    assert report["as_of"] == "2009-12-31"
    taken = accepted(tmp_path / "raw", tmp_path)
    assert taken["quarantined_rows"] == 0
    counts = {name: entry["accepted"] for name, entry in taken["tables"].items()}
    assert expected.items() <= counts.items()


def test_the_sources_of_the_fuzzer_are_sound_and_a_damaged_one_is_refused(tmp_path):
    fuzzed = Fuzzed(tmp_path)
    for number, (adapter, file) in enumerate(fuzzed.files):
        head = bytes([number, 0])
        assert fuzzed.check(head + fuzzed.sources[adapter][file].encode()), file
        assert not fuzzed.check(head + b"\x00\x01"), file
