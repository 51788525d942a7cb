"""Hit, near misses and exceptions of rules about the money of a chapter of items, and sessions.

Each case has a level of its own, as all cases stand in one fund.
"""

from datetime import date, timedelta
from itertools import count

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, names, table

_MONEY = "R09.money_above_peers"
_SINCE = date(2024, 3, 1)
_ILL = ("I77", "E77", "M77", "J77")
_LEVELS = count(10)
_EXAM, _DRUG, _SERVICE = "exam | exam", "drug | drug", "care | service"
_ITEMS = (_EXAM, _DRUG, _SERVICE)


def _house(at: str, persons: int, bills: dict[str, int], *, wide: int = 4, months: int = 4,
           usual: dict[str, int], ill: tuple[str, ...] = _ILL, supply: str = ""):  # fmt: skip
    """A house's visits, an illness and a month of four each: claims and lines.

    bills, usual  yuan of each item; the first on visits of so many illnesses and months
    """
    claims, lines = [], []
    for n in range(persons):
        name = f"{at}{n}"
        month, kind = n // len(ill) % 4, n % len(ill)
        day = _SINCE + timedelta(days=31 * month + n % 7)
        claims.append(f"{name} | p{name} | {at} | {day} | outpatient | {ill[kind]}")
        more = bills if kind < wide and month < months else usual
        # every third visit does without: houses differ by chance
        for k, (item, yuan) in enumerate(more.items(), 1):
            fen = 100 * yuan if (n + k) % 3 or yuan != usual[item] else 0
            lines.append(f"{name} | {k} | {item} | {day} 09:00:00 | {fen} | {supply}")
    return claims, [line for line in lines if " | 0 | " not in line]


def _fund(persons: int = 20, bills: str = "exam 90", *, offered: bool = True,
          items: tuple[str, ...] = _ITEMS, apart: int = 0, **how):  # fmt: skip
    """A house A beside six others of its level that bill thirty yuan of each of three items."""
    level = next(_LEVELS)
    usual = {item.split()[0]: 30 for item in items}
    theirs = usual if offered else {k: v for k, v in usual.items() if k != "exam"}
    pairs = [part.split() for part in bills.split(", ")]
    own = usual | {item: int(yuan) for item, yuan in pairs}
    claims, lines = _house("A", persons, own, usual=usual, **how)
    for n, at in enumerate("BCDEFG"):
        some = {k: v + apart * n for k, v in theirs.items()}
        ill = how.get("ill", _ILL)
        for got, more in zip((claims, lines), _house(at, 20, some, usual=some, ill=ill, wide=0),
                             strict=True):  # fmt: skip
            got.extend(more)
    return {
        "claims": table(f"{CLAIM} | visit_kind | diagnosis_code", *claims),
        "claim_lines": table(f"{LINE} | amount | days_supply", *lines),
        "items": table("item_code | kind", *items),
        "providers": table("provider_id | kind | level",
                           *(f"{at} | hospital | {level}" for at in "ABCDEFG")),
    }  # fmt: skip


_BY_CODE = ("exam | exam", "XC09a | ", "care | service")
_OWN_CODE = ("exam | exam", "own | ", "care | service")

_FOURTH = "R01.fourth_session"
_MONDAY = date(2024, 3, 4)
# Of four weeks; Saturday of the second is beyond. Four years before, each Monday is a Wednesday.
_DAYS = ([0, 2, 4], [0, 2, 4, 5], [0, 2, 4], [0, 2, 4])


def _sessions(persons: int, weeks: tuple[list[int], ...] = _DAYS, *, item: str = "血液透析",
              kind: str = "outpatient", others: int = 0):  # fmt: skip
    """Weeks of sessions at A, and of thirty persons at B, of which some have the same weeks."""
    claims, lines = [], []
    for at, all_n, more in (("A", persons, persons), ("B", 30, others)):
        for n in range(all_n):
            for week, days in enumerate(weeks if n < more else [[0, 2, 4]] * 3):
                for day in days:
                    name, on = f"{at}{n}w{week}d{day}", _MONDAY + timedelta(days=7 * week + day)
                    claims.append(f"{name} | {at}{n} | {at} | {on} | {kind}")
                    lines.append(f"{name} | 1 | hd | {on} 09:00:00")
    return {
        "claims": table(f"{CLAIM} | visit_kind", *claims), "claim_lines": table(LINE, *lines),
        "items": table("item_code | kind | name", f"hd | service | {item}"),
    }  # fmt: skip


SESSIONS: list[Case] = [
    case(_FOURTH, "six persons with a fourth session in a week",
         " ".join(f"A{n}w1d5:1" for n in range(6)), **_sessions(6)),
    case(_FOURTH, "four of them are few", "", **_sessions(4)),
    case(_FOURTH, "moved from the Monday after, a holiday", "",
         **_sessions(6, ([0, 2, 4], [0, 2, 4, 6], [2, 4]))),
    case(_FOURTH, "the first week of the treatment", "", **_sessions(6, ([0, 2, 4, 5], [0, 2, 4]))),
    case(_FOURTH, "in a ward", "", **_sessions(6, kind="inpatient")),
    case(_FOURTH, "what has no days of the week", "", **_sessions(6, item="针刺治疗")),
    case(_FOURTH, "as many of them as at others", "", **_sessions(6, others=6)),
]  # fmt: skip

CHAPTERS: list[Case] = [
    case(_MONEY, "exams of ninety yuan for everybody where others have thirty for two in three",
         names(*range(20), mark="A", line=":1"), fen=(0, 96600, 126000), **_fund()),
    case(_MONEY, "sixteen persons are few", "", **_fund(16)),
    case(_MONEY, "a tenth more is little", "", **_fund(bills="exam 22")),
    case(_MONEY, "sicker persons cost more in every chapter", "",
         **_fund(bills="exam 90, drug 90, care 90")),
    case(_MONEY, "nobody else has a laboratory", "", **_fund(offered=False)),
    case(_MONEY, "a special hospital has more for one chapter of illnesses", "", **_fund(wide=1)),
    case(_MONEY, "a slip has its month", "", **_fund(months=1)),
    case(_MONEY, "where houses lie far apart, one more is no exception", "", **_fund(apart=20)),
    case(_MONEY, "drugs for ninety yuan a month", names(*range(20), mark="A", line=":2"),
         **_fund(bills="drug 90", supply="30")),
    case(_MONEY, "three months of drugs at once", "", **_fund(bills="drug 90", supply="90")),
    case(_MONEY, "a drug that the catalogue does not know, by its code",
         names(*range(20), mark="A", line=":2"), **_fund(bills="XC09a 90", items=_BY_CODE)),
    case(_MONEY, "what an item of one's own code is, nobody knows", "",
         **_fund(bills="own 90", items=_OWN_CODE)),
]  # fmt: skip
