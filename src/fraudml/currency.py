"""What a fund calls its money, in both languages; amounts themselves are whole hundredths of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Currency:
    """The name behind an amount."""

    zh: str
    en: str


YUAN = Currency("元", "yuan")


def currency_of(name: str) -> Currency:
    """The name that ``ingest.currency`` gives: the yuan for CNY, any other as it is written.

    >>> currency_of("CNY").en, currency_of("USD").zh
    ('yuan', 'USD')
    """
    return YUAN if name == "CNY" else Currency(name, name)
