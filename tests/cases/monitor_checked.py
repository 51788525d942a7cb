"""Houses that check nobody, beside houses that leave the check out of some visits."""

from itertools import count

from monitor_cases import Case, case
from monitor_rates import names, rows, table

_ALL, _SOME, _WHO = "R25.nobody_checked", "R11.unchecked", "R11.person_unchecked"
_CLAIM = "claim_id | patient_id | provider_id | admitted_on | identity_check | visit_kind"
_LEVELS = count(200)


def _house(
    none: int, card: int = 0, kind: str = "outpatient", *, one: bool = False
) -> dict[str, str]:
    """In winter A checks so many persons, in spring it checks none of so many; B checks all."""
    who = "p" if one else "p{n}"
    level = next(_LEVELS)
    return {
        "claims": table(
            _CLAIM,
            rows(f"a{{n}} | q{{n}} | A | {{day}} | card | {kind}", range(card), since="2024-01-02"),
            rows(f"c{{n}} | {who} | A | {{day}} | none | {kind}", range(none), since="2024-04-02"),
            rows(f"b{{n}} | r{{n}} | B | {{day}} | face | {kind}", range(80)),
        ),
        "providers": table("provider_id | level", *(f"{at} | {level}" for at in "AB")),
    }


CHECKED: list[Case] = [
    case(_ALL, "a house that checks nobody", names(*range(24)), fen=(0, 0, 168000), **_house(24)),
    case(_ALL, "nineteen are few", "", **_house(19)),
    case(_ALL, "one of eleven is checked", "", **_house(30, 3)),
    case(_ALL, "emergencies come first", "", **_house(24, kind="emergency")),
    case(_ALL, "from some quarter on, at its pace", names(*range(40)), **_house(40, 40)),
    case(_ALL, "twice as many as in the quarter before", "", **_house(60, 30)),
    case(_SOME, "who checks nobody does not choose", "", **_house(24)),
    case(_SOME, "nor from some quarter on", "", **_house(40, 40)),
    case(_SOME, "they come on top of the others", names(*range(60)), **_house(60, 30)),
    case(_WHO, "of a house that checks nobody a person is no exception", "",
         **_house(24, one=True)),
]  # fmt: skip
