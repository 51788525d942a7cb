"""CMS DE-SynPUF 2008-2010 as contract tables: beneficiary summaries and inpatient claims.

A synthetic Medicare extract: headers only, ICD-9, no settlement date, no labels. What is made up
or worked out is said in the report.
"""

from pathlib import Path

import pandas as pd

from fraudml.claims.adapters.adapted import Adapted
from fraudml.claims.adapters.amounts import cents, joined, yuan
from fraudml.claims.adapters.last_day import last_day_of
from fraudml.claims.adapters.published import FORMS, or_else, require_table
from fraudml.errors import ContractError, ParamsError

PARTS = ("all", "1", "2")
_YEARS = (2008, 2009, 2010)
_BY = "CMS"
_PEOPLE = (
    "DESYNPUF_ID",
    "BENE_BIRTH_DT",
    "BENE_DEATH_DT",
    "BENE_SEX_IDENT_CD",
    "SP_STATE_CODE",
    "BENE_COUNTY_CD",
)
_PHYSICIANS = ("AT_PHYSN_NPI", "OP_PHYSN_NPI", "OT_PHYSN_NPI")
_OWN = (
    "NCH_BENE_IP_DDCTBL_AMT",
    "NCH_BENE_PTA_COINSRNC_LBLTY_AM",
    "NCH_BENE_BLOOD_DDCTBL_LBLTY_AM",
)
_DATES = ("CLM_FROM_DT", "CLM_THRU_DT", "CLM_ADMSN_DT", "NCH_BENE_DSCHRG_DT")
_DIAGNOSES = tuple(f"ICD9_DGNS_CD_{n}" for n in range(1, 11))
_PROCEDURES = tuple(f"ICD9_PRCDR_CD_{n}" for n in range(1, 7))
_CLAIMS = (
    "DESYNPUF_ID",
    "CLM_ID",
    "SEGMENT",
    "PRVDR_NUM",
    "CLM_PMT_AMT",
    "CLM_DRG_CD",
    *_DATES,
    *_PHYSICIANS,
    *_OWN,
    *_DIAGNOSES,
    *_PROCEDURES,
)
_SEX = {"1": "M", "2": "F"}
_INVENTED = {
    "claims.settled_on": "CLM_THRU_DT, or the discharge where that is later or the only one",
    "claims.patient_amount": "an empty deductible counts as 0",
    "patients.birth_date": "the day: always the first of the month",
    "patients.died_on": "last day of the month of BENE_DEATH_DT, which is always its first day",
    "practitioners.registered_from": "first claim that names the physician at the provider",
}
_DERIVED = {
    "claims.claim_id": "CLM_ID; CLM_ID-2 for a second segment, which has its own provider, "
    "payment and admission and no CLM_FROM_DT",
    "claims.fund_amount": "CLM_PMT_AMT",
    "claims.patient_amount": "inpatient deductible + coinsurance + blood deductible",
    "claims.total_amount": "CLM_PMT_AMT + patient_amount",
    "claims.practitioner_id": "attending physician",
    "claims.visit_kind": "inpatient: the file holds nothing else",
    "providers.kind": "hospital: it has inpatient claims",
    "providers.region_code": "first two digits of PRVDR_NUM (SSA state), as SS0000",
    "patients.region_code": "state and county (SSA) of the newest year, as SSCCC0",
    "patients.sex": "BENE_SEX_IDENT_CD 1 = M, 2 = F",
    "practitioners": "attending, operating and other physicians of each provider's claims",
}
_LEFT_OUT = (
    "BENE_RACE_CD",
    "BENE_ESRD_IND",
    "*_CVRAGE_TOT_MONS and PLAN_CVRG_MOS_NUM (months covered, without their dates)",
    "SP_* chronic conditions",
    "MEDREIMB_*, BENRES_*, PPPYMT_* annual amounts",
    "NCH_PRMRY_PYR_CLM_PD_AMT (what another insurer paid first)",
    "CLM_PASS_THRU_PER_DIEM_AMT",
    "CLM_UTLZTN_DAY_CNT",
    "ADMTNG_ICD9_DGNS_CD",
    "OP_PHYSN_NPI and OT_PHYSN_NPI of the single claim",
    "HCPCS_CD_1..45 (empty in inpatient claims)",
)


def convert(source: Path, part: str) -> Adapted:
    """The contract tables of one sample of twenty, or of all samples in the folder.

    part  "1", "2", the number of a sample, or "all"
    """
    samples = _samples(source, part)
    people = _newest(pd.concat([_people(source, sample) for sample in samples]))
    foreign = pd.concat(
        [
            require_table(source, f"*Inpatient_Claims_Sample_{sample}", _CLAIMS, _BY)
            for sample in samples
        ],
        ignore_index=True,
    )
    foreign = foreign.assign(**{name: _dated(foreign[name]) for name in _DATES})
    claims = _claims(foreign)
    tables = {
        "providers": _providers(foreign),
        "practitioners": _practitioners(foreign, claims),
        "patients": _patients(people),
        "claims": claims,
    }
    last = last_day_of(claims["settled_on"], "CLM_THRU_DT", "YYYYMMDD", _BY)
    notes = _notes(foreign, samples)
    return Adapted(tables, last.day, _INVENTED, _DERIVED, _LEFT_OUT, notes, last.beyond)


def _samples(source: Path, part: str) -> list[str]:
    if part.isdecimal() and 1 <= int(part) <= 20:
        return [part]
    if part != "all":
        raise ParamsError(f"part: {part!r} is neither all nor the number of a sample (1 to 20).")
    stem = "Inpatient_Claims_Sample_"
    found = {
        path.name.partition(stem)[2].partition(".")[0]
        for form in FORMS
        for path in source.glob(f"*{stem}*{form}")
    }
    if not found:
        raise ContractError(
            f"{source}: no file *{stem}N.csv, .csv.gz or .csv.zip. Put the files there as "
            "CMS publishes them, packed or not."
        )
    return sorted(found, key=lambda number: (len(number), number))


def _people(source: Path, sample: str) -> pd.DataFrame:
    stem = "Beneficiary_Summary_File_Sample_"
    years = [
        require_table(source, f"*{year}_{stem}{sample}", _PEOPLE, _BY).assign(year=year)
        for year in _YEARS
    ]
    return pd.concat(years)


def _newest(people: pd.DataFrame) -> pd.DataFrame:
    """One row per person, of the newest year that lists the person.

    A row without an id is kept for ingest to set aside, and so is one that a year lists twice.
    """
    newest = people.groupby("DESYNPUF_ID")["year"].transform("max")
    return people[(people["year"] == newest) | people["DESYNPUF_ID"].isna()]


def _dated(text: pd.Series) -> pd.Series:
    """20090412 as 2009-04-12; anything else as it stands, for ingest to judge."""
    return text.str.replace(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3", regex=True)


def _claims(foreign: pd.DataFrame) -> pd.DataFrame:
    fund = cents(foreign, "CLM_PMT_AMT", _BY)
    own = sum((cents(foreign, name, _BY) for name in _OWN), start=fund * 0)
    later = or_else(foreign["NCH_BENE_DSCHRG_DT"], foreign["CLM_THRU_DT"])
    through = or_else(foreign["CLM_THRU_DT"], later)
    second = foreign["SEGMENT"].ne("1") & foreign["SEGMENT"].notna()
    return pd.DataFrame(
        {
            "claim_id": foreign["CLM_ID"].where(
                ~second, foreign["CLM_ID"] + "-" + foreign["SEGMENT"]
            ),
            "patient_id": foreign["DESYNPUF_ID"],
            "provider_id": foreign["PRVDR_NUM"],
            "practitioner_id": foreign["AT_PHYSN_NPI"],
            "visit_kind": "inpatient",
            "admitted_on": or_else(foreign["CLM_ADMSN_DT"], foreign["CLM_FROM_DT"]),
            "discharged_on": later,
            "settled_on": through.where(through >= later, later),
            "diagnosis_code": foreign[_DIAGNOSES[0]],
            "diagnosis_system": "ICD-9",
            "secondary_diagnoses": joined(foreign, _DIAGNOSES[1:]),
            "procedure_codes": joined(foreign, _PROCEDURES),
            "drg_code": foreign["CLM_DRG_CD"],
            "total_amount": (fund + own).map(yuan),
            "fund_amount": fund.map(yuan),
            "patient_amount": own.map(yuan),
        }
    )


def _providers(foreign: pd.DataFrame) -> pd.DataFrame:
    ids = pd.Series(sorted(foreign["PRVDR_NUM"].dropna().unique()), dtype=str)
    states = ids.str.extract(r"^(\d{2})", expand=False)
    return pd.DataFrame({"provider_id": ids, "kind": "hospital", "region_code": states + "0000"})


def _practitioners(foreign: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    named = pd.concat(
        pd.DataFrame(
            {
                "practitioner_id": foreign[role],
                "provider_id": foreign["PRVDR_NUM"],
                "since": claims["admitted_on"],
            }
        )
        for role in _PHYSICIANS
    ).dropna()
    first = named.groupby(["practitioner_id", "provider_id"])["since"].min()
    return first.reset_index(name="registered_from")


def _patients(people: pd.DataFrame) -> pd.DataFrame:
    written = _dated(people["BENE_DEATH_DT"])
    died = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
    month_end = (died + pd.offsets.MonthEnd(0)).dt.strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "patient_id": people["DESYNPUF_ID"],
            "birth_date": _dated(people["BENE_BIRTH_DT"]),
            "sex": or_else(people["BENE_SEX_IDENT_CD"].map(_SEX), people["BENE_SEX_IDENT_CD"]),
            "region_code": people["SP_STATE_CODE"].str.zfill(2)
            + people["BENE_COUNTY_CD"].str.zfill(3)
            + "0",
            "died_on": month_end.where(died.notna(), written),
        }
    )


def _notes(foreign: pd.DataFrame, samples: list[str]) -> tuple[str, ...]:
    second = int((foreign["SEGMENT"] != "1").sum())
    negative = int((cents(foreign, "CLM_PMT_AMT", _BY) < 0).sum())
    missing = int(foreign[_OWN[0]].isna().sum())
    return (
        f"Samples: {', '.join(samples)}. Inpatient claims only, no labels.",
        f"{second:,} rows are second segments of a claim; each is a claim of its own here.",
        f"{negative:,} payments are below zero, as published: they cancel no other claim.",
        f"{missing:,} claims have no deductible: it counts as 0 in patient_amount.",
    )
