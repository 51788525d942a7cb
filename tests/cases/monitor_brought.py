"""Hit, near miss and exception of rules about people brought in, and about much for each of them.

Illnesses, items, levels and kinds are those of one case alone: all cases stand in one fund.
"""

from monitor_cases import Case, case
from monitor_often import bought
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_PRICED = f"{LINE} | quantity | unit_price | amount"
_ILL = f"{STAY} | diagnosis_code"
_DAYS = ("01-02", "02-11", "03-22", "05-01", "06-10")


def _rota(n: int, ill: str, others: int = 1) -> dict[str, str]:
    """Persons of A in bed five times a year, forty of B and of C once or as often."""
    claims = []
    for mark, at, some, often in (("c", "A", n, 5), ("b", "B", 20, others), ("k", "C", 20, others)):
        claims += [rows(f"{mark}{k}{{n}} | {mark}p{{n}} | {at} | 2024-{day} | 2024-{day}"
                        f" | inpatient | {ill}", range(some))
                   for k, day in enumerate(_DAYS[:often])]  # fmt: skip
    return {"claims": table(_ILL, *claims)}


def _free(n: int, scheme: str, others: int = 3000) -> dict[str, str]:
    stay = f"2024-03-01 | 2024-03-05 | inpatient | {scheme}"
    claims = [rows(f"c{{n}} | p{{n}} | A | {stay} | 7000 | 0", range(n))]
    claims += [rows(f"{at}{{n}} | {at}{{n}} | {at} | {stay} | 7000 | {others}", range(20))
               for at in "BC"]  # fmt: skip
    return {"claims": table(f"{STAY} | scheme | fund_amount | patient_amount", *claims)}


def _alone(n: int, ill: str, seen: str = "", others: str = "02-20") -> dict[str, str]:
    """Stays of persons of A, who are seen on a day or not at all, and of B and C, who are."""
    stay = f"2024-03-01 | 2024-03-05 | inpatient | {ill}"
    visit = "outpatient | I10"
    claims = [rows(f"c{{n}} | p{{n}} | A | {stay}", range(n))]
    if seen:
        claims.append(rows(f"v{{n}} | p{{n}} | D | 2024-{seen} | 2024-{seen} | {visit}", range(n)))
    for at in "BC":
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | {stay}", range(30)))
        if others:
            claims.append(rows(f"v{at}{{n}} | {at}{{n}} | D | 2024-{others} | 2024-{others}"
                               f" | {visit}", range(30)))  # fmt: skip
    return {"claims": table(_ILL, *claims)}


def _pieces(n: int, kind: str, fen: int = 3000, others: str = "1 1 1") -> dict[str, str]:
    """Lines of three pieces at A, of others' pieces at ten yuan each at B, C and D."""
    claims = [rows("c{n} | p{n} | A | 2024-03-01", range(n))]
    billed = [rows(f"c{{n}} | 1 | x | 2024-03-01 09:00:00 | 3 | {fen // 3} | {fen}", range(n))]
    for at, pieces in zip("BCD", others.split(), strict=True):
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | 2024-03-01", range(5)))
        billed.append(rows(f"{at}{{n}} | 1 | x | 2024-03-01 09:00:00 | {pieces} | 1000"
                           f" | {int(pieces) * 1000}", range(5)))  # fmt: skip
    return {"claims": table(CLAIM, *claims), "claim_lines": table(_PRICED, *billed),
            "items": table("item_code | kind", f"x | {kind}")}  # fmt: skip


def _lumps(pieces: int, days: int) -> dict[str, str]:
    """Stays of A with all pieces on one line, of B, C and D with one on each of three days."""
    stays = [rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | 2024-03-{days:02d} | inpatient", range(12))]
    billed = [rows(f"c{{n}} | 1 | x | 2024-03-01 | {pieces} | 1000 | {pieces}000", range(12))]
    for at in "BCD":
        stays.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | 2024-03-01 | 2024-03-03 | inpatient",
                          range(5)))  # fmt: skip
        billed += [rows(f"{at}{{n}} | {day} | x | 2024-03-0{day} | 1 | 1000 | 1000", range(5))
                   for day in (1, 2, 3)]  # fmt: skip
    return {"claims": table(STAY, *stays), "claim_lines": table(_PRICED, *billed),
            "items": table("item_code | kind", "x | service")}  # fmt: skip


def _drugs(
    n: int,
    ill: str,
    drugs: int = 1,
    *,
    days: int = 7,
    kind: str = "outpatient",
    peers: int = 0,
    people: int = 8,
    code: str = "x",
    unit: str = "box",
    apart: bool = False,
) -> dict[str, str]:
    """Visits of A, and some of B and C, with drugs for days; the others have one for a week.

    people  who make the visits of A, in turn
    apart   each drug is given on a day of its own
    """
    claims = [f"c{k} | p{k % people} | A | 2024-03-01 | {kind} | {ill}" for k in range(n)]
    claims += [rows(f"{at}{{n}} | {at}{{n}} | {at} | 2024-03-01 | {kind} | {ill}", range(20))
               for at in "BC"]  # fmt: skip
    line = "| {k} | {code}{k} | 2024-03-0{on} 09:00:00 | {d}"
    billed = []
    for mark, first, some in (("c", 0, n), ("B", 0, peers), ("C", 0, peers)):
        for k in range(drugs):
            on = 1 + k * apart
            of = line.format(k=k, code=code, on=on, d=days)
            billed.append(rows(f"{mark}{{n}} {of}", range(first, some)))
    of = line.format(k=0, code=code, on=1, d=7)
    billed += [rows(f"{at}{{n}} {of}", range(peers, 20)) for at in "BC"]
    kinds = [f"{code}{k} | drug | {unit}" for k in range(drugs)]
    return {"claims": table(f"{CLAIM} | visit_kind | diagnosis_code", *claims),
            "claim_lines": table(f"{LINE} | days_supply", *billed),
            "items": table("item_code | kind | unit", *kinds)}  # fmt: skip


def _caused(n: int, cause: str, kind: str, others: str = "E11") -> dict[str, str]:
    claims = [rows(f"c{{n}} | p{{n}} | A | 2024-03-01 | S82.1 | I10/{cause}", range(n))]
    claims += [rows(f"{at}{{n}} | {at}{{n}} | {at} | 2024-03-01 | S82.1 | {others}", range(20))
               for at in "BC"]  # fmt: skip
    return {"claims": table(f"{CLAIM} | diagnosis_code | secondary_diagnoses", *claims),
            "providers": table("provider_id | kind | level",
                               *(f"{at} | {kind} | 0" for at in "ABC"))}  # fmt: skip


def _daily(n: int, ill: str, fen: int, beds: int = 4, left: str = "home") -> dict[str, str]:
    """Stays of four nights with a bed a day and drugs for so much; forty yuan at B and C."""
    stay = f"2024-03-01 | 2024-03-05 | inpatient | {ill}"
    claims = [rows(f"c{{n}} | p{{n}} | A | {stay} | {left}", range(n))]
    billed = [rows(f"c{{n}} | 9 | x | 2024-03-02 09:00:00 | 1 | {fen} | {fen}", range(n))]
    billed += [rows(f"c{{n}} | {day} | bed | 2024-03-0{day} 09:00:00 | 1 | 1000 | 1000", range(n))
               for day in range(1, beds + 1)]  # fmt: skip
    for at in "BC":
        claims.append(rows(f"{at}{{n}} | {at}{{n}} | {at} | {stay} | home", range(20)))
        billed.append(rows(f"{at}{{n}} | 9 | x | 2024-03-02 09:00:00 | 1 | 4000 | 4000",
                           range(20)))  # fmt: skip
        billed += [rows(f"{at}{{n}} | {day} | bed | 2024-03-0{day} 09:00:00 | 1 | 1000 | 1000",
                        range(20)) for day in range(1, 5)]  # fmt: skip
    return {"claims": table(f"{_ILL} | disposition", *claims),
            "claim_lines": table(_PRICED, *billed),
            "items": """item_code | kind
            bed | bed
            x | drug"""}  # fmt: skip


_ROTA, _FREE, _ALONE = "R02.again_and_again", "R02.nothing_to_pay", "R02.no_other_trace"
_PIECES, _PACKS, _EXAM = "R05.more_pieces", "R09.more_packs", "R08.dearer_exam"
_DRUGS = "R08.dearer_drugs"
_MANY, _LONG, _PAYER, _CHEAP = (
    "R09.many_drugs",
    "R09.long_supply",
    "R10.other_payer",
    "R07.cheap_days",
)
_EIGHT = names(*range(8))

BROUGHT: list[Case] = [
    case(_ROTA, "six persons in bed for the fourth and fifth time",
         " ".join(sorted(f"c{k}{n}" for k in (3, 4) for n in range(6))), **_rota(6, "K50.0")),
    case(_ROTA, "two persons are few", "", **_rota(2, "K51.0")),
    case(_ROTA, "such patients come back elsewhere too", "", **_rota(6, "K52.0", 5)),
    case(_ROTA, "dialysis comes back", "", **_rota(6, "N18.5")),
    case(_FREE, "eight stays that cost the person nothing", _EIGHT, **_free(8, "resident")),
    case(_FREE, "four are few", "", **_free(4, "resident")),
    case(_FREE, "an insurance that pays all", "", **_free(8, "employee", 0)),
    case(_ALONE, "eight persons whom nobody saw before or after", _EIGHT, **_alone(8, "K55.0")),
    case(_ALONE, "four are few", "", **_alone(4, "K56.0")),
    case(_ALONE, "seen ten days before", "", **_alone(8, "K57.0", "02-20")),
    case(_ALONE, "seen two months after", "", **_alone(8, "K58.0", "05-05")),
    case(_ALONE, "nobody with this illness is seen elsewhere", "",
         **_alone(8, "K59.0", others="")),
    case(_PIECES, "three pieces where three others bill one", names(*range(12), line=":1"),
         fen=(0, 16800, 25200), **_pieces(12, "service")),
    case(_PIECES, "nine lines are few", "", **_pieces(9, "service")),
    case(_PIECES, "pieces of a third", "", **_pieces(12, "exam", 1000)),
    case(_PIECES, "others lie as far apart", "", **_pieces(12, "service", others="1 1 4")),
    case(_PIECES, "a stay of six days billed on one line", "", **_lumps(6, 6)),
    case(_PIECES, "more pieces on one line than others bill in such a stay",
         names(*range(12), line=":1"), **_lumps(6, 3)),
    case(_PACKS, "three packs where three others give one", names(*range(12), line=":1"),
         **_pieces(12, "drug")),
    case(_PACKS, "nine are few", "", **_pieces(9, "drug")),
    case(_MANY, "eight visits with six drugs", _EIGHT, **_drugs(8, "K60.0", 6)),
    case(_MANY, "five drugs are allowed", "", **_drugs(8, "K61.0", 5)),
    case(_MANY, "six drugs on six days of a claim: a month settled at once", "",
         **_drugs(8, "K67.1", 6, apart=True)),
    case(_MANY, "six herbs of a decoction by the gram", "", **_drugs(8, "K68.0", 6, unit="g")),
    case(_MANY, "six herbs by their national code", "", **_drugs(8, "K69.0", 6, code="T000")),
    case(_MANY, "four are few", "", **_drugs(4, "K62.0", 6)),
    case(_MANY, "three people who come again", _EIGHT, **_drugs(8, "K65.0", 6, people=3)),
    case(_MANY, "two people who come again are no habit of a house", "",
         **_drugs(8, "K66.0", 6, people=2)),
    case(_MANY, "others give as many for this illness", "", **_drugs(8, "K63.0", 6, peers=12)),
    case(_LONG, "eight visits with drugs for two weeks", _EIGHT, **_drugs(8, "K64.0", days=14)),
    case(_LONG, "a week is allowed", "", **_drugs(8, "K65.0")),
    case(_LONG, "chronic care may have more", "",
         **_drugs(8, "K66.0", days=14, kind="chronic")),
    case(_LONG, "others give as much for this illness", "",
         **_drugs(8, "K67.0", days=14, peers=12)),
    case(_PAYER, "eight visits after traffic accidents", _EIGHT, **_caused(8, "V03.1", "clinic")),
    case(_PAYER, "four are few", "", **_caused(4, "V03.1", "hospital")),
    case(_PAYER, "peers settle them too", "",
         **_caused(8, "V03.1", "nursing", others="V04.1")),
    case(_PAYER, "a fall is nobody's", "", **_caused(8, "W01.0", "hospital")),
    case(_CHEAP, "eight stays with a fortieth done a day", _EIGHT, **_daily(8, "K70.0", 100)),
    case(_CHEAP, "a third is no quarter", "", **_daily(8, "K71.0", 1300)),
    case(_CHEAP, "four are few", "", **_daily(4, "K72.0", 100)),
    case(_CHEAP, "two days of a bed", "", **_daily(8, "K73.0", 100, beds=2)),
    case(_CHEAP, "who dies is only nursed", "", **_daily(8, "K74.0", 100, left="died")),
    case(_DRUGS, "twenty-four claims with the dearer drug", names(*range(24), line=":1"),
         **bought(24, "K83", "XC09CAd")),
    case(_DRUGS, "nineteen are few", "", **bought(19, "K84", "XC09CAd")),
    case(_DRUGS, "others choose it for this illness too", "",
         **bought(24, "K85", "XC09CAd", "XC09CAd")),
    case(_DRUGS, "consumables are no drugs", "", **bought(24, "K86", "C0101d")),
    case(_EXAM, "twelve claims with the dearer test", names(*range(12), line=":1"),
         **bought(12, "K80", "002501d")),
    case(_EXAM, "nine are few", "", **bought(9, "K81", "002501d")),
    case(_EXAM, "others choose it for this illness too", "",
         **bought(12, "K82", "002501d", "002501d")),
]  # fmt: skip
