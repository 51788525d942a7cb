"""Data error or fraud: what each candidate lead would be had the slips of its data not happened.

A candidate leaves the list only if an artefact accounts for what put it there and nothing that
weighs is left: neither its rank in the repaired claims, nor the hits of rules it has beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from fraudml.claims.accepted import Claims
from fraudml.currency import YUAN, Currency
from fraudml.engine import Engine
from fraudml.entities import GRAINS, GrainName
from fraudml.leads.hits_left import HitsLeft, hits_left
from fraudml.leads.reasons import Reason
from fraudml.leads.repaired import Repaired
from fraudml.leads.rule_hits import rule_words
from fraudml.leads.words import Words, figure
from fraudml.monitor.judged import Artefacts
from fraudml.monitor.signatures.catalogue import SIGNATURE, SIGNATURES

VerdictName = Literal["fraud_like", "data_like", "both"]
# Behind the list's end half as many ranks still count as listed: ranks close to the end are close
# calls, and whoever might be a lead without the slip is one.
MARGIN = 1.5
# A list of more than a fifth of all is read as a fifth: beyond it stand those that were listed for
# want of others.
MOST_LISTED = 0.2
# A reason is moved by a slip if at least a fifth of its distance from the peers goes with it.
MOVED = 0.8
# It is mostly the slip's if no more than half of that distance is left: then it stands last among
# the reasons, and neither typology, clause nor amount of the lead are taken from it.
MOSTLY = 0.5
SHOWN_WEIGHTY = 3  # rules that a verdict names; all stand on the page of the lead
_MOST_ARTEFACTS = 1_000

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Moved:
    """A reason whose value is another one in the repaired claims; null: no longer computed."""

    feature: str
    name: Words
    unit: str
    value: float | None
    repaired: float | None
    currency: Currency = YUAN
    left: float = 0.0  # share of the distance from the peers that is left

    @property
    def mostly(self) -> bool:
        """Whether most of the reason goes with the slip."""
        return self.left <= MOSTLY

    def shown(self, value: float | None) -> Words:
        """A value of the feature in its unit."""
        return figure(value, self.unit, self.currency)


@dataclass(frozen=True)
class Verdict:
    """Fraud-like, data-like or both, with what it rests on."""

    name: VerdictName
    artefacts: tuple[Row, ...] = ()  # signature, artefact_id, code, claims_n, first_on, last_on
    moved: tuple[Moved, ...] = ()
    hits: HitsLeft = field(default_factory=HitsLeft)
    rank: int | None = None
    rank_repaired: int | None = None  # null: in the repaired claims there is no such entity
    assessed: frozenset[str] = frozenset()  # signatures whose columns came in

    def words(self) -> Words:
        """Why, in one plain sentence of each language."""
        return _SAID[self.name](self)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "artefacts": [_shown(row) for row in self.artefacts],
            "reasons_moved": [
                {
                    "feature": m.feature, "name": m.name.plain(), "value": m.value,
                    "repaired": m.repaired,
                    "sentence": Words(
                        f"{m.name.zh}：{m.shown(m.value).zh} → {m.shown(m.repaired).zh}",
                        f"{m.name.en}: {m.shown(m.value).en} → {m.shown(m.repaired).en}",
                    ).plain(),
                }
                for m in self.moved
            ],
            "hits_explained": self.hits.explained_n,
            "hits_explained_fen": self.hits.explained_fen,
            "hits_left": self.hits.left_n,
            "hits_left_fen": self.hits.left_fen,
            "rules_left": list(self.hits.weighty),
            "rank_repaired": self.rank_repaired,
        }  # fmt: skip


@dataclass(frozen=True)
class Gate:
    """What the gate asks of one grain: slips, hits, and the claims without the slips."""

    artefacts: Artefacts
    judged: ir.Table  # monitor.judged.judged_hits
    features: ir.Table  # data/features/GRAIN.parquet of the live date
    world: Repaired | None  # null where no artefact was found at all
    withdrawn: list[Row] = field(default_factory=list)  # who left the list, see corrections.py


@dataclass(frozen=True)
class Candidate:
    """One entity that may become a lead: its place and its reasons."""

    entity_id: str
    rank: int
    reasons: tuple[Reason, ...]


def verdicts(
    engine: Engine,
    claims: Claims,
    gate: Gate,
    candidates: Sequence[Candidate],
    *,
    grain: GrainName,
    near: float,
) -> dict[str, Verdict]:
    """A verdict on every candidate.

    near  the last rank at which one is still a lead, see ``still_near``
    """
    assessed = frozenset(s.id for s in SIGNATURES if not claims.missing(s.needs))
    found = touching(engine, claims, gate.artefacts, [c.entity_id for c in candidates], grain)
    if not found or gate.world is None:
        return {
            c.entity_id: Verdict("fraud_like", rank=c.rank, assessed=assessed) for c in candidates
        }
    left = hits_left(engine, gate.judged, gate.features, sorted(found), grain)
    ranks, values = _ranks(gate.world, grain), _values(gate.world, grain, found)
    said: dict[str, Verdict] = {}
    for c in candidates:
        mine = tuple(found.get(c.entity_id, ()))
        hits = left.get(c.entity_id, HitsLeft())
        moved = moved_reasons(c.reasons, values.get(c.entity_id)) if mine else ()
        after = ranks.get(c.entity_id)
        name = decide(bool(mine), bool(moved), hits, after, near)
        said[c.entity_id] = (
            Verdict("fraud_like", rank=c.rank, assessed=assessed)
            if name == "fraud_like"
            else Verdict(name, mine, moved, hits, c.rank, after, assessed)
        )
    return said


def still_near(limit: int, everybody: int) -> float:
    """The last rank at which one is still a lead, where so many of so many are listed.

    >>> still_near(60, 3_000), still_near(60, 150)
    (90.0, 45.0)
    """
    return MARGIN * min(limit, max(1.0, MOST_LISTED * everybody))


def decide(
    touched: bool, moved: bool, hits: HitsLeft, rank_repaired: int | None, near: float
) -> VerdictName:
    """The verdict from what is left without the artefact.

    >>> decide(True, True, HitsLeft(), 500, 90.0), decide(True, True, HitsLeft(), 80, 90.0)
    ('data_like', 'both')
    >>> decide(True, False, HitsLeft(), 500, 90.0)
    'fraud_like'
    """
    if not touched or not (moved or hits.explained_n):
        return "fraud_like"
    still = rank_repaired is not None and rank_repaired <= near
    return "both" if still or hits.weighty else "data_like"


def moved_reasons(reasons: Sequence[Reason], repaired: Row | None) -> tuple[Moved, ...]:
    """Reasons that stand clearly nearer to the peers, or are gone, in the repaired claims."""
    found = []
    for one in reasons:
        if one.value is None or one.peer_median is None:
            continue
        after = None if repaired is None else repaired.get(one.feature)
        away = one.direction * (one.value - one.peer_median)
        still = None if after is None else one.direction * (after - one.peer_median)
        if away > 0 and (still is None or still <= MOVED * away):
            found.append(
                Moved(
                    one.feature, one.words, one.unit, one.value, after, one.currency,
                    0.0 if still is None else max(still, 0.0) / away,
                )
            )  # fmt: skip
    return tuple(found)


def touching(
    engine: Engine, claims: Claims, artefacts: Artefacts, ids: Sequence[str], grain: GrainName
) -> dict[str, list[Row]]:
    """Which artefacts have rows of these entities: by entity, most claims first."""
    wanted = engine.table(
        pa.table({"wanted": pa.array(sorted(ids), pa.string())}), f"gate-candidates-{grain}"
    )
    t = _entity_rows(claims, artefacts, grain)
    t = t.semi_join(wanted, t.entity_id == wanted.wanted)
    each = t.group_by("entity_id", "artefact_id").agg(claims_n=t.claim_id.nunique())
    about = artefacts.found.select("artefact_id", "signature", "code", "first_on", "last_on")
    rows = engine.rows(
        each.inner_join(about, "artefact_id"), at_most=max(len(ids), 1) * _MOST_ARTEFACTS
    ).to_pylist()
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda r: (-r["claims_n"], r["artefact_id"])):
        found.setdefault(row.pop("entity_id"), []).append(row)
    return found


def _entity_rows(claims: Claims, artefacts: Artefacts, grain: GrainName) -> ir.Table:
    """Wrong rows beside the entity of the claim; a practitioner's number may be the slip itself."""
    rows = artefacts.wrong(*sorted({one.repair for one in SIGNATURES}))
    key = GRAINS[grain].key
    c = claims.table("claims")
    c = c.filter(c[key].notnull()).select(entity_id=c[key], of_claim=c.claim_id)
    named = rows.inner_join(c, rows.claim_id == c.of_claim)
    found = named.select("entity_id", "artefact_id", "claim_id")
    if grain == "practitioner":
        own = artefacts.wrong("practitioner")
        found = found.union(own.select("artefact_id", "claim_id", entity_id=own.code).select(
            "entity_id", "artefact_id", "claim_id"))  # fmt: skip
    return found


def _ranks(world: Repaired, grain: GrainName) -> dict[str, int]:
    key = GRAINS[grain].key
    pairs = zip(world.scores[key].to_pylist(), world.scores["rank"].to_pylist(), strict=True)
    return dict(pairs)


def _values(world: Repaired, grain: GrainName, ids: Mapping[str, Any]) -> dict[str, Row]:
    key = GRAINS[grain].key
    wanted = pa.array(sorted(ids), pa.string())
    table = world.features.filter(pc.is_in(world.features[key], value_set=wanted))
    return {row[key]: row for row in table.to_pylist()}


def _shown(row: Row) -> dict[str, Any]:
    about = SIGNATURE[row["signature"]]
    return {
        "artefact_id": row["artefact_id"], "signature": row["signature"], "code": row["code"],
        "claims_n": row["claims_n"], "first_on": row["first_on"].isoformat(),
        "last_on": row["last_on"].isoformat(),
        "words": {"zh": about.words[1], "en": about.words[0]},
        "twin": {"zh": about.twin[1], "en": about.twin[0]},
    }  # fmt: skip


def _slips(v: Verdict) -> Words:
    names = dict.fromkeys(row["signature"] for row in v.artefacts)
    n = sum(row["claims_n"] for row in v.artefacts)
    zh = "、".join(SIGNATURE[name].words[1] for name in names)
    en = "; ".join(SIGNATURE[name].words[0] for name in names)
    return Words(f"{zh}（涉及结算单 {n:,} 份）", f"{en} ({n:,} claims)")


def _fraud_like(_v: Verdict) -> Words:
    return Words(
        "数据差错判定：未发现能够解释这些理由的数据差错。",
        "Verdict: fraud-like. No data error was found that accounts for these reasons.",
    )


def _without(v: Verdict) -> Words:
    """What becomes of the entity in the repaired claims."""
    if v.rank_repaired is None:
        place = Words("不再有此对象", "no such entity")
    else:
        change = f"{v.rank:,} → {v.rank_repaired:,}"
        place = Words(f"名次 {change}", f"rank {change}")
    done, left = f"{v.hits.explained_n:,}", f"{v.hits.left_n:,}"
    return Words(
        f"{place.zh}；规则命中已解释 {done} 条，余 {left} 条",
        f"{place.en}; hits of rules: {done} accounted for, {left} left",
    )


def weighing(rules: Sequence[str]) -> Words:
    """The first of the rules whose hits weigh, in words, and how many more there are."""
    named, more = rules[:SHOWN_WEIGHTY], len(rules) - SHOWN_WEIGHTY
    zh = "、".join(f"“{rule_words(name).zh}”" for name in named)
    en = "; ".join(rule_words(name).en for name in named)
    if more <= 0:
        return Words(zh, en)
    return Words(f"{zh}等 {len(rules)} 条规则", f"{en} and {more} more rules' hits")


def _both(v: Verdict) -> Words:
    slips, without = _slips(v), _without(v)
    rules = weighing(v.hits.dearest)
    weighs = Words(
        f"，余下以{rules.zh}为重" if rules.zh else "",
        f": what weighs is {rules.en}" if rules.en else "",
    )
    return Words(
        f"数据差错判定：两者兼有。发现数据差错：{slips.zh}；剔除后（{without.zh}）仍为疑点{weighs.zh}。",
        f"Verdict: both. A data error was found: {slips.en}. Without it ({without.en}) this is "
        f"still a lead{weighs.en}.",
    )


def _data_like(v: Verdict) -> Words:
    slips, without = _slips(v), _without(v)
    return Words(
        f"数据差错判定：数据差错。{slips.zh}；剔除后（{without.zh}）不再构成疑点，转更正请求。",
        f"Verdict: data-like. {slips.en}. Without it ({without.en}) nothing that weighs is left: "
        "a request for correction instead.",
    )


_SAID = {"fraud_like": _fraud_like, "both": _both, "data_like": _data_like}


def not_on_the_list(said: Mapping[str, Verdict], candidates: Sequence[Candidate]) -> list[str]:
    """Candidates that leave for a request for correction, best rank first."""
    ordered = sorted(candidates, key=lambda c: c.rank)
    return [c.entity_id for c in ordered if said[c.entity_id].name == "data_like"]
