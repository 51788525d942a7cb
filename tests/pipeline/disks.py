"""Small, full and read-only disks for tests, where the machine lets us mount them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def small_disk(place: Path, *, kilobytes: int) -> Iterator[Path]:
    """A file system of its own at ``place``, no larger than this; skips the test elsewhere."""
    place.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "fraudml-test", str(place))
    try:
        yield place
    finally:
        _unmount(place)


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """The folder as it is, on a disk that takes nothing; skips the test elsewhere."""
    _mount("--bind", str(place), str(place))
    try:
        _mount("-o", "remount,bind,ro", str(place))
        yield
    finally:
        _unmount(place)


def fill(place: Path, *, leave: int) -> Path:
    """Write a file that leaves this many kilobytes of the disk free."""
    ballast = place / "ballast"
    free = os.statvfs(place)
    size = free.f_bavail * free.f_frsize - (leave << 10)
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(size, 1))
    return ballast


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()[:100]}")


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "--lazy", str(place)], check=True)
