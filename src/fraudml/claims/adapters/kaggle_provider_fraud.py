"""Kaggle "Healthcare Provider Fraud Detection Analysis" (Medicare 2008-2009) as contract tables.

The files have no settlement date, no registrations, no place of the provider and no date of the
labels: what is made up or worked out is said in the report. Claims have no lines.
"""

from pathlib import Path

import pandas as pd

from fraudml.claims.adapters.adapted import Adapted
from fraudml.claims.adapters.amounts import cents, joined, yuan
from fraudml.claims.adapters.last_day import last_day_of
from fraudml.claims.adapters.published import or_else, read_table, require_table
from fraudml.errors import ContractError, ParamsError

_PEOPLE = ("BeneID", "DOB", "DOD", "Gender", "State", "County")
_PHYSICIANS = ("AttendingPhysician", "OperatingPhysician", "OtherPhysician")
_DIAGNOSES = tuple(f"ClmDiagnosisCode_{n}" for n in range(1, 11))
_PROCEDURES = tuple(f"ClmProcedureCode_{n}" for n in range(1, 7))
_OUTPATIENT = (
    "BeneID",
    "ClaimID",
    "ClaimStartDt",
    "ClaimEndDt",
    "Provider",
    "InscClaimAmtReimbursed",
    "DeductibleAmtPaid",
    *_PHYSICIANS,
    *_DIAGNOSES,
    *_PROCEDURES,
)
_INPATIENT = (*_OUTPATIENT, "AdmissionDt", "DischargeDt", "DiagnosisGroupCode")
_LABELS = ("Provider", "PotentialFraud")
_BY = "Kaggle"
_RESULTS = {"Yes": "confirmed", "No": "legitimate"}
_SEX = {"1": "M", "2": "F"}
_INVENTED = {
    "claims.settled_on": "ClaimEndDt, or the discharge where that is later",
    "claims.patient_amount": "DeductibleAmtPaid; 0 where the file says NA",
    "patients.died_on": "last day of the month of DOD, which is always given as its first day",
    "practitioners.registered_from": "first claim that names the physician at the provider",
    "inspections.visited_on": "last day of the last claim: the labels have no date",
    "inspections.closed_on": "last day of the last claim: the labels have no date",
}
_DERIVED = {
    "claims.total_amount": "InscClaimAmtReimbursed + DeductibleAmtPaid",
    "providers.kind": "hospital where it has inpatient claims, else unknown",
    "providers.region_code": "most frequent State of its claims' patients, as SS0000",
    "patients.region_code": "State and County (SSA) as SSCCC0",
    "patients.sex": "Gender 1 = M, 2 = F",
    "practitioners": "attending, operating and other physicians of each provider's claims",
}
_LEFT_OUT = (
    "Race",
    "RenalDiseaseIndicator",
    "NoOfMonths_PartACov",
    "NoOfMonths_PartBCov",
    "ChronicCond_*",
    "IPAnnual*",
    "OPAnnual*",
    "ClmAdmitDiagnosisCode",
    "OperatingPhysician and OtherPhysician of the single claim",
)


def convert(source: Path, part: str) -> Adapted:
    """The contract tables of one part; the outpatient file and the labels may be absent.

    part  "train" or "test"
    """
    if part not in ("train", "test"):
        raise ParamsError(f"part: {part!r} is neither train nor test.")
    name = part.capitalize()
    people = require_table(source, f"{name}_Beneficiarydata*", _PEOPLE, _BY)
    foreign, has_outpatient = _claims_of(source, name)
    _refuse_unreadable_dates(foreign, ("ClaimStartDt", "ClaimEndDt"))
    listed = _listed_providers(source, name)
    last = last_day_of(foreign["ClaimEndDt"], "ClaimEndDt", "YYYY-MM-DD", _BY)
    tables = {
        "providers": _providers(foreign, people, listed),
        "practitioners": _practitioners(foreign),
        "patients": _patients(people),
        "claims": _claims(foreign),
    }
    if "PotentialFraud" in listed:
        tables["inspections"] = _inspections(listed, last.day)
    notes = _notes(foreign, listed, has_outpatient)
    return Adapted(tables, last.day, _INVENTED, _DERIVED, _LEFT_OUT, notes, last.beyond)


def _claims_of(source: Path, name: str) -> tuple[pd.DataFrame, bool]:
    inpatient = require_table(source, f"{name}_Inpatientdata*", _INPATIENT, _BY)
    pattern = f"{name}_Outpatientdata*"
    outpatient = read_table(source, (f"{pattern}.csv", f"{pattern}.csv.zip"), _OUTPATIENT, _BY)
    parts = [inpatient.assign(visit_kind="inpatient")]
    if outpatient is not None:
        parts.append(outpatient.assign(visit_kind="outpatient"))
    return pd.concat(parts, ignore_index=True), outpatient is not None


def _refuse_unreadable_dates(foreign: pd.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        good = foreign[column].str.fullmatch(r"\d{4}-\d{2}-\d{2}", na=False)
        if not good.all():
            raise ContractError(
                f"{column}: {int((~good).sum()):,} of {len(good):,} claims have no date written "
                "YYYY-MM-DD. Use the files as Kaggle publishes them."
            )


def _listed_providers(source: Path, name: str) -> pd.DataFrame:
    """Providers named apart from claims, with their published label where there is one."""
    patterns = (f"{name}_labels*.csv", f"{name}-*.csv", f"{name}-*.csv.zip")
    columns = _LABELS if name == "Train" else _LABELS[:1]
    listed = read_table(source, patterns, columns, _BY)
    if listed is None:
        return pd.DataFrame({"Provider": pd.Series([], dtype=str)})
    if listed["Provider"].duplicated().any():
        raise ContractError(f"{patterns[0]}: a provider is listed twice. Keep one row of each.")
    said = listed.get("PotentialFraud", pd.Series(dtype=str)).dropna()
    if unknown := int((~said.isin(_RESULTS)).sum()):
        raise ContractError(
            f"PotentialFraud: {unknown:,} of {len(said):,} labels are neither Yes nor No. Use the "
            "files as Kaggle publishes them."
        )
    return listed


def _providers(foreign: pd.DataFrame, people: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    ids = sorted(set(foreign["Provider"].dropna()) | set(listed["Provider"].dropna()))
    hospitals = set(foreign.loc[foreign["visit_kind"] == "inpatient", "Provider"])
    met = foreign[["Provider", "BeneID"]].merge(people[["BeneID", "State"]], on="BeneID")
    visits = met.groupby(["Provider", "State"]).size().reset_index(name="visits")
    order = visits.sort_values(["Provider", "visits", "State"], ascending=[True, False, True])
    state = order.drop_duplicates("Provider").set_index("Provider")["State"]
    return pd.DataFrame(
        {
            "provider_id": ids,
            "kind": ["hospital" if one in hospitals else None for one in ids],
            "region_code": (state.reindex(ids).str.zfill(2) + "0000").to_numpy(),
        }
    )


def _practitioners(foreign: pd.DataFrame) -> pd.DataFrame:
    named = pd.concat(
        foreign[["Provider", "ClaimStartDt", role]].rename(columns={role: "practitioner_id"})
        for role in _PHYSICIANS
    ).dropna()
    first = named.groupby(["practitioner_id", "Provider"])["ClaimStartDt"].min()
    return first.rename_axis(["practitioner_id", "provider_id"]).reset_index(name="registered_from")


def _patients(people: pd.DataFrame) -> pd.DataFrame:
    died = pd.to_datetime(people["DOD"], format="%Y-%m-%d", errors="coerce")
    month_end = (died + pd.offsets.MonthEnd(0)).dt.strftime("%Y-%m-%d")
    written = month_end.where(died.notna(), people["DOD"])  # unreadable: ingest shall say so
    return pd.DataFrame(
        {
            "patient_id": people["BeneID"],
            "birth_date": people["DOB"],
            "sex": or_else(people["Gender"].map(_SEX), people["Gender"]),
            "region_code": people["State"].str.zfill(2) + people["County"].str.zfill(3) + "0",
            "died_on": written,
        }
    )


def _claims(foreign: pd.DataFrame) -> pd.DataFrame:
    fund = cents(foreign, "InscClaimAmtReimbursed", _BY)
    own = cents(foreign, "DeductibleAmtPaid", _BY)
    discharged = or_else(foreign["DischargeDt"], foreign["ClaimEndDt"])
    settled = discharged.where(discharged > foreign["ClaimEndDt"], foreign["ClaimEndDt"])
    return pd.DataFrame(
        {
            "claim_id": foreign["ClaimID"],
            "patient_id": foreign["BeneID"],
            "provider_id": foreign["Provider"],
            "practitioner_id": foreign["AttendingPhysician"],
            "visit_kind": foreign["visit_kind"],
            "admitted_on": or_else(foreign["AdmissionDt"], foreign["ClaimStartDt"]),
            "discharged_on": discharged,
            "settled_on": settled,
            "diagnosis_code": foreign[_DIAGNOSES[0]],
            "diagnosis_system": "ICD-9",
            "secondary_diagnoses": joined(foreign, _DIAGNOSES[1:]),
            "procedure_codes": joined(foreign, _PROCEDURES),
            "drg_code": foreign["DiagnosisGroupCode"],
            "total_amount": (fund + own).map(yuan),
            "fund_amount": fund.map(yuan),
            "patient_amount": own.map(yuan),
        }
    )


def _inspections(listed: pd.DataFrame, last_day: str) -> pd.DataFrame:
    """Published labels as closed inspections of unknown chance: known on one date only."""
    known = listed.dropna(subset=["PotentialFraud"])
    return pd.DataFrame(
        {
            "inspection_id": "LABEL-" + known["Provider"],
            "target_grain": "provider",
            "target_id": known["Provider"],
            "form": "special",
            "arm": "risk",
            "chance": None,
            "visited_on": last_day,
            "closed_on": last_day,
            "result": known["PotentialFraud"].map(_RESULTS),
        }
    )


def _notes(foreign: pd.DataFrame, listed: pd.DataFrame, has_outpatient: bool) -> tuple[str, ...]:
    missing = int(foreign["DeductibleAmtPaid"].isna().sum())
    unlisted = len(set(foreign["Provider"]) - set(listed["Provider"]))
    notes = [f"{missing:,} claims have no deductible: patient_amount is 0 there."]
    if "PotentialFraud" in listed:
        notes.append("All labels bear one date: fold over providers, do not walk back in time.")
    if unlisted:
        notes.append(f"{unlisted:,} providers have claims and no published label.")
    if not has_outpatient:
        notes.append("There is no outpatient file: providers without inpatient claims look empty.")
    return tuple(notes)
