"""Other people's formats turned into a folder that follows the contract."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fraudml.artifacts import Publication, write_json
from fraudml.claims.adapters import desynpuf, kaggle_provider_fraud, tuva
from fraudml.claims.adapters.adapted import Adapted
from fraudml.claims.adapters.mapped import write_mapped
from fraudml.claims.schema import CONTRACT
from fraudml.errors import ContractError, ParamsError

REPORT = "adapter.json"
MAPPED = "mapped"


@dataclass(frozen=True)
class Adapter:
    """One publication's converter and the parts it comes in, the usual one first."""

    convert: Callable[[Path, str], Adapted]
    parts: tuple[str, ...]


ADAPTERS: dict[str, Adapter] = {
    "kaggle-provider-fraud": Adapter(kaggle_provider_fraud.convert, ("train", "test")),
    "desynpuf": Adapter(desynpuf.convert, desynpuf.PARTS),
    "tuva": Adapter(tuva.convert, tuva.PARTS),
}


def adapt(
    name: str,
    source: Path,
    raw: Path,
    *,
    part: str | None = None,
    field_map: str | None = None,
    memory_gb: float = 2.0,
) -> dict[str, Any]:
    """Turn the files in ``source`` into the contract folder ``raw``, whole or not at all.

    part       which part of the source, where it has several; the adapter's usual one when absent
    field_map  for "mapped": path of a field map, or the name of a shipped one
    memory_gb  for "mapped": how much memory the engine may take; never changes the result
    returns    the report that is also written as ``raw/adapter.json``: rows, what was invented,
    derived or left out, and the as-of date that suits these data
    Raises ParamsError for an unknown adapter, part or map; ContractError for a source that is not
    what the adapter reads, and for a ``raw`` that holds something an adapter did not write.
    """
    _refuse_options(name, part, field_map)
    source, raw = source.resolve(), raw.resolve()  # a link to RAW stays one
    _refuse_folders(name, source, raw)
    if name == MAPPED:
        with Publication() as out:
            folder = out.folder(raw)
            report = write_mapped(source, folder, field_map or "", memory_gb=memory_gb)
            _refuse_without_rows(source, report)
            report = {"adapter": name, **report}
            write_json(folder / REPORT, report)
        return report
    chosen = part or ADAPTERS[name].parts[0]
    adapted = ADAPTERS[name].convert(source, chosen)
    report = {"adapter": name, "part": chosen, **adapted.report()}
    _refuse_without_rows(source, report)
    with Publication() as out:
        folder = out.folder(raw)
        adapted.write(folder)
        write_json(folder / REPORT, report)
    return report


def _refuse_options(name: str, part: str | None, field_map: str | None) -> None:
    known = (*ADAPTERS, MAPPED)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}."
        raise ParamsError(f"No adapter is called {name!r}; {hint}")
    if name == MAPPED and not field_map:
        raise ParamsError("mapped needs --map: a field map's path, or the name of a shipped one.")
    if name == MAPPED and part:
        raise ParamsError("mapped has no parts: leave --part out, and name the files in the map.")
    if name != MAPPED and field_map:
        raise ParamsError(f"{name} takes no --map: only mapped does.")


def _refuse_folders(name: str, source: Path, raw: Path) -> None:
    if not source.is_dir():
        raise ContractError(f"{source} is not a folder: give the one that holds the files.")
    if source.is_relative_to(raw):
        raise ContractError(
            f"{source} lies in {raw}, which is replaced whole: write to another folder."
        )
    if raw.exists() and (not raw.is_dir() or _not_ours(raw)):
        raise ContractError(
            f"{raw} holds something that no adapter wrote: give a new or an empty folder."
        )
    if name == MAPPED and raw.is_relative_to(source):
        raise ContractError(
            f"{raw} lies in {source}, whose files are read: write to a folder beside it."
        )


def _refuse_without_rows(source: Path, report: dict[str, Any]) -> None:
    for table, rows in report["rows"].items():
        if CONTRACT[table].required and not rows:
            raise ContractError(
                f"{source}: not one row of {table} comes of its files. Export them again with "
                "their rows."
            )


def _not_ours(raw: Path) -> bool:
    """Whether the folder holds more than what an adapter's report there says."""
    held = {entry.name for entry in raw.iterdir()}
    try:
        rows = json.loads((raw / REPORT).read_text(encoding="utf-8"))["rows"] if held else {}
        return not held <= {REPORT, *(f"{t}.{form}" for t in rows for form in ("csv", "parquet"))}
    except (OSError, ValueError, TypeError, KeyError):
        return True
