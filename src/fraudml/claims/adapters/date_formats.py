"""How dates may be written in a source: patterns of YYYY, MM, M, DD, D, hh, h, mm, ss and f."""

import re
from dataclasses import dataclass

_TOKENS = {
    "YYYY": ("year", r"(\d{4})"),
    "MM": ("month", r"(\d{2})"),
    "M": ("month", r"(\d{1,2})"),
    "DD": ("day", r"(\d{2})"),
    "D": ("day", r"(\d{1,2})"),
    "hh": ("hour", r"(\d{2})"),
    "h": ("hour", r"(\d{1,2})"),
    "mm": ("minute", r"(\d{2})"),
    "ss": ("second", r"(\d{2})"),
    "f": ("fraction", r"\d+"),
}
_SPLIT = re.compile("(YYYY|MM|M|DD|D|hh|h|mm|ss|f)")


@dataclass(frozen=True)
class DateFormat:
    """A regular expression, and which of its groups holds which part of the date."""

    regex: str
    groups: dict[str, int]


def date_regex(pattern: str) -> DateFormat:
    """What a cell written in this pattern looks like; ValueError where it names no whole day.

    >>> date_regex("YYYY/M/D").regex
    '^(\\\\d{4})/(\\\\d{1,2})/(\\\\d{1,2})$'
    """
    regex = ""
    groups: dict[str, int] = {}
    for piece in _SPLIT.split(pattern):
        if piece not in _TOKENS:
            regex += re.escape(piece).replace("\\/", "/")
            continue
        part, matches = _TOKENS[piece]
        if part in groups:
            raise ValueError(f"date: {pattern!r} names the {part} twice")
        regex += matches
        if part != "fraction":
            groups[part] = len(groups) + 1
    if not {"year", "month", "day"} <= groups.keys():
        raise ValueError(
            f"date: {pattern!r} does not name a whole day with YYYY, MM or M, and DD or D"
        )
    return DateFormat(f"^{regex}$", groups)
