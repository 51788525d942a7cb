"""A page per rule of monitoring, and the page over all: for inspectors, without any person."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment

from fraudml.currency import YUAN, Currency
from fraudml.evaluation.rule_figures import precision
from fraudml.leads import frame, words
from fraudml.leads.legal import quote
from fraudml.leads.typologies import typology
from fraudml.leads.words import Words
from fraudml.monitor.catalogue import RULES
from fraudml.monitor.entry import Rule, Said
from fraudml.monitor.knowledge.base import Knowledge

_HEIGHT = 60.0
_NONE: dict[str, Any] = {
    "months": [], "overlap": [], "entities": [], "precision": precision(0, 0, 0, 0)
}  # fmt: skip
RESULTS = {"violation": Words("违规", "violation"), "suspicious": Words("可疑", "suspicious")}


def write_rule_pages(
    folder: Path,
    report: Mapping[str, Any],
    figures: Mapping[str, Mapping[str, Any]],
    base: Mapping[str, Any],
    knowledge: Knowledge,
    currency: Currency = YUAN,
) -> None:
    """Write index.html and RULE_ID.html of every assessed rule into the folder.

    report   of ``monitor.hits.write_hits``; figures of ``rule_figures``
    base     ``base_rate``: what inspections confirm whoever they go to
    """
    shown = [
        _shown(rule, report["rules"][rule.id], figures.get(rule.id, _NONE), knowledge)
        for rule in RULES
        if rule.id in report["rules"]
    ]
    silent = [
        {"id": rule.id, "words": _words(rule.words), "missing": report["not_assessed"][rule.id]}
        for rule in RULES
        if rule.id in report["not_assessed"]
    ]
    words = {rule.id: _words(rule.words) for rule in RULES}
    common = {"as_of": report["as_of"], "base": base, "results": RESULTS, "words": words}
    ordered = sorted(shown, key=lambda r: (-r["hits"], r["id"]))
    made = _environment(currency)
    body = made.get_template("rules.html").render(rules=ordered, silent=silent, **common)
    title = "监管规则 Monitoring rules"
    (folder / "index.html").write_text(frame.page(title, body, wide=True), encoding="utf-8")
    for one in shown:
        words_of = typology(one["typology"]).words
        body = made.get_template("rule.html").render(r=one, typology=words_of, **common)
        html = frame.page(f"规则 Rule {one['id']}", body, home="index.html")
        (folder / f"{one['id']}.html").write_text(html, encoding="utf-8")


def _shown(
    rule: Rule, counted: Mapping[str, Any], figures: Mapping[str, Any], knowledge: Knowledge
) -> dict[str, Any]:
    top = max((month["hits"] for month in figures["months"]), default=0) or 1
    bars = [
        {
            "x": place * 10, "height": round(_HEIGHT * month["hits"] / top, 2),
            "title": f"{month['month']}: {month['hits']:,}",
        }
        for place, month in enumerate(figures["months"])
    ]  # fmt: skip
    none = dict.fromkeys(("claims", "providers", "amount_low_fen", "amount_fen", "amount_high_fen"))
    own = [e.cells for e in knowledge.entries["thresholds"] if e["rule"] == rule.id]
    return {
        **none, **counted, **figures, "id": rule.id, "words": _words(rule.words),
        "amount_words": _words(rule.amount), "exceptions": [_words(e) for e in rule.exceptions],
        "thresholds": own, "law": quote(rule.clause) if rule.clause else None,
        "no_clause": _words(rule.no_clause or ("", "")), "bars": bars, "top": top,
        "width": 10 * max(len(bars), 12),
    }  # fmt: skip


def _words(said: Said) -> Words:
    return Words(said[1], said[0])


def share(found: Mapping[str, Any]) -> str:
    """Confirmed of inspected with the 95 % interval, or that it is not assessed.

    >>> share(precision(10, 5, 0, 0))
    '50% (24–76%), 5 / 10'
    """
    counted = f"{found['confirmed']:,} / {found['inspected']:,}"
    if found["share"] is None:
        return f"{words.NOT_ASSESSED.zh} {words.NOT_ASSESSED.en} ({counted})"
    low, high = (f"{found[name] * 100:.0f}" for name in ("low", "high"))
    return f"{found['share'] * 100:.0f}% ({low}–{high}%), {counted}"


@cache
def _environment(currency: Currency) -> Environment:
    amount = partial(words.money, currency=currency)
    return frame.environment_of(
        "fraudml.evaluation",
        {"amount": amount, "percent": words.percent, "share": share,
         "unassessed": words.NOT_ASSESSED},
    )  # fmt: skip
