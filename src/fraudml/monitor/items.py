"""The items that were billed, and the periods in which their limits hold.

The catalogue that came in speaks first; where it is silent, the limits of the knowledge base do.
"""

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.claims.periods import valid_on
from fraudml.engine import Engine
from fraudml.monitor.knowledge.base import Knowledge

_LIMITS: dict[str, str] = {
    "price_cap_fen": "int64", "sex_limit": "string", "age_min": "int64", "age_max": "int64",
    "level_min": "int64", "max_daily_quantity": "float64", "minutes": "int64",
    "diagnosis_limit": "array<string>", "bundle_of": "array<string>",
}  # fmt: skip
_ARROW = {
    "int64": pa.int64(), "string": pa.string(), "float64": pa.float64(),
    "array<string>": pa.list_(pa.string()),
}  # fmt: skip


_NORMS = r"^(1[1-4]|2[1-7]|3[1-4]|4[1-8])[0-9]{7}($|[^0-9])"  # of services: 2001, 2007 and 2012


def class_code(code: ir.StringValue) -> ir.StringValue:
    """A code that begins as the national one does, by which classes of services are named.

    Where services go by the nine digits of the norms (310903001), the national code has 00 before.
    """
    return code.re_search(_NORMS).ifelse(ibis.literal("00").concat(code), code)


def item_rows(engine: Engine, claims: Claims, knowledge: Knowledge) -> list[ir.Table]:
    """The catalogue's rows and then our own, where there are any: code, validity, limits."""
    found = [_in_periods(claims.table("items"))] if claims.has("items") else []
    return [*found, _own_limits(engine, knowledge)]


def _own_limits(engine: Engine, knowledge: Knowledge) -> ir.Table:
    rows = knowledge.item_limits
    columns = {
        "item_code": pa.array([r["item_code"] for r in rows], pa.string()),
        "valid_from": pa.array([r["valid_from"] or date(1, 1, 1) for r in rows], pa.date32()),
        "valid_to": pa.array([r["valid_to"] for r in rows], pa.date32()),
        "kind": pa.nulls(len(rows), pa.string()),
        **{n: pa.array([r[n] for r in rows], _ARROW[kind]) for n, kind in _LIMITS.items()},
    }
    return _in_periods(engine.table(pa.table(columns), "monitor-own-limits"))


def _in_periods(items: ir.Table) -> ir.Table:
    periods = valid_on(items, "item_code")
    return periods.select(
        "valid_from", "valid_before", *_LIMITS, code=periods.item_code, item_kind=periods.kind
    )


def item_periods(engine: Engine, claims: Claims, knowledge: Knowledge, codes: ir.Table) -> ir.Table:
    """One row per billed item and stretch of days on which nothing about it changes.

    codes    item_code, code_no
    returns  item_no, code_no, valid_from, valid_before, item_kind, known (to the catalogue; null
             where none came in), limited (by sex, age, diagnosis or level) and the limits
    """
    sources = item_rows(engine, claims, knowledge)
    edges = [t.select("code", "valid_from") for t in sources]
    edges += [t.select("code", valid_from="valid_before") for t in sources]
    starts = ibis.union(*edges, distinct=True)
    starts = starts.mutate(
        valid_before=starts.valid_from.lead().over(group_by="code", order_by="valid_from")
    )
    t = starts.inner_join(codes, starts.code == codes.item_code).drop("code")
    t = t.filter(t.valid_before.notnull())
    sides = [_on(t, source, f"s{n}") for n, source in enumerate(sources)]
    for n, side in enumerate(sides):
        t = t.left_join(side, [t.code_no == side[f"s{n}_of"], t.valid_from == side[f"s{n}_since"]])
        t = t.drop(f"s{n}_of", f"s{n}_since")
    first = claims.has("items")
    held = {
        name: ibis.coalesce(*(t[f"s{n}_{name}"] for n in range(len(sides))))
        for name in (*_LIMITS, "item_kind")
    }
    known = t.s0_here.coalesce(False) if first else ibis.null("boolean")
    t = t.select("code_no", "valid_from", "valid_before", known=known, **held)
    limits = (t.sex_limit, t.age_min, t.age_max, t.diagnosis_limit, t.level_min)
    return t.mutate(
        item_no=ibis.row_number().over(ibis.window(order_by="code_no")).cast("int32"),
        limited=ibis.or_(*(limit.notnull() for limit in limits)),
    )


def _on(stretches: ir.Table, source: ir.Table, name: str) -> ir.Table:
    """What a source says of each stretch that lies in one of its periods."""
    s = stretches.select("code_no", "item_code", since="valid_from")
    j = s.inner_join(
        source,
        [s.item_code == source.code, s.since >= source.valid_from, s.since < source.valid_before],
    )
    return j.select(
        **{f"{name}_of": j.code_no, f"{name}_since": j.since, f"{name}_here": ibis.literal(True)},
        **{f"{name}_{column}": j[column] for column in (*_LIMITS, "item_kind")},
    )
