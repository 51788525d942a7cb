"""How slips of data are drawn as text: ``{n}`` and ``{d}`` count rows."""

from collections.abc import Iterable
from datetime import date, timedelta

START = date(2024, 1, 1)


def many(template: str, numbers: Iterable[int], *, per_day: int = 1, start: date = START) -> str:
    """One row per number: ``{n}`` is the number, ``{d}`` a day that moves on every ``per_day``."""
    rows = [
        template.format(n=n, d=start + timedelta(days=place // per_day))
        for place, n in enumerate(numbers)
    ]
    return "\n".join(rows)


def ids(mark: str, numbers: Iterable[int]) -> str:
    """Claims, or lines of claims (``c{n}:1``), as the answer writes them."""
    return " ".join(sorted(mark.format(n=n) for n in numbers))


def table(head: str, *rows: str) -> str:
    """A drawn table from its head and blocks of rows."""
    return "\n".join((head, *rows))


CLAIM = "claim_id | patient_id | provider_id | admitted_on"
LINE = "claim_id | line_no | item_code | served_at"
