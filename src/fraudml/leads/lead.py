"""One listed entity with all that is known about why it is listed: reasons, amount, typology."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fraudml.currency import YUAN, Currency
from fraudml.entities import GRAINS, GrainName
from fraudml.leads.accounted import Standing
from fraudml.leads.data_error import Moved, Verdict
from fraudml.leads.hits_left import RuleLeft
from fraudml.leads.ladder import Ladder
from fraudml.leads.legal import Basis, against, basis
from fraudml.leads.legitimate.catalogue import Answers
from fraudml.leads.reasons import Panel, Reason, Source
from fraudml.leads.rows import Behind
from fraudml.leads.rule_hits import PAIR_OF, RuleHits, features_of, rules_behind
from fraudml.leads.subjects import Subject
from fraudml.leads.words import Words

TOP = 3
# The least 1 / place on a rules' list that is told first: so many visits a campaign may make ...
IN_FRONT = 1 / 50
HEAD = 1 / 10  # ... and that is told besides


@dataclass(frozen=True)
class Lead:
    """One listed entity with all that is known about why it is listed."""

    grain: GrainName
    score: Mapping[str, Any]  # its row of data/scores, with the peer group joined
    scored_n: int  # how many entities the rank is among
    as_of: date
    source: Source
    panels: tuple[Panel, ...]
    subject: Subject
    behind: Behind
    unknown: tuple[Words, ...]  # catalogue features not assessed for this entity
    verdict: Verdict | None = None  # None: not assessed
    ladder: Ladder | None = None  # of a provider: in whom its excess sits
    hits: tuple[RuleHits, ...] = ()  # of the rules of monitoring, violations first
    answers: Answers | None = None  # of legitimate circumstances; None: nobody asked
    standing: Standing | None = None  # without the circumstances that hold; None: there is none
    currency: Currency = YUAN

    @property
    def entity_id(self) -> str:
        """The provider's id or the person's pseudonym."""
        return str(self.score[GRAINS[self.grain].key])

    @property
    def lead_id(self) -> str:
        """See :func:`lead_id`."""
        return lead_id(self.grain, self.entity_id, self.as_of)

    @property
    def spoken_for(self) -> Panel | None:
        """See :func:`speaking`."""
        return speaking(self.panels, self.source)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """See :func:`told`; those that a data error mostly brought about come last."""
        found = told(self.panels, self.source, self.behind.weight(self.entity_id))
        return tuple(sorted(found, key=lambda one: one.feature in self.of_slips))

    @property
    def moved(self) -> dict[str, Moved]:
        """By feature the reasons that are less without the data errors."""
        return {one.feature: one for one in self.verdict.moved} if self.verdict else {}

    @property
    def of_slips(self) -> frozenset[str]:
        """The features of which a data error brought about the most."""
        return frozenset(name for name, one in self.moved.items() if one.mostly)

    @property
    def standing_reasons(self) -> tuple[Reason, ...]:
        """The reasons that stand without the data errors."""
        return tuple(one for one in self.reasons if one.feature not in self.of_slips)

    @property
    def weighty(self) -> tuple[RuleHits, ...]:
        """The rules whose hits weigh without the data errors, the larger amount first."""
        names = self.verdict.hits.weighty if self.verdict else ()
        return tuple(sorted((h for h in self.hits if h.rule_id in names), key=self._at_stake))

    @property
    def instead(self) -> RuleHits | None:
        """The rule told where there is no reason, as for want of peers: first of all a violation.

        Of these the one with the most at stake, hits that a data error accounts for left out.
        """
        if self.reasons:
            return None
        left = [one for one in self.hits if self.left_of(one).explained_n < one.hits]
        return min(left, key=lambda one: (not one.violation, *self._at_stake(one)), default=None)

    @property
    def silent(self) -> bool:
        """Whether the models were asked and nothing is to be said: no reason, no rule's hits."""
        return bool(self.panels) and not self.reasons and self.instead is None

    def left_of(self, one: RuleHits) -> RuleLeft:
        """How many hits of the rule a data error accounts for, and the middle sum of the others."""
        found = self.verdict.hits.by_rule.get(one.rule_id) if self.verdict else None
        return found or RuleLeft(0, one.amounts_fen[1])

    def _at_stake(self, one: RuleHits) -> tuple[int, str]:
        return -self.left_of(one).left_fen, one.rule_id

    def sentence(self, reason: Reason) -> Words:
        """The reason in one line, with how many hits stand behind it where it counts hits."""
        return reason.sentence(self.hits_n(reason), self.rules_of(reason))

    def rules_of(self, reason: Reason) -> tuple[tuple[Words, int], ...]:
        """The rules whose hits a reason counts, and how many of each; none where it counts none."""
        return rules_behind(self.hits).get(reason.feature, ())

    def basis_of(self, one: Reason | RuleHits) -> Basis:
        """The clause a reason or a rule's hits may be held against this entity by, or why none.

        A reason that counts hits of rules of several clauses has none of its own: it takes that of
        the one with the most at stake, and says of which it is.
        """
        if isinstance(one, RuleHits):
            return against(one.basis(), self.grain)
        own = against(basis(one.clause, self.as_of, one.window_days), self.grain)
        return own if own.clause else self._of_rules(one) or own

    def _of_rules(self, reason: Reason) -> Basis | None:
        """The clause of a rule whose hits the reason counts, unless a data error brought them."""
        left = [h for h in self.hits if self.left_of(h).explained_n < h.hits and h.hits_year]
        counted = [h for h in left if reason.feature in features_of(h)]
        found = [(self.basis_of(h), h) for h in sorted(counted, key=self._at_stake)]
        legal, first = next(((one, h) for one, h in found if one.clause), (None, None))
        alone = len({one.clause for one, _ in found}) == 1
        return legal if legal is None or first is None or alone else legal.of_rule(first.words)

    def hits_n(self, reason: Reason) -> int | None:
        """Hits of rules behind a feature that counts them; None where it counts none."""
        return self.behind.hits_n.get(self.entity_id, {}).get(reason.feature)

    @property
    def typology(self) -> str | None:
        """The typology of the first reason, else of the rule told instead; null without either.

        Where no reason stands without the data errors, of the first rule that weighs without them.
        """
        if self.reasons and not self.standing_reasons and self.weighty:
            return self.weighty[0].typology
        if self.reasons:
            return self.reasons[0].typology
        return self.instead.typology if self.instead else None

    @property
    def amount_rule(self) -> RuleHits | None:
        """The rule an amount of the basis ``largest_rule`` is of.

        One of the lead's own typology before one of its other reasons before any other, of these
        the one with the most at stake in hits that no data error accounts for.
        """
        others = {one.typology for one in self.standing_reasons}

        def place(one: RuleHits) -> tuple[int, int, str]:
            near = 0 if one.typology == self.typology else 1 if one.typology in others else 2
            return near, *self._at_stake(one)

        left = [one for one in self.hits if self.left_of(one).left_fen > 0]
        return min(left or self.hits, key=place, default=None)

    @property
    def amount(self) -> tuple[int | None, str | None]:
        """Fen at stake and what the figure rests on.

        Rows of reasons count only where the first reason that stands without the data errors is
        no list of the rules, whose hits have a sum of their own.
        """
        expected = self.score["expected_recovery_fen"]
        if expected is not None:
            return expected, "expected_recovery"
        stake = self.behind.stake_fen.get(self.entity_id)
        rule = self.amount_rule
        of_rows = any(one.feature not in PAIR_OF for one in self.standing_reasons[:1])
        if stake is not None and (of_rows or rule is None):
            return stake, "evidence_rows"
        return (max(self.left_of(rule).left_fen, 0), "largest_rule") if rule else (None, None)


def lead_id(grain: GrainName, entity_id: str, as_of: date) -> str:
    """The name of a lead: a hash, so that no id ever stands in a path.

    >>> lead_id("provider", "H001", date(2025, 12, 31))
    '6587c93a3af4d79203df'
    """
    text = "\0".join((grain, entity_id, as_of.isoformat()))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:20]


def speaking(panels: tuple[Panel, ...], source: Source) -> Panel | None:
    """The panel whose reasons are shown first: of the rank that placed the lead, if it has any."""
    for panel in sorted(panels, key=lambda p: p.source != source):
        if panel.leading:
            return panel
    return None


def told(
    panels: tuple[Panel, ...], source: Source, rows_n: Mapping[str, int]
) -> tuple[Reason, ...]:
    """The reasons of a lead: the rules' list it stands highest on, then one panel.

    rows_n  as of ``Panel.top_reasons``
    A list names claims, money and an article, where a panel may speak of a feature that moved the
    score: on funds with a key the list names the scheme more often. Whoever heads the list of one
    more typology of which nothing is said yet would be listed for it alone: that comes last, in
    place of what no list says.
    """
    lists = [p for p in panels if p.source == "rules"]
    first = [reason for p in lists for reason in p.heads(IN_FRONT, rows_n)][:1]
    said = {PAIR_OF[reason.feature] for reason in first}
    by_place = sorted(panels, key=lambda p: p.source != source)
    own = next(filter(None, (says(p, rows_n) for p in by_place)), ())
    own = tuple(r for r in own if PAIR_OF.get(r.feature) not in said)
    found = [*first, *own][:TOP]
    named = {reason.typology for reason in found}
    heads = [r for p in lists for r in p.heads(HEAD, rows_n)]
    besides = [r for r in heads if r.typology not in named]
    if len(found) == TOP and found[-1].typology in {r.typology for r in heads}:
        return tuple(found)
    return (*found[: TOP - 1], besides[0]) if besides else tuple(found)


def says(panel: Panel, rows_n: Mapping[str, int]) -> tuple[Reason, ...]:
    """What a panel says first, without hits that are about others, of which none can be shown."""
    found = panel.top_reasons(TOP, rows_n)
    return tuple(r for r in found if r.feature not in PAIR_OF or rows_n.get(r.feature) != 0)
