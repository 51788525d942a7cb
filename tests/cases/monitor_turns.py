"""Hit, near miss and exception of the rules about groups that come in turns or as a pile of cards.

Beside each group, eighty visits of ten people: two on each of forty days, hours apart.
"""

from datetime import date, timedelta

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, table

_TURNS, _PILE = "R15.in_turns", "R12.pile_of_cards"
_SAID = f"{CLAIM} | started_at | diagnosis_code | terminal_id | visit_kind"


def _usual(place: str) -> list[str]:
    days = [date(2024, 3, 1) + timedelta(days=n) for n in range(40)]
    visits = [
        (n, day, person, hour)
        for n, day in enumerate(days)
        for person, hour in ((n % 10, 8 + n % 9), ((n * 3 + 1) % 10, 8 + (n + 4) % 9))
    ]
    return [
        f"b{place}{n}{hour} | u{place}{who} | {place} | {day} | {day} {hour:02d}:05:00 | I10 | t |"
        " outpatient"
        for n, day, who, hour in visits
    ]  # fmt: skip


def _clock(minutes: int) -> str:
    return f"{12 + minutes // 60}:{minutes % 60:02d}:00"


def _came(*outings: str, people: int = 5, minutes: int = 3, ill: str = "I10",
          terminals: str = "tttttt", kind: str = "outpatient") -> list[str]:  # fmt: skip
    """A group at places on days ("A 2024-03-04"), so many minutes one behind another."""
    rows = []
    for n, outing in enumerate(outings):
        place, day = outing.split()
        rows += [
            f"c{n}{who} | g{who} | {place} | {day} | {day} {_clock(who * minutes)} | {ill} |"
            f" {terminals[who]} | {kind}"
            for who in range(people)
        ]
    return rows


def _group(*outings: str, places: str = "AB", **how: str | int) -> dict[str, str]:
    usual = [row for place in places for row in _usual(place)]
    return {"claims": table(_SAID, *usual, *_came(*outings, **how))}


def _pile(*outings: str, kind: str = "drug", **how: str | int) -> dict[str, str]:
    claims = [*_usual("A"), *_came(*outings, **how)]
    lines = [f"{row.split(' | ')[0]} | 1 | x | 2024-03-01 09:00:00" for row in claims]
    more = [f"{row.split(' | ')[0]} | 2 | y | 2024-03-01 09:00:00" for row in claims]
    return {
        "claims": table(_SAID, *claims), "claim_lines": table(LINE, *lines, *more),
        "items": f"""item_code | kind
            x | drug
            y | {kind}""",
    }  # fmt: skip


def _hits(outings: int, people: int, *places: str) -> str:
    """One hit for each person and place."""
    at = places or ("A",) * outings
    hits = {
        " ".join(f"c{n}{who}" for n in range(outings) if at[n] == place)
        for who in range(people) for place in at
    }  # fmt: skip
    return " | ".join(sorted(hits))


_THREE = ("A 2024-03-05", "A 2024-03-13", "B 2024-03-21")
_ONE_PLACE = ("A 2024-03-05", "A 2024-03-13", "A 2024-03-21")

TURNS: list[Case] = [
    case(_TURNS, "five people thrice, at two places", _hits(3, 5, "A", "A", "B"),
         fen=(0, 15 * 7000, 15 * 7000), **_group(*_THREE)),
    case(_TURNS, "at one place only", "", **_group(*_ONE_PLACE)),
    case(_TURNS, "three people are a family", "", **_group(*_THREE, people=3)),
    case(_TURNS, "sixteen minutes apart", "", **_group(*_THREE, minutes=16)),
    case(_TURNS, "dialysis", "", **_group(*_THREE, ill="N18.5")),
    case(_TURNS, "persons of two visits", "", **_group("A 2024-03-05", "B 2024-03-21")),
    case(_PILE, "five cards at one terminal, three times", _hits(3, 5),
         fen=(0, 15 * 7000, 15 * 7000), **_pile(*_ONE_PLACE)),
    case(_PILE, "once", "", **_pile("A 2024-03-05")),
    case(_PILE, "three cards", "", **_pile(*_ONE_PLACE, people=3)),
    case(_PILE, "sixteen minutes apart", "", **_pile(*_ONE_PLACE, minutes=16)),
    case(_PILE, "each at another terminal", "", **_pile(*_ONE_PLACE, terminals="abcde")),
    case(_PILE, "examined as well", "", **_pile(*_ONE_PLACE, kind="exam")),
]  # fmt: skip
