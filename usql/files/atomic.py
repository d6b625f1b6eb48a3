"""Files that are written completely or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from usql.files.lock import alone


@contextmanager
def replacing_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file beside ``path``. If the block ends without an error, the file replaces ``path``
    durably and with the old file's permissions; after an error it is deleted, and ``path`` is
    unchanged. Leftovers of killed processes are deleted by the next call. If two callers write the
    same file, the second waits for the first (``lock.alone``).

    A device or a pipe is written to directly. ``OSError`` if the file cannot be written.
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
    """A name for a file that will replace ``target``. Leftovers of killed processes are deleted
    first, and this file, if it still exists, at the end."""
    for path in target.parent.iterdir():
        if is_leftover(path.name, target.name) and path.suffix == ".usql-writing":
            path.unlink(missing_ok=True)
    new = target.with_name(f".{target.name}.{os.urandom(4).hex()}.usql-writing")
    try:
        yield new
    finally:
        new.unlink(missing_ok=True)


def is_leftover(name: str, of: str) -> bool:
    """Whether a file beside that named ``of`` may be there because a process was killed while it
    replaced that one: a half written file, or those that locked it."""
    kinds = r"[0-9a-f]{8}\.usql-writing|usql-lock|usql-turn"
    return re.fullmatch(rf"\.{re.escape(of)}\.({kinds})", name) is not None


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make an ``OSError`` of the block name ``path``: an error of a write names no file, and the
    name of a temporary file would mean nothing to people."""
    try:
        yield
    except OSError as error:
        reason = str(error) if error.errno is None else os.strerror(error.errno)
        raise OSError(error.errno, reason, os.fspath(path)) from error


def sync(path: Path) -> None:
    """Make a file or the entries of a folder durable."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):  # Windows cannot sync folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
