"""From scores and attributions to leads: who is listed, why, and which rows stand behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.features.catalogue import features_of
from fraudml.features.entry import Feature
from fraudml.features.evidence import evidence_rows
from fraudml.leads.lists import write_list
from fraudml.leads.packet import TOP, Lead, speaking
from fraudml.leads.reasons import Panel, Source, build_panels, placed_by
from fraudml.leads.rows import Behind, behind_the_reasons, count_rows
from fraudml.leads.rule_hits import find_rule_hits
from fraudml.leads.subjects import find_subjects
from fraudml.leads.words import Words

Row = Mapping[str, Any]


@dataclass(frozen=True)
class LeadInputs:
    """What earlier stages wrote of one grain; rows of other as-of dates are left aside."""

    scores: pa.Table  # data/scores/GRAIN.parquet
    attributions: pa.Table  # data/attributions/GRAIN.parquet
    peers: pa.Table  # data/features/peers/GRAIN.parquet: peer_group and peers_n
    hits: tuple[ir.Table, ir.Table] | None = None  # data/monitor: hits and hit_lines, if any


@dataclass(frozen=True)
class _Listed:
    """One listed entity and what the models say of it."""

    entity_id: str
    score: Row
    source: Source
    panels: tuple[Panel, ...]
    unknown: tuple[Words, ...]


def build_leads(
    engine: Engine,
    claims: Claims,
    inputs: LeadInputs,
    *,
    grain: GrainName,
    limit: int,
    as_of: date,
    out: Path,
) -> pa.Table:
    """Write the list of one grain into the folder ``out`` and return it, best rank first.

    limit  how many of the first ranks are listed; fewer where fewer are scored
    out    receives GRAIN.parquet, GRAIN.xlsx, pages/LEAD_ID.html and packets/LEAD_ID.json; the
           page over all grains is written by ``lists.write_index`` when all are there
    An entity that was not explained (beyond ``explain.listed``) is listed without reasons.
    """
    catalogue = {feature.name: feature for feature in features_of(grain)}
    scores = _on(inputs.scores, as_of)
    first = scores.sort_by("rank").slice(0, limit)
    listed = _listed(_with_peers(first, _on(inputs.peers, as_of), grain), inputs, catalogue, as_of)
    behind = _behind(engine, claims, listed, catalogue, grain=grain, as_of=as_of)
    ids = [entity.entity_id for entity in listed]
    subjects = find_subjects(engine, claims, ids, grain=grain, as_of=as_of)
    hits = find_rule_hits(engine, *inputs.hits, ids, grain=grain) if inputs.hits else {}
    leads = [
        Lead(
            grain=grain,
            score=entity.score,
            scored_n=len(scores),
            as_of=as_of,
            source=entity.source,
            panels=entity.panels,
            subject=subjects[entity.entity_id],
            behind=behind,
            unknown=entity.unknown,
            hits=hits.get(entity.entity_id, ()),
        )
        for entity in listed
    ]
    return write_list(leads, grain=grain, as_of=as_of, out=out)


def _on(table: pa.Table, as_of: date) -> pa.Table:
    return table.filter(pc.equal(table["as_of"], pa.scalar(as_of, pa.date32())))


def _with_peers(scores: pa.Table, peers: pa.Table, grain: GrainName) -> list[dict[str, Any]]:
    key = GRAINS[grain].key
    wanted = peers.filter(pc.is_in(peers[key], value_set=scores[key].combine_chunks()))
    groups = {row[key]: row for row in wanted.select([key, "peer_group", "peers_n"]).to_pylist()}
    none = {"peer_group": None, "peers_n": None}
    return [none | groups.get(row[key], {}) | row for row in scores.to_pylist()]


def _listed(
    scores: Sequence[Row], inputs: LeadInputs, catalogue: Mapping[str, Feature], as_of: date
) -> list[_Listed]:
    grain = next(iter(catalogue.values())).grain
    key = GRAINS[grain].key
    ids = pa.array([row[key] for row in scores], pa.string())
    table = _on(inputs.attributions, as_of)
    rows = table.filter(pc.is_in(table[key], value_set=ids)).to_pylist()
    by_entity: dict[str, list[Row]] = {row[key]: [] for row in scores}
    for row in rows:
        by_entity[row[key]].append(row)
    return [
        _Listed(
            entity_id=row[key],
            score=row,
            source=placed_by(row["supervised_rank"], row["label_free_rank"]),
            panels=build_panels(by_entity[row[key]], catalogue),
            unknown=_unknown(by_entity[row[key]], catalogue),
        )
        for row in scores
    ]


def _unknown(rows: Iterable[Row], catalogue: Mapping[str, Feature]) -> tuple[Words, ...]:
    names = {row["feature"] for row in rows if row["value"] is None}
    return tuple(Words(f.zh, f.en) for name, f in catalogue.items() if name in names)


def _behind(
    engine: Engine,
    claims: Claims,
    listed: Sequence[_Listed],
    catalogue: Mapping[str, Feature],
    *,
    grain: GrainName,
    as_of: date,
) -> Behind:
    weighed = [
        (entity.entity_id, reason.feature)
        for entity, panel in _speaking(listed)
        for one in panel.sums
        if one.contribution > 0
        for reason in one.reasons
        if catalogue[reason.feature].rows is not None
    ]
    if not weighed:
        return Behind({}, {}, {})
    names = sorted({feature for _, feature in weighed})
    ids = sorted({entity for entity, _ in weighed})
    found = evidence_rows(engine, claims, grain, names, as_of, ids)
    evidence = engine.keep(found, f"leads_{grain}_weighed")
    rows_n = count_rows(engine, evidence, at_most=len(names) * len(ids))
    none: dict[str, int] = dict.fromkeys(names, 0)
    rows_n = {entity: none | rows_n.get(entity, {}) for entity in ids}
    pairs = [
        (entity.entity_id, reason.feature)
        for entity, panel in _speaking(listed)
        for reason in panel.top_reasons(TOP, rows_n.get(entity.entity_id, {}))
        if catalogue[reason.feature].rows is not None
    ]
    return behind_the_reasons(engine, evidence, pairs, rows_n, f"leads_{grain}")


def _speaking(listed: Sequence[_Listed]) -> Iterator[tuple[_Listed, Panel]]:
    for entity in listed:
        panel = speaking(entity.panels, entity.source)
        if panel is not None:
            yield entity, panel
