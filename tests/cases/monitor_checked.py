"""Houses that check nobody, and houses that were paid before the register says they could be."""

from itertools import count

from monitor_cases import Case, case
from monitor_rates import names, rows, table

_EARLY, _BODY = "R20.outside_contract", "R11.other_body_again"
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


def _contracted(since: str, before: int, step: int = 5, settled: str = "{day}") -> dict[str, str]:
    """So many visits of A from January on, forty more from May on, under a contract since a day."""
    head = "claim_id | patient_id | provider_id | admitted_on | settled_on"
    late = rows("b{n} | q{n} | A | {day} | {day}", range(40), since="2024-05-02", step=5)
    early = rows(f"c{{n}} | p{{n}} | A | {{day}} | {settled}", range(before), since="2024-01-03",
                 step=step)  # fmt: skip
    return {"claims": table(head, early, late),
            "providers": f"provider_id | contracted_from\nA | {since}"}  # fmt: skip


def _body(days: int, places: str = "AB", sex: str = "M") -> dict[str, str]:
    """One person seen for endometriosis on so many days, at these places in turn."""
    head = "claim_id | patient_id | provider_id | admitted_on | diagnosis_code"
    seen = [f"c{n} | p | {places[n % len(places)]} | 2024-03-0{n + 1} | N80.1"
            for n in range(days)]  # fmt: skip
    return {"claims": table(head, *seen), "patients": f"patient_id | sex\np | {sex}"}


CHECKED: list[Case] = [
    case(_BODY, "a man's endometriosis on three days at two places", names(*range(3)), **_body(3)),
    case(_BODY, "two days may be slips", "", **_body(2)),
    case(_BODY, "at one place: the house's own", "", **_body(3, "A")),
    case(_BODY, "a woman's", "", **_body(3, sex="F")),
    case(_EARLY, "paid for months at its pace before: the day of a renewal", "",
         **_contracted("2024-05-01", 20)),
    case(_EARLY, "paid for a month before", " | ".join(sorted(f"c{n}" for n in range(6))),
         **_contracted("2024-02-01", 6)),
    case(_EARLY, "settled after the contract began", " | ".join(sorted(f"c{n}" for n in range(20))),
         **_contracted("2024-05-01", 20, settled="2024-05-02")),
    case(_EARLY, "four visits in four months", "c0 | c1 | c2 | c3",
         **_contracted("2024-05-01", 4, step=30)),
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
