"""Other people's formats turned into a folder that follows the contract."""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fraudml.artifacts import Publication, write_json
from fraudml.claims.adapters import kaggle_provider_fraud
from fraudml.claims.adapters.adapted import Adapted
from fraudml.errors import ContractError, ParamsError

REPORT = "adapter.json"

ADAPTERS: dict[str, Callable[[Path, str], Adapted]] = {
    "kaggle-provider-fraud": kaggle_provider_fraud.convert,
}


def adapt(name: str, source: Path, raw: Path, *, part: str = "train") -> dict[str, Any]:
    """Turn the files in ``source`` into the contract folder ``raw``, whole or not at all.

    part     which part of the source, where it has several: "train" or "test"
    returns  the report that is also written as ``raw/adapter.json``: rows, what was invented,
    derived or left out, and the as-of date that suits these data
    Raises ParamsError for an unknown adapter or part; ContractError for a source that is not what
    the adapter reads, and for a ``raw`` that holds something an adapter did not write.
    """
    if name not in ADAPTERS:
        near = get_close_matches(name, ADAPTERS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(ADAPTERS)}."
        raise ParamsError(f"No adapter is called {name!r}; {hint}")
    if not source.is_dir():
        raise ContractError(f"{source} is not a folder: give the one that holds the files.")
    if raw.exists() and not (raw / REPORT).is_file() and (raw.is_file() or any(raw.iterdir())):
        raise ContractError(
            f"{raw} holds something that no adapter wrote: give a new or an empty folder."
        )
    adapted = ADAPTERS[name](source, part)
    report = {"adapter": name, "part": part, **adapted.report()}
    with Publication() as out:
        folder = out.folder(raw)
        adapted.write(folder)
        write_json(folder / REPORT, report)
    return report
