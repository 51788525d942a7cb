"""The claim rows behind the reasons: all counted in the engine, the largest fifty shown."""

from dataclasses import dataclass, field, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.engine import Engine

SHOWN_ROWS = 50

Pair = tuple[str, str]  # entity id, feature name


@dataclass(frozen=True)
class Evidence:
    """The rows behind one reason of one entity: how many, worth how much, the largest of them."""

    rows_n: int
    amount_fen: int
    shown: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Behind:
    """What stands behind the reasons of all leads of one grain."""

    by_reason: dict[Pair, Evidence]
    stake_fen: dict[str, int]  # by entity, every claim line counted once
    rows_n: dict[str, dict[str, int]]  # by entity and feature, of every reason that was weighed
    hits_n: dict[str, dict[str, int]] = field(default_factory=dict)  # of features of hits, likewise

    def weight(self, entity_id: str) -> dict[str, int]:
        """Claim rows or hits behind each feature of one entity."""
        return self.rows_n.get(entity_id, {}) | self.hits_n.get(entity_id, {})


def count_rows(engine: Engine, evidence: ir.Table, *, at_most: int) -> dict[str, dict[str, int]]:
    """How many evidence rows each entity has behind each feature; a pair without any is absent."""
    counted = evidence.group_by(["entity_id", "feature"]).agg(rows_n=evidence.count())
    found: dict[str, dict[str, int]] = {}
    for row in engine.rows(counted, at_most=at_most).to_pylist():
        found.setdefault(row["entity_id"], {})[row["feature"]] = row["rows_n"]
    return found


def behind_the_reasons(
    engine: Engine,
    evidence: ir.Table,
    pairs: list[Pair],
    found: Behind,
    name: str,
) -> Behind:
    """Count, sum and sample the evidence rows of the wanted (entity, feature) pairs.

    evidence  entity_id, feature, claim_id, line_no, served_on, code, amount_fen
    found     what was counted of all reasons, kept beside
    name      of the intermediate in the engine's scratch folder
    """
    wanted = pa.table(
        {
            "entity_id": pa.array([entity for entity, _ in pairs], pa.string()),
            "feature": pa.array([feature for _, feature in pairs], pa.string()),
        }
    )
    keys = ["entity_id", "feature"]
    rows = engine.keep(
        evidence.semi_join(engine.table(wanted, f"{name}_wanted"), keys), f"{name}_rows"
    )
    shown: dict[Pair, list[dict[str, Any]]] = {}
    for row in engine.rows(_largest(rows), at_most=len(pairs) * SHOWN_ROWS).to_pylist():
        shown.setdefault((row.pop("entity_id"), row.pop("feature")), []).append(row)
    totals = engine.rows(
        rows.group_by(keys).agg(rows_n=rows.count(), amount_fen=rows.amount_fen.sum()),
        at_most=len(pairs),
    )
    by_reason = {
        key: Evidence(row["rows_n"], row["amount_fen"] or 0, tuple(shown.get(key, ())))
        for row in totals.to_pylist()
        for key in [(row["entity_id"], row["feature"])]
    }
    stakes = _stakes(engine, rows, at_most=len(pairs))
    return replace(found, by_reason=by_reason, stake_fen=stakes)


def _largest(rows: ir.Table) -> ir.Table:
    order = [rows.amount_fen.desc(), rows.claim_id, rows.line_no]
    window = ibis.window(group_by=[rows.entity_id, rows.feature], order_by=order)
    ranked = rows.mutate(place=ibis.row_number().over(window))
    return (
        ranked.filter(ranked.place < SHOWN_ROWS)
        .order_by(["entity_id", "feature", "place"])
        .drop("place")
    )


def _stakes(engine: Engine, rows: ir.Table, *, at_most: int) -> dict[str, int]:
    """Amount by entity: a line once, and no line of a claim that counts as a whole."""
    line = rows.group_by(["entity_id", "claim_id", "line_no"]).agg(fen=rows.amount_fen.max())
    claim = line.group_by(["entity_id", "claim_id"]).agg(
        whole=line.fen.max(where=line.line_no.isnull()),
        lines=line.fen.sum(where=line.line_no.notnull()),
    )
    stake = claim.group_by("entity_id").agg(fen=ibis.coalesce(claim.whole, claim.lines).sum())
    found = engine.rows(stake, at_most=at_most).to_pylist()
    return {row["entity_id"]: row["fen"] for row in found if row["fen"] is not None}
