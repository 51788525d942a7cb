"""Which outcomes train and which judge: back in time where they have an order, else folds.

Vocabulary of dssg/triage: a cut is an as-of date; a split walks back from the newest outcomes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from fraudml.scores.outcomes import Outcome, found_after, known_by

Scheme = Literal["walk_back", "folds"]


@dataclass(frozen=True)
class Cut:
    """One step back in time: what was known at the cut, and what was found after it."""

    number: int
    as_of: date
    known: tuple[Outcome, ...]
    found: tuple[Outcome, ...]


@dataclass(frozen=True)
class Fold:
    """One part of one repeat: these entities are held out, all others train."""

    repeat: int
    number: int
    held_out: frozenset[str]


def cuts(outcomes: Sequence[Outcome], dates: Iterable[date]) -> tuple[Cut, ...]:
    """The cuts after which something was found, newest first (number 0)."""
    days = [day for day in sorted(set(dates), reverse=True) if found_after(outcomes, day)]
    return tuple(
        Cut(number, day, known_by(outcomes, day), found_after(outcomes, day))
        for number, day in enumerate(days)
    )


def why_folds(outcomes: Sequence[Outcome], steps: Sequence[Cut], *, enough: int) -> str | None:
    """Why the outcomes cannot be ordered in time, as a sentence; None where they can.

    enough  confirmed outcomes that must have been known at a cut for a model to be fitted there
    """
    closed = {outcome.closed_on for outcome in outcomes}
    if len(closed) == 1:
        return (
            f"All {len(outcomes):,} outcomes were closed on {min(closed)}: there is no walking "
            "back in time, so models are judged by repeated folds over entities."
        )
    if any(o.confirmed for step in steps for o in step.found) and any(
        sum(o.confirmed for o in step.known) >= enough for step in steps
    ):
        return None
    return (
        f"At no earlier as-of date were {enough} confirmed outcomes known and others still to "
        "come: models are judged by repeated folds over entities instead of back in time."
    )


def folds(outcomes: Iterable[Outcome], *, count: int, repeats: int, seed: int) -> tuple[Fold, ...]:
    """Repeated folds over entities, each with its share of the confirmed; fixed by the ids.

    An entity with several outcomes is in one fold with all of them, and counts as confirmed if
    one of them is.
    """
    confirmed: dict[str, bool] = {}
    for outcome in outcomes:
        confirmed[outcome.entity] = confirmed.get(outcome.entity, False) or outcome.confirmed
    made = []
    for repeat in range(repeats):
        order = sorted(
            confirmed,
            key=lambda entity: (confirmed[entity], _hash(f"{seed}|{repeat}|{entity}")),
        )
        made += [
            Fold(repeat, number, frozenset(order[number::count]))
            for number in range(min(count, len(order)))
        ]
    return tuple(made)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
