"""A store in a folder: saved in Arrow IPC files, opened by memory map.

``docs/STORE.md`` describes the folder. Opening reads the manifest and the headers of the files but
no values, so it costs the same for any number of rows.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Field, FieldType, default_catalog
from usql.errors import PlaceTaken
from usql.files.atomic import sync
from usql.files.lock import alone
from usql.store.batches.repeats import count_repeats
from usql.store.batches.rowhash import U64
from usql.store.columns import AnyColumn, Array, PropertiesColumn, Saved, Store, TableData
from usql.store.forms.disk import from_disk, to_disk, value_type, view
from usql.store.lazy import Lazy
from usql.store.saved.arrowfile import SavedBatch, open_file, verify_file, write_file
from usql.store.saved.documents import catalog_with, damaged, found_in
from usql.store.saved.manifest import (
    Manifest,
    SavedArray,
    SavedColumn,
    SavedFile,
    SavedTable,
    dump_manifest,
    parse_manifest,
)
from usql.store.saved.replace import (
    absolute,
    is_empty,
    is_kind,
    replacing,
    settled,
)
from usql.store.views import arrow_view

MANIFEST = "usql-store.json"
"""The file that makes a folder a saved store."""

_OFFSETS, _INDEXES, _KEYS = "offsets.arrow", "indexes.arrow", "keys.arrow"
_PARENT = "sessionRow"
_NUMBERS = ("key", "content")


def is_store(path: str | os.PathLike[str]) -> bool:
    """Whether there is a saved store at ``path``, whole or damaged."""
    return is_kind(path, MANIFEST)


# --- saving ---------------------------------------------------------------------------------------


def save(
    store: Store,
    folder: str | os.PathLike[str],
    indexes: Mapping[str, Mapping[str, Array]] | None = None,
) -> None:
    """Save a store to a folder, which ``open_folder`` reads again.

    ``indexes`` are named groups of numeric arrays that ``Store.indexes`` returns later; without
    them those of the store are kept. The folder appears whole or not at all, and replaces a saved
    store at the same place; a store that was opened from it can still be used.

    If two processes save to one place, the second waits for the first;
    :class:`usql.errors.PlaceBusy` naming the other when that takes too long (``lock.alone``).

    ``ValueError`` for a store that has only some of the data's fields, which would replace all of
    them. :class:`usql.errors.PlaceTaken` when something else is at the place, and any other
    ``OSError`` (no space, no permission) when the folder cannot be written; what was there before
    then remains untouched.
    """
    if store.catalog.loaded is not None:
        raise ValueError("only some fields are loaded; to save sessions, open them with all fields")
    target = absolute(folder)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    saved_indexes = store.indexes if indexes is None else indexes
    store = store.with_own_cache()
    from usql.store.batches.parts import all_contents_of, hashes_of  # not needed to open a store

    keys = {"key": hashes_of(store), "content": all_contents_of(store)}
    with alone(target, f"saving {store.sessions:,} sessions"):
        if target.exists() and not is_store(target) and not is_empty(target):
            reason = "there is something other than a saved store"
            raise PlaceTaken(errno.EEXIST, reason, str(target))
        with replacing(target) as new:
            files: dict[str, SavedFile] = {}
            tables: dict[str, SavedTable] = {}
            token = os.urandom(16).hex()
            for name, data in store.tables.items():
                file = _table_file(name)
                tables[name], batch = _described(data)
                files[file] = write_file(new / file, batch, token)
                del batch  # the next table may be as large
            for file, batch in _other_batches(store, saved_indexes, keys):
                files[file] = write_file(new / file, batch, token)
            repeated = count_repeats(keys["key"])
            (new / MANIFEST).write_text(
                dump_manifest(_describe(store, tables, repeated, saved_indexes, files))
            )
            sync(new / MANIFEST)


def _described(data: TableData) -> tuple[SavedTable, pa.RecordBatch]:
    """The description of a table and the content of its file. What is read and joined for it is
    released with it."""
    data = data.with_own_cache()
    columns = {c: to_disk(column) for c, column in data.columns.items()}
    for derived, column in data.derived.items():
        columns[_free(f"derived_{derived}", columns)] = to_disk(column)
    if data.parent is not None:
        columns[_free(_PARENT, columns)] = arrow_view(data.parent)
    described = (
        *(SavedColumn(c, "field", value_type(column)) for c, column in data.columns.items()),
        *(SavedColumn(c, "derived", value_type(column)) for c, column in data.derived.items()),
    )
    return SavedTable(data.rows, described), pa.RecordBatch.from_pydict(columns)


def _other_batches(
    store: Store, indexes: Mapping[str, Mapping[str, Array]], keys: Mapping[str, U64]
) -> Iterable[tuple[str, pa.RecordBatch]]:
    """The name and content of every Arrow file that is no table."""
    offsets = {
        name: arrow_view(data.offsets)
        for name, data in store.tables.items()
        if data.offsets is not None
    }
    yield _OFFSETS, pa.RecordBatch.from_pydict(offsets)
    valid = keys["key"] != 0
    numbers = [
        arrow_view(keys["key"], valid=None if valid.all() else valid),
        arrow_view(keys["content"]),
    ]
    yield _KEYS, pa.RecordBatch.from_arrays(numbers, _NUMBERS)
    groups = {name: _one_row(arrays) for name, arrays in indexes.items()}
    yield _INDEXES, pa.RecordBatch.from_pydict(groups)


def _table_file(table: str) -> str:
    return f"{table}.arrow"


def _free(name: str, names: Mapping[str, Any]) -> str:
    """The name, made longer if the data has a field with this name."""
    while name in names:
        name += "_"
    return name


def _one_row(arrays: Mapping[str, Array]) -> pa.StructArray:
    """Arrays of any length as one struct with a list per array."""
    lists = [
        pa.LargeListArray.from_arrays(pa.array([0, a.size], pa.int64()), arrow_view(_flat(a)))
        for a in arrays.values()
    ]
    if not lists:
        return pa.array([{}], pa.struct([]))
    return pa.StructArray.from_arrays(lists, list(arrays))


def _flat(array: Array) -> Array:
    if array.dtype.kind not in "buif":
        raise TypeError(f"an index holds numbers, not {array.dtype}")
    flat = array.reshape(-1)
    return flat.view("u1") if flat.dtype.kind == "b" else flat


def _describe(
    store: Store,
    tables: Mapping[str, SavedTable],
    repeated: int,
    indexes: Mapping[str, Mapping[str, Array]],
    files: Mapping[str, SavedFile],
) -> Manifest:
    return Manifest(
        tables,
        found_in(store.catalog),
        store.span,
        repeated,
        store.notes,
        {
            name: {key: SavedArray(a.dtype.str, a.shape) for key, a in arrays.items()}
            for name, arrays in indexes.items()
        },
        files,
    )


# --- opening --------------------------------------------------------------------------------------


def open_folder(folder: str | os.PathLike[str]) -> Store:
    """The store that was saved to a folder. Columns and indexes are mapped when first used; their
    arrays are read-only views of the files.

    ``DataError`` when there is none, or when a file is missing, truncated, from another save,
    damaged outside its values, or of another version. Damaged values are found when their column or
    index is first used, which raises ``DataError`` too, or by ``verify``.
    """
    return settled(absolute(folder), MANIFEST, "saved store", _opened)


def verify(folder: str | os.PathLike[str]) -> None:
    """Read a whole saved store and compare it with its checksums; ``DataError`` naming the file
    that differs. Reads every byte."""

    def verified(target: Path, place: Path, text: bytes) -> None:
        for name, saved in _manifest(target, place, text).files.items():
            verify_file(place / name, saved)

    settled(absolute(folder), MANIFEST, "saved store", verified)


def _manifest(target: Path, place: Path, text: bytes) -> Manifest:
    manifest = parse_manifest(text, str(place / MANIFEST), target)
    # Only names that saving writes are opened: a manifest must not lead to other files.
    tables = {table.name for table in default_catalog()}
    files = {_OFFSETS, _INDEXES, _KEYS, *map(_table_file, tables)}
    if manifest.tables.keys() != tables or manifest.files.keys() != files:
        raise damaged(str(place / MANIFEST))
    return manifest


def _opened(target: Path, place: Path, text: bytes) -> Store:
    manifest = _manifest(target, place, text)
    batches = {name: open_file(place / name, saved) for name, saved in manifest.files.items()}
    offsets = batches[_OFFSETS]
    for name, saved in manifest.tables.items():
        batch = batches[_table_file(name)].batch
        count = len(saved.columns) + (name in offsets.batch.schema.names)
        # A batch without columns loses its number of rows.
        if count != batch.num_columns or (count and saved.rows != batch.num_rows):
            raise damaged(str(place / MANIFEST))
    numbers = batches[_KEYS].batch
    if (numbers.num_columns, numbers.num_rows) != (len(_NUMBERS), manifest.tables[PRIMARY].rows):
        raise damaged(str(place / MANIFEST))
    tables = {
        name: _table(
            name,
            saved,
            batches[_table_file(name)],
            partial(_offsets, offsets, name) if name in offsets.batch.schema.names else None,
        )
        for name, saved in manifest.tables.items()
    }
    indexes = {
        name: partial(_index, batches[_INDEXES], position, arrays)
        for position, (name, arrays) in enumerate(manifest.indexes.items())
    }
    keys = {name: partial(_numbers, batches[_KEYS], i) for i, name in enumerate(_NUMBERS)}
    return Store(
        tables,
        _catalog(manifest.data_fields, tables),
        manifest.notes,
        Lazy(indexes),
        manifest.span,
        Saved(target, manifest.seal, manifest.repeated, Lazy(keys)),
    )


def _table(
    name: str, saved: SavedTable, batch: SavedBatch, offsets: Callable[[], Array] | None
) -> TableData:
    loaders: dict[str, dict[str, partial[AnyColumn]]] = {"field": {}, "derived": {}}
    for position, column in enumerate(saved.columns):
        loaders[column.role][column.name] = partial(_column, batch, position, column.type)
    links: dict[str, Callable[[], Array]] = {}
    if offsets is not None:
        links = {"offsets": offsets, "parent": partial(_parent, batch, len(saved.columns))}
    return TableData(
        name, saved.rows, Lazy(loaders["field"]), Lazy(links), Lazy(loaders["derived"])
    )


def _column(batch: SavedBatch, position: int, kind: FieldType) -> AnyColumn:
    return from_disk(kind, batch.column(position))


def _offsets(batch: SavedBatch, table: str) -> Array:
    return view(batch.column(batch.batch.schema.get_field_index(table)))


def _numbers(batch: SavedBatch, position: int) -> U64:
    return view(batch.column(position))


def _parent(batch: SavedBatch, position: int) -> Array:
    return view(batch.column(position))


def _catalog(
    data_fields: Mapping[str, tuple[Field, ...]], tables: Mapping[str, TableData]
) -> Catalog:
    """The catalog with the fields and property keys of the data."""
    known = catalog_with(data_fields)
    keys = {
        (table.name, field.name): partial(_keys, tables[table.name].columns, field.name)
        for table in known
        for field in table.fields
        if field.value_type is not None and field.name in tables[table.name].columns
    }
    return replace(known, property_keys=Lazy(keys))


def _keys(columns: Mapping[str, AnyColumn], name: str) -> tuple[str, ...]:
    column = columns[name]
    assert isinstance(column, PropertiesColumn)
    return tuple(column.keys.dictionary.to_pylist())


def _index(batch: SavedBatch, position: int, arrays: Mapping[str, SavedArray]) -> dict[str, Array]:
    group = batch.column(position)
    return {
        key: view(group.field(i).values).view(saved.dtype).reshape(saved.shape)
        for i, (key, saved) in enumerate(arrays.items())
    }
