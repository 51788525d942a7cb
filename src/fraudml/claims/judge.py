"""Which rows of a table stay: all rules across rows and tables, and what they do to each part."""

from dataclasses import dataclass, field
from typing import Any, Protocol

import ibis
import ibis.expr.types as ir

from fraudml.claims.beside import Tables, with_others
from fraudml.claims.checks import row_checks
from fraudml.claims.consequences import Consequences
from fraudml.claims.contract_types import Table
from fraudml.claims.keys import followers, parent_of, repeated_keys, unknown_references
from fraudml.claims.set_checks import PLACE, set_checks
from fraudml.engine import Engine
from fraudml.errors import ContractError

_MANY_RULES = 10_000


class Refusals(Tables, Protocol):
    """The tables of one ingest, and which of their rows were set aside."""

    def refused(self, name: str) -> ir.Table | None:
        """The keys, as text, of the rows of a table that were set aside; None where none was."""


@dataclass
class Judged:
    """What the rules across rows and tables said about one table.

    aside  source_file, row_number, rule of the rows set aside; None where all stay
    """

    aside: ir.Table | None
    quarantined: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)


def judge(engine: Engine, table: Table, at: Refusals, consequences: Consequences) -> Judged:
    """Every rule across rows and tables, asked of the rows whose cells are sound.

    Raises ContractError where a row breaks a rule whose consequence is refuse.
    """
    found = _found(engine, table, at)
    rules = _rules(engine, found) if found is not None else {}
    if found is None or not rules:
        return Judged(None)
    for rule in rules:
        if consequences.of(rule) == "refuse":
            _refuse(engine, found, rule, rules[rule])
    grave = [rule for rule in rules if consequences.of(rule) == "quarantine"]
    judged = Judged(None, {rule: rules[rule] for rule in grave})
    if grave:
        aside = engine.keep(found.filter(found.rule.isin(grave)), f"aside-{table.name}")
        judged.aside = aside
        mild = found.filter(~found.rule.isin(grave))
        rules = _rules(engine, mild.anti_join(aside, list(PLACE)))
    judged.warnings = {rule: n for rule, n in rules.items() if consequences.of(rule) == "warn"}
    return judged


def _found(engine: Engine, table: Table, at: Refusals) -> ir.Table | None:
    """Every rule broken: source_file, row_number, rule; a row once for each. None: no rule."""
    found = [rows for rows in (_by_rows(engine, table, at),) if rows is not None]
    for check in set_checks(table, at):
        rows = check.rows(at)
        found.append(rows.select(*PLACE, rule=ibis.literal(check.name)))
    repeated = repeated_keys(engine, table, at(table.name))
    if repeated is not None:
        found.append(repeated)
    if not found:
        return None
    return engine.keep(ibis.union(*found, distinct=True) if found[1:] else found[0].distinct(),
                       f"found-{table.name}")  # fmt: skip


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
