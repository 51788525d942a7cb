"""What inspections found, as training sees it: only what was closed by a cut."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from fraudml.entities import GrainName


@dataclass(frozen=True)
class Outcome:
    """One inspection with a known result; ``confirmed`` false means inspected and cleared."""

    entity: str
    inspection: str
    as_of: date
    confirmed: bool
    visited_on: date | None
    closed_on: date
    arm: str | None
    chance: float | None
    amount_confirmed_fen: int | None


def read_outcomes(labels: pa.Table, grain: GrainName, *, live: date) -> tuple[Outcome, ...]:
    """The grain's outcomes closed by the live date and matched to features, in a fixed order.

    An inspection without a result (label null) says nothing and is left out: unknown is never
    negative.
    """
    rows = labels.to_pylist()
    found = [
        Outcome(
            entity=row["entity_id"],
            inspection=row["inspection_id"],
            as_of=row["as_of"],
            confirmed=row["label"] == 1,
            visited_on=row["visited_on"],
            closed_on=row["closed_on"],
            arm=row["arm"],
            chance=row["chance"],
            amount_confirmed_fen=row["amount_confirmed_fen"],
        )
        for row in rows
        if row["grain"] == grain
        and row["label"] is not None
        and row["as_of"] is not None
        and row["closed_on"] is not None
        and row["closed_on"] <= live
    ]
    return tuple(sorted(found, key=lambda o: (o.as_of, o.entity, o.closed_on, o.inspection)))


def known_by(outcomes: Iterable[Outcome], cut: date) -> tuple[Outcome, ...]:
    """The outcomes closed on or before the cut: all that a model of that day may have seen."""
    return tuple(o for o in outcomes if o.closed_on <= cut and o.as_of <= cut)


def found_after(outcomes: Iterable[Outcome], cut: date) -> tuple[Outcome, ...]:
    """The outcomes by which a list of that cut is judged: matched to it, closed after it."""
    return tuple(o for o in outcomes if o.as_of == cut and o.closed_on > cut)


def one_per_entity(outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    """By entity its most telling outcome: a confirmed one before a cleared one, then the newest."""
    best: dict[str, Outcome] = {}
    for outcome in outcomes:
        held = best.get(outcome.entity)
        if held is None or _telling(outcome) > _telling(held):
            best[outcome.entity] = outcome
    return best


def _telling(outcome: Outcome) -> tuple[bool, date, str]:
    return (outcome.confirmed, outcome.closed_on, outcome.inspection)
