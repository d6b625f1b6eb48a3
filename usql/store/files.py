"""What a name means: a file, a folder, a pattern, a saved store (LANGUAGE.md §10a)."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path

from usql.store.errors import DataError
from usql.store.folder import is_store
from usql.store.foreign import Folders
from usql.store.hive import Partition, with_folder
from usql.store.origin import Origin, PassedBy, Saved
from usql.store.phrases import counted
from usql.store.replace import moved_aside
from usql.store.tables import unreadable

SUFFIXES = (
    ".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz", ".ndjson.zst",
    ".jsonl.zst", ".json.zst", ".parquet", ".arrow", ".arrows", ".feather", ".ipc",
)  # fmt: skip
"""The files of a folder that are read."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")

Entry = Origin | Saved | PassedBy


def entries_of(name: str, folders: Folders) -> list[Entry]:
    """What a name means, in the order in which it is read. ``DataError`` when that is nothing, or
    part of a table of another system."""
    if not name:
        raise DataError("the name of the file is empty")
    path = name if os.path.lexists(name) else os.path.expanduser(name)
    try:
        if os.path.isdir(path) or is_store(path):
            return _some(list(_folder(str(Path(path)), (), folders)), name, _NO_FILES)
        if os.path.isfile(path):
            return [Origin(str(Path(path)))]
        if os.path.exists(path):
            raise DataError(
                "pipes and devices cannot be read; write what they give to a file first",
                source=name,
            )
        if _URL.match(name):
            raise DataError(
                "URLs are not read; download the data, and name it by its path", source=name
            )
        if glob.has_magic(path):
            return _some(list(_pattern(path, folders)), name, "no file matches the pattern")
    except OSError as error:
        raise unreadable(error, name) from error
    raise DataError("there is no such file or folder", source=name)


_NO_FILES = f"the folder has no files that end in {', '.join(SUFFIXES)}"


def _some(entries: list[Entry], name: str, otherwise: str) -> list[Entry]:
    """The entries, unless none of them is read."""
    passed = [entry for entry in entries if isinstance(entry, PassedBy)]
    if len(passed) == len(entries):
        reason = "; ".join([otherwise, *passed_by(passed)])
        raise DataError(reason.removesuffix("."), source=name)
    return entries


def passed_by(entries: list[PassedBy]) -> list[str]:
    """A sentence about what is not read, if there is anything."""
    named = [f"{e.name} ({e.why})" if e.why else e.name for e in entries]
    return counted(len(named), "file was passed by", "files were passed by", named)


# --- folders --------------------------------------------------------------------------------------


def _folder(folder: str, partition: Partition, folders: Folders) -> Iterator[Entry]:
    """What a folder holds, at any depth, in the order of the names."""
    if is_store(folder):
        yield Saved(folder)
        return
    left = _listed(folder, partition, folders)
    while left:
        path, inside = left.pop()
        if os.path.isfile(path):
            yield _file(path, inside)
        elif os.path.islink(path):
            yield PassedBy(path, _why(path))
        elif is_store(path):
            yield Saved(path)
        elif os.path.isdir(path):
            left += _listed(path, with_folder(inside, os.path.basename(path)), folders)
        else:
            yield PassedBy(path, _why(path))


def _listed(folder: str, partition: Partition, folders: Folders) -> list[tuple[str, Partition]]:
    """What stands in a folder, the last name first, without what is no data."""
    folders.check(folder)
    names = set(os.listdir(folder))
    names |= {original for name in names if (original := moved_aside(name)) is not None}
    shown = sorted((name for name in names if name[0] not in _NO_DATA), reverse=True)
    return [(_joined(folder, name), partition) for name in shown]


def _file(path: str, partition: Partition) -> Entry:
    if path.lower().endswith(SUFFIXES):
        return Origin(path, is_found=True, partition=partition)
    return PassedBy(path)


def _joined(folder: str, name: str) -> str:
    return str(Path(folder, name))


_NO_DATA = "._"
"""Names that begin so are no data."""


def _why(path: str) -> str:
    """Why something is passed by. Links to folders are not followed, so that none leads in a
    circle."""
    if os.path.isdir(path):
        return "a link to a folder"
    return "a pipe or a device" if os.path.exists(path) else "a link that leads nowhere"


# --- patterns -------------------------------------------------------------------------------------


def _pattern(pattern: str, folders: Folders) -> Iterator[Entry]:
    """What a pattern matches, in the order of the names; folders and stores as if they were named."""
    parts = list(Path(pattern).parts)
    fixed = os.curdir
    while parts and not (glob.has_magic(parts[0]) and not _exists(fixed, parts[0])):
        fixed = _joined(fixed, parts.pop(0))
    matches = dict(_matches(fixed, (), parts))
    for path in sorted(matches, key=lambda path: Path(path).parts):
        if os.path.isdir(path):
            yield from _folder(path, matches[path], folders)
        elif os.path.isfile(path):
            yield Origin(path, is_found=True, partition=matches[path])
        else:
            yield PassedBy(path, _why(path))


def _exists(folder: str, name: str) -> bool:
    return os.path.lexists(_joined(folder, name))


def _matches(
    folder: str, partition: Partition, parts: list[str]
) -> Iterator[tuple[str, Partition]]:
    """The paths below a folder that fit what is left of a pattern, and what their folders' names
    tell of their sessions."""
    if not parts:
        yield folder, partition
        return
    first, rest = parts[0], parts[1:]
    if first == "**":
        # At the end it means the folder, which is taken with all that it holds.
        for path, inside in _below(folder, partition) if rest else [(folder, partition)]:
            yield from _matches(path, inside, rest)
    elif os.path.isdir(folder):
        for name in os.listdir(folder) if glob.has_magic(first) else [first]:
            path = _joined(folder, name)
            is_piece = rest and glob.has_magic(first) and is_store(path)
            if _fits(name, first) and os.path.lexists(path) and not is_piece:
                inside = with_folder(partition, name) if os.path.isdir(path) else partition
                yield from _matches(path, inside, rest)


def _below(folder: str, partition: Partition) -> Iterator[tuple[str, Partition]]:
    """A folder and those in it, at any depth."""
    left = [(folder, partition)]
    while left:
        folder, partition = left.pop()
        yield folder, partition
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            path = _joined(folder, name)
            is_own = os.path.isdir(path) and not os.path.islink(path) and not is_store(path)
            if is_own and name[0] not in _NO_DATA:
                left.append((path, with_folder(partition, name)))


def _fits(name: str, pattern: str) -> bool:
    """Whether a name fits a part of a pattern. Names that are no data fit where it says so."""
    is_data = name[0] not in _NO_DATA or pattern[0] == name[0]
    return is_data and (name == pattern or fnmatch.fnmatch(name, pattern))
