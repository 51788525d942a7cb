"""Which providers stopped sending, paused, or send far more or fewer rows than before.

Counted in the engine, provider by provider; only the longest losses come back. A provider is held
to its own pace, and its last three months also to the movement of the whole table, so that a
season of all is nobody's break.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from fraudml.engine import Engine
from fraudml.quality.volumes import month_name

Kind = Literal["stopped", "paused", "fell", "rose"]
KINDS: tuple[Kind, ...] = ("stopped", "paused", "fell", "rose")
ENDED = "ended"  # silent since its contract ended: no break
_NO_CHANCE = 14.0  # minus the logarithm of a chance below one in a million
_RECENT = 3  # months
_BEFORE = 6  # months before those
_SCATTER = 5.0  # standard deviations


@dataclass(frozen=True)
class Span:
    """The months a table was fully delivered for, by number; both ends included.

    ``empty`` are those between in which nothing came from anybody: the table's gap, and no
    provider's. The last month is not among them.
    """

    first: int
    last: int
    empty: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """How many months had any rows."""
        return self.last - self.first + 1 - len(self.empty)


def provider_breaks(
    engine: Engine,
    table: str,
    kept: ir.Table,
    providers: ir.Table,
    span: Span,
    *,
    jump: float,
    listed: int,
) -> dict[str, Any]:
    """Providers whose volume breaks, those with the most missing or surplus rows first.

    kept       months of each provider (volumes.by_month)
    providers  the accepted providers, for name and end of contract
    jump       factor of the monthly breaks; a provider, which scatters more, must pass its square
    listed     at most so many providers come back
    returns    ``stopped``, ``paused``, ``fell``, ``rose``: how many providers, and ``ended``: how
               many are silent since their contract ended, which is no break; ``listed``: for the
               first of the others ``provider_id``, ``name``, ``kind``, ``last_month``, ``months``
               without a row, ``expected`` and ``rows`` over the months in question, ``missing``
               (negative: surplus)
    """
    ways = _with_contracts(_ways(engine, kept, span, jump=jump), providers)
    odd = engine.keep(ways.filter(ways.kind.notnull()), f"odd_providers_{table}")
    counted = engine.rows(odd.group_by("kind").agg(n=odd.count()), at_most=len(KINDS) + 1)
    counts = {row["kind"]: row["n"] for row in counted.to_pylist()}
    breaking = odd.filter(odd.kind != ENDED)
    first = breaking.order_by(ibis.desc(breaking.missing.abs()), "provider_id").limit(listed)
    found = engine.rows(first, at_most=listed).to_pylist()
    return {kind: counts.get(kind, 0) for kind in (*KINDS, ENDED)} | {
        "listed": [_said(row) for row in found]
    }


def _with_contracts(ways: ir.Table, providers: ir.Table) -> ir.Table:
    """Names beside the providers; who stopped when its contract ended has ended."""
    to = providers.contracted_to
    known = providers.select(
        known_id="provider_id",
        name="name",
        ends=to.year().cast("int64") * 12 + to.month().cast("int64") - 1,
    )
    named = ways.left_join(known, ways.provider_id == known.known_id)
    ended = (named.kind == "stopped") & (named.ends <= named["last"] + 1)
    return named.mutate(kind=ibis.ifelse(ended.coalesce(False), ENDED, named.kind))


def _ways(engine: Engine, kept: ir.Table, span: Span, *, jump: float) -> ir.Table:
    """One row per provider: its pace, and in which way it breaks (``kind`` null: in none)."""
    inside = kept.filter(kept.number.between(span.first, span.last), kept.provider_id.notnull())
    inside = inside.mutate(place=_place(inside.number, span))
    recent = inside.place >= span.length - _RECENT
    before = ~recent & (inside.place >= span.length - _RECENT - _BEFORE)
    whole = engine.rows(
        inside.agg(recent=_sum(inside.rows, recent), before=_sum(inside.rows, before)), at_most=1
    ).to_pylist()[0]
    movement = whole["recent"] / whole["before"] if whole["before"] else 1.0
    per = inside.group_by("provider_id").agg(
        rows_n=inside.rows.sum(), active=inside.count(), first=inside.place.min(),
        until=inside.place.max(), last=inside.number.max(), recent=_sum(inside.rows, recent),
        before=_sum(inside.rows, before),
    )  # fmt: skip
    per = per.mutate(span=per.until - per["first"] + 1)
    per = per.mutate(
        silent=span.length - 1 - per.until,
        holes=per.span - per.active,
        due=per.before.cast("float64") * movement,
        long_there=per["first"] <= span.length - _RECENT - _BEFORE,
    )
    return _kinds(per, movement, jump * jump)


def _kinds(per: ir.Table, movement: float, factor: float) -> ir.Table:
    """The first way in which each provider breaks, with what was expected and what came.

    Silence is judged by the chance that rows at an even pace all fall into the months that have
    some: (months with / all months) to the power of the rows; a pause also by how many ways there
    are to choose its months. Counts are compared as square roots, whose variance is even.
    """
    rows, span = per.rows_n.cast("float64"), per.span.cast("float64")
    stopped = (per.silent > 0) & (rows * ((span + per.silent) / span).ln() >= _NO_CHANCE)
    ways = per.holes * span.ln()
    paused = (per.holes > 0) & (rows * (span / per.active).ln() >= _NO_CHANCE + ways)
    apart = (per.recent + 0.375).sqrt() - (per.due + 0.375 * movement).sqrt()
    scatter = math.sqrt((1 + movement) / 4)
    changed = per.long_there & (per.silent == 0) & (apart.abs() > _SCATTER * scatter)
    fell = changed & (per.recent * factor <= per.due)
    rose = changed & (per.recent >= per.due * factor)
    kind = ibis.cases((stopped, "stopped"), (paused, "paused"), (fell, "fell"), (rose, "rose"))
    gone = ibis.ifelse(stopped, per.silent, per.holes)
    pace = rows / ibis.ifelse(stopped, per.span, per.active)
    expected = ibis.ifelse(stopped | paused, gone * pace, per.due)
    came = ibis.ifelse(stopped | paused, 0, per.recent)
    return per.select(
        "provider_id", "last", kind=kind, months=gone, expected=expected, rows=came,
        missing=expected - came,
    )  # fmt: skip


def _place(number: ir.IntegerColumn, span: Span) -> ir.IntegerColumn:
    """The month's place, from 0, among those of the span in which anything came."""
    place = number - span.first
    for empty in span.empty:
        place = place - (number > empty).cast("int64")
    return place


def _sum(rows: ir.IntegerColumn, condition: ir.BooleanValue) -> ir.Value:
    return condition.ifelse(rows, 0).sum().coalesce(0)


def _said(row: dict[str, Any]) -> dict[str, Any]:
    silent = row["kind"] in ("stopped", "paused")
    return {
        "provider_id": row["provider_id"],
        "name": row["name"],
        "kind": row["kind"],
        "last_month": month_name(row["last"]),
        "months": row["months"] if silent else 0,
        "expected": round(row["expected"]),
        "rows": row["rows"],
        "missing": round(row["missing"]),
    }
