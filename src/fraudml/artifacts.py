"""Writing results so that a killed stage leaves the old file or the new one, never half of one.

A stage asks a ``Publication`` for a path beside each of its outputs, writes there, and only
when everything is written are the outputs exchanged with the old ones.
"""

import ctypes
import errno
import hashlib
import json
import logging
import math
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from fraudml.errors import EngineError, FraudmlError, StateError
from fraudml.locks import LocksUnsupportedError, take_lock

_ASIDE = ".aside-"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_DISK = {
    errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT, errno.EFBIG, errno.EIO,
    errno.ENAMETOOLONG,
}  # fmt: skip
_UNREADABLE = "{} cannot be read as parquet: run the stage that writes it again (dvc repro -f)."
_log = logging.getLogger(__name__)


class Publication:
    """The outputs of one stage, written aside and put in place together at the end.

    Leaving the block without an error exchanges every output; leaving it with one removes what
    was written aside. Remains of a killed run are removed when the same output is asked for again.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with Publication() as out:
    ...     _ = out.file(folder / "a.txt").write_text("new")
    ...     (folder / "a.txt").exists()
    False
    >>> (folder / "a.txt").read_text()
    'new'
    """

    def __init__(self) -> None:
        self._moves: list[tuple[Path, Path]] = []
        self._held: list[int] = []  # the folders aside, locked: another process leaves them alone

    def __enter__(self) -> Self:
        return self

    def file(self, final: Path) -> Path:
        """Where to write the file that will become ``final``; a closed folder is said at once."""
        aside = self._aside(final)
        aside.touch()
        aside.unlink()
        return aside

    def folder(self, final: Path) -> Path:
        """An empty folder that will replace the folder ``final``.

        Raises StateError where another process is writing one.
        """
        aside = self._aside(final)
        aside.mkdir()
        self._held.append(os.open(aside, os.O_RDONLY))
        _hold(self._held[-1])
        return aside

    def _aside(self, final: Path) -> Path:
        _make_parent(final)
        aside = final.parent / f"{_ASIDE}{final.name}"
        _refuse_held(aside, final)
        for stale in (aside, final.parent / f"{aside.name}.old"):
            _remove(stale)
        self._moves.append((aside, final))
        return aside

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        failure = error
        try:
            if kind is None:
                self._publish()
        except OSError as refusal:
            failure = refusal
        finally:
            self._discard()
            for handle in self._held:
                os.close(handle)
        disk = _disk_error(failure)
        if disk:
            what = f"{Path(disk.filename).name}: " if isinstance(disk.filename, str) else ""
            raise EngineError(
                f"Cannot write an output: {what}{disk.strerror}. Earlier outputs are untouched; "
                "free the disk or make the folder writable and run the stage again."
            ) from failure
        if failure is not error and failure is not None:
            raise failure

    def _publish(self) -> None:
        missing = [final.name for aside, final in self._moves if not aside.exists()]
        if missing:
            raise StateError(f"The stage promised {', '.join(missing)} and did not write it.")
        done: list[Callable[[], None]] = []
        try:
            for aside, final in self._moves:
                done.append(_put_in_place(aside, final))
                _log.debug("published %s", final)
        except BaseException:  # also where somebody stops the run just then
            for take_back in reversed(done):
                take_back()
            raise

    def _discard(self) -> None:
        """Remove what is aside; what cannot be removed now is, when the output is written again."""
        for aside, final in self._moves:
            for left in (aside, final.parent / f"{aside.name}.old"):
                with suppress(OSError):
                    _remove(left)


def _hold(handle: int) -> bool:
    """Lock a folder that is being written; False where another process holds it."""
    try:
        return take_lock(handle)
    except LocksUnsupportedError:
        return True  # there nobody can tell


def _refuse_held(aside: Path, final: Path) -> None:
    try:
        handle = os.open(aside, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        if not _hold(handle):
            raise StateError(
                f"{final} is being written by another run. Nothing was changed; wait for its end."
            )
    finally:
        os.close(handle)


def _disk_error(error: BaseException | None) -> OSError | None:
    """The file system's refusal behind an error, if that is what it came from."""
    while error is not None and not isinstance(error, FraudmlError):
        if isinstance(error, OSError) and error.errno in _DISK:
            return error
        error = error.__cause__ or error.__context__
    return None


def _make_parent(final: Path) -> None:
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"Cannot make the folder {final.parent}: {error.strerror}.") from error


def _put_in_place(aside: Path, final: Path) -> Callable[[], None]:
    """Put an output where it belongs; returns how to take it back while the old one is aside."""
    if not final.exists():
        aside.replace(final)
        return lambda: _back(final, aside)
    if _exchange(aside, final):
        return lambda: _back(final, aside)
    old = final.parent / f"{aside.name}.old"
    final.replace(old)
    aside.replace(final)

    def take_back() -> None:
        final.replace(aside)
        old.replace(final)

    return take_back


def _back(final: Path, aside: Path) -> None:
    if not aside.exists() or not _exchange(aside, final):
        final.replace(aside)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two paths in one step of the file system; False where it cannot (then renamed twice)."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done: int = rename(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    return done == 0


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def computed_in_spreadsheets(text: str) -> bool:
    """Whether a spreadsheet would compute this text if it were typed into a cell."""
    return text.startswith(("=", "+", "-", "@", "\t", "\r"))


def write_json(path: Path, content: Any) -> None:
    """Canonical JSON: sorted keys, UTF-8, null for a missing number, newline at the end."""
    text = json.dumps(
        _plain(content), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False
    )
    path.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def read_json(path: Path, *names: str) -> Any:
    """The object in a JSON file that an earlier stage wrote, which has these names."""
    try:
        content = json.loads(require(path).read_text(encoding="utf-8"))
    except (IsADirectoryError, RecursionError, ValueError):
        content = None
    if not isinstance(content, dict) or not content.keys() >= {*names}:
        raise StateError(
            f"{path} is not what a stage writes: run the stage that writes it again (dvc repro -f)."
        )
    return content


def write_parquet(path: Path, table: pa.Table) -> None:
    """One parquet file whose bytes depend on the table alone."""
    pq.write_table(table, path, compression="zstd", store_schema=False)


def read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """An entity table an earlier stage wrote; never used on claims or their lines."""
    names = parquet_columns(path)
    absent = [name for name in columns or () if name not in names]
    if absent:
        raise StateError(
            f"{path} has no column {absent[0]}: run the stage that writes it again (dvc repro -f)."
        )
    return pq.read_table(path, columns=columns)


def parquet_columns(path: Path) -> list[str]:
    """The names of the columns of one parquet file that an earlier stage wrote."""
    return list(parquet_fields(path))


def parquet_fields(path: Path) -> dict[str, pa.DataType]:
    """The columns of one parquet file that an earlier stage wrote, and what they hold."""
    said = _UNREADABLE.format(path)
    if require(path).is_dir():
        raise StateError(said)
    try:
        schema = pq.read_schema(path)
    except pa.ArrowException as error:
        raise StateError(said) from error
    if len({*schema.names}) < len(schema.names):
        raise StateError(said)
    return dict(zip(schema.names, schema.types, strict=True))


def parquet_rows(path: Path) -> int:
    """How many rows a parquet file, or a folder of parts, says that it holds."""
    parts = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    try:
        return sum(int(pq.read_metadata(part).num_rows) for part in parts if part.is_file())
    except pa.ArrowException as error:
        raise StateError(_UNREADABLE.format(path)) from error


def require(path: Path) -> Path:
    """The path itself, or a plain sentence naming what is missing."""
    if not path.exists():
        raise StateError(f"{path} is missing: run the stage that writes it (dvc repro).")
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a folder's names and contents in order."""
    total = hashlib.sha256()
    if path.is_dir():
        for name, part in _files_below(path):
            total.update(name.encode() + b"\0" + bytes.fromhex(digest(part)))
        return total.hexdigest()
    with require(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    for part in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield part.relative_to(folder).as_posix(), part
