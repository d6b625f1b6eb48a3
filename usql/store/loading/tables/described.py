"""The further fields in the schema of a typed source, whether or not any row has a value."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, Table
from usql.store.bad_data import NeedsSlowPath
from usql.store.batches.flat import FlatBatch, FlatTable
from usql.store.forms.cast import further_type, is_list_of_structs
from usql.store.forms.schema import dropped
from usql.store.inputs.origin import Origin
from usql.store.loading.sink import Sink
from usql.store.loading.tables.readable import plain_kind
from usql.store.recognition.sessionhood import children, why_no_table
from usql.store.recognition.wrappings import may_wrap


def describe(schema: pa.Schema, origin: Origin, sink: Sink) -> None:
    """Report the fields of a source with this schema, whose names and types were checked, to the
    sink. Columns of a table that does not hold sessions, or may wrap them, are not fields."""
    schema = schema.remove_metadata()  # with it older versions of pyarrow cannot hash a schema
    names = schema.names
    is_wrapping = may_wrap(names) and {"userSessionId", *children()}.isdisjoint(names)
    if is_wrapping or schema in sink.described or why_no_table(names, origin.is_found):
        return
    sink.describe(schema, described_batch(sink.catalog, schema))


def described_batch(catalog: Catalog, fields: Iterable[pa.Field]) -> FlatBatch:
    """A batch without sessions, whose columns have the types of the further fields."""
    primary = catalog.table(PRIMARY)
    kinds = {field.name: plain_kind(field) for field in fields}
    batch = {PRIMARY: FlatTable(0, _columns(primary, kinds))}
    for name, child in primary.children.items():
        kind = kinds.get(name)
        if kind is not None and is_list_of_structs(kind):
            columns = _columns(catalog.table(child), {f.name: f.type for f in kind.value_type})
            if columns:
                batch[child] = FlatTable(0, columns, np.zeros(0, dtype=np.int64))
    return batch


def _columns(table: Table, kinds: dict[str, pa.DataType]) -> dict[str, pa.Array]:
    others = {name.lower() for name in (*table.children, *table.older)} | dropped(table)
    return {
        name: pa.array([], _type(kind))
        for name, kind in kinds.items()
        if name.lower() not in others and table.get(name) is None and not pa.types.is_null(kind)
    }


def _type(kind: pa.DataType) -> pa.DataType:
    """The type of a further field whose values have this Arrow type: text for objects and the
    like."""
    try:
        return further_type(kind)
    except NeedsSlowPath:
        return pa.string()
