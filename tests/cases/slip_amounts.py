"""Slips of how much and of which pack, and the frauds they resemble."""

from collections.abc import Sequence
from datetime import date

from monitor_cases import Case, case
from slip_drawn import CLAIM, LINE, ids, many, table

_PACK = LINE + " | quantity | unit_price | amount"
_DRUG = table("item_code | kind", "x | drug")


def _norm(items: Sequence[str] = ("x",), *, packs: int = 1) -> tuple[str, str]:
    claims = "\n".join(many(f"{p.lower()}{{n}} | {p.lower()}{{n}} | {p} | {{d}}", range(5))
                       for p in "XYZ")  # fmt: skip
    lines = "\n".join(
        many(f"{p}{{n}} | {k} | {item} | {{d}} 09:00:00 | {packs} | 3000 | {packs * 3000}",
             range(5))
        for p in "xyz" for k, item in enumerate(items, start=1)
    )  # fmt: skip
    return claims, lines


def _packs(rows: str, *, norm: int = 1) -> dict[str, str]:
    claims, lines = _norm(packs=norm)
    before = many("c{n} | 1 | x | {d} 09:00:00 | 1 | 3000 | 3000", range(1, 13))
    return {"claims": table(CLAIM, many("c{n} | p{n} | A | {d}", range(1, 31)), claims),
            "claim_lines": table(_PACK, before, rows, lines), "items": _DRUG}  # fmt: skip


def _after(price: int, quantity: int) -> str:
    row = f"c{{n}} | 1 | x | {{d}} 09:00:00 | {quantity} | {price} | {price * quantity}"
    return many(row, range(13, 31), start=date(2024, 1, 13))


def _cut(houses: str) -> dict[str, str]:
    """Three packs at a third of the price in February, there and at these other houses."""
    drawn = _packs(many("c{n} | 1 | x | {d} 09:00:00 | 3 | 1000 | 3000", range(13, 31),
                        start=date(2024, 2, 1)))  # fmt: skip
    row = "{0}{{n}} | 2 | x | {{d}} 09:00:00 | 1 | 1000 | 1000"
    cut = [many(row.format(house), range(3), start=date(2024, 2, 1)) for house in houses]
    return drawn | {"claim_lines": "\n".join([drawn["claim_lines"], *cut])}


_ITEMS = ("x1", "x2", "x3", "x4", "x5")


def _turned(
    items: Sequence[str], *, packs: int = 1, prices: Sequence[int] = (100,), between: str = ""
) -> dict[str, str]:
    """Two lines in tablets of each of these items, on days one after the other.

    prices   of a tablet, item by item in turn; ``between``: one more line, in packs
    """
    claims, lines = _norm(items)
    rows = []
    for n in range(2 * len(items)):
        price = prices[n % len(items) % len(prices)]
        number = packs * 3000 // price
        rows.append(f"c{n} | 1 | {items[n % len(items)]} | 2024-02-{n + 1:02d} 09:00:00 | {number}"
                    f" | {price} | {number * price}")  # fmt: skip
    return {"claims": table(CLAIM, many("c{n} | p{n} | A | {d}", range(20)), claims),
            "claim_lines": table(_PACK, *rows, *filter(None, [between]), lines)}  # fmt: skip


_OTHER_PACKS = "\n".join(f"c{n} | 2 | x{n % 5 + 1} | 2024-02-0{n} 10:00:00 | 1 | 3000 | 3000"
                         for n in range(2, 8))  # fmt: skip


def _scaled(items: Sequence[str]) -> dict[str, str]:
    claims, lines = _norm(_ITEMS)
    own = "\n".join(
        many(f"c{{n}} | {k} | {item} | {{d}} 09:00:00 | 1 | {p} | {p}", range(1, 7), per_day=6)
        for k, item in enumerate(_ITEMS, start=1) for p in [300_000 if item in items else 3000]
    )  # fmt: skip
    return {"claims": table(CLAIM, many("c{n} | p{n} | A | {d}", range(1, 7), per_day=6), claims),
            "claim_lines": table(_PACK, own, lines)}  # fmt: skip


def _hundredfold(
    items: Sequence[str], times: int, *, usual: Sequence[int] = (3000,)
) -> dict[str, str]:
    """Twenty-four visits to one house, two of them with dearer lines of these items.

    usual  prices of the others, in turn
    """
    price = {n: 3000 * times if n in (20, 21) else usual[n % len(usual)] for n in range(1, 25)}
    rows = [f"c{n} | {k} | {item} | 2024-03-01 09:00:00 | 1 | {p} | {p}"
            for n, p in price.items() for k, item in enumerate(items, start=1)]  # fmt: skip
    claims = "\n".join(f"c{n} | p{n} | A | 2024-03-01" for n in price)
    return {"claims": table(CLAIM, claims), "claim_lines": table(_PACK, *rows)}


HOW_MUCH: list[Case] = [
    case("D09.unit_jump", "tablets for packs from one day on", ids("c{n}:1", range(13, 31)),
         **_packs(_after(100, 30))),
    case("D09.unit_jump", "tablets for packs, two packs a line as others have",
         ids("c{n}:1", range(13, 31)), **_packs(_after(100, 60), norm=2)),
    case("D09.unit_jump", "twin: four packs a line where one and two are usual", "",
         **_packs(_after(100, 120), norm=2)),
    case("D09.unit_jump", "twin: the price three times as high", "", **_packs(_after(9000, 1))),
    case("D09.unit_jump", "twin: thirty packs at a tenth of the price", "",
         **_packs(_after(300, 30))),
    case("D09.unit_jump", "one house with thirds of a pack from February on",
         ids("c{n}:1", range(13, 31)), **_cut("")),
    case("D09.unit_jump", "twin: the price is cut for all houses, and one stocks up", "",
         **_cut("xyz")),
    case("D09.unit_jump", "a small house: two lines each of five items, all by one factor",
         " | ".join(f"c{n}:1 c{n + 5}:1" for n in range(5)), **_turned(_ITEMS)),
    case("D09.unit_jump", "twin: three items are a choice", "",
         **_turned(("x1", "x2", "x3"))),
    case("D09.unit_jump", "twin: each item by a factor of its own", "",
         **_turned(_ITEMS, prices=(1000, 300, 100, 60, 30))),
    case("D09.unit_jump", "twin: five items in tablets, three packs in place of one", "",
         **_turned(_ITEMS, packs=3)),
    case("D09.unit_jump", "twin: as many lines of packs between those of tablets", "",
         **_turned(_ITEMS, between=_OTHER_PACKS)),
    case("D10.money_scale", "a day of prices a hundred times too high", ids("c{n}", range(1, 7)),
         **_scaled(_ITEMS)),
    case("D10.money_scale", "five lines of three items at a hundred times the own price",
         ids("c{n}", (20, 21)), **_hundredfold(("x1", "x2", "x3"), 100)),
    case("D10.money_scale", "twin: charged ninety times as much", "",
         **_hundredfold(("x1", "x2", "x3"), 90)),
    case("D10.money_scale", "twin: one item is overcharged", "", **_scaled(_ITEMS[:1])),
    case("D10.money_scale", "single lines at a hundred times a price that is well known there",
         ids("c{n}", (20, 21)), **_hundredfold(("x1",), 100)),
    case("D10.money_scale", "twin: single lines at ninety times it", "",
         **_hundredfold(("x1",), 90)),
    case("D10.money_scale", "twin: an item that has no usual price there", "",
         **_hundredfold(("x1",), 100, usual=(3000, 1500, 4800))),
]  # fmt: skip

_TILL = "D16.default_trace_code"


def _till(persons: int, items: Sequence[str] = ("x", "y", "z")) -> dict[str, str]:
    """Sales of these items in turn, all under one code, to so many persons."""
    rows = [f"c{n} | 1 | {items[n % len(items)]} | 2024-03-01 09:00:00 | t1" for n in range(8)]
    sales = "\n".join(f"c{n} | p{n % persons} | A | 2024-03-01" for n in range(8))
    return {"claims": table(CLAIM, sales),
            "claim_lines": table(f"{LINE} | trace_code", *rows)}  # fmt: skip


TILLS: list[Case] = [
    case(_TILL, "one code for three items and eight persons", ids("c{n}:1", range(8)), **_till(8)),
    case(_TILL, "twin: a pack that was bought stands for everything", "", **_till(8),
         trace_events="""trace_code | provider_id | event | happened_at
             t1 | A | purchased | 2024-02-10 09:00:00"""),
    case(_TILL, "twin: a pack of one item is sold to everybody", "", **_till(8, ("x",))),
    case(_TILL, "four persons are few", "", **_till(4)),
]  # fmt: skip
