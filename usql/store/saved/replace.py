"""Replacing a folder by another one, completely or not at all."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from usql.errors import DataError
from usql.files.atomic import naming, sync

T = TypeVar("T")

_LOOKS = 5
"""How often to look for a folder, which may move between its two places from one look to the next;
not this often in a row, since each replacement takes as long as writing it."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new empty folder beside ``target``.

    When the block ends without an error, it takes the place of ``target``, durably; what was there
    is deleted. After an error the new folder is deleted. A process that is killed leaves the old or
    the new folder complete: if the old one was moved aside and the new one not yet into place,
    ``standing`` finds the old one. The next call tidies up. The caller holds ``target``
    (``lock.alone``).
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
    """Where the folder with the file ``mark`` is: at ``target``, or aside if a replacement is
    half-way, or was killed there; ``None`` if there is none. It is found even while it is replaced
    again and again."""
    for _ in range(_LOOKS):
        if os.path.isfile(target / mark):
            return target
        if os.path.isfile(_aside(target) / mark) and not os.path.exists(target):
            return _aside(target)
    return None


def is_kind(path: str | os.PathLike[str], mark: str) -> bool:
    """Whether there is a folder with the file ``mark``, or was until its replacement was killed."""
    if not os.fspath(path):
        return False
    try:
        return standing(absolute(path), mark) is not None
    except ValueError:  # a name with a null character
        return False


def settled(target: Path, mark: str, kind: str, read: Callable[[Path, Path, bytes], T]) -> T:
    """What ``read`` makes of the target, the place where its folder stands and the bytes of the file
    ``mark`` there. Another folder may take the place of the files meanwhile: only what fails twice is
    told. ``DataError`` where there is no such folder, which ``kind`` says what it is."""
    failed = None
    while True:
        place = standing(target, mark)
        text = None if place is None else _text(place / mark)
        if place is None:
            reason = f"there is no {kind}: a folder with the file {mark}"
            raise DataError(reason, source=str(target))
        if text is None:  # it was just moved
            continue
        try:
            return read(target, place, text)
        except DataError:
            if failed == (place, text):
                raise
            failed = place, text


def _text(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror}"
        raise DataError(reason, source=str(file)) from error


def absolute(path: str | os.PathLike[str]) -> Path:
    """The path without links: what a link leads to is replaced, not the link."""
    return Path(os.path.realpath(path))


def is_empty(path: Path) -> bool:
    """Whether a path is a folder that holds nothing."""
    return path.is_dir() and not any(path.iterdir())


def moved_aside(name: str) -> str | None:
    """The name of the target, if ``name`` is that of a folder which a replacement moved aside."""
    match = _ASIDE.fullmatch(name)
    return match[1] if match else None


def _fresh(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.urandom(4).hex()}.usql-saving")


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.usql-replaced")


_ASIDE = re.compile(r"\.(.+)\.usql-replaced")


def _is_aside(target: Path) -> bool:
    """Whether a replacement stopped between its two renamings."""
    return os.path.exists(_aside(target)) and not os.path.exists(target)


def _tidy(target: Path) -> None:
    """Clean up after killed replacements."""
    _restore(target)
    _discard(_aside(target), target)
    remnant = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}\.usql-saving")
    for path in target.parent.iterdir():
        if remnant.fullmatch(path.name):
            _discard(path, target)


def _restore(target: Path) -> None:
    if _is_aside(target):
        _aside(target).rename(target)


def _discard(folder: Path, target: Path) -> None:
    """Delete a folder, if it exists. It is renamed first, so that it cannot come into place half
    deleted. What cannot be deleted now is left for the next call."""
    doomed = _fresh(target)
    try:
        folder.rename(doomed)
    except FileNotFoundError:
        return
    shutil.rmtree(doomed, ignore_errors=True)
