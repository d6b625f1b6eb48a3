"""The parts that a load reads: files, saved stores and values in memory, each once, in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.columns import Store
from usql.store.inputs.objects import STANDARD_INPUT, file_object, is_file_object, standard_input
from usql.store.inputs.origin import Origin, PassedBy, SavedSource
from usql.store.inputs.places import Local
from usql.store.phrases import counted
from usql.store.saved import folder as stores
from usql.store.saved import shards
from usql.store.saved.live import LIVE_LIST
from usql.store.saved.replace import standing
from usql.store.sources.files import Trees, entries_of, passed_by
from usql.store.sources.foreign import Folders
from usql.store.sources.opened import Lake, is_dataset, kind_of_lake
from usql.store.sources.trees import LOCAL

Part = Origin | SavedSource | Lake | Store | Any
"""A file, a saved store, a table of another system, an open store, or values in memory."""


@dataclass(frozen=True)
class Listing:
    """The parts of a source in order, and sentences about what is left out of it."""

    parts: list[Part]
    notes: list[str]

    @property
    def files(self) -> list[Path]:
        """The files of this machine among the parts."""
        origins = [part for part in self.parts if isinstance(part, Origin)]
        return [Path(origin.name) for origin in origins if origin.elsewhere is None]


def list_parts(source: Any) -> Listing:
    """Everything that ``source`` stands for. ``DataError`` if a name leads to nothing, or only to
    what cannot be read."""
    folders = Folders()
    parts: dict[object, Part] = {}
    passed: list[PassedBy] = []
    again: dict[object, str] = {}
    for part in _parts(source, folders, {}):
        if isinstance(part, PassedBy):
            passed.append(part)
            continue
        key = _identity(part, folders)
        if key in parts and isinstance(part, Origin) and part.name == STANDARD_INPUT:
            raise DataError("it can be read only once; name - once", source=STANDARD_INPUT)
        if key in parts and isinstance(part, Origin | SavedSource | Lake):
            again[key] = _name(part)
        parts[key] = _both(parts[key], part) if key in parts else part
    notes = [
        *passed_by(passed),
        *counted(
            len(again),
            "file or store was reached more than once and is read once",
            "files or stores were reached more than once and are read once each",
            list(again.values()),
        ),
    ]
    return Listing(list(parts.values()), notes)


def _name(part: Origin | SavedSource | Lake) -> str:
    match part:
        case Origin():
            return part.name
        case SavedSource():
            return part.folder
        case Lake():
            return part.origin.name


def _both(first: Part, second: Part) -> Part:
    """A part that was reached twice: it counts as named if it was named once, and has the fields of
    all folders on both ways."""
    if not (isinstance(first, Origin) and isinstance(second, Origin)):
        return first
    partition = dict(second.partition) | dict(first.partition)
    is_found = first.is_found and second.is_found
    return replace(first, is_found=is_found, partition=tuple(partition.items()))


def _identity(part: Part, folders: Folders) -> object:
    """A value that is equal for all names of a file or a store."""
    match part:
        case Origin(name):
            if part.elsewhere is None:
                folders.check(LOCAL, _folder_of(name))
            return part.place.identity()
        case SavedSource(folder):
            target = Path(os.path.realpath(folder))
            marks = (stores.MANIFEST, shards.MANIFEST, LIVE_LIST)
            place = next(filter(None, (standing(target, mark) for mark in marks)), None)
            return Local(str(place or target)).identity()
        case Lake():
            return id(part.tree), part.tree.real(part.path)
        case _:
            return object()


def _parts(source: Any, folders: Folders, trees: Trees) -> Iterator[Part | PassedBy]:
    if isinstance(source, str) and source == "-":
        yield standard_input()
    elif is_file_object(source):
        yield file_object(source)
    elif isinstance(source, str | os.PathLike):
        yield from entries_of(os.fspath(source), folders, trees)
    elif isinstance(source, list | tuple) and source and all(_is_source(s) for s in source):
        for part in source:
            yield from _parts(part, folders, trees)
    else:
        yield source


def _is_source(value: Any) -> bool:
    is_named = isinstance(value, str | os.PathLike | Store)
    return (
        is_named
        or is_file_object(value)
        or is_arrow(value)
        or is_dataset(value)
        or kind_of_lake(value) is not None
    )


def is_arrow(value: Any) -> bool:
    """Whether a value is an Arrow table, or offers one."""
    return isinstance(value, pa.Table | pa.RecordBatchReader) or hasattr(
        value, "__arrow_c_stream__"
    )


def _folder_of(name: str) -> str:
    """The folder that a file really lies in, wherever links to it are."""
    return os.path.dirname(os.path.realpath(name) if os.path.islink(name) else name) or os.curdir
