"""What breaks each rule of rules.csv that one row shows, alone or beside the rows it points at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from fraudml.claims.beside import Tables, present
from fraudml.claims.calendar import years_between
from fraudml.claims.contract_types import Table

Broken = Callable[[ir.Table], ir.BooleanValue]
_OUTCOMES = ("confirmed", "partly", "data_error", "legitimate")
_AMOUNTS = ("amount_confirmed_fen", "amount_recovered_fen")
_SLACK = 1e-6  # fen: quantities are decimals in the extract and floats here


@dataclass(frozen=True)
class RowCheck:
    """One rule of one table: which rows break it, given their neighbours (see ``beside``)."""

    table: str
    rule: str
    broken: Broken
    needs: tuple[str, ...] = ()  # further tables; absent: not checked

    @property
    def name(self) -> str:
        """The rule as reports and params.yaml name it."""
        return f"{self.rule}:{self.table}"


def row_checks(table: Table, at: Tables) -> Iterator[RowCheck]:
    """The checks of one table that can be made with what came in."""
    for check in ROW_CHECKS:
        if check.table == table.name and present(check.needs, at):
            yield check


def _ends_before(start: str, end: str) -> Broken:
    return lambda t: t[end] < t[start]


def _not_quantity_times_price(t: ir.Table) -> ir.BooleanValue:
    return (t.amount_fen - t.quantity * t.unit_price_fen).abs() > 1 + _SLACK


def _outside_contract(t: ir.Table) -> ir.BooleanValue:
    late = (t.admitted_on > t.providers__contracted_to).coalesce(False)
    return late | (t.admitted_on < t.providers__contracted_from)


def _started_outside_visit(t: ir.Table) -> ir.BooleanValue:
    day = t.started_at.date()
    return (day < t.admitted_on) | (day > t.discharged_on)


def _served_outside_stay(t: ir.Table) -> ir.BooleanValue:
    day = t.served_at.date()
    return (day < t.claims__admitted_on) | (day > t.claims__discharged_on)


def _wrong_age(t: ir.Table) -> ir.BooleanValue:
    age = years_between(t.served_at.date(), t.claims__birth_date)
    return (age < t.items__age_min).coalesce(False) | (age > t.items__age_max).coalesce(False)


def _leave_outside_stay(t: ir.Table) -> ir.BooleanValue:
    left, back = t.left_at.date(), t.back_at.date()
    return (left < t.claims__admitted_on) | (back > t.claims__discharged_on)


def _below_zero(*columns: str) -> Broken:
    """Any of these, as far as they are known."""
    return lambda t: ibis.or_(*((t[name] < 0).coalesce(False) for name in columns))


def _found_and_not_closed(t: ir.Table) -> ir.BooleanValue:
    """What it found is known on the day it closed: without one, never."""
    return t.closed_on.isnull() & t.result.isin(_OUTCOMES)


_CONTRACT_ENDS = _ends_before("contracted_from", "contracted_to")
_VALID_ENDS = _ends_before("valid_from", "valid_to")


def _recovered_too_much(t: ir.Table) -> ir.BooleanValue:
    return t.amount_recovered_fen > t.amount_confirmed_fen


ROW_CHECKS: tuple[RowCheck, ...] = (
    RowCheck("providers", "contract_ends_before_it_begins", _CONTRACT_ENDS),
    RowCheck("providers", "negative_number", _below_zero("beds")),
    RowCheck("practitioners", "registration_ends_before_it_begins",
             _ends_before("registered_from", "registered_to")),
    RowCheck("patients", "died_before_birth", _ends_before("birth_date", "died_on")),
    RowCheck("patients", "death_known_before_it_happened", _ends_before("died_on", "known_on")),
    RowCheck("claims", "discharged_before_admitted", _ends_before("admitted_on", "discharged_on")),
    RowCheck("claims", "total_is_not_fund_plus_patient",
             lambda t: t.total_amount_fen != t.fund_amount_fen + t.patient_amount_fen),
    RowCheck("claims", "account_above_patient_amount",
             lambda t: t.account_amount_fen.abs() > t.patient_amount_fen.abs()),
    RowCheck("claims", "settled_before_discharge", _ends_before("discharged_on", "settled_on")),
    RowCheck("claims", "started_outside_visit", _started_outside_visit),
    RowCheck("claims", "service_after_death", lambda t: t.admitted_on > t.patients__died_on),
    RowCheck("claims", "service_before_birth", lambda t: t.admitted_on < t.patients__birth_date),
    RowCheck("claims", "service_outside_contract", _outside_contract),
    RowCheck("claims", "unknown_practitioner",
             lambda t: t.practitioner_id.notnull() & t.known_practitioner.isnull(),
             ("practitioners",)),
    RowCheck("claims", "unknown_drg",
             lambda t: t.drg_code.notnull() & t.known_drg.isnull(), ("drg_groups",)),
    RowCheck("claims", "negative_without_reversal",
             lambda t: (t.total_amount_fen < 0) & t.reverses_claim_id.isnull()),
    RowCheck("claims", "positive_reversal",
             lambda t: (t.total_amount_fen > 0) & t.reverses_claim_id.notnull()),
    RowCheck("claim_lines", "amount_is_not_quantity_times_price", _not_quantity_times_price),
    RowCheck("claim_lines", "fund_above_amount",
             lambda t: t.fund_amount_fen.abs() > t.amount_fen.abs()),
    RowCheck("claim_lines", "served_outside_stay", _served_outside_stay),
    RowCheck("claim_lines", "unknown_item", lambda t: t.known_item.isnull(), ("items",)),
    RowCheck("claim_lines", "item_not_valid_then",
             lambda t: t.known_item.notnull() & t.items__key.isnull(), ("items",)),
    RowCheck("claim_lines", "sex_conflict",
             lambda t: t.claims__sex != t.items__sex_limit, ("items",)),
    RowCheck("claim_lines", "age_conflict", _wrong_age, ("items",)),
    RowCheck("items", "valid_to_before_valid_from", _VALID_ENDS),
    RowCheck("items", "age_limits_crossed", lambda t: t.age_min > t.age_max),
    RowCheck("items", "negative_number",
             _below_zero("price_cap_fen", "age_min", "age_max", "level_min", "max_daily_quantity",
                         "minutes")),
    RowCheck("drg_groups", "valid_to_before_valid_from", _VALID_ENDS),
    RowCheck("drg_groups", "negative_number", _below_zero("weight", "usual_days")),
    RowCheck("stock_moves", "negative_stock",
             _below_zero("opening", "purchased", "returned", "closing")),
    RowCheck("leave_passes", "back_before_leaving", _ends_before("left_at", "back_at")),
    RowCheck("leave_passes", "leave_outside_stay", _leave_outside_stay),
    RowCheck("enrolments", "enrolment_ends_before_it_begins",
             _ends_before("enrolled_from", "enrolled_to")),
    RowCheck("contract_periods", "suspension_ends_before_it_begins",
             _ends_before("suspended_from", "suspended_to")),
    RowCheck("inspections", "chance_outside_0_to_1", lambda t: (t.chance <= 0) | (t.chance > 1)),
    RowCheck("inspections", "closed_before_visited", _ends_before("visited_on", "closed_on")),
    RowCheck("inspections", "covers_backwards", _ends_before("covers_from", "covers_to")),
    RowCheck("inspections", "recovered_above_confirmed", _recovered_too_much),
    RowCheck("inspections", "negative_number", _below_zero(*_AMOUNTS, "person_days")),
    RowCheck("inspections", "result_without_closing", _found_and_not_closed),
    RowCheck("findings", "negative_number", _below_zero(*_AMOUNTS)),
    RowCheck("inspectors", "negative_number", _below_zero("days_available")),
    RowCheck("findings", "recovered_above_confirmed", _recovered_too_much),
    RowCheck("budgets", "negative_budget", lambda t: t.budget_amount_fen < 0),
)  # fmt: skip
