"""What dvc.lock says: hashes of the tables, and one fingerprint of everything before tracking."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from fraudml.artifacts import require
from fraudml.errors import StateError

FINGERPRINT = "fraudml.fingerprint"
"""The tag that leads from a run to the state of DVC and back."""


def _earlier_stages(lock: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(require(lock).read_text(encoding="utf-8")) or {}
        stages = {name: dict(stage) for name, stage in (content.get("stages") or {}).items()}
    except (yaml.YAMLError, AttributeError, TypeError, ValueError):
        raise StateError(
            f"{lock} is not what DVC writes (a merge may have left its marks): restore it with "
            "git checkout dvc.lock."
        ) from None
    stages.pop("track", None)
    if not stages:
        raise StateError(f"{lock} names no stage: run the pipeline with dvc repro first.")
    return stages


def fingerprint_of(lock: Path) -> str:
    """One hash for the commands, code, parameters, inputs and outputs of all earlier stages."""
    text = json.dumps(_earlier_stages(lock), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def table_hashes(lock: Path) -> dict[str, str]:
    """DVC's hash of every table that came in or was made, by path; code is left out."""
    stages = _earlier_stages(lock).values()
    named = [
        entry for stage in stages for kind in ("deps", "outs") for entry in stage.get(kind, ())
    ]
    found = {entry["path"]: entry.get("md5", "") for entry in named if not _is_code(entry["path"])}
    return dict(sorted((path, md5) for path, md5 in found.items() if md5))


def _is_code(path: str) -> bool:
    return path.startswith("src/") or path.endswith(".py")
