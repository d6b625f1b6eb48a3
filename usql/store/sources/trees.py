"""Folders and what they hold, of this machine or behind a URL, for those who look for data."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from usql.store.inputs.origin import Origin
from usql.store.saved.folder import is_store
from usql.store.sources.hive import Partition


class Tree(Protocol):
    """Paths of one file system, ``/`` or the system's separator between their parts. Whatever it is
    asked, ``OSError`` says that it cannot be reached."""

    is_local: bool
    """Whether it is of this machine, where saved stores are mapped into memory."""

    def arrow(self) -> Any:
        """The file system of pyarrow, which has the same paths."""

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder."""

    def is_link(self, path: str) -> bool:
        """Whether there is a link, whatever it leads to."""

    def exists(self, path: str) -> bool:
        """Whether there is anything, be it a link that leads nowhere."""

    def is_store(self, path: str) -> bool:
        """Whether there is a saved store."""

    def names(self, folder: str) -> list[str]:
        """The names of what a folder holds."""

    def expect(self, folder: str) -> None:
        """All that a folder holds, at any depth, will be looked at."""

    def look(self, paths: Iterable[str]) -> None:
        """What is at these paths will be asked."""

    def join(self, folder: str, name: str) -> str:
        """The path of what a folder holds."""

    def parent(self, path: str) -> str:
        """The folder around, or the path itself where there is none."""

    def real(self, path: str) -> str:
        """The path without links."""

    def parts(self, path: str) -> tuple[str, ...]:
        """The names that a path is made of, for an order."""

    def shown(self, path: str) -> str:
        """What messages call it."""

    def address(self, path: str) -> str | None:
        """By what other libraries find it, with the settings of the environment; ``None`` where the
        caller's URL has settings of its own, or they know no such URL."""

    def origin(self, path: str, *, is_found: bool = False, partition: Partition = ()) -> Origin:
        """The file as a source."""


class LocalTree:
    """The file system of this machine."""

    is_local = True

    def arrow(self) -> Any:
        """The file system of this machine."""
        from pyarrow.fs import LocalFileSystem

        return LocalFileSystem()

    def is_file(self, path: str) -> bool:
        """Whether there is a file, or a link to one."""
        return os.path.isfile(path)

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder, or a link to one."""
        return os.path.isdir(path)

    def is_link(self, path: str) -> bool:
        """Whether there is a link."""
        return os.path.islink(path)

    def exists(self, path: str) -> bool:
        """Whether there is anything."""
        return os.path.lexists(path)

    def is_store(self, path: str) -> bool:
        """Whether there is a saved store, or was until its replacement was killed."""
        return is_store(path)

    def names(self, folder: str) -> list[str]:
        """The names in a folder."""
        return os.listdir(folder)

    def expect(self, folder: str) -> None:
        """Nothing: a look costs nothing."""

    def look(self, paths: Iterable[str]) -> None:
        """Nothing."""

    def join(self, folder: str, name: str) -> str:
        """The path, without ``.`` before it."""
        return str(Path(folder, name))

    def parent(self, path: str) -> str:
        """The folder around."""
        return os.path.dirname(path)

    def real(self, path: str) -> str:
        """Where links lead."""
        return os.path.realpath(path)

    def parts(self, path: str) -> tuple[str, ...]:
        """The names."""
        return Path(path).parts

    def shown(self, path: str) -> str:
        """The path."""
        return path

    def address(self, path: str) -> str | None:
        """The path."""
        return path

    def origin(self, path: str, *, is_found: bool = False, partition: Partition = ()) -> Origin:
        """The file."""
        return Origin(path, is_found, partition)


LOCAL = LocalTree()
