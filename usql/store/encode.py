"""Flat batches to the columns of a store (``columns.py`` says how they lie)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from usql.catalog import PRIMARY, Catalog, Field, FieldType, Origin, Table
from usql.language.literals import parse_address
from usql.store.columns import (
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
from usql.store.entry import entry_and_exit
from usql.store.flat import FlatBatch, FlatTable, unify
from usql.store.schema import arrow_type

Ints = npt.NDArray[np.int64]


def encode(catalog: Catalog, batches: Sequence[FlatBatch], notes: Sequence[str] = ()) -> Store:
    """Join the batches, column by column. The batches' sessions follow each other."""
    sessions = [b[PRIMARY].rows for b in batches]
    tables: dict[str, TableData] = {}
    fields: dict[str, list[Field]] = {}
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    found_notes = list(notes)
    for table in catalog:
        parts = [b.get(table.name) for b in batches]
        lengths = None
        if table.name != PRIMARY:
            lengths = [
                np.zeros(count, dtype=np.int64)
                if part is None or part.lengths is None
                else part.lengths
                for part, count in zip(parts, sessions, strict=True)
            ]
        present = [p for p in parts if p is not None]
        columns, fields[table.name] = _columns(table, present)
        tables[table.name] = _table(table, present, columns, lengths)
        for name, column in columns.items():
            if isinstance(column, PropertiesColumn):
                keys[table.name, name] = tuple(column.keys.dictionary.to_pylist())
                doubled = _doubled_keys(column)
                if doubled:
                    found_notes.append(
                        f"{doubled} rows of {table.name} have a key of {name} more than once; the "
                        "first value answers."
                    )
    return Store(tables, catalog.with_data(fields, keys), tuple(found_notes))


def _table(
    table: Table, parts: list[FlatTable], columns: dict[str, AnyColumn], lengths: list[Ints] | None
) -> TableData:
    rows = sum(p.rows for p in parts)
    if lengths is None:
        return TableData(table.name, rows, columns)
    every = np.concatenate(lengths) if lengths else np.zeros(0, dtype=np.int64)
    offsets = np.zeros(len(every) + 1, dtype=np.int64)
    np.cumsum(every, out=offsets[1:])
    width = np.int32 if len(every) < 2**31 else np.int64
    parent = np.repeat(np.arange(len(every), dtype=width), every)
    derived = _entry_and_exit(columns, parent, rows) if table.get("isEntryAction") else {}
    return TableData(table.name, rows, columns, offsets, parent, derived)


def _entry_and_exit(
    columns: dict[str, AnyColumn], parent: Array, rows: int
) -> dict[str, AnyColumn]:
    """isEntryAction and isExitAction, derived where the data has no value (LANGUAGE.md §3)."""
    if not rows:
        return {}
    start = columns.get("startTime")
    flags = entry_and_exit(start if isinstance(start, NumberColumn) else None, parent, rows)
    derived: dict[str, AnyColumn] = {}
    for name, flag in zip(("isEntryAction", "isExitAction"), flags, strict=True):
        known = columns.get(name)
        codes = flag.astype(np.uint8)
        if isinstance(known, DictionaryColumn):
            codes = np.where(known.codes == known.null_code, codes, known.codes).astype(np.uint8)
        derived[name] = DictionaryColumn(FieldType.BOOLEAN, codes, _BOOLEANS)
    return derived


_BOOLEANS = pa.array([False, True])


def _columns(table: Table, parts: list[FlatTable]) -> tuple[dict[str, AnyColumn], list[Field]]:
    """The columns that the data has, and the fields among them that are no documented ones."""
    names = dict.fromkeys(name for part in parts for name in part.columns)
    known = {f.name: f for f in table.fields}
    ordered = [n for n in known if n in names] + sorted(names.keys() - known.keys())
    columns: dict[str, AnyColumn] = {}
    fields: list[Field] = []
    for name in ordered:
        field = known.get(name)
        chunks = [p.columns.get(name, pa.nulls(p.rows)) for p in parts]
        if field is None:
            chunks = unify(chunks)
            kinds = [c.type for c in chunks if not pa.types.is_null(c.type)]
            if not kinds:
                continue
            field = _data_field(name, kinds[0])
            fields.append(field)
        elif field.origin in (Origin.LEGACY, Origin.DERIVED):
            if all(c.null_count == len(c) for c in chunks):
                continue
            fields.append(
                Field(
                    field.name,
                    field.type,
                    field.description,
                    deprecated=field.deprecated,
                    successors=field.successors,
                    origin=Origin.DATA,
                )
            )
        columns[name] = _column(field, chunks)
    return columns, fields


def _data_field(name: str, kind: pa.DataType) -> Field:
    is_list = pa.types.is_list(kind)
    inner = kind.value_type if is_list or pa.types.is_dictionary(kind) else kind
    if pa.types.is_dictionary(inner):
        inner = inner.value_type
    types = {
        pa.bool_(): FieldType.BOOLEAN,
        pa.int64(): FieldType.LONG,
        pa.float64(): FieldType.DOUBLE,
    }
    return Field(
        name,
        types.get(inner, FieldType.STRING),
        "Found in the loaded data.",
        is_list=is_list,
        origin=Origin.DATA,
    )


def _column(field: Field, chunks: list[pa.Array]) -> AnyColumn:
    if field.type is FieldType.PROPERTIES:
        return _properties(field, [_typed(c, arrow_type(field)) for c in chunks])
    if field.is_list:
        typed = [_typed(c, arrow_type(field)) for c in chunks]
        entries = [c.flatten() for c in typed]
        return ListColumn(_offsets(typed), _values(field.type, entries))
    return _values(field.type, chunks)


def _typed(chunk: pa.Array, wanted: pa.DataType) -> pa.Array:
    return pa.nulls(len(chunk), wanted) if pa.types.is_null(chunk.type) else chunk.cast(wanted)


def _offsets(chunks: list[pa.Array]) -> Ints:
    lengths = [pc.fill_null(pc.list_value_length(c), 0).to_numpy() for c in chunks]
    every = np.concatenate(lengths) if lengths else np.zeros(0, dtype=np.int64)
    offsets = np.zeros(len(every) + 1, dtype=np.int64)
    np.cumsum(every, out=offsets[1:])
    return offsets


def _properties(field: Field, chunks: list[pa.Array]) -> PropertiesColumn:
    assert field.value_type is not None
    pairs = [c.flatten() for c in chunks]
    keys = _values(FieldType.STRING, [p.field("key") for p in pairs])
    values = _values(field.value_type, [p.field("value") for p in pairs])
    assert isinstance(keys, DictionaryColumn)
    return PropertiesColumn(_offsets(chunks), keys, values)


def _doubled_keys(column: PropertiesColumn) -> int:
    """How many rows have a key twice."""
    owners = np.repeat(np.arange(len(column)), np.diff(column.offsets))
    pairs = owners * (column.keys.null_code + 1) + column.keys.codes
    distinct, counts = np.unique(pairs, return_counts=True)
    return len(np.unique(distinct[counts > 1] // (column.keys.null_code + 1)))


# --- single values --------------------------------------------------------------------------------


def _values(kind: FieldType, chunks: list[pa.Array]) -> Column:
    if kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP):
        return _strings(kind, chunks)
    if kind is FieldType.BOOLEAN:
        whole = _joined(chunks, pa.bool_())
        codes = pc.fill_null(whole.cast(pa.uint8()), 2).to_numpy()
        return DictionaryColumn(kind, codes, _BOOLEANS)
    return _numbers(kind, chunks)


def _joined(chunks: list[pa.Array], wanted: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array([_typed(c, wanted) for c in chunks], wanted)


def _numbers(kind: FieldType, chunks: list[pa.Array]) -> NumberColumn:
    wanted = pa.float64() if kind is FieldType.DOUBLE else pa.int64()
    whole = _joined(chunks, wanted)
    valid = None
    if whole.null_count:
        valid = pc.is_valid(whole).to_numpy()
        whole = pc.fill_null(whole, pa.scalar(0, wanted))
    values = whole.to_numpy()
    if kind is not FieldType.DOUBLE:
        values = _narrow(values)
    return NumberColumn(kind, values, valid)


def _narrow(values: Array) -> Array:
    if not len(values):
        return values.astype(np.int8)
    low, high = int(values.min()), int(values.max())
    for width in (np.int8, np.int16, np.int32):
        if np.iinfo(width).min <= low and high <= np.iinfo(width).max:
            return values.astype(width)
    return values


_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


def _strings(kind: FieldType, chunks: list[pa.Array]) -> DictionaryColumn:
    encoded = pa.chunked_array(
        [
            c if pa.types.is_dictionary(c.type) else _typed(c, pa.string()).dictionary_encode()
            for c in chunks
        ],
        _DICTIONARY,
    ).unify_dictionaries()
    dictionary = encoded.chunk(0).dictionary if encoded.num_chunks else pa.array([], pa.string())
    order = (
        _address_order(dictionary)
        if kind is FieldType.IP
        else pc.sort_indices(dictionary).to_numpy()
    )
    count = len(dictionary)
    places = np.empty(count + 1, dtype=np.int64)
    places[order] = np.arange(count)
    places[count] = count
    narrow = places.astype(
        np.uint8 if count <= 255 else np.uint16 if count <= 65_535 else np.uint32
    )
    parts = [narrow[pc.fill_null(c.indices, count).to_numpy()] for c in encoded.chunks]
    codes = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)
    return DictionaryColumn(kind, codes, dictionary.take(pa.array(order)))


_IPV4 = r"^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$"


def _address_order(dictionary: pa.Array) -> Ints:
    """The order of addresses: readable ones by address, the others behind them, equal ones by
    text. Dotted IPv4 addresses, which are most, are read as a column."""
    count = len(dictionary)
    family = np.full(count, 2, dtype=np.int8)
    high = np.zeros(count, dtype=np.uint64)
    low = np.zeros(count, dtype=np.uint64)
    dotted = np.flatnonzero(
        pc.match_substring_regex(dictionary, _IPV4).to_numpy(zero_copy_only=False)
    )
    if len(dotted):
        parts = pc.split_pattern(dictionary.take(pa.array(dotted)), ".").flatten()
        octets = parts.cast(pa.uint64()).to_numpy().reshape(-1, 4)
        low[dotted] = octets @ np.array([1 << 24, 1 << 16, 1 << 8, 1], dtype=np.uint64)
        family[dotted] = 0
    for index in np.setdiff1d(np.arange(count), dotted):
        try:
            version, number = parse_address(dictionary[int(index)].as_py())
        except ValueError:
            continue
        family[index], high[index], low[index] = version, number >> 64, number & (2**64 - 1)
    text = np.empty(count, dtype=np.int64)
    text[pc.sort_indices(dictionary).to_numpy()] = np.arange(count)
    return np.lexsort((text, low, high, family))
