"""The figures of all stages under names that MLflow accepts and that sort and read well."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fraudml.artifacts import read_json
from fraudml.entities import GRAIN_NAMES, GrainName
from fraudml.errors import StateError

# What a newcomer compares; counts, ties and bounds stay in the figures' own files, which are kept
# with the run, and on their page. So do the rows of each table that came in, the ceilings of models
# other than the fused list, and differences between two models neither of which is that list.
_SHOWN = ("value", "low", "high", "ceiling")
_BESIDE = (
    "selective",
    "size",
    "drift",
    "list_error",
)  # of a grain: long tables, for the file and the page


@dataclass(frozen=True)
class Figures:
    """Figures by MLflow name, and the sentences beside them; ``None`` stands for no grain."""

    numbers: dict[GrainName | None, dict[str, float]]
    sentences: dict[GrainName | None, list[str]]

    @classmethod
    def read(cls, paths: Sequence[Path]) -> "Figures":
        """Everything in the metrics files; StateError if two of them name the same figure."""
        figures = cls({None: {}}, {None: []})
        for path in paths:
            content = read_json(path)
            for key, value in content.items():
                grain = next((name for name in GRAIN_NAMES if name == key), None)
                figures._take(grain, path.stem, value if grain else {key: value})
        return figures

    def of_the_run(self) -> dict[str, float]:
        """The parent's figures: those of no grain, and every grain's without its interval."""
        numbers = dict(self.numbers[None])
        for grain in GRAIN_NAMES:
            of_grain = self.numbers.get(grain, {})
            numbers |= {f"{grain}/{name}": v for name, v in of_grain.items() if _is_headline(name)}
        return numbers

    def _take(self, grain: GrainName | None, stage: str, content: Any) -> None:
        numbers = self.numbers.setdefault(grain, {})
        sentences = self.sentences.setdefault(grain, [])
        if isinstance(content, dict):
            content = {key: one for key, one in content.items() if key not in _BESIDE}
        for name, value in flatten(content, stage):
            if _is_detail(name):
                continue
            if isinstance(value, str):
                sentences.extend([value] if " " in value and value not in sentences else [])
                continue
            shown = metric_name(name)
            if shown in numbers:
                raise StateError(f"{stage}.json: the figure {name} stands in another file too.")
            numbers[shown] = round(float(value), 6)


def _is_detail(name: str) -> bool:
    differs = "/differences " in name and "/differences fused " not in name
    ceiling = name.endswith(".ceiling") and not name.endswith("/fused.ceiling")
    return differs or ceiling or name.startswith("ingest/tables/")


def _is_headline(name: str) -> bool:
    measure, _, model = name.partition("/")
    return "_at_" in measure and model.isidentifier()


def flatten(content: Any, stage: str, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Numbers and sentences in a stage's figures, each with a name that sorts and reads well.

    A figure with an interval, {measure: {value, low, high, ceiling}}, is named by its measure
    first, so that MLflow shows all models of one measure side by side; a plain number by its
    stage first.

    >>> figures = {"models": {"fused": {"auc": {"value": 0.7, "low": 0.6}}}, "n": 7}
    >>> dict(flatten(figures, "evaluate"))
    {'auc/fused': 0.7, 'auc/fused.low': 0.6, 'evaluate/n': 7}
    """
    if isinstance(content, dict) and "value" in content:
        measure, whose = path[-1], " ".join(part for part in path[:-1] if part != "models")
        name = f"{measure}/{whose}" if whose else measure
        yield from ((name if k == "value" else f"{name}.{k}", v) for k, v in _numbers(content))
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from flatten(value, stage, (*path, str(key)))
    elif isinstance(content, str) or _is_number(content):
        yield "/".join((stage, *path)), content


def _numbers(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((key, value) for key, value in content.items() if key in _SHOWN and _is_number(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def metric_name(name: str) -> str:
    """A name MLflow accepts: letters, digits, / _ - . and spaces.

    >>> metric_name("precision@25/fused")
    'precision_at_25/fused'
    """
    return re.sub(r"[^\w/. -]", "_", name.replace("@", "_at_"))


def flat_params(params: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """params.yaml as MLflow shows it: one name per value, block first.

    >>> flat_params({"draw": {"providers": 25, "floor": 0.1}})
    {'draw.providers': '25', 'draw.floor': '0.1'}
    """
    flat: dict[str, str] = {}
    for key, value in params.items():
        if isinstance(value, Mapping):
            flat |= flat_params(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
