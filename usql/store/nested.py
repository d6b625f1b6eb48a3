"""Rows in the export's nested layout again: as Arrow tables, and as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY, Field, FieldType, Origin
from usql.store.columns import Store
from usql.store.further import INSTANT
from usql.store.schema import arrow_type
from usql.store.views import Ints, expand_runs, lists, take, to_arrow


def nested(store: Store, table: str, rows: Ints) -> pa.Table:
    """Rows of a table with all fields that the data has, in the export's order; sessions with all
    their children. Columns that were derived are no part of the export."""
    columns: dict[str, pa.Array] = {}
    data = store.tables[table]
    definition = store.catalog.table(table)
    for field in definition.fields:
        column = data.columns.get(field.name)
        if column is not None:
            columns[field.name] = _typed(field, to_arrow(take(column, rows)))
    for name, child in definition.children.items() if table == PRIMARY else ():
        held = store.tables[child]
        offsets = held.offsets
        # An empty list of actions makes a session of a row that has nothing else.
        if offsets is None or not (held.rows or held.columns or name == "userActions"):
            continue
        entries, own = expand_runs(offsets, rows)
        inner = nested(store, child, entries).to_struct_array()
        combined = inner.combine_chunks() if isinstance(inner, pa.ChunkedArray) else inner
        columns[name] = lists(own, combined)
    # A table without columns would lose its number of rows.
    first = definition.fields[0]
    return pa.table(columns or {first.name: pa.nulls(len(rows), arrow_type(first))})


def _typed(field: Field, column: pa.Array) -> pa.Array:
    """The column, times of further fields typed as such: no catalog tells that they are."""
    if field.origin is not Origin.DATA or field.type is not FieldType.TIMESTAMP:
        return column
    return column.cast(pa.list_(INSTANT) if field.is_list else INSTANT)


def nested_batches(store: Store, step: int = 25_000) -> Iterator[pa.RecordBatch]:
    """All sessions, some thousands at a time."""
    for first in range(0, max(store.sessions, 1), step):
        rows = np.arange(first, min(first + step, store.sessions), dtype=np.int64)
        table = nested(store, PRIMARY, rows).combine_chunks()
        # Of no sessions there is a batch too: a file has its columns from it.
        yield from table.to_batches() or [pa.RecordBatch.from_pylist([], table.schema)]


def json_lines(table: pa.Table | pa.RecordBatch) -> Iterator[str]:
    """The rows as JSON objects, without what is missing, dates of properties as exports write
    them."""
    milliseconds = pa.schema([f.with_type(_without_times(f.type)) for f in table.schema])
    for row in table.cast(milliseconds).to_pylist():
        _dates_as_text(row)
        for name in ("userActions",):
            for child in row.get(name) or ():
                _dates_as_text(child)
        yield json.dumps(_present(row), ensure_ascii=False)


def _without_times(kind: pa.DataType) -> pa.DataType:
    """The type with whole milliseconds in the place of times."""
    if pa.types.is_struct(kind):
        return pa.struct([f.with_type(_without_times(f.type)) for f in kind])
    if pa.types.is_list(kind):
        return pa.list_(_without_times(kind.value_type))
    return pa.int64() if kind == INSTANT else kind


def _dates_as_text(row: dict[str, Any]) -> None:
    for pair in row.get("dateProperties") or ():
        if pair["value"] is not None:
            pair["value"] = str(np.datetime64(pair["value"], "ms")) + "Z"


def _present(value: Any) -> Any:
    """Exports leave out what is missing."""
    if isinstance(value, dict):
        return {k: _present(v) for k, v in value.items() if v is not None and v != []}
    if isinstance(value, list):
        return [_present(v) for v in value]
    return value
