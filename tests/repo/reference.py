"""The pages in docs/ written from the code: contract, features, rules, parameters, commands.

``python tests/repo/reference.py --write`` (make docs) writes them all.
"""

import re
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
import yaml
from contract_reference import contract_markdown
from pydantic.fields import FieldInfo

from fraudml.cli import app
from fraudml.errors import FraudmlError
from fraudml.features.reference import features_markdown
from fraudml.monitor.reference import rule_pairs_csv, rules_markdown
from fraudml.monitor.signatures.reference import signatures_markdown
from fraudml.params import Params

ROOT = Path(__file__).parents[2]
PIPELINES = (ROOT / "dvc.yaml", ROOT / "data" / "synthetic" / "dvc.yaml")

_SCALARS: dict[object, str] = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
    date: "date in quotes",
    NoneType: "null",
}
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_LINE = re.compile(
    r'^(?P<indent> *)(?P<name>\w+):\s*(?P<value>"[^"]*"|[^#]*?)\s*(?:#\s*(?P<said>.*))?$'
)

_PARAMS_HEAD = """# Parameters

Generated from `fraudml.params` and `params.yaml` by `make docs`; do not edit.

Every block is frozen and typed. A missing key and an unknown one are both refused, the latter with
the nearest known name: no value is assumed in code but Spark's, which changes no result.
DVC runs again exactly the stages that watch a block whose values changed."""

_CLI_HEAD = """# Commands

Generated from `fraudml.cli` by `make docs`; do not edit.

`dvc repro` runs the whole pipeline. Each stage is also a command, which reads what the stages
before it wrote."""


def params_markdown(root: Path = ROOT) -> str:
    """docs/params.md: one table per block of params.yaml, one row per parameter."""
    said = dict(_written(root / "params.yaml"))
    readers = _readers()
    parts = [_PARAMS_HEAD]
    for name, field in Params.model_fields.items():
        block: Any = field.annotation
        by = ", ".join(f"`{stage}`" for stage in readers.get(name, []))
        watched = f"Watched by {by}." if by else "Watched by no stage."
        parts.append(f"\n## {name}\n\n{block.__doc__} {watched}\n")
        parts.append("| parameter | type | meaning |\n|---|---|---|")
        for key, entry in block.model_fields.items():
            comment = said[f"{name}.{key}"]
            parts.append(f"| `{key}` | {_kind_of(entry)} | {comment or '–'} |")
    return "\n".join(parts) + "\n"


def _written(path: Path) -> Iterator[tuple[str, str]]:
    """For each block and each parameter of the file: its comment."""
    block = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        found = _LINE.match(line)
        if found:
            block = block if found["indent"] else found["name"]
            name = f"{block}.{found['name']}" if found["indent"] else block
            yield name, found["said"] or ""


def _readers() -> dict[str, list[str]]:
    readers: dict[str, list[str]] = {}
    for path in PIPELINES:
        for stage, entry in yaml.safe_load(path.read_text(encoding="utf-8"))["stages"].items():
            for block in entry.get("params", []):
                readers.setdefault(block, []).append(stage)
    return readers


def _kind_of(entry: FieldInfo) -> str:
    return _kind(entry.annotation, entry.metadata)


def _kind(annotation: Any, limits: Any = ()) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0], _flat(inner[1:]))
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(_kind(one) for one in inner)
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return f"names with {_kind(inner[1])}"
    bounds = [
        f"{sign} {getattr(m, k)}" for m in limits for k, sign in _BOUNDS.items() if _has(m, k)
    ]
    return " ".join([_SCALARS[annotation], ", ".join(bounds)]).strip()


def _flat(metadata: tuple[Any, ...]) -> list[Any]:
    return [one for m in metadata for one in (m.metadata if isinstance(m, FieldInfo) else [m])]


def _has(limit: object, bound: str) -> bool:
    return getattr(limit, bound, None) is not None


def cli_markdown() -> str:
    """docs/cli.md: the commands by panel, their arguments and options, and the exit codes."""
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    panels: dict[str, list[Any]] = {}
    for command in commands.values():
        panels.setdefault(str(command.rich_help_panel), []).append(command)
    parts = [_CLI_HEAD]
    for panel, members in panels.items():
        parts.append(f"\n## {panel}\n")
        parts += ["| command | what it does |", "|---|---|"]
        parts += [f"| `{_usage(one)}` | {one.help} |" for one in members]
        parts += ["", "| parameter | default | meaning |", "|---|---|---|"]
        parts += dict.fromkeys(_parameter(p) for one in members for p in one.params)
    return "\n".join([*parts, *_before_any_command(), *_exit_codes()]) + "\n"


def _before_any_command() -> list[str]:
    options = [one for one in typer.main.get_command(app).params if one.name != "help"]
    return [
        "\n## Before any command\n",
        "As in `fraudml --log-level debug features`; `FRAUDML_LOG=debug dvc repro` for all.\n",
        "| parameter | default | meaning |",
        "|---|---|---|",
        *(_parameter(one) for one in options),
    ]


def _usage(command: Any) -> str:
    words = [
        one.name.upper() if one.param_type_name == "argument" else f"[{one.opts[0]}]"
        for one in sorted(command.params, key=lambda p: p.param_type_name)
    ]
    return " ".join(["fraudml", command.name, *words])


def _parameter(one: Any) -> str:
    argument = one.param_type_name == "argument"
    name = one.name.upper() if argument else ", ".join(one.opts)
    default = "–" if argument or one.default is False else f"`{one.default}`"
    return f"| `{name}` | {default} | {one.help} |"


def _exit_codes() -> list[str]:
    rows = [f"| {e.exit_code} | {e.__doc__} |" for e in FraudmlError.__subclasses__()]
    return [
        "\n## Exit codes\n",
        "An error is one line on the error stream and one of these codes.\n",
        "| code | what is wrong |",
        "|---|---|",
        "| 0 | Nothing. |",
        (
            "| 1 | Something nobody foresaw: `--log-level debug` says where. "
            "From `where --is-demo`: not the demo fund. |"
        ),
        "| 2 | The command line itself: unknown command, missing argument. |",
        *rows,
        "| 129, 130, 143 | It was stopped: the terminal was closed, Ctrl-C, SIGTERM. |",
    ]


PAGES: dict[str, Callable[[], str]] = {
    "src/fraudml/features/rule_pairs.csv": rule_pairs_csv,
    "docs/contract.md": contract_markdown,
    "docs/features.md": features_markdown,
    "docs/rules.md": rules_markdown,
    "docs/data_errors.md": signatures_markdown,
    "docs/params.md": params_markdown,
    "docs/cli.md": cli_markdown,
}


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/repo/reference.py --write")
    for page, made in PAGES.items():
        (ROOT / page).write_text(made(), encoding="utf-8")
