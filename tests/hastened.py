"""In tests Ibis builds and translates queries on shorter ways, to the same ends.

Half of the time of most tests goes into expressions of tables of a few rows. A node is made anew
only where one below it was; a rewrite looks only at nodes of the classes it is for; arguments are
bound by name and place, and whatever is out of the ordinary is left to Ibis, which also says what
is wrong. Written for one version of Ibis and silent beside any other. The product does not do so.
"""

from collections import deque
from collections.abc import Callable
from inspect import Parameter
from typing import Any, Protocol

import ibis
import ibis.expr.operations as ops
from ibis.common.annotations import EMPTY, Signature
from ibis.common.graph import (
    Graph,
    Node,
    _apply_replacements,
    _coerce_replacer,
    _flatten_collections,
    _recursive_lookup,
)
from ibis.common.patterns import AnyOf, InstanceOf, NoMatch, Object, Pattern, Replace

WRITTEN_FOR = "12.0.0"
_BY_PLACE, _BY_NAME = Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY
OWN: dict[tuple[Any, str], Any] = {  # as Ibis has them
    (owner, name): owner.__dict__[name]
    for owner, name in (
        (Node, "replace"),
        (Node, "map"),
        (Node, "map_nodes"),
        (Node, "__children__"),
        (Signature, "validate"),
        (Signature, "validate_nobind"),
        (ops.Value, "__coerce__"),
    )
}
_coerce = ops.Value.__coerce__.__func__


class _Patch(Protocol):
    def setattr(self, target: Any, name: str, value: Any) -> None: ...


def hasten_ibis(patch: _Patch, version: str = ibis.__version__) -> bool:
    """Let this process take the shorter ways; returns whether it does."""
    if version != WRITTEN_FOR:
        return False
    bound = _Bound()
    ours = (replace, map_all, map_nodes, property(below), bound.validate, bound.validate_named)
    for (owner, name), way in zip(OWN, (*ours, classmethod(coerce)), strict=True):
        patch.setattr(owner, name, way)
    return True


def in_order(graph: Graph) -> list[Node]:
    """Nodes after all below them, in the order of Graph.toposort: names of tables follow it."""
    above: dict[Node, list[Node]] = {node: [] for node in graph}
    for node, below in graph.items():
        for one in below:
            above[one].append(node)
    waits_for = {node: len(below) for node, below in graph.items()}
    ready = deque(node for node, n in waits_for.items() if not n)
    order = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for one in above[node]:
            waits_for[one] -= 1
            if not waits_for[one]:
                ready.append(one)
    return order


def replace(self: Node, replacer: Any, filter: Any = None, context: Any = None) -> Any:  # noqa: A002
    graph, fn = Graph.from_bfs(self, filter=filter), replacing(replacer, context)
    done: dict[Node, Any] = {}
    for node in in_order(graph):
        changed = None
        if any(one in done for one in graph[node]):
            given = zip(node.__argnames__, node.__args__, strict=True)
            changed = {name: _apply_replacements(value, done)[0] for name, value in given}
        result = fn(node, changed)
        if result is not node:
            done[node] = result
    return done.get(self, self)


def replacing(replacer: Any, context: Any) -> Callable[[Node, Any], Any]:
    """What to do with a node; a pattern is only asked about nodes of the classes it is for."""
    classes = classes_of(replacer) if isinstance(replacer, Pattern) else None
    if classes is None:
        return _coerce_replacer(replacer, context)

    def fn(node: Node, changed: Any) -> Any:
        node = node.__recreate__(changed) if changed else node
        if not isinstance(node, classes):
            return node
        found = replacer.match(node, context or {})
        return node if found is NoMatch else found

    return fn


def classes_of(pattern: Pattern) -> tuple[type, ...] | None:
    """The classes outside of which a pattern matches nothing; None where it may match anything."""
    if isinstance(pattern, Replace):
        return classes_of(pattern.matcher)
    if isinstance(pattern, Object):
        return classes_of(pattern.type)
    if isinstance(pattern, InstanceOf):
        return pattern.type if isinstance(pattern.type, tuple) else (pattern.type,)
    if isinstance(pattern, AnyOf):
        found = [classes_of(one) for one in pattern.patterns]
        return None if None in found else tuple(one for classes in found for one in classes)
    return None


def below(self: Node) -> tuple[Node, ...]:
    found: list[Node] = []
    for one in self.__args__:
        if isinstance(one, Node):
            found.append(one)
        elif isinstance(one, tuple | list | dict):
            found.extend(_flatten_collections((one,)))
    return tuple(found)


def map_all(self: Node, fn: Callable[..., Any], filter: Any = None) -> dict[Node, Any]:  # noqa: A002
    results: dict[Node, Any] = {}
    for node in in_order(Graph.from_bfs(self, filter=filter)):
        given = zip(node.__argnames__, node.__args__, strict=True)
        below = {name: _recursive_lookup(value, results) for name, value in given}
        results[node] = fn(node, results, **below)
    return results


def map_nodes(self: Node, fn: Callable[..., Any], filter: Any = None) -> dict[Node, Any]:  # noqa: A002
    graph = Graph.from_bfs(self, filter=filter)
    results: dict[Node, Any] = {}
    for node in in_order(graph):
        results[node] = fn(node, *[results.get(one, one) for one in graph[node]])
    return results


def coerce(cls: type, value: Any, T: Any = None, S: Any = None) -> Any:  # noqa: N803
    if isinstance(value, ops.Value) and not isinstance(value, ops.Literal):
        return value
    return _coerce(cls, value, T, S)


class _Bound:
    """Binds arguments as Signature does, remembering of each signature what it asks for."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[Signature, list[Any] | None]] = {}

    def _asked(self, signature: Signature) -> list[Any] | None:
        """Name, match, default and whether by place; None: with *args or by place alone."""
        if id(signature) not in self.known:
            parameters = [*signature.parameters.values()]
            asked = None
            if all(p.kind in (_BY_PLACE, _BY_NAME) for p in parameters):
                asked = [
                    (p.name, p.annotation.pattern.match, p.default, p.kind is _BY_PLACE)
                    for p in parameters
                ]
            self.known[id(signature)] = (signature, asked)
        return self.known[id(signature)][1]

    def _values(self, asked: list[Any], args: Any, kwargs: Any) -> dict[str, Any] | None:
        """The arguments as they match; None where something is missing, too much or wrong."""
        found: dict[str, Any] = {}
        named = placed = 0
        for name, match, default, by_place in asked:
            if by_place and placed < len(args):
                value = args[placed]
                placed += 1
            elif name in kwargs:
                value = kwargs[name]
                named += 1
            else:
                value = default
            result = NoMatch if value is EMPTY else match(value, found)
            if result is NoMatch:
                return None
            found[name] = result
        return found if placed == len(args) and named == len(kwargs) else None

    @property
    def validate(self) -> Callable[..., dict[str, Any]]:
        own = OWN[Signature, "validate"]

        def it(signature: Signature, func: Any, args: Any, kwargs: Any) -> Any:
            asked = self._asked(signature)
            found = None if asked is None else self._values(asked, args, kwargs)
            return own(signature, func, args, kwargs) if found is None else found

        return it

    @property
    def validate_named(self) -> Callable[..., dict[str, Any]]:
        """As of a node that is made anew: what it does not know is passed over."""
        own = OWN[Signature, "validate_nobind"]

        def it(signature: Signature, func: Any, kwargs: Any) -> Any:
            asked = self._asked(signature)
            found = None if asked is None else self._values(asked, (), kwargs)
            return own(signature, func, kwargs) if found is None else found

        return it
