"""How each rule does: hits by month, whom, what other rules see of the same rows, and outcomes."""

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS
from fraudml.evaluation.bootstrap import wilson
from fraudml.outcomes.labels import CLEARED, CONFIRMED

MIN_INSPECTED = 5  # fewer inspections after a hit: precision is not assessed
BEFORE_DAYS = 365  # how long before a visit a hit still speaks of it
LISTED = 10
_AT_MOST = 1_000_000


def rule_figures(
    engine: Engine,
    claims: Claims,
    hits: ir.Table,
    rows: ir.Table,
    as_of: date,
) -> dict[str, dict[str, Any]]:
    """By rule: ``months``, ``overlap``, ``entities``, ``precision``; a rule without hits is absent.

    hits, rows  as of the live date: of the contract, and their claim lines (hit_id, rule_id,
                claim_id, line_no)
    Holds ids of providers, and of no person.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in engine.rows(_months(hits), at_most=_AT_MOST).to_pylist():
        _of(found, row.pop("rule_id"))["months"].append(
            row | {"month": row["month"].isoformat()[:7]}
        )
    for row in engine.rows(_overlap(rows), at_most=_AT_MOST).to_pylist():
        _of(found, row.pop("rule_id"))["overlap"].append(row)
    for row in engine.rows(_entities(hits), at_most=_AT_MOST).to_pylist():
        _of(found, row.pop("rule_id"))["entities"].append(row)
    if claims.has("inspections"):
        for rule, counts in inspected_after(engine, claims, hits, as_of).items():
            _of(found, rule)["precision"] = precision(**counts)
    return found


def _of(found: dict[str, dict[str, Any]], rule: str) -> dict[str, Any]:
    none = {"months": [], "overlap": [], "entities": [], "precision": precision(0, 0, 0, 0)}
    return found.setdefault(rule, none)


def _months(hits: ir.Table) -> ir.Table:
    t = hits.mutate(month=hits.known_on.truncate("M").cast("date"))
    found = t.group_by("rule_id", "month").agg(hits=t.count(), amount_fen=t.amount_fen.sum())
    return found.order_by("rule_id", "month")


def _overlap(rows: ir.Table) -> ir.Table:
    """Of each rule's claim lines the share that another rule hit too, largest first."""
    one = rows.select("rule_id", "claim_id", line=rows.line_no.coalesce(-1)).distinct()
    two = one.view().select(other="rule_id", other_claim="claim_id", other_line="line")
    both = one.inner_join(
        two, [one.claim_id == two.other_claim, one.line == two.other_line, one.rule_id != two.other]
    )
    shared = both.group_by("rule_id", "other").agg(shared_n=both.count())
    mine = one.group_by("rule_id").agg(lines_n=one.count())
    j = shared.inner_join(mine, "rule_id")
    share = j.shared_n.cast("float64") / j.lines_n.cast("float64")
    return j.mutate(share=share).order_by("rule_id", ibis.desc("share"), "other")


def _entities(hits: ir.Table) -> ir.Table:
    t = hits.filter(hits.provider_id.notnull())
    by = t.group_by("rule_id", "provider_id").agg(hits=t.count(), amount_fen=t.amount_fen.sum())
    order = [by.hits.desc(), by.amount_fen.desc(), by.provider_id.hexdigest("sha256")]
    ranked = by.mutate(
        place=ibis.row_number().over(ibis.window(group_by=by.rule_id, order_by=order))
    )
    return ranked.filter(ranked.place < LISTED).order_by("rule_id", "place").drop("place")


def inspected_after(
    engine: Engine, claims: Claims, hits: ir.Table, as_of: date
) -> dict[str, dict[str, int]]:
    """By rule: how many inspections closed by the date went to somebody it had hit before.

    returns  inspected (with a result), confirmed, confirmed_fen, drawn (by known chance)
    Only hits known before the visit, and at most a year before it, are looked at.
    """
    t = claims.table("inspections")
    closed = t.filter(t.closed_on <= as_of, t.result.isin([*CONFIRMED, *CLEARED]))
    parts = []
    for name, grain in GRAINS.items():
        mine = closed.filter(closed.target_grain == name)
        h = hits.filter(hits[grain.key].notnull())
        h = h.select("rule_id", "known_on", who=h[grain.key])
        j = mine.inner_join(
            h,
            [
                mine.target_id == h.who,
                h.known_on < mine.visited_on,
                h.known_on >= mine.visited_on - ibis.interval(days=BEFORE_DAYS),
            ],
        )
        parts.append(
            j.select("rule_id", "inspection_id", "result", "amount_confirmed_fen", "chance")
        )
    each = ibis.union(*parts, distinct=True)
    confirmed = each.result.isin(CONFIRMED)
    counted = each.group_by("rule_id").agg(
        inspected=each.count(), confirmed=confirmed.cast("int64").sum(),
        confirmed_fen=confirmed.ifelse(each.amount_confirmed_fen.coalesce(0), 0).sum(),
        drawn=each.chance.count(),
    )  # fmt: skip
    found = engine.rows(counted, at_most=_AT_MOST).to_pylist()
    return {row.pop("rule_id"): row for row in found}


def precision(inspected: int, confirmed: int, confirmed_fen: int, drawn: int) -> dict[str, Any]:
    """Share confirmed with its Wilson interval, null below MIN_INSPECTED inspections.

    >>> precision(3, 2, 100, 0)["share"] is None
    True
    """
    enough = inspected >= MIN_INSPECTED
    low, high = wilson(confirmed, inspected) if enough else (None, None)
    return {
        "inspected": inspected, "confirmed": confirmed, "confirmed_fen": confirmed_fen,
        "drawn": drawn, "share": confirmed / inspected if enough else None, "low": low,
        "high": high,
    }  # fmt: skip


def base_rate(engine: Engine, claims: Claims, as_of: date) -> dict[str, Any]:
    """The same of everybody ever inspected: what any rule stands beside."""
    if not claims.has("inspections"):
        return precision(0, 0, 0, 0)
    t = claims.table("inspections")
    closed = t.filter(t.closed_on <= as_of, t.result.isin([*CONFIRMED, *CLEARED]))
    confirmed = closed.result.isin(CONFIRMED)
    (row,) = engine.rows(
        closed.agg(
            inspected=closed.count(), confirmed=confirmed.cast("int64").sum().coalesce(0),
            confirmed_fen=confirmed.ifelse(closed.amount_confirmed_fen.coalesce(0), 0).sum()
            .coalesce(0),
            drawn=closed.chance.count(),
        ), at_most=1,
    ).to_pylist()  # fmt: skip
    return precision(**row)
