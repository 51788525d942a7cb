"""Queries as the engine's own text: one that was asked before, of any tables, is not built again.

Building the text of a query costs more than computing it on a small fund. A month after another,
one fund after another is asked the same, so texts are remembered by what the query says.
"""

import itertools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from typing import Any

import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
from ibis.common.graph import Graph, Node

_PLAIN = (str, int, float, bool, bytes, date, datetime, Decimal, Enum, type(None), slice)
_OF_CODE = (ops.ScalarUDF, ops.AggUDF)  # say more than their arguments
_MOST = 2_048  # texts remembered
_PASSING = "fraudml_passing_"
_numbers = itertools.count()
_texts: OrderedDict[bytes, tuple[str, ...]] = OrderedDict()


class _Unsayable(Exception):  # noqa: N818 (never leaves this module)
    """Something in the query whose text does not say all of it."""


def passing_name() -> str:
    """A name for a table that comes and goes: a text remembered has a gap in its place."""
    return f"{_PASSING}{next(_numbers)}_"  # the last sign: no name begins another


def translated(expr: ir.Table, compiled: Callable[[ir.Table], str], dialect: str) -> str:
    """The text of a query, as ``compiled`` makes it or as it was made of an equal one before."""
    try:
        key, passing = _said(expr.op(), dialect)
    except _Unsayable:
        return compiled(expr)
    parts = _texts.pop(key, None) or _apart(compiled(expr), passing)
    _texts[key] = parts  # the last one asked for is the last to be forgotten
    if len(_texts) > _MOST:
        _texts.popitem(last=False)
    return "".join(passing[int(part)] if n % 2 else part for n, part in enumerate(parts))


def _apart(text: str, passing: list[str]) -> tuple[str, ...]:
    """The text between passing names, and in between the number of each name."""
    parts = [text]
    for number, name in enumerate(passing):
        cut = [part.split(name) if n % 2 == 0 else [part] for n, part in enumerate(parts)]
        parts = [one for each in cut for one in _joined(each, str(number))]
    return tuple(parts)


def _joined(parts: list[str], number: str) -> list[str]:
    return [one for part in parts for one in (number, part)][1:]


def _said(root: Node, dialect: str) -> tuple[bytes, list[str]]:
    """What a query says, shortened, and the passing names of its tables in their order."""
    says = _Saying()
    nodes, _ = Graph(root).toposort()
    words = [dialect, *(says.node(node) for node in nodes)]
    return sha256("\n".join(words).encode()).digest(), list(says.passing)


class _Saying:
    """Puts node after node into words, each named by its number."""

    def __init__(self) -> None:
        self.numbers: dict[Node, int] = {}
        self.passing: dict[str, int] = {}
        self.references: dict[Any, int] = {}

    def node(self, node: Node) -> str:
        """The kind of a node and its arguments."""
        if isinstance(node, _OF_CODE):
            raise _Unsayable
        self.numbers[node] = len(self.numbers)
        if isinstance(node, ops.DatabaseTable):  # of whichever connection
            table, place = self._table(node.name), self._word(node.namespace)
            return f"table {table!r} {place} {_schema(node.schema)}"
        if isinstance(node, ops.Reference):  # counted over all queries of the process
            nth = self.references.setdefault(node.identifier, len(self.references))
            return f"{type(node).__name__} {self._word(node.parent)} {nth}"
        return f"{type(node).__name__} {' '.join(map(self._word, node.__args__))}"

    def _table(self, name: str) -> str | int:
        if name.startswith(_PASSING):
            return self.passing.setdefault(name, len(self.passing))
        return name

    def _word(self, value: Any) -> str:
        if isinstance(value, Node):
            return f"#{self.numbers[value]}"
        if isinstance(value, Mapping):
            return f"{{{','.join(f'{k!r}:{self._word(v)}' for k, v in value.items())}}}"
        if isinstance(value, tuple | list):
            return f"({','.join(map(self._word, value))})"
        if isinstance(value, frozenset):
            return f"<{','.join(sorted(map(self._word, value)))}>"
        return _plain(value)


def _plain(value: Any) -> str:
    """What holds no node; the kind as well, since 1, 1.0 and true are equal in Python."""
    if isinstance(value, sch.Schema):
        return _schema(value)
    if isinstance(value, dt.DataType):
        return _type(value)
    if isinstance(value, ds.DataShape):
        return type(value).__name__
    if isinstance(value, ops.Namespace):
        return f"{value.catalog!r}.{value.database!r}"
    if isinstance(value, _PLAIN):
        return f"{type(value).__name__}:{value!r}"
    raise _Unsayable


@lru_cache(maxsize=1_024)
def _schema(schema: sch.Schema) -> str:
    return ",".join(f"{name!r}:{_type(kind)}" for name, kind in schema.items())


@lru_cache(maxsize=1_024)
def _type(kind: dt.DataType) -> str:
    return repr(kind)
