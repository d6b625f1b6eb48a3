"""Flat batches: nested sessions split into one set of columns per table.

Readers produce them piece by piece; the encoder joins the pieces column by column, so pieces may
differ in their fields and in the types of fields that the catalog does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY, Catalog, FieldType, Table
from usql.catalog.model import Projection
from usql.frozen import dataclass
from usql.store.bad_data import NeedsSlowPath
from usql.store.compact import compact
from usql.store.compute import pc
from usql.store.forms import cast, further
from usql.store.forms.cast import Lengths
from usql.store.forms.pairs import cast_pairs, pairs_type
from usql.store.forms.schema import arrow_type, dropped, path_of
from usql.store.inputs.origin import Origin
from usql.store.inputs.tally import Remark
from usql.store.recognition.sessionhood import are_sessions, why_a_result
from usql.store.recognition.wrappings import may_wrap


@dataclass(frozen=True, eq=False)
class FlatTable:
    """Some rows of one table. ``columns``: compact arrays (see ``compact``), which the encoder
    takes out one by one. ``lengths``: rows per session, for secondary tables. ``older``: the older
    names that the data used for fields. ``remarks``: the remarks to report about the rows, with
    their counts."""

    rows: int
    columns: dict[str, pa.Array]
    lengths: Lengths | None = None
    older: frozenset[str] = frozenset()
    remarks: Mapping[Remark, int] = field(default_factory=dict)


FlatBatch = Mapping[str, FlatTable]
"""By table name; secondary tables without rows are left out."""


def from_objects(catalog: Catalog, sessions: Sequence[Mapping[str, Any]]) -> FlatBatch:
    """Canonical objects (see ``normalize``) as a flat batch."""
    primary = catalog.table(PRIMARY)
    batch = {PRIMARY: FlatTable(len(sessions), _object_columns(primary, sessions))}
    for name, child in primary.children.items():
        lists = [s.get(name, ()) for s in sessions]
        rows = [row for entries in lists for row in entries]
        if rows:
            lengths = np.array([len(entries) for entries in lists], dtype=np.int64)
            columns = _object_columns(catalog.table(child), rows)
            batch[child] = FlatTable(len(rows), columns, lengths)
    return batch


def _object_columns(table: Table, rows: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    names = {name: None for row in rows for name in row if name not in table.children}
    for name in names:
        field = table.get(name)
        values = [row.get(name) for row in rows]
        if field is not None and field.name == name:
            is_pairs = field.type is FieldType.PROPERTIES
            kind = pairs_type(field, values) if is_pairs else arrow_type(field)
            columns[name] = compact(pa.array(values, kind))
        else:
            columns[name] = compact(further.inferred_array(values, path_of(table, name)))
    return columns


# --- Arrow tables in the export's layout ----------------------------------------------------------


def from_arrow(catalog: Catalog, table: pa.Table, origin: Origin) -> FlatBatch:
    """A nested Arrow table as a flat batch. Raises :class:`NeedsSlowPath` when a column is not
    plainly of its type, or a row may not be a session."""
    primary = catalog.table(PRIMARY)
    columns = {n: _one_array(table.column(n)) for n in table.column_names}
    read = {n: c for n, c in columns.items() if _is_read(catalog, n)}
    todays, older = _todays(read, primary)
    if table.num_rows and not _are_sessions(primary, todays, columns, origin.is_found):
        raise NeedsSlowPath
    if may_wrap(n for n, c in columns.items() if cast.is_list(c.type)):
        raise NeedsSlowPath
    batch: dict[str, FlatTable] = {}
    session_columns = {n: c for n, c in todays.items() if n not in primary.children}
    arrays = _arrow_columns(catalog, primary, session_columns)
    batch[PRIMARY] = FlatTable(table.num_rows, arrays, older=older)
    for name, child in primary.children.items():
        if name in read and not pa.types.is_null(read[name].type):
            entries, lengths = cast.split(read[name])
            if len(entries) and not pa.types.is_struct(entries.type):
                raise NeedsSlowPath
            if len(entries):
                inner = {f.name: c for f, c in zip(entries.type, entries.flatten(), strict=True)}
                arrays = _arrow_columns(catalog, catalog.table(child), inner)
                batch[child] = FlatTable(len(entries), arrays, lengths)
    return batch


def _is_read(catalog: Catalog, name: str) -> bool:
    """Whether a column of sessions is read."""
    child = catalog.table(PRIMARY).children.get(name)
    if child is None or catalog.loaded is None:
        return catalog.reads(PRIMARY, name)
    return child in catalog.loaded.tables


def _are_sessions(
    primary: Table,
    todays: Mapping[str, pa.Array],
    columns: Mapping[str, pa.Array],
    is_found: bool,
) -> bool:
    """Whether every row is a session, by the columns that are read, else by all of them."""
    if is_found and why_a_result(columns) is not None:
        return False
    if are_sessions(todays, is_found):
        return True
    return len(todays) < len(columns) and are_sessions(_todays(columns, primary)[0], is_found)


def projected(batch: FlatBatch, loaded: Projection | None, *, is_read: bool) -> FlatBatch:
    """The batch with only the loaded fields; with ``is_read``, also those that are merely read."""
    if loaded is None:
        return batch
    takes = loaded.reads if is_read else loaded.has
    return {
        name: replace(table, columns={n: c for n, c in table.columns.items() if takes(name, n)})
        for name, table in batch.items()
        if name in loaded.tables
    }


def _todays(
    columns: Mapping[str, pa.Array], table: Table
) -> tuple[Mapping[str, pa.Array], frozenset[str]]:
    """The columns under their current names, and the older names that some had (LANGUAGE.md §3)."""
    known = {name.lower() for name in table.older}
    held = {n: c for n, c in columns.items() if c.null_count < len(c)}
    met = frozenset(n for n in held if n.lower() in known)
    if not met:
        return columns, met
    todays = {table.older.get(name, name): column for name, column in held.items()}
    if len(todays) < len(held) or not met <= table.older.keys():
        raise NeedsSlowPath  # a row may have both names, or another spelling
    return todays, met


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _arrow_columns(
    catalog: Catalog, table: Table, columns: Mapping[str, pa.Array]
) -> dict[str, pa.Array]:
    ignored = dropped(table)
    arrays: dict[str, pa.Array] = {}
    for name, column in columns.items():
        if name.lower() in ignored or column.null_count == len(column):
            continue  # a column holds something
        if not catalog.reads(table.name, name):
            continue
        field = table.get(name)
        if field is not None and field.name != name:
            raise NeedsSlowPath  # another spelling: a row may have both
        if field is None:
            array = cast.cast_further(column)
        elif field.type is FieldType.PROPERTIES:
            array = cast_pairs(field, column)
            keys = pc.list_flatten(array).flatten()[0]
            if keys.null_count:
                raise NeedsSlowPath
        else:
            array = cast.cast_documented(field, column)
        arrays[name] = compact(array)
    return arrays
