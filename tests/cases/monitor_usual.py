"""What happens everywhere and is money at issue only where it happens more often than elsewhere."""

from itertools import count

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, STAY, names, rows, table

_SPLIT, _AWAY, _FEE = "R06.split_stay", "R07.elsewhere_during_stay", "111000099x"
_UNFILED, _OFTEN, _FLOW = "R23.not_filed", "R23.often_not_filed", "R23.foreign_flow"
_ACCOUNT = "R21.outside_scope"
_LEVELS = count(300)


def _two_houses(kind: str = "hospital") -> str:
    level = next(_LEVELS)
    return table("provider_id | kind | level", *(f"{at} | {kind} | {level}" for at in "AB"))


def _cut(n: int, others: int, ill: str = "I63.9") -> dict[str, str]:
    """Persons whose stay at A goes on within two days, so many of the forty of B as well."""
    first, second = "2024-03-01 | 2024-03-08 | inpatient", "2024-03-10 | 2024-03-15 | inpatient"
    parts = [
        rows(f"{mark}{{n}} | {who}{{n}} | {at} | {days} | {ill}", range(k))
        for mark, who, at, days, k in (
            ("a", "p", "A", first, n), ("c", "p", "A", second, n),
            ("b", "q", "B", first, 40), ("d", "q", "B", second, others),
        )
    ]  # fmt: skip
    return {"claims": table(f"{STAY} | diagnosis_code", *parts), "providers": _two_houses()}


def _away(n: int, others: int, kind: str = "chronic") -> dict[str, str]:
    """Twenty stays at A and forty at B, so many of each with a visit to C in the middle."""
    stay = "2024-03-01 | 2024-03-10 | inpatient"
    visit = f"2024-03-05 | 2024-03-05 | {kind}"
    parts = [
        rows("a{n} | p{n} | A | " + stay, range(20)), rows("b{n} | q{n} | B | " + stay, range(40)),
        rows("c{n} | p{n} | C | " + visit, range(n)),
        rows("d{n} | q{n} | C | " + visit, range(others)),
    ]  # fmt: skip
    return {"claims": table(STAY, *parts), "providers": _two_houses()}


def _fee_of_a_year(unit: str) -> dict[str, str]:
    drawn = _away(6, 0, "outpatient")
    lines = rows(f"c{{n}} | 1 | {_FEE} | 2024-03-05 09:00:00", range(6))
    items = f"item_code | valid_from | kind | unit\n{_FEE} | 2020-01-01 | service | {unit}"
    return drawn | {"claim_lines": table(LINE, lines), "items": items}


def _pairs(first: str, second: str, n: int) -> str:
    return " | ".join(sorted(f"{first}{k} {second}{k}" for k in range(n)))


def _teeth(n: int, ill: str, others: int) -> dict[str, str]:
    """Bills of A that the account pays for what the fund does not, and so many of thirty of B."""
    head = f"{CLAIM} | account_amount | visit_kind | total_amount | diagnosis_code"
    bill = f"{{day}} | 999 | outpatient | 1000 | {ill}"
    return {
        "claims": table(head, rows(f"c{{n}} | p{{n}} | A | {bill}", range(n)),
                        rows(f"b{{n}} | q{{n}} | B | {bill}", range(30))),
        "claim_lines": table(f"{LINE} | scope",
                             rows("c{n} | 1 | x | {day} 09:00:00 | C", range(n)),
                             rows("b{n} | 1 | x | {day} 09:00:00 | C", range(others)),
                             rows("b{n} | 1 | y | {day} 09:00:00 | A", range(others, 30))),
        "providers": _two_houses("clinic"),
    }  # fmt: skip


def _paid(fund: int, filed: str = "false") -> dict[str, str]:
    """A stay of a guest who did not file, beside forty filed stays paid at seven tenths."""
    head = f"{CLAIM} | visit_kind | referral_filed | total_amount | fund_amount"
    level = next(_LEVELS)
    return {
        "claims": table(head, f"c1 | p | A | 2024-03-01 | inpatient | {filed} | 20000 | {fund}",
                        rows("b{n} | q | A | {day} | inpatient | true | 20000 | 14000",
                             range(40))),
        "providers": f"provider_id | region_code | level\nA | 310101 | {level}",
        "patients": "patient_id | region_code\np | 110101\nq | 120101",
    }  # fmt: skip


def _guests(n: int, said: str = "false", others: int = 0) -> dict[str, str]:
    """Guests of A who did not file, and so many of the forty of B."""
    head = f"{CLAIM} | visit_kind | referral_filed"
    level = next(_LEVELS)
    stay = "{day} | inpatient"
    return {
        "claims": table(head, rows(f"c{{n}} | p{{n}} | A | {stay} | {said}", range(n)),
                        rows(f"b{{n}} | q{{n}} | B | {stay} | false", range(others)),
                        rows(f"b{{n}} | q{{n}} | B | {stay} | true", range(others, 40))),
        "providers": table("provider_id | region_code | level",
                           *(f"{at} | 310101 | {level}" for at in "AB")),
        "patients": table("patient_id | region_code", rows("p{n} | 110101", range(n)),
                          rows("q{n} | 110101", range(40))),
    }  # fmt: skip


def _flow(n: int, ill: str, others: int = 0) -> dict[str, str]:
    """Persons of one place afar at A, some of them with another illness; B sees people from here.

    ill     what they come for; others have a cough
    """
    level, place = next(_LEVELS), f"{next(_LEVELS)}101"
    stay = "2024-03-01 | 2024-03-03 | inpatient"
    return {
        "claims": table(f"{STAY} | diagnosis_code",
                        rows(f"c{{n}} | p{{n}} | A | {stay} | {ill}", range(n - others)),
                        rows(f"c{{n}} | p{{n}} | A | {stay} | J20", range(n - others, n)),
                        rows(f"l{{n}} | l{{n}} | A | {stay} | {ill}", range(10)),
                        rows(f"b{{n}} | q{{n}} | B | {stay} | J20", range(20))),
        "patients": table("patient_id | region_code", rows("p{n} | 330101", range(n)),
                          rows(f"l{{n}} | {place}", range(10)),
                          rows(f"q{{n}} | {place}", range(20))),
        "providers": table("provider_id | region_code | kind | level",
                           *(f"{at} | {place} | hospital | {level}" for at in "AB")),
    }  # fmt: skip


USUAL: list[Case] = [
    case(_SPLIT, "ten stays go on, of nobody else's", _pairs("a", "c", 10),
         fen=(0, 68_390, 140_000), **_cut(10, 0)),
    case(_SPLIT, "the illness is settled in parts elsewhere too: no money",
         f"{_pairs('a', 'c', 10)} | {_pairs('b', 'd', 30)}", fen=(0, 0, 560_000),
         **_cut(10, 30, "I69.3")),
    case(_AWAY, "stay after stay with a visit elsewhere", _pairs("a", "c", 10),
         fen=(0, 69_950, 140_000), **_away(10, 0)),
    case(_AWAY, "kin fetch drugs for those of the other house as well: no money",
         f"{_pairs('a', 'c', 6)} | {_pairs('b', 'd', 10)}", fen=(0, 0, 224_000), **_away(6, 10)),
    case(_AWAY, "a fee by the year, which nobody comes for", "", **_fee_of_a_year("年")),
    case(_AWAY, "the same fee by the visit", _pairs("a", "c", 6), **_fee_of_a_year("次")),
    case(_ACCOUNT, "twelve bills for the skin, where others treat what the fund pays",
         names(*range(12)), **_teeth(12, "L70.0", 0)),
    case(_ACCOUNT, "whoever makes teeth is paid by accounts, as others are", "",
         **_teeth(12, "K08.1", 28)),
    case(_UNFILED, "paid as if it were filed: a tenth of the bill", "c1", fen=(0, 2_000, 14_000),
         **_paid(14_000)),
    case(_UNFILED, "paid at the lower rate: no money", "c1", fen=(0, 0, 12_000), **_paid(12_000)),
    case(_UNFILED, "filed", "", **_paid(14_000, "true")),
    case(_OFTEN, "eight guests of whom none filed", names(*range(8)), **_guests(8)),
    case(_OFTEN, "four are few", "", **_guests(4)),
    case(_OFTEN, "it is not said", "", **_guests(8, "")),
    case(_OFTEN, "the others' guests do not file either", "", **_guests(8, "false", 25)),
    case(_FLOW, "ten from one place afar come for their lenses", "", **_flow(10, "H25.9")),
    case(_FLOW, "three of ten come for something else", names(*range(10)), **_flow(10, "H25.9", 3)),
    case(_FLOW, "all come for a cough", names(*range(10)), **_flow(10, "J20")),
]  # fmt: skip
