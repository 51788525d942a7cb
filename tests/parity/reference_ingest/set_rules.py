"""The named rules that only several rows show; asked of the rows that stay so far.

Each takes the rows of its table by place, and ``others``, and gives the places that break it.
"""

from collections.abc import Callable, Iterator
from datetime import date

from parity.reference_ingest.outcome import Place, Values
from parity.reference_ingest.row_rules import Others

Rows = dict[Place, Values]
SetRule = Callable[[Rows, Others], Iterator[Place]]

_SLACK = 1e-6  # quantities are decimals in the extract and floats after ingest
_CANCELLED = ("total_amount_fen", "fund_amount_fen", "patient_amount_fen")


def _overlapping(keys: tuple[str, ...], start: str, end: str, *, replaced: bool = False) -> SetRule:
    """Rows that begin while an earlier-begun row of the same keys is still in force.

    A row that ends before it begins is in force on no day. Of two that begin on one day the
    later in its place is named. replaced: a row without an end is ended by the next one.
    """

    def in_force_until(row: Values) -> date:
        return row[end] or (row[start] if replaced else date.max)

    def broken(rows: Rows, others: Others) -> Iterator[Place]:
        for place, row in rows.items():
            if in_force_until(row) < row[start]:
                continue
            for other_place, other in rows.items():
                same = all(row[name] == other[name] for name in keys)
                before = (other[start], other_place) < (row[start], place)
                if same and before and in_force_until(other) >= row[start]:
                    yield place

    return broken


def _suspended(rows: Rows, others: Others) -> Iterator[Place]:
    for place, row in rows.items():
        for period in others.rows("contract_periods"):
            whole = period["department_code"] is None
            if (
                whole
                and period["provider_id"] == row["provider_id"]
                and period["suspended_from"]
                <= row["admitted_on"]
                <= (period["suspended_to"] or date.max)
            ):
                yield place


def _not_registered(rows: Rows, others: Others) -> Iterator[Place]:
    """Practitioners who are registered somewhere, but not here on that day."""
    for place, row in rows.items():
        own = [
            at
            for at in others.rows("practitioners")
            if at["practitioner_id"] == row["practitioner_id"]
        ]
        here = [
            at
            for at in own
            if at["provider_id"] == row["provider_id"]
            and at["registered_from"] <= row["admitted_on"] <= (at["registered_to"] or date.max)
        ]
        if own and not here:
            yield place


def _reversals(rows: Rows) -> Iterator[tuple[Place, Values, Values | None]]:
    """Every reversal beside the claim that it reverses, if that is among the rows."""
    claims = {row["claim_id"]: row for row in rows.values()}
    for place, row in rows.items():
        if row["reverses_claim_id"] is not None:
            yield place, row, claims.get(row["reverses_claim_id"])


def _of_reversals(broken: Callable[[Values, Values], bool]) -> SetRule:
    def places(rows: Rows, others: Others) -> Iterator[Place]:
        for place, row, original in _reversals(rows):
            if original is not None and broken(row, original):
                yield place

    return places


def _of_unknown(rows: Rows, others: Others) -> Iterator[Place]:
    return (place for place, _, original in _reversals(rows) if original is None)


def _twice(rows: Rows, others: Others) -> Iterator[Place]:
    reversed_ids = [row["reverses_claim_id"] for _, row, _ in _reversals(rows)]
    for place, row, _ in _reversals(rows):
        if reversed_ids.count(row["reverses_claim_id"]) > 1:
            yield place


def _lines_differ(rows: Rows, others: Others) -> Iterator[Place]:
    for place, row in rows.items():
        amounts = [
            line["amount_fen"]
            for line in others.rows("claim_lines")
            if line["claim_id"] == row["claim_id"]
        ]
        if amounts and sum(amounts) != row["total_amount_fen"]:
            yield place


def _stock_jumps(rows: Rows, others: Others) -> Iterator[Place]:
    for place, row in rows.items():
        month: date = row["month"]
        year, number = (month.year, month.month - 1) if month.month > 1 else (month.year - 1, 12)
        for before in rows.values():
            if (
                all(before[name] == row[name] for name in ("provider_id", "item_code"))
                and (before["month"].year, before["month"].month) == (year, number)
                and abs(before["closing"] - row["opening"]) > _SLACK
            ):
                yield place


def _unknown_target(*grains: str) -> SetRule:
    tables = {"provider": ("providers", "provider_id"), "patient": ("patients", "patient_id")}

    def places(rows: Rows, others: Others) -> Iterator[Place]:
        for place, row in rows.items():
            if row["target_grain"] in grains:
                table, key = tables[row["target_grain"]]
                if not others.one(table, **{key: row["target_id"]}):
                    yield place

    return places


SET_RULES: dict[str, SetRule] = {
    "overlapping_registrations:practitioners": _overlapping(
        ("practitioner_id", "provider_id"), "registered_from", "registered_to"
    ),
    "overlapping_validity:items": _overlapping(
        ("item_code",), "valid_from", "valid_to", replaced=True
    ),
    "overlapping_validity:drg_groups": _overlapping(
        ("drg_code",), "valid_from", "valid_to", replaced=True
    ),
    "service_while_suspended:claims": _suspended,
    "practitioner_not_registered_then:claims": _not_registered,
    "reversal_of_unknown_claim:claims": _of_unknown,
    "reversal_of_reversal:claims": _of_reversals(
        lambda row, original: original["reverses_claim_id"] is not None
    ),
    "reversal_before_its_claim:claims": _of_reversals(
        lambda row, original: row["settled_on"] < original["settled_on"]
    ),
    "reversal_of_another_visit:claims": _of_reversals(
        lambda row, original: any(
            row[name] != original[name] for name in ("patient_id", "provider_id")
        )
    ),
    "reversal_of_another_amount:claims": _of_reversals(
        lambda row, original: any(row[name] + original[name] != 0 for name in _CANCELLED)
    ),
    "reversed_twice:claims": _twice,
    "lines_do_not_add_up:claims": _lines_differ,
    "opening_is_not_last_closing:stock_moves": _stock_jumps,
    "overlapping_enrolments:enrolments": _overlapping(
        ("patient_id",), "enrolled_from", "enrolled_to"
    ),
    "overlapping_suspensions:contract_periods": _overlapping(
        ("provider_id", "department_code"), "suspended_from", "suspended_to"
    ),
    "unknown_inspected_provider:inspections": _unknown_target("provider"),
    "unknown_target:inspections": _unknown_target("patient"),
    "unknown_target:tips": _unknown_target("provider", "patient"),
}
