"""Hit, near miss and exception of the rules about shelves and bodies; money in fen."""

from datetime import date, timedelta

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY

PACK = f"{LINE} | trace_code"
EVENT = "trace_code | provider_id | event | happened_at"
STOCK = "provider_id | item_code | month | opening | purchased | closing"
_BACK, _OPENING = "R13.sold_after_return", "R14.opening_not_closing"
_ORGAN, _GROUP, _BIRTH, _THIRD = (
    "R17.organ_removed_twice", "R17.removal_paid_twice", "R17.births_too_close",
    "R17.third_of_two",
)  # fmt: skip


def _returned(*events: str, sold: str = "2024-03-20") -> dict[str, str]:
    """A pack t1 that A bought and settles on a day, with what else happened to it."""
    told = [f"t1 | {event} 09:00:00" for event in ("A | purchased | 2024-02-01", *events)]
    return {
        "claims": f"""{CLAIM}
            c0 | q | A | 2024-02-20
            c1 | p | A | {sold}""",
        "claim_lines": f"""{PACK}
            c0 | 1 | x | 2024-02-20 09:00:00 | t0
            c1 | 1 | x | {sold} 09:00:00 | t1""",
        "trace_events": "\n".join([EVENT, *told]),
    }


_SENT = "A | returned | 2024-03-10"


def _stocked(*months: str, settled: int = 15) -> dict[str, str]:
    """Fifteen of an item settled a month, beside its stock record: opening, purchased, closing."""
    days = [f"2024-{n:02d}-05" for n in range(1, len(months) + 1)]
    return {
        "claims": "\n".join([CLAIM, *(f"c{n} | p | A | {d}" for n, d in enumerate(days, 1))]),
        "claim_lines": "\n".join(
            [f"{LINE} | quantity",
             *(f"c{n} | 1 | x | {d} 09:00:00 | {settled}" for n, d in enumerate(days, 1))]
        ),
        "stock_moves": "\n".join(
            [STOCK, *(f"A | x | {d[:-2]}01 | {m}" for d, m in zip(days, months, strict=True) if m)]
        ),
    }  # fmt: skip


def _operated(head: str, one: str, two: str, since: str = "2024-06-01",
              home: str = "home") -> dict[str, str]:  # fmt: skip
    return {
        "claims": f"""{STAY} | disposition | {head}
        c1 | p | A | 2024-01-10 | 2024-01-15 | inpatient | {home} | {one}
        c2 | p | B | {since} | 2024-06-20 | inpatient | home | {two}"""
    }


def _three(*stays: str, head: str = "drg_code") -> dict[str, str]:
    """Stays ("2024-01-10 e1") of five nights for the groups of eyes and joints."""
    days = [date.fromisoformat(stay.split()[0]) for stay in stays]
    return {
        "claims": "\n".join(
            [f"{STAY} | {head}",
             *(f"c{n} | p | A | {day} | {day + timedelta(days=5)} | inpatient | {stay.split()[1]}"
               for n, (day, stay) in enumerate(zip(days, stays, strict=True), 1))]
        ),
        "drg_groups": """drg_code | name
            e1 | 晶体手术
            k1 | 膝关节置换术
            k2 | 除膝关节置换以外的关节手术""",
    }  # fmt: skip


_EYES = ("2024-01-10 e1", "2024-03-10 e1", "2024-05-10 e1")
_GROUPS = """drg_code | name
    g1 | 胆囊切除手术，伴合并症或并发症
    g2 | 胆囊切除手术，不伴合并症或并发症
    g3 | 除胆囊切除以外的胆道手术
    g4 | 阑尾切除手术"""
_CODE = "procedure_codes"

SHELVES: list[Case] = [
    case(_BACK, "sold ten days after it went back unsold", "c1:1", fen=(0, 700, 700),
         **_returned(_SENT)),
    case(_BACK, "bought again since", "", **_returned(_SENT, "A | purchased | 2024-03-15")),
    case(_BACK, "the new purchase is recorded three days late", "",
         **_returned(_SENT, "A | purchased | 2024-03-23")),
    case(_BACK, "a new purchase four days after the sale explains nothing", "c1:1",
         **_returned(_SENT, "A | purchased | 2024-03-24")),
    case(_BACK, "a customer had bought it and brought it back", "",
         **_returned(_SENT, "A | sold | 2024-03-05")),
    case(_BACK, "the sale that a customer undid stands in the claims", "",
         **_returned("A | returned | 2024-03-10") | {
             "claim_lines": _returned(_SENT)["claim_lines"].replace("| t0", "| t1")}),
    case(_BACK, "on the day of its return", "", **_returned(_SENT, sold="2024-03-10")),
    case(_BACK, "another house sent it back", "", **_returned("B | returned | 2024-03-10")),
    case(_OPENING, "two months open ten above the last closing", "c2:1 c3:1",
         fen=(0, 934, 1400), **_stocked("20 | 0 | 5", "15 | 10 | 10", "20 | 5 | 10")),
    case(_OPENING, "nine in all are a surplus of stock-taking", "",
         **_stocked("20 | 0 | 5", "9 | 10 | 4", "9 | 10 | 4")),
    case(_OPENING, "a twentieth of what was settled", "",
         **_stocked("400 | 0 | 100", "110 | 300 | 110", "110 | 300 | 110", settled=300)),
    case(_OPENING, "a closing mistyped: that month's outflow is wrong by as much", "",
         **_stocked("40 | 0 | 5", "25 | 0 | 10")),
    case(_OPENING, "ten pieces a pack from then on", "",
         **_stocked("20 | 0 | 5", "50 | 0 | 35", "35 | 0 | 20")),
    case(_OPENING, "the month before has no record", "",
         **_stocked("20 | 0 | 5", "", "40 | 0 | 25", "25 | 0 | 10")),
    case(_ORGAN, "a gallbladder taken out twice, by two ways of doing it", "c1 c2",
         fen=(0, 7000, 14000), **_operated(_CODE, "51.2200", "88.01/51.2300x001")),
    case(_ORGAN, "another organ", "", **_operated(_CODE, "51.2200", "47.0100")),
    case(_ORGAN, "a part of it: the gallbladder is still there", "",
         **_operated(_CODE, "51.2100", "51.2200")),
    case(_ORGAN, "one of two kidneys", "", **_operated(_CODE, "55.5100", "55.5100")),
    case(_ORGAN, "a stay carried on from the next day", "",
         **_operated(_CODE, "51.2200", "51.2200", "2024-01-16")),
    case(_ORGAN, "transferred: whoever goes on bills it as well", "",
         **_operated(_CODE, "51.2200", "51.2200", "2024-01-18", "transferred")),
    case(_ORGAN, "the first was reversed", "", claims=f"""{STAY} | {_CODE} | reverses_claim_id
        c1 | p | A | 2024-01-10 | 2024-01-15 | inpatient | 51.2200 |
        r1 | p | A | 2024-01-10 | 2024-01-15 | inpatient | 51.2200 | c1
        c2 | p | A | 2024-06-10 | 2024-06-15 | inpatient | 51.2200 |"""),
    case(_GROUP, "paid twice as the removal of one gallbladder", "c1 c2", fen=(0, 7000, 14000),
         drg_groups=_GROUPS, **_operated("drg_code", "g1", "g2")),
    case(_GROUP, "the group of all but it", "", drg_groups=_GROUPS,
         **_operated("drg_code", "g1", "g3")),
    case(_GROUP, "another organ's group", "", drg_groups=_GROUPS,
         **_operated("drg_code", "g1", "g4")),
    case(_GROUP, "settled in two parts", "", drg_groups=_GROUPS,
         **_operated("drg_code", "g1", "g1", "2024-01-15")),
    case(_THIRD, "a third lens", "c1 c2 c3", fen=(0, 7000, 21_000), **_three(*_EYES)),
    case(_THIRD, "by the code of the procedure", "c1 c2 c3", **_three(
        "2024-01-10 13.4100", "2024-03-10 13.5901", "2024-05-10 13.4100",
        head="procedure_codes")),
    case(_THIRD, "one on each side", "", **_three(*_EYES[:2])),
    case(_THIRD, "the second goes on after a day", "",
         **_three(*_EYES[:2], "2024-03-16 e1")),
    case(_THIRD, "two eyes and a knee", "", **_three(*_EYES[:2], "2024-05-10 k1")),
    case(_THIRD, "the group of other joints", "",
         **_three("2024-01-10 k1", "2024-03-10 k1", "2024-05-10 k2")),
    case(_BIRTH, "two births five months apart", "c2", fen=(0, 7000, 7000),
         **_operated("diagnosis_code", "O80.0", "O82.0")),
    case(_BIRTH, "a hundred and eighty days are a pregnancy", "", claims=f"""{STAY} | diagnosis_code
        c1 | p | A | 2024-01-10 | 2024-01-15 | inpatient | O80.0
        c2 | p | A | 2024-07-13 | 2024-07-15 | inpatient | O80.0"""),
    case(_BIRTH, "complications after a birth", "",
         **_operated("diagnosis_code", "O80.0", "O86.1")),
    case(_BIRTH, "born on the way to another house", "",
         **_operated("diagnosis_code", "O80.0", "O80.0", "2024-01-17", "transferred")),
]  # fmt: skip
