"""Folders whose files are never read one by one: saved stores, and tables of other systems, whose
files hold more than the table does, so that only its own log says which rows count
(LANGUAGE.md §10a)."""

from __future__ import annotations

import glob
import os

from usql.store.errors import DataError
from usql.store.folder import is_store

_LOGS = {"Delta Lake": "_delta_log", "Hudi": ".hoodie"}
_ICEBERG = os.path.join("metadata", "*.metadata.json")


class Folders:
    """Judges the folders of files; looks at each folder once."""

    def __init__(self) -> None:
        self._judged: set[str] = set()
        self._cleared: set[str] = set()

    def check(self, folder: str) -> None:
        """``DataError`` when the files of a folder are not to be read one by one."""
        if folder in self._judged:
            return
        is_next = os.path.dirname(folder) in self._judged and not os.path.islink(folder)
        place = folder if is_next else os.path.realpath(folder)
        self._judged.add(folder)
        if is_store(place):
            raise DataError("a saved store is read whole; name its folder", source=folder)
        while place not in self._cleared:
            kind = _kind(place)
            if kind is not None:
                raise DataError(
                    f"this is a table of {kind}, whose files hold rows that it no longer has; write "
                    "its rows to Parquet or NDJSON files with a program that reads its log",
                    source=place,
                )
            self._cleared.add(place)
            if is_next:  # what is around it is cleared
                break
            place = os.path.dirname(place)


def _kind(folder: str) -> str | None:
    for kind, log in _LOGS.items():
        if os.path.isdir(os.path.join(folder, log)):
            return kind
    return "Iceberg" if glob.glob(os.path.join(glob.escape(folder), _ICEBERG)) else None
