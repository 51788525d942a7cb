"""reports/checks.html: what came in, what was set aside and why, what cannot be assessed."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment

from fraudml.currency import YUAN, Currency
from fraudml.leads import frame
from fraudml.leads.typologies import TYPOLOGIES
from fraudml.leads.words import Words
from fraudml.quality import words
from fraudml.quality.providers import ENDED, KINDS

_Report = Mapping[str, Any]
_CHART_HEIGHT = 60.0


def checks_page(report: _Report, currency: Currency = YUAN) -> str:
    """The page from the report (assemble.checks); it holds nothing about one person."""
    body = _environment().get_template("checks.html")
    html = body.render(
        r=report,
        currency=currency,
        headline=_headline(report),
        tables=report["tables"],
        quarantined=list(_rules(report, "quarantined")),
        warnings=list(_rules(report, "warnings")),
        odd_months=list(_odd_months(report)),
        odd_providers=_odd_providers(report),
        typologies=_typologies(report["not_assessed"]["by_typology"]),
        causes=_causes(report["not_assessed"]["by_missing"], report["absent_tables"]),
        charts=list(_charts(report)),
        silenced=_silenced(report),
        ended=sum(one[ENDED] for one in report["providers"].values()),
    )
    return frame.page("数据质量 Data quality", html, wide=True)


@cache
def _environment() -> Environment:
    return frame.environment_of("fraudml.quality", {"W": words})


def _headline(report: _Report) -> Words:
    """The answer in two sentences: what came in, what was set aside, what stays silent."""
    share = words.share(report["accepted"] / report["rows_in"] if report["rows_in"] else None)
    aside, features = report["quarantined_rows"], report["not_assessed"]["kinds"]["feature"]
    rows, tables = report["rows_in"], len(report["tables"])
    zh = f"收到 {tables} 张表、{rows:,} 行，接收 {share}，隔离 {aside:,} 行。"
    en = f"{tables} tables with {rows:,} rows came in; {share} accepted, {aside:,} rows set aside. "
    rules = report["not_assessed"]["kinds"]["rule"]
    if features["silent"] or rules["silent"]:
        zh += f"因缺少数据，{features['all']} 项特征中有 {features['silent']} 项未评估，"
        zh += f"{rules['all']} 条监管规则中有 {rules['silent']} 条未评估。"
        en += f"For want of data, {features['silent']} of {features['all']} features and "
        en += f"{rules['silent']} of {rules['all']} rules are silent"
        blind = [
            one["typology"]
            for one in report["not_assessed"]["by_typology"]
            if one["typology"] and one["silent"] == one["all"]
        ]
        zh += f"{'、'.join(blind)} 各类疑点完全看不见。" if blind else ""
        en += f", and {', '.join(blind)} cannot be seen at all." if blind else "."
    else:
        zh += f"{features['all']} 项特征和 {rules['all']} 条监管规则均可评估。"
        en += f"All {features['all']} features and {rules['all']} rules can be assessed."
    return Words(zh, en)


def _silenced(report: _Report) -> dict[str, int]:
    """What is silent for want of each absent table, alone or with others."""
    return {
        name: sum(
            len(one["names"])
            for one in report["not_assessed"]["by_missing"]
            if any(need.startswith(f"{name}.") for need in one["missing"])
        )
        for name in report["absent_tables"]
    }


def _rules(report: _Report, which: str) -> Iterator[dict[str, Any]]:
    found = [
        {"table": name, "of": table["rows_in"], **rule}
        for name, table in report["tables"].items()
        for rule in table[which]
    ]
    yield from sorted(found, key=lambda one: (-one["rows"], one["rule"], one["table"]))


def _odd_months(report: _Report) -> Iterator[dict[str, Any]]:
    for name, table in report["tables"].items():
        for month in (table["volume"] or {"months": []})["months"]:
            if marks := words.month_marks(month):
                yield {"table": name, "marks": marks, **month}


def _odd_providers(report: _Report) -> list[dict[str, Any]]:
    return [
        {"table": name, "n": sum(found[kind] for kind in KINDS), **found}
        for name, found in report["providers"].items()
        if any(found[kind] for kind in KINDS)
    ]


def _typologies(found: Iterable[_Report]) -> list[dict[str, Any]]:
    """Every typology of the contract: how much speaks of it, and how much of that is silent."""
    by_code = {one["typology"]: one for one in found}
    none = {"all": 0, "silent": 0}
    return [
        {"code": code, "words": entry.words, **{k: by_code.get(code, none)[k] for k in none}}
        for code, entry in TYPOLOGIES.items()
    ]


def _causes(found: Iterable[_Report], absent: Iterable[str]) -> list[dict[str, Any]]:
    """What is missing, said by the table where a whole table is; with what it silences."""
    gone = set(absent)
    causes: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for one in found:
        tables = {need.partition(".")[0] for need in one["missing"]}
        said = [*sorted(tables & gone), *(n for n in one["missing"] if n.split(".")[0] not in gone)]
        causes.setdefault(tuple(said), []).extend(one["names"])
    ordered = sorted(causes.items(), key=lambda cause: (-len(cause[1]), cause[0]))
    return [
        {
            "missing": cause,
            "n": len(names),
            "typologies": sorted({name["typology"] for name in names if name["typology"]}),
            "names": _distinct(names),
        }
        for cause, names in ordered
    ]


def _distinct(names: Iterable[Mapping[str, Any]]) -> list[tuple[Words, str]]:
    """Each reading once, with the grains it is said of."""
    found: dict[Words, list[str]] = {}
    for name in names:
        found.setdefault(Words(name["zh"], name["en"]), []).append(name["grain"])
    return [(said, ", ".join(dict.fromkeys(grains))) for said, grains in found.items()]


def _charts(report: _Report) -> Iterator[dict[str, Any]]:
    """Bars of each table's months: x, height and mark, in units of the drawing."""
    for name, table in report["tables"].items():
        volume = table["volume"]
        if volume and volume["months"]:
            months = volume["months"]
            top = max(month["rows"] for month in months) or 1
            bars = [
                {
                    "x": place * 10,
                    "height": round(_CHART_HEIGHT * month["rows"] / top, 2),
                    "title": f"{month['month']}: {month['rows']:,}",
                    "odd": bool(words.month_marks(month)),
                }
                for place, month in enumerate(months)
            ]
            yield {"table": name, "bars": bars, "width": 10 * max(len(bars), 12), "top": top,
                   "first": months[0]["month"], "last": months[-1]["month"],
                   "by": volume["counted_by"], "far": volume["far"]}  # fmt: skip
