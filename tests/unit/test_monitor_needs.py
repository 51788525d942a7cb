"""A rule reads no table that it does not say it needs: extracts lack all but three."""

from dataclasses import replace
from datetime import date

import pytest

from feature_runs import engine
from fraudml.claims.accepted import Claims
from fraudml.claims.schema import CONTRACT
from fraudml.errors import StateError
from fraudml.monitor.catalogue import ASKED, RULES
from fraudml.monitor.hits import ask
from fraudml.monitor.knowledge.base import load
from fraudml.monitor.shared import Shared
from monitor_all import CASES
from monitor_cases import put_together

ALWAYS = frozenset(name for name, table in CONTRACT.items() if table.required)
ROWS = 40  # of each table: what is read is asked, not what is found


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return put_together(tmp_path_factory.mktemp("cases") / "claims", CASES)


def tables_of(rule) -> frozenset[str]:
    return ALWAYS | {need.split(".")[0] for need in rule.needs}


class Part(Claims):
    """An extract in which only these tables came."""

    def __init__(self, whole: Claims, tables: frozenset[str]) -> None:
        super().__init__(whole.engine, whole.folder)
        self._tables = tables

    def has(self, name: str) -> bool:
        return name in self._tables and super().has(name)

    def table(self, name: str):
        return super().table(name).limit(ROWS)

    def _came(self, need: str) -> bool:
        return need.split(".", maxsplit=1)[0] in self._tables


ASKED_OF = sorted({tables_of(rule) for rule in RULES}, key=sorted)


@pytest.mark.parametrize("tables", ASKED_OF, ids=lambda one: "+".join(sorted(one - ALWAYS)))
def test_a_rule_reads_no_table_that_it_does_not_need(cases, tables):
    # asked whatever codes the few rows hold
    rules = [replace(rule, classed=()) for rule in RULES if tables_of(rule) == tables]
    with engine() as opened:
        part = Part(Claims(opened, cases), tables)
        found = ask(Shared(opened, part, load(ASKED), date(2024, 12, 31)), rules=rules)
        assert found.assessed == tuple(rules)
        asked = opened.rows(found.rows.select("rule_id").distinct(), at_most=len(RULES))
        assert {row["rule_id"] for row in asked.to_pylist()} <= {rule.id for rule in rules}


def test_a_rule_that_reads_another_table_is_caught(cases):
    needy = next(rule for rule in RULES if "stock_moves" in tables_of(rule))
    known = load(ASKED)
    with engine() as opened:
        at = Shared(opened, Part(Claims(opened, cases), ALWAYS), known, date(2024, 12, 31))
        with pytest.raises(StateError, match="is not among the accepted tables"):
            needy.find(at, known.values(needy.id))
