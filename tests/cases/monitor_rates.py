"""Hit, near miss and exception of the rules about rates, phantom visits and stays; money in fen.

Rows that differ by a number only are written by ``rows``: {n} is the number, {day} a day.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from monitor_cases import Case, case

CLAIM = "claim_id | patient_id | provider_id | admitted_on"
STAY = f"{CLAIM} | discharged_on | visit_kind"
LINE = "claim_id | line_no | item_code | served_at"


def rows(text: str, numbers: Iterable[int], *, since: str = "2024-03-01", step: int = 1) -> str:
    """One row for each number, the days a number of steps after the first."""
    first = date.fromisoformat(since)
    return "\n".join(
        text.format(n=n, day=first + timedelta(days=step * at)) for at, n in enumerate(numbers)
    )


def table(header: str, *parts: str) -> str:
    """A header and its rows."""
    return "\n".join([header, *parts])


def names(*numbers: int, mark: str = "c", line: str = "") -> str:
    """Ids as the answer writes them: in the order of text."""
    return " ".join(sorted(f"{mark}{n}{line}" for n in numbers))


def _in_bed(people: int, kind: str = "outpatient") -> dict[str, str]:
    return {"claims": table(
        STAY,
        rows("s{n} | p{n} | B | 2024-03-01 | 2024-03-10 | inpatient", range(people)),
        rows(f"v{{n}} | p{{n}} | A | 2024-03-05 | 2024-03-05 | {kind}", range(people)),
    )}  # fmt: skip


def _copied(places: str, ill: str = "I10", kind: str = "outpatient", lines: int = 3,
            out: str = "2024-03-04", dear: str = "") -> dict[str, str]:  # fmt: skip
    """A claim at each of these places, with the same lines; at some for another amount."""
    claims = [f"c{n} | p{n} | {at} | 2024-03-01 | {out} | {kind} | {ill} | "
              f"{20000 if at in dear else 10000}" for n, at in enumerate(places)]  # fmt: skip
    billed = [f"c{n} | {line} | x{line} | 2024-03-01 09:0{line}:00"
              for n in range(len(places)) for line in range(1, lines + 1)]  # fmt: skip
    return {"claims": table(f"{STAY} | diagnosis_code | total_amount", *claims),
            "claim_lines": table(LINE, *billed)}  # fmt: skip


def _twice_priced() -> dict[str, str]:
    drawn = _copied("AAAAADDDDD", out="2024-03-01", dear="D")
    return drawn | {"claims": drawn["claims"].replace("| D |", "| A |")}


def _named(who: str) -> dict[str, str]:
    return {
        "claims": table(
            f"{CLAIM} | practitioner_id",
            rows(f"c{{n}} | p{{n}} | A | {{day}} | {who}", range(6)),
            rows("b{n} | p{n} | B | {day} | e", range(10)),
        ),
        "practitioners": """practitioner_id | provider_id | registered_from | registered_to
            d | A | 2020-01-01 | 2023-12-31
            f | A | 2020-01-01 |
            e | B | 2020-01-01 |""",
    }


def _started(hour: int, kind: str = "outpatient") -> dict[str, str]:
    started = f"c{{n}} | p{{n}} | A | {{day}} | {{day}} {hour:02d}:10:00 | {kind}"
    return {"claims": table(f"{CLAIM} | started_at | visit_kind", rows(started, range(6)))}


def _crowd(day: str, n: int, ill: str = "I10", others: int = 0) -> dict[str, str]:
    return {"claims": table(
        f"{CLAIM} | diagnosis_code",
        rows("u{n} | u{n} | A | {day} | I10", range(20), since="2024-05-01"),
        rows(f"c{{n}} | p{{n}} | A | {day} | {ill}", range(n)),
        rows(f"b{{n}} | q{{n}} | B | {day} | I10", range(others)),
    )}  # fmt: skip


def _fees(day: str, n: int, *, others: int = 12, beside: str = "") -> dict[str, str]:
    """A fee for n persons of A on a day; for others of B and C on a day of theirs.

    beside  what A bills beside it
    """
    claims = [rows(f"c{{n}} | p{{n}} | A | {day} | I10", range(n))]
    billed = [rows(f"c{{n}} | 1 | fee | {day} 09:00:00", range(n))]
    if beside:
        billed.append(rows(f"c{{n}} | 2 | {beside} | {day} 09:00:00", range(n)))
    for at in "BC":
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | 2024-03-07 | I10", range(others)))
        billed.append(rows(f"{at}{{n}} | 1 | fee | 2024-03-07 09:00:00", range(others)))
    return {"claims": table(f"{CLAIM} | diagnosis_code",
                            rows("u{n} | u{n} | A | {day} | I10", range(20), since="2024-05-01"),
                            *claims),
            "claim_lines": table(LINE, *billed),
            "items": """item_code | kind
            fee | service
            x | drug"""}  # fmt: skip


def _bare(n: int, out: str = "2024-03-03", code: str = "d") -> dict[str, str]:
    return {
        "claims": table(
            STAY,
            rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {out} | inpatient", range(n)),
            rows("b{n} | q{n} | B | 2024-03-01 | 2024-03-03 | inpatient", range(80)),
        ),
        "claim_lines": table(
            LINE,
            rows(f"c{{n}} | 1 | {code} | 2024-03-01 09:00:00", range(n)),
            rows("b{n} | 1 | bed | 2024-03-01 09:00:00", range(80)),
        ),
        "items": """item_code | kind
            d | drug
            bed | bed""",
        "providers": """provider_id | kind | level
            A | nursing | 1
            B | nursing | 1""",
    }


def _bare_for(ill: str, others: str) -> dict[str, str]:
    """Four stays for an illness with drugs alone; others of B with it, with beds or drugs."""
    mine = _bare(4)
    head, *stays = mine["claims"].splitlines()
    claims = [f"{row} | {ill if row.startswith('c') else 'I10'}" for row in stays]
    claims.append(rows(f"e{{n}} | r{{n}} | B | 2024-03-01 | 2024-03-03 | inpatient | {ill}",
                       range(20)))  # fmt: skip
    lines = [mine["claim_lines"], rows(f"e{{n}} | 1 | {others} | 2024-03-01 09:00:00", range(20))]
    return mine | {"claims": table(f"{head} | diagnosis_code", *claims),
                   "claim_lines": "\n".join(lines)}  # fmt: skip


def _until(beds: int) -> dict[str, str]:
    """Two stays of one person on the same nights by their dates; days of a bed on the first."""
    return {
        "claims": f"""{STAY}
            c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
            c2 | p | B | 2024-03-05 | 2024-03-10 | inpatient""",
        "claim_lines": f"""claim_id | line_no | item_code | quantity
            c1 | 1 | bed | {beds}""",
        "items": """item_code | kind
            bed | bed""",
    }


def _beds(*stays: str) -> dict[str, str]:
    return {"claims": table(STAY, *(f"c{n} | p{n} | A | {days} | inpatient"
                                    for n, days in enumerate(stays))),
            "providers": """provider_id | beds
                A | 2"""}  # fmt: skip


_WEEK = "2024-03-01 | 2024-03-08"
_LATER = "2024-03-08 | 2024-03-12"


def _group(people: int, days: int, kind: str, ill: str = "I10", others: int = 40) -> dict[str, str]:
    """The same people on the same Mondays, other people on other Mondays."""
    mondays = [date(2023, 1, 2) + timedelta(days=7 * n) for n in range(days + others)]
    claims = [f"c{p}{n} | p{p} | A | {day} | {kind} | {ill}"
              for n, day in enumerate(mondays[:days]) for p in range(people)]  # fmt: skip
    claims += [f"o{n} | q{n} | A | {day} | {kind} | {ill}"
               for n, day in enumerate(mondays[days:])]  # fmt: skip
    return {"claims": table(f"{CLAIM} | visit_kind | diagnosis_code", *claims)}


def _of_home(elsewhere: int) -> dict[str, str]:
    """The same at a nursing home, and so many visits of each person at another house."""
    fund = _group(6, 6, "outpatient")
    away = [rows(f"e{p}{{n}} | p{p} | B | {{day}} | outpatient | I10", range(elsewhere))
            for p in range(6)]  # fmt: skip
    return {"claims": table(fund["claims"], *away),
            "providers": "provider_id | kind\nA | nursing\nB | hospital"}  # fmt: skip


def _due(others: int) -> dict[str, str]:
    """A fee for the same twelve of A on six Mondays; for others of B and C on a day of theirs."""
    fund = _group(12, 6, "outpatient")
    billed = [f"c{p}{n} | 1 | fee | 2023-01-02 09:00:00" for p in range(12) for n in range(6)]
    more = [rows(f"{at}{{n}} | {at}{{n}} | {at} | 2023-01-03 | outpatient | I10", range(others))
            for at in "BC"]  # fmt: skip
    billed += [rows(f"{at}{{n}} | 1 | fee | 2023-01-03 09:00:00", range(others)) for at in "BC"]
    return {"claims": table(fund["claims"], *more), "claim_lines": table(LINE, *billed),
            "items": "item_code | kind\nfee | service"}  # fmt: skip


def _each(people: int, days: int) -> str:
    each = (" ".join(f"c{p}{n}" for n in range(days)) for p in range(people))
    return " | ".join(sorted(each))


def _weighed(n: int, others: str, ill: str) -> dict[str, str]:
    head = f"{STAY} | diagnosis_code | drg_weight"
    return {
        "claims": table(
            head,
            rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-05 | inpatient | {ill} | 1.5",
                 range(10, 10 + n)),
            rows(f"b{{n}} | q{{n}} | B | 2024-03-01 | 2024-03-05 | inpatient | {ill} | {others}",
                 range(30)),
        ),
        "patients": table("patient_id | birth_date",
                          rows("p{n} | 1970-01-01", range(10, 10 + n)),
                          rows("q{n} | 1970-01-01", range(30))),
    }  # fmt: skip


def _weighed_as_others(n: int, weight: str, ill: str) -> dict[str, str]:
    """Twenty heavy stays of a house, and some of just the weight that all others have."""
    drawn = _weighed(20, weight, ill)
    own = [f"e{k} | p10 | A | 2024-03-01 | 2024-03-05 | inpatient | {ill} | {weight}"
           for k in range(n)]  # fmt: skip
    return drawn | {"claims": "\n".join([drawn["claims"], *own])}


def _in_drg(ill: str, days: str = "2024-03-09", n: int = 1, left: str = "home") -> dict[str, str]:
    return {
        "claims": table(
            f"{STAY} | diagnosis_code | drg_code | disposition",
            rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {days} | inpatient | {ill} | g | {left}",
                 range(n)),
            rows("b{n} | q{n} | B | 2024-03-01 | 2024-03-11 | inpatient | K35 | g | home",
                 range(10)),
        ),
        "drg_groups": """drg_code | usual_days | diagnosis_prefixes
            g | 10 | K35/K36""",
    }  # fmt: skip


def _secondary(own: str, others: str, ill: str) -> dict[str, str]:
    head = f"{STAY} | diagnosis_code | secondary_diagnoses"
    return {"claims": table(
        head,
        rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-05 | inpatient | {ill} | {own}",
             range(12)),
        rows(f"b{{n}} | q{{n}} | B | 2024-03-01 | 2024-03-05 | inpatient | {ill} | {others}",
             range(30)),
    )}  # fmt: skip


def billed(n: int, kind: str, users: str = "BCD") -> dict[str, str]:
    claims, lines = ["a | p | A | 2024-03-01"], []
    lines += [f"a | {i} | x | 2024-03-01 09:00:{i:02d}" for i in range(1, n + 1)]
    for who in users:
        claims.append(f"k{who} | p{who} | {who} | 2024-03-01")
        lines.append(f"k{who} | 1 | x | 2024-03-01 09:00:00")
        lines += [f"k{who} | {i} | y | 2024-03-01 10:00:{i:02d}" for i in range(2, 22)]
    return {"claims": table(CLAIM, *claims), "claim_lines": table(LINE, *lines),
            "items": f"""item_code | kind
                x | {kind}
                y | service"""}  # fmt: skip


_ALL25 = " ".join(sorted(f"a:{n}" for n in range(1, 26)))
_BED, _COPY, _STAYS = "R01.billed_while_in_bed", "R01.same_content", "R02.same_content"
_NAME, _NIGHT, _CROWD = "R01.not_registered", "R01.at_night", "R01.crowded_day"
_BARE, _FULL, _OVER = "R02.without_care", "R02.beds_exceeded", "R02.overlapping_stays"
_ADMIT, _RING = "R02.admitted_together", "R15.together"
_HEAVY, _FOREIGN, _SHORT = (
    "R03.weight_above_case_mix",
    "R03.foreign_group",
    "R03.short_for_its_group",
)
_MORE = "R03.more_diagnoses"
_GOODS, _SERVICES = "R08.goods_above_peers", "R09.services_above_peers"

_MOMENT = f"{STAY} | started_at | diagnosis_code"

RATES: list[Case] = [
    case(_BED, "six visits of people in bed elsewhere", names(*range(6), mark="v"),
         **_in_bed(6)),
    case(_BED, "three are few", "", **_in_bed(3)),
    case(_BED, "emergencies may happen anywhere", "", **_in_bed(6, "emergency")),
    case(_COPY, "assisted reproduction goes by its protocol", "",
         **_copied("AAAAA", "N97.9", out="2024-03-01")),
    case(_COPY, "five persons with one bill", names(*range(5)), fen=(0, 28000, 35000),
         **_copied("AAAAA", out="2024-03-01")),
    case(_COPY, "four persons are few", "", **_copied("AAAA", out="2024-03-01")),
    case(_COPY, "what others bill too is a package", "",
         **_copied("AAAAABBBBB", out="2024-03-01")),
    case(_COPY, "others bill the same package at another price", "",
         **_copied("AAAAABBBBB", out="2024-03-01", dear="B")),
    case(_COPY, "its own other price is nobody's package",
         f"{names(*range(5))} | {names(*range(5, 10))}", **_twice_priced()),
    case(_COPY, "dialysis repeats itself", "", **_copied("AAAAA", "Z49.1", out="2024-03-01")),
    case(_COPY, "bills of two lines are alike by chance", "",
         **_copied("AAAAA", lines=2, out="2024-03-01")),
    case(_STAYS, "three persons with one bill of a stay", "c0 c1 c2",
         **_copied("AAA", kind="inpatient", lines=5)),
    case(_COPY, "a day of screening is one set for all", "",
         **_copied("AAAAA", "Z12.9", out="2024-03-01")),
    case(_STAYS, "planned operations of the lens are all alike", "",
         **_copied("AAA", "H25.9", kind="inpatient", lines=5)),
    case(_STAYS, "two persons are few", "", **_copied("AA", kind="inpatient", lines=5)),
    case(_NAME, "six claims by somebody whose registration ended", names(*range(6)),
         **_named("d")),
    case(_NAME, "who is registered may treat", "", **_named("f")),
    case(_NAME, "whom the register does not know at all is a gap of it", "", **_named("z")),
    case(_NIGHT, "six visits at two o'clock in the night", names(*range(6)), **_started(2)),
    case(_NIGHT, "at five the day begins", "", **_started(5)),
    case(_NIGHT, "emergencies come at night", "", **_started(2, "emergency")),
    case(_CROWD, "twenty-five visits where one a day is usual", names(*range(25)),
         **_crowd("2024-09-15", 25)),
    case(_CROWD, "ten visits are few", "", **_crowd("2024-09-16", 10)),
    case(_CROWD, "a screening day", "", **_crowd("2024-09-17", 25, "Z00.0")),
    case(_CROWD, "a fee of a quarter that three houses settle for all at once", "",
         **_fees("2024-09-26", 25)),
    case(_CROWD, "a fee that others settle for whoever comes", names(*range(25)),
         **_fees("2024-09-27", 25, others=9)),
    case(_CROWD, "the fee, and drugs for everybody", names(*range(25)),
         **_fees("2024-09-28", 25, beside="x")),
    case(_CROWD, "a day on which everybody is busy", "", **_crowd("2024-10-20", 25, others=300)),
    case(_BARE, "four stays without a bed", names(*range(4)), **_bare(4)),
    case(_BARE, "an item of no known kind may be the bed", "", **_bare(4, code="u")),
    case(_BARE, "two are few", "", **_bare(2)),
    case(_BARE, "others with this illness have a bed", names(*range(4)),
         **_bare_for("Q23.0", "bed")),
    case(_BARE, "others with this illness do without a bed", "", **_bare_for("Q24.0", "d")),
    case(_BARE, "who leaves the same day needs no bed", "", **_bare(4, "2024-03-01")),
    case(_FULL, "four persons in two beds", names(*range(4)), **_beds(_WEEK, _WEEK, _WEEK, _WEEK)),
    case(_FULL, "three persons in two beds: an extra bed", "", **_beds(_WEEK, _WEEK, _WEEK)),
    case(_FULL, "who comes as others leave takes their bed", "",
         **_beds(_WEEK, _WEEK, _LATER, _LATER)),
    case(_OVER, "two stays share nights", "c1 c2", fen=(0, 7000, 14000), claims=f"""{STAY}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
        c2 | p | B | 2024-03-05 | 2024-03-10 | inpatient"""),
    case(_OVER, "the first bed is billed beyond the second's first day", "c1 c2",
         fen=(0, 7000, 14000), **_until(7)),
    case(_OVER, "the first bed ends as the second begins: its discharge is dated late", "",
         **_until(5)),
    case(_OVER, "a copy down to the moment is a duplicate claim", "", claims=f"""{_MOMENT}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient | 2024-03-01 09:00:00 | I10
        c2 | p | A | 2024-03-01 | 2024-03-08 | inpatient | 2024-03-01 09:00:00 | I10"""),
    case(_OVER, "a transfer shares a day", "", claims=f"""{STAY}
        c1 | p | A | 2024-03-01 | 2024-03-08 | inpatient
        c2 | p | B | 2024-03-08 | 2024-03-10 | inpatient"""),
    case(_ADMIT, "three persons admitted together three times", _each(3, 3),
         **_group(3, 3, "inpatient")),
    case(_ADMIT, "two persons may be a couple", "", **_group(2, 3, "inpatient")),
    case(_ADMIT, "chemotherapy has its days", "", **_group(3, 3, "inpatient", "Z51.1")),
    case(_RING, "four persons of one lasting illness on the same six days", _each(4, 6),
         **_group(4, 6, "outpatient")),
    case(_RING, "six persons, whatever they have", _each(6, 6),
         **_group(6, 6, "outpatient", "J06.9")),
    case(_RING, "five who catch the same colds may be a household", "",
         **_group(5, 6, "outpatient", "J06.9")),
    case(_RING, "three persons may be a family", "", **_group(3, 6, "outpatient")),
    case(_RING, "where all days are Mondays, everybody meets", "",
         **_group(6, 6, "outpatient", others=4)),
    case(_RING, "residents of a nursing home, on its round", "", **_of_home(2)),
    case(_RING, "a round of people who are patients elsewhere", _each(6, 6), **_of_home(8)),
    case(_RING, "twelve for whom a fee is due, as at others", "", **_due(12)),
    case(_RING, "twelve with a fee that others bill whoever comes", _each(12, 6), **_due(9)),
    case(_RING, "dialysis has its days", "", **_group(4, 6, "outpatient", "N18.5")),
    case(_HEAVY, "twenty stays half as heavy again", names(*range(10, 30)),
         **_weighed(20, "1.0", "K11.0")),
    case(_HEAVY, "nineteen are few", "", **_weighed(19, "1.0", "K12.0")),
    case(_HEAVY, "others code such patients alike", "", **_weighed(20, "1.5", "K13.0")),
    case(_HEAVY, "the weight of all others is not above it, whatever floats add up to",
         names(*range(10, 30)), **_weighed_as_others(3, "0.83", "K14.0")),
    case(_FOREIGN, "the group is not for this diagnosis", "c0", **_in_drg("I10")),
    case(_FOREIGN, "the group is for this diagnosis", "", **_in_drg("K36.1")),
    case(_SHORT, "six stays of three days where ten are usual", names(*range(6)),
         **_in_drg("K35", "2024-03-04", 6)),
    case(_SHORT, "four days are not far shorter", "", **_in_drg("K35", "2024-03-05", 6)),
    case(_SHORT, "chemotherapy takes a day", "", **_in_drg("Z51.1", "2024-03-04", 6)),
    case(_SHORT, "who died did not stay", "", **_in_drg("K35", "2024-03-04", 6, "died")),
    case(_MORE, "twelve stays with four diagnoses more", names(*range(12)),
         **_secondary("A1/A2/A3/A4", "A1", "K21.0")),
    case(_MORE, "three are not many", "", **_secondary("A1/A2/A3", "A1", "K22.0")),
    case(_MORE, "such patients have them elsewhere", "",
         **_secondary("A1/A2/A3/A4", "A1/A2/A3/A4", "K23.0")),
    case(_GOODS, "twenty-five packs where others sell one", _ALL25, **billed(25, "drug")),
    case(_GOODS, "fifteen are few", "", **billed(15, "drug")),
    case(_GOODS, "hardly anybody else has it", "", **billed(25, "drug", "BC")),
    case(_SERVICES, "twenty-five services where others bill one", _ALL25,
         **billed(25, "service")),
    case(_SERVICES, "fifteen are few", "", **billed(15, "service")),
    case(_SERVICES, "a department that nobody else has", "", **billed(25, "service", "BC")),
]  # fmt: skip
