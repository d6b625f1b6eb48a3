"""Folders whose files are never read one by one: saved stores, and tables of other systems, whose
files hold more than the table does, so that only the table's log says which rows count (LANGUAGE.md
§10a)."""

from __future__ import annotations

from contextlib import suppress

from usql.errors import DataError
from usql.store.bad_data import unreadable
from usql.store.sources.trees import Tree

_LOGS = {"Delta Lake": "_delta_log", "Hudi": ".hoodie"}
METADATA = "metadata"
DESCRIPTIONS = (".metadata.json", ".metadata.json.gz")
"""The folder of an Iceberg table's metadata files, and their suffix."""


class Folders:
    """Judges the folders of files; looks at each folder once."""

    def __init__(self) -> None:
        self._judged: set[tuple[Tree, str]] = set()
        self._cleared: set[tuple[Tree, str]] = set()

    def check(self, tree: Tree, folder: str) -> None:
        """``DataError`` if the files of a folder must not be read one by one."""
        if (tree, folder) in self._judged:
            return
        is_next = (tree, tree.parent(folder)) in self._judged and not tree.is_link(folder)
        place = folder if is_next else tree.real(folder)
        self._judged.add((tree, folder))
        if tree.is_store(place):
            raise DataError("a saved store is read whole; name its folder", source=folder)
        around = [place] if is_next else _upwards(tree, place)
        if not is_next and not tree.is_local:
            # A file may be readable while the folders around it are not.
            with suppress(OSError):
                tree.look(tree.join(f, log) for f in around for log in (*_LOGS.values(), METADATA))
        for each in around:
            if (tree, each) in self._cleared:
                break
            kind = self._kind(tree, each, is_needed=tree.is_local or each == folder)
            if kind is not None:
                raise DataError(_reason(kind, tree.shown(each)), source=tree.shown(each))
            self._cleared.add((tree, each))

    @staticmethod
    def _kind(tree: Tree, folder: str, *, is_needed: bool) -> str | None:
        try:
            return system_of(tree, folder)
        except OSError as error:
            if is_needed:
                raise unreadable(error, tree.shown(folder)) from error
            return None


def _upwards(tree: Tree, folder: str) -> list[str]:
    """A folder and its parents."""
    folders = [folder]
    while (above := tree.parent(folders[-1])) not in ("", folders[-1]):
        folders.append(above)
    return folders


def _reason(kind: str, folder: str) -> str:
    if kind == "Hudi":
        return (
            "this is a table of Hudi, whose files hold rows that it no longer has; write its rows "
            "to Parquet or NDJSON files with a program that reads its log"
        )
    return (
        f"this is a table of {kind}, whose files hold rows that it no longer has; name its folder, "
        f"{folder}, to have it read through its log"
    )


def system_of(tree: Tree, folder: str) -> str | None:
    """The system that a folder is a table of; ``None`` for other folders."""
    for kind, log in _LOGS.items():
        if tree.is_folder(tree.join(folder, log)):
            return kind
    metadata = tree.join(folder, METADATA)
    if tree.is_folder(metadata) and any(n.endswith(DESCRIPTIONS) for n in tree.names(metadata)):
        return "Iceberg"
    return None
