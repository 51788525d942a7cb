"""What breaks each rule of rules.csv that only several rows together show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from fraudml.claims.beside import Tables, present
from fraudml.claims.calendar import OPEN_END
from fraudml.claims.contract_types import Table
from fraudml.claims.periods import overlapping

PLACE = ("source_file", "row_number")
_SLACK = 1e-6  # quantities are decimals in the extract and floats here


@dataclass(frozen=True)
class SetCheck:
    """One rule of one table: the rows that break it, by their place."""

    table: str
    rule: str
    rows: Callable[[Tables], ir.Table]
    needs: tuple[str, ...] = ()  # further tables; absent: not checked

    @property
    def name(self) -> str:
        """The rule as reports and params.yaml name it."""
        return f"{self.rule}:{self.table}"


def set_checks(table: Table, at: Tables) -> Iterator[SetCheck]:
    """The checks of one table that can be made with what came in."""
    for check in SET_CHECKS:
        if check.table == table.name and present(check.needs, at):
            yield check


def _overlap(
    table: str, keys: tuple[str, ...], start: str, end: str, *, replaced: bool = False
) -> Callable[[Tables], ir.Table]:
    return lambda at: overlapping(at(table), keys, start, end, open_until_replaced=replaced)


def _suspended(at: Tables) -> ir.Table:
    whole = at("contract_periods").filter(lambda t: t.department_code.isnull())
    periods = whole.select("suspended_from", "suspended_to", at_provider="provider_id")
    claims = at("claims")
    return claims.semi_join(
        periods,
        [
            claims.provider_id == periods.at_provider,
            claims.admitted_on >= periods.suspended_from,
            claims.admitted_on <= periods.suspended_to.coalesce(OPEN_END),
        ],
    )


def _not_registered(at: Tables) -> ir.Table:
    """Claims of a practitioner who is registered somewhere, but not here on that day."""
    registered = at("practitioners").select(
        "registered_from",
        who="practitioner_id",
        at_provider="provider_id",
        until=lambda t: t.registered_to.coalesce(OPEN_END),
    )
    claims = at("claims").filter(lambda t: t.practitioner_id.notnull())
    known = claims.semi_join(registered, claims.practitioner_id == registered.who)
    here = registered.view()
    return known.anti_join(
        here,
        [
            known.practitioner_id == here.who,
            known.provider_id == here.at_provider,
            known.admitted_on >= here.registered_from,
            known.admitted_on <= here.until,
        ],
    )


_CANCELLED = ("total_amount_fen", "fund_amount_fen", "patient_amount_fen")
_COMPARED = ("patient_id", "provider_id", "settled_on", "reverses_claim_id", *_CANCELLED)


def _pairs(at: Tables) -> ir.Table:
    """Every reversal beside the claim that it reverses, if that came in."""

    def make() -> ir.Table:
        claims = at("claims")
        original = claims.select(
            its_id=claims.claim_id, **{f"its_{name}": claims[name] for name in _COMPARED}
        )
        reversals = claims.filter(claims.reverses_claim_id.notnull())
        reversals = reversals.select(*PLACE, "claim_id", *_COMPARED)
        return reversals.left_join(original, reversals.reverses_claim_id == original.its_id)

    return at.keep("reversal-pairs", make)


def _of_pairs(broken: Callable[[ir.Table], ir.BooleanValue]) -> Callable[[Tables], ir.Table]:
    return lambda at: _pairs(at).filter(broken)


def _other_visit(t: ir.Table) -> ir.BooleanValue:
    return (t.patient_id != t.its_patient_id) | (t.provider_id != t.its_provider_id)


def _other_amount(t: ir.Table) -> ir.BooleanValue:
    return ibis.or_(*(t[name] + t[f"its_{name}"] != 0 for name in _CANCELLED))


def _reversed_twice(at: Tables) -> ir.Table:
    pairs = _pairs(at)
    counted = pairs.mutate(times=pairs.count().over(group_by="reverses_claim_id"))
    return counted.filter(counted.times > 1)


def _lines_differ(at: Tables) -> ir.Table:
    lines = at("claim_lines")
    sums = lines.group_by(line_claim=lines.claim_id).agg(lines_fen=lines.amount_fen.sum())
    claims = at("claims")
    return claims.inner_join(
        sums,
        [claims.claim_id == sums.line_claim, claims.total_amount_fen != sums.lines_fen],
    )


def _stock_jumps(at: Tables) -> ir.Table:
    t = at("stock_moves")
    window = ibis.window(group_by=["provider_id", "item_code"], order_by="month")
    before = t.mutate(last_month=t.month.lag().over(window), last=t.closing.lag().over(window))
    adjacent = before.last_month + ibis.interval(months=1) == before.month
    return before.filter(adjacent, (before.opening - before["last"]).abs() > _SLACK)


def _unknown_target(table: str) -> Callable[[Tables], ir.Table]:
    def rows(at: Tables) -> ir.Table:
        known = ibis.union(
            at("providers").select(target=ibis.literal("provider"), who="provider_id"),
            at("patients").select(target=ibis.literal("patient"), who="patient_id"),
        )
        own = at(table).filter(lambda t: t.target_grain != "practitioner")
        if table == "inspections":  # an unknown provider cannot be joined: a rule of its own
            own = own.filter(own.target_grain != "provider")
        return own.anti_join(known, [own.target_grain == known.target, own.target_id == known.who])

    return rows


def _unknown_inspected_provider(at: Tables) -> ir.Table:
    own = at("inspections").filter(lambda t: t.target_grain == "provider")
    known = at("providers").select(known_provider="provider_id")
    return own.anti_join(known, own.target_id == known.known_provider)


SET_CHECKS: tuple[SetCheck, ...] = (
    SetCheck("practitioners", "overlapping_registrations",
             _overlap("practitioners", ("practitioner_id", "provider_id"),
                      "registered_from", "registered_to")),
    SetCheck("claims", "service_while_suspended", _suspended, ("contract_periods",)),
    SetCheck("claims", "practitioner_not_registered_then", _not_registered, ("practitioners",)),
    SetCheck("claims", "reversal_of_unknown_claim", _of_pairs(lambda t: t.its_id.isnull())),
    SetCheck("claims", "reversal_of_reversal",
             _of_pairs(lambda t: t.its_reverses_claim_id.notnull())),
    SetCheck("claims", "reversal_before_its_claim",
             _of_pairs(lambda t: t.settled_on < t.its_settled_on)),
    SetCheck("claims", "reversal_of_another_visit", _of_pairs(_other_visit)),
    SetCheck("claims", "reversal_of_another_amount", _of_pairs(_other_amount)),
    SetCheck("claims", "reversed_twice", _reversed_twice),
    SetCheck("claims", "lines_do_not_add_up", _lines_differ, ("claim_lines",)),
    SetCheck("items", "overlapping_validity",
             _overlap("items", ("item_code",), "valid_from", "valid_to", replaced=True)),
    SetCheck("drg_groups", "overlapping_validity",
             _overlap("drg_groups", ("drg_code",), "valid_from", "valid_to", replaced=True)),
    SetCheck("stock_moves", "opening_is_not_last_closing", _stock_jumps),
    SetCheck("enrolments", "overlapping_enrolments",
             _overlap("enrolments", ("patient_id",), "enrolled_from", "enrolled_to")),
    SetCheck("contract_periods", "overlapping_suspensions",
             _overlap("contract_periods", ("provider_id", "department_code"),
                      "suspended_from", "suspended_to")),
    SetCheck("inspections", "unknown_inspected_provider", _unknown_inspected_provider),
    SetCheck("inspections", "unknown_target", _unknown_target("inspections")),
    SetCheck("tips", "unknown_target", _unknown_target("tips")),
)  # fmt: skip
