"""Hit, near miss and exception of the rules about fields, splits, packs and cards beyond peers."""

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_MINUTES, _USED, _LEFT = "R11.minutes_apart", "R13.pack_of_another", "R25.often_missing"
_DISTRICTS = "R11.two_districts"
_SPLIT, _SERVICES, _MOVED = "R03.graver_split", "R09.services_above_peers", "R22.before_admission"


def _pairs(times: int, minutes: int = 12, there: str = "110102", kind: str = "outpatient",
           clock: str = "09") -> dict[str, str]:  # fmt: skip
    return {
        "claims": table(
            f"{CLAIM} | started_at | visit_kind",
            rows(f"b{{n}} | p | A | {{day}} | {{day}} {clock}:00:00 | outpatient", range(times),
                 step=30),
            rows(f"c{{n}} | p | B | {{day}} | {{day}} {clock}:{minutes:02d}:00 | {kind}",
                 range(times), step=30),
        ),
        "providers": f"""provider_id | region_code
            A | 110101
            B | {there}""",
    }  # fmt: skip


def _two(days: int, there: str = "110102", ill: str = "K29", kind: str = "outpatient",
         home: int = 1, neighbours: int = 0) -> dict[str, str]:  # fmt: skip
    """Days of one person in two districts, and neighbours' ten visits each, some like that."""
    visit = f"{CLAIM} | visit_kind | diagnosis_code"
    return {
        "claims": table(
            visit,
            rows("b{n} | p | A | {day} | outpatient | I10", range(days), step=9),
            rows(f"c{{n}} | p | B | {{day}} | {kind} | {ill}", range(days), step=9),
            *(rows(f"q{who}a{{n}} | q{who} | A | {{day}} | outpatient | I10", range(10), step=9)
              for who in range(30)),
            *(rows(f"q{who}b{{n}} | q{who} | B | {{day}} | outpatient | K29", range(neighbours),
                   step=9) for who in range(30)),
        ),
        "patients": table("patient_id | region_code", f"p | 99010{home}",
                          rows(f"q{{n}} | 99010{home}", range(30))),
        "providers": f"""provider_id | region_code
            A | 110101
            B | {there}""",
    }  # fmt: skip


def _both(n: int) -> str:
    return names(*range(n), mark="b") + " " + names(*range(n))


_PACK = "claim_id | line_no | item_code | served_at | trace_code"
_RESOLD = f"""{_PACK}
    c1 | 1 | x | 2024-03-01 09:00:00 | t1
    c2 | 1 | x | 2024-03-20 09:00:00 | t1"""
_TO_Q = f"""{CLAIM}
    c1 | p | A | 2024-03-01
    c2 | q | B | 2024-03-20"""


def _sent(without: int, level: int, peers: str = "d") -> dict[str, str]:
    """Forty claims of a house, some without a department; three hundred of another one."""
    told = (f"{CLAIM} | visit_kind | department_code | diagnosis_code | terminal_id | started_at"
            " | identity_check | practitioner_id")  # fmt: skip
    said = "{{day}} | outpatient | {} | I10 | t | {{day}} 09:00:00 | card | d"
    return {
        "claims": table(
            told,
            rows(f"c{{n}} | p{{n}} | A | {said.format('')}", range(without)),
            rows(f"c{{n}} | p{{n}} | A | {said.format('d')}", range(without, 40)),
            rows(f"b{{n}} | q{{n}} | B | {said.format(peers)}", range(300)),
        ),
        "providers": f"""provider_id | kind | level
            A | pharmacy | {level}
            B | pharmacy | {level}""",
    }


def _coded(n: int, mine: float, family: str, others: str = "a5") -> dict[str, str]:
    head = f"{STAY} | diagnosis_code | practitioner_id | drg_code | drg_weight"
    stay = "2024-03-01 | 2024-03-05 | inpatient | I10"
    light, grave = f"{family}{others[1]}", f"{family}1"
    return {
        "claims": table(
            head,
            rows(f"c{{n}} | p{{n}} | A | {stay} | d | {grave} | {mine}", range(n)),
            rows(f"b{{n}} | q{{n}} | B | {stay} | e | {light} | 1.0", range(12)),
            rows(f"k{{n}} | r{{n}} | B | {stay} | e | {light} | 1.1", range(12)),
        ),
        "patients": table("patient_id | birth_date", rows("p{n} | 1970-01-01", range(n)),
                          rows("q{n} | 1970-01-01", range(12)),
                          rows("r{n} | 1970-01-01", range(12))),
    }  # fmt: skip


def _unlike(most: int) -> dict[str, str]:
    """Thirty services of a house where the others bill one, and one of them ``most``."""
    claims, lines = ["a | p | A | 2024-03-01"], []
    lines += [f"a | {i} | x | 2024-03-01 09:00:{i:02d}" for i in range(1, 31)]
    lines += [f"a | {i} | y | 2024-03-01 10:00:{i:02d}" for i in range(31, 51)]
    for who, n in (("B", 1), ("C", 1), ("D", 1), ("E", most)):
        claims.append(f"k{who} | p{who} | {who} | 2024-03-01")
        lines += [f"k{who} | {i} | x | 2024-03-01 09:00:{i:02d}" for i in range(1, n + 1)]
        lines += [f"k{who} | {i} | y | 2024-03-01 10:00:{i - n:02d}" for i in range(n + 1, n + 51)]
    return {"claims": table(CLAIM, *claims), "claim_lines": table(LINE, *lines),
            "items": """item_code | kind
                x | service
                y | exam"""}  # fmt: skip


def _for_an_illness(ill: str, others: int) -> dict[str, str]:
    """Thirty services of a house of one illness, for which the others bill ``others`` of ten."""
    drawn = _unlike(1)
    claims = [f"{row} | {ill if row.startswith('a ') else 'I10'}"
              for row in drawn["claims"].splitlines()[1:]]  # fmt: skip
    lines = drawn["claim_lines"].splitlines()[1:]
    for who in "BCDE":
        claims.append(f"m{who} | r{who} | {who} | 2024-03-02 | {ill}")
        lines += [f"m{who} | {i} | {'x' if i <= others else 'y'} | 2024-03-02 09:00:{i:02d}"
                  for i in range(1, 11)]  # fmt: skip
    return drawn | {"claims": table(f"{CLAIM} | diagnosis_code", *claims),
                    "claim_lines": table(LINE, *lines)}  # fmt: skip


def _seen_first(bill: int) -> dict[str, str]:
    return {"claims": table(
        f"{STAY} | total_amount",
        rows("c{n} | p{n} | A | 2024-03-20 | 2024-03-25 | inpatient | 100000", range(6)),
        rows(f"v{{n}} | p{{n}} | A | 2024-03-18 | 2024-03-18 | outpatient | {bill}", range(6)),
    )}  # fmt: skip


APART: list[Case] = [
    case(_MINUTES, "three times in two districts twelve minutes apart", names(*range(3)),
         **_pairs(3)),
    case(_MINUTES, "twice: family may have fetched the drugs", "", **_pairs(2)),
    case(_MINUTES, "sixteen minutes may be a way", "", **_pairs(3, 16)),
    case(_MINUTES, "two places of one district", "", **_pairs(3, there="110101")),
    case(_MINUTES, "an emergency", "", **_pairs(3, kind="emergency")),
    case(_MINUTES, "dates without a moment", "", **_pairs(3, 0, clock="00")),
    case(_DISTRICTS, "four days in two districts, with two illnesses", _both(4), **_two(4)),
    case(_DISTRICTS, "two such days may be a journey", "", **_two(2)),
    case(_DISTRICTS, "places of one district", "", **_two(4, there="110101")),
    case(_DISTRICTS, "one illness: sent on from one to the other", "", **_two(4, ill="I10")),
    case(_DISTRICTS, "an emergency there", "", **_two(4, kind="emergency")),
    case(_DISTRICTS, "neighbours go to and fro as well", "", **_two(4, home=2, neighbours=4)),
    case(_USED, "a pack that somebody else had got", "c2:1", fen=(0, 700, 700), claims=_TO_Q,
         claim_lines=_RESOLD),
    case(_USED, "the same person twice", "", claims=_TO_Q.replace("| q", "| p"),
         claim_lines=_RESOLD),
    case(_USED, "it came back in between", "", claims=_TO_Q, claim_lines=_RESOLD,
         trace_events="""trace_code | provider_id | event | happened_at
        t1 | A | returned | 2024-03-10 09:00:00"""),
    case(_LEFT, "twenty-four of forty claims name no department", names(*range(24)),
         fen=(0, 0, 24 * 7000), **_sent(24, 1)),
    case(_LEFT, "four are few", "", **_sent(4, 2)),
    case(_LEFT, "like houses name none either", "", **_sent(12, 3, peers="")),
    case(_SPLIT, "six stays in the grave split of a family", names(*range(6)),
         **_coded(6, 1.5, "AA1")),
    case(_SPLIT, "four are few", "", **_coded(4, 1.5, "AB1")),
    case(_SPLIT, "as grave as elsewhere", "", **_coded(6, 1.08, "AC1")),
    case(_SPLIT, "a family that nobody else treats", "",
         **_coded(6, 1.5, "AD1") | {"claims": _coded(6, 1.5, "AD1")["claims"].replace(
             "| e | AD1", "| e | AE1")}),
    case(_SERVICES, "thirty where four others bill one each",
         " ".join(sorted(f"a:{n}" for n in range(1, 31))), **_unlike(1)),
    case(_SERVICES, "houses lie far apart in it", "", **_unlike(20)),
    case(_SERVICES, "the others bill as many for the same illness", "",
         **_for_an_illness("Q10.0", 6)),
    case(_SERVICES, "the others hardly bill it for that illness",
         " ".join(sorted(f"a:{n}" for n in range(1, 31))), **_for_an_illness("Q12.0", 1)),
    case(_SERVICES, "an illness that nobody else has bears any item", "",
         **_for_an_illness("Q14.0", 1) | {"claims": _for_an_illness("Q14.0", 1)["claims"].replace(
             "2024-03-02 | Q14.0", "2024-03-02 | I10")}),
    case(_MOVED, "a sixteenth of the stay's cost in visits before it", names(*range(6)),
         **_seen_first(6250)),
    case(_MOVED, "small bills before a stay", "", **_seen_first(4000)),
]  # fmt: skip
