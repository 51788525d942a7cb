"""In tests a query that was asked before is not translated again.

Building the text of a query takes Ibis longer than DuckDB needs to compute it for twenty rows, and
many tests ask the same rules, features and checks of other rows. The text follows from the
expression alone: two that Ibis holds equal have one text, and the tables named in it are those of
the engine that is asked. For that, the places of a table that is joined with itself are numbered
from 0 in each engine, as files are, and one engine of a kind is as good as another. The product
translates each time.
"""

import itertools
from collections.abc import Callable
from typing import Any, Protocol

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from fraudml.engine.embedded import DuckEngine

Typed = Callable[[Any, ir.Table], str]
AS_MADE = DuckEngine._typed  # each time anew


class _Patch(Protocol):
    def setattr(self, target: Any, name: str, value: Any) -> None: ...


def remember_texts(patch: _Patch) -> dict[ops.Node, str]:
    """Let all engines of this process share their texts; returns where they are kept."""
    texts: dict[ops.Node, str] = {}
    patch.setattr(BaseBackend, "db_identity", property(lambda self: self.name))
    patch.setattr(DuckEngine, "_typed", remembered(AS_MADE, texts))
    open_now: set[int] = set()
    patch.setattr(DuckEngine, "__init__", _numbering(DuckEngine.__init__, open_now))
    patch.setattr(DuckEngine, "close", _closing(DuckEngine.close, open_now))
    return texts


def remembered(typed: Typed, texts: dict[ops.Node, str]) -> Typed:
    """The text of an expression, made once for all that are equal to it."""

    def it(self: Any, expr: ir.Table) -> str:
        op = expr.op()
        if op not in texts:
            texts[op] = typed(self, expr)
        return texts[op]

    return it


def _numbering(start: Callable[..., None], open_now: set[int]) -> Callable[..., None]:
    """Number references from 0, unless another engine is open, whose expressions have some."""

    def it(self: DuckEngine, *words: Any, **options: Any) -> None:
        if not open_now:
            ops.Reference._uid_counter = itertools.count()
        start(self, *words, **options)
        open_now.add(id(self))

    return it


def _closing(close: Callable[..., None], open_now: set[int]) -> Callable[..., None]:
    def it(self: DuckEngine) -> None:
        open_now.discard(id(self))
        close(self)

    return it
