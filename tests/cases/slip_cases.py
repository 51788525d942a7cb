"""Slips of data and the frauds they resemble, drawn as text; ``{n}`` and ``{d}`` count rows."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from monitor_cases import Case, case
from slip_amounts import HOW_MUCH, TILLS
from slip_drawn import CLAIM, LINE, START, ids, many, table
from slip_spans import SPANS


def slips(out: Path, cases: Sequence[Case]) -> list[str]:
    """The wrong rows that each case's own signature found, artefact by artefact."""
    found = {r["artefact_id"]: r for r in pq.read_table(out / "artefacts.parquet").to_pylist()}
    rows: list[dict[str, set[str]]] = [{} for _ in cases]
    for row in pq.read_table(out / "artefact_lines.parquet").to_pylist():
        number, _, claim = row["claim_id"].partition(".")
        mine = found[row["artefact_id"]]["signature"] == cases[int(number)].rule
        if mine and row["role"] == "wrong":
            line = "" if row["line_no"] is None else f":{row['line_no']}"
            rows[int(number)].setdefault(row["artefact_id"], set()).add(claim + line)
    return [" | ".join(sorted(" ".join(sorted(r)) for r in one.values())) for one in rows]


_WHO = "claim_id | patient_id | provider_id | admitted_on | practitioner_id | department_code"
_STAFF = table("practitioner_id | provider_id", "d1 | A", "d2 | A", "d3 | A", "d4 | A")
_COLLEAGUES = "\n".join(
    many(f"{m}{{n}} | {m}{{n}} | A | {{d}} | {d} | {k}", range(10))
    for m, d, k in (("u", "d1", "K1"), ("v", "d2", "K2"), ("w", "d3", "K3"))
)


def _signs(who: str, rooms: int, *, n: int = 120, per_day: int = 2) -> str:
    parts = [
        many(f"c{{n}} | p{{n}} | A | {{d}} | {who} | K{room}",
             range(room, n + 1, rooms) if room else range(rooms, n + 1, rooms), per_day=1)
        for room in range(rooms)
    ]  # fmt: skip
    return "\n".join(parts)


def _month(who: str, month: int, first: int, count: int) -> str:
    return many(f"m{month}c{{n}} | p{{n}} | A | {{d}} | {who} | K1",
                range(first, first + count), start=date(2024, month, 1), per_day=3)  # fmt: skip


_SHARED_MONTHS = [_month(f"d{k}", m, 100 * k, 12) for m in (1, 2, 3) for k in (1, 2, 3)]
_ALONE = [_month("d1", m, 400, 36) for m in (4, 5, 6)]
_BESIDE = [
    _month(d, m, 100 * k, n)
    for m in (4, 5, 6)
    for k, (d, n) in enumerate((("d1", 48), ("d2", 12), ("d3", 12)), start=1)
]
_DEAD = table(
    "patient_id | birth_date | died_on", "p | 1950-03-01 | 2024-01-10", "q | 1950-04-01 |"
)
_VISIT = "claim_id | patient_id | provider_id | admitted_on | identity_check"


def _in_turn(who: Sequence[str], numbers: Iterable[int], *, fund: int = 7000, a_day: int = 1):
    """A visit a day, or more, to a house without departments, signed by these in turn."""
    return "\n".join(
        f"{who[0]}v{n}x{k} | p{n} | A | {START + timedelta(days=n)} | {who[n % len(who)]} | {fund}"
        for n in numbers for k in range(a_day)
    )  # fmt: skip


_SMALL_HOUSE = "claim_id | patient_id | provider_id | admitted_on | practitioner_id | fund_amount"
_BEFORE_AND_AFTER = (_in_turn(("d1", "d2", "d3"), range(60)),
                     _in_turn(("d3", "d1", "d2"), range(100, 160)))  # fmt: skip
_FORTY = range(60, 100)
_OF_STAYS = "\n".join(
    f"s{n} | s{n} | A | {START + timedelta(days=n)} | d{n % 3 + 1} | K1 | inpatient | 70000"
    for n in range(30)
)
_OF_VISITS = "\n".join(f"{row} | outpatient | 7000" for row in _signs("d4", 12).splitlines())

WHO: list[Case] = [
    case("D01.placeholder_practitioner", "a small house: for forty days one number for everybody",
         ids("zv{n}x0", _FORTY),
         claims=table(_SMALL_HOUSE, *_BEFORE_AND_AFTER, _in_turn("z", _FORTY)),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "twin: who comes in place of colleagues that stay away",
         "", claims=table(_SMALL_HOUSE, _BEFORE_AND_AFTER[0], _in_turn("z", _FORTY)),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "twin: visits are added, twice as many a day", "",
         claims=table(_SMALL_HOUSE, *_BEFORE_AND_AFTER, _in_turn("z", _FORTY, a_day=2)),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "twin: dearer visits under the number", "",
         claims=table(_SMALL_HOUSE, *_BEFORE_AND_AFTER, _in_turn("z", _FORTY, fund=20000)),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "twin: a licence lent for forty days", "",
         claims=table(_SMALL_HOUSE, *_BEFORE_AND_AFTER, _in_turn("z", _FORTY)),
         practitioners=table(_STAFF, "z | B")),
    case("D01.placeholder_practitioner", "a number for all visits, beside colleagues' dear stays",
         ids("c{n}", range(1, 121)),
         claims=table(f"{_WHO} | visit_kind | fund_amount", _OF_STAYS, _OF_VISITS),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "nobody's number signs in six departments",
         ids("c{n}", range(1, 121)), claims=table(_WHO, _COLLEAGUES, _signs("z", 6)),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "twin: an impossible doctor stays in one department", "",
         claims=table(_WHO, _COLLEAGUES, _signs("z", 1)), practitioners=_STAFF),
    case("D01.placeholder_practitioner", "a registered doctor of many departments who rests", "",
         claims=table(_WHO, _COLLEAGUES, _signs("d4", 6).replace("2024-01-03", "2024-03-30")),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "twin: an unregistered number that signs dearer visits",
         "", claims=table(_WHO + " | fund_amount",
                          _COLLEAGUES.replace("\n", " | 7000\n") + " | 7000",
                          _signs("z", 6).replace("\n", " | 20000\n") + " | 20000"),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "a registered number signs evenly in twelve departments",
         ids("c{n}", range(1, 121)), claims=table(_WHO, _COLLEAGUES, _signs("d4", 12)),
         practitioners=_STAFF),
    case("D01.placeholder_practitioner", "twin: a licence lent by somebody registered elsewhere",
         "", claims=table(_WHO, _COLLEAGUES, _signs("z", 6)),
         practitioners=table(_STAFF, "z | B")),
    case("D02.head_for_department", "three share a room, then one signs for all",
         ids("m{n}", []) + " ".join(sorted(
             f"m{m}c{n}" for m in (4, 5, 6) for n in range(400, 436))),
         claims=table(_WHO, *_SHARED_MONTHS, *_ALONE)),
    case("D02.head_for_department", "twin: one bills more and the colleagues go on", "",
         claims=table(_WHO, *_SHARED_MONTHS, *_BESIDE)),
    case("D03.death_registered_wrong", "seen by face at two places for months", "c1 c2 c3 | c4",
         claims=table(_VISIT, "c1 | p | A | 2024-02-01 | face", "c2 | p | A | 2024-03-01 | card",
                      "c3 | p | A | 2024-05-01 | face", "c4 | p | B | 2024-06-01 | face"),
         patients=_DEAD),
    case("D03.death_registered_wrong", "twin: the card of the dead at one place", "",
         claims=table(_VISIT, many("c{n} | p | A | {d} | card", range(8), start=date(2024, 3, 1))),
         patients=_DEAD),
    case("D03.death_registered_wrong", "twin: at two places, but never by face", "",
         claims=table(_VISIT, many("c{n} | p | A | {d} | card", range(8), start=date(2024, 3, 1)),
                      many("e{n} | p | B | {d} | ecode", range(8), start=date(2024, 3, 1))),
         patients=_DEAD),
    case("D04.newborn_on_mother", "a newborn's item ten days after the delivery", "c2:1",
         claims=table("claim_id | patient_id | provider_id | admitted_on | diagnosis_code",
                      "c1 | p | A | 2024-03-01 | O80", "c2 | p | A | 2024-03-11 | Z00"),
         claim_lines=table(LINE, "c2 | 1 | x | 2024-03-11 09:00:00"),
         items=table("item_code | kind | age_max", "x | service | 0"),
         patients=table("patient_id | birth_date | sex", "p | 1994-02-01 | F")),
    case("D04.newborn_on_mother", "twin: a child's item on a woman's card without a delivery", "",
         claims=table("claim_id | patient_id | provider_id | admitted_on | diagnosis_code",
                      "c1 | p | A | 2024-01-01 | O80", "c2 | p | A | 2024-09-11 | Z00"),
         claim_lines=table(LINE, "c2 | 1 | x | 2024-09-11 09:00:00"),
         items=table("item_code | kind | age_max", "x | service | 0"),
         patients=table("patient_id | birth_date | sex", "p | 1994-02-01 | F")),
    case("D04.newborn_on_mother", "the jaundice of a newborn on a woman of thirty", "c1",
         claims=table("claim_id | patient_id | provider_id | admitted_on | diagnosis_code",
                      "c1 | p | A | 2024-03-01 | P59", "c2 | q | A | 2024-03-01 | P59",
                      "c3 | r | A | 2024-03-01 | P59"),
         claim_lines=table(LINE, "c1 | 1 | x | 2024-03-01 09:00:00"),
         patients=table("patient_id | birth_date | sex", "p | 1994-02-01 | F",
                        "q | 2024-02-20 | F", "r | 1994-02-01 | M")),
    case("D05.default_birth_date", "a default date: all claims of its persons, whatever they say",
         "c1", claims=table("claim_id | patient_id | provider_id | admitted_on",
                              "c1 | p1 | A | 2024-03-01"),
         claim_lines=table(LINE, "c1 | 1 | x | 2024-03-01 09:00:00"),
         items=table("item_code | kind | age_max", "x | service | 14"),
         patients=table("patient_id | birth_date", many("p{n} | 1900-01-01", range(1, 81)),
                        many("q{n} | {d}", range(90), start=date(1950, 1, 1)))),
    case("D05.default_birth_date", "twin: a lent card of somebody born on a day like others", "",
         claims=table("claim_id | patient_id | provider_id | admitted_on",
                      "c1 | q1 | A | 2024-03-01"),
         claim_lines=table(LINE, "c1 | 1 | x | 2024-03-01 09:00:00"),
         items=table("item_code | kind | age_max", "x | service | 14"),
         patients=table("patient_id | birth_date",
                        many("q{n} | {d}", range(90), start=date(1950, 1, 1)))),
]  # fmt: skip

_SEEN = _VISIT + " | diagnosis_code"
_AFTER = (
    "d1 | p | {} | 2024-02-01 | card | I10\nd2 | p | {} | 2024-03-01 | card | E11\n"
    "d3 | p | {} | 2024-04-01 | card | I10\nd4 | p | {} | 2024-05-01 | card | I25"
)
_BEFORE = table("c1 | p | A | 2024-01-02 | card | I10", "c2 | p | B | 2024-01-03 | card | E11")


def _places(illness: str) -> str:
    return "\n".join(f"g{n} | p | G{n} | 2024-0{n + 3}-01 | card | {illness}" for n in range(6))


def _kinds(rows: str) -> str:
    return "\n".join(f"{row} | outpatient" for row in rows.splitlines())


_ONCE_BY_FACE = ("h1 | p | A | 2024-02-01 | card", "h2 | p | B | 2024-03-01 | face",
                 "h3 | p | C | 2024-05-01 | card", "h4 | p | C | 2024-06-01 | ecode")  # fmt: skip
ALIVE: list[Case] = [
    case("D03.death_registered_wrong", "once by face, and no place has most of the visits",
         "h1 | h2 | h3 h4", claims=table(_VISIT, *_ONCE_BY_FACE), patients=_DEAD),
    case("D03.death_registered_wrong", "twin: once by face, all but two visits at one place", "",
         claims=table(_VISIT, *_ONCE_BY_FACE,
                      many("k{n} | p | B | {d} | face", range(4), start=date(2024, 3, 5))),
         patients=_DEAD),
    case("D03.death_registered_wrong", "by face at one of four places, whoever has the most",
         "h1 | h2 k0 k1 k2 k3 | h3 h4 | h5",
         claims=table(_VISIT, *_ONCE_BY_FACE, "h5 | p | D | 2024-07-01 | card",
                      many("k{n} | p | B | {d} | face", range(4), start=date(2024, 3, 5))),
         patients=_DEAD),
    case("D03.death_registered_wrong", "mostly at one place, for the illness as before, at six",
         "g0 k0 k1 k2 k3 k4 k5 k6 k7 | g1 | g2 | g3 | g4 | g5",
         claims=table(_SEEN, _BEFORE, _places("I10"),
                      many("k{n} | p | G0 | {d} | card | I10", range(8),
                           start=date(2024, 3, 5))), patients=_DEAD),
    case("D03.death_registered_wrong", "twin: mostly at one place and at four others", "",
         claims=table(_SEEN, _BEFORE, _places("I10").rpartition("\n")[0],
                      many("k{n} | p | G0 | {d} | card | I10", range(8),
                           start=date(2024, 3, 5))), patients=_DEAD),
    case("D03.death_registered_wrong", "seen where and for what they were before, never by face",
         "d1 d4 | d2 | d3",
         claims=table(_SEEN, _BEFORE, _AFTER.format("A", "B", "C", "A")), patients=_DEAD),
    case("D03.death_registered_wrong", "twin: a dead person's card goes to new places", "",
         claims=table(_SEEN, _BEFORE, _AFTER.format("X", "Y", "Z", "X")), patients=_DEAD),
    case("D03.death_registered_wrong", "six new places for the illness as before",
         "g0 | g1 | g2 | g3 | g4 | g5",
         claims=table(_SEEN, _BEFORE, _places("I10")), patients=_DEAD),
    case("D03.death_registered_wrong", "twin: six new places for another illness", "",
         claims=table(_SEEN, _BEFORE, _places("M54")), patients=_DEAD),
    case("D03.death_registered_wrong", "who is alive may also buy at a pharmacy",
         "d1 d4 | d2 | d3 | f",
         claims=table(_SEEN + " | visit_kind", _kinds(_BEFORE), _kinds(_AFTER.format(*"ABCA")),
                      "f | p | F | 2024-03-09 | card | | pharmacy"), patients=_DEAD),
]  # fmt: skip
_LOCAL = LINE + " | local_item_code | unit_price"
_USUAL = many("c{n} | p{n} | A | {d}", range(1, 31))


def _lines(item: str, numbers: Iterable[int], price: int, local: str = "L") -> str:
    return many(f"c{{n}} | 1 | {item} | {{d}} 09:00:00 | {local} | {price}", numbers)


def _women_elsewhere(n: int = 12) -> tuple[str, str, str]:
    claims = "\n".join(many(f"{p.lower()}{{n}} | {p.lower()}{{n}} | {p} | {{d}}", range(n))
                       for p in "XYZ")  # fmt: skip
    lines = "\n".join(many(f"{p}{{n}} | 1 | f | {{d}} 09:00:00 | 1000 |", range(n)) for p in "xyz")
    people = "\n".join(many(f"{p}{{n}} | F", range(n)) for p in "xyz")
    return claims, lines, people


def _mapped(
    price: int, men: int, women: int, local: str = "", *, others: int = 0
) -> dict[str, str]:
    """Visits to A with the women's item f, and ``others`` visits of men without it."""
    claims, lines, people = _women_elsewhere()
    both = range(1, men + women + 1)
    sexes = "\n".join(f"p{n} | {'M' if n <= men else 'F'}" for n in both)
    return {
        "claims": table(CLAIM, many("c{n} | p{n} | A | {d}", both), claims,
                        many("o{n} | o{n} | A | {d}", range(others))),
        "claim_lines": table(
            LINE + " | unit_price | local_item_code",
            many(f"c{{n}} | 1 | f | {{d}} 09:00:00 | {price} | {local}", both), lines),
        "items": table("item_code | kind | sex_limit", "f | service | F"),
        "patients": table("patient_id | sex", sexes, people, many("o{n} | M", range(others))),
    }  # fmt: skip


_MAPPED = "D07.code_mapped_wrong"
_BOTH = _mapped(3000, 10, 10)
WHAT: list[Case] = [
    case("D06.two_national_codes", "one local code, two national ones, one price",
         ids("c{n}:1", range(21, 31)), claims=table(CLAIM, _USUAL),
         claim_lines=table(_LOCAL, _lines("x", range(1, 21), 1000),
                           _lines("y", range(21, 31), 1000))),
    case("D06.two_national_codes", "twin: the second code is dearer", "",
         claims=table(CLAIM, _USUAL),
         claim_lines=table(_LOCAL, _lines("x", range(1, 21), 1000),
                           _lines("y", range(21, 31), 3000))),
    case("D06.two_national_codes", "the catalogue changed the code one day", "",
         claims=table(CLAIM, _USUAL),
         claim_lines=table(_LOCAL, _lines("x", range(1, 21), 1000),
                           _lines("y", range(21, 31), 1000).replace("2024-01", "2024-02"))),
    case(_MAPPED, "a women's code for everybody, at another item's price",
         ids("c{n}:1", range(1, 11)), **_BOTH),
    case(_MAPPED, "all uses of the local code that is mapped wrongly, women's as well",
         ids("c{n}:1", range(1, 21)), **_mapped(3000, 10, 10, "L")),
    case(_MAPPED, "twin: invented for men at the code's own price", "", **_mapped(1000, 10, 10)),
    case(_MAPPED, "twin: some men beside the many women of the code's true use", "",
         **_mapped(3000, 10, 30, others=20)),
    case(_MAPPED, "twin: one local code for the true and the invented use, own price", "",
         **_mapped(1000, 10, 10, "L")),
    case("D08.autocomplete_slip", "one line that cannot be this man's", "c1:1",
         **_mapped(1000, 1, 10)),
    case("D08.autocomplete_slip", "twin: several men", "", **_mapped(1000, 3, 10)),
]  # fmt: skip

_SENT = ("claim_id | patient_id | provider_id | admitted_on | total_amount | uploaded_at"
         " | started_at")  # fmt: skip


def _sent(mark: str, numbers: Iterable[int], uploaded: str) -> str:
    row = f"{mark}{{n}} | p{{n}} | A | {{d}} | 100{{n}} | {uploaded} 02:00:00 | {{d}} 08:00:00"
    return "\n".join(
        row.format(n=n, d=START + timedelta(days=n // 6)) for n in numbers
    )  # fmt: skip


def _one_a_day(mark: str, numbers: Iterable[int], late: int, persons: int = 99, gone: str = ""):
    """One visit a day, sent so many days later, of so many persons; ``gone``: and reversed."""
    rows = []
    for n in numbers:
        on, sent = START + timedelta(days=n), START + timedelta(days=n + late)
        rows.append(f"{mark}{n} | p{n % persons} | A | {on} | 100{n} | {sent} 02:00:00 | "
                    f"{on} 08:00:00 | {sent} |")  # fmt: skip
        if gone:
            rows.append(f"r{n} | p{n % persons} | A | {on} | -100{n} | 2024-06-01 02:00:00 | "
                        f"{on} 08:00:00 | 2024-06-01 | {gone}{n}")  # fmt: skip
    return "\n".join(rows)


_EVER = f"{_SENT} | settled_on | reverses_claim_id"
_SMALL = _one_a_day("c", range(30), 1)
_TIME = "claim_id | patient_id | provider_id | admitted_on | started_at"
_UPLOAD = "claim_id | patient_id | provider_id | admitted_on | uploaded_at"
_ON_TIME = "\n".join(
    f"y{n} | r{n} | A | 2024-04-{n // 2 + 1:02d} | 2024-04-{n // 2 + 2:02d} 02:00:00"
    for n in range(56)
)
SENT: list[Case] = [
    case("D11.unlinked_reversal", "a negative twin without the other's number, and a third",
         "c1 c2", claims=f"""{CLAIM} | total_amount | fund_amount
        c1 | p | A | 2024-03-01 | 10000 | 7000
        c2 | p | A | 2024-03-01 | -10000 | -7000
        c3 | p | A | 2024-03-01 | 10000 | 7000"""),
    case("D11.unlinked_reversal", "twin: billed twice, both positive", "",
         claims=f"""{CLAIM} | total_amount | fund_amount
        c1 | p | A | 2024-03-01 | 10000 | 7000
        c2 | p | A | 2024-03-01 | 10000 | 7000"""),
    case("D11.unlinked_reversal", "a refund of another amount", "",
         claims=f"""{CLAIM} | total_amount | fund_amount
        c1 | p | A | 2024-03-01 | 10000 | 7000
        c2 | p | A | 2024-03-01 | -3000 | -2000"""),
    case("D12.batch_sent_twice", "two days come again under new numbers",
         ids("e{n}", range(0, 12)),
         claims=table(_SENT, _sent("c", range(30), "2024-01-06"),
                      _sent("e", range(12), "2024-02-01"))),
    case("D12.batch_sent_twice", "twin: ten of the dearest of five days billed again", "",
         claims=table(_SENT, _sent("c", range(30), "2024-01-06"),
                      _sent("e", range(1, 30, 3), "2024-02-01"))),
    case("D12.batch_sent_twice", "a visit a day: every one of a week comes again, each by itself",
         ids("e{n}", range(10, 17)),
         claims=table(_EVER, _SMALL, _one_a_day("e", range(10, 17), 25))),
    case("D12.batch_sent_twice", "and what was reversed of them since shows the span",
         ids("e{n}", range(10, 17, 2)),
         claims=table(_EVER, _SMALL, _one_a_day("e", range(10, 17, 2), 25),
                      _one_a_day("e", range(11, 17, 2), 25, gone="e"))),
    case("D12.batch_sent_twice", "twin: every third visit is billed again", "",
         claims=table(_EVER, _SMALL, _one_a_day("e", range(3, 30, 3), 25))),
    case("D12.batch_sent_twice", "twin: a week, and as many all over the month", "",
         claims=table(_EVER, _one_a_day("c", range(60), 1),
                      _one_a_day("e", [*range(10, 17), *range(20, 60, 4)], 25))),
    case("D12.batch_sent_twice", "twin: a week of three persons", "",
         claims=table(_EVER, _one_a_day("c", range(30), 1, 3),
                      _one_a_day("e", range(10, 17), 25, 3))),
    case("D12.batch_sent_twice", "reversed and billed again is corrected", "",
         claims=table(_EVER, _one_a_day("c", range(10), 1),
                      _one_a_day("c", range(10, 17), 1, gone="c"),
                      _one_a_day("e", range(10, 17), 99))),
    case("D13.bulk_upload", "thirty days of visits sent on one day", ids("c{n}", range(60)),
         claims=table("claim_id | patient_id | provider_id | admitted_on | uploaded_at",
                      many("c{n} | p{n} | A | {d} | 2024-03-15 02:00:00", range(60), per_day=2))),
    case("D13.bulk_upload", "twin: a crowd of visits invented on three days", "",
         claims=table("claim_id | patient_id | provider_id | admitted_on | uploaded_at",
                      many("c{n} | p{n} | A | {d} | 2024-03-15 02:00:00", range(60), per_day=20))),
    case("D13.bulk_upload", "one of thirty days is half as busy again as the busiest before",
         ids("c{n}", range(60)) + " x",
         claims=table(_UPLOAD, many("c{n} | p{n} | A | {d} | 2024-03-15 02:00:00", range(60),
                                    per_day=2), "x | q | A | 2024-01-07 | 2024-03-15 02:00:00",
                      _ON_TIME)),
    case("D13.bulk_upload", "sent within the week", "",
         claims=table("claim_id | patient_id | provider_id | admitted_on | uploaded_at",
                      many("c{n} | p{n} | A | {d} | 2024-01-31 02:00:00", range(60), per_day=2))),
    case("D14.default_time", "a month of visits at midnight", ids("c{n}", range(24)),
         claims=table(_TIME, many("c{n} | p{n} | A | {d} | {d} 00:00:00", range(24), per_day=3))),
    case("D14.default_time", "twin: a party that comes together on one day", "",
         claims=table(_TIME, many("c{n} | p{n} | A | {d} | {d} 09:30:00", range(24), per_day=24))),
]  # fmt: skip

_PLACES = "provider_id | operator_id | contracted_from | contracted_to"
_CLOSED = "A | o | 2010-01-01 | 2024-03-31"
_LONE = "A | lone | 2010-01-01 | 2024-03-31"
_HANDS = "claim_id | patient_id | provider_id | admitted_on | practitioner_id"
_BUSY = many("b{n} | p{n} | A | {d} | d1", range(90), start=date(2024, 1, 2))
_LATE = many("e{n} | p{n} | A | {d} | d1", range(20), start=date(2024, 4, 1))
_MERGED = "D15.merged_branch"
MERGED: list[Case] = [
    case(_MERGED, "the same hands go on for three weeks, and the operator has another place",
         ids("e{n}", range(20)), claims=table(_HANDS, _BUSY, _LATE),
         providers=table(_PLACES, _CLOSED, "B | o | 2010-01-01 |")),
    case(_MERGED, "a burst of claims on one of these days is judged apart from it",
         ids("e{n}", range(20)) + " " + ids("z{n}", range(15)),
         claims=table(_HANDS, _BUSY, _LATE, *(f"z{n} | q{n} | A | 2024-04-10 | d1"
                                              for n in range(15))),
         providers=table(_PLACES, _CLOSED, "B | o | 2010-01-01 |")),
    case(_MERGED, "twin: the operator has no other place", "",
         claims=table(_HANDS, _BUSY, _LATE), providers=table(_PLACES, _LONE)),
    case(_MERGED, "twin: other practitioners bill under the number", "",
         claims=table(_HANDS, _BUSY, _LATE.replace("d1", "d9")),
         providers=table(_PLACES, _CLOSED, "B | o | 2010-01-01 |")),
    case(_MERGED, "twin: it never ends", "",
         claims=table(_HANDS, _BUSY, _LATE, "z | p1 | A | 2024-11-01 | d1"),
         providers=table(_PLACES, _CLOSED, "B | o | 2010-01-01 |")),
]  # fmt: skip

SLIPS: list[Case] = [*WHO, *ALIVE, *WHAT, *HOW_MUCH, *SENT, *MERGED, *TILLS, *SPANS]
