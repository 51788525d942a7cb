"""What cannot be assessed from what came in: which features, of which typology, for want of what.

Features and rules come from their catalogues; whatever else names the contract columns it needs is
an ``Assessable`` beside them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fraudml.claims.accepted import DERIVED, Claims
from fraudml.features.catalogue import FEATURES, needs_of
from fraudml.monitor.catalogue import RULES, lacking, not_billed
from fraudml.monitor.knowledge.base import Knowledge


@dataclass(frozen=True)
class Assessable:
    """Something computed from the claims that is silent without certain columns."""

    kind: str  # "feature", "rule"
    name: str
    grain: str
    typology: str | None
    needs: tuple[str, ...]  # contract columns, "table.column"
    zh: str
    en: str


def catalogue_features() -> tuple[Assessable, ...]:
    """Every feature of the catalogue with all columns it needs.

    Those made of what rules found are left out: they are silent exactly where the rules are.
    """
    return tuple(
        Assessable("feature", f.name, f.grain, f.typology, needs_of(f), f.zh, f.en)
        for f in FEATURES
        if not any(need.split(".")[0] in DERIVED for need in needs_of(f))
    )


def monitoring_rules() -> tuple[Assessable, ...]:
    """Every rule of monitoring with the columns it needs."""
    return tuple(
        Assessable("rule", r.id, r.grain, r.typology, r.needs, r.words[1], r.words[0])
        for r in RULES
    )


def rules_not_billed(claims: Claims, knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """The rules whose classes of items nobody bills, and these classes."""
    asked = [rule for rule in RULES if rule.classed and not lacking(rule, claims, knowledge)]
    if not asked:
        return {}
    codes = claims.table("claim_lines").select("item_code").distinct()
    return not_billed(claims.engine, codes, knowledge, asked)


def silence(
    claims: Claims, asked: Iterable[Assessable], unbilled: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """What is not assessed, by what is missing and by typology.

    unbilled  as of ``rules_not_billed``: what further things of these names lack
    returns  ``kinds`` {kind: {all, silent}}; ``by_typology``: ``typology`` (null: context only),
             ``all``, ``silent``; ``by_missing``: ``missing`` (columns, together the cause), and
             the ``names`` they silence, the longest list first
    """
    every = tuple(asked)
    lacks = {one: claims.missing(one.needs) or unbilled.get(one.name, ()) for one in every}
    silent = [one for one in every if lacks[one]]
    causes: dict[tuple[str, ...], list[Assessable]] = {}
    for one in silent:
        causes.setdefault(tuple(sorted(lacks[one])), []).append(one)
    by_missing = [
        {"missing": list(cause), "names": [_named(one) for one in members]}
        for cause, members in sorted(causes.items(), key=lambda c: (-len(c[1]), c[0]))
    ]
    return {
        "kinds": {kind: _counts(every, silent, kind) for kind in sorted({a.kind for a in every})},
        "by_typology": _by_typology(every, set(silent)),
        "by_missing": by_missing,
    }


def _named(one: Assessable) -> dict[str, Any]:
    return {"kind": one.kind, "name": one.name, "grain": one.grain, "typology": one.typology,
            "zh": one.zh, "en": one.en}  # fmt: skip


def _counts(every: Iterable[Assessable], silent: Iterable[Assessable], kind: str) -> dict[str, int]:
    return {
        "all": sum(one.kind == kind for one in every),
        "silent": sum(one.kind == kind for one in silent),
    }


def _by_typology(every: Iterable[Assessable], silent: set[Assessable]) -> list[dict[str, Any]]:
    found: dict[str | None, list[int]] = {}
    for one in every:
        both = found.setdefault(one.typology, [0, 0])
        both[0] += 1
        both[1] += one in silent
    return [
        {"typology": code, "all": counts[0], "silent": counts[1]}
        for code, counts in sorted(found.items(), key=lambda entry: (entry[0] is None, entry[0]))
    ]
