"""Slips of a span of days, and the frauds they resemble."""

from datetime import date

from monitor_cases import Case, case
from slip_drawn import CLAIM, LINE, ids, many, table

_LIST, _TWICE, _CLOCK, _FOLD = (
    "D17.old_price_list", "D18.lines_twice", "D19.clock_set_wrong", "D20.hundredfold",
)  # fmt: skip
_PRICED = LINE + " | quantity | unit_price | amount"
_TIMED = CLAIM + " | started_at | terminal_id"
_NAMES = ("x1", "x2", "x3")
_CUT, _NIGHT = date(2024, 7, 1), date(2024, 3, 1)


def _cut(old: dict[str, int], days: int = 1) -> dict[str, str]:
    """Three items cut from 100 to 60 on the first of July; A bills them in turn, these at 100.

    old   items of which so many of ten lines are at the old price
    days  between two lines
    """
    lines, claims = [], []
    for n in range(30):
        item, place = _NAMES[n % 3], n // 3
        price = 100 if place < old.get(item, 0) else 60
        day = date.fromordinal(_CUT.toordinal() + n * days)
        claims.append(f"c{n} | p{n} | A | {day}")
        lines.append(f"c{n} | 1 | {item} | {day} 09:00:00 | 1 | {price} | {price}")
    items = "\n".join(
        f"{item} | 2020-01-01 | 2024-06-30 | 100\n{item} | 2024-07-01 | | 60" for item in _NAMES
    )
    return {"claims": table(CLAIM, *claims), "claim_lines": table(_PRICED, *lines),
            "items": table("item_code | valid_from | valid_to | price_cap", items)}  # fmt: skip


def _doubled(times: int, *, days: int = 1, dear: bool = False) -> dict[str, str]:
    """Claims of three lines each; of so many of them all lines stand twice, or the last alone."""
    claims = many("c{n} | p{n} | A | {d}", range(24), per_day=days, start=_NIGHT)
    rows = []
    for n, row in enumerate(claims.splitlines()):
        day = row.split(" | ")[3]
        first = [f"c{n} | {k} | {item} | {day} 09:0{k}:00" for k, item in enumerate(_NAMES, 1)]
        again = [line.replace(f"c{n} | ", f"c{n} | 1", 1) for line in first]
        rows += first + (again[2:] if dear else again if n < times else [])
    return {"claims": table(CLAIM, claims), "claim_lines": table(LINE, *rows)}


def _hours(night: int, per_day: int = 2, day: int = 0) -> dict[str, str]:
    """Thirty mornings of two visits, then nights of some visits, and so many beside by day."""
    rows = [
        many("b{n} | p{n} | A | {d} | {d} 09:30:00 | t", range(60),
             per_day=2),
        many("c{n} | q{n} | A | {d} | {d} 02:30:00 | t", range(night), per_day=per_day,
             start=_NIGHT),
        many("d{n} | r{n} | A | {d} | {d} 10:30:00 | t", range(day), per_day=2, start=_NIGHT),
    ]  # fmt: skip
    return {"claims": table(_TIMED, *rows)}


def _quantities(fold: int, lines: int = 1, price: int = 50) -> dict[str, str]:
    """Thirty lines of one pack each, and so many of this many packs."""
    n = 30
    rows = [many("c{n} | 1 | x | {d} 09:00:00 | 1 | 50 | 50", range(n)),
            many(f"c{{n}} | 1 | x | {{d}} 09:00:00 | {fold} | {price} | {fold * price}",
                 range(n, n + lines))]  # fmt: skip
    return {"claims": table(CLAIM, many("c{n} | p{n} | A | {d}", range(n + lines))),
            "claim_lines": table(_PRICED, *rows)}  # fmt: skip


_OLD = dict.fromkeys(_NAMES, 8)
SPANS: list[Case] = [
    case(_LIST, "all three items go on for three weeks", ids("c{n}:1", range(24)),
         **_cut(_OLD)),
    case(_LIST, "twin: the dearest alone goes on", "", **_cut({"x1": 10})),
    case(_LIST, "twin: two of three", "", **_cut({"x1": 8, "x2": 8})),
    case(_LIST, "twin: it goes on for half a year", "",
         **_cut(dict.fromkeys(_NAMES, 10), days=5)),
    case(_TWICE, "three days of which every line stands twice",
         " ".join(sorted(f"c{n}:1{k}" for n in range(12) for k in (1, 2, 3))),
         **_doubled(12, days=4)),
    case(_TWICE, "twin: the dearest line of every claim", "", **_doubled(0, days=4, dear=True)),
    case(_TWICE, "twin: three persons", "", **_doubled(3, days=4)),
    case(_CLOCK, "six days of visits at half past two, none by day", ids("c{n}", range(12)),
         **_hours(12)),
    case(_CLOCK, "twin: they come beside those of the day", "", **_hours(12, day=12)),
    case(_CLOCK, "twin: four times as many as by day", "", **_hours(48, per_day=8)),
    case(_CLOCK, "eight are few", "", **_hours(8)),
    case(_FOLD, "a hundred packs once", "c30:1", **_quantities(100)),
    case(_FOLD, "twin: ninety packs", "", **_quantities(90)),
    case(_FOLD, "twin: again and again", "", **_quantities(100, lines=5)),
    case(_FOLD, "a pack counted in pieces, at their price", "", **_quantities(100, price=1)),
]  # fmt: skip
