"""Order 735 of the State Council, quoted word for word from the text inside the package."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from fraudml.errors import StateError
from fraudml.leads.words import Words

IN_FORCE_FROM = date(2021, 5, 1)
TITLE = Words(
    "《医疗保障基金使用监督管理条例》（国务院令第735号）", "State Council Order 735 (2021)"
)

_CLAUSE = re.compile(r"(\d{1,2})(?:\((\d{1,2})\))?")
_DIGITS = "〇一二三四五六七八九"
_ARTICLE = re.compile(r"第([一二三四五六七八九十]+)条 ")


@dataclass(frozen=True)
class Quote:
    """One clause and its words: an article's paragraphs, or its opening and one of its items."""

    clause: str
    title: Words
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Basis:
    """The clause a reason may be held against, or null with the reason why there is none."""

    clause: str | None
    note: Words | None


def numeral(number: int) -> str:
    """A whole number from 1 to 99 as the law writes it.

    >>> numeral(7), numeral(10), numeral(15), numeral(20), numeral(38)
    ('七', '十', '十五', '二十', '三十八')
    """
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return lead + (_DIGITS[ones] if ones else "")


def clause_title(clause: str) -> Words:
    """How a clause is cited.

    >>> clause_title("38(1)").zh, clause_title("15").en
    ('第三十八条（一）', 'Order 735, article 15')
    """
    article, item = _parts(clause)
    zh = f"第{numeral(article)}条" + (f"（{numeral(item)}）" if item else "")
    return Words(zh, f"Order 735, article {article}" + (f" ({item})" if item else ""))


def quote(clause: str) -> Quote:
    """The words of a clause such as "15" or "38(1)"; StateError where the law has none such."""
    article, item = _parts(clause)
    lines = _articles().get(numeral(article), ())
    if item:
        mark = f"（{numeral(item)}）"
        lines = tuple(x for x in lines if x.startswith(mark) or x.endswith("：")) if lines else ()
        lines = lines if any(x.startswith(mark) for x in lines) else ()
    if not lines:
        raise StateError(f"Order 735 has no clause {clause!r}: correct the feature catalogue.")
    return Quote(clause, clause_title(clause), lines)


def basis(clause: str | None, as_of: date, window_days: int | None) -> Basis:
    """Whether a clause may be cited for a feature that looks back from ``as_of``.

    Acts before the law was in force are not held against it; where the window began earlier,
    the clause stands and the note says from which day it counts.
    """
    if clause is None:
        return Basis(
            None,
            Words("条例未直接点名此行为", "the Order does not name this behaviour directly"),
        )
    if as_of < IN_FORCE_FROM:
        return Basis(
            None,
            Words(
                "截止日早于条例施行日（2021-05-01）",
                "the as-of date lies before the Order came into force (2021-05-01)",
            ),
        )
    if window_days is None or as_of - timedelta(days=window_days) < IN_FORCE_FROM:
        return Basis(
            clause,
            Words(
                "仅适用于2021-05-01及以后的行为", "only for acts on or after 2021-05-01 (in force)"
            ),
        )
    return Basis(clause, None)


@cache
def law_text() -> str:
    """The whole text of the Order as it comes with the package."""
    path = files("fraudml.leads") / "law" / "order_735.zh.md"
    return path.read_text(encoding="utf-8")


@cache
def _articles() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in (raw.strip() for raw in law_text().splitlines()):
        if start := _ARTICLE.match(line):
            current = found.setdefault(start[1], [])
        elif line.startswith("#"):
            current = None
        if line and current is not None:
            current.append(line)
    return {article: tuple(lines) for article, lines in found.items()}


def _parts(clause: str) -> tuple[int, int | None]:
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        raise StateError(f'{clause!r} is not a clause such as "15" or "38(1)".')
    return int(match[1]), int(match[2]) if match[2] else None
