"""From scores and attributions to leads: who is listed, why, and which rows stand behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.claims.accepted import Claims
from fraudml.currency import YUAN, Currency
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.features.catalogue import features_of
from fraudml.features.entry import Feature
from fraudml.features.evidence import evidence_rows
from fraudml.leads.accounted import RanksWithout, Standing, standings
from fraudml.leads.data_error import (
    Candidate,
    Gate,
    Verdict,
    not_on_the_list,
    still_near,
    verdicts,
)
from fraudml.leads.ladder import Ladder, ladders
from fraudml.leads.lead import Lead, lead_id, says, speaking, told
from fraudml.leads.legitimate.catalogue import Answers, answers
from fraudml.leads.lists import Lists, write_list
from fraudml.leads.reasons import Panel, Reason, Source, build_panels, placed_by
from fraudml.leads.rows import Behind, behind_the_reasons, count_rows
from fraudml.leads.rule_hits import PAIR_OF, RuleHits, find_rule_hits, hits_behind
from fraudml.leads.subjects import Subject, find_subjects
from fraudml.leads.words import Words

Row = Mapping[str, Any]
REPLACEMENTS = 4  # candidates that are judged, as a multiple of those listed


@dataclass(frozen=True)
class LeadInputs:
    """What earlier stages wrote of one grain; rows of other as-of dates are left aside."""

    scores: pa.Table  # data/scores/GRAIN.parquet
    attributions: pa.Table  # data/attributions/GRAIN.parquet
    peers: pa.Table  # data/features/peers/GRAIN.parquet: peer_group and peers_n
    hits: tuple[ir.Table, ir.Table] | None = None  # data/monitor: hits and hit_lines, if any
    without: RanksWithout | None = None  # None: circumstances are told and move nobody
    currency: Currency = YUAN


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
    gate: Gate | None = None,
) -> Lists:
    """Write the list of one grain into the folder ``out`` and return it, best rank first.

    limit  how many of the first ranks are listed; fewer where fewer are scored
    out    receives GRAIN.parquet, GRAIN_accounted.parquet, GRAIN.xlsx, pages/LEAD_ID.html and
           packets/LEAD_ID.json; the page over all grains is written by ``lists.write_index``
    gate   what was found of data errors; without it every verdict is null, not assessed, and
           nobody leaves the list. Who leaves it for a request for correction is put into
           ``gate.withdrawn``; whom a circumstance accounts for stands beside the list
    An entity that was not explained (beyond ``explain.listed``) is listed without reasons. One of
    which there is nothing to say is not listed, and nobody behind it takes its place: a list ends
    where hardly anybody is left to visit.
    """
    catalogue = {feature.name: feature for feature in features_of(grain)}
    scores = _on(inputs.scores, as_of)
    pool = scores.sort_by("rank").slice(0, limit if gate is None else limit * REPLACEMENTS)
    whole = _listed(_with_peers(pool, _on(inputs.peers, as_of), grain), inputs, catalogue, as_of)
    judged = _judged(engine, claims, inputs, gate, whole, grain=grain, limit=limit, as_of=as_of)
    shown = [*judged.listed, *judged.accounted]
    ids = [entity.entity_id for entity in shown]
    hits = (
        find_rule_hits(engine, *inputs.hits, ids, grain=grain, as_of=as_of) if inputs.hits else {}
    )
    counted = Behind({}, {}, {}, _hits_behind(shown, hits) if inputs.hits else {})
    behind = _behind(engine, claims, shown, catalogue, counted, as_of=as_of)
    known = _Known(
        scored_n=len(scores),
        subjects=find_subjects(engine, claims, ids, grain=grain, as_of=as_of),
        behind=behind,
        ladders=_ladders(engine, claims, ids, inputs, as_of) if grain == "provider" else {},
        hits=hits,
        judged=judged,
    )
    leads = [_lead(entity, known, inputs.currency, grain=grain, as_of=as_of) for entity in shown]
    listed, accounted = leads[: len(judged.listed)], leads[len(judged.listed) :]
    with_reason = [one for one in listed if not one.silent]
    return write_list(
        with_reason, accounted, silent_n=len(listed) - len(with_reason), grain=grain, as_of=as_of,
        out=out, currency=inputs.currency,
    )  # fmt: skip


@dataclass(frozen=True)
class _Judged:
    """Who is listed, whom a circumstance accounts for, and what was found of both."""

    listed: list[_Listed]
    accounted: list[_Listed]
    verdicts: Mapping[str, Verdict]
    answers: Mapping[str, Answers]
    standings: Mapping[str, Standing]


@dataclass(frozen=True)
class _Known:
    """What was found of everybody shown, by entity, and how many were scored."""

    scored_n: int
    subjects: Mapping[str, Subject]
    behind: Behind
    ladders: Mapping[str, Ladder]
    hits: Mapping[str, tuple[RuleHits, ...]]
    judged: _Judged


def _lead(
    entity: _Listed, known: _Known, currency: Currency, *, grain: GrainName, as_of: date
) -> Lead:
    who, judged = entity.entity_id, known.judged
    return Lead(
        grain=grain,
        score=entity.score,
        scored_n=known.scored_n,
        as_of=as_of,
        source=entity.source,
        panels=entity.panels,
        subject=known.subjects[who],
        behind=known.behind,
        unknown=entity.unknown,
        verdict=judged.verdicts.get(who),
        ladder=known.ladders.get(who),
        hits=known.hits.get(who, ()),
        answers=judged.answers[who],
        standing=judged.standings.get(who),
        currency=currency,
    )


def _judged(
    engine: Engine,
    claims: Claims,
    inputs: LeadInputs,
    gate: Gate | None,
    whole: Sequence[_Listed],
    *,
    grain: GrainName,
    limit: int,
    as_of: date,
) -> _Judged:
    """Verdict and circumstances of every candidate; who left for a correction goes to the gate.

    Candidates behind the last one listed did not leave the list: they never stood on it.
    """
    ranks = {one.entity_id: one.score["rank"] for one in whole}
    told = answers(engine, claims, list(ranks), grain=grain, as_of=as_of)
    if gate is None:
        return _Judged(list(whole), [], {}, told, {})
    candidates = [Candidate(e.entity_id, e.score["rank"], _all_reasons(e)) for e in whole]
    near = still_near(limit, len(_on(inputs.scores, as_of)))
    said = verdicts(engine, claims, gate, candidates, grain=grain, near=near)
    slips = set(not_on_the_list(said, candidates))
    stand: dict[str, Standing] = {}
    if inputs.without:
        asked = {one: told[one] for one in ranks if one not in slips}
        stand = standings(engine, gate, asked, ranks, inputs.without, grain=grain, near=near)
    leaves = {one for one, found in stand.items() if found.leaves}
    listed = [one for one in whole if one.entity_id not in slips | leaves][:limit]
    last = listed[-1].score["rank"] if listed else 0
    gone = [e for e in whole if e.entity_id in slips | leaves and e.score["rank"] <= last]
    gate.withdrawn.extend(
        _withdrawn(one, said[one.entity_id], grain) for one in gone if one.entity_id in slips
    )
    accounted = [one for one in gone if one.entity_id in leaves]
    return _Judged(listed, accounted, said, told, stand)


def _all_reasons(entity: _Listed) -> tuple[Reason, ...]:
    """Every reason that may be shown: of the panel that speaks and of the rules' (lead.told)."""
    panel = speaking(entity.panels, entity.source)
    rules = [p for p in entity.panels if p.source == "rules" and p is not panel]
    sums = [one for p in ([panel] if panel else []) + rules for one in p.sums]
    found = {r.feature: r for one in sums if one.contribution > 0 for r in one.reasons}
    return tuple(found.values())


def _withdrawn(entity: _Listed, said: Verdict, grain: GrainName) -> dict[str, Any]:
    as_of = entity.score["as_of"]
    why = said.words()
    return {
        "lead_id": lead_id(grain, entity.entity_id, as_of), "grain": grain,
        "id": entity.entity_id, "rank": entity.score["rank"], "as_of": as_of,
        "verdict": said.name, "words_zh": why.zh, "words_en": why.en,
    }  # fmt: skip


def _ladders(
    engine: Engine, claims: Claims, ids: list[str], inputs: LeadInputs, as_of: date
) -> dict[str, Ladder]:
    peers = _on(inputs.peers, as_of).select(["provider_id", "peer_group"]).to_pylist()
    groups = {row["provider_id"]: row["peer_group"] for row in peers}
    return ladders(engine, claims, ids, groups, as_of=as_of)


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
    return [_one(row[key], row, by_entity[row[key]], catalogue, inputs.currency) for row in scores]


def _one(
    entity: str,
    score: Row,
    parts: Sequence[Row],
    catalogue: Mapping[str, Feature],
    currency: Currency,
) -> _Listed:
    panels = build_panels(parts, catalogue, currency)
    hit = any(panel.model == "rules" and panel.output > 0 for panel in panels)
    rules_rank = score["rules_rank"] if hit else None  # the others stand in the order of hashes
    return _Listed(
        entity_id=entity,
        score=score,
        source=placed_by(score["supervised_rank"], rules_rank, score["distance_rank"]),
        panels=panels,
        unknown=_unknown(parts, catalogue),
    )


def _unknown(rows: Iterable[Row], catalogue: Mapping[str, Feature]) -> tuple[Words, ...]:
    names = {row["feature"] for row in rows if row["value"] is None}
    return tuple(Words(f.zh, f.en) for name, f in catalogue.items() if name in names)


def _behind(
    engine: Engine,
    claims: Claims,
    listed: Sequence[_Listed],
    catalogue: Mapping[str, Feature],
    counted: Behind,
    *,
    as_of: date,
) -> Behind:
    weighed = [
        (entity.entity_id, reason.feature)
        for entity, panel in _may_speak(listed, counted)
        for one in panel.sums
        if one.contribution > 0
        for reason in one.reasons
        if catalogue[reason.feature].rows is not None
    ]
    if not weighed:
        return counted
    grain = catalogue[weighed[0][1]].grain
    names = sorted({feature for _, feature in weighed})
    ids = sorted({entity for entity, _ in weighed})
    found = evidence_rows(engine, claims, grain, names, as_of, ids)
    evidence = engine.keep(found, f"leads_{grain}_weighed")
    rows_n = count_rows(engine, evidence, at_most=len(names) * len(ids))
    none: dict[str, int] = dict.fromkeys(names, 0)
    counted = replace(counted, rows_n={one: none | rows_n.get(one, {}) for one in ids})
    pairs = [
        (entity.entity_id, reason.feature)
        for entity in listed
        for reason in told(entity.panels, entity.source, counted.weight(entity.entity_id))
        if catalogue[reason.feature].rows is not None
    ]
    return behind_the_reasons(engine, evidence, pairs, counted, f"leads_{grain}")


def _hits_behind(
    listed: Sequence[_Listed], hits: Mapping[str, Sequence[RuleHits]]
) -> dict[str, dict[str, int]]:
    """By entity how many hits each feature of hits is about; 0 where no rule found anything."""
    none = dict.fromkeys(PAIR_OF, 0)
    return {one.entity_id: none | hits_behind(hits.get(one.entity_id, ())) for one in listed}


def _may_speak(listed: Sequence[_Listed], counted: Behind) -> Iterator[tuple[_Listed, Panel]]:
    """The panel that speaks, or all of them where that one has only hits about others to show."""
    for entity in listed:
        panel = speaking(entity.panels, entity.source)
        if panel is None:
            continue
        alone = says(panel, counted.weight(entity.entity_id))
        for one in (panel,) if alone else entity.panels:
            yield entity, one
