"""YAML as people write it, read strictly: what stands there twice or cannot be read is an error."""

import re
from typing import Any

import yaml

from fraudml.errors import ParamsError

_OTHER_BASE = re.compile(r"[-+]?(0[0-9a-zA-Z_]|[0-9_]+:)")
_MERGE = "tag:yaml.org,2002:merge"


def _told(error: yaml.YAMLError) -> str:
    """What is wrong and where, without the line itself: it may be one of somebody's data."""
    if not (isinstance(error, yaml.MarkedYAMLError) and error.problem_mark):
        return "it holds a character that no text has"
    mark = error.problem_mark
    return f"line {mark.line + 1:,}, column {mark.column + 1:,}: {error.problem}"


class OnceEach:
    """For a loader of YAML: a key that stands twice in one block is refused, not overruled."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, unless it says the same key twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands there twice", key.start_mark
                )
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)  # type: ignore[misc]
        return found


class TypedLoader(OnceEach, yaml.SafeLoader):
    """Numbers, dates and words as YAML types them, but for numbers that nobody means to write."""


def _plain_number(loader: TypedLoader, node: yaml.ScalarNode) -> Any:
    """A number as it is read: to YAML 010 is eight, and 3:20 two hundred."""
    if _OTHER_BASE.match(node.value):
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value[:40]!r} is no plain number: write it in tens, or in quotes",
            node.start_mark,
        )  # fmt: skip
    kind = node.tag.rpartition(":")[2]
    return getattr(loader, f"construct_yaml_{kind}")(node)


for _kind in ("int", "float"):
    TypedLoader.add_constructor(f"tag:yaml.org,2002:{_kind}", _plain_number)


def read_yaml(text: str, loader: type[yaml.BaseLoader] | type[yaml.SafeLoader], name: str) -> Any:
    """The content of a YAML text; ``name`` is what errors call it.

    Raises ParamsError for what is no YAML, a key that is there twice, a date or a number that is
    none (2025-02-30) and blocks within blocks beyond what can be read.
    """
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 (loaders of ours make no objects)
    except yaml.YAMLError as error:
        raise ParamsError(f"{name}: not YAML: {_told(error)}") from None
    except RecursionError:
        raise ParamsError(f"{name}: blocks stand too deep within one another.") from None
    except ValueError as error:
        raise ParamsError(f"{name}: a date or a number is none: {error}.") from None
