"""Hit, near miss and exception of the rules about rounds, ailments, second numbers and hours."""

from datetime import date, timedelta

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_ELSEWHERE, _SHOPS = "R11.named_nowhere_else", "R21.shops_of_a_day"
_DEARER = "R23.dearer_outsiders"
_ROUTE, _MANY, _PERSON = "R15.one_route", "R12.many_illnesses", "R12.person_many_illnesses"
_NUMBERS, _SUM, _ONCE = "R18.two_numbers", "R21.monthly_sum", "R16.sessions_at_once"
_ORGAN, _CARRIED, _ALIKE = (
    "R17.organ_is_gone", "R20.department_carried_on", "R23.outsiders_alike",
)  # fmt: skip
_FIRST = date(2024, 1, 2)


def _known(ill: str, unchecked: int = 5, away: int = 8, told: str = "J06", second: str = "",
           others: str = "card") -> dict[str, str]:  # fmt: skip
    """Eight visits at A for an illness that forty people have at two places; others at B."""
    checks = ["none"] * unchecked + ["card"] * (8 - unchecked)
    claims = [f"c{n} | p | A | 2024-03-{n + 1:02d} | {ill} | {checks[n]} |" for n in range(8)]
    claims += [f"e{n} | p | B | 2024-05-{n + 1:02d} | J06 | card |" for n in range(away - 1)]
    claims += [f"e7 | p | B | 2024-05-08 | {told} | card | {second}"] * (away > 0)
    claims += [f"q{k}.{at}{n} | q{k} | {at} | 2024-06-{n + 1:02d} | {ill} | {check} |"
               for k in range(40) for at, check in (("A", others), ("C", "card"))
               for n in range(3)]  # fmt: skip
    claims += [f"w{k}.{n} | q{k} | B | 2024-07-{n + 1:02d} | J06 | card |"
               for k in range(40) for n in range(6)]  # fmt: skip
    return {"claims": table(
        f"{CLAIM} | diagnosis_code | identity_check | secondary_diagnoses", *claims
    )}  # fmt: skip


def _tours(people: int, tours: int = 3, regulars: int = 100, ill: str = "I10",
           districts: str = "110101 110102 110103", alone: int = 0) -> dict[str, str]:  # fmt: skip
    """A round A, B, C of three days, each person on days of the own; regulars of B beside them.

    alone  persons who take the first step only, and as many who take the second only
    """
    claims = [
        f"c{who}{tour}{stop} | p{who} | {'ABC'[stop]} | "
        f"{_FIRST + timedelta(days=25 * tour + who % 20 + stop)} | {ill}"
        for who in range(people) for tour in range(tours) for stop in range(3)
    ]  # fmt: skip
    claims += [
        f"s{step}{who}{tour}{stop} | s{step}{who} | {'ABC'[stop]} | "
        f"{_FIRST + timedelta(days=25 * tour + who % 20 + stop)} | {ill}"
        for step in range(2) for who in range(alone) for tour in range(tours)
        for stop in (step, step + 1)
    ]  # fmt: skip
    usual = [rows(f"r{turn}{{n}} | q{{n}} | B | 2024-0{turn}-01 | I10", range(regulars))
             for turn in (5, 7)]  # fmt: skip
    a, b, c = districts.split()
    return {
        "claims": table(f"{CLAIM} | diagnosis_code", *claims, *usual),
        "providers": table("provider_id | region_code", f"A | {a}", f"B | {b}", f"C | {c}"),
    }


def _toured(people: int, tours: int = 3) -> str:
    hits = [" ".join(f"c{who}{tour}{stop}" for tour in range(tours) for stop in range(3))
            for who in range(people)]  # fmt: skip
    return " | ".join(sorted(hits))


def _ailing(days: int, ills: int = 4, kind: str = "drug", step: int = 0) -> dict[str, str]:
    """One person with a drug for each of several illnesses, all of a day or a day for each."""
    codes = ("I10", "E11", "M17", "K21", "J44")
    claims = [
        f"c{day}{ill} | p | A | {_FIRST + timedelta(days=30 * day + step * ill)} | {codes[ill]}"
        for day in range(days) for ill in range(ills)
    ]  # fmt: skip
    head = f"{CLAIM} | diagnosis_code"
    ids = [one.split(" | ")[0] for one in claims] + [f"b{n}" for n in range(100)]
    return {
        "claims": table(head, *claims, rows("b{n} | q{n} | B | {day} | I10", range(100))),
        "claim_lines": table(LINE, *(f"{one} | 1 | y | 2024-03-01 09:00:00" for one in ids)),
        "items": f"""item_code | kind
            y | {kind}""",
    }


def _registered(*bills: str, born: tuple[str, str] = ("1960-05-01", "1960-05-01"),
                sexes: str = "FF", fen: int = 10_000,
                more: bool = False) -> dict[str, str]:  # fmt: skip
    """Each bill ("2024-03-01 outpatient 0") under two numbers; the second one of this total."""
    claims = []
    for n, bill in enumerate(bills):
        day, kind, nights = bill.split()
        out = date.fromisoformat(day) + timedelta(days=int(nights))
        claims += [f"c{n}{who} | p{who} | A | {day} | {out} | {kind} | {total}"
                   for who, total in ((1, 10_000), (2, fen))]  # fmt: skip
        claims += [f"m{n} | q | A | {day} | {out} | {kind} | 10000"] * more
    return {
        "claims": table(f"{STAY} | total_amount", *claims),
        "patients": f"""patient_id | birth_date | sex
            p1 | {born[0]} | {sexes[0]}
            p2 | {born[1]} | {sexes[1]}""",
    }


_VISITS = ("2024-03-01 outpatient 0", "2024-04-01 outpatient 0")


def _credited(months: int, kind: str = "consumable", account: int = 20_000,
              more: int = 0) -> dict[str, str]:  # fmt: skip
    """A person pays 200 yuan in each month, beside sixty ordinary payments from accounts."""
    claims = [
        f"c{n} | p | A | 2024-0{n + 1}-05 | pharmacy | {20_000 + more * n} | {account + more * n}"
        for n in range(months)
    ]
    usual = [rows(f"{at}{{n}} | {at}{{n}} | {at} | {{day}} | pharmacy | 3000 | 1000", range(60))
             for at in "BDE"]  # fmt: skip
    lines = [f"c{n} | 1 | x | 2024-03-01 09:00:00" for n in range(months)]
    return {
        "claims": table(f"{CLAIM} | visit_kind | total_amount | account_amount", *claims, *usual),
        "claim_lines": table(LINE, *lines, rows("B{n} | 1 | x | 2024-03-01 09:00:00", range(60))),
        "items": f"""item_code | kind
            x | {kind}""",
    }  # fmt: skip


def _shopped(days: int, shops: str = "ABC") -> dict[str, str]:
    """A person pays at several pharmacies on each day, beside a hundred payments of others."""
    claims = [f"c{day}{at} | p | {at} | {_FIRST + timedelta(days=9 * day)} | pharmacy | 1000"
              for day in range(days) for at in shops]  # fmt: skip
    usual = rows("b{n} | q{n} | A | {day} | pharmacy | 1000", range(100))
    return {"claims": table(f"{CLAIM} | visit_kind | account_amount", *claims, usual)}


def _treated(*days: int, people: int = 10, apart: int = 3, minutes: int = 30,
             since: int = 9 * 60) -> dict[str, str]:  # fmt: skip
    """Sessions of one practitioner, so many minutes one behind another, and quiet days beside."""
    claims, lines = [], []
    for day in days:
        for who in range(people):
            on, clock = _FIRST + timedelta(days=day), since + who * apart
            one = f"c{day:02d}{who}"
            claims.append(f"{one} | p{who} | A | {on} | d")
            lines.append(f"{one} | 1 | s | {on} {clock // 60:02d}:{clock % 60:02d}:00")
    for n in range(12):
        on = _FIRST + timedelta(days=100 + n)
        claims.append(f"q{n} | q{n} | A | {on} | d")
        lines.append(f"q{n} | 1 | s | {on} {8 + n % 9:02d}:10:00")
    return {
        "claims": table(f"{CLAIM} | practitioner_id", *claims),
        "claim_lines": table(LINE, *lines),
        "items": f"""item_code | kind | minutes
            s | service | {minutes}""",
    }  # fmt: skip


def _without(n: int, ill: str = "K80.2", group: str = "g1", since: str = "2024-06-01",
             procedure: str = "") -> dict[str, str]:  # fmt: skip
    """Visits of one person after a stay, beside a hundred others who have the organ."""
    return {
        "claims": table(
            f"{STAY} | diagnosis_code | drg_code | procedure_codes",
            f"s | p | H | 2024-01-10 | 2024-01-15 | inpatient | K80.2 | {group} | {procedure}",
            rows(f"c{{n}} | p | A | {{day}} | {{day}} | outpatient | {ill} | |", range(n),
                 since=since),
            rows("b{n} | q{n} | B | {day} | {day} | outpatient | K80.2 | |", range(100))),
        "drg_groups": """drg_code | name
            g1 | 胆囊切除手术，伴合并症或并发症
            g2 | 除胆囊切除以外的胆道手术""",
    }  # fmt: skip


def _closed(n: int, ill: str = "M54", who: str = "d", before: int = 0,
            kind: str = "outpatient") -> dict[str, str]:  # fmt: skip
    """Department K2 of A is closed from April to June; d signs there, e in K1 only."""
    return {
        "claims": table(
            f"{CLAIM} | department_code | diagnosis_code | practitioner_id | visit_kind",
            rows("k{n} | p{n} | A | {day} | K2 | M54 | d | outpatient", range(12),
                 since="2024-02-01"),
            rows("o{n} | q{n} | A | {day} | K1 | I10 | e | outpatient", range(12),
                 since="2024-02-01"),
            rows("w{n} | r{n} | A | {day} | K1 | M54 | d | outpatient", range(before),
                 since="2024-02-01"),
            rows(f"c{{n}} | s{{n}} | A | {{day}} | K1 | {ill} | {who} | {kind}", range(n),
                 since="2024-04-05")),
        "contract_periods": """provider_id | suspended_from | suspended_to | department_code
            A | 2024-04-01 | 2024-06-30 | K2""",
    }  # fmt: skip


def _journeys(n: int, ill: str, *, here: str = "5678", others: str = "5678") -> dict[str, str]:
    """Stays of eleven nights of people from afar, beside those of people from here and of B."""

    def stays(mark: str, at: str, count: int, nights: str) -> list[str]:
        days = [int(one, 16) for one in nights]
        return [
            f"{mark}{k} | {mark}{k} | {at} | {_FIRST + timedelta(days=3 * k)} | "
            f"{_FIRST + timedelta(days=3 * k + days[k % len(days)])} | inpatient | {ill}"
            for k in range(count)
        ]

    away = [f"c{k} | 540102" for k in range(n)]
    near = [f"{mark}{k} | 620102" for mark in "hb" for k in range(80)]
    return {
        "claims": table(f"{STAY} | diagnosis_code", *stays("c", "A", n, "b"),
                        *stays("h", "A", 80, here), *stays("b", "B", 80, others)),
        "patients": table("patient_id | region_code", *away, *near),
        "providers": """provider_id | region_code
            A | 620102
            B | 620102""",
    }  # fmt: skip


def _priced(n: int, fen: int, here: int = 8, others: int = 10_000,
            kind: str = "hospital", away_n: int = 60) -> dict[str, str]:  # fmt: skip
    """Stays of people from afar at A and at B, beside those of people from here for 100 yuan."""

    def stays(mark: str, at: str, count: int, total: int) -> list[str]:
        said = "2024-03-01 | 2024-03-08 | inpatient | M16"
        return [f"{mark}{k} | {mark}{k} | {at} | {said} | {total}" for k in range(count)]

    away = [
        f"{mark}{k} | 540102" for mark, count in (("c", n), ("w", away_n)) for k in range(count)
    ]
    near = [f"{mark}{k} | 630102" for mark, count in (("h", here), ("b", 8)) for k in range(count)]
    return {
        "claims": table(
            f"{STAY} | diagnosis_code | total_amount", *stays("c", "A", n, fen),
            *stays("h", "A", here, 10_000), *stays("w", "B", away_n, others),
            *stays("b", "B", 8, 10_000)),
        "patients": table("patient_id | region_code", *away, *near),
        "providers": f"""provider_id | region_code | kind
            A | 630102 | {kind}
            B | 630102 | {kind}""",
    }  # fmt: skip


ROUNDS: list[Case] = [
    case(_DEARER, "twelve from afar cost twice as much", names(*range(12)),
         **_priced(12, 20_000)),
    case(_DEARER, "a third more", "", **_priced(12, 13_000)),
    case(_DEARER, "so do those of like providers", "",
         **_priced(12, 20_000, others=20_000, kind="nursing", away_n=12)),
    case(_DEARER, "four from here are too few to compare", "", **_priced(12, 20_000, 4)),
    case(_DEARER, "four are few", "", **_priced(4, 20_000)),
    case(_ELSEWHERE, "five of eight visits unchecked, for what nobody else knows of",
         names(*range(8)), fen=(0, 8 * 7000, 8 * 7000), **_known("E11")),
    case(_ELSEWHERE, "one other claim names it", "", **_known("E14", told="E14")),
    case(_ELSEWHERE, "beside another illness, elsewhere", "", **_known("F20", second="I50/F20")),
    case(_ELSEWHERE, "always checked", "", **_known("G40", 0)),
    case(_ELSEWHERE, "a place that asks nobody for the card", "", **_known("B18", others="none")),
    case(_ELSEWHERE, "who goes nowhere else", "", **_known("K74", away=0)),
    case(_ELSEWHERE, "an illness that passes", "", **_known("J20")),
    case(_ROUTE, "seven people make one round three times, each on days of the own", _toured(7),
         fen=(0, 63 * 7000, 63 * 7000), **_tours(7)),
    case(_ROUTE, "three are a family", "", **_tours(3)),
    case(_ROUTE, "once only", "", **_tours(7, tours=1)),
    case(_ROUTE, "as many as take single steps by themselves", "",
         **_tours(6, regulars=20, alone=12)),
    case(_ROUTE, "five of ten regulars, of whom none takes one step alone", _toured(5),
         **_tours(5, regulars=5)),
    case(_ROUTE, "four of eight regulars may be chance", "", **_tours(4, regulars=4)),
    case(_ROUTE, "to town and back", "", **_tours(7, districts="110101 110102 110101")),
    case(_ROUTE, "dialysis", "", **_tours(7, ill="N18.5")),
    case(_MANY, "drugs for four illnesses on two days", "c00 c01 c02 c03 c10 c11 c12 c13",
         **_ailing(2)),
    case(_MANY, "three illnesses", "", **_ailing(3, 3)),
    case(_MANY, "each on a day of its own", "", **_ailing(2, step=1)),
    case(_MANY, "no drugs", "", **_ailing(2, kind="exam")),
    case(_MANY, "one day is little", "", **_ailing(1)),
    case(_PERSON, "drugs for five illnesses on two days",
         " ".join(f"c{day}{ill}" for day in range(2) for ill in range(5)), **_ailing(2, 5)),
    case(_PERSON, "three illnesses", "", **_ailing(3, 3)),
    case(_PERSON, "each on a day of its own", "", **_ailing(2, step=1)),
    case(_PERSON, "one day is little", "", **_ailing(1)),
    case(_NUMBERS, "two visits settled under both numbers", "c01 c11 | c02 c12",
         fen=(0, 14_000, 28_000), **_registered(*_VISITS)),
    case(_NUMBERS, "one stay settled under both", "c01 | c02", fen=(0, 7000, 14_000),
         **_registered("2024-03-01 inpatient 6")),
    case(_NUMBERS, "one visit may be chance", "", **_registered(_VISITS[0])),
    case(_NUMBERS, "other totals", "", **_registered(*_VISITS, fen=9_999)),
    case(_NUMBERS, "a fee that somebody else paid on these days as well", "",
         **_registered(*_VISITS, more=True)),
    case(_NUMBERS, "brother and sister", "", **_registered(*_VISITS, sexes="FM")),
    case(_NUMBERS, "born a day apart", "",
         **_registered(*_VISITS, born=("1960-05-01", "1960-05-02"))),
    case(_NUMBERS, "twins of nine years fall ill together", "",
         **_registered(*_VISITS, born=("2015-01-01", "2015-01-01"))),
    case(_SUM, "the same 200 yuan in six months", names(*range(6)), **_credited(6)),
    case(_SUM, "a refill: drugs are on it", "", **_credited(6, "drug")),
    case(_SUM, "the fund pays a part", "", **_credited(6, account=10_000)),
    case(_SUM, "other sums", "", **_credited(6, more=1)),
    case(_SUM, "two months", "", **_credited(2)),
    case(_SHOPS, "three pharmacies on each of two days", "c0A c0B c0C c1A c1B c1C",
         **_shopped(2)),
    case(_SHOPS, "two pharmacies", "", **_shopped(4, "AB")),
    case(_SHOPS, "one day is little", "", **_shopped(1)),
    case(_ONCE, "ten sessions of half an hour begin within the half hour",
         " ".join(f"c00{who}" for who in range(3, 10)), **_treated(0)),
    case(_ONCE, "one after another", "", **_treated(0, apart=31)),
    case(_ONCE, "of ten minutes", "", **_treated(0, minutes=10)),
    case(_ONCE, "three side by side, on five days", "", **_treated(*range(5), people=3)),
    case(_ONCE, "all typed in at one moment", "", **_treated(0, apart=0)),
    case(_ONCE, "whose days are all like this: an hour in the morning", "",
         **_treated(*range(14), people=9, apart=5)),
    case(_ORGAN, "six visits for a gallbladder that is gone since January", names(*range(6)),
         **_without(6)),
    case(_ORGAN, "by the code of the procedure", names(*range(6)),
         **_without(6, group="", procedure="51.2300x001")),
    case(_ORGAN, "looked after in the first months", "", **_without(6, since="2024-04-01")),
    case(_ORGAN, "stones of the ducts", "", **_without(6, "K80.5")),
    case(_ORGAN, "the group of all but it", "", **_without(6, group="g2")),
    case(_ORGAN, "four are few", "", **_without(4)),
    case(_CARRIED, "eight claims of its illness by its practitioner under K1", names(*range(8)),
         **_closed(8)),
    case(_CARRIED, "who now treats the illness of K1", "", **_closed(8, "I10")),
    case(_CARRIED, "another practitioner", "", **_closed(8, who="e")),
    case(_CARRIED, "it was so before", "", **_closed(8, before=11)),
    case(_CARRIED, "emergencies", "", **_closed(8, kind="emergency")),
    case(_CARRIED, "four are few", "", **_closed(4)),
    case(_ALIKE, "ten from afar stay eleven nights each", names(*range(10)),
         **_journeys(10, "M51")),
    case(_ALIKE, "a programme: people from here stay as long", "",
         **_journeys(10, "M47", here="b")),
    case(_ALIKE, "the usual nights of the illness", "", **_journeys(10, "M48", others="b")),
    case(_ALIKE, "rehabilitation in stages", "", **_journeys(10, "Z50")),
    case(_ALIKE, "four are few", "", **_journeys(4, "M50")),
]  # fmt: skip
