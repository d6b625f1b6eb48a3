"""Places that are full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Place:
    """A folder with room for little. ``leave(size)`` makes room for so many bytes and gives what has
    to be called in the process that is to find it full."""

    folder: Path
    leave: Callable[[int], Callable[[], None] | None]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Place]:
    """A small file system of its own where one may be mounted; else files cannot grow."""
    folder = tmp_path / "small"
    folder.mkdir()
    if _mounted(folder):
        try:
            yield Place(folder, lambda size: _fill(folder, size))
        finally:
            subprocess.run(["umount", str(folder)], check=True, timeout=60)
        return
    if sys.platform == "win32":
        pytest.skip("no file system can be mounted here, and files cannot be limited")
    yield Place(folder, _limit)


def _mounted(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except FileNotFoundError:
        return False


def _fill(folder: Path, size: int) -> None:
    """Fill the file system up to so many bytes."""
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    with (folder / "filling").open("ab") as file:
        file.write(bytes(max(0, free - size)))


def _limit(size: int) -> Callable[[], None]:
    def limit() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
