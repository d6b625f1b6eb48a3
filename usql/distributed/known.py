"""The texts that the parts have in the fields that a query tests, for warnings about texts that do
not occur."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pyarrow as pa

from usql.analysis.bound import (
    BoundQuery,
    Column,
    FieldRef,
    GroupQuery,
    Key,
    KeyRef,
    Timeframe,
    tested_fields,
)
from usql.catalog import Catalog, FieldType
from usql.catalog.model import Cardinality
from usql.engine.backend import Backend
from usql.errors import MemoryLimit
from usql.planner import conditions_of, prepare
from usql.store.columns import AnyColumn, DictionaryColumn, PropertiesColumn, Store, TableData
from usql.store.compute import pc
from usql.store.forms.dictionaries import encode_strings
from usql.store.known import Known


def known_by(backend: Backend, catalog: Catalog, query: BoundQuery) -> Known:
    """The texts of all sessions, whatever the query's timeframe: a query of groups for each field
    that is tested, but for identifiers, which no warning is about. Of a property the texts of the
    keys that are tested are known, and none of a field that has more than fit into memory: the answer
    is worth more than a warning.

    Raises what else the backend raises.
    """
    fields = {field for condition in conditions_of(query) for field in tested_fields(condition)}
    texts = {}
    for field in filter(_is_compared, fields):
        with suppress(MemoryLimit):
            texts[field] = _values(backend, field)
    tables = {
        table.name: TableData(table.name, 0, dict(_columns(table.name, texts))) for table in catalog
    }
    return Known(Store(tables, catalog))


def _is_compared(field: FieldRef) -> bool:
    is_name = field.type is FieldType.STRING and field.cardinality is Cardinality.NORMAL
    return is_name or field.type is FieldType.ENUM


def _values(backend: Backend, field: FieldRef) -> pa.Array:
    """The distinct values of a field, from the rows of its own table."""
    key_field = replace(field, multi=field.is_list)
    shown = Column("value", KeyRef(0))
    query = GroupQuery(
        field.table, Timeframe(), None, (Key(key_field),), (shown,), (), (), None, False
    )
    (column,) = backend.run(prepare(query, 0)).columns
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.drop_null(values)


def _columns(table: str, texts: Mapping[FieldRef, pa.Array]) -> Iterable[tuple[str, AnyColumn]]:
    """The columns of a table, of distinct values; of properties as pairs of a key and a value."""
    names = {field.name for field in texts if field.table == table}
    for name in sorted(names):
        values_of = {f: v for f, v in texts.items() if (f.table, f.name) == (table, name)}
        kind = next(iter(values_of)).type
        values = _encoded(kind, list(values_of.values()))
        keys = [pa.array([f.key] * len(v), pa.string()) for f, v in values_of.items()]
        if all(field.key is None for field in values_of):
            yield name, values
        else:
            offsets = np.arange(len(values) + 1, dtype=np.int64)
            yield name, PropertiesColumn(offsets, _encoded(FieldType.STRING, keys), values)


def _encoded(kind: FieldType, chunks: list[pa.Array]) -> DictionaryColumn:
    return encode_strings(kind, [pc.dictionary_encode(chunk) for chunk in chunks])
