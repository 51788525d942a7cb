"""Money and lists of a published table, exact, cell by cell."""

from decimal import Decimal, InvalidOperation

import pandas as pd

from fraudml.errors import ContractError


def cents(table: pd.DataFrame, column: str, publisher: str) -> pd.Series:
    """Whole cents of each row, 0 where the cell is empty: say so in the adapter's report.

    Raises ContractError for a cell that is not a number. R's 1e+05 is one.

    >>> cents(pd.DataFrame({"paid": ["1e+05", None, "12.5"]}), "paid", "nobody").tolist()
    [10000000, 0, 1250]
    """
    try:
        return table[column].fillna("0").map(lambda text: int(Decimal(text) * 100))
    except (InvalidOperation, ValueError, OverflowError):
        raise ContractError(
            f"{column}: an amount is not a number. Use the files as {publisher} publishes them."
        ) from None


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
