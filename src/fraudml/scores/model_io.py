"""Models in a folder as text and JSON: data that cannot execute, read by our own code."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fraudml.artifacts import digest, read_json, require, write_json
from fraudml.errors import StateError
from fraudml.features.catalogue import features_of
from fraudml.scores.bagged_pu import Bags, Part
from fraudml.scores.boosted import ANOMALY, PEER, Supervised
from fraudml.scores.forest import Forest
from fraudml.scores.linear import Curve, Linear
from fraudml.scores.model_file import asked_of_linear_file, asked_of_model_file

FORMAT = 4


@dataclass(frozen=True)
class Models:
    """Everything fitted for one grain.

    supervised  None where outcomes do not bear one; ``about`` says why
    about       what model.json holds beside the models: sentences, calibration, amounts, counts
    """

    forest: Forest
    supervised: Supervised | None
    about: dict[str, Any]


def write_models(models: Models, folder: Path) -> None:
    """forest.txt, model.json; where learnt boosted_NN.txt, averaged_NN.txt and linear.json."""
    (folder / "forest.txt").write_text(models.forest.text, encoding="utf-8")
    content: dict[str, Any] = {
        **models.about,
        "format": FORMAT,
        "forest": {"features": models.forest.names},
        "supervised": None,
    }
    learnt = models.supervised
    if learnt is not None:
        content["supervised"] = {
            "columns": learnt.columns,
            "confirmed": learnt.confirmed,
            "trust": learnt.trust,
            "boosted_share": learnt.bags.boosted_share,
            "linear_share": learnt.bags.linear_share,
        }
        write_json(folder / "linear.json", asdict(learnt.bags.linear))
        for kind, part in (("boosted", learnt.bags.boosted), ("averaged", learnt.bags.averaged)):
            content["supervised"][kind] = {
                "bags": len(part.texts),
                "centre": part.centre,
                "spread": part.spread,
            }
            for number, text in enumerate(part.texts):
                (folder / f"{kind}_{number:02d}.txt").write_text(text, encoding="utf-8")
    content["texts"] = {path.name: digest(path) for path in _texts(folder)}
    write_json(folder / "model.json", content)


def _texts(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("*.txt"))
    yield from folder.glob("linear.json")


def read_models(folder: Path) -> Models:
    """What ``write_models`` wrote; StateError where a file is missing or of another format."""
    try:
        return _read(folder, read_json(folder / "model.json", "format"))
    except (KeyError, TypeError, ValueError):  # a text that is none is a ValueError
        raise StateError(
            f"{folder.name}/ does not hold what this version writes there: run the train stage "
            "again (dvc repro -f train)."
        ) from None


def _refuse_unknown_columns(content: dict[str, Any], folder: str) -> None:
    """A model of a catalogue that has lost or renamed a feature cannot be applied to this one's."""
    known = {ANOMALY, *(feature.name for feature in features_of(content["grain"]))}
    learnt = content["supervised"] or {"columns": []}
    for name in (*content["forest"]["features"], *learnt["columns"]):
        if name.removeprefix(PEER) not in known:
            raise StateError(
                f"{folder}/model.json asks for {name}, which is no feature of this version: run "
                "the train stage again (dvc repro -f train)."
            )


def _read(folder: Path, content: dict[str, Any]) -> Models:
    if content["format"] != FORMAT:
        raise StateError(
            f"{folder.name}/model.json has format {content['format']!r}, this version reads "
            f"{FORMAT}: run the train stage again (dvc repro train)."
        )
    asked_of_model_file(content, folder.name)
    _refuse_unknown_columns(content, folder.name)
    odd = [name for name, told in content["texts"].items() if digest(folder / name) != told]
    if odd:
        raise StateError(
            f"{folder.name}/{odd[0]} is not the text that model.json was written with: run the "
            "train stage again (dvc repro -f train)."
        )
    forest = Forest(
        tuple(content["forest"]["features"]),
        require(folder / "forest.txt").read_text(encoding="utf-8"),
    )
    _refuse_other_width(forest.text, len(forest.names), folder.name)
    learnt = content["supervised"]
    supervised = None
    if learnt is not None:
        supervised = Supervised(
            tuple(learnt["columns"]),
            Bags(
                _part(folder, "boosted", learnt["boosted"]),
                _part(folder, "averaged", learnt["averaged"]),
                _linear(folder, len(learnt["columns"])),
                learnt["boosted_share"],
                learnt["linear_share"],
            ),
            confirmed=learnt["confirmed"],
            trust=learnt["trust"],
        )
        for text in (*supervised.bags.boosted.texts, *supervised.bags.averaged.texts):
            _refuse_other_width(text, len(supervised.columns), folder.name)
    return Models(forest, supervised, content)


def _refuse_other_width(text: str, columns: int, folder: str) -> None:
    """Trees over another number of columns than model.json names would look at the wrong ones."""
    said = re.search(r"^max_feature_idx=(\d+)$", text, re.MULTILINE)
    if columns != (int(said[1]) + 1 if said else 0):
        raise StateError(
            f"{folder}/model.json names {columns:,} columns and the trees were grown on another "
            "number: run the train stage again (dvc repro -f train)."
        )


def _part(folder: Path, kind: str, about: dict[str, Any]) -> Part:
    texts = tuple(
        require(folder / f"{kind}_{number:02d}.txt").read_text(encoding="utf-8")
        for number in range(about["bags"])
    )
    return Part(texts, about["centre"], about["spread"])


def _linear(folder: Path, columns: int) -> Linear:
    content = read_json(folder / "linear.json", "curves", "spread")
    asked_of_linear_file(content, folder.name, columns)
    curves = (
        Curve(c["place"], tuple(c["values"]), tuple(c["scores"]), c["mean"], c["weight"])
        for c in content["curves"]
    )
    return Linear(tuple(curves), content["spread"])
