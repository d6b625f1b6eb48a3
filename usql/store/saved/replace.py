"""A folder that takes another's place whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from usql.files import naming, sync

_LOOKS = 5
"""A folder may move from one of the two places to the other between two looks; not as often in a
row, since each replacement takes as long as writing it."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new empty folder beside ``target``. When the block ends without an error, it takes the
    place of ``target``, durably; what stood there is deleted. After an error it is deleted.

    A process that is killed leaves either folder whole: where the old one was moved aside and the
    new one not yet into place, ``standing`` finds the old one. The next call tidies up. The caller
    holds ``target`` (``lock.alone``).
    """
    _tidy(target)
    new = _fresh(target)
    try:
        with naming(target):
            new.mkdir()
            yield new
            sync(new)
            if target.exists():
                target.rename(_aside(target))
            new.rename(target)
            sync(target.parent)
    finally:
        _restore(target)
        _discard(new, target)
        _discard(_aside(target), target)


def standing(target: Path, mark: str) -> Path | None:
    """Where the folder with the file ``mark`` lies: at ``target``, or aside if a replacement is, or
    was killed, half-way; nothing if there is none. Always finds one, also while it is replaced
    again and again."""
    for _ in range(_LOOKS):
        if os.path.isfile(target / mark):
            return target
        if os.path.isfile(_aside(target) / mark) and not os.path.exists(target):
            return _aside(target)
    return None


def moved_aside(name: str) -> str | None:
    """The name of the folder that a killed replacement may have left under ``name``."""
    found = _ASIDE.fullmatch(name)
    return found[1] if found else None


def _fresh(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.urandom(4).hex()}.usql-saving")


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.usql-replaced")


_ASIDE = re.compile(r"\.(.+)\.usql-replaced")


def _is_aside(target: Path) -> bool:
    """Whether a replacement stopped between its two renamings."""
    return os.path.exists(_aside(target)) and not os.path.exists(target)


def _tidy(target: Path) -> None:
    """Put right what killed replacements left behind."""
    _restore(target)
    _discard(_aside(target), target)
    left = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.usql-saving")
    for path in target.parent.iterdir():
        if left.fullmatch(path.name):
            _discard(path, target)


def _restore(target: Path) -> None:
    if _is_aside(target):
        _aside(target).rename(target)


def _discard(folder: Path, target: Path) -> None:
    """Delete a folder, if it is there. Renamed first, it cannot come into place half deleted.
    What cannot be deleted now is left for the next call."""
    doomed = _fresh(target)
    try:
        folder.rename(doomed)
    except FileNotFoundError:
        return
    shutil.rmtree(doomed, ignore_errors=True)
