"""Outcomes of closed inspections, each matched to the features known when inspectors went."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.params import LabelsParams

CONFIRMED = ("confirmed", "partly")
CLEARED = ("legitimate", "data_error")
_AT_MOST = 5_000_000  # inspections of persons and institutions, never claims

LABEL_SCHEMA = pa.schema(
    [
        ("grain", pa.string()),
        ("entity_id", pa.string()),
        ("inspection_id", pa.string()),
        ("as_of", pa.date32()),
        ("label", pa.int8()),
        ("result", pa.string()),
        ("visited_on", pa.date32()),
        ("closed_on", pa.date32()),
        ("arm", pa.string()),
        ("form", pa.string()),
        ("chance", pa.float64()),
        ("round_id", pa.string()),
        ("typology", pa.string()),
        ("amount_confirmed_fen", pa.int64()),
        ("amount_recovered_fen", pa.int64()),
    ]
)


def build_labels(
    engine: Engine, claims: Claims, dates: tuple[date, ...], params: LabelsParams
) -> pa.Table:
    """One row per inspection closed by the live date: confirmed 1, cleared 0, unknown null.

    dates  as-of dates of the features; the newest is the live one
    as_of is the newest of them on or before the visit and at most horizon_days before it, null
    where there is none. Rows are sorted by grain, entity and inspection. Mapping: contract.md.
    """
    if not claims.has("inspections"):
        return LABEL_SCHEMA.empty_table()
    table = claims.table("inspections")
    known = table.filter(table.closed_on <= ibis.literal(max(dates)))
    found = engine.rows(_matched(engine, known, dates, params), at_most=_AT_MOST)
    return found.select(LABEL_SCHEMA.names).cast(LABEL_SCHEMA)


def _matched(
    engine: Engine, known: ir.Table, dates: tuple[date, ...], params: LabelsParams
) -> ir.Table:
    days = pa.table({"as_of": pa.array(sorted(dates), pa.date32())})
    d = engine.table(days, "labels-dates")
    horizon = ibis.interval(days=params.horizon_days)
    near = known.inner_join(
        d,
        [
            d.as_of <= known.visited_on,
            known.visited_on <= d.as_of + horizon,
        ],
    )
    newest = near.group_by("inspection_id").agg(as_of=near.as_of.max())
    joined = known.left_join(newest, "inspection_id").drop("inspection_id_right")
    labelled = joined.mutate(
        grain=joined.target_grain, entity_id=joined.target_id, label=_label(joined.result)
    )
    return labelled.select(*LABEL_SCHEMA.names).order_by("grain", "entity_id", "inspection_id")


def _label(result: ir.StringColumn) -> ir.IntegerValue:
    return ibis.cases((result.isin(CONFIRMED), 1), (result.isin(CLEARED), 0)).cast("int8")
