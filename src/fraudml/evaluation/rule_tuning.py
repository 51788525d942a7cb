"""What other thresholds of a rule would have found, beside what inspections then confirmed.

A proposal, never a change. Inspections went where old lists sent them, so what they confirm among
the hits of a threshold says nothing of hits that nobody visited: the figures are bounds of what is
known, and it is said how many of the visits were drawn with a known chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fraudml.claims.accepted import Claims
from fraudml.engine import Engine
from fraudml.errors import ParamsError, StateError
from fraudml.evaluation.rule_figures import MIN_INSPECTED, inspected_after, precision
from fraudml.monitor.catalogue import RULES, lacking
from fraudml.monitor.entry import Rule
from fraudml.monitor.hits import ask
from fraudml.monitor.knowledge.base import Knowledge
from fraudml.monitor.knowledge.forms import FILES, Entry
from fraudml.monitor.shared import Shared

FACTORS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)  # of the value in force, every level and kind alike
_WHOLE = ("days", "minutes", "fen", "count")
_HEAD = next(form for form in FILES if form.name == "thresholds")


@dataclass(frozen=True)
class Trial:
    """One value of a threshold: what the rule would have found with it."""

    factor: float
    values: tuple[str, ...]  # as written, one per row of the threshold
    hits: int
    entities: int
    amount_fen: int
    outcome: dict[str, Any]  # rule_figures.precision


def rule_of(name: str) -> Rule:
    """The rule of this id; ParamsError names the nearest that have numeric thresholds."""
    able = {rule.id: rule for rule in RULES if numeric(rule)}
    if name in able:
        return able[name]
    near = get_close_matches(name, able, n=3)
    hint = (
        f"did you mean {' or '.join(near)}?" if near else "docs/rules.md names each with its own."
    )
    raise ParamsError(f"{name[:40]!r} is no rule with a numeric threshold; {hint}")


def numeric(rule: Rule) -> tuple[str, ...]:
    """The names of a rule's thresholds that are numbers."""
    return tuple(name for name, unit in rule.thresholds if unit != "codes")


def trials(
    engine: Engine, claims: Claims, knowledge: Knowledge, rule: Rule, name: str, as_of: date
) -> list[Trial]:
    """The rule asked anew with multiples of one threshold, as of a date; the factor 1 is today's.

    Raises ParamsError for a threshold the rule does not have, StateError where it is not assessed.
    """
    if name not in numeric(rule):
        raise ParamsError(
            f"{rule.id} has no numeric threshold {name!r}: it has {', '.join(numeric(rule))}."
        )
    if lacks := lacking(rule, claims, knowledge):
        raise StateError(f"{rule.id} is not assessed: {', '.join(lacks)} did not come in.")
    asked: dict[tuple[str, ...], tuple[float, list[Entry]]] = {}
    for factor in sorted(FACTORS, key=lambda factor: factor != 1.0):
        rows = scaled(knowledge, rule.id, name, factor)
        # values that multiples share are those in force
        asked.setdefault(tuple(str(row["value"]) for row in rows), (factor, rows))
    return [
        _trial(engine, claims, _with(knowledge, rows), rule, as_of, factor, values)
        for values, (factor, rows) in sorted(asked.items(), key=lambda one: one[1][0])
    ]


def _trial(
    engine: Engine,
    claims: Claims,
    knowledge: Knowledge,
    rule: Rule,
    as_of: date,
    factor: float,
    values: tuple[str, ...],
) -> Trial:
    hits = ask(Shared(engine, claims, knowledge, as_of), rules=(rule,)).hits
    key = f"{rule.grain}_id"
    (row,) = engine.rows(
        hits.agg(
            hits=hits.count(), entities=hits[key].nunique(),
            amount_fen=hits.amount_fen.sum().coalesce(0),
        ), at_most=1,
    ).to_pylist()  # fmt: skip
    counts = (
        inspected_after(engine, claims, hits, as_of).get(rule.id)
        if claims.has("inspections")
        else None
    )
    none = {"inspected": 0, "confirmed": 0, "confirmed_fen": 0, "drawn": 0}
    return Trial(factor, values, **row, outcome=precision(**(counts or none)))


def scaled(knowledge: Knowledge, rule: str, name: str, factor: float) -> list[Entry]:
    """The rows of one threshold with their values multiplied; whole units stay whole."""
    rows = []
    for entry in knowledge.entries["thresholds"]:
        if (entry["rule"], entry["name"]) == (rule, name):
            value = float(entry["value"]) * factor
            whole = entry["unit"] in _WHOLE
            text = str(round(value)) if whole else f"{value:.6g}"
            text = entry["value"] if factor == 1.0 else text
            rows.append(replace(entry, cells=entry.cells | {"value": text}))
    return rows


def _with(knowledge: Knowledge, rows: Sequence[Entry]) -> Knowledge:
    """The knowledge base with these rows in place of those of the same line."""
    new = {(row.file, row.line): row for row in rows}
    own = tuple(new.get((e.file, e.line), e) for e in knowledge.entries["thresholds"])
    return Knowledge({**knowledge.entries, "thresholds": own})


def proposal(found: Sequence[Trial]) -> Trial | None:
    """The value whose visited hits were confirmed surely more often than today's, if there is one.

    Its lower limit must lie above today's share; of several the one with most confirmed money.
    None where today's or theirs is not assessed: few outcomes propose nothing.
    """
    today = next(one for one in found if one.factor == 1.0)
    if today.outcome["share"] is None:
        return None
    better = [
        one
        for one in found
        if one.outcome["share"] is not None and one.outcome["low"] > today.outcome["share"]
    ]
    return max(better, key=lambda one: (one.outcome["confirmed_fen"], -one.factor), default=None)


def sentences(found: Sequence[Trial], rule: Rule, name: str, as_of: date) -> list[str]:
    """What the trials say, in lines for a terminal."""
    lines = [f"{rule.id}, {name}, as of {as_of.isoformat()}; * is in force"]
    lines += [_line(one) for one in found]
    if len(found) == 1:
        lines.append("Every multiple of the value in force is that value: there is nothing to try.")
    drawn = max(one.outcome["drawn"] for one in found)
    lines.append(
        f"Selective: at most {drawn:,} of these visits were drawn with a known chance; the shares "
        "speak of visited hits alone and are not weighted."
    )
    best = proposal(found)
    if best is None:
        lines.append(
            "Proposal: none. No value is surely confirmed more often than today's, or fewer than "
            f"{MIN_INSPECTED} inspections followed a hit."
        )
    else:
        lines.append(f"Proposal: {' | '.join(best.values)}. Nothing was changed.")
    return lines


def _line(one: Trial) -> str:
    outcome, mark = one.outcome, "*" if one.factor == 1.0 else " "
    cleared = outcome["inspected"] - outcome["confirmed"]
    share = "not assessed"
    if outcome["share"] is not None:
        share = f"{outcome['share']:.0%} ({outcome['low']:.0%} to {outcome['high']:.0%})"
    return (
        f"{mark} {' | '.join(one.values):>12}  hits {one.hits:,}  entities {one.entities:,}  "
        f"at issue {one.amount_fen / 100:,.0f}  "
        f"confirmed {outcome['confirmed']:,}  cleared {cleared:,}  confirmed amount "
        f"{outcome['confirmed_fen'] / 100:,.0f}  precision {share}"
    )


def write_overlay(
    folder: Path, knowledge: Knowledge, rule: Rule, name: str, best: Trial, as_of: date
) -> None:
    """Write sources.csv and thresholds.csv that ``monitor.knowledge`` could name.

    Refuses a folder that has either of them: nobody's knowledge is written over.
    """
    taken = [n for n in ("sources.csv", "thresholds.csv") if (folder / n).exists()]
    if taken:
        raise StateError(f"{folder} already has {', '.join(taken)}: name an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sources.csv").write_text(
        "source,title,note\n"
        f"tuned_{as_of:%Y%m%d},Proposed by fraudml rules tune as of {as_of},"
        "from selective inspections; decide before use\n",
        encoding="utf-8",
    )
    lines = [",".join(field.name for field in _HEAD.fields)]
    for row in scaled(knowledge, rule.id, name, best.factor):
        cells = row.cells | {"source": f"tuned_{as_of:%Y%m%d}"}
        lines.append(",".join("" if v is None else str(v) for v in cells.values()))
    (folder / "thresholds.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
