"""How figures read on a page: percentages, yuan, intervals, and the reason where there is none."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from fraudml.evaluation.plots import NAMES_EN, NAMES_ZH
from fraudml.leads.frame import environment_of

ORDER = (
    *("fused", "lightgbm", "label_free", "forest", "tail", "neighbours"),
    *("rules", "amount_per_peer", "amount", "random"),
)
_SCHEMES = {
    "walk_back": "按时间回溯：每个截至日的清单只用当时已知的事实，之后的检查为结论 · walks back in "
    "time: each list uses only what was known at its cut; later inspections are the outcomes",
    "folds": "结论同日、无法按时间排序，改用对象重复交叉验证 · outcomes cannot be ordered in time: "
    "repeated folds over entities instead, each ranked by models that never saw it",
}
_ARMS = {
    "random": "随机 random",
    "risk": "风险 risk",
    "clue": "线索 clue",
    "credit": "信用 credit",
    "unknown": "不详 unknown",
}
_Figure = Mapping[str, Any]


@cache
def environment() -> Environment:
    """The templates of this room, with filters that write figures."""
    made = environment_of("fraudml.evaluation", {})
    made.filters = made.filters | {
        "percent": percent,
        "money": money,
        "count": count,
        "places": places,
        "share": lambda figure: _with_interval(figure, percent),
        "yuan": lambda figure: _with_interval(figure, money),
        "decimal": lambda figure: _with_interval(figure, places),
        "points": lambda figure: _with_interval(figure, points),
        "apart": lambda figure: _with_interval(figure, signed),
        "zh": NAMES_ZH.__getitem__,
        "en": NAMES_EN.__getitem__,
        "both": _both,
        "ordered": _ordered,
        "scheme": lambda name: _SCHEMES.get(name, name),
        "arm": lambda name: _ARMS.get(name, name),
    }
    return made


def percent(value: float | None) -> str:
    """A share as a percentage with one decimal.

    >>> percent(0.4211)
    '42.1%'
    """
    return "–" if value is None else f"{100 * value:.1f}%"


def points(value: float | None) -> str:
    """A difference of shares in percentage points, signed.

    >>> points(-0.052)
    '−5.2'
    """
    return "–" if value is None else _minus(f"{100 * value:+.1f}")


def places(value: float | None) -> str:
    """Three decimals."""
    return "–" if value is None else _minus(f"{value:.3f}")


def signed(value: float | None) -> str:
    """Three decimals with their sign."""
    return "–" if value is None else _minus(f"{value:+.3f}")


def money(value: float | None) -> str:
    """Whole yuan with separators."""
    return "–" if value is None else _minus(f"{value:,.0f}")


def count(value: float | None) -> str:
    """A whole number with separators; one decimal where ties share a place."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def ties(figure: _Figure, write: Any) -> str:
    """Between which values the figure lies if ties are broken otherwise; or nothing."""
    worst, best = figure.get("tie_worst"), figure.get("tie_best")
    if worst is None or best is None or worst == best:
        return ""
    return f"并列 ties {write(worst)} – {write(best)}"


def between(figure: _Figure, write: Any) -> str:
    """The interval of a figure, or nothing where there is none."""
    if figure["low"] is None:
        return ""
    return f"{write(figure['low'])} – {write(figure['high'])}"


def _with_interval(figure: _Figure, write: Any) -> Markup:
    if figure["value"] is None:
        why = escape(figure["reason"])
        return Markup('<span class="null">–<span class="why">{}</span></span>').format(why)
    said = Markup('{}<span class="ci">{}</span>').format(
        write(figure["value"]), between(figure, write)
    )
    tied = ties(figure, write)
    return said + Markup('<span class="ci null">{}</span>').format(tied) if tied else said


def _both(model: str) -> Markup:
    markup = '<span class="zh">{}</span> <span class="en">{}</span>'
    return Markup(markup).format(NAMES_ZH.get(model, model), NAMES_EN.get(model, model))  # noqa: S704


def _ordered(models: Mapping[str, Any]) -> list[tuple[str, Any]]:
    known = [(name, models[name]) for name in ORDER if name in models]
    return known + [(name, models[name]) for name in sorted(models) if name not in ORDER]


def _minus(text: str) -> str:
    return text.replace("-", "−")
