"""Firms whose insured are dear in the first year after they were enrolled."""

from monitor_cases import Case, case
from monitor_rates import STAY, rows, table

_DEAR = "R24.all_dear"


def _firm(dear: int, members: int, *, since: str = "2024-02-15", fund: int = 600_000,
          day: str = "2024-09-01") -> dict[str, str]:  # fmt: skip
    """A firm's new insured, some with a dear stay, beside sixty of another firm."""
    stay = f"{day} | {day} | inpatient | {fund} | {fund}"
    return {
        "claims": table(f"{STAY} | total_amount | fund_amount",
                        rows(f"c{{n}} | p{{n}} | A | {stay}", range(dear))),
        "patients": table("patient_id | sex", rows("p{n} | M", range(members)),
                          rows("o{n} | M", range(60))),
        "enrolments": table(
            "patient_id | scheme | region_code | enrolled_from | employer_id",
            rows(f"p{{n}} | employee | 110101 | {since} | e", range(members)),
            rows("o{n} | employee | 110101 | 2024-02-01 | f", range(60)),
        ),
    }  # fmt: skip


ENROLLED: list[Case] = [
    case(_DEAR, "four of the six whom a firm enrolled", "c0 | c1 | c2 | c3", **_firm(4, 6)),
    case(_DEAR, "two are few", "", **_firm(2, 2)),
    case(_DEAR, "four of thirty", "", **_firm(4, 30)),
    case(_DEAR, "four of six with small bills", "", **_firm(4, 6, fund=90_000)),
    case(_DEAR, "insured with it before the records begin", "", **_firm(4, 6, since="2001-01-01")),
    case(_DEAR, "dear only in the second year", "", **_firm(4, 6, since="2023-03-01")),
]  # fmt: skip
