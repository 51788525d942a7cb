"""The catalogue of checks beyond single cells: what each says, and what a row that fails becomes.

``quarantine``: the row breaks the contract and is set aside. ``warn``: the row is merely
suspicious; it is evidence, stays, and is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

Lookup = Callable[[str], ir.Table]


@dataclass(frozen=True)
class Check:
    """One check of one table: which of its rows fail, given the accepted tables before it."""

    name: str
    table: str
    consequence: Literal["quarantine", "warn"]
    says: str
    fails: Callable[[Lookup], ir.Table]  # rows of ``table``, with all their columns
    needs: tuple[str, ...] = ()  # further tables; absent: not checked


def _rows(
    table: str, broken: Callable[[ir.Table], ir.BooleanValue]
) -> Callable[[Lookup], ir.Table]:
    return lambda at: at(table).filter(broken)


def _against(
    table: str, other: str, key: str, broken: Callable[[ir.Table], ir.BooleanValue], *taken: str
) -> Callable[[Lookup], ir.Table]:
    """Rows that fail beside the row of another table with the same key."""

    def fails(at: Lookup) -> ir.Table:
        own = at(table)
        beside = at(other).select(beside_key=key, **{f"its_{name}": name for name in taken})
        joined = own.inner_join(beside, own[key] == beside.beside_key)
        return joined.filter(broken(joined)).select(own.columns)

    return fails


def _unmet(table: str, column: str, other: str, key: str) -> Callable[[Lookup], ir.Table]:
    """Rows whose column names nothing in another table."""

    def fails(at: Lookup) -> ir.Table:
        own = at(table).filter(lambda t: t[column].notnull())
        known = at(other).select(known_key=key).distinct()
        return own.anti_join(known, own[column] == known.known_key)

    return fails


def _sex_conflict(at: Lookup) -> ir.Table:
    items = at("items").filter(lambda t: t.sex_limit.notnull())
    limited = items.select(limited_item="item_code", meant_for="sex_limit").distinct()
    claims = at("claims").select(header="claim_id", person="patient_id")
    patients = at("patients").select(known_person="patient_id", sex="sex")
    lines = at("claim_lines")
    joined = (
        lines.inner_join(limited, lines.item_code == limited.limited_item)
        .inner_join(claims, lines.claim_id == claims.header)
        .inner_join(patients, claims.person == patients.known_person)
    )
    return joined.filter(joined.sex != joined.meant_for).select(lines.columns)


def _outside_stay(row: ir.Table) -> ir.BooleanValue:
    served = row.served_at.date()
    return (served < row.its_admitted_on) | (served > row.its_discharged_on)


def _not_quantity_times_price(row: ir.Table) -> ir.BooleanValue:
    fen = (row.quantity * row.unit_price_fen).round().cast("int64")
    return (row.amount_fen - fen).abs() > 1


def _unknown_target(table: str) -> Callable[[Lookup], ir.Table]:
    def fails(at: Lookup) -> ir.Table:
        known = ibis.union(
            at("providers").select(target=ibis.literal("provider"), who="provider_id"),
            at("patients").select(target=ibis.literal("patient"), who="patient_id"),
        )
        own = at(table).filter(lambda t: t.target_grain != "practitioner")
        return own.anti_join(known, [own.target_grain == known.target, own.target_id == known.who])

    return fails


def _unknown_inspected_provider(at: Lookup) -> ir.Table:
    own = at("inspections").filter(lambda t: t.target_grain == "provider")
    known = at("providers").select(known_provider="provider_id")
    return own.anti_join(known, own.target_id == known.known_provider)


CHECKS: tuple[Check, ...] = (
    Check(
        "discharged_before_admitted",
        "claims",
        "quarantine",
        "discharged_on is earlier than admitted_on",
        _rows("claims", lambda t: t.discharged_on < t.admitted_on),
    ),
    Check(
        "chance_outside_0_to_1",
        "inspections",
        "quarantine",
        "the inclusion probability is not above 0 and at most 1",
        _rows("inspections", lambda t: (t.chance <= 0) | (t.chance > 1)),
    ),
    Check(
        "unknown_inspected_provider",
        "inspections",
        "quarantine",
        "the inspected provider is not among the providers",
        _unknown_inspected_provider,
    ),
    Check(
        "total_is_not_fund_plus_patient",
        "claims",
        "warn",
        "total_amount is not fund_amount + patient_amount",
        _rows("claims", lambda t: t.total_amount_fen != t.fund_amount_fen + t.patient_amount_fen),
    ),
    Check(
        "account_above_patient_amount",
        "claims",
        "warn",
        "account_amount is larger than patient_amount",
        _rows("claims", lambda t: t.account_amount_fen.abs() > t.patient_amount_fen.abs()),
    ),
    Check(
        "settled_before_discharge",
        "claims",
        "warn",
        "settled_on is earlier than discharged_on",
        _rows("claims", lambda t: t.settled_on < t.discharged_on),
    ),
    Check(
        "negative_without_reversal",
        "claims",
        "warn",
        "the total is negative and no claim is reversed",
        _rows("claims", lambda t: (t.total_amount_fen < 0) & t.reverses_claim_id.isnull()),
    ),
    Check(
        "reversal_of_unknown_claim",
        "claims",
        "warn",
        "the claim that is reversed is not among the claims",
        _unmet("claims", "reverses_claim_id", "claims", "claim_id"),
    ),
    Check(
        "service_after_death",
        "claims",
        "warn",
        "admitted after the patient's death",
        _against(
            "claims", "patients", "patient_id", lambda t: t.admitted_on > t.its_died_on, "died_on"
        ),
    ),
    Check(
        "service_outside_contract",
        "claims",
        "warn",
        "admitted before the provider's contract began or after it ended",
        _against(
            "claims",
            "providers",
            "provider_id",
            lambda t: (
                (t.admitted_on > t.its_contracted_to) | (t.admitted_on < t.its_contracted_from)
            ),
            "contracted_from",
            "contracted_to",
        ),
    ),
    Check(
        "unknown_practitioner",
        "claims",
        "warn",
        "the practitioner is not among the practitioners",
        _unmet("claims", "practitioner_id", "practitioners", "practitioner_id"),
        ("practitioners",),
    ),
    Check(
        "amount_is_not_quantity_times_price",
        "claim_lines",
        "warn",
        "amount differs from quantity x unit_price by more than one fen",
        _rows("claim_lines", _not_quantity_times_price),
    ),
    Check(
        "served_outside_stay",
        "claim_lines",
        "warn",
        "served before admission or after discharge",
        _against(
            "claim_lines", "claims", "claim_id", _outside_stay, "admitted_on", "discharged_on"
        ),
    ),
    Check(
        "unknown_item",
        "claim_lines",
        "warn",
        "the item is not in the catalogue",
        _unmet("claim_lines", "item_code", "items", "item_code"),
        ("items",),
    ),
    Check(
        "sex_conflict",
        "claim_lines",
        "warn",
        "the item is meant for the other sex",
        _sex_conflict,
        ("items",),
    ),
    Check(
        "died_before_birth",
        "patients",
        "warn",
        "died_on is earlier than birth_date",
        _rows("patients", lambda t: t.died_on < t.birth_date),
    ),
    Check(
        "closed_before_visited",
        "inspections",
        "warn",
        "closed_on is earlier than visited_on",
        _rows("inspections", lambda t: t.closed_on < t.visited_on),
    ),
    Check(
        "unknown_target",
        "inspections",
        "warn",
        "the inspected person is not among the patients",
        _unknown_target("inspections"),
    ),
    Check(
        "unknown_target",
        "tips",
        "warn",
        "the provider or patient of the tip is not among those handed in",
        _unknown_target("tips"),
    ),
)


def checks_of(table: str, consequence: str) -> tuple[Check, ...]:
    """The checks of one table with one consequence, in the catalogue's order."""
    return tuple(c for c in CHECKS if c.table == table and c.consequence == consequence)
