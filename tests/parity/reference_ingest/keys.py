"""Rows that repeat a key, and rows that refer to what was not accepted."""

from collections import defaultdict

from fraudml.claims.contract_types import Table
from parity.reference_ingest.judged_cells import Row
from parity.reference_ingest.outcome import Place, Values
from parity.reference_ingest.words import FOLLOWS


def repeated(table: Table, rows: dict[Place, Values]) -> dict[Place, str]:
    """Under each key: rows that all say the same lose all but the first; others lose all.

    rows  in the order of their places, without those that their own cells keep out
    """
    names = [table.column(name).canonical for name in table.key]
    under: dict[tuple[object, ...], list[Place]] = defaultdict(list)
    for place, values in rows.items():
        under[tuple(values[name] for name in names)].append(place)
    found = {}
    for places in under.values():
        same = all(rows[place] == rows[places[0]] for place in places)
        for place in places[1:] if same else places:
            found[place] = f"duplicate_{'row' if same else 'key'}:{table.name}"
    return found


def unmet(
    table: Table,
    rows: dict[Place, Values],
    accepted: dict[str, dict[Place, Values]],
    set_aside: dict[str, list[Row]],
) -> dict[Place, set[str]]:
    """Rows whose counterpart is not accepted: it was set aside itself, or never came in."""
    found: dict[Place, set[str]] = defaultdict(set)
    for column in table.columns:
        if column.refers is None:
            continue
        parent, _, key = column.refers.partition(".")
        known = {values[key] for values in accepted[parent].values()}
        aside = {row.key.get(key) for row in set_aside[parent]}
        for place, values in rows.items():
            if (it := values[column.name]) not in known:
                rule = FOLLOWS if it in aside else f"unknown:{table.name}.{column.name}"
                found[place].add(rule)
    return found
