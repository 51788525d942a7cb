"""Hit, near miss and exception of rules about what is spread over days, houses and departments.

Illnesses, items and departments are those of one case alone: all cases stand in one fund, as peers.
"""

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_PRICED = f"{LINE} | quantity | unit_price | amount"
_ILL = f"{STAY} | diagnosis_code"
_BUNDLE = """item_code | kind | bundle_of
            w | exam | pa/pb
            pa | exam |
            pb | exam |"""


def _asked_back(n: int, then: str = "03", first: str = "pa", more: str = "") -> dict[str, str]:
    """Persons with one part of a bundle on the first day, the other later; B bills the bundle.

    first  what is billed on the first day; more  one more visit: its day and item
    """
    claims = [rows("c{n} | p{n} | A | 2024-03-01", range(n)),
              rows(f"d{{n}} | p{{n}} | A | 2024-03-{then}", range(n)),
              rows("b{n} | q{n} | B | 2024-03-01", range(40))]  # fmt: skip
    line = "{} | {} | 2024-03-{} 09:00:00 | 1 | 1000 | 1000"
    billed = [rows(f"c{{n}} | {line.format(k, item, '01')}", range(n))
              for k, item in enumerate(first.split(), 1)]  # fmt: skip
    billed += [rows(f"d{{n}} | {line.format(9, 'pb', then)}", range(n)),
               rows("b{n} | 1 | w | 2024-03-01 09:00:00 | 1 | 1500 | 1500", range(40))]  # fmt: skip
    if more:
        day, item = more.split()
        claims.append(rows(f"e{{n}} | p{{n}} | A | 2024-03-{day}", range(n)))
        billed.append(rows(f"e{{n}} | {line.format(1, item, day)}", range(n)))
    return {"claims": table(CLAIM, *claims), "claim_lines": table(_PRICED, *billed),
            "items": _BUNDLE}  # fmt: skip


def _both(n: int, family: str, others: int = 0, apart: str = "01") -> dict[str, str]:
    """Two services of a class for n of A and some of B, on one day or on two; B mostly has one."""
    one, two = f"{family}1", f"{family}2"
    claims, billed = [], []
    for mark, who, at, all_n, some in (("c", "p", "A", n, n), ("b", "q", "B", 40, others)):
        claims.append(rows(f"{mark}{{n}} | {who}{{n}} | {at} | 2024-03-01", range(all_n)))
        billed.append(rows(f"{mark}{{n}} | 1 | {one} | 2024-03-01 09:00:00 | 1 | 2000 | 2000",
                           range(all_n)))  # fmt: skip
        billed.append(rows(f"{mark}{{n}} | 2 | {two} | 2024-03-{apart} 10:00:00 | 1 | 1000 | 1000",
                           range(some)))  # fmt: skip
    return {"claims": table(CLAIM, *claims), "claim_lines": table(_PRICED, *billed),
            "items": table("item_code | kind", f"{one} | service", f"{two} | service")}  # fmt: skip


_WEEK = ("04", "05", "06", "07", "08", "09", "10", "11")  # from Monday to Monday


def _over_a_weekend(
    n: int, kind: str, idle: str = "09 10", supply: str = "1", left: str = "home", others: int = 0
) -> dict[str, str]:
    """Stays of A with nothing but a bed on the idle days, and so some of B and D.

    supply  days that the drug of Friday lasts for
    """
    claims, billed = [], []
    houses = (("c", "A", n, n), ("b", "B", 12, others), ("d", "D", 12, others))
    for mark, at, count, idle_n in houses:
        claims.append(rows(f"{mark}{{n}} | {mark}{{n}} | {at} | 2024-03-04 | 2024-03-12 | inpatient"
                           f" | {left}", range(count)))  # fmt: skip
        for day in _WEEK:
            billed.append(rows(f"{mark}{{n}} | {day} | bed | 2024-03-{day} 08:00:00 | ",
                               range(count)))  # fmt: skip
            item = f"drug | 2024-03-{day} 09:00:00 | {supply}" if day == "08" else (
                f"exam | 2024-03-{day} 09:00:00 | ")  # fmt: skip
            here = range(idle_n if day in idle.split() else 0, count)
            billed.append(rows(f"{mark}{{n}} | 1{day} | {item}", here))
    return {
        "claims": table(f"{STAY} | disposition", *claims),
        "claim_lines": table(f"{LINE} | days_supply", *billed),
        "items": """item_code | kind
            bed | bed
            drug | drug
            exam | exam""",
        "providers": f"""provider_id | kind | level
            A | {kind} | 3
            B | {kind} | 3
            D | {kind} | 3""",
    }  # fmt: skip


def _there_and_back(
    n: int, level: int = 2, weight: float = 1.0, back: str = "15", ill: str = "G50.1",
    there: str = "G50.0",
) -> dict[str, str]:  # fmt: skip
    """Stays at A, then at C from the same day on, then at A again, beside eighty of B."""
    stay = "inpatient | {} | {}"
    return {
        "claims": table(
            f"{_ILL} | drg_weight",
            rows("c{n} | p{n} | A | 2024-03-01 | 2024-03-05 | " + stay.format("G50.0", 1.0),
                 range(n)),
            rows("d{n} | p{n} | C | 2024-03-05 | 2024-03-15 | " + stay.format(there, weight),
                 range(n)),
            rows(f"e{{n}} | p{{n}} | A | 2024-03-{back} | 2024-03-20 | " + stay.format(ill, 1.0),
                 range(n)),
            rows("b{n} | q{n} | B | {day} | 2024-06-20 | " + stay.format("G50.0", 1.0), range(80)),
        ),
        "providers": f"""provider_id | kind | level
            A | hospital | 2
            B | hospital | 2
            C | hospital | {level}""",
    }  # fmt: skip


def _daily(
    days: int, ill: str, *, step: int = 0, rest: int = 99, others: int = 0
) -> dict[str, str]:
    """Two persons at nine o'clock on days on end, beside forty visits of B and daily ones there.

    step  minutes by which every second visit is later; rest  a day that is left out
    """
    visits, k = [], 0
    for who, at, mark, count in (("p", "A", "c", 2), ("q", "B", "d", others)):
        for person in range(count):
            for day in range(days + (days > rest)):
                if day == rest:
                    continue
                on = f"2024-03-{day + 1:02d}"
                minute = step * (day % 2)
                visits.append(f"{mark}{k} | {who}{person} | {at} | {on} | {on} 09:{minute:02d}:00"
                              f" | {ill}")  # fmt: skip
                k += 1
    visits.append(rows(f"b{{n}} | r{{n}} | B | {{day}} | {{day}} 10:00:00 | {ill}", range(40)))
    return {"claims": table(f"{CLAIM} | started_at | diagnosis_code", *visits)}


def _cold(
    n: int, ill: str, *, others: int = 0, name: str = "注射用头孢", beside: str = "",
    kind: str = "outpatient",
) -> dict[str, str]:  # fmt: skip
    """Visits of A for an illness with an antibiotic, beside forty of B of which some have it."""
    seen = f"2024-03-01 | {kind} | {ill} | {beside}"
    return {
        "claims": table(
            f"{CLAIM} | visit_kind | diagnosis_code | secondary_diagnoses",
            rows(f"c{{n}} | p{{n}} | A | {seen}", range(n)),
            rows(f"b{{n}} | q{{n}} | B | {seen}", range(40)),
        ),
        "claim_lines": table(
            LINE, rows("c{n} | 1 | XJ01D | 2024-03-01 09:00:00", range(n)),
            rows("b{n} | 1 | XJ01D | 2024-03-01 09:00:00", range(others)),
            rows("b{n} | 1 | y | 2024-03-01 09:00:00", range(others, 40)),
        ),
        "items": f"""item_code | kind | name
            XJ01D | drug | {name}
            y | drug | 注射用水""",
    }  # fmt: skip


def _beside_habit(ill: str, usual: str) -> dict[str, str]:
    """Eight drips for an illness for which nobody else gives one, beside thirty as all give."""
    ills = [(ill, "c", "A", 8, True), (usual, "d", "A", 30, True),
            (ill, "b", "B", 40, False), (usual, "e", "B", 40, True)]  # fmt: skip
    return {
        "claims": table(
            f"{CLAIM} | visit_kind | diagnosis_code",
            *(rows(f"{mark}{{n}} | {mark}{{n}} | {at} | 2024-03-01 | outpatient | {code}", range(n))
              for code, mark, at, n, _ in ills),
        ),
        "claim_lines": table(
            LINE,
            *(rows(f"{mark}{{n}} | 1 | {'XJ01D' if drip else 'y'} | 2024-03-01 09:00:00", range(n))
              for _, mark, _, n, drip in ills),
        ),
        "items": """item_code | kind | name
            XJ01D | drug | 注射用头孢
            y | drug | 注射用水""",
    }  # fmt: skip


def _beside_bundle(n: int, part_on: str, others: int = 0) -> dict[str, str]:
    """Stays of A with a bundle, and a part of it on a day, beside forty of B, some with it too."""
    stay = "2024-03-01 | 2024-03-09 | inpatient"
    own, theirs = range(n), range(40)
    return {
        "claims": table(STAY, rows(f"c{{n}} | p{{n}} | A | {stay}", own),
                        rows(f"b{{n}} | q{{n}} | B | {stay}", theirs)),
        "claim_lines": table(
            LINE, rows("c{n} | 1 | w | 2024-03-02 09:00:00", own),
            rows(f"c{{n}} | 2 | pa | 2024-03-{part_on} 09:00:00", own),
            rows("b{n} | 1 | w | 2024-03-02 09:00:00", theirs),
            rows(f"b{{n}} | 2 | pa | 2024-03-{part_on} 09:00:00", range(others)),
        ),
        "items": _BUNDLE,
    }  # fmt: skip


def _in_ward(
    n: int, ill: str, *, others: int = 0, size: int = 20, room: str = ""
) -> dict[str, str]:
    """Stays of A for an illness in a department that B and C have for another one.

    others  how many of B's and of C's lie there too; room  of A, if it is one of its own
    """
    stay = f"2024-03-01 | 2024-03-05 | inpatient | {ill}"
    other = f"2024-03-01 | 2024-03-05 | inpatient | {ill[0]}9{ill[1:]}"
    claims = [rows(f"c{{n}} | p{{n}} | A | {stay} | 1.0 | {room or 'K' + ill}", range(n))]
    for at in "BC":
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | {stay} | 1.0 | K{ill}", range(others)))
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | {stay} | 1.0 | L{ill}",
                           range(others, size)))  # fmt: skip
        claims.append(rows(f"{at}o{{n}} | {at}o{{n}} | {at} | {other} | 1.0 | K{ill}", range(20)))
    return {"claims": table(f"{_ILL} | drg_weight | department_code", *claims)}


def _wanted(
    people: int, times: int = 3, *, elsewhere: str = "", beside: str = "", ill: str = "E66.0",
    known: int = 10, two: bool = False, twin: bool = False, others: str = "drug",
) -> dict[str, str]:  # fmt: skip
    """Persons who get a drug for an illness several times, beside twenty of B with much else.

    elsewhere  an illness that they have on one more claim, without the drug
    beside     kind of another item on the first of a person's claims
    ill        what every claim with the drug names
    known      how many of B's ten have the illness on a claim without the drug
    two        each also buys another drug for the illness, another day
    twin       D, a shop as A is, has as many such persons; B is ten hospitals
    others     the drug that B's persons get
    """
    n = range(people * times)
    claims = [f"c{k} | p{k // times} | A | 2024-03-{k % times + 1:02d} | {ill} | " for k in n]
    billed = [f"c{k} | 1 | drug | 2024-03-{k % times + 1:02d} 09:00:00" for k in n]
    if elsewhere:
        claims += [f"e{k} | p{k} | B | 2024-04-01 | I10 | {elsewhere}" for k in range(people)]
    if beside:
        billed += [f"c{k} | 2 | other | 2024-03-01 09:00:00" for k in n if k % times == 0]
    if two:
        claims += [f"t{k} | p{k} | A | 2024-04-02 | {ill} | " for k in range(people)]
        billed += [f"t{k} | 1 | too | 2024-04-02 09:00:00" for k in range(people)]
    if twin:
        claims += [f"d{k} | r{k // times} | D | 2024-03-{k % times + 1:02d} | {ill} | " for k in n]
        billed += [f"d{k} | 1 | drug | 2024-03-{k % times + 1:02d} 09:00:00" for k in n]
    at = "B{n}" if twin else "B"
    for day in (1, 2, 3):
        claims.append(rows(f"b{day}{{n}} | q{{n}} | {at} | 2024-03-0{day} | {ill} | ", range(10)))
        billed.append(rows(f"b{day}{{n}} | 1 | {others} | 2024-03-0{day} 09:00:00", range(10)))
    named = ill or "E66.0"
    claims.append(rows(f"b4{{n}} | q{{n}} | B | 2024-03-04 | {named} | ", range(known)))
    return {
        "claims": table(f"{CLAIM} | diagnosis_code | secondary_diagnoses", *claims),
        "claim_lines": table(LINE, *billed),
        "items": f"""item_code | kind | diagnosis_limit
            drug | drug | E66
            too | drug | E66
            other | {beside or "drug"} |""",
    } | ({"providers": _TWINS} if twin else {"providers": _SHOPS} if not known else {})  # fmt: skip


_TWINS = table("provider_id | kind | level", "A | pharmacy | 3", "D | pharmacy | 3",
               rows("B{n} | hospital | 3", range(10)))  # fmt: skip
_SHOPS = """provider_id | kind | level
    A | pharmacy | 2
    B | pharmacy | 2"""  # of a level that shops of other cases do not have
_APART, _BOTH, _WEEKEND = "R04.parts_apart", "R05.instead_of_each_other", "R07.empty_weekends"
_BESIDE = "R04.parts_beside"
_TRIP, _DAILY, _DRIP = "R06.round_trip", "R01.daily_at_one_hour", "R09.drip_for_a_cold"
_WARD, _WANTED = "R03.other_department", "R10.illness_for_the_drug"
_SIX, _EIGHT = names(*range(6)), names(*range(8))

SPREAD: list[Case] = [
    case(_APART, "six people have the two parts of a bundle on two visits",
         f"{_SIX} {names(*range(6), mark='d')}", **_asked_back(6)),
    case(_APART, "two people are few", "", **_asked_back(2)),
    case(_APART, "nine days later it is another matter", "", **_asked_back(6, then="10")),
    case(_APART, "all parts on one of the days", "", **_asked_back(6, first="pa pb")),
    case(_APART, "the bundle is billed as well", "", **_asked_back(6, first="pa w")),
    case(_APART, "a course of visits", "", **_asked_back(6, then="06", more="12 pa")),
    case(_BOTH, "six days with both of two dressings",
         " ".join(f"c{n}:{line}" for n in range(6) for line in (1, 2)), fen=(0, 4176, 12600),
         **_both(6, "001204")),
    case(_BOTH, "four are few", "", **_both(4, "001206")),
    case(_BOTH, "others bill both as well", "", **_both(6, "002102", others=30)),
    case(_BOTH, "on two days", "", **_both(6, "002103", apart="02")),
    case(_BOTH, "tests of one class do not stand in for each other", "", **_both(6, "002503")),
    case(_WEEKEND, "six stays with an idle weekend", _SIX, **_over_a_weekend(6, "hospital")),
    case(_WEEKEND, "four are few", "", **_over_a_weekend(4, "hospital")),
    case(_WEEKEND, "an exam on Sunday", "", **_over_a_weekend(6, "hospital", idle="09")),
    # where days are moved by years a weekend falls on them
    case(_WEEKEND, "Thursday and Friday are no weekend", "",
         **_over_a_weekend(6, "hospital", idle="07 08")),
    case(_WEEKEND, "Friday's drug lasts till Monday", "",
         **_over_a_weekend(6, "hospital", supply="4")),
    case(_WEEKEND, "others rest as well", "", **_over_a_weekend(6, "clinic", others=12)),
    case(_WEEKEND, "on leave", "", **_over_a_weekend(6, "hospital"), leave_passes=table(
        "claim_id | left_at | back_at",
        rows("c{n} | 2024-03-08 15:00:00 | 2024-03-11 08:00:00", range(6)))),
    case(_WEEKEND, "who died was ill", "", **_over_a_weekend(6, "hospital", left="died")),
    case(_TRIP, "six people go to a like house and straight back",
         names(*range(6), mark="e"), **_there_and_back(6)),
    case(_TRIP, "to a greater house that did no more", names(*range(6), mark="e"),
         **_there_and_back(6, level=3)),
    case(_TRIP, "two are few", "", **_there_and_back(2)),
    case(_TRIP, "a greater house did what only it can do", "",
         **_there_and_back(6, level=3, weight=2.5)),
    case(_TRIP, "two days at home before the return", "", **_there_and_back(6, back="17")),
    case(_TRIP, "back for another illness", "", **_there_and_back(6, ill="I63.9")),
    case(_TRIP, "another illness was treated there", "", **_there_and_back(6, there="J18.9")),
    case(_DAILY, "two people on eight days on end at nine", names(*range(16)),
         **_daily(8, "M60.0")),
    case(_DAILY, "six days on end are a week's work", "", **_daily(6, "M61.0")),
    case(_DAILY, "a quarter of an hour apart", "", **_daily(8, "M62.0", step=15)),
    case(_DAILY, "a day of rest", "", **_daily(8, "M63.0", rest=4)),
    case(_DAILY, "rehabilitation, by its diagnosis", "", **_daily(8, "Z50.1")),
    case(_DAILY, "others treat this illness daily too", "", **_daily(8, "M65.0", others=4)),
    case(_DRIP, "eight colds with an antibiotic by needle", _EIGHT, **_cold(8, "J06.9")),
    case(_DRIP, "seven are few", "", **_cold(7, "J02.9")),
    case(_DRIP, "others give it too", "", **_cold(8, "J03.9", others=30)),
    case(_DRIP, "by mouth", "", **_cold(8, "J04.0", name="阿莫西林胶囊")),
    case(_DRIP, "pneumonia beside it", "", **_cold(8, "J05.0", beside="J18.9")),
    case(_DRIP, "emergencies", "", **_cold(8, "J20.9", kind="emergency")),
    case(_DRIP, "pneumonia", "", **_cold(8, "J18.9")),
    case(_DRIP, "what all do for one illness does not hide what nobody does for another",
         f"{_EIGHT} {names(*range(30), mark='d')}", **_beside_habit("J00", "J01.9")),
    case(_BESIDE, "six stays with a part of the bundle on the day after", names(*range(6)),
         **_beside_bundle(6, "03")),
    case(_BESIDE, "four are few", "", **_beside_bundle(4, "03")),
    case(_BESIDE, "others do it again too", "", **_beside_bundle(6, "03", 30)),
    case(_BESIDE, "three days later it was needed by itself", "", **_beside_bundle(6, "05")),
    case(_BESIDE, "on the same day it counts elsewhere", "", **_beside_bundle(6, "02")),
    case(_WARD, "six stays in a ward that nobody else has them in", _SIX, **_in_ward(6, "L40")),
    case(_WARD, "four are few", "", **_in_ward(4, "L41")),
    case(_WARD, "one in ten of others lies there too", "", **_in_ward(6, "L42", others=2)),
    case(_WARD, "a ward that nobody else has", "", **_in_ward(6, "L44", room="W")),
    case(_WARD, "few others treat it", "", **_in_ward(6, "L43", size=9)),
    case(_WANTED, "three people, each with drug and illness three times, and never else",
         names(*range(9)), **_wanted(3)),
    case(_WANTED, "two people are few", "", **_wanted(2)),
    case(_WANTED, "two people are few, however often", "", **_wanted(2, times=6)),
    case(_WANTED, "twice says nothing of a person", "", **_wanted(5, times=2)),
    case(_WANTED, "the illness stands beside another one elsewhere", "",
         **_wanted(3, elsewhere="E66.9")),
    case(_WANTED, "another drug is given with it", "", **_wanted(3, beside="drug")),
    case(_WANTED, "an exam is done for it", "", **_wanted(3, beside="exam")),
    case(_WANTED, "the claim names another illness", "", **_wanted(3, ill="I11.0")),
    case(_WANTED, "a drug for life that nobody else gives", "", **_wanted(3, others="too")),
    case(_WANTED, "all houses are peers where the illness is noted",
         f"{names(*range(9))} | {names(*range(9), mark='d')}", **_wanted(3, twin=True)),
    case(_WANTED, "no claim of theirs names any illness", names(*range(9)), **_wanted(3, ill="")),
    case(_WANTED, "a hospital noted it for who buys where none is noted", "",
         **_wanted(3, ill="", elsewhere="E66.9")),
    case(_WANTED, "others who note none have it nowhere either", "",
         **_wanted(3, ill="", known=0)),
    case(_WANTED, "another drug for it, another day", "", **_wanted(3, ill="", two=True)),
]  # fmt: skip
