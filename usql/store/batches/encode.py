"""Flat batches to the columns of a store (``columns.py`` says how they lie)."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Origin, Table
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.batches.duplicate_keys import rows_with_duplicates, sentence
from usql.store.batches.entry import entry_and_exit
from usql.store.batches.flat import FlatBatch, FlatTable
from usql.store.columns import (
    BOOLEANS,
    AnyColumn,
    Array,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
    Store,
    TableData,
)
from usql.store.compact import numpy_type
from usql.store.compute import as_type, filled, is_missing, pc
from usql.store.forms.dictionaries import encode_strings
from usql.store.forms.further import INSTANT, unify
from usql.store.forms.json_text import TEXT
from usql.store.forms.pairs import MORE
from usql.store.forms.schema import ARROW_TYPES, path_of
from usql.store.threads import workers
from usql.store.views import expand_runs, take

Ints = npt.NDArray[np.int64]

_DERIVED = ("isEntryAction", "isExitAction")


def encode(
    catalog: Catalog,
    batches: Sequence[FlatBatch],
    notes: Sequence[str] = (),
    threads: int = 1,
    full_catalog: Catalog | None = None,
    order: Ints | None = None,
) -> Store:
    """Join the batches, whose sessions follow each other, as many columns at once as there are
    threads. The batches are consumed column by column, so that batches and result are never both
    complete in memory. With the catalog ``full_catalog`` of a larger data set, further fields get the
    types they have there; ``DataError`` where they cannot. ``order``: the numbers of the sessions in
    the order in which the store has them, by default theirs."""
    links: dict[str, _Links] = {table.name: _links(table, batches, order) for table in catalog}
    fields: dict[str, list[Field]] = {}
    started: dict[str, dict[str, Future[AnyColumn]]] = {}
    with workers(threads) as pool:
        for table in catalog:
            parts = [batch[table.name] for batch in batches if table.name in batch]
            known = None if full_catalog is None else full_catalog.table(table.name)
            chunks, fields[table.name] = _chunks(table, parts, known)
            rows = links[table.name].rows
            started[table.name] = {
                field.name: pool.submit(_replace, field, chunks.pop(field), rows)
                for field in [*chunks]
            }
        sessions = sum(batch[PRIMARY].rows for batch in batches)
        tables = {
            table.name: _table(
                catalog,
                table,
                sessions,
                links[table.name].offsets,
                {n: f.result() for n, f in columns.items()},
            )
            for table, columns in zip(catalog, started.values(), strict=True)
        }
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    all_notes = list(notes)
    for owner, name, column in _properties_of(tables.values()):
        keys[owner, name] = tuple(column.keys.dictionary.to_pylist())
        count = rows_with_duplicates(column)
        if count:
            all_notes.append(sentence(count, owner, name))
    store_catalog = catalog.with_data(fields, keys)
    if full_catalog is not None:
        store_catalog = replace(full_catalog, loaded=catalog.loaded)
    return Store(tables, store_catalog, tuple(all_notes))


def _properties_of(tables: Iterable[TableData]) -> Iterator[tuple[str, str, PropertiesColumn]]:
    for table in tables:
        for name, column in table.columns.items():
            if isinstance(column, PropertiesColumn):
                yield table.name, name, column


@dataclass(frozen=True, eq=False)
class _Links:
    """How the rows of a table are to lie: which row of the batches is where, ``None`` if they stay
    where they are, and for a secondary table the offsets of the sessions' rows."""

    rows: Ints | None
    offsets: Ints | None


def _links(table: Table, batches: Sequence[FlatBatch], order: Ints | None) -> _Links:
    if table.name == PRIMARY:
        return _Links(order, None)
    sessions = [batch[PRIMARY].rows for batch in batches]
    offsets = np.zeros(sum(sessions) + 1, dtype=np.int64)
    at = 1
    for batch, count in zip(batches, sessions, strict=True):
        lengths = batch[table.name].lengths if table.name in batch else None
        if lengths is not None:
            offsets[at : at + count] = lengths
        at += count
    np.cumsum(offsets, out=offsets)
    return _Links(None, offsets) if order is None else _Links(*expand_runs(offsets, order))


def _table(
    catalog: Catalog,
    table: Table,
    sessions: int,
    offsets: Ints | None,
    columns: dict[str, AnyColumn],
) -> TableData:
    if offsets is None:
        return TableData(table.name, sessions, columns)
    width = np.int32 if len(offsets) < 2**31 else np.int64
    parent = np.repeat(np.arange(len(offsets) - 1, dtype=width), np.diff(offsets))
    is_asked = any(catalog.reads(table.name, name) for name in _DERIVED)
    derives = table.get(_DERIVED[0]) is not None and is_asked
    derived = _entry_and_exit(columns, offsets, parent) if derives else {}
    links = {"offsets": offsets, "parent": parent}
    return TableData(table.name, int(offsets[-1]), columns, links, derived)


def _entry_and_exit(
    columns: dict[str, AnyColumn], offsets: Ints, parent: Array
) -> dict[str, AnyColumn]:
    """isEntryAction and isExitAction, computed where the data has no value (LANGUAGE.md §3)."""
    if not len(parent):
        return {}
    start = columns.get("startTime")
    flags = entry_and_exit(start if isinstance(start, NumberColumn) else None, offsets, parent)
    derived: dict[str, AnyColumn] = {}
    for name, flag in zip(_DERIVED, flags, strict=True):
        known = columns.get(name)
        codes = flag.astype(np.uint8)
        if isinstance(known, DictionaryColumn):
            codes = np.where(known.codes == known.null_code, codes, known.codes).astype(np.uint8)
        derived[name] = DictionaryColumn(FieldType.BOOLEAN, codes, BOOLEANS)
    return derived


def _chunks(
    table: Table, parts: list[FlatTable], full_table: Table | None
) -> tuple[dict[Field, list[pa.Array]], list[Field]]:
    """The columns that the data has, taken out of the parts, by their fields; and those of the
    fields that are not documented."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, part in enumerate(parts):
        for name in part.columns:
            places[name].append(place)
    begins = [0, *itertools.accumulate(part.rows for part in parts)]
    known = {f.name: f for f in table.fields}
    ordered = [n for n in known if n in places] + sorted(places.keys() - known.keys())
    columns: dict[Field, list[pa.Array]] = {}
    fields: list[Field] = []
    for name in ordered:
        field = known.get(name)
        chunks = _with_gaps(
            begins, {place: parts[place].columns.pop(name) for place in places[name]}
        )
        if field is None:
            of_all = None if full_table is None else described_type(full_table, name)
            kind, chunks = unify(chunks, path_of(table, name), of_all)
            if kind is None:
                continue
            field = data_field(name, kind)
            fields.append(field)
        elif field.origin in (Origin.LEGACY, Origin.DERIVED):
            if all(c.null_count == len(c) for c in chunks):
                continue
            fields.append(held_field(field))
        columns[field] = chunks
    return columns, fields


def _with_gaps(begins: Sequence[int], held: Mapping[int, pa.Array]) -> list[pa.Array]:
    """The chunks of a column in order, with nulls for the parts that lack it. ``begins``: the first
    row of each part, and one past the last; ``held``: the column's chunks by the numbers of their
    parts."""
    chunks = []
    at = 0
    for place, chunk in held.items():
        if begins[place] > at:
            chunks.append(pa.nulls(begins[place] - at))
        chunks.append(chunk)
        at = begins[place + 1]
    if begins[-1] > at:
        chunks.append(pa.nulls(begins[-1] - at))
    return chunks


def held_field(field: Field) -> Field:
    """A documented field of the data only where that has values of it."""
    return Field(
        field.name,
        field.type,
        field.description,
        deprecated=field.deprecated,
        successors=field.successors,
        origin=Origin.DATA,
    )


def data_field(name: str, kind: pa.DataType) -> Field:
    """A further field whose values have this type."""
    is_list = pa.types.is_list(kind)
    types = {
        pa.bool_(): FieldType.BOOLEAN,
        pa.int64(): FieldType.LONG,
        pa.float64(): FieldType.DOUBLE,
        INSTANT: FieldType.TIMESTAMP,
    }
    return Field(
        name,
        types.get(kind.value_type if is_list else kind, FieldType.STRING),
        "Found in the loaded data.",
        is_list=is_list,
        origin=Origin.DATA,
        is_json=kind == TEXT,
    )


def described_type(table: Table, name: str) -> pa.DataType:
    """The type of a further field in the catalog of a larger data set."""
    field = table.get(name)
    if field is None or field.name != name:
        reason = "this field is new since the data set was described; describe it again"
        raise DataError(reason, path=path_of(table, name))
    return type_of(field)


def type_of(field: Field) -> pa.DataType:
    """The type of the values of a further field."""
    if field.is_json:
        return TEXT
    is_date = field.type is FieldType.TIMESTAMP
    kind = INSTANT if is_date else ARROW_TYPES[field.type]
    return pa.list_(kind) if field.is_list else kind


def _replace(field: Field, chunks: list[pa.Array], rows: Ints | None) -> AnyColumn:
    """The column, encoded from its chunks, whose memory is released at once, with these rows."""
    column = column_of(field, chunks)
    chunks.clear()
    pa.default_memory_pool().release_unused()
    return column if rows is None else take(column, rows)


def column_of(field: Field, chunks: list[pa.Array]) -> AnyColumn:
    """The column of a field, made from its chunks in order."""
    if field.type is not FieldType.PROPERTIES and not field.is_list:
        return _values(field.type, chunks)
    offsets = _offsets(chunks)
    entries = [pc.list_flatten(c) for c in chunks if not pa.types.is_null(c.type)]
    if field.type is not FieldType.PROPERTIES:
        return ListColumn(offsets, _values(field.type, entries))
    assert field.value_type is not None
    keys = _values(FieldType.STRING, [e.field("key") for e in entries])
    values = _values(field.value_type, [e.field("value") for e in entries])
    assert isinstance(keys, DictionaryColumn)
    return PropertiesColumn(offsets, keys, values, _more(entries))


def _more(entries: list[pa.Array]) -> DictionaryColumn | None:
    """What pairs have besides key and value."""
    places = [e.type.get_field_index(MORE) for e in entries]
    if max(places, default=-1) < 0:
        return None
    held = zip(entries, places, strict=True)
    chunks = [pa.nulls(len(e)) if place < 0 else e.field(place) for e, place in held]
    return encode_strings(FieldType.STRING, chunks)


def _offsets(chunks: list[pa.Array]) -> Ints:
    offsets = np.zeros(sum(map(len, chunks)) + 1, dtype=np.int64)
    at = 1
    for chunk in chunks:
        if not pa.types.is_null(chunk.type):
            offsets[at : at + len(chunk)] = filled(pc.list_value_length(chunk), 0).to_numpy()
        at += len(chunk)
    return np.cumsum(offsets, out=offsets)


# --- single values --------------------------------------------------------------------------------


def _values(kind: FieldType, chunks: list[pa.Array]) -> Column:
    if kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP):
        return encode_strings(kind, chunks)
    if kind is FieldType.BOOLEAN:
        return _booleans(chunks)
    return _numbers(kind, chunks)


def _booleans(chunks: list[pa.Array]) -> DictionaryColumn:
    missing = len(BOOLEANS)
    codes = np.full(sum(map(len, chunks)), missing, dtype=np.uint8)
    at = 0
    for chunk in chunks:
        if chunk.null_count < len(chunk):
            values = filled(as_type(chunk, pa.uint8()), missing)
            codes[at : at + len(chunk)] = values.to_numpy()
        at += len(chunk)
    return DictionaryColumn(FieldType.BOOLEAN, codes, BOOLEANS)


def _numbers(kind: FieldType, chunks: list[pa.Array]) -> NumberColumn:
    """Each chunk has its own narrowest type; the widest of them becomes the column's."""
    chunks = [as_type(c, pa.int64()) if c.type == INSTANT else c for c in chunks]
    held = [numpy_type(c.type) for c in chunks if c.null_count < len(c)]
    narrowest = np.float64 if kind is FieldType.DOUBLE else np.int8
    values = np.zeros(sum(map(len, chunks)), dtype=np.result_type(narrowest, *held))
    valid = np.ones(len(values), dtype=np.bool_) if any(c.null_count for c in chunks) else None
    at = 0
    for chunk in chunks:
        place = slice(at, at + len(chunk))
        if valid is not None and chunk.null_count:
            valid[place] = ~is_missing(chunk)
        if chunk.null_count < len(chunk):
            values[place] = filled(chunk, 0).to_numpy()
        at = place.stop
    return NumberColumn(kind, values, valid)
