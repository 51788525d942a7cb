"""A folder for what does not fit into memory, gone with the engine, whatever ends it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from fraudml.locks import LocksUnsupportedError, take_lock

_PREFIX = "fraudml-"


@contextmanager
def scratch_folder(spill: Path | None) -> Iterator[Path]:
    """A new folder below ``spill`` (the system's own when absent), removed at the end.

    What killed runs left below ``spill`` is removed first; the folder of a live one is locked by
    it and stays.
    """
    if spill is None:
        with TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as scratch:
            yield Path(scratch)
        return
    spill.mkdir(parents=True, exist_ok=True)
    scratch_path, handle = _make(spill)
    try:
        yield scratch_path
    finally:
        shutil.rmtree(scratch_path, ignore_errors=True)
        os.close(handle)


def _make(spill: Path) -> tuple[Path, int]:
    """A new folder and the handle that holds its lock; nobody looks for remains meanwhile."""
    gate = os.open(spill, os.O_RDONLY)
    try:
        if _is_ours(gate, wait=True):
            for each in spill.glob(f"{_PREFIX}*"):
                _remove_if_left(each)
        made = Path(mkdtemp(prefix=_PREFIX, dir=spill))
        handle = os.open(made, os.O_RDONLY)
        _is_ours(handle)
        return made, handle
    finally:
        os.close(gate)


def _remove_if_left(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        if _is_ours(handle):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _is_ours(handle: int, *, wait: bool = False) -> bool:
    """Whether the lock could be had; where there are no locks nothing is anybody's to remove."""
    try:
        return take_lock(handle, wait=wait)
    except LocksUnsupportedError:
        return False
