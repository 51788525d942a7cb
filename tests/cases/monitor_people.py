"""Hit, near miss and exception of the rules about stays, persons, contracts and records."""

from monitor_cases import Case, case

CLAIM = "claim_id | patient_id | provider_id | admitted_on"
ONE = f"""{CLAIM}
    c1 | p | A | 2024-03-01"""
STAYS = f"{CLAIM} | discharged_on | visit_kind | diagnosis_code | department_code | disposition"
LINE = "claim_id | line_no | item_code | served_at"
VISITS = f"{CLAIM} | started_at | visit_kind"
SUPPLY = f"{LINE} | days_supply"
DRUG = """item_code | kind
    x | drug"""

_SPLIT = "R06.split_stay"
_AWAY = "R07.elsewhere_during_stay"
_HANG = f"{CLAIM} | discharged_on | visit_kind"
_TEN = f"""{CLAIM} | practitioner_id | visit_kind
    c1  | p | A | 2024-03-01 |   | outpatient
    c2  | p | A | 2024-03-02 |   | outpatient
    c3  | p | A | 2024-03-03 |   | outpatient
    c4  | p | A | 2024-03-04 |   | outpatient
    c5  | p | A | 2024-03-05 |   | outpatient
    c6  | p | A | 2024-03-06 |   | outpatient"""


def _fetched(*places: str, days: tuple[int, ...] = (1, 5, 9, 13)) -> dict[str, str]:
    """A month's supply of one drug fetched at these places on these days of March."""
    both = list(zip(places, days, strict=True))
    claims = [f"c{n} | p | {at} | 2024-03-{day:02d}" for n, (at, day) in enumerate(both, 1)]
    lines = [
        f"c{n} | 1 | x | 2024-03-{day:02d} 09:00:00 | 30" for n, (_, day) in enumerate(both, 1)
    ]
    return {"claims": "\n".join([CLAIM, *claims]), "claim_lines": "\n".join([SUPPLY, *lines]),
            "items": DRUG}  # fmt: skip


PEOPLE: list[Case] = [
    case(_SPLIT, "a stay again within seven days is a hit, and a third one joins it", "c1 c2 c3",
         fen=(0, 0, 21000), claims=f"""{STAYS}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient | I63.9 | d1 | home
        c2 | p | A | 2024-03-15 | 2024-03-20 | inpatient | I63.4 | d1 | home
        c3 | p | A | 2024-03-20 | 2024-03-25 | inpatient | I63.4 |    | home"""),
    case(_SPLIT, "on the eighth day it is a new stay", "", claims=f"""{STAYS}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient | I63.9 | d1 | home
        c2 | p | A | 2024-03-16 | 2024-03-20 | inpatient | I63.9 | d1 | home"""),
    case(_SPLIT, "for another illness it is a new stay", "", claims=f"""{STAYS}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient | I63.9 | d1 | home
        c2 | p | A | 2024-03-10 | 2024-03-20 | inpatient | J18.9 | d1 | home"""),
    case(_SPLIT, "in another department it is a new stay", "", claims=f"""{STAYS}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient | I63.9 | d1 | home
        c2 | p | A | 2024-03-10 | 2024-03-20 | inpatient | I63.9 | d2 | home"""),
    case(_SPLIT, "chemotherapy comes in stages", "", claims=f"""{STAYS}
        c1 | p | A | 2024-03-01 | 2024-03-03 | inpatient | Z51.1 | d1 | home
        c2 | p | A | 2024-03-08 | 2024-03-10 | inpatient | Z51.1 | d1 | home"""),
    case(_SPLIT, "who was transferred may come back", "", claims=f"""{STAYS}
        c1 | p | A | 2024-03-01 | 2024-03-03 | inpatient | I63.9 | d1 | transferred
        c2 | p | A | 2024-03-08 | 2024-03-10 | inpatient | I63.9 | d1 | home"""),
    case(_SPLIT, "the stay before was reversed", "", claims=f"""{STAYS} | reverses_claim_id
        c1 | p | A | 2024-03-01 | 2024-03-03 | inpatient | I63.9 | d1 | home |
        r1 | p | A | 2024-03-01 | 2024-03-03 | inpatient | I63.9 | d1 | home | c1
        c2 | p | A | 2024-03-08 | 2024-03-10 | inpatient | I63.9 | d1 | home |"""),
    case(_AWAY, "a visit elsewhere in the middle of a stay", "c1 c2", fen=(0, 0, 14000),
         claims=f"""{_HANG}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
        c2 | p | B | 2024-03-04 | 2024-03-04 | pharmacy"""),
    case(_AWAY, "a sale that the account alone paid may be for the family", "",
         claims=f"""{_HANG} | fund_amount
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient | 7000
        c2 | p | B | 2024-03-04 | 2024-03-04 | pharmacy | 0"""),
    case(_AWAY, "the day of discharge is free", "", claims=f"""{_HANG}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
        c2 | p | B | 2024-03-08 | 2024-03-08 | outpatient"""),
    case(_AWAY, "the stay's own provider is not elsewhere", "", claims=f"""{_HANG}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
        c2 | p | A | 2024-03-04 | 2024-03-04 | outpatient"""),
    case(_AWAY, "an emergency may happen anywhere", "", claims=f"""{_HANG}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
        c2 | p | B | 2024-03-04 | 2024-03-04 | emergency"""),
    case(_AWAY, "a day of leave is free, the day after it is not", "c1 c3", claims=f"""{_HANG}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
        c2 | p | B | 2024-03-04 | 2024-03-04 | outpatient
        c3 | p | B | 2024-03-05 | 2024-03-05 | outpatient""",
         leave_passes="""claim_id | left_at | back_at
        c1 | 2024-03-03 10:00:00 | 2024-03-04 18:00:00"""),
    case("R19.service_after_death", "a visit two days after the death", "c1",
         fen=(7000, 7000, 7000), claims=ONE, patients="""patient_id | died_on
        p | 2024-02-28"""),
    case("R19.service_after_death", "the day after is the day of grace", "", claims=ONE,
         patients="""patient_id | died_on
        p | 2024-02-29"""),
    case("R19.service_after_death", "a stay in which the person died is settled later", "",
         claims=f"""{CLAIM} | discharged_on | settled_on | visit_kind
        c1 | p | A | 2024-03-01 | 2024-03-09 | 2024-03-20 | inpatient""",
         patients="""patient_id | died_on
        p | 2024-03-05"""),
    case("R19.service_after_death", "a death that nobody knew of by the as-of date", "",
         claims=ONE, patients="""patient_id | died_on | known_on
        p | 2024-02-20 | 2025-01-01"""),
    case("R11.two_places", "four minutes between two providers of one prefecture", "c1 c2",
         fen=(0, 7000, 14000), claims=f"""{VISITS}
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | outpatient
        c2 | p | B | 2024-03-01 | 2024-03-01 09:04:00 | outpatient"""),
    case("R11.two_places", "five minutes may be next door", "", claims=f"""{VISITS}
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | outpatient
        c2 | p | B | 2024-03-01 | 2024-03-01 09:05:00 | outpatient"""),
    case("R11.two_places", "half an hour into another prefecture is too fast", "c1 c2",
         claims=f"""{VISITS}
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | outpatient
        c2 | p | B | 2024-03-01 | 2024-03-01 09:30:00 | outpatient""",
         providers="""provider_id | region_code
        A | 110101
        B | 310101"""),
    case("R11.two_places", "a bare date, read as midnight, is no moment", "", claims=f"""{VISITS}
        c1 | p | A | 2024-03-01 | 2024-03-01 00:00:00 | outpatient
        c2 | p | B | 2024-03-01 | 2024-03-01 00:00:00 | outpatient"""),
    case("R11.two_places", "family may fetch drugs meanwhile", "", claims=f"""{VISITS}
        c1 | p | A | 2024-03-01 | 2024-03-01 09:00:00 | outpatient
        c2 | p | B | 2024-03-01 | 2024-03-01 09:01:00 | pharmacy"""),
    case("R12.supplied_elsewhere", "three times a month's supply elsewhere", "c2:1 c3:1 c4:1",
         **_fetched("A", "B", "A", "B")),
    case("R12.supplied_elsewhere", "twice is not several times", "",
         **_fetched("A", "B", "A", days=(1, 5, 9))),
    case("R12.supplied_elsewhere", "one place is another rule's affair", "",
         **_fetched("A", "A", "A", "A")),
    case("R09.supplied_again", "three times a month's supply at one place", "c2:1 c3:1 c4:1",
         **_fetched("A", "A", "A", "A")),
    case("R09.supplied_again", "ten days early is a new supply in good time", "",
         **_fetched("A", days=(1,)) | {"claims": f"""{CLAIM}
        c1 | p | A | 2024-01-01
        c2 | p | A | 2024-01-21
        c3 | p | A | 2024-02-10
        c4 | p | A | 2024-03-01""", "claim_lines": f"""{SUPPLY}
        c1 | 1 | x | 2024-01-01 09:00:00 | 30
        c2 | 1 | x | 2024-01-21 09:00:00 | 30
        c3 | 1 | x | 2024-02-20 09:00:00 | 30
        c4 | 1 | x | 2024-03-21 09:00:00 | 30"""}),
    case("R16.day_above_24_hours", "1,441 minutes in a day", "c1:1 c1:2", fen=(0, 0, 1400),
         claims=ONE, claim_lines=f"""{LINE} | practitioner_id | quantity
        c1 | 1 | x | 2024-03-01 09:00:00 | m | 144
        c1 | 2 | y | 2024-03-01 10:00:00 | m | 1""", items="""item_code | kind | minutes
        x | service | 10
        y | service | 1"""),
    case("R16.day_above_24_hours", "1,440 minutes are a day", "", claims=ONE,
         claim_lines=f"""{LINE} | practitioner_id | quantity
        c1 | 1 | x | 2024-03-01 09:00:00 | m | 144""", items="""item_code | kind | minutes
        x | service | 10"""),
    case("R16.day_above_24_hours", "the attending practitioner did not do all of a stay", "",
         claims=f"""{CLAIM} | visit_kind | practitioner_id
        c1 | p | A | 2024-03-01 | inpatient | m""", claim_lines=f"""{LINE} | quantity
        c1 | 1 | x | 2024-03-01 09:00:00 | 200""", items="""item_code | kind | minutes
        x | service | 10"""),
    case("R23.not_filed", "a stay in another prefecture without a filing", "c1",
         claims=f"""{CLAIM} | visit_kind | referral_filed | fund_amount
        c1 | p | A | 2024-03-01 | inpatient | false | 10000""",
         providers="""provider_id | region_code
        A | 310101""", patients="""patient_id | region_code
        p | 110101"""),
    case("R23.not_filed", "filed, unknown, in the prefecture, or no stay", "",
         claims=f"""{CLAIM} | visit_kind | referral_filed | fund_amount
        c1 | p | A | 2024-03-01 | inpatient  | true  | 10000
        c2 | p | A | 2024-04-01 | inpatient  |       | 10000
        c3 | q | A | 2024-05-01 | inpatient  | false | 10000
        c4 | p | A | 2024-06-01 | outpatient | false | 10000""",
         providers="""provider_id | region_code
        A | 310101""", patients="""patient_id | region_code
        p | 110101
        q | 310115"""),
    case("R20.outside_contract", "before the contract began, and the day after it ended", "c1 | c3",
         claims=f"""{CLAIM} | discharged_on | visit_kind
        c1 | p | A | 2023-12-31 | 2023-12-31 | outpatient
        c2 | p | A | 2024-02-28 | 2024-03-09 | inpatient
        c3 | p | A | 2024-03-01 | 2024-03-01 | outpatient
        c4 | p | A | 2024-03-02 | 2024-03-02 | emergency""",
         providers="""provider_id | contracted_from | contracted_to
        A | 2024-01-01 | 2024-02-29"""),
    case("R20.outside_contract", "a contract that ends after the as-of date has not ended", "",
         claims=ONE, providers="""provider_id | contracted_from | contracted_to
        A | 2020-01-01 | 2025-06-30"""),
    case("R20.while_suspended", "while suspended", "c1 | c2",
         claims=f"""{CLAIM} | discharged_on | visit_kind
        c1 | p | A | 2024-03-01 | 2024-03-01 | outpatient
        c2 | p | A | 2024-03-10 | 2024-03-10 | outpatient""",
         contract_periods="""provider_id | suspended_from | suspended_to
        A | 2024-03-01 | 2024-03-10"""),
    case("R20.while_suspended", "before, after, and a stay or an emergency meanwhile", "",
         claims=f"""{CLAIM} | discharged_on | visit_kind
        c1 | p | A | 2024-02-29 | 2024-03-05 | inpatient
        c2 | p | A | 2024-03-03 | 2024-03-03 | emergency
        c3 | p | A | 2024-03-11 | 2024-03-11 | outpatient""",
         contract_periods="""provider_id | suspended_from | suspended_to
        A | 2024-03-01 | 2024-03-10"""),
    case("R20.while_suspended", "only the department that is suspended", "c1",
         claims=f"""{CLAIM} | department_code
        c1 | p | A | 2024-03-01 | d1
        c2 | p | A | 2024-03-01 | d2
        c3 | p | A | 2024-03-01 |""",
         contract_periods="""provider_id | suspended_from | department_code
        A | 2024-03-01 | d1"""),
    case("R25.practitioner_missing", "a clinic that names nobody on five claims of a month",
         "c1 c2 c3 c4 c5 c6", fen=(0, 0, 42000), claims=_TEN, providers="""provider_id | kind
        A | clinic"""),
    case("R25.practitioner_missing", "of a hospital ten are looked at, not six", "", claims=_TEN,
         providers="""provider_id | kind
        A | hospital"""),
    case("R25.practitioner_missing", "a pharmacy needs no practitioner", "",
         claims=_TEN.replace("outpatient", "pharmacy"), providers="""provider_id | kind
        A | clinic"""),
    case("R25.item_unknown", "an item the catalogue does not have, or no longer", "c1:1 | c1:3",
         claims=ONE, claim_lines=f"""{LINE}
        c1 | 1 | none | 2024-03-01 09:00:00
        c1 | 2 | x    | 2024-03-01 09:00:00
        c1 | 3 | y    | 2024-03-01 09:00:00""", items="""item_code | kind | valid_to
        x | drug | 2024-03-01
        y | drug | 2024-02-29"""),
    case("R25.item_unknown", "the fund did not pay for it", "",
         claims=ONE, claim_lines=f"""{LINE} | fund_amount
        c1 | 1 | none | 2024-03-01 09:00:00 | 0"""),
]  # fmt: skip
