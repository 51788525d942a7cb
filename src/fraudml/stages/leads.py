"""Stage leads: audit lists with reasons, rows and articles, and requests for correction."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from fraudml.artifacts import Publication, parquet_rows, read_parquet, require, write_json
from fraudml.claims.accepted import Claims
from fraudml.engine import Engine, open_engine
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.features.hits_beside import TABLE
from fraudml.leads.build import LeadInputs, build_leads
from fraudml.leads.corrections import write_corrections
from fraudml.leads.data_error import Gate, Row
from fraudml.leads.hits_left import counts_left, judged_hits
from fraudml.leads.lists import write_index
from fraudml.leads.repaired import Artefacts, Repaired, RepairedClaims, repaired_world
from fraudml.params import Params
from fraudml.stages.workspace import Workspace


def leads(params: Params, at: Workspace) -> str:
    """Write the list of every grain as table, workbook and pages, and what providers correct."""
    as_of, tables = params.time.as_of, {}
    withdrawn: list[Row] = []
    with Publication() as out:
        # first of all: a folder that takes nothing is said before minutes of work
        folder, corrections = (out.folder(at.reports(name)) for name in ("leads", "corrections"))
        figures = out.file(at.metrics("leads"))
        world = _world(params, at)
        with open_engine(params.engine, spill=at.spill) as engine:
            claims = Claims(engine, at.data("claims"))
            artefacts = Artefacts.read(engine, at.data("monitor"))
            hits, lines = _hits(engine, at)
            judged = engine.keep(judged_hits(engine, hits, lines, artefacts), "leads-judged-hits")
            for grain in GRAIN_NAMES:
                features = engine.read_parquet(at.entity_table("features", grain))
                gate = Gate(artefacts, judged, features.filter(features.as_of == as_of),
                            world.get(grain))  # fmt: skip
                tables[grain] = build_leads(
                    engine, claims, _inputs(at, grain, (hits, lines)), grain=grain,
                    limit=_limit(params, grain), as_of=as_of, out=folder, gate=gate,
                )  # fmt: skip
                withdrawn += gate.withdrawn
            write_index(tables, as_of=as_of, out=folder)
            requests = write_corrections(engine, claims, artefacts, withdrawn, corrections)
        write_json(figures, _figures(tables, withdrawn, requests))
    return (
        "Leads: " + ", ".join(f"{len(table):,} {grain}s" for grain, table in tables.items())
        + f"; {len(withdrawn):,} left for requests for correction, of which there are "
        f"{len(requests):,}"
    )  # fmt: skip


def _world(params: Params, at: Workspace) -> dict[GrainName, Repaired]:
    """Everybody in the claims without the artefacts; empty where none was found.

    With an engine of its own: the same tables are computed again from other claims.
    """
    if not parquet_rows(require(at.data("monitor") / "artefacts.parquet")):
        return {}
    at.spill.mkdir(parents=True, exist_ok=True)
    with (
        open_engine(params.engine, spill=at.spill) as engine,
        TemporaryDirectory(dir=at.spill) as scratch,
    ):
        artefacts = Artefacts.read(engine, at.data("monitor"))
        hits, lines = _hits(engine, at)
        judged = engine.keep(judged_hits(engine, hits, lines, artefacts), "leads-judged-hits")
        assessed = read_parquet(at.data("monitor") / "assessed.parquet")
        left = counts_left(engine, judged, lines, assessed, params.time.as_of)
        return repaired_world(
            engine,
            RepairedClaims(engine, at.data("claims"), artefacts, {TABLE: left}),
            {grain: at.models(grain) for grain in GRAIN_NAMES},
            (params.features, params.score),
            as_of=params.time.as_of,
            scratch=Path(scratch),
        )


def _hits(engine: Engine, at: Workspace) -> tuple[ir.Table, ir.Table]:
    """The hits that stage monitor wrote, and their rows."""
    found = at.data("monitor")
    hits, lines = (engine.read_parquet(found / f"{n}.parquet") for n in ("hits", "hit_lines"))
    return hits, lines


def _inputs(at: Workspace, grain: GrainName, hits: tuple[ir.Table, ir.Table]) -> LeadInputs:
    return LeadInputs(
        read_parquet(at.entity_table("scores", grain)),
        read_parquet(at.entity_table("attributions", grain)),
        read_parquet(at.entity_table("features/peers", grain)),
        hits,
    )


def _limit(params: Params, grain: GrainName) -> int:
    limits: dict[GrainName, int] = {
        "provider": params.leads.providers,
        "practitioner": params.leads.practitioners,
        "patient": params.leads.patients,
    }
    return limits[grain]


def _figures(
    tables: dict[GrainName, pa.Table], withdrawn: list[Row], requests: pa.Table
) -> dict[str, Any]:
    """What ``dvc metrics`` compares: verdicts by grain, and requests by slip."""
    left = Counter(row["grain"] for row in withdrawn)
    return {
        "verdicts": {
            grain: {"listed": len(table), "fraud_like": 0, "both": 0}
            | {
                name or "not_assessed": n
                for name, n in Counter(table["verdict"].to_pylist()).items()
            }
            | {"data_like": left[grain]}
            for grain, table in tables.items()
        },
        "corrections": dict(sorted(Counter(requests["artefact"].to_pylist()).items())),
        "corrections_fen": sum(requests["amount_fen"].to_pylist()),
    }
