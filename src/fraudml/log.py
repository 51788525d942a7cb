"""What a run says beside its result: which stage, table and step, how many rows, how long.

Ask with ``--log-level debug`` or FRAUDML_LOG=debug; it goes to stderr. Never a cell, never a
query: only names of tables, files and rules, and counts. Failures are told by place and kind;
the words of somebody else's exception may quote a row and are left out.
"""

import logging
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, TextIO

from fraudml.errors import FraudmlError

Level = Literal["debug", "info", "warning", "error"]
_log = logging.getLogger(__name__)


def set_up(level: Level) -> None:
    """Send our own messages from ``level`` on to stderr, and nobody else's."""
    ours = logging.getLogger("fraudml")
    ours.handlers[:] = [_handler()]
    ours.setLevel(level.upper())
    ours.propagate = False
    logging.getLogger().addHandler(logging.NullHandler())  # else Python prints others' warnings
    warnings.showwarning = _untold
    sys.unraisablehook = lambda failure: _unseen(failure.exc_value)
    threading.excepthook = lambda failure: _unseen(failure.exc_value)


def _handler() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


@contextmanager
def timed(log: logging.Logger, step: str) -> Iterator[dict[str, Any]]:
    """Say at debug level that a step is done, after how many seconds, with what is filled in.

    >>> with timed(_log, "count") as said:
    ...     said["rows"] = 3
    """
    said: dict[str, Any] = {}
    started = time.perf_counter()
    yield said
    seconds = time.perf_counter() - started
    figures = "".join(f", {count:,} {what}" for what, count in said.items())
    log.debug("%s: %.2f s%s", step, seconds, figures)


def where_it_failed(error: BaseException) -> Iterator[str]:
    """The places that an error came through, innermost last, with kinds and without words."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from where_it_failed(cause)
    words = f": {error}" if isinstance(error, FraudmlError) else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{words}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"


def _untold(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A library's warning, which may quote a row: told at debug level by its kind and place."""
    _log.debug("%s at %s:%d", category.__name__, filename, lineno)


def _unseen(error: BaseException | None) -> None:
    """Exceptions that nobody can catch: Python would print their words."""
    if error is not None:
        _log.debug("unseen failure\n%s", "\n".join(where_it_failed(error)))
