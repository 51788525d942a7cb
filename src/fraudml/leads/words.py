"""Figures as an inspector reads them: money in thousands, shares in per cent, two languages."""

import math
from dataclasses import dataclass

from fraudml.currency import YUAN, Currency


@dataclass(frozen=True)
class Words:
    """One text in Chinese and in English."""

    zh: str
    en: str

    def plain(self) -> dict[str, str]:
        """For JSON."""
        return {"zh": self.zh, "en": self.en}


NOT_ASSESSED = Words("未评估", "not assessed")
ACCOUNTED_MEANS = Words(
    "不列入检查名单：不计合理情形可带来的指标，不再突出，也没有突出的规则命中；以书面核实。",
    "Not for a visit: without what a legitimate circumstance can bring about they stand out no "
    "more, nor do hits of rules. Ask in writing.",
)

_LEAST_SHOWN = 0.0005  # of shares: less would read 0.0%
_UNITS: dict[str, tuple[str, str]] = {
    "days": (" 天", " days"),
    "count": ("", ""),
    "minutes": (" 分钟", " min"),
    "weight": ("", ""),
}
_KINDS: dict[str, Words] = {
    "hospital": Words("医院", "hospital"),
    "clinic": Words("诊所", "clinic"),
    "pharmacy": Words("药店", "pharmacy"),
    "nursing": Words("护理机构", "nursing home"),
    "employee": Words("职工医保", "employee scheme"),
    "resident": Words("居民医保", "resident scheme"),
}
_GROUPS: dict[str, Words] = {
    "F": Words("女", "F"),
    "M": Words("男", "M"),
    "all": Words("全部", "all"),
}
_LEVELS: dict[int, Words] = {
    0: Words("未定级", "unrated"),
    1: Words("一级", "level 1"),
    2: Words("二级", "level 2"),
    3: Words("三级", "level 3"),
}


def money(fen: int | float | None, currency: Currency = YUAN) -> Words:
    """Whole fen with the fund's name for a hundred of them: two decimals below a thousand.

    >>> money(123456789).zh, money(1250).en, money(1250, Currency("USD", "USD")).zh, money(None).zh
    ('1,234,568 元', '12.50 yuan', '12.50 USD', '未评估')
    """
    if fen is None:
        return NOT_ASSESSED
    figure = fen / 100
    text = f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:,.2f}"
    return Words(f"{text} {currency.zh}", f"{text} {currency.en}")


def figure(value: float | None, unit: str, currency: Currency = YUAN) -> Words:
    """A feature's value in its unit; an unknown value is said to be not assessed.

    >>> figure(0.312, "share").zh, figure(2.5, "ratio").en, figure(1200.0, "count").zh
    ('31.2%', '2.50', '1,200')
    """
    if value is None or not math.isfinite(value):
        return NOT_ASSESSED
    if unit == "fen":
        return money(value, currency)
    if unit == "share":
        return percent(value)
    number = _number(value, whole=unit != "ratio")
    after_zh, after_en = _UNITS.get(unit, ("", ""))
    return Words(number + after_zh, number + after_en)


def _number(value: float, *, whole: bool) -> str:
    if whole and value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


def percent(share: float | None) -> Words:
    """A share in 0..1 as per cent with at most one decimal; what is not nothing is no 0%.

    >>> percent(1.0).en, percent(0.004).en, percent(0.0001).en, percent(0.0).en
    ('100%', '0.4%', '<0.1%', '0%')
    """
    if share is None or not math.isfinite(share):
        return NOT_ASSESSED
    if 0 < share < _LEAST_SHOWN:
        return Words("<0.1%", "<0.1%")
    text = f"{share * 100:.1f}".removesuffix(".0") + "%"
    return Words(text, text)


def kind_words(kind: str | None) -> Words:
    """A contract word (hospital, employee) in both languages; other text stays as it is."""
    return NOT_ASSESSED if kind is None else _KINDS.get(kind, Words(kind, kind))


def level_words(level: int | None) -> Words:
    """A provider's level in both languages."""
    return NOT_ASSESSED if level is None else _LEVELS.get(level, Words(str(level), str(level)))


def group_words(group: str) -> Words:
    """A peer group (features/peer_groups.py) in both languages; what has no word stays.

    >>> group_words("level 0 · pharmacy · 110112").zh, group_words("age 65-79 · F · employee").zh
    ('未定级 · 药店 · 110112', '65-79岁 · 女 · 职工医保')
    """
    parts = [_part_words(part) for part in group.split(" · ")]
    return Words(" · ".join(p.zh for p in parts), " · ".join(p.en for p in parts))


def _part_words(part: str) -> Words:
    name, _, value = part.partition(" ")
    if name == "level" and value.isdecimal():
        return level_words(int(value))
    if name == "age" and value:
        return Words("年龄不详" if value == "?" else f"{value}岁", part)
    return _GROUPS.get(part) or kind_words(part)


def clipped(text: str, length: int) -> str:
    """The beginning of a long text, marked as cut.

    >>> clipped("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else text[: length - 1] + "…"
