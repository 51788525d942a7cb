"""Which rows of a table stay: all rules across rows and tables, and what they do to each part.

Keys, references and what single rows show are asked of every row whose cells are sound. What only
several rows show is asked of those that stay then: a row set aside is nobody's neighbour.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir

from fraudml.claims.beside import Tables, with_others
from fraudml.claims.checks import row_checks
from fraudml.claims.consequences import Consequences
from fraudml.claims.contract_types import Table
from fraudml.claims.keys import followers, parent_of, unknown_references
from fraudml.claims.lost_zeros import lost_zeros
from fraudml.claims.set_checks import PLACE, set_checks
from fraudml.engine import Engine
from fraudml.errors import ContractError

_MANY_RULES = 10_000


class Refusals(Tables, Protocol):
    """The tables of one ingest, and which of their rows were set aside."""

    def refused(self, name: str) -> ir.Table | None:
        """The keys, as text, of the rows of a table that were set aside; None where none was."""

    def repeated(self, name: str) -> ir.Table | None:
        """source_file, row_number, rule of the rows whose key another one has; None: no such."""

    def decided(self, name: str) -> bool:
        """Whether it is known which rows of a table stay."""


@dataclass
class Judged:
    """What the rules across rows and tables said about one table.

    aside       source_file, row_number, rule of the rows set aside; None where all stay
    lost_zeros  by column the rows whose id would be known with leading zeros
    """

    aside: ir.Table | None
    quarantined: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    lost_zeros: dict[str, int] = field(default_factory=dict)


def judge(engine: Engine, table: Table, at: Refusals, consequences: Consequences) -> Judged:
    """Every rule across rows and tables.

    Raises ContractError where a row breaks a rule whose consequence is refuse.
    """
    found = _found(engine, table, at, consequences)
    rules = _rules(engine, found) if found is not None else {}
    if found is None or not rules:
        return Judged(None)
    for rule in rules:
        if consequences.of(rule) == "refuse":
            _refuse(engine, found, rule, rules[rule])
    grave = [rule for rule in rules if consequences.of(rule) == "quarantine"]
    judged = Judged(None, {rule: rules[rule] for rule in grave})
    judged.lost_zeros = lost_zeros(engine, table, at, rules)
    if grave:
        aside = engine.keep(found.filter(found.rule.isin(grave)), f"aside-{table.name}")
        judged.aside = aside
        mild = found.filter(~found.rule.isin(grave))
        rules = _rules(engine, mild.anti_join(aside, list(PLACE)))
    judged.warnings = {rule: n for rule, n in rules.items() if consequences.of(rule) == "warn"}
    return judged


@dataclass(frozen=True)
class _Staying:
    """The tables as rules across several rows see them: without the rows set aside so far."""

    at: Refusals
    own: str
    rows: ir.Table

    def __call__(self, name: str) -> ir.Table:
        """Accepted rows; of a table not judged yet those that need not share their key."""
        if name == self.own:
            return self.rows
        rows = self.at(name)
        repeated = None if self.at.decided(name) else self.at.repeated(name)
        return rows if repeated is None else rows.anti_join(repeated, list(PLACE))

    def has(self, name: str) -> bool:
        """Whether the table came in."""
        return self.at.has(name)

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """A table computed once and kept for several checks."""
        return self.at.keep(name, make)


def _found(
    engine: Engine, table: Table, at: Refusals, consequences: Consequences
) -> ir.Table | None:
    """Every rule broken: source_file, row_number, rule; a row once for each. None: no rule."""
    both = (_by_rows(engine, table, at), at.repeated(table.name))
    found = [rows for rows in both if rows is not None]
    checks = list(set_checks(table, at))
    if checks:
        staying = _Staying(at, table.name, _staying(engine, table, at, found, consequences))
        for check in checks:
            rows = check.rows(staying)
            found.append(rows.select(*PLACE, rule=ibis.literal(check.name)))
    if not found:
        return None
    return engine.keep(_together(found), f"found-{table.name}")


def _staying(
    engine: Engine,
    table: Table,
    at: Refusals,
    found: list[ir.Table],
    consequences: Consequences,
) -> ir.Table:
    """The rows that no rule found so far sets aside."""
    rows = at(table.name)
    if not found:
        return rows
    every = engine.keep(_together(found), f"first-{table.name}")
    grave = [rule for rule in _rules(engine, every) if consequences.of(rule) == "quarantine"]
    return rows.anti_join(every.filter(every.rule.isin(grave)), list(PLACE)) if grave else rows


def _together(found: list[ir.Table]) -> ir.Table:
    return ibis.union(*found, distinct=True) if found[1:] else found[0].distinct()


def _by_rows(engine: Engine, table: Table, at: Refusals) -> ir.Table | None:
    """What single rows break, alone or beside the rows they point at; one pass over the table."""
    beside = with_others(table, at)
    unknown = unknown_references(table, beside)
    broken = unknown | {check.name: check.broken(beside) for check in row_checks(table, at)}
    if not broken:
        return None
    listed = engine.keep(_listed(beside, broken), f"row-checks-{table.name}")
    found = listed.select(*PLACE, rule=listed.rules.unnest())
    if not unknown or not any(at.refused(parent_of(c)) is not None for c in table.columns):
        return found
    kept = engine.keep(found, f"unmet-{table.name}")
    return followers(engine, table, kept, at(table.name), at.refused)


def _listed(beside: ir.Table, broken: dict[str, ir.BooleanValue]) -> ir.Table:
    """The rows that break a rule, each with the list of them."""
    sure = {rule: condition.coalesce(False) for rule, condition in broken.items()}
    names = [ibis.ifelse(found, rule, ibis.null(str)) for rule, found in sure.items()]
    rows = beside.filter(ibis.or_(*sure.values()))
    return rows.select(*PLACE, rules=ibis.array(names).filter(lambda name: name.notnull()))


def _rules(engine: Engine, found: ir.Table) -> dict[str, int]:
    """How many rows break each rule."""
    counted = found.group_by("rule").agg(rows=lambda t: t.count()).order_by("rule")
    rows: list[dict[str, Any]] = engine.rows(counted, at_most=_MANY_RULES).to_pylist()
    return {row["rule"]: row["rows"] for row in rows}


def _refuse(engine: Engine, found: ir.Table, rule: str, rows: int) -> None:
    broken = found.filter(found.rule == rule).order_by(list(PLACE)).limit(1)
    first = engine.rows(broken, at_most=1).to_pylist()[0]
    raise ContractError(
        f"{first['source_file']}: {rows:,} rows break {rule}, first at row "
        f"{first['row_number']:,}. Correct the export, or give the rule another consequence in "
        "ingest.rules."
    )
