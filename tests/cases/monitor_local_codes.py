"""Numbers of a shop's own on the code of one drug; each case has a level of its own."""

from itertools import count

from monitor_cases import Case, case
from monitor_rates import CLAIM, LINE, table

_MANY = "R08.many_on_one_code"
_LEVELS = count(60)


def _shop(numbers: int, drugs: int = 2, *, plain: int = 20, kind: str = "drug",
          others: int = 1, shelf: int = 100) -> dict[str, str]:  # fmt: skip
    """Sales of A of so many drugs under so many numbers each, and of plain ones, beside B's.

    others  numbers of each drug of the shelf at B
    """
    sold = [("a", f"g{d}", f"{d}-{k}") for d in range(drugs) for k in range(numbers)]
    sold += [("a", f"g{d}", f"{d}-0") for d in range(drugs)]  # the main one is sold twice
    sold += [("a", f"x{d}", str(d)) for d in range(plain)]
    sold += [("b", f"x{d}", f"{d}-{k}") for d in range(shelf) for k in range(others)]
    codes = sorted({code for _, code, _ in sold})
    level = next(_LEVELS)
    return {
        "claims": table(CLAIM, "a | p | A | 2024-03-01", "b | q | B | 2024-03-01"),
        "claim_lines": table(
            f"{LINE} | local_item_code",
            *(f"{at} | {n} | {code} | 2024-03-01 09:00:00 | {own}"
              for n, (at, code, own) in enumerate(sold)),
        ),
        "items": table("item_code | kind", *(f"{code} | {kind}" for code in codes)),
        "providers": table("provider_id | level", *(f"{at} | {level}" for at in "AB")),
    }  # fmt: skip


LOCAL_CODES: list[Case] = [
    case(_MANY, "eight numbers each on two drugs",
         " | ".join(" ".join(sorted(f"a:{8 * d + k}" for k in range(1, 8))) for d in (0, 1)),
         **_shop(8)),
    case(_MANY, "three numbers each are few", "", **_shop(3)),
    case(_MANY, "one number took the place of another", "", **_shop(2, drugs=20)),
    case(_MANY, "a house that numbers most of its shelf so", "", **_shop(8, plain=1)),
    case(_MANY, "a service stands for many kinds", "", **_shop(8, kind="service")),
    case(_MANY, "as many as at others", "", **_shop(8, others=4, shelf=12)),
]  # fmt: skip
