"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from usql.lock import alone


@contextmanager
def replacing_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file beside ``path``. When the block ends without an error it takes the place of
    ``path``, durably and with the old file's permissions; after an error it is deleted, and what
    stood there is untouched. What a killed process left behind is deleted by the next call. Of two
    that write one file, the second waits for the first (``lock.alone``).

    A device or a pipe is written to as it is. ``OSError`` when the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with naming(path), target.open("wb") as file:
            yield file
        return
    with alone(target, "writing this file"), _new_file(target) as new, naming(path):
        with new.open("xb") as file:
            yield file
        sync(new)
        if target.exists():
            shutil.copymode(target, new)
        new.replace(target)
        sync(target.parent)


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """A name for a file that takes another's place; what is left of it in the end is deleted, and
    before what killed processes left."""
    left = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.usql-writing")
    for path in target.parent.iterdir():
        if left.fullmatch(path.name):
            path.unlink(missing_ok=True)
    new = target.with_name(f".{target.name}.{os.urandom(4).hex()}.usql-writing")
    try:
        yield new
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """An ``OSError`` of the block names ``path``: a write tells no name, and that of a file which is
    still to be moved means nothing to people."""
    try:
        yield
    except OSError as error:
        reason = str(error) if error.errno is None else os.strerror(error.errno)
        raise OSError(error.errno, reason, os.fspath(path)) from error


def sync(path: Path) -> None:
    """Make a file or the entries of a folder durable."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):  # Windows syncs no folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
