"""Asks all rules of the claims as of a date: hits, the rows of each, and what was not assessed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.monitor.catalogue import ASKED, CITED, RULES, lacking, not_billed
from fraudml.monitor.dates import SharedOfDates
from fraudml.monitor.entry import ROW_COLUMNS, Rule
from fraudml.monitor.knowledge.base import Knowledge, load
from fraudml.monitor.shared import Shared

ID_LETTERS = 20
_ENTITIES = ("provider_id", "practitioner_id", "patient_id")
_AMOUNTS = ("amount_low_fen", "amount_fen", "amount_high_fen")
_MOST_ITEMS = 5_000_000  # distinct item codes that a catalogue may have


def knowledge_for(engine: Engine, claims: Claims, overlay: Path | None) -> Knowledge:
    """The knowledge base with its overlay, held against the items that came in; else ParamsError.

    overlay  a folder of knowledge files, or None
    """
    return load(ASKED, overlay, catalogue=item_codes(engine, claims, overlay), cited=CITED)


def item_codes(engine: Engine, claims: Claims, overlay: Path | None) -> list[str] | None:
    """The item codes that came in; None where no catalogue did, or nothing will ask for them."""
    if overlay is None or not claims.has("items"):
        return None
    codes = claims.table("items").select("item_code").distinct()
    return list(engine.rows(codes, at_most=_MOST_ITEMS)["item_code"].to_pylist())


@dataclass(frozen=True)
class Found:
    """What the rules found as of one date, as kept tables, and which could not be asked."""

    as_of: date
    assessed: tuple[Rule, ...]
    missing: dict[str, tuple[str, ...]]  # columns by rule, of those not assessed
    rows: ir.Table  # one row per hit, claim or line, and part: _SCHEMA
    hits: ir.Table  # one row per hit, columns of the contract
    dated: tuple[str, ...] = ()  # what has to be computed anew to ask as of another date


def ask(at: Shared, *, rules: Iterable[Rule] = RULES) -> Found:
    """Ask these rules of what was known by a date; tables kept by an earlier call give way."""
    asked = tuple(rules)
    missing = {rule.id: lacking(rule, at.claims, at.knowledge) for rule in asked}
    classed = tuple(rule for rule in asked if rule.classed and not missing[rule.id])
    if classed:
        missing |= not_billed(at.engine, at.code, at.knowledge, classed)
    assessed = tuple(rule for rule in asked if not missing[rule.id])
    rows = [_empty(at.engine)]
    for number, rule in enumerate(assessed):
        rows.append(at.compute(f"rows-{number}", _rows(rule, at)))
    # Written together once: each query over a union of so many tables would plan them all anew,
    # and set memory aside for each.
    every = at.compute("rows", ibis.union(*rows) if len(rows) > 1 else rows[0])
    hits = at.compute(
        "hits", _hits(every, _said(at.engine, assessed), assessed, at.knowledge, at.as_of)
    )
    silent = {name: lacks for name, lacks in missing.items() if lacks}
    return Found(at.day, assessed, silent, every, hits, at.dated)


def ask_again(at: SharedOfDates, found: Found, day: date) -> Found:
    """The same rules as of another date; what was found before gives way."""
    at.move_to(day, found.dated)
    return replace(found, as_of=day)


def find_hits(
    engine: Engine,
    claims: Claims,
    knowledge: Knowledge,
    as_of: date,
    out: Path,
    *,
    rules: Iterable[Rule] = RULES,
) -> dict[str, Any]:
    """Ask these rules and write what they found: see ``write_hits``."""
    return write_hits(engine, ask(Shared(engine, claims, knowledge, as_of), rules=rules), out)


def write_hits(engine: Engine, found: Found, out: Path) -> dict[str, Any]:
    """Write out/hits.parquet and out/hit_lines.parquet; both sorted, bytes equal for equal rows.

    returns  the report: ``as_of``, ``rules`` {id: hits, claims, lines, entities, amounts, clause
             or, in English and Chinese, the reason for none},
             ``not_assessed`` {id: the contract columns, or classes of codes, that are missing}
    """
    order = ("hit_id", "claim_id", "line_no", "role")
    engine.make_parquet(found.hits, out / "hits.parquet", order_by=("hit_id",))
    rows = found.rows.select(*order, *_AMOUNTS)
    engine.make_parquet(rows, out / "hit_lines.parquet", order_by=order)
    return {
        "as_of": found.as_of.isoformat(),
        "rules": _counted(engine, found.hits, found.rows, found.assessed),
        "not_assessed": {name: list(lacks) for name, lacks in found.missing.items()},
    }


def _rows(rule: Rule, at: Shared) -> ir.Table:
    """A rule's rows with the id of their hit; a row said twice counts once."""
    t = rule.find(at, at.knowledge.values(rule.id))
    t = t.select(
        *ROW_COLUMNS[1:],
        hit_id=(ibis.literal(f"{rule.id}|") + t.hit_key).hexdigest("sha256").left(ID_LETTERS),
    )
    return t.group_by("hit_id", "claim_id", "line_no", "role").agg(
        rule_id=ibis.literal(rule.id),
        **{name: t[name].max() for name in _ENTITIES},
        known_on=t.known_on.max(),
        happened_on=t.happened_on.min(),
        **{name: t[name].max().coalesce(0) for name in _AMOUNTS},
    )


_SCHEMA = pa.schema(
    [("hit_id", pa.string()), ("claim_id", pa.string()), ("line_no", pa.int64()),
     ("role", pa.string()), ("rule_id", pa.string()), *((name, pa.string()) for name in _ENTITIES),
     ("known_on", pa.date32()), ("happened_on", pa.date32()),
     *((name, pa.int64()) for name in _AMOUNTS)]
)  # fmt: skip


def _empty(engine: Engine) -> ir.Table:
    """No row at all, of the form of a rule's rows: a union needs one even if no rule is asked."""
    return engine.table(_SCHEMA.empty_table(), "monitor-no-rows")


def _said(engine: Engine, rules: tuple[Rule, ...]) -> ir.Table:
    """What each rule says of its hits, as a table: a branch for every rule is no query."""
    columns = {
        "of_rule": [rule.id for rule in rules],
        "typology": [rule.typology for rule in rules],
        "result_type": [rule.result_type for rule in rules],
        "cited": [rule.clause for rule in rules],
    }
    texts = pa.schema([(name, pa.string()) for name in columns])
    return engine.table(pa.table(columns, schema=texts), "monitor-said")


def _hits(
    rows: ir.Table,
    said: ir.Table,
    rules: tuple[Rule, ...],
    knowledge: Knowledge,
    as_of: ir.DateValue,
) -> ir.Table:
    """One row per hit; an entity is named where all rows of the hit agree on it."""
    entities = {
        name: (rows[name].min() == rows[name].max()).ifelse(rows[name].min(), ibis.null("string"))
        for name in _ENTITIES
    }
    t = rows.group_by("hit_id", "rule_id").agg(
        known_on=rows.known_on.max(), first_on=rows.happened_on.min(),
        last_on=rows.happened_on.max(), **entities,
        **{name: rows[name].sum() for name in _AMOUNTS},
    )  # fmt: skip
    t = t.inner_join(said, t.rule_id == said.of_rule)
    clause: ir.Value = ibis.null("string")
    for cited in sorted({rule.clause for rule in rules if rule.clause}):
        mine = t.cited == cited
        clause = mine.ifelse(knowledge.clause_of(cited, t.first_on, t.last_on), clause)
    return t.select(
        "hit_id", "rule_id", "typology", "result_type", as_of=as_of, known_on=t.known_on,
        **{name: t[name] for name in (*_ENTITIES, *_AMOUNTS)}, clause=clause,
    )  # fmt: skip


def _counted(
    engine: Engine, hits: ir.Table, rows: ir.Table, rules: tuple[Rule, ...]
) -> dict[str, dict[str, Any]]:
    """Hits, claims, lines, entities and amounts by rule; zeros where a rule found nothing."""
    by_hit = hits.group_by("rule_id").agg(
        hits=hits.count(), hits_with_clause=hits.clause.count(),
        **{f"{name.removesuffix('_id')}s": hits[name].nunique() for name in _ENTITIES},
        **{name: hits[name].sum() for name in _AMOUNTS},
    )  # fmt: skip
    by_row = rows.group_by("rule_id").agg(
        claims=rows.claim_id.nunique(), lines=rows.line_no.count()
    )
    said: dict[str, dict[str, Any]] = {
        rule.id: {
            "typology": rule.typology, "result_type": rule.result_type, "hits": 0,
            "clause": rule.clause, "no_clause": rule.no_clause,
        }
        for rule in rules
    }  # fmt: skip
    for table in (by_hit, by_row):
        for row in engine.rows(table, at_most=len(rules)).to_pylist():
            said[row.pop("rule_id")] |= row
    return said
