"""Whom a legitimate circumstance accounts for: the rank without what it can bring about.

The question is the data-error gate's, asked of circumstances: would this still be a lead if the
circumstance did not count? A scheme may hide behind a circumstance, but it has features and hits of
its own: whoever ranks among the listed without what the circumstance can bring about, or has hits
of rules that stand out, stays. Who leaves is shown beside the list, with the page that says why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fraudml.engine import Engine
from fraudml.entities import GrainName
from fraudml.features.catalogue import features_of
from fraudml.leads.data_error import Gate, weighing
from fraudml.leads.hits_left import HitsLeft, hits_left
from fraudml.leads.legitimate.catalogue import Answers
from fraudml.leads.words import Words

Taken = Mapping[str, frozenset[str]]  # by entity the features that count as not assessed
# Everybody's rank by the same models where the features taken count as not assessed. All who are
# asked about at once: one pass, and a little kinder to the rank of each.
RanksWithout = Callable[[Taken], Mapping[str, int]]


@dataclass(frozen=True)
class Standing:
    """One entity with a circumstance, without what it can bring about.

    rules  whose hits stand out all the same; leaves: no lead without the circumstance
    """

    rank: int
    rank_without: int
    rules: tuple[str, ...]
    leaves: bool

    def words(self) -> Words:
        """What becomes of the entity, in one sentence of each language."""
        change = f"{self.rank:,} → {self.rank_without:,}"
        zh = f"不计上述合理情形可带来的指标：名次 {change}"
        en = f"Without what these circumstances can bring about: rank {change}"
        if self.leaves:
            return Words(
                f"{zh}，且没有突出的规则命中。不列入检查名单，以书面核实代替上门。",
                f"{en}, and no rule's hits stand out. Not listed for a visit: ask in writing.",
            )
        if self.rules:
            names = weighing(self.rules)
            return Words(
                f"{zh}；{names.zh}的规则命中突出，仍为疑点。",
                f"{en}; hits of rules stand out ({names.en}): still a lead.",
            )
        return Words(f"{zh}，仍为疑点。", f"{en}: still a lead.")

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rank_without": self.rank_without,
            "rules_left": list(self.rules),
            "leaves": self.leaves,
            "note": self.words().plain(),
        }


def standings(
    engine: Engine,
    gate: Gate,
    asked: Mapping[str, Answers],
    ranks: Mapping[str, int],
    without: RanksWithout,
    *,
    grain: GrainName,
    near: float,
) -> dict[str, Standing]:
    """How everybody with a circumstance would stand without it; nobody else is in the answer.

    asked, ranks  the answers of every candidate, and its place
    near          the last rank at which one is still a lead (data_error.still_near)
    """
    taken = {one: brought(found, grain) for one, found in asked.items()}
    taken = {one: features for one, features in taken.items() if features}
    if not taken:
        return {}
    after = without(taken)
    left = hits_left(engine, gate.judged, gate.features, sorted(taken), grain)
    return {
        one: _standing(ranks[one], after[one], left.get(one, HitsLeft()), near)
        for one in sorted(taken)
    }


def brought(answers: Answers, grain: GrainName) -> frozenset[str]:
    """The features that the circumstances that hold can bring about."""
    holding = [one for one in answers.values() if one.holds]
    names: Sequence[str] = [feature.name for feature in features_of(grain)]
    return frozenset(name for name in names if any(one.can_bring(name) for one in holding))


def _standing(rank: int, after: int, left: HitsLeft, near: float) -> Standing:
    return Standing(rank, after, left.dearest, after > near and not left.weighty)
