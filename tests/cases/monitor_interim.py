"""Routine that no person chose: long stays settled in between, supplies fetched as they end."""

from datetime import date, timedelta

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, rows, table

_SPLIT, _BACK = "R06.split_stay", "R06.back_soon"
_ONE, _TOGETHER, _RING = "R02.one_batch", "R02.admitted_together", "R15.together"
_ILL = ("I63.9", "F20.0", "M54.5", "G20", "K29.5", "E11.9")


def _monthly(
    people: str, *ends: str, staying: int = 0, passing: int = 0, wards: str = "d"
) -> dict[str, str]:
    """People who came one after another and lie on, all settled and taken in again on these days.

    staying  others who lie there and are not settled in between
    passing  others who lie there for a night, one every day before
    wards    of the parts of a stay, in turn
    """
    stays = []
    for p, who in enumerate(people):
        begins = [f"2024-03-{4 + p:02d}", *ends[:-1]]
        stays += [
            f"c{p}{n} | {who} | A | {a} | {b} | inpatient | {_ILL[p]} | {wards[n % len(wards)]}"
            for n, (a, b) in enumerate(zip(begins, ends, strict=True))
        ]
    stays += [
        f"s{n} | s{n} | A | 2024-03-02 | 2024-06-20 | inpatient | I10 | d" for n in range(staying)
    ]
    for n in range(passing):
        came = date(2024, 3, 3) - timedelta(days=passing - n)
        left = came + timedelta(days=1)
        stays.append(f"o{n} | o{n} | A | {came} | {left} | inpatient | I10 | d")
    return {"claims": table(f"{STAY} | diagnosis_code | department_code", *stays)}


def _refills(every: int, lasts: int = 28) -> dict[str, str]:
    """Six people on the same Mondays with a supply each time, other people on other Mondays."""
    days = [date(2023, 1, 2) + timedelta(days=every * n) for n in range(6)]
    visits = [(f"c{p}{n}", p, day) for n, day in enumerate(days) for p in range(6)]
    return {
        "claims": table(
            f"{CLAIM} | visit_kind | diagnosis_code",
            *(f"{c} | p{p} | A | {day} | chronic | {_ILL[p]}" for c, p, day in visits),
            rows("o{n} | q{n} | A | {day} | chronic | I10", range(40), since="2023-06-26",
                 step=7),
        ),
        "claim_lines": table(
            f"{LINE} | days_supply",
            *(f"{c} | 1 | x | {day} 09:00:00 | {lasts}" for c, _, day in visits),
        ),
        "items": """item_code | kind
            x | drug""",
    }  # fmt: skip


def _parts(people: int, parts: int, first: int = 0) -> str:
    return " | ".join(" ".join(f"c{p}{n}" for n in range(first, parts)) for p in range(people))


_MONTHS = ("2024-03-31", "2024-04-30", "2024-05-31")
_MID = ("2024-03-20", "2024-04-15", "2024-05-10")


def _quarterly(days: int, gap: int) -> dict[str, str]:
    """A person who lies for years, each part so many days, the next so many days after it."""
    came, parts = date(2024, 1, 3), []
    for n in range(3):
        left = came + timedelta(days=days)
        parts.append(f"c{n} | p | A | {came} | {left} | inpatient | F20.0 | d")
        came = left + timedelta(days=gap)
    return {"claims": table(f"{STAY} | diagnosis_code | department_code", *parts)}


INTERIM: list[Case] = [
    case(_SPLIT, "after two months the stay is settled and goes on the next day", "",
         **_quarterly(60, 1)),
    case(_SPLIT, "before two months it is cut", "c0 c1 c2", **_quarterly(59, 1)),
    case(_SPLIT, "who comes back days later was sent away", "c0 c1 c2", **_quarterly(60, 2)),
    case(_SPLIT, "at the end of a month everybody is settled and lies on", "",
         **_monthly("pqrs", *_MONTHS)),
    case(_SPLIT, "in the middle of a month they are cut", _parts(4, 3),
         **_monthly("pqrs", *_MID)),
    case(_SPLIT, "two at the end of a month are no settlement of the house", _parts(2, 3),
         **_monthly("pq", *_MONTHS)),
    case(_SPLIT, "most of those who lie there are not settled", _parts(3, 3),
         **_monthly("pqr", *_MONTHS, staying=4)),
    case(_ONE, "settled on one day is not brought on one day", "",
         **_monthly("pqrstu", *_MONTHS)),
    case(_TOGETHER, "who lies on is not admitted again", "",
         **_monthly("pqr", *_MONTHS, "2024-06-30", "2024-07-31", passing=180)),
    case(_RING, "supplies of four weeks are fetched as they end", "", **_refills(28)),
    case(_RING, "they are fetched when half of them is left", _parts(6, 6), **_refills(14)),
    case(_RING, "a supply of a week brings nobody back", _parts(6, 6), **_refills(7, 7)),
    case(_BACK, "who lies on in another ward did not come back", "",
         **_monthly("pqrstu", *_MONTHS, "2024-06-30", wards="de")),
    case(_BACK, "in the middle of a month they are back in another ward",
         _parts(6, 3, 1).replace(" | ", " "),
         **_monthly("pqrstu", *_MID, wards="de")),
]  # fmt: skip
