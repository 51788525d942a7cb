"""Hit, near miss and exception of the rules about contracts, enrolments, records and shelves."""

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_DEPARTMENT, _SIGNED, _KIND = (
    "R20.lines_of_suspended", "R20.signed_for_closed", "R20.beyond_its_kind",
)  # fmt: skip
_NOBODY, _CHILD, _SOON, _WHILE = (
    "R24.not_insured", "R24.child_employed", "R24.soon_after_enrolment", "R24.insured_while_ill",
)  # fmt: skip
_MONTH, _SCAN, _BACK, _LATE, _FLOW = (
    "R14.month_without_record", "R25.packs_not_scanned", "R12.pack_came_back", "R25.sent_late",
    "R23.foreign_flow",
)  # fmt: skip
_SAID, _ROAM = "R12.more_than_said", "R23.roaming"
_SHORT, _SLOW = "R25.lines_missing", "R25.settled_late"


def _suspended(header: str, line: str, day: str = "2024-03-05",
               kind: str = "outpatient") -> dict[str, str]:  # fmt: skip
    return {
        "claims": f"""{CLAIM} | department_code | visit_kind
            c1 | p | A | {day} | {header} | {kind}""",
        "claim_lines": f"""{LINE} | department_code
            c1 | 1 | x | {day} 09:00:00 | {header}
            c1 | 2 | x | {day} 09:00:00 | {line}""",
        "contract_periods": """provider_id | suspended_from | suspended_to | department_code
            A | 2024-03-01 | 2024-03-31 | K2""",
    }


def _closed(n: int, registered: str = "A", before: int = 0,
            kind: str = "outpatient") -> dict[str, str]:  # fmt: skip
    """A practitioner of A who signs at B while A is suspended in June."""
    head = f"{CLAIM} | practitioner_id | visit_kind"
    return {
        "claims": table(
            head, rows("a{n} | p{n} | A | {day} | d | outpatient", range(6), since="2024-05-01"),
            rows("e{n} | r{n} | B | {day} | d | outpatient", range(before), since="2024-05-10"),
            rows(f"c{{n}} | q{{n}} | B | {{day}} | d | {kind}", range(n), since="2024-06-03"),
            rows("b{n} | s{n} | B | {day} | e | outpatient", range(60), since="2024-08-01"),
        ),
        "practitioners": f"""practitioner_id | provider_id
            d | A
            d | {registered}
            e | B""",
        "contract_periods": """provider_id | suspended_from | suspended_to
            A | 2024-06-01 | 2024-06-30""",
        "providers": """provider_id | kind | level
            A | nursing | 1
            B | nursing | 1""",
    }  # fmt: skip


def _pharmacy(n: int, others: str, level: int) -> dict[str, str]:
    head = f"{CLAIM} | visit_kind"
    return {
        "claims": table(head, rows("c{n} | p{n} | A | {day} | pharmacy", range(n)),
                        rows("b{n} | q{n} | B | {day} | pharmacy", range(60))),
        "claim_lines": table(LINE, rows("c{n} | 1 | scan | {day} 09:00:00", range(n)),
                             rows(f"b{{n}} | 1 | {others} | {{day}} 09:00:00", range(60))),
        "items": """item_code | kind
            scan | exam
            y | drug""",
        "providers": f"""provider_id | kind | level
            A | pharmacy | {level}
            B | pharmacy | {level}""",
    }  # fmt: skip


def _bedless(beds: str) -> dict[str, str]:
    return {
        "claims": table(STAY, rows("c{n} | p{n} | A | 2024-03-01 | 2024-03-04 | inpatient",
                                   range(6))),
        "providers": f"""provider_id | kind | level | beds
            A | clinic | 0 | {beds}""",
    }  # fmt: skip


def _covered(*periods: str) -> dict[str, str]:
    """Two visits in the autumn of a person of these enrolments, beside many of insured people."""
    head = "patient_id | scheme | region_code | enrolled_from | enrolled_to"
    return {
        "claims": table(CLAIM, rows("c{n} | p | A | {day}", range(2), since="2024-10-01"),
                        rows("b{n} | q{n} | A | {day}", range(200), since="2024-01-01")),
        "enrolments": table(
            head, *(f"p | resident | 110101 | {period}" for period in periods),
            rows("q{n} | resident | 110101 | 2023-01-01 |", range(200))),
    }  # fmt: skip


def _child(scheme: str, birth: str) -> dict[str, str]:
    return {
        "claims": table(f"{CLAIM} | scheme", f"c1 | p | A | 2024-03-01 | {scheme}",
                        rows("b{n} | q{n} | A | {day} | resident", range(150))),
        "patients": table("patient_id | birth_date", f"p | {birth}",
                          rows("q{n} | 2015-01-01", range(150))),
    }  # fmt: skip


def _new_staff(fund: int, n: int = 4) -> dict[str, str]:
    """Persons enrolled by one employer two weeks before their first dear dialysis."""
    return {
        "claims": table(f"{CLAIM} | visit_kind | fund_amount",
                        rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | chronic | {fund}", range(n))),
        "enrolments": table("patient_id | scheme | region_code | enrolled_from | employer_id",
                            rows("p{n} | employee | 110101 | 2024-02-15 | e", range(n))),
    }  # fmt: skip


def _few_weeks(fund: int) -> dict[str, str]:
    return {
        "claims": table(f"{CLAIM} | visit_kind | fund_amount",
                        rows(f"c{{n}} | p | A | {{day}} | chronic | {fund}", range(3))),
        "enrolments": """patient_id | scheme | region_code | enrolled_from | enrolled_to
            p | resident | 110101 | 2024-02-01 | 2024-04-01""",
    }  # fmt: skip


def _months(n: int, month: int, others: int, level: int, until: int = 0) -> dict[str, str]:
    """Items settled at A from one month to another, a record of two months, and a peer's."""
    every = [f"2024-{m:02d}" for m in range(1, 13)]
    stock = [f"A | x{i} | {m}-01 | 9" for i in range(n) for m in ("2024-01", "2024-03")]
    stock += [f"B | x{i} | {m}-01 | 9" for i in range(9) for m in every[:others]]
    sold = [(f"c{m - month or ''}{i}", "A", i, f"2024-{m:02d}-05")
            for m in range(month, (until or month) + 1) for i in range(n)]  # fmt: skip
    sold += [(f"b{m}{i}", "B", i, f"{m}-05") for i in range(9) for m in every]
    return {
        "claims": table(CLAIM, *(f"{c} | p{i} | {at} | {day}" for c, at, i, day in sold)),
        "claim_lines": table(LINE, *(f"{c} | 1 | x{i} | {day} 09:00:00" for c, _, i, day in sold)),
        "items": table("item_code | kind", *(f"x{i} | drug" for i in range(9))),
        "stock_moves": table("provider_id | item_code | month | purchased", *stock),
        "providers": f"""provider_id | kind | level
            A | nursing | {level}
            B | nursing | {level}""",
    }  # fmt: skip


def _never(without: str) -> dict[str, str]:
    """Nine items settled in a month by each who has no record of any, beside three who keep all."""
    every = [f"2024-{m:02d}" for m in range(1, 13)]
    sold = [(f"{at.lower()}{i}", at, i, "2024-02-05") for at in without for i in range(9)]
    sold += [(f"{at}{m}{i}", at, i, f"{m}-05") for at in "XYZ" for m in every for i in range(9)]
    return {
        "claims": table(CLAIM, *(f"{c} | p{i} | {at} | {day}" for c, at, i, day in sold)),
        "claim_lines": table(LINE, *(f"{c} | 1 | x{i} | {day} 09:00:00" for c, _, i, day in sold)),
        "items": table("item_code | kind", *(f"x{i} | drug" for i in range(9))),
        "stock_moves": table("provider_id | item_code | month | purchased",
                             *(f"{at} | x{i} | {m}-01 | 9"
                               for at in "XYZ" for m in every for i in range(9))),
        "providers": table("provider_id | kind | level",
                           *(f"{at} | nursing | 2" for at in f"{without}XYZ")),
    }  # fmt: skip


def _scanned(n: int, own: str, others: str) -> dict[str, str]:
    return {
        "claims": table(CLAIM, rows("c{n} | p{n} | A | {day}", range(n)),
                        rows("b{n} | q{n} | B | {day}", range(60))),
        "claim_lines": table(
            f"{LINE} | trace_code", rows(f"c{{n}} | 1 | y | 2024-03-01 09:00:00 | {own}", range(n)),
            rows(f"b{{n}} | 1 | y | 2024-03-01 09:00:00 | {others}", range(60))),
        "items": """item_code | kind
            y | drug""",
    }  # fmt: skip


def _bought(n: int, by: str = "B", day: str = "2024-05-01", *more: str) -> dict[str, str]:
    """Packs settled for a person in March that somebody buys later."""
    return {
        "claims": table(CLAIM, rows("c{n} | p | A | {day}", range(n))),
        "claim_lines": table(f"{LINE} | trace_code",
                             rows("c{n} | 1 | y | {day} 09:00:00 | t{n}", range(n))),
        "items": """item_code | kind
            y | drug""",
        "trace_events": table("trace_code | provider_id | event | happened_at",
                              rows(f"t{{n}} | {by} | purchased | {day} 08:00:00", range(n)),
                              *(rows(one, range(n)) for one in more)),
        "providers": """provider_id | kind
            A | pharmacy
            B | pharmacy""",
    }  # fmt: skip


def _sent(n: int, days: int) -> dict[str, str]:
    late = f"2024-03-{1 + days:02d} 10:00:00"
    return {"claims": table(
        f"{CLAIM} | uploaded_at", rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {late}", range(n)),
        rows("b{n} | q{n} | B | 2024-03-01 | 2024-03-02 10:00:00", range(200)),
    )}  # fmt: skip


def _settled(
    n: int, on: str, *, home: str = "330101", reversed_by: str = "", sent: str = ""
) -> dict[str, str]:
    """Visits of A settled on a day, of people from a place; others' at B a day later.

    reversed_by  the day on which an earlier settlement of each was reversed
    sent         when they were sent, where that is known
    """
    head = f"{CLAIM} | settled_on | total_amount | reverses_claim_id | uploaded_at"
    claims = [rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | {on} | 4000 | | {sent}", range(n)),
              rows("b{n} | q{n} | B | 2024-03-01 | 2024-03-02 | 4000 | |", range(200))]  # fmt: skip
    if reversed_by:
        claims += [rows("o{n} | p{n} | A | 2024-03-01 | 2024-03-02 | 4000 | |", range(n)),
                   rows(f"r{{n}} | p{{n}} | A | 2024-03-01 | {reversed_by} | -4000 | o{{n}} |",
                        range(n))]  # fmt: skip
    return {
        "claims": table(head, *claims),
        "providers": "provider_id | region_code\nA | 330101\nB | 330101",
        "patients": table("patient_id | region_code", rows(f"p{{n}} | {home}", range(n))),
    }


def _visitors(n: int, elsewhere: int, place: str) -> dict[str, str]:
    """Persons from afar at A, and again at C, beside locals at A and B."""
    return {
        "claims": table(CLAIM, rows("c{n} | p{n} | A | {day}", range(n)),
                        rows("d{n} | p{n} | C | {day}", range(elsewhere)),
                        rows("l{n} | l{n} | A | {day}", range(10)),
                        rows("b{n} | q{n} | B | {day}", range(40))),
        "patients": table("patient_id | region_code", rows("p{n} | 330101", range(n)),
                          rows(f"l{{n}} | {place}", range(10)),
                          rows(f"q{{n}} | {place}", range(40))),
        "providers": f"""provider_id | region_code | kind | level
            A | {place} | clinic | 1
            B | {place} | clinic | 1
            C | {place} | clinic | 2""",
    }  # fmt: skip


def _given(lines: int, quantity: int, days: int = 30) -> dict[str, str]:
    """A person's packs for so many days, beside one pack a month for everybody else."""
    return {
        "claims": table(CLAIM, rows("c{n} | p | A | {day}", range(lines), step=30),
                        rows("b{n} | q{n} | A | {day}", range(200), since="2024-01-01")),
        "claim_lines": table(
            f"{LINE} | quantity | days_supply",
            rows(f"c{{n}} | 1 | y | {{day}} 09:00:00 | {quantity} | {days}", range(lines), step=30),
            rows("b{n} | 1 | y | 2024-03-01 09:00:00 | 1 | 30", range(200))),
        "items": """item_code | kind
            y | drug""",
    }  # fmt: skip


def _away(*places: str, kind: str = "inpatient", apart: int = 40) -> dict[str, str]:
    """Stays of one person of 110101 in these regions, one after another."""
    stays = rows("c{n} | p | A{n} | {day} | {day}", range(len(places)), step=apart,
                 since="2024-01-05").splitlines()  # fmt: skip
    return {
        "claims": table(STAY, *(f"{stay} | {kind}" for stay in stays)),
        "patients": """patient_id | region_code
            p | 110101""",
        "providers": table("provider_id | region_code",
                           *(f"A{n} | {place}" for n, place in enumerate(places))),
    }  # fmt: skip


def _part_billed(n: int, fen: int) -> dict[str, str]:
    """Lines that explain so much of a hundred yuan, beside claims that are explained in full."""
    head = f"{CLAIM} | visit_kind"
    return {
        "claims": table(head, rows("c{n} | p{n} | A | {day} | emergency", range(n)),
                        rows("b{n} | q{n} | B | 2024-03-01 | emergency", range(200))),
        "claim_lines": table(
            f"{LINE} | amount", rows(f"c{{n}} | 1 | x | {{day}} 09:00:00 | {fen}", range(n)),
            rows("b{n} | 1 | x | 2024-03-01 09:00:00 | 10000", range(200))),
        "providers": """provider_id | kind | level
            A | nursing | 3
            B | nursing | 3""",
    }  # fmt: skip


CONTRACTS: list[Case] = [
    case(_DEPARTMENT, "a line of the suspended department under another name", "c1:2",
         fen=(0, 700, 700), **_suspended("K1", "K2")),
    case(_DEPARTMENT, "a line of a department that may settle", "", **_suspended("K1", "K3")),
    case(_DEPARTMENT, "a stay begun before", "", **_suspended("K1", "K2", "2024-02-29")),
    case(_DEPARTMENT, "an emergency", "", **_suspended("K1", "K2", kind="emergency")),
    case(_SIGNED, "six claims of a suspended provider's practitioner elsewhere", names(*range(6)),
         fen=(0, 42000, 42000), **_closed(6)),
    case(_SIGNED, "four are few", "", **_closed(4)),
    case(_SIGNED, "registered where they sign", "", **_closed(6, "B")),
    case(_SIGNED, "who also signed there before", "", **_closed(6, before=1)),
    case(_SIGNED, "emergencies", "", **_closed(6, kind="emergency")),
    case(_KIND, "six scans at a pharmacy", names(*range(6)), **_pharmacy(6, "y", 3)),
    case(_KIND, "four are few", "", **_pharmacy(4, "y", 3)),
    case(_KIND, "like pharmacies have them as well", "", **_pharmacy(60, "scan", 0)),
    case(_KIND, "six stays where there is no bed", names(*range(6)), **_bedless("0")),
    case(_KIND, "nobody knows of its beds", "", **_bedless("")),
    case(_NOBODY, "no longer insured", "c0 c1", fen=(0, 14000, 14000),
         **_covered("2023-01-01 | 2024-05-31")),
    case(_NOBODY, "insured again later", "c0 c1",
         **_covered("2022-01-01 | 2023-12-31", "2025-02-01 |")),
    case(_NOBODY, "within ninety days of the end", "", **_covered("2023-01-01 | 2024-07-31")),
    case(_NOBODY, "insured by the next enrolment", "",
         **_covered("2023-01-01 | 2024-05-31", "2024-06-01 |")),
    case(_CHILD, "a child of nine as an employee", "c1", **_child("employee", "2015-01-01")),
    case(_CHILD, "sixteen on that day", "", **_child("employee", "2008-03-01")),
    case(_CHILD, "a child insured as a resident", "", **_child("resident", "2015-01-01")),
    case(_SOON, "four treated at great cost, without a stay", "c0 | c1 | c2 | c3",
         **_new_staff(200_000)),
    case(_SOON, "at small cost", "", **_new_staff(20_000)),
    case(_WHILE, "three dear visits in a few weeks of insurance", "c0 c1 c2", **_few_weeks(40_000)),
    case(_WHILE, "three visits at small cost", "", **_few_weeks(30_000)),
    case(_MONTH, "nine items settled in three months without a record",
         names(*range(9), *range(10, 19), *range(20, 29), line=":1"),
         **_months(9, 4, 12, 3, until=6)),
    case(_MONTH, "four are few", "", **_months(4, 2, 12, 1)),
    case(_MONTH, "the peer has no record either", "", **_months(9, 1, 1, 0, until=12)),
    case(_MONTH, "three of the kind send no record at all: it is not collected from them", "",
         **_never("ABC")),
    case(_MONTH, "a month with a record", "",
         **_months(9, 3, 12, 1)),
    case(_SCAN, "eight packs not scanned where others are", names(*range(8), line=":1"),
         **_scanned(8, "", "t{n}")),
    case(_SCAN, "nobody scans this item", "", **_scanned(8, "", "")),
    case(_SCAN, "all are scanned", "", **_scanned(8, "u{n}", "t{n}")),
    case(_SCAN, "four are few", "", **_scanned(4, "", "t{n}")),
    case(_BACK, "two packs bought by another pharmacy", "c0:1 c1:1", fen=(0, 1400, 1400),
         **_bought(2)),
    case(_BACK, "one may be a slip", "", **_bought(1)),
    case(_BACK, "recorded late by three days", "", **_bought(2, "B", "2024-03-04")),
    case(_BACK, "bought by the seller itself", "", **_bought(2, "A")),
    case(_BACK, "returned in between", "",
         **_bought(2, "B", "2024-05-01", "t{n} | A | returned | 2024-04-01 08:00:00")),
    case(_LATE, "six claims sent ten days later", names(*range(6)), **_sent(6, 10)),
    case(_LATE, "within a week", "", **_sent(6, 7)),
    case(_LATE, "four are few", "", **_sent(4, 10)),
    case(_SLOW, "six claims settled after four months", names(*range(6)),
         **_settled(6, "2024-07-01")),
    case(_SLOW, "a quarter is somebody's habit", "", **_settled(6, "2024-06-01")),
    case(_SLOW, "four are few", "", **_settled(4, "2024-07-01")),
    case(_SLOW, "people from elsewhere hand in later", "",
         **_settled(6, "2024-07-01", home="330201")),
    case(_SLOW, "another district of the same pool is not elsewhere", names(*range(6)),
         **_settled(6, "2024-07-01", home="330102")),
    case(_SLOW, "settled in time, reversed and settled again", "",
         **_settled(6, "2024-07-01", reversed_by="2024-06-30")),
    case(_SLOW, "sent in time, whoever settled late", "",
         **_settled(6, "2024-07-01", sent="2024-03-02 09:00:00")),
    case(_FLOW, "visits of ten persons from one place afar", names(*range(10)),
         **_visitors(10, 0, "740101")),
    case(_FLOW, "who live here: seen elsewhere as well", "", **_visitors(10, 10, "750101")),
    case(_SAID, "three packs a month, six times", names(*range(6), line=":1"), **_given(6, 3)),
    case(_SAID, "two packs: a double dose", "", **_given(6, 2)),
    case(_SAID, "four are few", "", **_given(4, 3)),
    case(_SAID, "three packs for three months", "", **_given(6, 3, 90)),
    case(_ROAM, "three prefectures in three months", "c0 c1 c2",
         **_away("310101", "320101", "330101")),
    case(_ROAM, "two prefectures, and home", "", **_away("310101", "320101", "110105")),
    case(_ROAM, "in the course of a year", "", **_away("310101", "320101", "330101", apart=170)),
    case(_ROAM, "visits without a stay", "", **_away("310101", "320101", "330101",
                                                      kind="outpatient")),
    case(_SHORT, "lines for half of the amount", names(*range(6)), **_part_billed(6, 5_000)),
    case(_SHORT, "a rounding of lines", "", **_part_billed(6, 9_900)),
]  # fmt: skip
