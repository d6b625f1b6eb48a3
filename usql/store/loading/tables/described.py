"""The further fields that a typed source has by its schema, whether or not a row holds a value."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Table
from usql.store.bad_data import NeedsPrecise
from usql.store.batches.flat import FlatBatch, FlatTable
from usql.store.forms.cast import further_type, is_list
from usql.store.forms.schema import dropped
from usql.store.inputs.origin import Origin
from usql.store.loading.sink import Sink
from usql.store.loading.tables.readable import plain_kind
from usql.store.recognition.sessionhood import children, why_no_table
from usql.store.recognition.wrappings import may_wrap


def describe(schema: pa.Schema, origin: Origin, sink: Sink) -> None:
    """Tell the sink of the fields of a source that has this schema, whose names and types were
    checked. Columns of what is no table of sessions, or may wrap them, are no fields."""
    schema = schema.remove_metadata()  # with which older versions of pyarrow hash none
    names = schema.names
    is_wrapping = may_wrap(names) and {"userSessionId", *children()}.isdisjoint(names)
    if is_wrapping or schema in sink.described or why_no_table(names, origin.is_found):
        return
    sink.describe(schema, _batch(sink.catalog, schema))


def _batch(catalog: Catalog, fields: Iterable[pa.Field]) -> FlatBatch:
    """No session, and columns with the types of the further fields."""
    primary = catalog.table(PRIMARY)
    kinds = {field.name: plain_kind(field) for field in fields}
    batch = {PRIMARY: FlatTable(0, _columns(primary, kinds))}
    for name, child in primary.children.items():
        kind = kinds.get(name)
        if kind is not None and is_list(kind) and pa.types.is_struct(kind.value_type):
            found = _columns(catalog.table(child), {f.name: f.type for f in kind.value_type})
            if found:
                batch[child] = FlatTable(0, found, np.zeros(0, dtype=np.int64))
    return batch


def _columns(table: Table, kinds: dict[str, pa.DataType]) -> dict[str, pa.Array]:
    others = {name.lower() for name in (*table.children, *table.older)} | dropped(table)
    return {
        name: pa.array([], _type(kind))
        for name, kind in kinds.items()
        if name.lower() not in others and table.get(name) is None and not pa.types.is_null(kind)
    }


def _type(kind: pa.DataType) -> pa.DataType:
    """The type that a further field has of values of this one: objects and the like are texts."""
    try:
        return further_type(kind)
    except NeedsPrecise:
        return pa.string()
