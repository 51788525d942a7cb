"""Why an entity is on the list: contributions summed by typology, then the features behind them.

A positive contribution raises the risk in every model: the supervised one is explained in
log-odds, the tail in one-sided distances to peers; the forest is written as *minus* its mean path
length (scores/forest.py), so that being set apart by few cuts counts upward; the rules in 1 / place
on the list of each typology, where material, told by the share of money that orders the list.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from fraudml.currency import YUAN, Currency
from fraudml.leads.words import Words, figure, percent

BASE = "(base)"
SHOWN_PER_TYPOLOGY = 6
SHOWN_RULES = 2  # named in a reason that counts hits
FEW_ROWS = 3
STANDS_OUT = 0.9  # share of the peers that a reason leaves behind

Source = Literal["supervised", "rules", "label_free"]
Model = Literal["lightgbm", "rules", "tail", "forest"]
# In the order in which they are asked for reasons; tail and forest make the rank by distance, and
# the tail is read directly where a forest's contributions explain path length, not the rank.
SOURCE_OF: dict[Model, Source] = {
    "lightgbm": "supervised",
    "rules": "rules",
    "tail": "label_free",
    "forest": "label_free",
}
_NAMES = {"(anomaly)": Words("无标签异常度", "Label-free anomaly")}


class Entry(Protocol):
    """What reasons need to know of a catalogue feature."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def window_days(self) -> int | None: ...  # noqa: D102
    @property
    def direction(self) -> int: ...  # noqa: D102
    @property
    def clause(self) -> str | None: ...  # noqa: D102
    @property
    def neutral(self) -> float | None: ...  # noqa: D102
    @property
    def en(self) -> str: ...  # noqa: D102
    @property
    def zh(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Reason:
    """One feature beside its peers; ``contribution`` is positive where it raises the risk."""

    feature: str
    typology: str | None
    contribution: float
    value: float | None
    peer_median: float | None
    percentile: float | None  # share of peers below the own value, 0..1
    peers_n: int | None
    unit: str
    window_days: int | None
    direction: int
    clause: str | None
    words: Words
    neutral: float | None = None  # what was to be expected: up to there nothing is suspicious
    currency: Currency = YUAN

    @property
    def suspicious_side(self) -> bool:
        """Whether the own value lies on the side of the peers that the typology speaks of."""
        if self.direction == 0 or self.value is None:
            return False
        if self.neutral is not None and self.direction * (self.value - self.neutral) <= 0:
            return False
        return self.peer_median is None or self.direction * (self.value - self.peer_median) > 0

    @property
    def is_reason(self) -> bool:
        """A reason raises the risk, has a direction, and lies on the suspicious side."""
        return self.typology is not None and self.contribution > 0 and self.suspicious_side

    @property
    def stands_out(self) -> bool:
        """Whether nine in ten of the peers are left behind; true where their places are unknown."""
        if self.percentile is None:
            return True
        passed = 1.0 - self.percentile if self.direction < 0 else self.percentile
        return passed >= STANDS_OUT

    def sentence(self, hits: int | None = None, rules: Sequence[tuple[Words, int]] = ()) -> Words:
        """The reason in one line: own value, peer median, share of peers passed, how many.

        hits   of rules, behind a feature that counts them
        rules  which rules these are, and the hits of each: the sentence begins with them
        """
        own = figure(self.value, self.unit, self.currency)
        peers = figure(self.peer_median, self.unit, self.currency)
        zh, en = f"{self.words.zh}：{own.zh}", f"{self.words.en}: {own.en}"
        inside_zh, inside_en = [f"同类中位数 {peers.zh}"], [f"peer median {peers.en}"]
        if hits is not None:
            inside_zh.insert(0, f"命中 {hits:,} 次")
            inside_en.insert(0, f"{hits:,} {'hit' if hits == 1 else 'hits'}")
        if self.percentile is not None:
            below = self.direction < 0
            passed = percent(1 - self.percentile if below else self.percentile)
            inside_zh.append(f"{'低' if below else '高'}于 {passed.zh} 的同类")
            inside_en.append(f"{'below' if below else 'above'} {passed.en} of peers")
        if self.peers_n is not None:
            inside_zh.append(f"n={self.peers_n:,}")
            inside_en.append(f"n={self.peers_n:,}")
        named = _named(rules)
        return Words(
            f"{named.zh}{zh}（{'，'.join(inside_zh)}）", f"{named.en}{en} ({', '.join(inside_en)})"
        )


@dataclass(frozen=True)
class TypologySum:
    """All contributions of one typology; ``contribution`` is their exact signed sum."""

    typology: str | None
    contribution: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Panel:
    """What one model says of one entity; the sums and the base add up to ``output``."""

    model: Model
    base: float
    output: float
    sums: tuple[TypologySum, ...]  # largest first
    context: tuple[Reason, ...]  # moved the score, but is no reason: no direction, or other side

    @property
    def source(self) -> Source:
        """Which of the fused ranks this model belongs to."""
        return SOURCE_OF[self.model]

    def heads(self, least: float, rows_n: Mapping[str, int]) -> tuple[Reason, ...]:
        """Of the rules' panel, a reason for each list on which this entity stands high.

        least   1 / place from which on a list is told
        rows_n  as of ``top_reasons``: of hits that are about others, persons who claimed at several
                providers, an entity has none to show, and they are no reason to visit it
        The list first that has the most money at issue for the place: of two lists with few names
        the one that concerns more, of two like sums the one nearer to its head.
        """
        lists = [
            (one.contribution, shown)
            for one in self.sums
            if one.contribution >= least
            and (shown := [r for r in one.reasons if rows_n.get(r.feature, FEW_ROWS) > 0])
        ]
        lists.sort(key=lambda each: -each[0] * math.fsum(r.value or 0.0 for r in each[1]))
        found = (max(shown, key=lambda r: r.contribution) for _, shown in lists)
        return tuple(reason for reason in found if reason.stands_out)

    @property
    def leading(self) -> TypologySum | None:
        """The typology with the largest positive sum that has at least one reason to show."""
        return next((s for s in self.sums if s.contribution > 0 and s.reasons), None)

    def top_reasons(self, count: int, rows_n: Mapping[str, int]) -> tuple[Reason, ...]:
        """The first reasons in the order of the typologies, at most two of each.

        rows_n  claim rows or hits behind a feature that has any. A reason on fewer than FEW_ROWS
        of them goes behind all others: a rare thing that happened once is far from the peers'
        middle without being a pattern. What one peer in ten or more has as well, or hits about
        others of which there is none to show, may have moved the score, but convinces nobody: it
        is named only where nothing else is to be said.
        """

        def weight(reason: Reason) -> int:
            n = rows_n.get(reason.feature, FEW_ROWS)
            return 2 if not (reason.stands_out and n) else 1 if n < FEW_ROWS else 0

        found: list[tuple[int, Reason]] = []
        for one in self.sums:
            if one.contribution > 0:
                best = sorted(one.reasons, key=weight)[:2]  # stable: the larger part first
                found += [(weight(reason), reason) for reason in best]
        found.sort(key=lambda pair: pair[0])
        telling = [reason for weight, reason in found if weight < 2]
        return tuple((telling or [reason for _, reason in found])[:count])


def _named(rules: Sequence[tuple[Words, int]]) -> Words:
    """The first rules with their hits and how many more there are, before a sentence goes on."""
    if not rules:
        return Words("", "")
    shown, more = rules[:SHOWN_RULES], len(rules) - SHOWN_RULES
    zh = "、".join(f"{words.zh} ×{hits:,}" for words, hits in shown)
    en = ", ".join(f"{words.en} ×{hits:,}" for words, hits in shown)
    if more > 0:
        zh, en = f"{zh} 等 {len(rules)} 条规则", f"{en} and {more} more"
    return Words(f"{zh}；", f"{en}; ")


def build_panel(
    rows: Sequence[Mapping[str, Any]],
    model: Model,
    catalogue: Mapping[str, Entry],
    currency: Currency = YUAN,
) -> Panel | None:
    """One model's panel from its attribution rows; None where it did not explain this entity.

    rows  attribution rows of one entity (columns of the contract), any model, any order
    """
    mine = [row for row in rows if row["model"] == model]
    if not mine:
        return None
    reasons = [_reason(row, catalogue, currency) for row in mine if row["feature"] != BASE]
    reasons.sort(key=lambda r: (-r.contribution, r.feature))
    base = math.fsum(float(row["contribution"]) for row in mine if row["feature"] == BASE)
    sums = _sums(reasons)
    return Panel(
        model=model,
        base=base,
        output=math.fsum([base, *(s.contribution for s in sums)]),
        sums=sums,
        context=tuple(r for r in reasons if r.contribution > 0 and not r.is_reason),
    )


def build_panels(
    rows: Sequence[Mapping[str, Any]], catalogue: Mapping[str, Entry], currency: Currency = YUAN
) -> tuple[Panel, ...]:
    """The panels of every model that explained this entity."""
    built = (build_panel(rows, model, catalogue, currency) for model in SOURCE_OF)
    return tuple(panel for panel in built if panel is not None)


def placed_by(
    supervised_rank: int | None, rules_rank: int | None, distance_rank: int | None
) -> Source:
    """Which of the fused ranks placed the lead: the best; a tie goes to outcomes, then to rules.

    >>> placed_by(40, 7, 3), placed_by(3, 3, 3), placed_by(None, 9, 9), placed_by(None, None, 9)
    ('label_free', 'supervised', 'rules', 'label_free')
    """
    ranks: dict[Source, int | None] = {
        "supervised": supervised_rank, "rules": rules_rank, "label_free": distance_rank,
    }  # fmt: skip
    known = {source: rank for source, rank in ranks.items() if rank is not None}
    return min(known, key=known.__getitem__, default="label_free")


def _sums(reasons: list[Reason]) -> tuple[TypologySum, ...]:
    by_code: dict[str | None, list[Reason]] = {}
    for reason in reasons:
        by_code.setdefault(reason.typology, []).append(reason)
    sums = (
        TypologySum(
            code,
            math.fsum(r.contribution for r in members),
            tuple(r for r in members if r.is_reason)[:SHOWN_PER_TYPOLOGY],
        )
        for code, members in by_code.items()
    )
    return tuple(sorted(sums, key=lambda s: (-s.contribution, s.typology or "")))


def _bare(row: Mapping[str, Any]) -> Words:
    return Words(row["feature"], row["feature"])


def _reason(row: Mapping[str, Any], catalogue: Mapping[str, Entry], currency: Currency) -> Reason:
    entry = catalogue.get(row["feature"])
    return Reason(
        feature=row["feature"],
        typology=row["typology"],
        contribution=float(row["contribution"]),
        value=row["value"],
        peer_median=row["peer_median"],
        percentile=row["percentile"],
        peers_n=row["peers_n"],
        unit=entry.unit if entry else "",
        window_days=entry.window_days if entry else None,
        direction=1 if row["model"] == "rules" else entry.direction if entry else 0,
        clause=entry.clause if entry else None,
        words=Words(entry.zh, entry.en) if entry else _NAMES.get(row["feature"], _bare(row)),
        neutral=entry.neutral if entry else None,
        currency=currency,
    )
