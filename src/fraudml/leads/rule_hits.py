"""What the rules of monitoring found of the listed entities: rule, words, clause, amounts, rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.features.bases import WINDOW_DAYS
from fraudml.features.hits_beside import pair_name
from fraudml.features.rule_hits import hits_feature, share_feature
from fraudml.leads.legal import Basis, against, clause_title
from fraudml.leads.words import Words
from fraudml.monitor.catalogue import RULE, RULES
from fraudml.monitor.held import HELD_AGAINST

SHOWN_LINES = 50
_PAIRS = {pair_name(r.typology, r.result_type) for r in RULES}
# The features that say something of hits, and of which typology and result type.
PAIR_OF = {name: pair for pair in _PAIRS for name in (hits_feature(pair), share_feature(pair))}
_MIXED = Words("仅部分命中在条例施行期内", "only some of the hits lie while the Order was in force")
_BEFORE = Words("行为早于条例施行日", "the acts lie before the Order came into force")


@dataclass(frozen=True)
class RuleHits:
    """All hits of one rule held against one entity; amounts are fen of what the fund paid."""

    rule_id: str
    hits: int
    hits_year: int  # of these, known within the window of the features
    amounts_fen: tuple[int, int, int]  # low, middle, high
    with_clause: int
    known: tuple[date, date]  # first and last day a hit became known
    lines_n: int
    lines: tuple[dict[str, Any], ...]  # of the largest hits first

    @property
    def typology(self) -> str:
        """The kind of scheme the rule looks for."""
        return RULE[self.rule_id].typology

    @property
    def words(self) -> Words:
        """See :func:`rule_words`."""
        return rule_words(self.rule_id)

    def sentence(self) -> Words:
        """What it found in one line, where nothing was compared with peers."""
        unit = "hit" if self.hits == 1 else "hits"
        return Words(
            f"{self.words.zh}：命中 {self.hits:,} 次", f"{self.words.en}: {self.hits:,} {unit}"
        )

    @property
    def violation(self) -> bool:
        """True once its rows are true; else it needs judgement."""
        return RULE[self.rule_id].result_type == "violation"

    def basis(self) -> Basis:
        """The clause where any hit may cite it, else why there is none."""
        rule = RULE[self.rule_id]
        if rule.clause is None:
            said = rule.no_clause or ("", "")
            return Basis(None, Words(said[1], said[0]))
        if not self.with_clause:
            return Basis(None, _BEFORE)
        return Basis(rule.clause, None if self.with_clause == self.hits else _MIXED)

    def plain(self, grain: GrainName) -> dict[str, Any]:
        """For packets and pages of such an entity."""
        rule, legal = RULE[self.rule_id], against(self.basis(), grain)
        low, mid, high = self.amounts_fen
        return {
            "rule_id": rule.id, "typology": rule.typology, "result_type": rule.result_type,
            "about": rule.grain, "words": _words(rule.words), "amount_words": _words(rule.amount),
            "exceptions": [_words(one) for one in rule.exceptions], "hits": self.hits,
            "amount_low_fen": low, "amount_fen": mid, "amount_high_fen": high,
            "clause": legal.clause, "clause_note": legal.note.plain() if legal.note else None,
            "clause_title": clause_title(legal.clause).plain() if legal.clause else None,
            "first_known_on": self.known[0].isoformat(),
            "last_known_on": self.known[1].isoformat(),
            "lines_n": self.lines_n, "lines": list(self.lines),
        }  # fmt: skip


def rule_words(rule_id: str) -> Words:
    """What the rule finds."""
    said = RULE[rule_id].words
    return Words(said[1], said[0])


def _words(said: tuple[str, str]) -> dict[str, str]:
    return {"zh": said[1], "en": said[0]}


def find_rule_hits(
    engine: Engine,
    hits: ir.Table,
    lines: ir.Table,
    ids: Sequence[str],
    *,
    grain: GrainName,
    as_of: date,
) -> dict[str, tuple[RuleHits, ...]]:
    """By listed entity the rules that found something: violations first, the larger amount first.

    hits, lines  data/monitor/hits.parquet and hit_lines.parquet of the live date
    A patient is shown only what rules say of patients, a practitioner not what they say of
    patients (monitor/counts.py says why).
    """
    about = [rule.id for rule in RULES if rule.grain in HELD_AGAINST[grain]]
    if not ids or not about:
        return {}
    listed = engine.table(pa.table({"listed": pa.array(ids, pa.string())}), f"hits-of-{grain}")
    h = hits.filter(hits.rule_id.isin(about)).rename(entity_id=GRAINS[grain].key)
    mine = engine.keep(h.semi_join(listed, h.entity_id == listed.listed), f"leads-hits-{grain}")
    at_most = len(ids) * len(about)
    shown = _lines(engine, mine, lines, at_most=at_most)
    found: dict[str, list[RuleHits]] = {}
    for row in engine.rows(_sums(mine, lines, as_of), at_most=at_most).to_pylist():
        rows = shown.get((row["entity_id"], row["rule_id"]), ())
        found.setdefault(row["entity_id"], []).append(_of_row(row, rows))
    return {who: tuple(sorted(all_, key=_first)) for who, all_ in found.items()}


def _first(one: RuleHits) -> tuple[bool, int, int, str]:
    return (not one.violation, -one.amounts_fen[1], -one.amounts_fen[2], one.rule_id)


def _of_row(row: Mapping[str, Any], lines: Sequence[dict[str, Any]]) -> RuleHits:
    return RuleHits(
        row["rule_id"], row["hits"], row["hits_year"], (row["low"], row["mid"], row["high"]),
        row["with_clause"],
        (row["first_on"], row["last_on"]), row["lines_n"], tuple(lines),
    )  # fmt: skip


def _sums(mine: ir.Table, lines: ir.Table, as_of: date) -> ir.Table:
    keys = ["entity_id", "rule_id"]
    recent = mine.known_on > as_of - timedelta(days=WINDOW_DAYS)
    t = mine.group_by(keys).agg(
        hits=mine.count(), hits_year=recent.cast("int64").sum(),
        low=mine.amount_low_fen.sum(), mid=mine.amount_fen.sum(),
        high=mine.amount_high_fen.sum(), with_clause=mine.clause.count(),
        first_on=mine.known_on.min(), last_on=mine.known_on.max(),
    )  # fmt: skip
    j = mine.select("hit_id", *keys).inner_join(lines, "hit_id")
    return t.inner_join(j.group_by(keys).agg(lines_n=j.count()), keys)


def _lines(
    engine: Engine, mine: ir.Table, lines: ir.Table, *, at_most: int
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Rows of the largest hits of each entity and rule, the rows of one hit together."""
    j = mine.inner_join(lines, "hit_id").select(
        "entity_id", "rule_id", "hit_id", "claim_id", "line_no", "role", "amount_fen",
        "amount_high_fen", "known_on", row_fen="amount_fen_right",
    )  # fmt: skip
    order = [j.amount_fen.desc(), j.amount_high_fen.desc(), j.hit_id, j.claim_id,
             j.line_no.coalesce(-1), j.role]  # fmt: skip
    within = ibis.window(group_by=[j.entity_id, j.rule_id], order_by=order)
    ranked = j.mutate(place=ibis.row_number().over(within))
    first = ranked.filter(ranked.place < SHOWN_LINES).order_by(["entity_id", "rule_id", "place"])
    wanted = ("entity_id", "rule_id", "hit_id", "claim_id", "line_no", "role", "known_on",
              "row_fen")  # fmt: skip
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in engine.rows(
        first.select(*wanted, "place"), at_most=at_most * SHOWN_LINES
    ).to_pylist():
        key = (row.pop("entity_id"), row.pop("rule_id"))
        row.pop("place")
        found.setdefault(key, []).append(row | {"known_on": row["known_on"].isoformat()})
    return found


def hits_behind(found: Sequence[RuleHits]) -> dict[str, int]:
    """By feature of hits how many of one entity it is about, of the window of the features."""
    counted: Counter[str] = Counter()
    for one in found:
        for feature in features_of(one):
            counted[feature] += one.hits_year
    return dict(counted)


def rules_behind(found: Sequence[RuleHits]) -> dict[str, tuple[tuple[Words, int], ...]]:
    """By feature of hits the rules it is about and how often each, the most hits first."""
    by_feature: dict[str, list[RuleHits]] = {}
    for one in found:
        for feature in features_of(one) if one.hits_year else ():
            by_feature.setdefault(feature, []).append(one)
    return {
        feature: tuple(
            (one.words, one.hits_year)
            for one in sorted(rules, key=lambda one: (-one.hits_year, one.rule_id))
        )
        for feature, rules in by_feature.items()
    }


def features_of(one: RuleHits) -> tuple[str, str]:
    """The features of hits that the rule's hits are counted in."""
    rule = RULE[one.rule_id]
    pair = pair_name(rule.typology, rule.result_type)
    return hits_feature(pair), share_feature(pair)


def hits_row(
    found: Sequence[RuleHits], explained: Mapping[str, int], left_fen: Mapping[str, int]
) -> dict[str, Any]:
    """The hits of one lead as cells of its row in the list; null where no rule found anything.

    explained, left_fen  by rule, how many hits a data error accounts for, and the middle sum of
    the others: only those are counted and added up
    """
    if not found:
        return dict.fromkeys(("rule_hits", "rule_violation_fen", "rules"))
    violations = [left_fen[one.rule_id] for one in found if one.violation]
    named = []
    for one in found:
        slips = explained[one.rule_id]
        of_slips = f" (◐ {slips:,})" if slips else ""
        named.append(f"{one.rule_id} × {one.hits:,}{of_slips}")
    return {
        "rule_hits": sum(one.hits - explained[one.rule_id] for one in found),
        "rule_violation_fen": sum(violations) if violations else None,
        "rules": "; ".join(named),
    }
