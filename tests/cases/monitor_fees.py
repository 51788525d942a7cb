"""Fees of a visit that are paid again on the same day; each case has a level of its own."""

from itertools import count

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, names, rows, table

_FEE = "R04.fee_again"
_LEVELS = count(40)


def _cut(n: int, *, by: str = "d", fee: str = "001102x", fen: int = 5000, day: str = "01",
         others: int = 0) -> dict[str, str]:  # fmt: skip
    """Persons of A whose visit has a second bill, and of sixty of B some; each has its fee.

    by   who signs the second bill
    fee  the item on it
    """
    claims, lines = [], []
    for mark, at, all_n, some in (("a", "A", n, n), ("b", "B", 60, others)):
        first = f"{mark}{{n}} | {mark}{{n}} | {at} | 2024-03-01 | {mark}d | 4000 | 3000 | 1000"
        claims.append(rows(first, range(all_n)))
        second = f"{mark}x{{n}} | {mark}{{n}} | {at} | 2024-03-{day} | {mark}{by} | {fen} | 3000"
        claims.append(rows(f"{second} | 1000", range(some)))
        lines.append(rows(f"{mark}{{n}} | 1 | 001102x | 2024-03-01 09:00:00", range(all_n)))
        lines.append(rows(f"{mark}x{{n}} | 1 | {fee} | 2024-03-{day} 09:10:00", range(some)))
    money = "practitioner_id | total_amount | fund_amount | patient_amount"
    level = next(_LEVELS)
    return {
        "claims": table(f"{CLAIM} | {money}", *claims), "claim_lines": table(LINE, *lines),
        "providers": table("provider_id | level", *(f"{at} | {level}" for at in "AB")),
    }  # fmt: skip


FEES: list[Case] = [
    case(_FEE, "thirty visits with a second bill that has its own fee",
         names(*range(30), mark="ax"), **_cut(30)),
    case(_FEE, "fifteen may have come back", "", **_cut(15)),
    case(_FEE, "the second bill has no fee", "", **_cut(30, fee="drug")),
    case(_FEE, "seen by another practitioner", "", **_cut(30, by="e")),
    case(_FEE, "the same amount is a copy", "", **_cut(30, fen=4000)),
    case(_FEE, "they came back another day", "", **_cut(30, day="02")),
    case(_FEE, "as many of them as at others", "", **_cut(30, others=50)),
]  # fmt: skip
