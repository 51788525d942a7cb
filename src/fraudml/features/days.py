"""Entities day by day: visits begun, patients seen, and the week up to each day."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from fraudml.claims.calendar import days_between
from fraudml.features.bases import Bases
from fraudml.features.numbers import NUMBERS, grouped

WEEK = 7


def served_day(key: str) -> Callable[[Bases], ir.Table]:
    """One row per entity and day on which visits began, with patients counted once."""
    return lambda b: b.keep(f"day_{key}", lambda: _served_day(b, key))


def _served_day(b: Bases, key: str) -> ir.Table:
    t = b.claim
    t = t.filter(t[NUMBERS[key]].notnull())
    one = grouped(
        t, *dict.fromkeys((key, "admitted_on", "patient_id")),
        n=t.count(), fund_fen=t.fund_amount_fen.sum(),
        first_provider=t.provider_no.min(), last_provider=t.provider_no.max(),
    )  # fmt: skip
    return grouped(
        one, key, "admitted_on",
        claims_n=one.n.sum(), patients_n=one.count(), fund_fen=one.fund_fen.sum(),
        several_providers=one.first_provider.min() != one.last_provider.max(),
    )  # fmt: skip


def visitors(b: Bases) -> ir.Table:
    """One row per provider, day and patient whose visit began."""
    t = b.claim
    return b.keep(
        "visitors",
        lambda: grouped(
            t, "provider_id", "admitted_on", "patient_id",
            claims_n=t.count(), fund_fen=t.fund_amount_fen.sum(),
        ),
    )  # fmt: skip


def provider_day(b: Bases) -> ir.Table:
    """One row per provider and day on which visits began, with patients counted once."""
    t = visitors(b)
    return b.keep(
        "provider_day",
        lambda: grouped(
            t, "provider_id", "admitted_on",
            claims_n=t.claims_n.sum(), patients_n=t.count(), fund_fen=t.fund_fen.sum(),
        ),
    )  # fmt: skip


def provider_week(b: Bases) -> ir.Table:
    """One row per provider and day on which visits began: visits of the seven days up to it."""
    return b.keep("provider_week", lambda: _trailing(provider_day(b)))


def _trailing(days: ir.Table) -> ir.Table:
    numbered = days.mutate(day_no=days_between(days.admitted_on, ibis.date(1970, 1, 1)))
    week = ibis.range_window(
        group_by="provider_no", order_by="day_no", preceding=WEEK - 1, following=0
    )
    return numbered.select(
        "provider_no", "admitted_on", week_claims_n=numbered.claims_n.sum().over(week)
    )
