"""Resolving a name: a file, a folder, a pattern, a saved store, or a table of another system
(LANGUAGE.md §10a)."""

from __future__ import annotations

import fnmatch
import glob
import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from usql.errors import DataError
from usql.store.bad_data import unreadable
from usql.store.inputs.origin import Origin, PassedBy, SavedSource
from usql.store.phrases import counted
from usql.store.saved.replace import moved_aside
from usql.store.saved.shards import INCOMPLETE, are_pieces
from usql.store.sources.foreign import DESCRIPTIONS, METADATA, Folders, system_of
from usql.store.sources.hive import Partition, with_folder
from usql.store.sources.opened import Lake
from usql.store.sources.remote import (
    RemoteTree,
    local_path,
    scheme_of,
    shown_url,
    target_of,
    telling,
)
from usql.store.sources.trees import LOCAL, Tree

SUFFIXES = (
    ".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz", ".ndjson.zst",
    ".jsonl.zst", ".json.zst", ".parquet", ".arrow", ".arrows", ".feather", ".ipc",
)  # fmt: skip
"""The files of a folder that are read."""

Entry = Origin | SavedSource | Lake | PassedBy

Trees = dict[str, RemoteTree]
"""The file systems that URLs have led to."""


def entries_of(name: str, folders: Folders, trees: Trees | None = None) -> list[Entry]:
    """What a name stands for, in reading order. ``DataError`` if that is nothing, or part of a
    table of another system."""
    if not name:
        raise DataError("the name of the file is empty")
    path = name if os.path.lexists(name) else os.path.expanduser(name)
    try:
        if not os.path.exists(path) and (scheme := scheme_of(name)) is not None:
            if scheme != "file":
                if "://" not in name:
                    raise DataError("a URL is given as text, with ://", source=name)
                return _at_url(name, folders, {} if trees is None else trees)
            path = local_path(name)
        if os.path.isdir(path) or LOCAL.is_store(path):
            return _of_folder(_Walk(LOCAL, folders), str(Path(path)), name)
        if os.path.isfile(path):
            return [_Walk(LOCAL, folders).entry(str(Path(path)))]
        if os.path.exists(path):
            raise DataError(
                "pipes and devices cannot be read by name; pipe their content into -, or write it "
                "to a file first",
                source=name,
            )
        if glob.has_magic(path):
            matches = _Walk(LOCAL, folders).pattern(os.curdir, list(Path(path).parts))
            return _some(list(matches), name, _NO_MATCH)
    except OSError as error:
        raise unreadable(error, name) from error
    raise DataError("there is no such file or folder", source=name)


def _at_url(url: str, folders: Folders, trees: Trees) -> list[Entry]:
    target = target_of(url, trees)
    tree, path, shown = target.tree, target.path, shown_url(url)
    with telling(shown):
        walk = _Walk(tree, folders)
        if target.pattern:
            return _some(list(walk.pattern(path, list(target.pattern))), shown, _NO_MATCH)
        if tree.is_folder(path):
            return _of_folder(walk, path, shown)
        if tree.is_file(path):
            entry = walk.entry(path)
            if isinstance(entry, Origin) and not tree.is_flat:
                folders.check(tree, tree.parent(path))
            return [entry]
    raise DataError("there is no such file or folder", source=shown)


def _of_folder(walk: _Walk, folder: str, name: str) -> list[Entry]:
    return _some(list(walk.folder(folder, ())), name, _NO_FILES)


_NO_MATCH = "no file matches the pattern"
_NO_FILES = f"the folder has no files that end in {', '.join(SUFFIXES)}"


def _some(entries: list[Entry], name: str, otherwise: str) -> list[Entry]:
    """The entries; ``DataError`` if none of them is read."""
    passed = [entry for entry in entries if isinstance(entry, PassedBy)]
    if len(passed) == len(entries):
        reason = "; ".join([otherwise, *passed_by(passed)])
        raise DataError(reason.removesuffix("."), source=name)
    return entries


def passed_by(entries: list[PassedBy]) -> list[str]:
    """A list with one sentence about what is not read; empty if all is."""
    names = [f"{e.name} ({e.why})" if e.why else e.name for e in entries]
    return counted(len(names), "file was skipped", "files were skipped", names)


# --- folders --------------------------------------------------------------------------------------


class _Walk:
    """Looks for data in a tree."""

    def __init__(self, tree: Tree, folders: Folders) -> None:
        self._tree = tree
        self._folders = folders

    def entry(self, path: str) -> Entry:
        """A file by its name; the metadata file of a table stands for the table."""
        folder = self._tree.parent(path)
        if path.endswith(DESCRIPTIONS) and posixpath.basename(folder) == METADATA:
            return Lake("Iceberg", self._tree.origin(path), self._tree, path)
        return self._tree.origin(path)

    def folder(self, folder: str, partition: Partition, is_found: bool = False) -> Iterator[Entry]:
        """The data in a folder, at any depth, in the order of the names."""
        tree = self._tree
        tree.expect(folder)
        if (whole := self._whole(folder, partition, is_found)) is not None:
            yield whole
            return
        pending = self._listed(folder, partition)
        while pending:
            path, inside = pending.pop()
            if tree.is_file(path):
                yield self._file(path, inside)
            elif tree.is_link(path):
                yield PassedBy(tree.shown(path), _why(path))
            elif (whole := self._whole(path, inside, is_found=True)) is not None:
                yield whole
            elif tree.is_folder(path):
                pending += self._listed(path, with_folder(inside, posixpath.basename(path)))
            else:
                yield PassedBy(tree.shown(path), _why(path))

    def _whole(
        self, folder: str, partition: Partition, is_found: bool
    ) -> SavedSource | Lake | None:
        """The saved store, the set of shards, or the table of another system, in a folder; ``None`` for
        other folders."""
        tree = self._tree
        if tree.is_store(folder):
            if not tree.is_local:
                raise DataError(
                    "saved stores can be opened only on this machine; copy the folder to it",
                    source=tree.shown(folder),
                )
            return SavedSource(folder)
        kind = system_of(tree, folder) if tree.is_folder(folder) else None
        if kind is None or kind == "Hudi":
            return None
        if (parent := tree.parent(tree.real(folder))) not in ("", folder):
            self._folders.check(tree, parent)
        inside = with_folder(partition, posixpath.basename(folder)) if is_found else partition
        origin = tree.origin(folder, is_found=is_found, partition=inside)
        return Lake(kind, origin, tree, folder)

    def _listed(self, folder: str, partition: Partition) -> list[tuple[str, Partition]]:
        """The paths in a folder, the last name first, without names that are not data."""
        self._folders.check(self._tree, folder)
        names = set(self._tree.names(folder))
        if self._tree.is_local:
            names |= {original for name in names if (original := moved_aside(name)) is not None}
        shown = sorted((name for name in names if name[0] not in _NO_DATA), reverse=True)
        if are_pieces(shown):
            raise DataError(INCOMPLETE, source=self._tree.shown(folder))
        return [(self._tree.join(folder, name), partition) for name in shown]

    def _file(self, path: str, partition: Partition) -> Entry:
        if path.lower().endswith(SUFFIXES):
            return self._tree.origin(path, is_found=True, partition=partition)
        return PassedBy(self._tree.shown(path))

    # --- patterns ---------------------------------------------------------------------------------

    def pattern(self, fixed: str, parts: list[str]) -> Iterator[Entry]:
        """What a pattern below a folder matches, in the order of the names; folders and stores are
        treated as if named."""
        tree = self._tree
        parts = [*parts]
        while parts and not (
            glob.has_magic(parts[0]) and not tree.exists(tree.join(fixed, parts[0]))
        ):
            fixed = tree.join(fixed, parts.pop(0))
        matches = dict(self._matches(fixed, (), parts))
        for path in sorted(matches, key=tree.parts):
            if tree.is_folder(path):
                yield from self.folder(path, matches[path])
            elif tree.is_file(path):
                if not tree.is_local:
                    self._folders.check(tree, tree.parent(path))
                yield tree.origin(path, is_found=True, partition=matches[path])
            else:
                yield PassedBy(tree.shown(path), _why(path))

    def _matches(
        self, folder: str, partition: Partition, parts: list[str]
    ) -> Iterator[tuple[str, Partition]]:
        """The paths below a folder that match the rest of a pattern, and the fields that their
        folders' names give to sessions."""
        tree = self._tree
        if not parts:
            yield folder, partition
            return
        first, rest = parts[0], parts[1:]
        if first == "**":
            # At the end it means the folder with everything in it.
            for path, inside in self._below(folder, partition) if rest else [(folder, partition)]:
                yield from self._matches(path, inside, rest)
        elif tree.is_folder(folder):
            for name in tree.names(folder) if glob.has_magic(first) else [first]:
                path = tree.join(folder, name)
                is_piece = rest and glob.has_magic(first) and tree.is_store(path)
                if _fits(name, first) and tree.exists(path) and not is_piece:
                    is_folder = tree.is_folder(path)
                    inside = with_folder(partition, name) if is_folder else partition
                    yield from self._matches(path, inside, rest)

    def _below(self, folder: str, partition: Partition) -> Iterator[tuple[str, Partition]]:
        """A folder and those in it, at any depth."""
        tree = self._tree
        tree.expect(folder)
        pending = [(folder, partition)]
        while pending:
            folder, partition = pending.pop()
            yield folder, partition
            for name in tree.names(folder) if tree.is_folder(folder) else []:
                path = tree.join(folder, name)
                is_own = tree.is_folder(path) and not tree.is_link(path) and not tree.is_store(path)
                if is_own and name[0] not in _NO_DATA:
                    pending.append((path, with_folder(partition, name)))


_NO_DATA = "._"
"""Names that begin with these are not data."""


def _why(path: str) -> str:
    """Why something is not read. Links to folders are not followed, so that none leads in a
    circle."""
    if os.path.isdir(path):
        return "a link to a folder"
    return "a pipe or a device" if os.path.exists(path) else "a link that leads nowhere"


def _fits(name: str, pattern: str) -> bool:
    """Whether a name matches a part of a pattern. Names that are not data match only if the pattern
    spells out their first character."""
    is_data = name[0] not in _NO_DATA or pattern[0] == name[0]
    return is_data and (name == pattern or fnmatch.fnmatch(name, pattern))
