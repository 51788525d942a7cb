"""Order 735 of the State Council, cut into articles and items word for word."""

import re
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files

from fraudml.errors import StateError

IN_FORCE_FROM = date(2021, 5, 1)
# Of the whole text, kept apart from it: a word changed in the file is noticed.
TEXT_SHA256 = "e16ce5cfdcb97ae8fc1977827835007d2d66f386d40142cda8f45ef462089ae5"

_CLAUSE = re.compile(r"(\d{1,2})(?:\((\d{1,2})\))?")
_DIGITS = "〇一二三四五六七八九"
_ARTICLE = re.compile(r"第([一二三四五六七八九十]+)条 ")


def numeral(number: int) -> str:
    """A whole number from 1 to 99 as the law writes it.

    >>> numeral(7), numeral(10), numeral(15), numeral(20), numeral(38)
    ('七', '十', '十五', '二十', '三十八')
    """
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return lead + (_DIGITS[ones] if ones else "")


def article_and_item(clause: str) -> tuple[int, int | None]:
    """The numbers of a clause such as "15" or "38(1)"; StateError where it is none.

    >>> article_and_item("38(1)"), article_and_item("15")
    ((38, 1), (15, None))
    """
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        raise StateError(f'{clause!r} is not a clause such as "15" or "38(1)".')
    return int(match[1]), int(match[2]) if match[2] else None


@cache
def law_text() -> str:
    """The whole text of the Order as it comes with the package; StateError where it was changed."""
    path = files("fraudml.monitor.law") / "order_735.zh.md"
    content = path.read_bytes()
    if sha256(content).hexdigest() != TEXT_SHA256:
        raise StateError("The text of Order 735 is not the one this version was made with: "
                         "install fraudml again.")  # fmt: skip
    return content.decode("utf-8")


def lines_of(clause: str) -> tuple[str, ...]:
    """An article's paragraphs, or its opening and one of its items; empty where the law has none.

    >>> lines_of("38(1)")[1]
    '（一）分解住院、挂床住院；'
    """
    article, item = article_and_item(clause)
    lines = _articles().get(numeral(article), ())
    if item is None:
        return lines
    mark = f"（{numeral(item)}）"
    cut = tuple(x for x in lines if x.startswith(mark) or x.endswith("："))
    return cut if any(x.startswith(mark) for x in cut) else ()


def words_of(clause: str) -> str:
    """The words that name the conduct: the item alone, or the whole article."""
    lines = lines_of(clause)
    return lines[-1] if article_and_item(clause)[1] is not None and lines else "\n".join(lines)


def article_sha256(clause: str) -> str:
    """SHA-256 of the whole text of a clause's article, its paragraphs one to a line."""
    article, _ = article_and_item(clause)
    return sha256("\n".join(_articles().get(numeral(article), ())).encode()).hexdigest()


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
