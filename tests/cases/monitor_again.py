"""Hit, near miss and exception of the rules about repeats, empty days, parts and grades."""

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, billed, names, rows, table

_AGAIN, _COPY, _BACK = "R05.settled_again", "R02.stay_copied", "R06.back_soon"
_EMPTY, _PARTS = "R07.empty_days", "R04.parts_instead"
_SMALL, _SERVICES = "R01.small_items", "R09.services_above_peers"
_GRADE, _SESSION = "R03.dearer_grade", "R08.dearer_session"


def _twice(
    people: int, day: str = "2024-03-03", ill: str = "L40", quantity: int = 1, lines: int = 2,
    peers: bool = False, then: str = "",
) -> dict[str, str]:  # fmt: skip
    """People of A come on the first of March and again; those of B once, or as often.

    then  marks of more visits of A, on the days after

    With an illness that no other rule's cases have: all cases stand in one fund, as peers.
    """
    said = f"2024-03-01 | outpatient | {ill}"
    more = f"{day} | outpatient | {ill}"
    visits = [("a", "A", "p", range(people), said), ("c", "A", "p", range(people), more),
              ("b", "B", "q", range(80), said)]  # fmt: skip
    for later, mark in enumerate(then.split(), 4):
        visits.append((mark, "A", "p", range(people), f"2024-03-0{later} | outpatient | {ill}"))
    if peers:
        visits.append(("d", "B{n}", "q", range(40), more))
        visits[2] = ("b", "B{n}", "q", range(80), said)
    claims, billed = [], []
    for mark, at, who, numbers, text in visits:
        claims.append(rows(f"{mark}{{n}} | {who}{{n}} | {at} | {text}", numbers))
        on, pieces = text.partition(" |")[0], quantity if mark == "c" else 1
        billed += [rows(f"{mark}{{n}} | {i} | x{i} | {on} 09:00:00 | {pieces}", numbers)
                   for i in range(1, lines + 1)]  # fmt: skip
    return {"claims": table(f"{CLAIM} | visit_kind | diagnosis_code", *claims),
            "claim_lines": table(f"{LINE} | quantity", *billed)}  # fmt: skip


def _repeated(
    places: str, shift: int = 0, quantity: int = 1, ill: str = "I10", kind: str = "drug",
    lines: int = 5,
) -> dict[str, str]:  # fmt: skip
    """A stay a month with the same lines; of those after the first one line may be different."""
    claims, billed = [], []
    for n, at in enumerate(places):
        claims.append(
            f"c{n} | p{n} | {at} | 2024-0{n + 1}-01 | 2024-0{n + 1}-09 | inpatient | {ill}"
        )
        for i in range(1, lines + 1):
            last = n > 0 and i == lines
            day = i + n * shift if last else i
            billed.append(f"c{n} | {i} | x{i} | 2024-0{n + 1}-0{day} 09:00:00"
                          f" | {quantity if last else 1}")  # fmt: skip
    claims.append(rows(f"b{{n}} | q{{n}} | B | 2024-03-01 | 2024-03-09 | inpatient | {ill}",
                       range(60)))  # fmt: skip
    billed.append(rows("b{n} | 1 | y{n} | 2024-03-01 09:00:00 | 1", range(60)))
    billed += [rows(f"b{{n}} | {i} | x{i} | 2024-03-01 09:00:00 | 1", range(60))
               for i in range(2, 6)]  # fmt: skip
    kinds = [f"x{i} | {kind}" for i in range(1, lines + 1)]
    return {"claims": table(f"{STAY} | diagnosis_code", *claims),
            "claim_lines": table(f"{LINE} | quantity", *billed),
            "items": table("item_code | kind", *kinds)}  # fmt: skip


def _returned(
    people: int, day: str = "2024-03-15", ill: str = "I10", left: str = "home", later: str = "J18",
    between: int = 0,
) -> dict[str, str]:  # fmt: skip
    stay = "inpatient"
    return {"claims": table(
        f"{STAY} | diagnosis_code | disposition",
        rows(f"a{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-05 | {stay} | {ill} | {left}",
             range(people)),
        rows(f"c{{n}} | p{{n}} | A | {day} | 2024-03-28 | {stay} | {later} | home",
             range(people)),
        rows(f"b{{n}} | q{{n}} | B | 2024-03-01 | 2024-03-05 | {stay} | {ill} | home", range(80)),
        rows(f"e{{n}} | p{{n}} | C | 2024-03-06 | 2024-03-12 | {stay} | {ill} | transferred",
             range(between)),
    )}  # fmt: skip


def _idle(
    people: int, *seen: int, bed: int = 9, supply: int = 1, left: str = "home", peers: int = 3
) -> dict[str, str]:
    """Stays of nine nights with a bed to one day and drugs on others; others' have them too."""
    stay = "2024-03-01 | 2024-03-10 | inpatient"
    billed = [rows(f"c{{n}} | {day} | bed | 2024-03-{day:02d} 08:00:00 | 1", range(people))
              for day in range(1, bed + 1)]  # fmt: skip
    for day in seen or (2,):
        billed.append(rows(f"c{{n}} | {day + 20} | x | 2024-03-{day:02d} 09:00:00 | {supply}",
                           range(people)))  # fmt: skip
    for day in range(1, 4):
        billed.append(rows(f"b{{n}} | {day} | bed | 2024-03-{day:02d} 08:00:00 | 1", range(80)))
    billed.append(rows(f"b{{n}} | 20 | x | 2024-03-{peers:02d} 09:00:00 | 1", range(80)))
    return {
        "claims": table(
            f"{STAY} | disposition",
            rows(f"c{{n}} | p{{n}} | A | {stay} | {left}", range(people)),
            rows("b{n} | q{n} | B | 2024-03-01 | 2024-03-04 | inpatient | home", range(80)),
        ),
        "claim_lines": table(f"{LINE} | days_supply", *billed),
        "items": """item_code | kind
            bed | bed
            x | drug""",
    }  # fmt: skip


def _idle_for(ill: str, done: tuple[int, ...]) -> dict[str, str]:
    """Four idle stays for an illness; others of C with it, with drugs on these days."""
    mine = _idle(4)
    head, *stays = mine["claims"].splitlines()
    claims = [f"{row} | {ill if row.startswith('c') else 'I10'}" for row in stays]
    claims.append(rows(f"d{{n}} | r{{n}} | C | 2024-03-01 | 2024-03-10 | inpatient | home | {ill}",
                       range(20)))  # fmt: skip
    billed = [rows(f"d{{n}} | {day} | bed | 2024-03-{day:02d} 08:00:00 | 1", range(20))
              for day in range(1, 10)]  # fmt: skip
    billed += [rows(f"d{{n}} | {day + 20} | x | 2024-03-{day:02d} 09:00:00 | 1", range(20))
               for day in done]  # fmt: skip
    billed.append(rows("d{n} | 40 | u{n} | 2024-03-01 09:00:00 | 1", range(20)))  # no two alike
    return mine | {"claims": table(f"{head} | diagnosis_code", *claims),
                   "claim_lines": table(mine["claim_lines"], *billed)}  # fmt: skip


def _parts(
    *lines: str, price: int = 1500, offered: bool = True, claims: str = ""
) -> dict[str, str]:
    """Lines of a day at A, on one claim or on as many as are named."""
    priced = f"{LINE} | unit_price | amount"
    mine = [f"c{claims[n - 1 : n]} | {n} | {line} | 1000 | 1000"
            for n, line in enumerate(lines, 1)]  # fmt: skip
    visits = [f"c{name} | p | A | 2024-03-01" for name in claims or ("",)]
    other = [f"k | 1 | {'w' if offered else 'v'} | 2024-03-01 09:00:00 | {price} | {price}"]
    return {
        "claims": table(CLAIM, *visits, "k | q | B | 2024-03-01"),
        "claim_lines": table(priced, *mine, *other),
        "items": """item_code | kind | bundle_of
            w | exam | a/b
            v | exam |
            a | exam |
            b | exam |""",
    }


_A, _B, _W = (f"{x} | 2024-03-01 09:00:00" for x in "abw")


def _chosen(
    n: int, mine: str, other: str, rare: str, ill: str, kind: str = "inpatient", asked: int = 1000
) -> dict[str, str]:
    """Claims of A with one service, those of B and C with another and now and then the first."""
    priced = f"{LINE} | unit_price | amount"
    fen = {"001201p": 1000, "001201d": 2000, "0034p": 1000, "0045d": 2000}
    claims = [rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-05 | {kind} | {ill}", range(n))]
    cost = asked if fen[mine] == 1000 else fen[mine]
    billed = [rows(f"c{{n}} | 1 | {mine} | 2024-03-01 09:00:00 | {cost} | {cost}", range(n))]
    for at, mark in (("B", "b"), ("C", "k")):
        claims.append(rows(f"{mark}{{n}} | {mark}p{{n}} | {at} | 2024-03-01 | 2024-03-05 | {kind}"
                           f" | {ill}", range(20)))  # fmt: skip
        for chosen, some in ((rare, range(4)), (other, range(4, 20))):
            billed.append(rows(f"{mark}{{n}} | 1 | {chosen} | 2024-03-01 09:00:00 | {fen[chosen]}"
                               f" | {fen[chosen]}", some))  # fmt: skip
    return {
        "claims": table(f"{STAY} | diagnosis_code", *claims),
        "claim_lines": table(priced, *billed),
        "items": """item_code | kind
            001201p | service
            001201d | service
            0034p | service
            0045d | service""",
    }


def _crumbs(
    visits: int,
    ill: str,
    usual: int = 4,
    price: int = 1000,
    others: str = "BCDE",
    more: int = 0,
    whole: str = "",
) -> dict[str, str]:
    """Visits of A with a small item, and forty of each other house, of which some have it too."""
    claims = [rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {ill}", range(40))]
    billed = [rows(f"c{{n}} | 1 | x | 2024-03-01 09:00:00 | {price} | {price}", range(visits))]
    for i in range(more):
        billed.append(rows(f"c{{n}} | {i + 2} | x{i} | 2024-03-01 09:00:00 | {price} | {price}",
                           range(visits)))  # fmt: skip
    billed.append(rows("c{n} | 9 | y | 2024-03-01 09:00:00 | 1000 | 1000", range(40)))
    for at in others:
        claims.append(rows(f"{at}{{n}} | {at}p{{n}} | {at} | 2024-03-01 | {ill}", range(40)))
        billed.append(rows(f"{at}{{n}} | 9 | y | 2024-03-01 09:00:00 | 1000 | 1000", range(40)))
        for i, item in enumerate(["x", *(f"x{n}" for n in range(more))], 1):
            billed.append(rows(f"{at}{{n}} | {i} | {item} | 2024-03-01 09:00:00 | {price}"
                               f" | {price}", range(usual)))  # fmt: skip
    billed.append("B0 | 8 | w | 2024-03-01 09:00:00 | 1500 | 1500")
    kinds = [f"{item} | service |" for item in ("x", "y", *(f"x{n}" for n in range(more)))]
    kinds.append(f"w | exam | {whole}")
    return {"claims": table(f"{CLAIM} | diagnosis_code", *claims),
            "claim_lines": table(f"{LINE} | unit_price | amount", *billed),
            "items": table("item_code | kind | bundle_of", *kinds)}  # fmt: skip


def _fees(ill: str) -> dict[str, str]:
    drawn, fee = _crumbs(30, ill), "001102000010000"
    billed = drawn["claim_lines"].replace("| x |", f"| {fee} |")
    kinds = drawn["items"].replace("x | service", f"{fee} | service", 1)
    return drawn | {"claim_lines": billed, "items": kinds}


def _bundled() -> dict[str, str]:
    """Twenty-five lines of a service on a day with the other part of a bundle that B bills."""
    tables = billed(25, "service")
    more = "a | 90 | z | 2024-03-01 09:30:00\nkB | 90 | w | 2024-03-01 09:30:00"
    items = """item_code | kind | bundle_of
        x | service |
        y | service |
        z | service |
        w | service | x/z"""
    return tables | {"claim_lines": f"{tables['claim_lines']}\n{more}", "items": items}


_EACH8 = " ".join(f"c{n}:1" for n in range(8))

AGAIN: list[Case] = [
    case(_AGAIN, "six visits are billed again two days later", names(*range(6)), **_twice(6)),
    case(_AGAIN, "four are few", "", **_twice(4)),
    case(_AGAIN, "after four days it may be a new visit", "", **_twice(6, "2024-03-05")),
    case(_AGAIN, "another quantity is another visit", "", **_twice(6, quantity=2)),
    case(_AGAIN, "on one day at no known moment it is one visit sent twice", "",
         **_twice(6, "2024-03-01")),
    case(_AGAIN, "one line is alike by chance", "", **_twice(6, lines=1)),
    case(_AGAIN, "chemotherapy repeats itself", "", **_twice(6, ill="Z51.1")),
    case(_AGAIN, "a course that peers give as well", "", **_twice(6, ill="M54", peers=True)),
    case(_AGAIN, "four more like it are a course", "", **_twice(6, ill="L45", then="e f g")),
    case(_COPY, "three stays repeat an earlier one", names(1, 2, 3), **_repeated("AAAA")),
    case(_COPY, "one copy may be chance", "", **_repeated("AA")),
    case(_COPY, "a line on another day", "", **_repeated("AAAA", shift=1)),
    case(_COPY, "a line in another quantity", "",
         **_repeated("AAA", quantity=2)),
    case(_COPY, "what others bill too is a package", "", **_repeated("AAAABBB")),
    case(_COPY, "dialysis repeats itself", "", **_repeated("AAAA", ill="N18.6")),
    case(_COPY, "one lens after another", "", **_repeated("AAAA", ill="H25.9")),
    case(_COPY, "bed and care are alike for everybody", "", **_repeated("AAAA", kind="service")),
    case(_COPY, "four lines are alike by chance", "", **_repeated("AAAA", lines=4)),
    case(_BACK, "six persons are back after ten days", names(*range(6)), **_returned(6)),
    case(_BACK, "four are few", "", **_returned(4)),
    case(_BACK, "within a week with another illness", names(*range(6)),
         **_returned(6, "2024-03-12")),
    case(_BACK, "within a week for the same one another rule counts", "",
         **_returned(6, "2024-03-12", later="I10")),
    case(_BACK, "a transfer that no other bed saw", names(*range(6)),
         **_returned(6, left="transferred")),
    case(_BACK, "a transfer and the way back", "",
         **_returned(6, left="transferred", between=6)),
    case(_BACK, "on the sixteenth day it is a new stay", "", **_returned(6, "2024-03-21")),
    case(_BACK, "who left against advice comes back", "", **_returned(6, left="against_advice")),
    case(_BACK, "the other eye in the second week", "",
         **_returned(6, ill="H25.1", later="H25.1")),
    case(_BACK, "the same joint in the second week", names(*range(6)),
         **_returned(6, ill="M17.1", later="M17.1")),
    case(_BACK, "chemotherapy takes turns", "", **_returned(6, ill="Z51.1", later="Z51.1")),
    case(_EMPTY, "four stays end with seven empty days", names(*range(4)), **_idle(4)),
    case(_EMPTY, "two are few", "", **_idle(2)),
    case(_EMPTY, "others with this illness are treated every day", names(*range(4)),
         **_idle_for("Q21.0", tuple(range(2, 10)))),
    case(_EMPTY, "others with this illness rest as long", "", **_idle_for("Q22.0", (2,))),
    case(_EMPTY, "nothing is done for five days after admission", names(*range(4)),
         **_idle(4, 7)),
    case(_EMPTY, "four empty days between treatment", names(*range(4)), **_idle(4, 2, 7, 9)),
    case(_EMPTY, "no bed is billed on these four", "", **_idle(4, 2, 7, 9, bed=2)),
    case(_EMPTY, "two empty days are rest", "", **_idle(4, 2, 5, 7)),
    case(_EMPTY, "a supply for a week reaches over them", "", **_idle(4, supply=7)),
    case(_EMPTY, "no bed is billed either", "", **_idle(4, bed=4)),
    case(_EMPTY, "whoever dies is only nursed", "", **_idle(4, left="died")),
    case(_PARTS, "both parts of a bundle, dearer than it", "c:1 c:2", fen=(0, 350, 1400),
         **_parts(_A, _B)),
    case(_PARTS, "the same in two claims of a day", "c1:1 c2:2", **_parts(_A, _B, claims="12")),
    case(_PARTS, "one part may be all that was needed", "", **_parts(_A)),
    case(_PARTS, "parts on two days", "", **_parts(_A, "b | 2024-03-02 09:00:00")),
    case(_PARTS, "the bundle beside its parts", "", **_parts(_A, _B, _W)),
    case(_PARTS, "parts that cost no more", "", **_parts(_A, _B, price=2000)),
    case(_PARTS, "a bundle that nobody bills", "", **_parts(_A, _B, offered=False)),
    case(_SMALL, "a small item on three visits of four", names(*range(30), line=":1"),
         **_crumbs(30, "L20")),
    case(_SMALL, "on a quarter of the visits: no more than chance allows", "",
         **_crumbs(10, "L21")),
    case(_SMALL, "the fee of the visit stands on each", "", **_fees("L26")),
    case(_SMALL, "check-ups have one set of examinations", "", **_crumbs(30, "Z01.6")),
    case(_SMALL, "others bill it for this illness as well", "", **_crumbs(30, "L22", usual=24)),
    case(_SMALL, "hardly anybody else bills it", "", **_crumbs(30, "L23", others="BC")),
    case(_SMALL, "a price that is seen", "", **_crumbs(30, "L25", price=12000)),
    case(_SMALL, "several on one bill are a package", "",
         **_crumbs(30, "L26", price=6000, more=1)),
    case(_SMALL, "the parts of a bundle are counted elsewhere", "",
         **_crumbs(30, "L27", more=1, whole="x/x0")),
    case(_SERVICES, "a dear exam on three visits of four", names(*range(30), line=":1"),
         **_crumbs(30, "L28", price=12000)),
    case(_SERVICES, "small items are counted elsewhere", "", **_crumbs(30, "L29")),
    case(_SERVICES, "the parts of a bundle are counted elsewhere", "", **_bundled()),
    case(_GRADE, "eight stays with the dearer nursing", _EACH8,
         **_chosen(8, "001201d", "001201p", "001201d", "M50")),
    case(_GRADE, "four are few", "", **_chosen(4, "001201d", "001201p", "001201d", "M51")),
    case(_GRADE, "others choose it for this illness too", "",
         **_chosen(8, "001201d", "001201d", "001201p", "M52")),
    case(_GRADE, "the plain one at a price of its own", "",
         **_chosen(8, "001201p", "001201p", "001201d", "M53", asked=3000)),
    case(_SESSION, "eight visits with the dearer session", _EACH8,
         **_chosen(8, "0045d", "0034p", "0045d", "M60", kind="outpatient")),
    case(_SESSION, "four are few", "",
         **_chosen(4, "0045d", "0034p", "0045d", "M61", kind="outpatient")),
    case(_SESSION, "others choose it for this illness too", "",
         **_chosen(8, "0045d", "0045d", "0034p", "M62", kind="outpatient")),
]  # fmt: skip
