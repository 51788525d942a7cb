"""Hit, near miss and exception of the rules about counters and of patients passed on."""

from monitor_cases import Case, case
from monitor_rates import CLAIM, STAY, names, rows, table

_LENT, _SALES, _PERSON = "R20.lent_terminal", "R21.many_sales", "R21.person_many_sales"
_STRANGE = "R01.unknown_number"
_PASSED, _LATE = "R22.passed_on", "R18.settled_again_late"


def _terminals(signed: str = "e", home: str = "110102", other: str = "t2",
               n: int = 8, own: str = "d") -> dict[str, str]:  # fmt: skip
    """Eight claims of a practitioner and of people, at one of two terminals of A."""
    return {
        "claims": table(
            f"{CLAIM} | terminal_id | practitioner_id",
            rows(f"a{{n}} | p{{n}} | A | {{day}} | t1 | {own}", range(40)),
            rows(f"c{{n}} | q{{n}} | A | {{day}} | {other} | {signed}", range(n)),
        ),
        "practitioners": """practitioner_id | provider_id
            d | A
            e | B""",
        "patients": table("patient_id | region_code", rows("p{n} | 110101", range(40)),
                          rows(f"q{{n}} | {home}", range(n))),
        "providers": """provider_id | kind | level | region_code
            A | clinic | 1 | 110101
            B | clinic | 1 | 110102""",
    }  # fmt: skip


def _strangers(n: int, own: str = "d", kind: str = "outpatient", level: int = 14,
               there: str = "e") -> dict[str, str]:  # fmt: skip
    """Claims of A in a number that no register knows, beside forty of its own practitioner.

    level  of both, and of no other case: the register is held against like providers
    """
    return {
        "claims": table(
            f"{CLAIM} | visit_kind | practitioner_id",
            rows(f"a{{n}} | p{{n}} | A | {{day}} | outpatient | {own}", range(40)),
            rows(f"c{{n}} | q{{n}} | A | {{day}} | {kind} | u", range(n)),
            rows("b{n} | r{n} | B | {day} | outpatient | e", range(40)),
            rows(f"g{{n}} | r{{n}} | B | {{day}} | outpatient | {there}", range(20)),
        ),
        "practitioners": """practitioner_id | provider_id
            d | A
            e | B""",
        "providers": f"""provider_id | kind | level
            A | nursing | {level}
            B | nursing | {level}""",
    }  # fmt: skip


def _paid(a_day: int, days: int, level: int, account: int = 3000, by: str = "") -> dict[str, str]:
    """One person's payments from the account beside two hundred of others.

    by  the practitioner of each payment of a day, {n} being its number; empty: nobody named
    """
    head = f"{CLAIM} | visit_kind | account_amount | practitioner_id"
    return {
        "claims": table(
            head,
            *(rows(f"c{d}{{n}} | p | A | 2024-03-{d + 10} | pharmacy | {account} | {by}",
                   range(a_day)) for d in range(days)),
            rows("b{n} | q{n} | B | {day} | pharmacy | 3000 |", range(200), since="2024-01-01"),
        ),
        "providers": f"""provider_id | kind | level
            A | pharmacy | {level}
            B | pharmacy | {level}""",
    }  # fmt: skip


def _passed(n: int, level: int, out: str = "2024-03-03", then: str = "2024-03-04",
            ill: str = "I63.4", operator: str = "of-c") -> dict[str, str]:  # fmt: skip
    """Stays broken off at A and gone on with at C, beside forty ordinary ones at B."""
    return {
        "claims": table(
            f"{STAY} | diagnosis_code",
            rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {out} | inpatient | I63.9", range(n)),
            rows(f"d{{n}} | p{{n}} | C | {then} | 2024-03-20 | inpatient | {ill}", range(n)),
            rows("b{n} | q{n} | B | {day} | 2024-06-20 | inpatient | I63.9", range(40)),
        ),
        "providers": f"""provider_id | kind | level | operator_id
            A | hospital | {level} | of-a{level}
            B | hospital | {level} |
            C | hospital | 3 | {operator}""",
    }


def _again(settled: str, check: str = "none", fen: int = 10_000, day: str = "01") -> dict[str, str]:
    return {
        "claims": f"""{CLAIM} | settled_on | identity_check | total_amount
        c1 | p | A | 2024-03-01 | 2024-03-01 | card | 10000
        c2 | p | A | 2024-03-{day} | {settled} | {check} | {fen}"""
    }


def _checked(here: int, others: str = "card", elsewhere: str = "card", there: int = 10,
             kind: str = "pharmacy") -> dict[str, str]:  # fmt: skip
    """A person's unchecked visits at A, and the visits at B, beside those of others at A."""
    head = f"{CLAIM} | identity_check | visit_kind"
    return {
        "claims": table(
            head, rows(f"c{{n}} | p | A | {{day}} | none | {kind}", range(here)),
            rows(f"d{{n}} | p | B | {{day}} | {elsewhere} | {kind}", range(there)),
            rows(f"b{{n}} | q{{n}} | A | {{day}} | {others} | {kind}", range(300),
                 since="2024-01-01"),
        ),
    }  # fmt: skip


def _ill(there: tuple[str, ...], check: str = "none", elders: tuple[str, ...] = ("I10",),
         elsewhere: int = 10, young: tuple[str, ...] = ("J21", "H66", "J05"),
         ) -> dict[str, str]:  # fmt: skip
    """An old man's visits at A with these illnesses, beside forty children and forty old men."""
    head = f"{CLAIM} | visit_kind | identity_check | diagnosis_code"
    return {
        "claims": table(
            head,
            *(f"c{n} | p | A | 2024-03-0{n + 1} | outpatient | {check} | {ill}"
              for n, ill in enumerate(there)),
            rows("d{n} | p | B | {day} | outpatient | card | I10", range(elsewhere)),
            *(rows(f"k{ill}{{n}} | k{{n}} | A | {{day}} | outpatient | card | {ill}", range(40))
              for ill in young),
            *(rows(f"o{ill}{{n}} | o{{n}} | A | {{day}} | outpatient | card | {ill}", range(40))
              for ill in elders),
        ),
        "patients": table(
            "patient_id | sex | birth_date", "p | M | 1950-01-01",
            rows("k{n} | M | 2016-01-01", range(40)), rows("o{n} | M | 1950-01-01", range(40)),
        ),
        "providers": """provider_id | kind | level
            A | nursing | 2
            B | nursing | 2""",
    }  # fmt: skip


_ONE, _BODY = "R11.unchecked_at_one_place", "R11.second_life"
_CHILD = ("J21", "H66", "J05", "J21")

COUNTERS: list[Case] = [
    case(_ONE, "unchecked at one place six times, checked at the other", names(*range(6)),
         fen=(0, 6 * 7000, 6 * 7000), **_checked(6)),
    case(_ONE, "two are few", "", **_checked(2)),
    case(_ONE, "the place checks nobody", "", **_checked(6, others="none")),
    case(_ONE, "unchecked elsewhere too", "", **_checked(6, elsewhere="none")),
    case(_ONE, "goes nowhere else", "", **_checked(6, there=0)),
    case(_ONE, "emergencies", "", **_checked(6, kind="emergency")),
    case(_BODY, "an old man's card with the illnesses of a child", names(*range(4)),
         fen=(0, 4 * 7000, 4 * 7000), **_ill(_CHILD)),
    case(_BODY, "his own illnesses", "", **_ill(("I10",) * 4)),
    case(_BODY, "old men have them as well", "", **_ill(
        ("J22", "H67", "J04"), elders=("J22", "H67", "J04"), young=("J22", "H67", "J04"))),
    case(_BODY, "the card was checked", "", **_ill(_CHILD, "card")),
    case(_BODY, "two are few", "", **_ill(_CHILD[:2])),
    case(_BODY, "goes nowhere else", "", **_ill(_CHILD, elsewhere=0)),
    case(_LENT, "practitioners and people of another district at one terminal",
         names(*range(8)), fen=(0, 8 * 7000, 8 * 7000), **_terminals()),
    case(_LENT, "a visitor who treats the usual people", "", **_terminals(home="110101")),
    case(_LENT, "people from afar whom the own practitioner treats", "", **_terminals("d")),
    case(_LENT, "at the same terminal as everybody", "", **_terminals(other="t1")),
    case(_LENT, "a number that no register knows", names(*range(8)), **_terminals("u")),
    case(_LENT, "the provider's list did not come in", "", **_terminals("u", own="v")),
    case(_STRANGE, "twelve claims in a number that no register knows", names(*range(12)),
         **_strangers(12)),
    case(_STRANGE, "nine are few", "", **_strangers(9, level=11)),
    case(_STRANGE, "the provider's list did not come in", "", **_strangers(12, own="v", level=12)),
    case(_STRANGE, "the register knows not all of another one of its like either", "",
         **_strangers(12, level=13, there="w")),
    case(_STRANGE, "sales of a pharmacy", "", **_strangers(12, kind="pharmacy")),
    case(_LENT, "four are few", "", **_terminals(n=4)),
    case(_SALES, "three payments of one person on each of two days",
         "c00 c01 c02 c10 c11 c12", **_paid(3, 2, 1)),
    case(_SALES, "two a day", "", **_paid(2, 4, 2)),
    case(_SALES, "one such day", "", **_paid(3, 1, 2)),
    case(_SALES, "paid by the fund", "", **_paid(3, 2, 2, account=0)),
    case(_PERSON, "three payments a day, twice", "c00 c01 c02 c10 c11 c12", **_paid(3, 2, 1)),
    case(_PERSON, "two payments a day", "", **_paid(2, 4, 2)),
    case(_PERSON, "one such day", "", **_paid(3, 1, 2)),
    case(_PERSON, "three departments a day", "", **_paid(3, 2, 3, by="d{n}")),
    case(_PERSON, "three payments to one practitioner", "c00 c01 c02 c10 c11 c12",
         **_paid(3, 2, 3, by="d")),
    case(_PASSED, "eight broken off after two nights and gone on elsewhere", names(*range(8)),
         **_passed(8, 2)),
    case(_PASSED, "three nights", "", **_passed(8, 0, out="2024-03-04", then="2024-03-05")),
    case(_PASSED, "two days at home in between", "", **_passed(8, 0, then="2024-03-05")),
    case(_PASSED, "for another illness", "", **_passed(8, 0, ill="J18.9")),
    case(_PASSED, "a branch of the same operator", "", **_passed(8, 0, operator="of-a0")),
    case(_PASSED, "four are few", "", **_passed(4, 0)),
    case(_LATE, "the same visit with the same total a month later, no card", "c1 c2",
         fen=(0, 7000, 14000), **_again("2024-03-31")),
    case(_LATE, "settled within four weeks", "", **_again("2024-03-30")),
    case(_LATE, "the card was checked", "", **_again("2024-04-30", "card")),
    case(_LATE, "another total", "", **_again("2024-04-30", fen=10_100)),
    case(_LATE, "another day's visit", "", **_again("2024-04-30", day="02")),
    case(_LATE, "the first was reversed before", "", claims=f"""{CLAIM} | settled_on | \
identity_check | reverses_claim_id
        c1 | p | A | 2024-03-01 | 2024-03-01 | card |
        r1 | p | A | 2024-03-01 | 2024-03-20 | card | c1
        c2 | p | A | 2024-03-01 | 2024-04-30 | none |"""),
]  # fmt: skip
