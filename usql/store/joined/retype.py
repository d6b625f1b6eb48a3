"""Further fields whose type differs between the parts of a load: one type and column for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from usql.catalog import Catalog, Field, Origin, Table
from usql.store.batches.encode import column_of, data_field, described_type, type_of
from usql.store.batches.parts import Part
from usql.store.columns import AnyColumn, ListColumn, Store
from usql.store.compact import compact, lengths_of, lists_of, plain_type
from usql.store.export.nested import typed_column
from usql.store.forms import cast
from usql.store.forms.further import unify
from usql.store.forms.schema import path_of
from usql.store.lazy import uncached
from usql.store.loading.sink import Sink
from usql.store.views import take


def retyped(
    parts: Sequence[Part], sink: Sink, full_catalog: Catalog | None
) -> dict[str, dict[Field, AnyColumn]]:
    """For each table, the fields whose type differs between parts, or from that in the catalog
    ``full_catalog``, with their columns over all rows. Columns of batches are taken out of these. The
    memory for columns of stores counts as memory of the load. ``DataError`` where no type holds all
    values."""
    columns: dict[str, dict[Field, AnyColumn]] = {}
    for table in sink.catalog:
        columns[table.name] = {}
        for name, kinds in sorted(_kinds(table, parts).items()):
            if not sink.catalog.reads(table.name, name):
                continue
            of_all = (
                None
                if full_catalog is None
                else described_type(full_catalog.table(table.name), name)
            )
            if len(kinds) == 1 and of_all in (None, *kinds):
                continue
            chunks = [c for part in parts for c in _chunks(table, name, part, sink)]
            kind, chunks = unify(chunks, path_of(table, name), of_all)
            if kind is not None:
                field = data_field(name, kind)
                columns[table.name][field] = column_of(field, chunks)
    return columns


def _kinds(table: Table, parts: Sequence[Part]) -> dict[str, set[pa.DataType]]:
    """The types that further fields have in the parts."""
    known = {field.name for field in table.fields}
    kinds: dict[str, set[pa.DataType]] = {}
    for part in parts:
        if isinstance(part, Store):
            fields = part.catalog.table(table.name).fields
            held = {f.name: type_of(f) for f in fields if f.origin is Origin.DATA}
        elif table.name in part:
            columns = part[table.name].columns
            held = {n: plain_type(c.type) for n, c in columns.items()}
        else:
            held = {}
        for name, kind in held.items():
            if name not in known and not pa.types.is_null(kind):
                kinds.setdefault(name, set()).add(kind)
    return kinds


def _chunks(table: Table, name: str, part: Part, sink: Sink) -> Iterator[pa.Array]:
    if not isinstance(part, Store):
        if table.name in part:
            held = part[table.name]
            yield held.columns.pop(name) if name in held.columns else pa.nulls(held.rows)
        return
    data = part.tables[table.name]
    if name not in data.columns:
        yield pa.nulls(data.rows)
        return
    field = next(f for f in part.catalog.table(table.name).fields if f.name == name)
    column = uncached(data.columns, name, None)
    # Lists without entries have a type in a store, though no value shows it.
    is_empty = isinstance(column, ListColumn) and not column.offsets[-1]
    step = sink.tuning.table_rows_at_once
    for begin in range(0, max(data.rows, 1), step):  # a type counts even without rows
        rows = np.arange(begin, min(begin + step, data.rows))
        chunk = compact(cast.cast_further(typed_column(field, take(column, rows))))
        if is_empty:
            chunk = lists_of(lengths_of(chunk), pa.nulls(0))
        sink.hold(chunk.nbytes)
        yield chunk
