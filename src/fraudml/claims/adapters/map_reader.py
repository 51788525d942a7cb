"""A field map read from YAML, by path or by the name of a shipped one, with one plain refusal."""

import hashlib
import os
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from fraudml.claims.adapters.field_map import FieldMap, faults
from fraudml.errors import ParamsError
from fraudml.yaml_text import OnceEach, read_yaml

_LARGEST = 4 << 20
_SHIPPED = files("fraudml.claims.adapters") / "maps"


@dataclass(frozen=True)
class ReadMap:
    """A checked map, what it is called in reports and errors, and the digest of its text."""

    content: FieldMap
    name: str
    sha256: str


def shipped_maps() -> tuple[str, ...]:
    """The names of the maps that come with the package."""
    return tuple(sorted(entry.name for entry in _SHIPPED.iterdir() if entry.name.endswith(".yaml")))


def read_map(wanted: str) -> ReadMap:
    """The map at this path, or the shipped one of this name (its ending may be left out).

    Raises ParamsError that names the map's file, the key and the nearest name that exists.
    """
    name, text = _text(wanted)
    content = read_yaml(text, _PlainLoader, name)
    if not isinstance(content, dict):
        raise ParamsError(f"{name}: expected says, sources and tables. See docs/adapters.md.")
    try:
        field_map = FieldMap.model_validate(content)
    except ValidationError as error:
        raise ParamsError(f"{name}: {_sentence(error)}") from None
    for place, sentence, names in faults(field_map):
        raise ParamsError(f"{name}: {place} {sentence}{_nearest(place, sentence, names)}")
    return ReadMap(field_map, name, hashlib.sha256(text.encode()).hexdigest())


def _text(wanted: str) -> tuple[str, str]:
    path = Path(wanted)
    if os.path.isfile(path):  # noqa: PTH113 (a name too long is no file either)
        try:
            if path.stat().st_size > _LARGEST:
                raise ParamsError(
                    f"{path.name}: larger than {_LARGEST >> 20} MB, so no field map. Give --map "
                    "the map, and the folder of the data as SOURCE."
                )
            return path.name, path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise ParamsError(f"{path.name}: not readable as UTF-8 text. Save it again.") from None
    shipped = shipped_maps()
    for name in (wanted, f"{wanted}.yaml", f"{wanted}.zh.yaml"):
        if name in shipped:
            return name, (_SHIPPED / name).read_text(encoding="utf-8")
    near = get_close_matches(wanted, shipped, n=1)
    hint = f"did you mean {near[0]}?" if near else f"shipped are: {', '.join(shipped)}."
    raise ParamsError(f"--map {wanted}: no such file and no shipped map; {hint}")


class _PlainLoader(OnceEach, yaml.BaseLoader):
    """Every scalar as it was typed: 01 stays 01, no stays no."""


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = get_close_matches(str(first["loc"][-1]), _names_at(first["loc"][:-1]), 1, 0.0)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{place} is not a key of a field map{hint}"
    if first["type"] == "missing":
        return f"{place} is missing"
    reason = first["msg"].removeprefix("Value error, ")
    return f"{place}: {reason[:1].lower()}{reason[1:]}"


def _names_at(place: tuple[int | str, ...]) -> list[str]:
    block: Any = FieldMap
    for part in place:
        if isinstance(block, type) and issubclass(block, BaseModel):
            found = [f for n, f in block.model_fields.items() if str(part) in (n, f.alias)]
            block = found[0].annotation if found else None
        else:
            block = get_args(block)[-1] if get_args(block) else None
    if not (isinstance(block, type) and issubclass(block, BaseModel)):
        return []
    return [field.alias or name for name, field in block.model_fields.items()]


def _nearest(place: str, sentence: str, names: tuple[str, ...]) -> str:
    if not names:
        return "."
    wrong = sentence.split("'")[1] if "'" in sentence else place.rpartition(".")[2]
    near = get_close_matches(wrong, names, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(names)}."
