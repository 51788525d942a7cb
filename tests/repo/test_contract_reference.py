"""The page of the data contract says all that the schema says, and its notes speak of what is."""

from dataclasses import dataclass
from typing import get_args

import contract_reference as reference
import pytest

from fraudml.claims.contract_types import Kind
from fraudml.claims.schema import CONTRACT, TABLES
from fraudml.quality.words import TABLE_WORDS


@dataclass(frozen=True)
class Rule:
    name: str = "sold_on_sunday"
    consequence: str = "warn"
    en: str = "sold on a Sunday"
    zh: str = "周日销售"
    evidence: str | None = None


def section(page: str, name: str) -> str:
    return page.split(f"### {name} ")[1].split("\n##", maxsplit=1)[0]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_column_with_its_type_and_values_stands_in_its_tables_section(table):
    lines = section(reference.contract_markdown(), table.name).splitlines()
    for column in table.columns:
        (line,) = [one for one in lines if one.startswith(f"| `{column.name}` |")]
        assert f"| {column.kind} |" in line
        assert all(f"`{value}`" in line for value in column.values)
        assert (column.refers or "") in line
        assert ("| key |" in line) == column.key
        assert ("| optional |" in line) == (column.nullable and not column.key)


def test_every_note_speaks_of_a_column_and_every_kind_is_described():
    for name in reference.NOTES:
        table, _, column = name.partition(".")
        assert CONTRACT[table].column(column).name == column
    assert set(reference.AFTER) <= set(CONTRACT)
    assert set(reference.KINDS) == set(get_args(Kind))
    assert set(TABLE_WORDS) == set(CONTRACT)


def test_the_rules_of_a_table_stand_below_its_columns():
    class Ruled:
        name, grain, known_on, required = "tips", "one row", "received_on", False
        columns = CONTRACT["tips"].columns
        rules = (Rule(), Rule("late", "quarantine", evidence="T19"))

    page = reference._table(Ruled())
    assert "| `sold_on_sunday:tips` | warn | sold on a Sunday | 周日销售 |" in page
    assert "| `late:tips` | quarantine | sold on a Sunday; evidence of T19, never set aside" in page


def test_every_family_of_cell_rules_is_described_once():
    page = reference.contract_markdown()
    for family in ("missing", "type", "value", "decimals", "first_day", "encoding", "fields",
                   "rounded", "duplicate_row", "duplicate_key", "unknown"):  # fmt: skip
        assert page.count(f"| `{family}:TABLE") == 1
    assert page.count("| `parent_quarantined` |") == 1
