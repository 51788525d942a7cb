"""Which source files each stage's function imports, and the same written into dvc.yaml.

``python tests/repo/stage_code.py --write`` (make stage-code) puts them below each stage's deps.
Left out on purpose: params.py (DVC compares the values), errors.py (words only) and the package's
own __init__ (its version).
"""

import ast
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PIPELINES = (ROOT / "dvc.yaml", ROOT / "data" / "synthetic" / "dvc.yaml")
LEFT_OUT = {"src/fraudml/__init__.py", "src/fraudml/params.py", "src/fraudml/errors.py"}


def code_of(stage: str, root: Path = ROOT) -> list[str]:
    """Source files and package data that ``stage`` reaches by import, relative to the root."""
    source = root / "src"
    waiting = [source / "fraudml" / "stages" / f"{stage}.py"]
    met: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in met:
            continue
        met.add(path)
        waiting += [found for name in _imports(path) for found in _files(source, name)]
    data = {each for path in met for each in _data_beside(path, source)}
    return sorted(
        {path.relative_to(root).as_posix() for path in met | data}
        - LEFT_OUT
        - {"src/fraudml/stages/__init__.py"}
    )


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "fraudml"}


def _files(source: Path, name: str) -> list[Path]:
    parts = name.split(".")
    packages = [source.joinpath(*parts[:n], "__init__.py") for n in range(2, len(parts) + 1)]
    candidates = [*packages, source.joinpath(*parts).with_suffix(".py")]
    return [path for path in candidates if path.exists()]


def _data_beside(path: Path, source: Path) -> list[Path]:
    """Templates, texts and tables of a module's own package (the root package has none).

    A package inside it (claims/adapters) keeps its data to itself.
    """
    if path.parent == source / "fraudml":
        return []
    inner = {init.parent for init in path.parent.glob("*/**/__init__.py")}
    return [
        each
        for each in path.parent.rglob("*")
        if each.is_file() and each.suffix not in (".py", ".pyc") and each.name != "py.typed"
        if not inner.intersection(each.parents)
    ]


def declared(pipeline: Path) -> dict[str, list[str]]:
    """The source files that each stage of a dvc.yaml names in its deps."""
    stages = YAML(typ="safe").load(pipeline)["stages"]
    return {
        name: [dep for dep in stage.get("deps", []) if str(dep).startswith("src/")]
        for name, stage in stages.items()
    }


def write(pipeline: Path) -> None:
    """Put the source files below each stage's deps; everything else stays as it is."""
    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    content: Any = yaml.load(pipeline)
    for name, stage in content["stages"].items():
        kept = [dep for dep in stage.get("deps", []) if not str(dep).startswith("src/")]
        stage["deps"] = [*kept, *code_of(name)]
    yaml.dump(content, pipeline)


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/repo/stage_code.py --write")
    for each in PIPELINES:
        write(each)
