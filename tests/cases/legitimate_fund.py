"""A fund drawn as text in which each legitimate circumstance holds once and nearly holds elsewhere.

A provider's name says what it is for: E epidemic, G check-up day, S staged treatment, L alone in
its district, N new department, R referrals, M case mix, B branches; 1 holds
(and B0, from which they come), the others are near misses.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tables import draw_claims

AS_OF = date(2024, 12, 31)
_HEAD = ("claim_id | patient_id | provider_id | practitioner_id | visit_kind | admitted_on | "
         "diagnosis_code | drg_weight | disposition | department_code")  # fmt: skip
HOLDS = {
    "epidemic": {"E1"}, "group_visit": {"G1"}, "staged_treatment": {"S1"}, "sole_provider": {"L1"},
    "new_department": {"N1"}, "referral_centre": {"R1"}, "case_mix": {"M1"},
    "branch_transfer": {"B0", "B1"},
}  # fmt: skip
NEARLY = {
    "epidemic": {"E2", "E3", "E4"}, "group_visit": {"G2", "G3"}, "staged_treatment": {"S2", "S3"},
    "sole_provider": {"L2", "L3", "K1"}, "new_department": {"N2", "N3"},
    "referral_centre": {"R2"}, "case_mix": {"M2", "M3"},
    "branch_transfer": {"B2", "B3", "B4", "R1"},
}  # fmt: skip
_PLACES = """
    provider_id | kind     | level | region_code | contracted_from | operator_id
    L1          | hospital | 2     | 110101      | 2020-01-01      |
    L2          | hospital | 2     | 110102      | 2020-01-01      |
    L3          | hospital | 1     | 110102      | 2020-01-01      |
    L4          | hospital | 2     | 110102      | 2020-01-01      |
    L5          | hospital | 2     | 110102      | 2020-01-01      |
    L6          | hospital | 2     | 110102      | 2020-01-01      |
    L7          | hospital | 2     | 110101      | 2025-06-01      |
    K1          | nursing  | 0     | 110101      | 2020-01-01      |
    K2          | nursing  | 0     | 110102      | 2020-01-01      |
    B0          | hospital | 3     |             |                 | of-b
    B1          | hospital | 3     |             |                 | of-b
    B2          | hospital | 3     |             |                 | of-other
    B3          | hospital | 3     |             |                 | of-b
    B4          | hospital | 3     |             |                 | of-b
"""


def _visit(place: str, who: str, day: date, code: str, *, doctor: str = "d", kind: str = "",
           weight: str = "", left: str = "", room: str = "") -> str:  # fmt: skip
    cells = (place, f"{doctor}{place}", kind or "outpatient", f"{day}", code, weight, left, room)
    return f"{who} | " + " | ".join(cells)


def _weekly(place: str, n: int = 50, code: str = "I10") -> Iterator[str]:
    """A quiet year: two visits a week, each of somebody else."""
    for week in range(n):
        for seat in range(2):
            day = date(2024, 1, 2) + timedelta(weeks=week)
            yield _visit(place, f"{place}w{week}s{seat}", day, code)


def _crowd(place: str, code: str, n: int, people: int, days: int, first: date) -> Iterator[str]:
    """So many visits of so many people, spread over so many days."""
    for seat in range(n):
        day = first + timedelta(days=seat * days // n)
        yield _visit(place, f"{place}g{seat % people}", day, code)


def _courses(place: str, code: str, step: int) -> Iterator[str]:
    for turn in range(8):
        yield _visit(place, f"{place}p", date(2024, 5, 1) + timedelta(days=step * turn), code)


def _rooms(place: str, first: date, opened: date, new: int) -> Iterator[str]:
    for turn in range(40):
        yield _visit(place, f"{place}o{turn}", first + timedelta(days=2 * turn), "I10", room="K1")
    for turn in range(new):
        yield _visit(place, f"{place}n{turn}", opened + timedelta(days=turn), "I10", room="K9")


def _stays(place: str, year: int, n: int, code: str, weight: str) -> Iterator[str]:
    for turn in range(n):
        who, day = f"{place}{year}{code}{turn}", date(year, 2, 1) + timedelta(days=5 * turn)
        yield _visit(place, who, day, code, kind="inpatient", weight=weight)


def _sent(place: str, n: int, by: str = "A", left: str = "transferred") -> Iterator[str]:
    for turn in range(n):
        day = date(2024, 3, 1) + timedelta(days=turn)
        yield _visit(by, f"{place}t{turn}", day, "I63", kind="inpatient", left=left)
        yield _visit(place, f"{place}t{turn}", day + timedelta(days=1), "I63", kind="inpatient")


def _rows() -> Iterator[str]:
    march = date(2024, 3, 4)
    for place, code, n in (("E1", "J06.9", 30), ("E2", "I10", 30), ("E3", "J06.9", 5)):
        yield from (*_weekly(place), *_crowd(place, code, n, n, 21, march))
    yield from (*_weekly("E4", code="J06.9"), *_crowd("E4", "I10", 30, 30, 21, march))
    for place, code, people in (("G1", "Z00.0", 20), ("G2", "Z00.0", 5), ("G3", "I10", 20)):
        yield from (*_weekly(place), *_crowd(place, code, 20, people, 1, march))
    for place, code, step in (("S1", "Z51.1", 14), ("S2", "I10", 14), ("S3", "Z51.1", 31)):
        yield from _courses(place, code, step)
    yield from _rooms("N1", date(2024, 2, 1), date(2024, 8, 1), 20)
    yield from _rooms("N2", date(2024, 2, 1), date(2024, 8, 1), 1)
    yield from _rooms("N3", date(2024, 7, 1), date(2024, 8, 1), 20)
    yield from (*_sent("R1", 12), *_sent("R2", 9))
    yield from (*_sent("B1", 12, "B0"), *_sent("B2", 12, "B0"), *_sent("B3", 9, "B0"))
    yield from _sent("B4", 12, "B0", "home")
    for year in (2023, 2024):
        yield from _stays("A", year, 30, "I10", "1.0")
        yield from _stays("A", year, 30, "C34", "2.0")
        yield from _stays("M2", year, 25, "I10", "1.0" if year == 2023 else "1.3")
        yield from (
            _stays("M3", year, 5, "I10", "1.0")
            if year == 2023
            else _stays("M3", year, 5, "C34", "2.0")
        )
    yield from (*_stays("M1", 2023, 25, "I10", "1.0"), *_stays("M1", 2024, 25, "C34", "2.0"))


def legitimate_fund(folder: Path) -> Path:
    """Write the fund as accepted claims."""
    rows = [f"c{number} | {row}" for number, row in enumerate(_rows())]
    return draw_claims(folder, claims="\n".join((_HEAD, *rows)), providers=_PLACES)
