"""One cell: the value the contract gives it, or the families of rules that it breaks."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from fraudml.claims.contract_types import Column
from fraudml.claims.pseudonyms import PseudonymKey

_DIGITS = "0123456789"
# Whole yuan have at most 12 digits, a count 9, a count that is part of a key 18.
_YUAN_DIGITS, _COUNT_DIGITS, _SERIAL_DIGITS = 12, 9, 18
_TOO_LARGE = 1e10  # for a number
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2,}")
_TRUE, _FALSE = ("true", "yes", "1", "y", "t"), ("false", "no", "0", "n", "f")


class Unreadable(Exception):  # noqa: N818 (a finding)
    """The cell is not written as the contract says; its argument is the family of the rule."""


def value_of(column: Column, text: str | None) -> Any:
    """The canonical value of a cell; Unreadable with the family of the rule that it breaks."""
    if text is None:
        return column.default
    if column.kind == "text":
        return text
    if column.values and _spelled(column, text) not in column.values:
        raise Unreadable("value")
    if column.kind == "count" and column.key:
        return _count(text, _SERIAL_DIGITS)
    return _READ[column.kind](text)


def _spelled(column: Column, text: str) -> str:
    """A count as it is listed, 3 for 3.0; a word as it came."""
    if column.kind != "count":
        return text
    try:
        return str(_count(text))
    except Unreadable:
        return text


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet made a long number of it, such as 1.1E+17."""
    return _ROUNDED.fullmatch(text) is not None


def hidden(
    column: Column, text: str, grain: str | None, key: PseudonymKey, institutions: set[str]
) -> str:
    """The same cell with a pseudonym for every natural person in it."""
    if column.person == "recusals":
        return "|".join(
            name if name in institutions else key.pseudonym("operator", name)
            for name in _list(text)
        )
    if column.person == "target":
        if grain == "provider" and text in institutions:
            return text
        kind = grain if grain in ("patient", "practitioner") else "unknown"
        return key.pseudonym(kind, text)
    return key.pseudonym(str(column.person), text)


def _plain(text: str, *, least: int = 1) -> tuple[str, str, str] | None:
    """Sign, digits before and digits after the point of a plain decimal number."""
    sign, rest = ("-", text[1:]) if text.startswith("-") else ("", text)
    before, point, after = rest.partition(".")
    if len(before) < least or (point and not after) or set(before + after) - set(_DIGITS):
        return None
    return sign, before, after


def _id(text: str) -> str:
    if "\n" in text:
        raise Unreadable("type")
    return text


def _date(text: str) -> date:
    parts = text.split("-")
    if [len(part) for part in parts] != [4, 2, 2] or set("".join(parts)) - set(_DIGITS):
        raise Unreadable("type")
    try:
        return date(*map(int, parts))
    except ValueError:
        raise Unreadable("type") from None


def _timestamp(text: str) -> datetime:
    """A time of day to the second; parts of a second, at most nine digits, down to microseconds."""
    day, blank, clock = text.partition(" ")
    when = _date(day)
    clock, point, parts = clock.partition(".")
    numbers = clock.split(":")
    well = [len(n) for n in numbers] == [2, 2, 2] and not set("".join(numbers)) - set(_DIGITS)
    if point and not (1 <= len(parts) <= 9 and not set(parts) - set(_DIGITS)):
        well = False
    if not blank or not well:
        raise Unreadable("type")
    try:
        found = datetime(when.year, when.month, when.day, *map(int, numbers))
    except ValueError:
        raise Unreadable("type") from None
    return found + timedelta(microseconds=int(parts.ljust(9, "0")[:6] or 0))


def _money(text: str) -> int:
    plain = _plain(text)
    if plain is None:
        raise Unreadable("type")
    sign, yuan, parts = plain
    if parts[2:].strip("0"):
        raise Unreadable("decimals")
    if len(yuan) > _YUAN_DIGITS:
        raise Unreadable("type")
    return int(Decimal(f"{sign}{yuan}.{parts[:2] or 0}") * 100)


def _count(text: str, digits: int = _COUNT_DIGITS) -> int:
    plain = _plain(text)
    if plain is None or plain[2].strip("0") or len(plain[1]) > digits:
        raise Unreadable("type")
    return int(plain[0] + plain[1])


def _number(text: str) -> float:
    mantissa, mark, power = text.replace("E", "e").partition("e")
    whole = power[1:] if power[:1] in ("+", "-") else power
    if _plain(mantissa) is None or (mark and (not whole or set(whole) - set(_DIGITS))):
        raise Unreadable("type")
    value = float(text)
    if abs(value) >= _TOO_LARGE:
        raise Unreadable("type")
    return value


def _flag(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise Unreadable("type")


def _list(text: str) -> list[str]:
    parts = [part.strip() for part in text.split("|")]
    named = [part for part in parts if part]
    if not named:
        raise Unreadable("missing")
    return named


_READ: dict[str, Callable[[str], Any]] = {
    "id": _id,
    "enum": _id,
    "date": _date,
    "month": _date,
    "timestamp": _timestamp,
    "money": _money,
    "count": _count,
    "number": _number,
    "flag": _flag,
    "list": _list,
}
