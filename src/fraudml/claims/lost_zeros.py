"""Ids that point at nothing as they came, but would with leading zeros: a spreadsheet cut them off.

The rows stay what they are, set aside or warned of; the finding says what to export anew.
"""

from collections.abc import Iterator, Mapping

import ibis.expr.types as ir

from fraudml.claims.beside import Tables
from fraudml.claims.contract_types import Table
from fraudml.engine import Engine

# What a column points at where the contract demands no match, and the rule that says it does not.
_CATALOGUES = {("claim_lines", "item_code"): ("items.item_code", "unknown_item:claim_lines")}


def lost_zeros(
    engine: Engine, table: Table, at: Tables, broken: Mapping[str, int]
) -> dict[str, int]:
    """By column the rows whose id is known once leading zeros of both sides are left out.

    broken  the rules that rows of the table break: without one of an unknown id nothing is asked
    Ids of persons are hashed by now and are not compared.
    """
    found = {}
    for column, parent, key, rule in _pointing(table):
        if rule in broken:
            own = at(table.name).select(own=column).filter(lambda t: t.own.notnull())
            known = at(parent).select(known=key).distinct()
            stripped = known.select(bare=_bare(known.known)).distinct()
            unknown = own.anti_join(known, own.own == known.known)
            met = unknown.semi_join(stripped, _bare(unknown.own) == stripped.bare)
            rows = engine.rows(met.agg(n=met.count()), at_most=1).to_pylist()[0]["n"]
            if rows:
                found[column] = rows
    return found


def of_lost_zeros(found: Mapping[str, int]) -> Iterator[str]:
    """What was found, and what to do, in a sentence for each column.

    >>> list(of_lost_zeros({"provider_id": 1200}))  # doctest: +NORMALIZE_WHITESPACE
    ['1,200 rows would be known by their provider_id with leading zeros, which a spreadsheet cuts
      off: export it as text.']
    """
    for column, rows in found.items():
        yield (
            f"{rows:,} rows would be known by their {column} with leading zeros, which a "
            "spreadsheet cuts off: export it as text."
        )


def _pointing(table: Table) -> Iterator[tuple[str, str, str, str]]:
    """Column, the table and the key that it points at, and the rule where they do not meet."""
    for column in table.columns:
        refers, rule = column.refers, f"unknown:{table.name}.{column.name}"
        if refers is None:
            refers, rule = _CATALOGUES.get((table.name, column.name), (None, rule))
        if refers is not None and column.person is None:
            parent, _, key = refers.partition(".")
            yield column.name, parent, key, rule


def _bare(value: ir.StringValue) -> ir.StringValue:
    return value.re_replace("^0+", "")
