"""The named rules that one row shows, alone or beside the rows that it speaks of.

Each takes a row and ``others`` and says whether the rule is broken. What is not known breaks no
rule: a comparison with a null is never true.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

from parity.reference_ingest.outcome import Values


class Others(Protocol):
    """The rows of other tables, looked up slowly."""

    def has(self, table: str) -> bool:
        """Whether the table came in."""

    def one(self, table: str, **named: Any) -> Values:
        """The row with these values; nothing in it where there is none."""

    def rows(self, table: str) -> list[Values]:
        """All rows of a table."""


RowRule = Callable[[Values, Others], bool]


def less(smaller: Any, larger: Any) -> bool:
    """Whether both are known and the first is the smaller."""
    return smaller is not None and larger is not None and smaller < larger


def _earlier(end: str, start: str) -> RowRule:
    return lambda row, others: less(row[end], row[start])


def _below_zero(*columns: str) -> RowRule:
    return lambda row, others: any(row[name] is not None and row[name] < 0 for name in columns)


def _day(moment: Any) -> Any:
    return None if moment is None else moment.date()


def _smaller_in_size(one: Any, other: Any) -> bool:
    """Reversals are negative: what is larger is told without the sign."""
    return one is not None and other is not None and abs(one) < abs(other)


def _recovered(row: Values, others: Others) -> bool:
    return less(row["amount_confirmed_fen"], row["amount_recovered_fen"])


def _not_the_total(row: Values, others: Others) -> bool:
    return row["total_amount_fen"] != row["fund_amount_fen"] + row["patient_amount_fen"]


def _outside(start: Any, end: Any, first: Any, last: Any) -> bool:
    return less(start, first) or less(last, end)


def _started_outside(row: Values, others: Others) -> bool:
    day = _day(row["started_at"])
    return _outside(day, day, row["admitted_on"], row["discharged_on"])


def _after_death(row: Values, others: Others) -> bool:
    patient = others.one("patients", patient_id=row["patient_id"])
    return less(patient.get("died_on"), row["admitted_on"])


def _before_birth(row: Values, others: Others) -> bool:
    patient = others.one("patients", patient_id=row["patient_id"])
    return less(row["admitted_on"], patient.get("birth_date"))


def _outside_contract(row: Values, others: Others) -> bool:
    provider = others.one("providers", provider_id=row["provider_id"])
    day = row["admitted_on"]
    return _outside(day, day, provider.get("contracted_from"), provider.get("contracted_to"))


def _missing_from(table: str, column: str, key: str) -> RowRule:
    def broken(row: Values, others: Others) -> bool:
        if row[column] is None or not others.has(table):
            return False
        return not others.one(table, **{key: row[column]})

    return broken


def _not_quantity_times_price(row: Values, others: Others) -> bool:
    """More than one fen beside it; the millionth is what a decimal loses as a float."""
    product = row["quantity"] * row["unit_price_fen"]
    return abs(row["amount_fen"] - product) > 1 + 1e-6


def _served_outside(row: Values, others: Others) -> bool:
    claim = others.one("claims", claim_id=row["claim_id"])
    day = _day(row["served_at"])
    return _outside(day, day, claim.get("admitted_on"), claim.get("discharged_on"))


def item_then(row: Values, others: Others) -> Values:
    """The catalogue's row of the billed item on the day it was served; empty where none holds.

    Of several begun rows the one that began last holds: it replaced those before it.
    """
    if not others.has("items"):
        return {}
    day = _day(row["served_at"])
    begun = [
        item
        for item in others.rows("items")
        if item["item_code"] == row["item_code"] and item["valid_from"] <= day
    ]
    last = max(begun, key=lambda item: item["valid_from"], default=None)
    return {} if last is None or less(last["valid_to"], day) else last


def _item_not_valid(row: Values, others: Others) -> bool:
    if not others.has("items") or not others.one("items", item_code=row["item_code"]):
        return False
    return not item_then(row, others)


def _patient_of(row: Values, others: Others) -> Values:
    claim = others.one("claims", claim_id=row["claim_id"])
    return others.one("patients", patient_id=claim["patient_id"]) if claim else {}


def _other_sex(row: Values, others: Others) -> bool:
    sex, meant = _patient_of(row, others).get("sex"), item_then(row, others).get("sex_limit")
    return sex is not None and meant is not None and sex != meant


def _other_age(row: Values, others: Others) -> bool:
    birth, item = _patient_of(row, others).get("birth_date"), item_then(row, others)
    if birth is None:
        return False
    age = years(birth, _day(row["served_at"]))
    return _outside(age, age, item.get("age_min"), item.get("age_max"))


def years(birth: date, day: date) -> int:
    """How old a person is on a day: one year older on every birthday."""
    had_birthday = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (0 if had_birthday else 1)


def _leave_outside(row: Values, others: Others) -> bool:
    claim = others.one("claims", claim_id=row["claim_id"])
    return _outside(
        _day(row["left_at"]),
        _day(row["back_at"]),
        claim.get("admitted_on"),
        claim.get("discharged_on"),
    )


ROW_RULES: dict[str, RowRule] = {
    "contract_ends_before_it_begins:providers": _earlier("contracted_to", "contracted_from"),
    "died_before_birth:patients": _earlier("died_on", "birth_date"),
    "death_known_before_it_happened:patients": _earlier("known_on", "died_on"),
    "registration_ends_before_it_begins:practitioners": _earlier(
        "registered_to", "registered_from"
    ),
    "valid_to_before_valid_from:items": _earlier("valid_to", "valid_from"),
    "age_limits_crossed:items": _earlier("age_max", "age_min"),
    "valid_to_before_valid_from:drg_groups": _earlier("valid_to", "valid_from"),
    "discharged_before_admitted:claims": _earlier("discharged_on", "admitted_on"),
    "total_is_not_fund_plus_patient:claims": _not_the_total,
    "account_above_patient_amount:claims": lambda row, others: _smaller_in_size(
        row["patient_amount_fen"], row["account_amount_fen"]
    ),
    "settled_before_discharge:claims": _earlier("settled_on", "discharged_on"),
    "started_outside_visit:claims": _started_outside,
    "service_after_death:claims": _after_death,
    "service_before_birth:claims": _before_birth,
    "service_outside_contract:claims": _outside_contract,
    "unknown_practitioner:claims": _missing_from(
        "practitioners", "practitioner_id", "practitioner_id"
    ),
    "unknown_drg:claims": _missing_from("drg_groups", "drg_code", "drg_code"),
    "negative_without_reversal:claims": lambda row, others: (
        row["total_amount_fen"] < 0 and row["reverses_claim_id"] is None
    ),
    "positive_reversal:claims": lambda row, others: (
        row["total_amount_fen"] > 0 and row["reverses_claim_id"] is not None
    ),
    "amount_is_not_quantity_times_price:claim_lines": _not_quantity_times_price,
    "fund_above_amount:claim_lines": lambda row, others: _smaller_in_size(
        row["amount_fen"], row["fund_amount_fen"]
    ),
    "served_outside_stay:claim_lines": _served_outside,
    "unknown_item:claim_lines": _missing_from("items", "item_code", "item_code"),
    "item_not_valid_then:claim_lines": _item_not_valid,
    "sex_conflict:claim_lines": _other_sex,
    "age_conflict:claim_lines": _other_age,
    "back_before_leaving:leave_passes": _earlier("back_at", "left_at"),
    "leave_outside_stay:leave_passes": _leave_outside,
    "negative_number:providers": _below_zero("beds"),
    "negative_number:items": _below_zero(
        "price_cap_fen", "age_min", "age_max", "level_min", "max_daily_quantity", "minutes"
    ),
    "negative_number:drg_groups": _below_zero("weight", "usual_days"),
    "negative_number:inspections": _below_zero(
        "amount_confirmed_fen", "amount_recovered_fen", "person_days"
    ),
    "negative_number:findings": _below_zero("amount_confirmed_fen", "amount_recovered_fen"),
    "negative_number:inspectors": _below_zero("days_available"),
    "result_without_closing:inspections": lambda row, others: (
        row["closed_on"] is None
        and row["result"] in ("confirmed", "partly", "data_error", "legitimate")
    ),
    "negative_stock:stock_moves": _below_zero("opening", "purchased", "returned", "closing"),
    "enrolment_ends_before_it_begins:enrolments": _earlier("enrolled_to", "enrolled_from"),
    "suspension_ends_before_it_begins:contract_periods": _earlier("suspended_to", "suspended_from"),
    "chance_outside_0_to_1:inspections": lambda row, others: (
        row["chance"] is not None and not 0 < row["chance"] <= 1
    ),
    "closed_before_visited:inspections": _earlier("closed_on", "visited_on"),
    "covers_backwards:inspections": _earlier("covers_to", "covers_from"),
    "recovered_above_confirmed:inspections": _recovered,
    "recovered_above_confirmed:findings": _recovered,
    "negative_budget:budgets": lambda row, others: row["budget_amount_fen"] < 0,
}
