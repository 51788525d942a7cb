"""Stage leads: audit lists with reasons, rows and articles, and requests for correction."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.artifacts import Publication, parquet_rows, read_parquet, write_json
from fraudml.claims.accepted import Claims
from fraudml.currency import currency_of
from fraudml.engine import Engine, open_engine
from fraudml.entities import GRAIN_NAMES, GRAINS, GrainName
from fraudml.features.hits_beside import TABLE
from fraudml.leads.accounted import RanksWithout, Taken
from fraudml.leads.build import LeadInputs, build_leads
from fraudml.leads.corrections import write_corrections
from fraudml.leads.data_error import Gate, Row
from fraudml.leads.hits_left import counts_left
from fraudml.leads.lists import Lists, write_index
from fraudml.leads.repaired import Repaired, RepairedClaims, repaired_world
from fraudml.monitor.judged import Artefacts, judged_hits
from fraudml.params import Params
from fraudml.scores.score import score_files
from fraudml.stages.tables import of_day, of_fund
from fraudml.stages.workspace import Workspace

_KEY = GRAINS["provider"].key
_ARTEFACTS = ("artefacts", "artefact_lines")


def leads(params: Params, at: Workspace) -> str:
    """Write the list of every grain as table, workbook and pages, and what providers correct."""
    as_of, currency = params.time.as_of, currency_of(params.ingest.currency)
    lists: dict[GrainName, Lists] = {}
    withdrawn: list[Row] = []
    with Publication() as out:
        # first of all: a closed folder, or lists of another day, are said before minutes of work
        folder, corrections = (out.folder(at.reports(name)) for name in ("leads", "corrections"))
        figures = out.file(at.metrics("leads"))
        for grain in GRAIN_NAMES:
            _scores(params, at, grain)
        world = _world(params, at)
        with open_engine(params.engine, spill=at.spill) as engine:
            claims = Claims(engine, at.data("claims"))
            artefacts = Artefacts.read(engine, at.monitored(*_ARTEFACTS))
            hits, lines = _hits(engine, at)
            judged = engine.keep(judged_hits(engine, hits, lines, artefacts), "leads-judged-hits")
            for grain in GRAIN_NAMES:
                features = engine.read_parquet(at.entity_table("features", grain))
                gate = Gate(artefacts, judged, features.filter(features.as_of == as_of),
                            world.get(grain))  # fmt: skip
                lists[grain] = build_leads(
                    engine, claims, _inputs(params, at, grain, (hits, lines)), grain=grain,
                    limit=_limit(params, grain), as_of=as_of, out=folder, gate=gate,
                )  # fmt: skip
                withdrawn += gate.withdrawn
            write_index(lists, as_of=as_of, out=folder, currency=currency)
            requests = write_corrections(
                engine, claims, artefacts, withdrawn, corrections, currency
            )
        write_json(figures, _figures(lists, withdrawn, requests))
    return (
        "Leads: " + ", ".join(f"{len(one.listed):,} {grain}s" for grain, one in lists.items())
        + f"; {sum(len(one.accounted) for one in lists.values()):,} accounted for by a legitimate "
        f"circumstance, {sum(one.silent_n for one in lists.values()):,} without anything to say of "
        f"them, {len(withdrawn):,} left for requests for correction, of which there are "
        f"{len(requests):,}"
    )  # fmt: skip


def _world(params: Params, at: Workspace) -> dict[GrainName, Repaired]:
    """Everybody in the claims without the artefacts; empty where none was found.

    With an engine of its own: the same tables are computed again from other claims.
    """
    if not parquet_rows(at.monitored(*_ARTEFACTS) / "artefacts.parquet"):
        return {}
    at.spill.mkdir(parents=True, exist_ok=True)
    with (
        open_engine(params.engine, spill=at.spill) as engine,
        TemporaryDirectory(dir=at.spill) as scratch,
    ):
        artefacts = Artefacts.read(engine, at.monitored(*_ARTEFACTS))
        hits, lines = _hits(engine, at)
        judged = engine.keep(judged_hits(engine, hits, lines, artefacts), "leads-judged-hits")
        found = at.monitored("assessed", "beyond")
        left = counts_left(
            engine, Claims(engine, at.data("claims")), judged, lines,
            engine.read_parquet(found / "beyond.parquet"),
            read_parquet(found / "assessed.parquet"), params.time.as_of,
        )  # fmt: skip
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
    found = at.monitored("hits", "hit_lines")
    hits, lines = (engine.read_parquet(found / f"{n}.parquet") for n in ("hits", "hit_lines"))
    return hits, lines


def _inputs(
    params: Params, at: Workspace, grain: GrainName, hits: tuple[ir.Table, ir.Table]
) -> LeadInputs:
    return LeadInputs(
        _scores(params, at, grain),
        read_parquet(at.entity_table("attributions", grain)),
        read_parquet(at.entity_table("features/peers", grain)),
        hits,
        _ranks_without(params, at, grain),
        currency_of(params.ingest.currency),
    )


def _scores(params: Params, at: Workspace, grain: GrainName) -> pa.Table:
    path = at.entity_table("scores", grain)
    scores = of_day(read_parquet(path), params.time.as_of, path)
    if grain != "provider":
        return scores
    return of_fund(scores, read_parquet(at.data("claims") / "providers.parquet", [_KEY]), path)


def _ranks_without(params: Params, at: Workspace, grain: GrainName) -> RanksWithout:
    """One more pass of the scores over everybody, with what is taken of some unknown."""
    key = GRAINS[grain].key

    def ranks(taken: Taken) -> dict[str, int]:
        scored = score_files(
            grain, at.entity_table("features", grain), at.entity_table("features/peers", grain),
            at.models(grain), params.score, live=params.time.as_of, without=taken,
        )  # fmt: skip
        own = scored.filter(pc.is_in(scored[key], value_set=pa.array(sorted(taken), pa.string())))
        return dict(zip(own[key].to_pylist(), own["rank"].to_pylist(), strict=True))

    return ranks


def _limit(params: Params, grain: GrainName) -> int:
    limits: dict[GrainName, int] = {
        "provider": params.leads.providers,
        "practitioner": params.leads.practitioners,
        "patient": params.leads.patients,
    }
    return limits[grain]


def _figures(
    lists: dict[GrainName, Lists], withdrawn: list[Row], requests: pa.Table
) -> dict[str, Any]:
    """What ``dvc metrics`` compares: verdicts by grain, and requests by slip."""
    left = Counter(row["grain"] for row in withdrawn)
    return {
        "verdicts": {
            grain: {"listed": len(one.listed), "fraud_like": 0, "both": 0}
            | {
                name or "not_assessed": n
                for name, n in Counter(one.listed["verdict"].to_pylist()).items()
            }
            | {"data_like": left[grain]}
            for grain, one in lists.items()
        },
        "without_a_reason": {grain: one.silent_n for grain, one in lists.items()},
        "accounted_for": {grain: len(one.accounted) for grain, one in lists.items()},
        "corrections": dict(sorted(Counter(requests["artefact"].to_pylist()).items())),
        "corrections_fen": sum(requests["amount_fen"].to_pylist()),
    }
