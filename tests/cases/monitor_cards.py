"""Hit, near miss and exception of the rules about cards, entitlement and shifted costs."""

from monitor_cases import Case, case
from monitor_rates import LINE, STAY, names, rows, table

CLAIM = "claim_id | patient_id | provider_id | admitted_on"


def _checked(n: int, kind: str = "outpatient") -> dict[str, str]:
    return {"claims": table(
        f"{CLAIM} | identity_check | visit_kind",
        rows(f"c{{n}} | p{{n}} | A | {{day}} | none | {kind}", range(n)),
        rows(f"b{{n}} | q{{n}} | B | {{day}} | card | {kind}", range(80)),
    )}  # fmt: skip


def _far(days: int, kind: str = "outpatient") -> dict[str, str]:
    return {
        "claims": table(
            f"{CLAIM} | visit_kind",
            rows(f"c{{n}} | p | A | {{day}} | {kind}", range(days), step=9),
            rows(f"d{{n}} | p | B | {{day}} | {kind}", range(days), step=9),
        ),
        "providers": """provider_id | region_code
            A | 110101
            B | 320101""",
    }


def _seen(times: int, there: str = "09:00:00", here: str = "09:03:00") -> dict[str, str]:
    return {"claims": table(
        f"{CLAIM} | practitioner_id | started_at",
        rows(f"b{{n}} | p{{n}} | B | {{day}} | d | {{day}} {there}", range(times)),
        rows(f"c{{n}} | q{{n}} | A | {{day}} | d | {{day}} {here}", range(times)),
    )}  # fmt: skip


def _ill(sex: str, code: str) -> dict[str, str]:
    return {
        "claims": f"""{CLAIM} | diagnosis_code
            c1 | p | A | 2024-03-01 | {code}""",
        "patients": f"""patient_id | sex
            p | {sex}""",
    }


def _after(day: str) -> dict[str, str]:
    return {
        "claims": f"""{STAY} | disposition
        c1 | p | A | 2024-03-01 | 2024-03-05 | inpatient | died
        c2 | p | B | {day} | {day} | outpatient |"""
    }


def _terminal(n: int, other: str) -> dict[str, str]:
    return {"claims": table(
        f"{CLAIM} | terminal_id",
        rows("a{n} | p{n} | A | {day} | t", range(n), step=4),
        rows("b{n} | q{n} | B | {day} | t", range(n), since=other, step=4),
    )}  # fmt: skip


def _paid(n: int, fen: int) -> dict[str, str]:
    return {"claims": table(
        f"{CLAIM} | account_amount",
        rows(f"c{{n}} | p{{n}} | A | {{day}} | {fen}", range(n)),
        rows("b{n} | q{n} | B | {day} | 1234", range(30)),
    )}  # fmt: skip


def _queue(cards: int, clock: str = "09:0{n}:00") -> dict[str, str]:
    return {"claims": table(f"{CLAIM} | account_amount | started_at", rows(
        f"c{{n}} | p{{n}} | A | 2024-03-01 | 999 | 2024-03-01 {clock}", range(cards)))}  # fmt: skip


def _again(step: int, fen: int = 20_000, ill: str = "I10", whole: int = 10_000) -> dict[str, str]:
    return {"claims": table(f"{CLAIM} | account_amount | diagnosis_code | total_amount",
                            rows(f"c{{n}} | p | A | {{day}} | {fen} | {ill} | {whole}", range(3),
                                 step=step))}  # fmt: skip


def _bought(n: int) -> dict[str, str]:
    return {
        "claims": table(
            f"{CLAIM} | account_amount | visit_kind | total_amount",
            rows("c{n} | p{n} | A | {day} | 999 | pharmacy | 1000", range(n)),
            rows("b{n} | q{n} | B | {day} | 999 | pharmacy | 1000", range(30)),
        ),
        "claim_lines": table(
            f"{LINE} | scope",
            rows("c{n} | 1 | x | {day} 09:00:00 | C", range(n)),
            rows("b{n} | 1 | y | {day} 09:00:00 | A", range(30)),
        ),
    }


def _schemes(*schemes: str, step: int = 20) -> dict[str, str]:
    lines = rows("c{n} | p | A | {day} | {{}}", range(len(schemes)), step=step).splitlines()
    return {"claims": table(f"{CLAIM} | scheme", *(row.format(s) for row, s in
                                                   zip(lines, schemes, strict=True)))}  # fmt: skip


def _flow(n: int, others: int, place: str) -> dict[str, str]:
    head = STAY
    stay = "| 2024-03-01 | 2024-03-05 | inpatient"
    return {
        "claims": table(head, rows(f"c{{n}} | p{{n}} | A {stay}", range(n)),
                        rows(f"l{{n}} | l{{n}} | A {stay}", range(10)),
                        rows(f"b{{n}} | q{{n}} | B {stay}", range(20)),
                        rows(f"d{{n}} | r{{n}} | B {stay}", range(others))),
        "patients": table("patient_id | region_code", rows("p{n} | 330101", range(n)),
                          rows("l{n} | " + place, range(10)), rows("q{n} | " + place, range(20)),
                          rows("r{n} | 330101", range(others))),
        "providers": f"""provider_id | region_code | kind | level
            A | {place} | hospital | 2
            B | {place} | hospital | 2""",
    }  # fmt: skip


def _enrolled(n: int, members: int, since: str = "2024-02-15") -> dict[str, str]:
    return {
        "claims": table(STAY, rows("c{n} | p{n} | A | 2024-03-01 | 2024-03-05 | inpatient",
                                   range(n))),
        "patients": table("patient_id | sex", rows("p{n} | M", range(members))),
        "enrolments": table(
            "patient_id | scheme | region_code | enrolled_from | employer_id",
            rows(f"p{{n}} | employee | 110101 | {since} | e", range(members)),
        ),
    }  # fmt: skip


def _insured(until: str, left: str = "home", fund: int = 250_000) -> dict[str, str]:
    return {
        "claims": f"""{STAY} | disposition | fund_amount
            c1 | p | A | 2024-03-01 | 2024-03-05 | inpatient | {left} | {fund}""",
        "enrolments": f"""patient_id | scheme | region_code | enrolled_from | enrolled_to
            p | resident | 110101 | 2024-02-01 | {until}""",
    }


def _employed(n: int, others_at: str, place: str) -> dict[str, str]:
    return {
        "claims": table(
            STAY,
            rows("c{n} | p{n} | A | 2024-03-01 | 2024-03-05 | inpatient", range(n)),
            rows(f"b{{n}} | q{{n}} | {others_at} | 2024-03-01 | 2024-03-05 | inpatient",
                 range(30)),
        ),
        "patients": table("patient_id | region_code | employer_id",
                          rows(f"p{{n}} | {place} | e", range(n)),
                          rows(f"q{{n}} | {place} | f{{n}}", range(30))),
    }  # fmt: skip


def _in_stay(*days: int) -> dict[str, str]:
    visits = [f"v{n} | p | A | 2024-03-{day:02d} | 2024-03-{day:02d} | outpatient"
              for n, day in enumerate(days)]  # fmt: skip
    return {"claims": table(STAY, "c1 | p | A | 2024-03-01 | 2024-03-10 | inpatient", *visits)}


def _before(days: int, n: int = 6) -> dict[str, str]:
    return {"claims": table(
        STAY,
        rows("c{n} | p{n} | A | 2024-03-20 | 2024-03-25 | inpatient", range(n)),
        rows(f"v{{n}} | p{{n}} | A | 2024-03-{20 - days} | 2024-03-{20 - days} | outpatient",
             range(n)),
    )}  # fmt: skip


def _left(n: int, how: str, ill: str, others: str = "home") -> dict[str, str]:
    head = f"{STAY} | diagnosis_code | disposition"
    return {"claims": table(
        head,
        rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-05 | inpatient | {ill} | {how}",
             range(n)),
        rows(f"b{{n}} | q{{n}} | B | 2024-03-01 | 2024-03-05 | inpatient | {ill} | {others}",
             range(20)),
    )}  # fmt: skip


def _moved(ill: str, then: str, operator: str) -> dict[str, str]:
    """Stays at A that end by transfer and go on at C; those at B end at home."""
    then = f"{then} | 2024-03-20 | inpatient | {ill} | home"
    left = _left(6, "transferred", ill)
    return {
        "claims": table(left["claims"], rows(f"d{{n}} | p{{n}} | C | {then}", range(6))),
        "providers": f"""provider_id | operator_id
            A | of-{ill}
            B |
            C | {operator}""",
    }


def _shares(now: int, peers: int, kind: str, level: int) -> dict[str, str]:
    def stays(mark: str, place: str, day: str, fen: int) -> str:
        return rows(f"{mark}{{n}} | p{{n}} | {place} | {day} | {day} | inpatient | {fen}",
                    range(20))  # fmt: skip

    return {
        "claims": table(
            f"{STAY} | patient_amount",
            stays("x", "A", "2024-02-01", 3000), stays("c", "A", "2024-05-01", now),
            stays("y", "B", "2024-02-01", 3000), stays("b", "B", "2024-05-01", peers),
        ),
        "providers": f"""provider_id | kind | level
            A | {kind} | {level}
            B | {kind} | {level}""",
    }  # fmt: skip


def _unsaid(n: int, others: str) -> dict[str, str]:
    return {"claims": table(
        f"{CLAIM} | visit_kind | diagnosis_code",
        rows("c{n} | p{n} | A | 2024-03-01 | chronic |", range(n)),
        rows(f"b{{n}} | q{{n}} | B | 2024-03-01 | chronic | {others}", range(150)),
    )}  # fmt: skip


def _unlined(n: int) -> dict[str, str]:
    return {
        "claims": table(
            f"{CLAIM} | visit_kind | total_amount",
            rows("c{n} | p{n} | A | 2024-03-01 | emergency | 10000", range(n)),
            rows("b{n} | q{n} | B | 2024-03-01 | emergency | 1000", range(200)),
        ),
        "claim_lines": table(LINE, rows("b{n} | 1 | x | 2024-03-01 09:00:00", range(200))),
        "providers": """provider_id | kind | level
            A | nursing | 2
            B | nursing | 2""",
    }


_CHECK, _FAR, _SEEN, _REST = "R11.unchecked", "R11.far_days", "R16.two_places", "R16.without_rest"
_SEX, _DEAD, _TERM = (
    "R17.diagnosis_of_other_sex", "R19.after_recorded_death", "R20.terminal_elsewhere",
)  # fmt: skip
_ROUND, _QUEUE, _SAME, _OUT = (
    "R21.round_amounts", "R21.many_cards", "R21.same_amount", "R21.outside_scope",
)  # fmt: skip
_TWICE, _SCHEMES, _FLOW = "R18.paid_twice", "R18.two_schemes", "R23.foreign_flow"
_SOON, _WHILE, _EMPLOYER = (
    "R24.soon_after_enrolment", "R24.insured_while_ill", "R24.employer_at_provider",
)  # fmt: skip
_INSIDE, _BEFORE, _SENT, _JUMP = (
    "R22.outpatient_in_stay", "R22.before_admission", "R22.sent_away", "R22.share_jump",
)  # fmt: skip
_FIELD, _LINES = "R25.fields_missing", "R25.lines_missing"

CARDS: list[Case] = [
    case(_CHECK, "six visits without a check", names(*range(6)), **_checked(6)),
    case(_CHECK, "four are few", "", **_checked(4)),
    case(_CHECK, "an emergency comes first", "", **_checked(6, "emergency")),
    case(_FAR, "three days in two prefectures", names(*range(3)) + " d0 d1 d2", **_far(3)),
    case(_FAR, "two days may be journeys", "", **_far(2)),
    case(_FAR, "emergencies may happen anywhere", "", **_far(3, "emergency")),
    case(_SEEN, "three times at another place within minutes", "c0 c1 c2", **_seen(3)),
    case(_SEEN, "twice may be a slip", "", **_seen(2)),
    case(_SEEN, "five minutes suffice", "", **_seen(3, here="09:05:00")),
    case(_SEEN, "dates without a moment", "", **_seen(3, "00:00:00", "00:00:00")),
    case(_SEEN, "seconds after midnight are a moment", "c0 c1 c2",
         **_seen(3, "00:00:10", "00:00:50")),
    case(_REST, "sixty days in a row", names(*range(60)), claims=table(
        f"{CLAIM} | practitioner_id", rows("c{n} | p{n} | A | {day} | d", range(60)))),
    case(_REST, "a day of rest after fifty-nine", "", claims=table(
        f"{CLAIM} | practitioner_id", rows("c{n} | p{n} | A | {day} | d", range(59)),
        rows("d{n} | p{n} | A | {day} | d", range(59), since="2024-04-30"))),
    case(_SEX, "a man's endometriosis", "c1", **_ill("M", "N80.1")),
    case(_SEX, "a woman's prostate", "c1", **_ill("F", "N40")),
    case(_SEX, "a woman's endometriosis", "", **_ill("F", "N80.1")),
    case(_DEAD, "seen again after a death was recorded", "c2", **_after("2024-03-07")),
    case(_DEAD, "the day after is grace", "", **_after("2024-03-06")),
    case(_TERM, "one terminal at two providers for weeks",
         f"{names(*range(6), mark='a')} | {names(*range(6), mark='b')}",
         **_terminal(6, "2024-03-02")),
    case(_TERM, "a terminal handed on", "", **_terminal(6, "2024-05-01")),
    case(_TERM, "four claims are few", "", **_terminal(4, "2024-03-02")),
    case(_ROUND, "twelve payments of two hundred yuan", names(*range(12)), **_paid(12, 20_000)),
    case(_ROUND, "nine are few", "", **_paid(9, 20_000)),
    case(_ROUND, "two hundred yuan and a fen", "", **_paid(12, 20_001)),
    case(_QUEUE, "five cards in four minutes", names(*range(5)), **_queue(5)),
    case(_QUEUE, "four cards", "", **_queue(4)),
    case(_QUEUE, "a card every two minutes", "", **_queue(5, "09:{n}5:00")),
    case(_QUEUE, "without a time of day nothing is said", "", **_queue(5, "00:00:00")),
    case(_SAME, "two hundred yuan three times in two weeks", "c0 c1 c2",
         fen=(0, 54000, 81000), **_again(7)),
    case(_SAME, "once a month is a refill", "", **_again(30)),
    case(_SAME, "small sums", "", **_again(7, 9_999)),
    case(_SAME, "a session of dialysis costs what the last one did", "",
         **_again(2, ill="N18.5")),
    case(_SAME, "what the fund leaves of a dear drug every week", "", **_again(7, whole=60_000)),
    case(_OUT, "twelve purchases outside the scope", names(*range(12)), **_bought(12)),
    case(_OUT, "nine are few", "", **_bought(9)),
    case(_TWICE, "one stay settled at two places", "c1 c2", fen=(0, 7000, 14000),
         claims=f"""{STAY}
        c1 | p | A | 2024-03-01 | 2024-03-05 | inpatient
        c2 | p | B | 2024-03-01 | 2024-03-05 | inpatient"""),
    case(_TWICE, "a copy down to the moment is a duplicate claim", "",
         claims=f"""{STAY} | started_at | diagnosis_code
        c1 | p | A | 2024-03-01 | 2024-03-05 | inpatient | 2024-03-01 09:00:00 | I10
        c2 | p | A | 2024-03-01 | 2024-03-05 | inpatient | 2024-03-01 09:00:00 | I10"""),
    case(_TWICE, "one visit under two schemes", "c1 c2", claims=f"""{STAY} | scheme
        c1 | p | A | 2024-03-01 | 2024-03-01 | outpatient | employee
        c2 | p | A | 2024-03-01 | 2024-03-01 | outpatient | resident"""),
    case(_TWICE, "two visits under one scheme", "", claims=f"""{STAY} | scheme
        c1 | p | A | 2024-03-01 | 2024-03-01 | outpatient | employee
        c2 | p | A | 2024-03-01 | 2024-03-01 | outpatient | employee"""),
    case(_TWICE, "a stay two days later is another one", "", claims=f"""{STAY}
        c1 | p | A | 2024-03-01 | 2024-03-05 | inpatient
        c2 | p | B | 2024-03-06 | 2024-03-10 | inpatient"""),
    case(_SCHEMES, "to and fro between schemes", "c0 c1 c2",
         **_schemes("employee", "resident", "employee")),
    case(_SCHEMES, "one change is a new job", "", **_schemes("employee", "resident", "resident")),
    case(_SCHEMES, "a change each year", "",
         **_schemes("employee", "resident", "employee", step=130)),
    case(_FLOW, "ten persons from one place afar", names(*range(10)), **_flow(10, 0, "710101")),
    case(_FLOW, "four are few", "", **_flow(4, 0, "720101")),
    case(_FLOW, "they come to the others too", "", **_flow(10, 20, "730101")),
    case(_SOON, "three of four enrolled fall ill at once", "c0 | c1 | c2", **_enrolled(3, 4)),
    case(_SOON, "two are few", "", **_enrolled(2, 4)),
    case(_SOON, "three of thirty", "", **_enrolled(3, 30)),
    case(_SOON, "enrolled for long", "", **_enrolled(3, 4, "2023-02-15")),
    case(_WHILE, "insured for three months around a costly stay", "c1",
         **_insured("2024-05-01")),
    case(_WHILE, "insured for a year", "", **_insured("2024-12-30")),
    case(_WHILE, "the death ended it", "", **_insured("2024-05-01", "died")),
    case(_WHILE, "a cheap stay", "", **_insured("2024-05-01", fund=106_999)),
    case(_EMPLOYER, "one employer's people at one provider", names(*range(8)),
         **_employed(8, "B", "740101")),
    case(_EMPLOYER, "four are few", "", **_employed(4, "B", "750101")),
    case(_EMPLOYER, "everybody of the place is there", "", **_employed(8, "A", "760101")),
    case(_INSIDE, "three visits during the stay", "v0 v1 v2", **_in_stay(3, 5, 7)),
    case(_INSIDE, "two are few", "", **_in_stay(3, 5)),
    case(_INSIDE, "the days of coming and going are free", "", **_in_stay(1, 5, 7, 10)),
    case(_INSIDE, "a day of leave is free", "",
         leave_passes="""claim_id | left_at | back_at
        c1 | 2024-03-05 08:00:00 | 2024-03-05 20:00:00""", **_in_stay(3, 5, 7)),
    case(_BEFORE, "six stays begun in visits two days before", names(*range(6)), **_before(2)),
    case(_BEFORE, "eight days before is another matter", "", **_before(8)),
    case(_BEFORE, "four are few", "", **_before(2, 4)),
    case(_SENT, "six of six transferred", names(*range(6)), **_left(6, "transferred", "K41")),
    case(_SENT, "four are few", "", **_left(4, "transferred", "K42")),
    case(_SENT, "such patients are transferred elsewhere too", "",
         **_left(6, "transferred", "K43", "transferred")),
    case(_SENT, "moved to a branch the next day", "", **_moved("K44", "2024-03-06", "of-K44")),
    case(_SENT, "somebody else takes them over", names(*range(6)),
         **_moved("K45", "2024-03-06", "of-C")),
    case(_SENT, "in a branch's bed two days later", names(*range(6)),
         **_moved("K46", "2024-03-07", "of-K46")),
    case(_JUMP, "the patients' share doubles in a quarter", names(*range(20)),
         fen=(0, 60000, 120000), **_shares(6000, 3000, "clinic", 0)),
    case(_JUMP, "two points more", "", **_shares(3200, 3000, "clinic", 3)),
    case(_JUMP, "it rises for everybody", "", **_shares(6000, 6000, "clinic", 1)),
    case(_FIELD, "ten claims without the diagnosis that others name", names(*range(10)),
         **_unsaid(10, "I10")),
    case(_FIELD, "nine are few", "", **_unsaid(9, "I10")),
    case(_LINES, "eight claims without a line", names(*range(8)), **_unlined(8)),
    case(_LINES, "four are few", "", **_unlined(4)),
]  # fmt: skip
