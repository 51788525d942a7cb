"""Stays that carry a complication, with and without what others' stays have for it."""

from itertools import count

from monitor_cases import Case, case
from monitor_rates import LINE, STAY, names, table

_BARE = "R03.complication_untreated"
_ILLS = count(10)


def _stays(at: str, n: int, second: str, items: str, left: str = "home", out: str = "08"):
    """Stays of a house, all for one illness and with the same items: claims and lines."""
    claims = [f"{at}{k} | {at}{k} | {at[0].upper()} | 2024-03-01 | 2024-03-{out} | inpatient | "
              f"Q1 | {second} | 1.2 | {left}" for k in range(n)]  # fmt: skip
    lines = [f"{at}{k} | {i} | {item} | 2024-03-01 09:0{i}:00"
             for k in range(n) for i, item in enumerate(items.split(), 1)]  # fmt: skip
    return claims, lines


def _fund(n: int = 6, mine: str = "bed", *, done: int = 20, plain: str = "bed", **how: str):
    """A house A with n stays with a complication; at B others' with it, and those without."""
    ill = f"Q{next(_ILLS)}"
    claims, lines = [], []
    for at, of, second, items, more in (
        ("a", n, "X", mine, how), ("b", done, "X", "bed gas", {}),
        ("bx", 20 - done, "X", "bed", {}), ("by", 20, "", plain, {}),
    ):  # fmt: skip
        got = _stays(at, of, second and f"X{ill[1:]}", items, **more)
        claims += [row.replace("Q1", f"{ill}.0") for row in got[0]]
        lines += got[1]
    return {
        "claims": table(f"{STAY} | diagnosis_code | secondary_diagnoses | drg_weight | disposition",
                        *claims),
        "claim_lines": table(LINE, *lines),
        "items": """item_code | kind
            bed | bed
            gas | exam""",
    }  # fmt: skip


UNTREATED: list[Case] = [
    case(_BARE, "six stays without what all others' have for it", names(*range(6), mark="a"),
         **_fund()),
    case(_BARE, "four are few", "", **_fund(4)),
    case(_BARE, "it was treated", "", **_fund(mine="bed gas")),
    case(_BARE, "a fifth of the others did nothing for it either", "", **_fund(done=16)),
    case(_BARE, "what everybody with the illness has, says nothing", "",
         **_fund(plain="bed gas")),
    case(_BARE, "died or sent on before it could be treated", "", **_fund(left="transferred")),
    case(_BARE, "left on the day of admission", "", **_fund(out="01")),
    case(_BARE, "an item that nobody knows may be it", "", **_fund(mine="bed own")),
]  # fmt: skip
