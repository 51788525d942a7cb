"""Sales from the account that are taken back; each case has a level of its own."""

from itertools import count

from monitor_cases import Case, case
from monitor_rates import names, rows, table

_BACK = "R21.taken_back"
_LEVELS = count(80)
_HEAD = ("claim_id | patient_id | provider_id | admitted_on | settled_on | total_amount | "
         "fund_amount | patient_amount | account_amount | reverses_claim_id")  # fmt: skip


def _undone(n: int, day: str = "03", *, fund: int = 0, others: int = 0,
            right: str = "") -> dict[str, str]:  # fmt: skip
    """Sales of the first of March at A, reversed on a day, beside B's, of which some are too.

    fund   what the fund paid of each
    right  the day of another bill of theirs, which stands
    """
    own = 5000 - fund
    sold = f"2024-03-01 | 2024-03-01 | 5000 | {fund} | {own} | {own} | "
    gone = f"2024-03-{day} | 2024-03-{day} | -5000 | -{fund} | -{own} | -{own} | "
    claims = [rows(f"c{{n}} | p{{n}} | A | {sold}", range(n)),
              rows(f"r{{n}} | p{{n}} | A | {gone}c{{n}}", range(n)),
              rows(f"b{{n}} | q{{n}} | B | {sold}", range(60)),
              rows(f"t{{n}} | q{{n}} | B | {gone}b{{n}}", range(others))]  # fmt: skip
    if right:
        stands = f"2024-03-{right} | 2024-03-{right} | 4000 | 0 | 4000 | 4000 | "
        claims.append(rows(f"s{{n}} | p{{n}} | A | {stands}", range(n)))
    level = next(_LEVELS)
    return {
        "claims": table(_HEAD, *claims),
        "providers": table("provider_id | level", *(f"{at} | {level}" for at in "AB")),
    }


TAKEN_BACK: list[Case] = [
    case(_BACK, "twelve sales undone two days later", names(*range(12)), **_undone(12)),
    case(_BACK, "six are few", "", **_undone(6)),
    case(_BACK, "undone the same day", "", **_undone(12, "01")),
    case(_BACK, "undone after weeks", "", **_undone(12, "20")),
    case(_BACK, "the right sale follows", "", **_undone(12, right="04")),
    case(_BACK, "sent twice, and one of the two taken back", "",
         **_undone(12, "07", right="01")),
    case(_BACK, "they bought something else days before", names(*range(25)),
         **_undone(25, "07", right="02")),
    case(_BACK, "the fund paid a part", "", **_undone(12, fund=1000)),
    case(_BACK, "as many of them as at others", "", **_undone(12, others=50)),
]  # fmt: skip
