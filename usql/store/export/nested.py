"""Rows converted back to the export's nested layout: as Arrow tables, and as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY, Field, FieldType, Origin
from usql.store.columns import AnyColumn, PropertiesColumn, Store
from usql.store.forms import pairs
from usql.store.forms.further import INSTANT
from usql.store.forms.json_text import MORE, MoreType, as_json
from usql.store.forms.schema import arrow_type
from usql.store.lazy import Watch, watched
from usql.store.views import Ints, expand_runs, lists, take, to_arrow


def nested(store: Store, table: str, rows: Ints, watch: Watch | None = None) -> pa.Table:
    """Rows of a table with all fields that the data has, in the export's order; sessions include
    all their children. Derived columns are not exported. Columns that are not loaded yet are loaded
    on behalf of ``watch``."""
    return pa.table(_columns(store, table, rows, watch))


def _columns(
    store: Store, table: str, rows: Ints, watch: Watch | None = None
) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    data = store.tables[table]
    definition = store.catalog.table(table)
    for field in definition.fields:
        column = watched(data.columns, field.name, watch)
        if column is not None:
            columns[field.name] = typed_column(field, take(column, rows))
    for name, child in definition.children.items() if table == PRIMARY else ():
        held = store.tables[child]
        offsets = watched(held.links, "offsets", watch)
        # Its empty list of actions shows that a row without any field is a session.
        if offsets is None or not (held.rows or held.columns or name == "userActions"):
            continue
        entries, new_offsets = expand_runs(offsets, rows)
        inner = _columns(store, child, entries, watch)
        columns[name] = lists(new_offsets, pa.StructArray.from_arrays([*inner.values()], [*inner]))
    # A table without columns would lose its row count.
    first = definition.fields[0]
    return columns or {first.name: pa.nulls(len(rows), arrow_type(first))}


def typed_column(field: Field, column: AnyColumn) -> pa.Array:
    """The column as an Arrow array. Times and objects of further fields are typed as such, because
    no catalog says what they are."""
    if isinstance(column, PropertiesColumn):
        return _pairs(column)
    plain = to_arrow(column)
    if field.is_json:
        return as_json(plain)
    if field.origin is not Origin.DATA or field.type is not FieldType.TIMESTAMP:
        return plain
    return plain.cast(pa.list_(INSTANT) if field.is_list else INSTANT)


def _pairs(column: PropertiesColumn) -> pa.Array:
    """Properties with what they have besides key and value. Their dates become times, whatever form
    they had in the source."""
    values = to_arrow(column.values)
    is_date = column.values.type is FieldType.TIMESTAMP
    members = {"key": to_arrow(column.keys), "value": values.cast(INSTANT) if is_date else values}
    if column.more is not None:
        members[pairs.MORE] = as_json(to_arrow(column.more), MORE)
    return lists(column.offsets, pa.StructArray.from_arrays([*members.values()], [*members]))


def nested_batches(store: Store, step: int = 25_000) -> Iterator[pa.RecordBatch]:
    """All sessions, some thousands at a time."""
    store = store.with_own_cache()
    for first in range(0, max(store.sessions, 1), step):
        rows = np.arange(first, min(first + step, store.sessions), dtype=np.int64)
        # Without sessions there is still one batch, which gives the file its columns.
        yield pa.RecordBatch.from_pydict(_columns(store, PRIMARY, rows))


def json_lines(table: pa.Table | pa.RecordBatch) -> Iterator[str]:
    """The rows as JSON objects, without missing members. docs/DATA.md explains, under "What
    ``JSON`` and ``write`` change", how they differ from the export's own text."""
    milliseconds = pa.schema([f.with_type(_without_times(f.type)) for f in table.schema])
    more_fields = _with_more(table.schema)
    children = {
        field.name: names
        for field in table.schema
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type)
        if (names := _with_more(field.type.value_type))
    }
    for row in table.cast(milliseconds).to_pylist():
        _properties_as_given(row, more_fields)
        for name in {"userActions", *children}:
            for child in row.get(name) or ():
                _properties_as_given(child, children.get(name, ()))
        yield json.dumps(_present(row), ensure_ascii=False)


def _with_more(fields: Iterable[pa.Field]) -> list[str]:
    """The names of the property lists whose pairs have more than key and value."""
    return [
        field.name
        for field in fields
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type)
        if field.type.value_type.get_field_index(pairs.MORE) >= 0
        if isinstance(field.type.value_type.field(pairs.MORE).type, MoreType)
    ]


def _without_times(kind: pa.DataType) -> pa.DataType:
    """The type with whole milliseconds in place of times."""
    if pa.types.is_struct(kind):
        return pa.struct([f.with_type(_without_times(f.type)) for f in kind])
    if pa.types.is_list(kind):
        return pa.list_(_without_times(kind.value_type))
    return pa.int64() if kind == INSTANT else kind


def _properties_as_given(row: dict[str, Any], names: Iterable[str]) -> None:
    """Restore dates, and what the pairs of ``names`` have besides key and value, as they came."""
    for pair in row.get("dateProperties") or ():
        more = pair.get(pairs.MORE) or {}
        if pair["value"] is not None and "value" not in more:
            (pair["value"],) = pairs.written([pair["value"]])
    for name in names:
        row[name] = [pairs.merged_pair(pair) for pair in row[name] or ()]


def _present(value: Any) -> Any:
    """The value without missing members, which exports leave out; arbitrary JSON stays as it
    came."""
    if type(value) is dict:
        return {k: _present(v) for k, v in value.items() if not _is_missing(v)}
    if type(value) is list:
        return [_present(v) for v in value]
    return value


def _is_missing(value: Any) -> bool:
    return value is None or (type(value) is list and not value)
