"""A store in a folder: saved in Arrow IPC files, opened by memory map.

``docs/STORE.md`` describes the folder. Opening reads the manifest and the headers of the files and
none of their values, so that it costs the same at any number of rows.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Origin, default_catalog
from usql.errors import DataError, PlaceTaken
from usql.files import sync
from usql.lock import alone
from usql.store.batches.repeats import count_repeats
from usql.store.batches.rowhash import U64
from usql.store.columns import AnyColumn, Array, PropertiesColumn, Saved, Store, TableData
from usql.store.forms.disk import from_disk, kind_of, to_disk, view
from usql.store.lazy import Lazy
from usql.store.saved.arrowfile import SavedBatch, open_file, verify_file, write_file
from usql.store.saved.manifest import (
    Manifest,
    SavedArray,
    SavedColumn,
    SavedFile,
    SavedTable,
    damaged,
    dump,
    parse,
)
from usql.store.saved.replace import replacing, standing
from usql.store.views import plain

T = TypeVar("T")

MANIFEST = "usql-store.json"
"""The file that makes a folder a saved store."""

_OFFSETS, _INDEXES, _KEYS = "offsets.arrow", "indexes.arrow", "keys.arrow"
_PARENT = "sessionRow"
_NUMBERS = ("key", "content")


def is_store(path: str | os.PathLike[str]) -> bool:
    """Whether there is a saved store at ``path``, whole or damaged."""
    if not os.fspath(path):
        return False
    if os.path.isdir(path):
        return os.path.isfile(os.path.join(path, MANIFEST))
    try:
        return standing(_absolute(path), MANIFEST) is not None
    except ValueError:  # a name with a null character
        return False


# --- saving ---------------------------------------------------------------------------------------


def save(
    store: Store,
    folder: str | os.PathLike[str],
    indexes: Mapping[str, Mapping[str, Array]] | None = None,
) -> None:
    """Save a store to a folder, which ``open_folder`` reads again.

    ``indexes`` are named groups of numeric arrays that ``Store.indexes`` gives back; without them
    those of the store are kept. The folder appears whole or not at all, and a saved store that
    stands there is replaced; a store that was opened from it can still be used.

    Of two that save to one place the second waits for the first; :class:`usql.errors.PlaceBusy`
    naming the other when that takes too long (``lock.alone``).

    ``ValueError`` of a store that has some of the data's fields only, which would take the place of
    all. :class:`usql.errors.PlaceTaken` when something else stands there, and any other ``OSError``
    (no space, no permission) when the folder cannot be written; what stood there before is then untouched.
    """
    if store.catalog.loaded is not None:
        raise ValueError("some fields only are loaded; save sessions that are opened with all")
    target = _absolute(folder)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    kept = store.indexes if indexes is None else indexes
    store = store.apart()
    from usql.store.batches.parts import all_contents_of, hashes_of  # opening a store needs neither

    keys = {"key": hashes_of(store), "content": all_contents_of(store)}
    with alone(target, f"saving {store.sessions:,} sessions"):
        if target.exists() and not is_store(target) and not _is_empty(target):
            reason = "there is something other than a saved store"
            raise PlaceTaken(errno.EEXIST, reason, str(target))
        with replacing(target) as new:
            files: dict[str, SavedFile] = {}
            token = os.urandom(16).hex()
            for name, batch in _batches(store, kept, keys):
                files[name] = write_file(new / name, batch, token)
            repeated = count_repeats(keys["key"])
            (new / MANIFEST).write_text(dump(_describe(store, repeated, kept, files)))
            sync(new / MANIFEST)


def _batches(
    store: Store, indexes: Mapping[str, Mapping[str, Array]], keys: Mapping[str, U64]
) -> Iterable[tuple[str, pa.RecordBatch]]:
    """Every Arrow file's name and content."""
    offsets: dict[str, pa.Array] = {}
    for name, data in store.tables.items():
        columns = {c: to_disk(column) for c, column in data.columns.items()}
        for derived, column in data.derived.items():
            columns[_free(f"derived_{derived}", columns)] = to_disk(column)
        if data.parent is not None:
            columns[_free(_PARENT, columns)] = plain(data.parent)
        if data.offsets is not None:
            offsets[name] = plain(data.offsets)
        yield _table_file(name), pa.RecordBatch.from_pydict(columns)
    yield _OFFSETS, pa.RecordBatch.from_pydict(offsets)
    valid = keys["key"] != 0
    numbers = [plain(keys["key"], valid=None if valid.all() else valid), plain(keys["content"])]
    yield _KEYS, pa.RecordBatch.from_arrays(numbers, _NUMBERS)
    groups = {name: _one_row(arrays) for name, arrays in indexes.items()}
    yield _INDEXES, pa.RecordBatch.from_pydict(groups)


def _table_file(table: str) -> str:
    return f"{table}.arrow"


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, longer if the data has a field that is called so."""
    while name in taken:
        name += "_"
    return name


def _one_row(arrays: Mapping[str, Array]) -> pa.StructArray:
    """Arrays of any length as one struct with a list per array."""
    lists = [
        pa.LargeListArray.from_arrays(pa.array([0, a.size], pa.int64()), plain(_flat(a)))
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
    repeated: int,
    indexes: Mapping[str, Mapping[str, Array]],
    files: Mapping[str, SavedFile],
) -> Manifest:
    return Manifest(
        {
            name: SavedTable(
                data.rows,
                (
                    *(SavedColumn(c, "field", kind_of(col)) for c, col in data.columns.items()),
                    *(SavedColumn(c, "derived", kind_of(col)) for c, col in data.derived.items()),
                ),
            )
            for name, data in store.tables.items()
        },
        {t.name: tuple(f for f in t.fields if f.origin is Origin.DATA) for t in store.catalog},
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

    ``DataError`` when there is none, or when a file is missing, cut off, of another saving,
    damaged outside its values, or of another version. Damaged values are found when their column
    or index is first used, which raises ``DataError`` too, or by ``verify``.
    """
    return _settled(_absolute(folder), _opened)


def verify(folder: str | os.PathLike[str]) -> None:
    """Read a whole saved store and compare it with its checksums; ``DataError`` naming the file
    that is not as it was saved. Costs the reading of every byte."""

    def verified(_: Path, place: Path, manifest: Manifest) -> None:
        for name, saved in manifest.files.items():
            verify_file(place / name, saved)

    _settled(_absolute(folder), verified)


def _settled(target: Path, read: Callable[[Path, Path, Manifest], T]) -> T:
    """What ``read`` makes of the target, the place where its store stands and the manifest. Another
    store may take the place of the files meanwhile: only what fails twice is told."""
    failed = None
    while True:
        place = standing(target, MANIFEST)
        text = None if place is None else _manifest_text(place)
        if place is None:
            reason = f"there is no saved store: a folder with the file {MANIFEST}"
            raise DataError(reason, source=str(target))
        if text is None:  # it was just moved
            continue
        try:
            return read(target, place, _manifest(place, text, target))
        except DataError:
            if failed == (place, text):
                raise
            failed = place, text


def _manifest_text(place: Path) -> bytes | None:
    try:
        return (place / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror}"
        raise DataError(reason, source=str(place / MANIFEST)) from error


def _manifest(place: Path, text: bytes, target: Path) -> Manifest:
    manifest = parse(text, str(place / MANIFEST), target)
    # Only what saving writes is ever opened: a description may not lead to other files.
    tables = {table.name for table in default_catalog()}
    files = {_OFFSETS, _INDEXES, _KEYS, *map(_table_file, tables)}
    if manifest.tables.keys() != tables or manifest.files.keys() != files:
        raise damaged(str(place / MANIFEST))
    return manifest


def _opened(target: Path, place: Path, manifest: Manifest) -> Store:
    batches = {name: open_file(place / name, saved) for name, saved in manifest.files.items()}
    offsets = batches[_OFFSETS]
    for name, saved in manifest.tables.items():
        batch = batches[_table_file(name)].batch
        own = len(saved.columns) + (name in offsets.batch.schema.names)
        # A batch without columns has no rows.
        if own != batch.num_columns or (own and saved.rows != batch.num_rows):
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
        _catalog(manifest.found, tables),
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


def _catalog(found: Mapping[str, tuple[Field, ...]], tables: Mapping[str, TableData]) -> Catalog:
    """The catalog with the fields and property keys of the data. A field that was found in the
    data and is documented by now is the documented one."""
    known = default_catalog()
    added = {
        name: [f for f in fields if not _is_documented(known, name, f.name)]
        for name, fields in found.items()
    }
    keys = {
        (table.name, field.name): partial(_keys, tables[table.name].columns, field.name)
        for table in known
        for field in table.fields
        if field.value_type is not None and field.name in tables[table.name].columns
    }
    return replace(known.with_data(added, {}), property_keys=Lazy(keys))


def _is_documented(catalog: Catalog, table: str, name: str) -> bool:
    field = next((f for f in catalog.table(table).fields if f.name == name), None)
    return field is not None and field.origin is Origin.DOCUMENTED


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


def _absolute(path: str | os.PathLike[str]) -> Path:
    """The path without links: what a link leads to is replaced, not the link."""
    return Path(os.path.realpath(path))


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
