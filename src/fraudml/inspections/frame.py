"""The frame: every provider that can be drawn, each once, in one canonical order and form."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pyarrow as pa

from fraudml.errors import DrawError
from fraudml.inspections.verify_draw import ONE

FrameLine = tuple[str, str | None, str | None, int | None, bool | None, int | None, bool]
"""provider_id, region_code, kind, level, running, risk in billionths, certain."""


@dataclass(frozen=True)
class Unit:
    """One provider that can be drawn.

    risk is in billionths, None where the provider was not scored; running says whether the
    contract runs on the as-of date (None: unknown). A provider whose contract has ended stays
    in the frame: what it billed can still be inspected. certain: visited in any case.
    """

    provider_id: str
    region_code: str | None
    kind: str | None
    level: int | None
    running: bool | None
    risk: int | None
    certain: bool = False


def risk_parts(risk: float | None) -> int | None:
    """A risk of 0..1 in whole billionths; None and nan (not scored) stay None.

    >>> risk_parts(0.25), risk_parts(None)
    (250000000, None)
    """
    if risk is None or risk != risk:  # noqa: PLR0124  (nan)
        return None
    if not 0.0 <= risk <= 1.0:
        raise DrawError(f"A risk of {risk} is outside 0..1: run the score stage again.")
    return round(Fraction(risk) * ONE)


def frame_lines(units: Sequence[Unit]) -> list[FrameLine]:
    """The frame in its canonical order; DrawError if it is empty or names a provider twice."""
    if not units:
        raise DrawError(
            "There is no provider to draw from: the live list is empty. Check time.as_of."
        )
    twice = [name for name, times in Counter(u.provider_id for u in units).items() if times > 1]
    if twice:
        raise DrawError(
            f"{len(twice):,} of {len(units):,} providers stand twice in the live list: score again."
        )
    odd = sum(u.risk is not None and not 0 <= u.risk <= ONE for u in units)
    if odd:
        raise DrawError(f"{odd:,} of {len(units):,} risks are outside 0..1: score again.")
    return [
        (u.provider_id, u.region_code, u.kind, u.level, u.running, u.risk, u.certain)
        for u in sorted(units, key=lambda unit: unit.provider_id)
    ]


def live_units(scores: pa.Table, providers: pa.Table, as_of: date) -> list[Unit]:
    """One unit per provider of the live list, described by the provider table where it can be.

    scores     provider_id, as_of, risk (0..1 or null): the rows of ``as_of`` are the live list
    providers  provider_id and, where known, region_code, kind, level, contracted_from,
               contracted_to (its last day); of an extract with neither term nobody knows who runs
    """
    known: dict[str, dict[str, Any]] = {row["provider_id"]: row for row in providers.to_pylist()}
    terms = any(row.get(name) is not None for row in known.values() for name in _TERM)
    return [
        _unit(row, known.get(row["provider_id"], {}), as_of, terms=terms)
        for row in scores.to_pylist()
        if row["as_of"] == as_of
    ]


_TERM = ("contracted_from", "contracted_to")


def _unit(score: dict[str, Any], provider: dict[str, Any], as_of: date, *, terms: bool) -> Unit:
    begun, ended = (provider.get(name) for name in _TERM)
    runs = (begun is None or begun <= as_of) and (ended is None or ended >= as_of)
    return Unit(
        provider_id=score["provider_id"],
        region_code=provider.get("region_code"),
        kind=provider.get("kind"),
        level=provider.get("level"),
        running=runs if provider and terms else None,
        risk=risk_parts(score["risk"]),
    )
