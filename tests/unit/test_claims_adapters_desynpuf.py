"""The DE-SynPUF adapter on made-up files of the same shape, and on the real ones where they are."""

import gzip
import os
from pathlib import Path

import pandas as pd
import pytest

from adapter_cases import accepted, table
from fraudml.claims.adapters import adapt
from fraudml.errors import ContractError, ParamsError

REAL = (
    Path(os.environ.get("FRAUDML_DATA", Path(__file__).parents[3] / "shared" / "data")) / "desynpuf"
)
PEOPLE = "DESYNPUF_ID,BENE_BIRTH_DT,BENE_DEATH_DT,BENE_SEX_IDENT_CD,BENE_RACE_CD,SP_STATE_CODE,"
PEOPLE += "BENE_COUNTY_CD\n"
YEARS = {
    2008: PEOPLE + "A1,19430101,,1,1,39,230\nA2,19360901,,2,1,05,007\n",
    2009: PEOPLE + "A1,19430101,20090201,1,1,39,230\nA2,19360901,,2,1,06,008\n",
    2010: PEOPLE + "A2,19360901,,2,1,06,008\n",
}
CODES = [f"ICD9_DGNS_CD_{n}" for n in range(1, 11)] + [f"ICD9_PRCDR_CD_{n}" for n in range(1, 7)]
CLAIMS = pd.DataFrame(
    {
        "DESYNPUF_ID": ["A1", "A2", "A2"],
        "CLM_ID": ["100", "200", "200"],
        "SEGMENT": ["1", "1", "2"],
        "CLM_FROM_DT": ["20090102", "20100302", None],
        "CLM_THRU_DT": ["20090105", "20100309", None],
        "PRVDR_NUM": ["3900MB", "0503VJ", "05S0WM"],
        "CLM_PMT_AMT": ["26000.00", "-1000.00", "5000.00"],
        "AT_PHYSN_NPI": ["111", "222", None],
        "OP_PHYSN_NPI": [None, "111", None],
        "OT_PHYSN_NPI": [None, None, None],
        "CLM_ADMSN_DT": ["20090101", "20100302", "20100218"],
        "NCH_BENE_IP_DDCTBL_AMT": ["1068.00", None, "1100.00"],
        "NCH_BENE_PTA_COINSRNC_LBLTY_AM": ["1.50", "0.00", "0.00"],
        "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM": ["2.25", "0.00", "0.00"],
        "NCH_BENE_DSCHRG_DT": ["20090105", "20100308", "20100309"],
        "CLM_DRG_CD": ["201", "OTH", "000"],
        **dict.fromkeys(CODES),
    }
).assign(ICD9_DGNS_CD_1="0389", ICD9_DGNS_CD_2="V4019", ICD9_PRCDR_CD_2="3722")


def packed(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "desynpuf"
    folder.mkdir()
    for year, text in YEARS.items():
        packed(folder / f"DE1_0_{year}_Beneficiary_Summary_File_Sample_1.csv.gz", text)
    claims = folder / "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv.gz"
    packed(claims, CLAIMS.to_csv(index=False))
    return folder


def test_the_made_up_sample_is_accepted_whole(source, tmp_path):
    report = adapt("desynpuf", source, tmp_path / "raw")
    assert report["part"] == "all"
    assert report["as_of"] == "2010-03-09"
    assert report["rows"] == {"providers": 3, "practitioners": 3, "patients": 2, "claims": 3}
    assert accepted(tmp_path / "raw", tmp_path)["quarantined_rows"] == 0


def test_a_second_segment_is_a_claim_of_its_own_with_its_own_provider_and_payment(source, tmp_path):
    report = adapt("desynpuf", source, tmp_path / "raw", part="1")
    claims = table(tmp_path / "raw", "claims")
    assert list(claims) == ["100", "200", "200-2"]
    second = claims["200-2"]
    assert (second["provider_id"], second["fund_amount"]) == ("05S0WM", "5000.00")
    assert (second["admitted_on"], second["settled_on"]) == ("2010-02-18", "2010-03-09")
    assert any("1 rows are second segments" in note for note in report["notes"])
    assert any("1 payments are below zero" in note for note in report["notes"])


def test_amounts_codes_and_dates_of_a_claim_add_up(source, tmp_path):
    adapt("desynpuf", source, tmp_path / "raw")
    first, negative = (table(tmp_path / "raw", "claims")[c] for c in ("100", "200"))
    amounts = ("total_amount", "fund_amount", "patient_amount")
    assert [first[a] for a in amounts] == ["27071.75", "26000.00", "1071.75"]
    assert [negative[a] for a in amounts] == ["-1000.00", "-1000.00", "0.00"]
    assert (first["diagnosis_code"], first["diagnosis_system"]) == ("0389", "ICD-9")
    assert (first["secondary_diagnoses"], first["procedure_codes"]) == ("V4019", "3722")
    assert negative["settled_on"] == "2010-03-09", "the claim ends a day after the discharge"


def test_a_death_is_known_by_its_month_and_a_person_by_the_newest_year(source, tmp_path):
    adapt("desynpuf", source, tmp_path / "raw")
    patients = table(tmp_path / "raw", "patients")
    assert patients["A1"]["died_on"] == "2009-02-28"
    assert (patients["A2"]["region_code"], patients["A2"]["sex"]) == ("060080", "F")
    assert patients["A2"]["died_on"] == ""


def test_a_cell_that_cannot_be_read_reaches_ingest_as_it_stands(source, tmp_path):
    packed(
        source / "DE1_0_2010_Beneficiary_Summary_File_Sample_1.csv.gz",
        PEOPLE + "A2,19360901,unknown,3,1,06,008\n",
    )
    adapt("desynpuf", source, tmp_path / "raw")
    taken = accepted(tmp_path / "raw", tmp_path)["tables"]["patients"]
    assert (taken["rows_in"], taken["accepted"]) == (2, 1)


def truncated(source: Path) -> None:
    path = source / "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv.gz"
    path.write_bytes(path.read_bytes()[:-20])


def without_a_year(source: Path) -> None:
    (source / "DE1_0_2009_Beneficiary_Summary_File_Sample_1.csv.gz").unlink()


def other_columns(source: Path) -> None:
    packed(source / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz", "ID\nA1\n")


def bad_amount(source: Path) -> None:
    text = CLAIMS.to_csv(index=False).replace("26000.00", "much")
    packed(source / "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv.gz", text)


def no_dates(source: Path) -> None:
    text = CLAIMS.to_csv(index=False).replace("2009", "9").replace("2010", "9")
    packed(source / "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv.gz", text)


def empty(source: Path) -> None:
    for path in source.iterdir():
        path.unlink()


def more_fields_than_columns(source: Path) -> None:
    text = PEOPLE + "A1,19430101,,1,1,39,230,x\n"
    packed(source / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz", text)


def a_column_twice(source: Path) -> None:
    text = YEARS[2008].replace("BENE_RACE_CD", "DESYNPUF_ID")
    packed(source / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz", text)


def no_unicode(source: Path) -> None:
    path = source / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz"
    path.write_bytes(gzip.compress(YEARS[2008].replace("A1", "甲").encode("gb18030")))


def empty_dates(source: Path) -> None:
    text = CLAIMS.assign(CLM_THRU_DT=None, NCH_BENE_DSCHRG_DT=None).to_csv(index=False)
    packed(source / "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv.gz", text)


@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        (empty_dates, "CLM_THRU_DT: not one of .* has a date of the calendar written YYYYMMDD"),
        (truncated, "the gzip file is truncated or damaged"),
        (without_a_year, "no .*2009_Beneficiary_Summary_File_Sample_1.csv"),
        (other_columns, "the column DESYNPUF_ID is missing among 1"),
        (bad_amount, "CLM_PMT_AMT: an amount is not a number"),
        (no_dates, "CLM_THRU_DT: not one of .* has a date of the calendar written YYYYMMDD"),
        (empty, "no file .*Inpatient_Claims_Sample_N"),
        (more_fields_than_columns, "1 rows do not have the 7 fields of the header, first row 1"),
        (a_column_twice, "the column DESYNPUF_ID is there 2 times among 7"),
        (no_unicode, "not all of it is text in UTF-8"),
    ],
)
def test_a_source_that_is_not_what_cms_publishes_is_refused(source, tmp_path, spoiled, says):
    spoiled(source)
    with pytest.raises(ContractError, match=says) as refusal:
        adapt("desynpuf", source, tmp_path / "raw")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("amount", ["nan", "1e400", "9e999999", "1e-40", "12.345"])
def test_an_amount_that_is_no_amount_of_money_is_refused_with_its_count(source, tmp_path, amount):
    text = CLAIMS.to_csv(index=False).replace("26000.00", amount)
    packed(source / "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv.gz", text)
    with pytest.raises(ContractError, match=r"CLM_PMT_AMT: an amount is not .* in 1 of 3 rows"):
        adapt("desynpuf", source, tmp_path / "raw")


def test_a_refusal_never_quotes_a_first_row_that_may_hold_persons(source, tmp_path):
    packed(source / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz", "B1,Zhang San\nB2,x\n")
    with pytest.raises(ContractError) as refusal:
        adapt("desynpuf", source, tmp_path / "raw")
    assert "Zhang" not in str(refusal.value)


def test_a_part_is_all_or_the_number_of_a_sample(source, tmp_path):
    with pytest.raises(ParamsError, match="'train' is neither all nor the number of a sample"):
        adapt("desynpuf", source, tmp_path / "raw", part="train")
    with pytest.raises(ContractError, match="Sample_2"):
        adapt("desynpuf", source, tmp_path / "raw", part="2")


@pytest.mark.thirdparty
@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is absent: set FRAUDML_DATA")
@pytest.mark.parametrize(
    ("part", "rows"),
    [
        ("1", {"providers": 1477, "practitioners": 4970, "patients": 10_000, "claims": 5775}),
        ("all", {"providers": 1928, "practitioners": 8353, "patients": 20_000, "claims": 11_663}),
    ],
)
def test_the_real_samples_are_accepted_whole(tmp_path, part, rows):
    report = adapt("desynpuf", REAL, tmp_path / "raw", part=part)
    assert (report["rows"], report["as_of"]) == (rows, "2010-12-31")
    taken = accepted(tmp_path / "raw", tmp_path)
    assert {name: entry["accepted"] for name, entry in taken["tables"].items()} == rows
