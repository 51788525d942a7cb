"""Whether the columns of a file are those of the contract."""

import re
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches

from fraudml.claims.contract_types import Table
from fraudml.claims.sources import Source
from fraudml.errors import ContractError

_MOST_SHOWN = 12
_LONGEST_SHOWN = 40
_NUMBER = re.compile(r"\d{5,}")


def accepted_columns(
    table: Table, source: Source, header: list[str], unknown_columns: str
) -> tuple[str, ...]:
    """The columns of this file that the contract knows, in the contract's order.

    Raises ContractError for a column that is there twice, for one that is required and absent,
    and for one that is unknown, unless ``unknown_columns`` is "drop" (in tips: always).
    """
    known = [c.name for c in table.columns]
    given = set(header)
    _refuse_twice(source, header, known)
    unknown = [name for name in header if name not in known]
    absent = [name for name in table.mandatory if name not in given]
    if absent:
        raise ContractError(
            f"{source.shown}: the required column {absent[0]} is missing"
            f"{_found(header, known)}. {_remedy(absent[0], unknown, header, known)}"
        )
    if unknown and table.closed:
        raise ContractError(
            f"{source.shown}: the column {_shown(unknown[0])} does not belong in {table.name}, "
            "which must tell nothing about the reporter. Remove it from the export."
        )
    if unknown and unknown_columns == "refuse":
        near = _near(unknown[0], known)
        hint = f" (did you mean {near}?)" if near else ""
        raise ContractError(
            f"{source.shown}: the column {_shown(unknown[0])} is unknown to the contract{hint}. "
            "Remove it, or set ingest.unknown_columns: drop in params.yaml."
        )
    return tuple(name for name in known if name in given)


def _refuse_twice(source: Source, header: list[str], known: list[str]) -> None:
    """Once is enough, also where only the case differs: nobody can say which one is meant."""
    if not _names_columns(header, known):
        return  # cells, for all we know: they may be there twice, and are not shown
    for name, times in Counter(header).items():
        if times > 1:
            raise ContractError(
                f"{source.shown}: the column {_shown(name)} is there {times:,} times. "
                "Keep one of them."
            )
    for name, times in Counter(name.casefold() for name in header).items():
        if times > 1 and name in known:
            raise ContractError(
                f"{source.shown}: the column {name} is there {times:,} times, in capital and in "
                "small letters. Keep one of them."
            )


def _names_columns(header: list[str], known: list[str]) -> bool:
    """Whether the first row names a column of the table; else it may be one about a person."""
    return not {name.casefold() for name in header}.isdisjoint(known)


def _found(header: list[str], known: list[str]) -> str:
    """The names that were found, if they are names."""
    if not _names_columns(header, known):
        return f", and so is every other one of this table among the {len(header):,} found"
    return f"; found {shown_names(header)}"


def shown_names(header: list[str]) -> str:
    """Column names for a message: the first few, each in quotes, on one line.

    >>> shown_names(["patient_id", "330106195002280042"])
    "'patient_id', '#'"
    """
    rest = len(header) - _MOST_SHOWN
    more = f" and {rest:,} more" if rest > 0 else ""
    return ", ".join(_shown(name) for name in header[:_MOST_SHOWN]) + more


def _shown(name: str) -> str:
    """A column name in quotes on one line, cut, and without numbers as long as a person's.

    What cannot be printed is escaped, and cut as it is written then.
    """
    escaped = repr(_NUMBER.sub("#", name[: _LONGEST_SHOWN + 1]))[1:-1]
    cut = escaped[:_LONGEST_SHOWN] + ("…" if len(escaped) > _LONGEST_SHOWN else "")
    return f"'{cut}'"


def _near(name: str, names: Iterable[str]) -> str | None:
    small = {each.casefold(): each for each in names}
    found = get_close_matches(name[:_LONGEST_SHOWN].casefold(), small, n=1)
    return small[found[0]] if found else None


def _remedy(absent: str, unknown: list[str], header: list[str], known: list[str]) -> str:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return "Export it with commas between the fields."
    near = _near(absent, unknown) if _names_columns(header, known) else None
    if near is None:
        return "Add it to the export, and a header row where there is none."
    return f"Rename {_shown(near)} to {absent}."
