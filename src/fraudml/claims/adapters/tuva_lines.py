"""Each kind of Tuva line in one common shape: header cells, own amounts in cents, item, quantity.

Columns: form, claim_id, line_no, order, the header columns of claims, fund_cents, total_cents,
price_cents, item_code, served_on, quantity, quantity_made_up, days_supply.
"""

from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from fraudml.claims.adapters.amounts import joined, number, refuse_no_amount, whole_cents
from fraudml.claims.adapters.published import or_else

_MOST_DIGITS = 18  # of a price in cents: the cell of its quantity is damaged
_DISPOSITIONS = {
    "01": "home",
    "06": "home",
    "07": "against_advice",
    "20": "died",
    **dict.fromkeys(("02", "03", "05", "43", "61", "62", "63", "65", "66", "70"), "transferred"),
}


def institutional_lines(
    medical: pd.DataFrame, diagnoses: tuple[str, ...], procedures: tuple[str, ...]
) -> pd.DataFrame:
    """Lines that carry their claim only: what was paid stands once, on one of them."""
    own = medical[medical["claim_type"] == "institutional"]
    paid = _cents(own, "paid_amount")
    lines = _medical(own, "institutional", diagnoses, procedures)
    return lines.assign(fund_cents=paid, total_cents=paid, item_code=None, quantity_made_up=False)


def professional_lines(
    medical: pd.DataFrame, diagnoses: tuple[str, ...], procedures: tuple[str, ...]
) -> pd.DataFrame:
    """Lines with an item, a quantity and amounts; all that is not institutional."""
    own = medical[medical["claim_type"] != "institutional"]
    lines = _medical(own, "professional", diagnoses, procedures)
    lines["item_code"] = own["hcpcs_code"]
    lines["served_on"] = or_else(own["claim_line_start_date"], own["claim_start_date"])
    return _priced(lines, own, own["service_unit_quantity"])


def pharmacy_lines(pharmacy: pd.DataFrame) -> pd.DataFrame:
    """Dispensed packs, one a line; a claim is one visit to a pharmacy."""
    lines = pd.DataFrame(
        {
            "form": "pharmacy",
            "claim_id": pharmacy["claim_id"],
            "line_no": pharmacy["claim_line_number"],
            "order": _order(pharmacy),
            "patient_id": pharmacy["person_id"],
            "provider_id": pharmacy["dispensing_provider_npi"],
            "practitioner_id": pharmacy["prescribing_provider_npi"],
            "visit_kind": "pharmacy",
            "admitted_on": pharmacy["dispensing_date"],
            "discharged_on": pharmacy["dispensing_date"],
            "settled_on": or_else(pharmacy["paid_date"], pharmacy["dispensing_date"]),
            "item_code": pharmacy["ndc_code"],
            "served_on": pharmacy["dispensing_date"],
            "days_supply": pharmacy["days_supply"],
        }
    )
    return _priced(lines, pharmacy, pharmacy["quantity"])


def _medical(
    own: pd.DataFrame, form: str, diagnoses: tuple[str, ...], procedures: tuple[str, ...]
) -> pd.DataFrame:
    codes = own["discharge_disposition_code"]
    return pd.DataFrame(
        {
            "form": form,
            "claim_id": own["claim_id"],
            "line_no": own["claim_line_number"],
            "order": _order(own),
            "patient_id": own["person_id"],
            "provider_id": _first_filled(own, "facility_npi", "billing_npi", "rendering_npi"),
            "practitioner_id": own["rendering_npi"],
            "visit_kind": _visit_kind(own),
            "admitted_on": or_else(own["admission_date"], own["claim_start_date"]),
            "discharged_on": or_else(own["discharge_date"], own["claim_end_date"]),
            "settled_on": or_else(own["paid_date"], own["claim_end_date"]),
            "diagnosis_code": own[diagnoses[0]],
            "diagnosis_system": own["diagnosis_code_type"].map(_system),
            "secondary_diagnoses": joined(own, diagnoses[1:]),
            "procedure_codes": joined(own, procedures),
            "drg_code": own["drg_code"],
            "disposition": codes.map(_DISPOSITIONS).where(
                codes.isna() | codes.isin(_DISPOSITIONS), "other"
            ),
        }
    )


def _first_filled(own: pd.DataFrame, *columns: str) -> pd.Series:
    found = own[columns[0]]
    for name in columns[1:]:
        found = found.where(found.notna(), own[name])
    return found


def _visit_kind(own: pd.DataFrame) -> pd.Series:
    kind = pd.Series("outpatient", index=own.index)
    kind = kind.mask(own["place_of_service_code"] == "23", "emergency")
    return kind.mask(own["bill_type_code"].str.startswith("11", na=False), "inpatient")


def _system(code_type: object) -> str | None:
    written = str(code_type).lower()
    if written.startswith("icd-10"):
        return "ICD-10"
    return "ICD-9" if written.startswith("icd-9") else None


def _priced(lines: pd.DataFrame, own: pd.DataFrame, quantity: pd.Series) -> pd.DataFrame:
    paid, allowed = _cents(own, "paid_amount"), _cents(own, "allowed_amount")
    total = allowed.where(allowed.ge(paid) | paid.isna(), paid)
    count = quantity.map(number, na_action="ignore")
    empty = count.isna() & quantity.isna() | (count == 0)
    lines["quantity"] = quantity.mask(empty, "1")
    lines["quantity_made_up"] = empty
    lines["fund_cents"], lines["total_cents"] = paid, total
    lines["price_cents"] = [
        _price(amount, number(text) if isinstance(text, str) else None)
        for amount, text in zip(total, lines["quantity"], strict=True)
    ]
    return lines


def _price(amount: float, quantity: Decimal | None) -> float:
    if pd.isna(amount) or quantity is None:
        return float("nan")
    exact = Decimal(int(amount)) / quantity
    if exact.adjusted() >= _MOST_DIGITS:
        return float("nan")
    return float(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _cents(own: pd.DataFrame, column: str) -> pd.Series:
    """Whole cents; an empty amount stays empty."""
    found = own[column].map(whole_cents, na_action="ignore")
    refuse_no_amount(own[column], found, "the Tuva Project")
    return found.astype("float64")


def _order(own: pd.DataFrame) -> pd.Series:
    """Line numbers as numbers, so that line 2 comes before line 10."""
    return pd.to_numeric(own["claim_line_number"], errors="coerce").fillna(float("inf"))
