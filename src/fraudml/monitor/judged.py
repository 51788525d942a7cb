"""Slips that stage monitor found, and the hits of rules that they account for."""

from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from fraudml.engine import Engine
from fraudml.monitor.signatures.catalogue import SIGNATURES
from fraudml.monitor.signatures.entry import WRONG, Repair


@dataclass(frozen=True)
class Artefacts:
    """What stage monitor found of slips: one row per artefact, and the rows of each."""

    found: ir.Table  # data/monitor/artefacts.parquet
    lines: ir.Table  # data/monitor/artefact_lines.parquet

    @classmethod
    def read(cls, engine: Engine, folder: Path) -> "Artefacts":
        """The two tables of data/monitor."""
        return cls(
            engine.read_parquet(folder / "artefacts.parquet"),
            engine.read_parquet(folder / "artefact_lines.parquet"),
        )

    def wrong(self, *repairs: Repair) -> ir.Table:
        """The wrong rows of signatures undone in one of these ways, with code and provider_id."""
        names = [one.id for one in SIGNATURES if one.repair in repairs]
        rows = self.lines.filter(self.lines.role == WRONG)
        own = self.found.filter(self.found.signature.isin(names))
        own = own.select("artefact_id", "code", "provider_id")
        return rows.inner_join(own, "artefact_id")


def judged_hits(
    engine: Engine, hits: ir.Table, hit_lines: ir.Table, artefacts: Artefacts
) -> ir.Table:
    """Every hit with whether artefacts account for it: ``explained``.

    A hit is accounted for if every row of it is a row of an artefact that can bring such a hit
    about; or, where it takes several rows, if at most one other row is left: one row repeats
    nothing and overlaps with nothing.
    """
    rules = hits.select("rule_id").distinct()
    names = engine.rows(rules, at_most=10_000)["rule_id"].to_pylist()
    pairs = [(r, s.id) for r in sorted(names) for s in SIGNATURES if s.explains_rule(r)]
    able = engine.table(
        pa.table({
            "able_rule": pa.array([r for r, _ in pairs], pa.string()),
            "signature": pa.array([s for _, s in pairs], pa.string()),
        }),
        "slips-able",
    )  # fmt: skip
    a = artefacts.lines.inner_join(
        artefacts.found.select("artefact_id", "signature"), "artefact_id"
    )
    a = a.inner_join(able, "signature").select("able_rule", "claim_id", "line_no").distinct()
    a = a.rename(a_claim="claim_id", a_line="line_no")
    rows = hit_lines.inner_join(hits.select("hit_id", "rule_id"), "hit_id")
    rows = rows.select("hit_id", "rule_id", "claim_id", "line_no").distinct()
    same = [rows.rule_id == a.able_rule, rows.claim_id == a.a_claim]
    covered = rows.semi_join(a, [*same, a.a_line.isnull() | (rows.line_no == a.a_line)])
    covered = covered.group_by(covered_hit=covered.hit_id).agg(covered_n=covered.count())
    each = rows.group_by("hit_id").agg(rows_n=rows.count())
    j = each.left_join(covered, each.hit_id == covered.covered_hit)
    left = j.rows_n - j.covered_n.coalesce(0)
    explained = j.covered_n.notnull() & ((left == 0) | ((j.rows_n > 1) & (left == 1)))
    judged = j.select(judged_hit=j.hit_id, explained=explained)
    k = hits.left_join(judged, hits.hit_id == judged.judged_hit)
    return k.mutate(explained=k.explained.coalesce(False)).drop("judged_hit")
