"""File trees on this machine or at a URL, for finding data."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from usql.store.inputs.origin import Origin
from usql.store.saved.folder import is_store
from usql.store.saved.live import is_live
from usql.store.saved.shards import is_shards
from usql.store.sources.hive import Partition


class Tree(Protocol):
    """Paths of one file system, with ``/`` or the system's separator between their parts. Any
    method raises ``OSError`` if the file system cannot be reached."""

    is_local: bool
    """Whether it is on this machine, where saved stores can be memory-mapped."""

    def arrow(self) -> Any:
        """The pyarrow file system, which has the same paths."""

    def is_file(self, path: str) -> bool:
        """Whether there is a file."""

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder."""

    def is_link(self, path: str) -> bool:
        """Whether there is a link, whatever its target."""

    def exists(self, path: str) -> bool:
        """Whether there is anything, even a dangling link."""

    def is_store(self, path: str) -> bool:
        """Whether there is a saved store, a set of shards, or a live folder."""

    def names(self, folder: str) -> list[str]:
        """The names of what a folder holds."""

    def expect(self, folder: str) -> None:
        """Announce that everything below a folder will be asked for."""

    def look(self, paths: Iterable[str]) -> None:
        """Announce that these paths will be asked for."""

    def join(self, folder: str, name: str) -> str:
        """The path of a name in a folder."""

    def parent(self, path: str) -> str:
        """The parent folder, or the path itself if it has none."""

    def real(self, path: str) -> str:
        """The path with links resolved."""

    def parts(self, path: str) -> tuple[str, ...]:
        """The parts of a path, for sorting."""

    def shown(self, path: str) -> str:
        """The path for messages."""

    def address(self, path: str) -> str | None:
        """An address under which other libraries find it, with the settings of the environment;
        ``None`` if the caller's URL has settings of its own, or is of a kind that they do not
        know."""

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
        """Whether there is a saved store, a set of shards or a live folder, or one that a killed
        replacement moved aside."""
        return is_store(path) or is_shards(path) or is_live(path)

    def names(self, folder: str) -> list[str]:
        """The names in a folder."""
        return os.listdir(folder)

    def expect(self, folder: str) -> None:
        """Do nothing: looking is cheap."""

    def look(self, paths: Iterable[str]) -> None:
        """Do nothing."""

    def join(self, folder: str, name: str) -> str:
        """The path, without a leading ``.``."""
        return str(Path(folder, name))

    def parent(self, path: str) -> str:
        """The folder around."""
        return os.path.dirname(path)

    def real(self, path: str) -> str:
        """The path with links resolved."""
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
