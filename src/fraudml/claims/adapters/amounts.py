"""Money and lists of a published table, exact, cell by cell."""

from decimal import Decimal, InvalidOperation

import pandas as pd

from fraudml.errors import ContractError

_MOST_DIGITS = 15  # before or after the point: beyond that a cell is damaged


def number(text: str) -> Decimal | None:
    """The number a cell says, exactly; None where it says none, or none of a usable size.

    >>> number("1e+05"), number("nan"), number("9e999"), number("much")
    (Decimal('1E+5'), None, None, None)
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    if not found.is_finite() or (found and abs(found.adjusted()) >= _MOST_DIGITS):
        return None
    return found if found else Decimal(0)


def whole_cents(text: str) -> int | None:
    """The cents a cell says; None where it says no number or one finer than a cent.

    >>> whole_cents("12.50"), whole_cents("12.505")
    (1250, None)
    """
    found = number(text)
    if found is None or found != found.quantize(Decimal("0.01")):
        return None
    return int(found * 100)


def cents(table: pd.DataFrame, column: str, publisher: str) -> pd.Series:
    """Whole cents of each row, 0 where the cell is empty: say so in the adapter's report.

    Raises ContractError for a cell that is not an amount. R's 1e+05 is one.

    >>> cents(pd.DataFrame({"paid": ["1e+05", None, "12.5"]}), "paid", "nobody").tolist()
    [10000000, 0, 1250]
    """
    found = table[column].map(whole_cents, na_action="ignore")
    refuse_no_amount(table[column], found, publisher)
    return found.fillna(0).astype("int64")


def refuse_no_amount(text: pd.Series, found: pd.Series, publisher: str) -> None:
    """ContractError where a cell that says something was not found to be an amount."""
    wrong = int((found.isna() & text.notna()).sum())
    if wrong:
        raise ContractError(
            f"{text.name}: an amount is not a number of at most two decimals, in {wrong:,} of "
            f"{len(text):,} rows. Use the files as {publisher} publishes them."
        )


def yuan(amount: int) -> str:
    """Whole cents as the contract writes money: two decimals, no separators.

    >>> yuan(-1250)
    '-12.50'
    """
    return f"{Decimal(amount) / 100:.2f}"


def joined(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    """The codes of a row in one cell, in their order, separated by a bar."""
    cells = table[list(columns)].fillna("")
    together = cells[columns[0]]
    for name in columns[1:]:
        together = together + "|" + cells[name]
    return together.str.replace(r"\|+", "|", regex=True).str.strip("|")
