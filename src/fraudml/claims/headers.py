"""Whether the columns of a file are those of the contract."""

from difflib import get_close_matches

from fraudml.claims.contract_types import Table
from fraudml.claims.sources import Source
from fraudml.errors import ContractError


def accepted_columns(
    table: Table, source: Source, header: list[str], unknown_columns: str
) -> tuple[str, ...]:
    """The columns of this file that the contract knows, in the contract's order.

    Raises ContractError for a column that is there twice, for one that is required and absent,
    and for one that is unknown, unless ``unknown_columns`` is "drop" (in tips: always).
    """
    known = [c.name for c in table.columns]
    _refuse_twice(source, header)
    unknown = [name for name in header if name not in known]
    absent = [name for name in table.mandatory if name not in header]
    if absent:
        raise ContractError(
            f"{source.shown}: the required column {absent[0]} is missing; found "
            f"{', '.join(header)}. {_remedy(absent[0], unknown, header)}"
        )
    if unknown and table.closed:
        raise ContractError(
            f"{source.shown}: the column {unknown[0]!r} does not belong in {table.name}, which "
            "must tell nothing about the reporter. Remove it from the export."
        )
    if unknown and unknown_columns == "refuse":
        near = get_close_matches(unknown[0], known, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise ContractError(
            f"{source.shown}: the column {unknown[0]!r} is unknown to the contract{hint}. Remove "
            "it, or set ingest.unknown_columns: drop in params.yaml."
        )
    return tuple(name for name in known if name in header)


def _refuse_twice(source: Source, header: list[str]) -> None:
    for name in header:
        if header.count(name) > 1:
            raise ContractError(
                f"{source.shown}: the column {name!r} is there {header.count(name)} times. "
                "Keep one of them."
            )


def _remedy(absent: str, unknown: list[str], header: list[str]) -> str:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return "Export it with commas between the fields."
    near = get_close_matches(absent, unknown, n=1)
    return f"Rename {near[0]!r} to {absent}." if near else "Add it to the export."
