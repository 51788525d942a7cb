"""The Tuva Project's claim seeds (input layer) as contract tables: medical and pharmacy lines.

Professional and pharmacy lines have amounts of their own and become claim lines. Institutional
lines repeat the charge of the whole claim, so that only their claim is taken over.
"""

from pathlib import Path

import pandas as pd

from fraudml.claims.adapters.adapted import Adapted
from fraudml.claims.adapters.amounts import yuan
from fraudml.claims.adapters.last_day import last_day_of
from fraudml.claims.adapters.published import require_table
from fraudml.claims.adapters.tuva_lines import (
    institutional_lines,
    pharmacy_lines,
    professional_lines,
)
from fraudml.errors import ParamsError

PARTS = ("all",)
_BY = "the Tuva Project"
_DIAGNOSES = tuple(f"diagnosis_code_{n}" for n in range(1, 26))
_PROCEDURES = tuple(f"procedure_code_{n}" for n in range(1, 26))
_PEOPLE = ("person_id", "gender", "birth_date", "death_date", "enrollment_end_date")
_MEDICAL = (
    "claim_id",
    "claim_line_number",
    "claim_type",
    "person_id",
    "claim_start_date",
    "claim_end_date",
    "claim_line_start_date",
    "admission_date",
    "discharge_date",
    "discharge_disposition_code",
    "place_of_service_code",
    "bill_type_code",
    "drg_code",
    "service_unit_quantity",
    "hcpcs_code",
    "rendering_npi",
    "billing_npi",
    "facility_npi",
    "paid_date",
    "paid_amount",
    "allowed_amount",
    "diagnosis_code_type",
    *_DIAGNOSES,
    *_PROCEDURES,
)
_PHARMACY = (
    "claim_id",
    "claim_line_number",
    "person_id",
    "prescribing_provider_npi",
    "dispensing_provider_npi",
    "dispensing_date",
    "ndc_code",
    "quantity",
    "days_supply",
    "paid_date",
    "paid_amount",
    "allowed_amount",
)
_INVENTED = {
    "claims.settled_on": "paid_date; where that is empty the last day of the claim",
    "claims.patient_amount": "0 for institutional claims: they say what was charged and paid, not "
    "what was allowed",
    "claim_lines.served_at": "00:00:00: the source gives the day",
    "claim_lines.quantity": "1 where it is empty or 0",
    "practitioners.registered_from": "first claim that names the practitioner at the provider",
}
_DERIVED = {
    "claims.provider_id": "facility_npi, else billing_npi, else rendering_npi; "
    "dispensing_provider_npi for pharmacy",
    "claims.visit_kind": "bill type 11x = inpatient, place of service 23 = emergency, pharmacy "
    "claims = pharmacy, all else outpatient",
    "claims.fund_amount": "sum of paid_amount",
    "claims.total_amount": "sum of the lines' amounts; for institutional claims what was paid",
    "claims.patient_amount": "total_amount - fund_amount",
    "claims.disposition": "discharge_disposition_code (UB-04)",
    "claim_lines.item_code": "hcpcs_code (professional) or ndc_code (pharmacy)",
    "claim_lines.amount": "allowed_amount, or paid_amount where that is higher",
    "claim_lines.unit_price": "amount / quantity, to the cent",
    "providers.kind": "hospital where it bills inpatient stays, pharmacy where it dispenses",
    "patients": "one row per person, of the newest enrolment",
}
_LEFT_OUT = (
    "eligibility spans: the contract knows employee and resident insurance, not medicare",
    "state (a name, not a six-digit division), race, payer, plan",
    "charge_amount",
    "hcpcs_modifier_*",
    "revenue_center_code",
    "admit_type_code and admit_source_code",
    "diagnosis_poa_*",
    "procedure_date_*",
    "items: the codes come without name, kind and unit",
)


def convert(source: Path, part: str) -> Adapted:
    """The contract tables of the three seeds in the folder; there are no parts."""
    if part not in PARTS:
        raise ParamsError(f"part: {part!r} is unknown: the Tuva seeds are one part, all.")
    people = require_table(source, "eligibility*", _PEOPLE, _BY)
    medical = require_table(source, "medical_claim*", _MEDICAL, _BY)
    pharmacy = require_table(source, "pharmacy_claim*", _PHARMACY, _BY)
    institutional = institutional_lines(medical, _DIAGNOSES, _PROCEDURES)
    professional = professional_lines(medical, _DIAGNOSES, _PROCEDURES)
    dispensed = pharmacy_lines(pharmacy)
    lines = pd.concat([institutional, professional, dispensed], ignore_index=True)
    claims = _claims(lines)
    tables = {
        "providers": _providers(claims),
        "practitioners": _practitioners(claims),
        "patients": _patients(people),
        "claims": claims,
        "claim_lines": _claim_lines(lines),
    }
    last = last_day_of(claims["settled_on"], "claim_end_date", "YYYY-MM-DD", _BY)
    notes = _notes(lines, medical)
    return Adapted(tables, last.day, _INVENTED, _DERIVED, _LEFT_OUT, notes, last.beyond)


_HEADER = (
    "patient_id",
    "provider_id",
    "practitioner_id",
    "visit_kind",
    "admitted_on",
    "discharged_on",
    "settled_on",
    "diagnosis_code",
    "diagnosis_system",
    "secondary_diagnoses",
    "procedure_codes",
    "drg_code",
    "disposition",
)


def _claims(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per claim: headers of its first line, amounts added up; a line without id stays.

    A number that lines of two persons or of two forms bear makes a claim of each: ingest sets
    claims of one number aside, and nobody's money goes to another person's claim.
    """
    known = lines.sort_values("order", kind="stable").assign(
        group=lambda t: t["claim_id"].where(t["claim_id"].notna(), "\0" + t.index.astype(str))
    )
    persons = known.groupby("group")["patient_id"].transform("nunique")
    known["person"] = known["patient_id"].where(persons > 1, "").fillna("")
    by = known.groupby(["group", "form", "person"], sort=True)
    claims = by[["claim_id", *_HEADER]].first()
    fund, total = by["fund_cents"].sum(min_count=1), by["total_cents"].sum(min_count=1)
    claims["total_amount"] = total.map(_money)
    claims["fund_amount"] = fund.map(_money)
    claims["patient_amount"] = (total - fund).map(_money)
    return claims.reset_index(drop=True)


def _money(amount: float) -> str | None:
    return None if pd.isna(amount) else yuan(int(amount))


def _claim_lines(lines: pd.DataFrame) -> pd.DataFrame:
    own = lines[lines["item_code"].notna() | (lines["form"] != "institutional")]
    return pd.DataFrame(
        {
            "claim_id": own["claim_id"],
            "line_no": own["line_no"],
            "item_code": own["item_code"],
            "served_at": own["served_on"] + " 00:00:00",
            "quantity": own["quantity"],
            "unit_price": own["price_cents"].map(_money),
            "amount": own["total_cents"].map(_money),
            "fund_amount": own["fund_cents"].map(_money),
            "practitioner_id": own["practitioner_id"],
            "days_supply": own["days_supply"],
        }
    )


def _providers(claims: pd.DataFrame) -> pd.DataFrame:
    kinds = claims.dropna(subset=["provider_id"]).groupby("provider_id")["visit_kind"].agg(set)
    names = [
        "hospital" if "inpatient" in met else "pharmacy" if met == {"pharmacy"} else None
        for met in kinds
    ]
    return pd.DataFrame({"provider_id": kinds.index, "kind": names})


def _practitioners(claims: pd.DataFrame) -> pd.DataFrame:
    named = claims.dropna(subset=["practitioner_id", "provider_id", "admitted_on"])
    first = named.groupby(["practitioner_id", "provider_id"])["admitted_on"].min()
    return first.reset_index(name="registered_from")


def _patients(people: pd.DataFrame) -> pd.DataFrame:
    newest = people.sort_values("enrollment_end_date", kind="stable", na_position="first")
    repeated = newest["person_id"].duplicated(keep="last") & newest["person_id"].notna()
    one = newest[~repeated].sort_values("person_id", kind="stable")
    sex = one["gender"].replace({"male": "M", "female": "F", "unknown": None})
    return pd.DataFrame(
        {
            "patient_id": one["person_id"],
            "birth_date": one["birth_date"],
            "sex": sex,
            "died_on": one["death_date"],
        }
    )


def _notes(lines: pd.DataFrame, medical: pd.DataFrame) -> tuple[str, ...]:
    named = medical[["facility_npi", "billing_npi"]].notna().any(axis=1)
    alone = ~named & medical["rendering_npi"].notna()
    unnamed = lines["provider_id"].isna()
    form = lines["form"]
    institutional, dispensed = form == "institutional", form == "pharmacy"
    told = {
        "institutional lines repeat the charge of their whole claim: they are not in claim_lines, "
        "their claims are in claims": institutional,
        "professional lines name no billing provider: the practitioner's own NPI stands as "
        "provider_id, which stays readable": alone,
        "pharmacy lines name no pharmacy: ingest sets them and their claims aside": (
            unnamed & dispensed
        ),
        "lines without a quantity above 0 count as 1": lines["quantity_made_up"],
    }
    return tuple(f"{int(which.sum()):,} {says}." for says, which in told.items())
