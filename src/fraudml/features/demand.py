"""Which columns of the kept tables some features read, so that no other is joined or kept.

The features are written down over placeholders of the kept tables, computing nothing; the columns
that those expressions name are the demand. Naming too many costs time and never a result; naming
too few cannot pass: the query then fails by the column's name.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

from fraudml.entities import GRAINS
from fraudml.features.bases import CLAIM, Bases, Wanted
from fraudml.features.cohort import find_cohort
from fraudml.features.entry import Feature
from fraudml.features.facts import OF_LINES, line_summary
from fraudml.features.families import FAMILIES
from fraudml.features.numbers import keys_of

_OF_PEERS = ("as_of", "practitioner_no", "provider_no")  # where a practitioner works most
_PASSED_ON = (ops.Filter, ops.Sort, ops.Limit, ops.JoinReference)


def wanted_columns(bases: Bases, entries: Iterable[Feature]) -> Wanted:
    """Columns that these features, and the cohorts they describe, read of each kept table."""
    chosen = tuple(entries)
    over = _Placeholders(bases)
    families = {(entry.grain, entry.family): list[Feature]() for entry in chosen}
    for entry in chosen:
        families[entry.grain, entry.family].append(entry)
    for members in families.values():
        over.read(members)
    for grain in dict.fromkeys(entry.grain for entry in chosen):
        over.note(find_cohort(over, grain))
    return over.wanted()


class _Placeholders(Bases):
    """The kept tables as names and types, and which of their columns were read."""

    def __init__(self, bases: Bases) -> None:
        self.engine, self.claims = bases.engine, bases.claims
        self.dates, self.dates_n = bases.dates, bases.dates_n
        self.numbers = replace(bases.numbers, keep=self.keep)
        self._wanted: Wanted = {}
        self._kept: dict[str, ir.Table] = {}
        self._read: dict[str, set[str]] = {}

    def keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """The table of this name: only its columns are known."""
        if name not in self._kept:
            made = make()
            if name != CLAIM:  # what that is made of follows from its columns
                self.note(made)
            self._kept[name] = ibis.table(made.schema(), name=name)
        return self._kept[name]

    def computed(
        self,
        name: str,
        source: ir.Table,
        at_most: int,
        schema: pa.Schema,
        compute: Callable[[pa.Table], pa.Table],
    ) -> ir.Table:
        """A table that Python makes: what it is made of is read, and its columns are known."""
        self.note(source)
        return self.keep(name, lambda: ibis.table(ibis.Schema.from_pyarrow(schema), name=name))

    def read(self, members: list[Feature]) -> None:
        """Note what features of one grain and family read."""
        table = FAMILIES[members[0].family].make(self)
        values = {entry.name: entry.value(table) for entry in members}
        self.note(table.group_by(keys_of(table, GRAINS[members[0].grain].key)).agg(**values))

    def note(self, expression: ir.Table) -> None:
        """Note the columns of kept tables that an expression names."""
        for name, column in _columns_of(expression):
            self._read.setdefault(name, set()).add(column)

    def wanted(self) -> Wanted:
        """What was read, with the columns of lines that summaries of claims are made of."""
        of_claim = self._read.setdefault(CLAIM, set())
        of_claim.update(_OF_PEERS)
        if not of_claim.isdisjoint(OF_LINES) and self.claims.has("claim_lines"):
            self.note(line_summary(self.line_once))
        return {name: frozenset(columns) for name, columns in self._read.items()}


def _columns_of(expression: ir.Table) -> Iterator[tuple[str, str]]:
    """Table and column of each field that is read from a named table."""
    for field in expression.op().find(ops.Field):
        for table in _named(field.rel):
            yield table.name, field.name
    for whole in expression.op().find((ops.Set, ops.Distinct)):  # these read every column
        for parent in whole.__args__:
            for table in _named(parent):
                yield from ((table.name, column) for column in table.schema)


def _named(relation: object) -> Iterator[ops.UnboundTable]:
    """The placeholder that a relation passes on as it is, if it is one."""
    while isinstance(relation, _PASSED_ON):
        relation = relation.parent
    if isinstance(relation, ops.UnboundTable):
        yield relation
