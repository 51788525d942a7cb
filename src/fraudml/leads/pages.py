"""The pages inspectors read: the list over all grains, and one page per lead."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Template

from fraudml.currency import YUAN, Currency
from fraudml.entities import GRAINS, GrainName
from fraudml.leads import words
from fraudml.leads.frame import environment, page
from fraudml.leads.legal import TITLE, clause_title
from fraudml.leads.rule_hits import rule_words
from fraudml.leads.typologies import EXPLANATIONS
from fraudml.leads.words import ACCOUNTED_MEANS, Words, clipped

Rows = Sequence[Mapping[str, Any]]

SOURCES: dict[str, Words] = {
    "supervised": Words("有监督名次", "supervised rank"),
    "label_free": Words("与同类的距离", "distance from peers"),
    "rules": Words("规则名次", "rules rank"),
}
MODELS: dict[str, Words] = {
    "lightgbm": Words("由检查结果学习的模型", "Learned from outcomes"),
    "rules": Words("规则命中", "Hits of the rules"),
    "tail": Words("与同类的距离", "Distance from peers"),
    "forest": Words("孤立森林", "Isolation forest"),
}
UNITS: dict[str, Words] = {
    "lightgbm": Words("单位：对数几率。", "Unit: log-odds."),
    "rules": Words(
        "单位：1/位次，即按规则涉及金额占本对象基金支付之比在该类型清单上的位次；"
        "占比不足百分之一的不计；各类型相加。",
        "Unit: 1 / place on the typology's list, by the share of own fund money that its rules "
        "have at issue; nothing below one percent; summed over the typologies.",
    ),
    "tail": Words(
        "单位：可疑一侧与同类的距离（稳健标准差，取对数），各类型取最大两项。",
        "Unit: distance from peers on the suspicious side (log of robust standard deviations), "
        "the two largest of each typology.",
    ),
    "forest": Words(
        "单位：平均路径长度取负；路径越短越异于同类。分解的是路径长度，不是名次。",
        "Unit: minus the mean path length; shorter means less like the peers. "
        "It explains path length, not the rank.",
    ),
}
BASES: dict[str | None, Words] = {
    "expected_recovery": Words("预计追回", "expected recovery"),
    "evidence_rows": Words("理由所涉明细行合计", "sum of the rows behind the reasons"),
    "largest_rule": Words("金额最大的一条规则", "the rule with the largest amount"),
    None: words.NOT_ASSESSED,
}
GRAIN_WORDS: dict[GrainName, Words] = {
    "provider": Words("定点医药机构", "Providers"),
    "practitioner": Words("医师", "Practitioners"),
    "patient": Words("参保人员", "Patients"),
}


def index_page(
    lists: Mapping[GrainName, tuple[Rows, Rows]],
    silent: Mapping[GrainName, int] | None = None,
    *,
    as_of: date,
    currency: Currency = YUAN,
) -> str:
    """The list of all leads, to be sorted and filtered in the browser without any server.

    lists   by grain the rows listed, and those that a circumstance accounts for
    silent  by grain how many of the first ranks are not listed, for nothing is to be said of them
    The part of the address after ``#`` holds the view (grain, q, typology, region, min_risk,
    sort, lang), so that a filtered list can be sent to a colleague.
    """
    body = _template("index.html", currency).render(
        lists={g: [_shown(row, g) for row in rows] for g, (rows, _) in lists.items()},
        accounted={g: [_shown(row, g) for row in rows] for g, (_, rows) in lists.items()},
        silent=silent or {},
        accounted_means=ACCOUNTED_MEANS,
        circumstances=EXPLANATIONS,
        filters={g: _filters(rows) for g, (rows, _) in lists.items()},
        as_of=as_of.isoformat(),
        largest={g: _largest(rows) for g, (rows, _) in lists.items()},
    )
    return page("疑点线索清单 Audit leads", body, script=_script("index.js"), wide=True)


def lead_page(content: Mapping[str, Any]) -> str:
    """One lead's page from its packet (packet.packet)."""
    grain = content["grain"]
    subject = content["subject"]
    who = subject["name"] or content["id"]
    lead = _template("lead.html", Currency(**content["currency"]))
    body = lead.render(p=content, who=clipped(who, 80), key=GRAINS[grain].key)
    title = f"疑点线索 Lead · {GRAINS[grain].zh} {clipped(who, 60)}"
    return page(title, body, home="../index.html")


def bars(reason: Mapping[str, Any]) -> dict[str, float | None]:
    """Lengths in 0..100 of a reason's three bars: own value, peer median, share of peers passed.

    Own value and median share a scale that starts at zero; a negative figure has length 0.

    >>> bars({"value": 3.0, "peer_median": 1.5, "percentile": 0.9})
    {'value': 92.0, 'median': 46.0, 'percentile': 90.0}
    """
    value, median, share = reason["value"], reason["peer_median"], reason["percentile"]
    top = max(value or 0.0, median or 0.0)
    scale = 92.0 / top if top > 0 else 0.0
    return {
        "value": None if value is None else round(max(value, 0.0) * scale, 2),
        "median": None if median is None else round(max(median, 0.0) * scale, 2),
        "percentile": None if share is None else round(share * 100, 2),
    }


def _shown(row: Mapping[str, Any], grain: GrainName) -> dict[str, Any]:
    identity = row[GRAINS[grain].key]
    reasons = [
        Words(row[f"reason_{n}_zh"], row[f"reason_{n}_en"])
        for n in (1, 2, 3)
        if row[f"reason_{n}_zh"]
    ]
    return {
        **row, "id": identity, "who": clipped(row["name"] or identity, 120), "why": reasons,
        "of_rule": rule_words(row["amount_rule"]) if row["amount_rule"] else None,
    }  # fmt: skip


def _filters(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    found = {
        row["typology"]: Words(row["typology_zh"], row["typology_en"])
        for row in rows
        if row["typology"]
    }
    return {
        "typologies": sorted(found.items()),
        "regions": sorted({row["region_code"] for row in rows if row["region_code"]}),
    }


def _largest(rows: Sequence[Mapping[str, Any]]) -> int:
    return max((row["amount_fen"] or 0 for row in rows), default=0) or 1


@cache
def _template(name: str, currency: Currency) -> Template:
    env = environment().overlay()
    env.globals = environment().globals | {
        "amount": partial(words.money, currency=currency),
        "figure": partial(words.figure, currency=currency),
        "currency": currency,
        "percent": words.percent,
        "kind_words": words.kind_words,
        "level_words": words.level_words,
        "group_words": words.group_words,
        "clipped": clipped,
        "clause_title": clause_title,
        "bars": bars,
        "sources": SOURCES,
        "models": MODELS,
        "units": UNITS,
        "bases": BASES,
        "grain_words": GRAIN_WORDS,
        "law_title": TITLE,
        "unassessed": words.NOT_ASSESSED,
        "Words": Words,
    }
    return env.get_template(name)


@cache
def _script(name: str) -> str:
    return (files("fraudml.leads") / "templates" / name).read_text(encoding="utf-8").strip()
