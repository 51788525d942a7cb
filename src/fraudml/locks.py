"""One run at a time: a lock of the operating system, gone with the process that held it.

It is an flock on a file or folder and never the mere presence of a file, so that a killed run
blocks nobody.
"""

import errno
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from fraudml.errors import EngineError, StateError

try:
    import fcntl
except ImportError:  # not on this system: see _no_locks
    fcntl = None  # type: ignore[assignment]

LOCK_FILE = ".fraudml.lock"
_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF}
_log = logging.getLogger(__name__)


class LocksUnsupportedError(Exception):
    """The file system keeps no locks; whoever asked decides what that means."""


def take_lock(handle: int, *, wait: bool = False, shared: bool = False) -> bool:
    """Take the lock of an open file or folder; False where another process holds it (no ``wait``).

    shared  beside others who share it, against whoever wants it alone
    It is given back when the handle is closed, by us or by the end of the process.
    Raises LocksUnsupportedError where the system or the file system has none.
    """
    if fcntl is None:
        raise LocksUnsupportedError
    try:
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(handle, how | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise LocksUnsupportedError from None
        raise
    return True


@contextmanager
def only_run(project: Path, stage: str, *, reads: bool = False) -> Iterator[None]:
    """Hold the project while ``stage`` runs in it.

    reads  it writes nothing: others that read may run beside it
    Raises StateError at once where another run holds it, and says which. On a file system without
    locks the run goes on, with a warning: there nobody can tell.
    """
    if not project.is_dir():
        raise StateError(f"{project} is not a folder: run fraudml in the project's folder.")
    path = project / LOCK_FILE
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise EngineError(
            f"Cannot write in the project's folder ({path.name}: {error.strerror}). Earlier "
            "outputs are untouched; make it writable and run the stage again."
        ) from error
    try:
        _take(handle, project, shared=reads)
        who = {"pid": os.getpid(), "stage": stage, "since": f"{datetime.now():%F %T}"}
        _tell(handle, {} if reads else who)
        yield
        _tell(handle, {})
    finally:
        os.close(handle)


def _take(handle: int, project: Path, *, shared: bool) -> None:
    try:
        if take_lock(handle, shared=shared):
            return
    except LocksUnsupportedError:
        _log.warning("No locks on this file system: run one stage at a time in %s", project)
        return
    who = _told(handle)
    run = f"Stage {who['stage']} (process {who['pid']}, since {who['since']})" if who else "A run"
    raise StateError(
        f"{run} is under way in {project.resolve()}. Nothing was changed; wait for its end, or "
        "use another copy of the project."
    )


def _tell(handle: int, who: dict[str, Any]) -> None:
    """For the message of the next one who comes; a full disk is no reason to stop here."""
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(who).encode(), 0)
    except OSError:
        _log.debug("the lock file could not be written")


def _told(handle: int) -> dict[str, Any]:
    try:
        who = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return who if isinstance(who, dict) and {"stage", "pid", "since"} <= who.keys() else {}
