"""A small sound source for every adapter: file name to text, one row of each kind.

Nothing of the package is imported before it is asked for, so that the fuzzer can watch it.
"""

import sys
from pathlib import Path

import yaml

_KAGGLE_CLAIM = (
    "BeneID,ClaimID,ClaimStartDt,ClaimEndDt,Provider,InscClaimAmtReimbursed,DeductibleAmtPaid,"
    "AttendingPhysician,OperatingPhysician,OtherPhysician,"
    + ",".join(f"ClmDiagnosisCode_{n}" for n in range(1, 11))
    + ","
    + ",".join(f"ClmProcedureCode_{n}" for n in range(1, 7))
)
_KAGGLE = {
    "Train_Beneficiarydata-15.csv": "BeneID,DOB,DOD,Gender,Race,State,County\n"
    "B1,1943-01-01,NA,1,1,39,230\nB2,1936-09-01,2009-02-01,2,1,5,7\n",
    "Train_Inpatientdata-15.csv": f"{_KAGGLE_CLAIM},AdmissionDt,DischargeDt,DiagnosisGroupCode\n"
    f"B1,C1,2009-04-12,2009-04-18,V1,1e+05,1068,D1,D2,NA,0389{',NA' * 15},"
    "2009-04-11,2009-04-18,1\n",
    "Train_Outpatientdata-15.csv": f"{_KAGGLE_CLAIM}\n"
    f"B2,C3,2009-01-05,2009-01-09,V3,30,0,D1,NA,D3,V5832{',NA' * 15}\n",
    "Train_labels_published.csv": "Provider,PotentialFraud\nV1,Yes\nV3,No\nV9,No\n",
}
_CMS_PEOPLE = (
    "DESYNPUF_ID,BENE_BIRTH_DT,BENE_DEATH_DT,BENE_SEX_IDENT_CD,BENE_RACE_CD,SP_STATE_CODE,"
    "BENE_COUNTY_CD\n"
)
_CMS_CLAIM = (
    "DESYNPUF_ID,CLM_ID,SEGMENT,CLM_FROM_DT,CLM_THRU_DT,PRVDR_NUM,CLM_PMT_AMT,AT_PHYSN_NPI,"
    "OP_PHYSN_NPI,OT_PHYSN_NPI,CLM_ADMSN_DT,NCH_BENE_IP_DDCTBL_AMT,"
    "NCH_BENE_PTA_COINSRNC_LBLTY_AM,NCH_BENE_BLOOD_DDCTBL_LBLTY_AM,NCH_BENE_DSCHRG_DT,CLM_DRG_CD,"
    + ",".join(f"ICD9_DGNS_CD_{n}" for n in range(1, 11))
    + ","
    + ",".join(f"ICD9_PRCDR_CD_{n}" for n in range(1, 7))
)
_DESYNPUF = {
    **{
        f"DE1_0_{year}_Beneficiary_Summary_File_Sample_1.csv": _CMS_PEOPLE
        + "A1,19430101,,1,1,39,230\nA2,19360901,20100401,2,1,05,007\n"
        for year in (2008, 2009, 2010)
    },
    "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv": f"{_CMS_CLAIM}\n"
    f"A1,100,1,20090102,20090105,3900MB,26000.00,111,,,20090101,1068.00,1.5,2.25,20090105,201,"
    f"0389,V4019{',' * 14}\n"
    f"A2,200,2,,,0503VJ,-1000.00,222,,,20100302,,0.00,0.00,20100308,OTH,0389{',' * 15}\n",
}
_TUVA = {
    "eligibility_seed.csv": "person_id,gender,birth_date,death_date,enrollment_end_date\n"
    "P1,male,1945-05-16,2018-02-01,2018-02-28\nP2,female,1956-01-04,,2017-12-31\n",
}


def _tuva() -> dict[str, str]:
    from fraudml.claims.adapters import tuva

    visit = {
        "person_id": "P1", "claim_id": "V1", "claim_line_number": "1", "paid_amount": "8.00",
        "allowed_amount": "10.00", "claim_type": "professional", "hcpcs_code": "00100",
        "claim_start_date": "2018-01-05", "claim_end_date": "2018-01-05",
        "claim_line_start_date": "2018-01-05", "place_of_service_code": "23",
        "rendering_npi": "D2", "service_unit_quantity": "3",
    }  # fmt: skip
    stay = visit | {
        "claim_id": "I1", "claim_type": "institutional", "bill_type_code": "111",
        "admission_date": "2018-01-03", "discharge_date": "2018-01-06", "drg_code": "871",
        "facility_npi": "F1", "diagnosis_code_type": "icd-10-cm", "diagnosis_code_1": "A419",
    }  # fmt: skip
    pack = {
        "person_id": "P2", "claim_id": "R1", "claim_line_number": "1", "paid_amount": "0.01",
        "allowed_amount": "0.06", "dispensing_date": "2018-03-01", "paid_date": "2018-03-02",
        "ndc_code": "00440509685", "quantity": "6",
    }  # fmt: skip
    return _TUVA | {
        "medical_claim_seed.csv": _csv(tuva._MEDICAL, [visit, stay]),
        "pharmacy_claim_seed.csv": _csv(tuva._PHARMACY, [pack]),
    }


def _csv(columns: tuple[str, ...], rows: list[dict[str, str]]) -> str:
    cells = [columns, *([row.get(name, "") for name in columns] for row in rows)]
    return "".join(",".join(row) + "\n" for row in cells)


def sources() -> dict[str, dict[str, str]]:
    """Adapter name to the files of its source; the map of "mapped" lies among them."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "cases"))
    from mapped_cases import MAP, VISITS

    return {
        "kaggle-provider-fraud": _KAGGLE,
        "desynpuf": _DESYNPUF,
        "tuva": _tuva(),
        "mapped": {"visits.csv": VISITS, "small.yaml": yaml.safe_dump(MAP, allow_unicode=True)},
    }
