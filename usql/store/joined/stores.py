"""Several stores as one, whose columns are joined when they are first used.

Creating it reads no columns, except of further fields with several types, whose values decide their
common type. What the joined store reads from its parts is not cached there.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field as made_by
from dataclasses import replace
from functools import partial

import numpy as np

from usql.catalog import PRIMARY, Field, Origin, Table, default_catalog
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, Array, NumberColumn, Store, TableData
from usql.store.joined.merge import JOINED, Held, Pace, column_bytes, merge, merge_offsets, most_of
from usql.store.lazy import Lazy, Watch, Watched, uncached
from usql.store.tuning import DEFAULT, StoreTuning

Retyped = Mapping[str, Mapping[Field, AnyColumn]]
"""For each table, the columns that are already joined, by their fields."""

Source = Callable[[Watch | None], AnyColumn]


@dataclass(frozen=True, eq=False)
class _Memory:
    """The memory reserved for the columns of one joined store, released when that is gone, and how
    many rows are merged at a time."""

    step: int
    held: list[tuple[Callable[[int], None], int]] = made_by(default_factory=list)


def joined(
    parts: Sequence[Store],
    retyped: Retyped,
    notes: Sequence[str] = (),
    tuning: StoreTuning = DEFAULT,
) -> Store:
    """The sessions of the parts, one part after the other."""
    memory = _Memory(tuning.rows_merged_at_once)
    weakref.finalize(memory, _give_back, memory.held)
    catalog = default_catalog()
    tables = {
        table.name: _table(
            table, [part.tables[table.name] for part in parts], retyped[table.name], parts, memory
        )
        for table in catalog
    }
    fields = {table.name: _data_fields(table, parts, retyped[table.name]) for table in catalog}
    names = dict.fromkeys(key for part in parts for key in part.catalog.property_keys)
    keys = {key: partial(_keys, [p.catalog.property_keys for p in parts], key) for key in names}
    full = replace(catalog.with_data(fields, {}), property_keys=Lazy(keys))
    return Store(tables, full, tuple(notes), known_span=_span(parts))


def _give_back(held: Iterable[tuple[Callable[[int], None], int]]) -> None:
    for give, size in held:
        give(size)


def _data_fields(
    table: Table, parts: Sequence[Store], retyped: Mapping[Field, AnyColumn]
) -> list[Field]:
    """The fields that the data adds to a table, in the order that loading all parts would give."""
    fields = {f.name: f for f in retyped}
    for part in parts:
        for field in part.catalog.table(table.name).fields:
            if field.origin is Origin.DATA:
                fields.setdefault(field.name, field)
    return [fields[name] for name in _ordered(table, fields)]


def _ordered(table: Table, names: Iterable[str]) -> list[str]:
    unique = set(names)
    known = [f.name for f in table.fields if f.name in unique]
    return known + sorted(unique.difference(known))


def _keys(
    parts: Sequence[Mapping[tuple[str, str], tuple[str, ...]]], key: tuple[str, str]
) -> tuple[str, ...]:
    return tuple(sorted({name for part in parts for name in part.get(key, ())}))


def _span(parts: Sequence[Store]) -> tuple[int, int]:
    """``Store.span`` over all parts. Parts whose sessions have no start may have ends."""
    spans = [part.span for part in parts]
    known = [span for span in spans if span != (0, 0)]
    if not known:
        return 0, 0
    last = max(end for _, end in known)
    for part, span in zip(parts, spans, strict=True):
        columns = part.tables[PRIMARY].columns
        if span == (0, 0) and "endTime" in columns:
            ends = uncached(columns, "endTime", None)
            assert isinstance(ends, NumberColumn)
            values = ends.values if ends.valid is None else ends.values[ends.valid]
            last = max(last, int(values.max()) + 1) if len(values) else last
    return min(start for start, _ in known), last


# --- tables ---------------------------------------------------------------------------------------


def _table(
    table: Table,
    parts: Sequence[TableData],
    retyped: Mapping[Field, AnyColumn],
    stores: Sequence[Store],
    memory: _Memory,
) -> TableData:
    rows = [part.rows for part in parts]
    done = {field.name: column for field, column in retyped.items()}
    fields = {f.name: f for f in table.fields}
    for store in stores:
        fields |= {f.name: f for f in store.catalog.table(table.name).fields}
    loaders: dict[str, Callable[[Watch | None], AnyColumn]] = {}
    for name in _ordered(table, [*done, *(n for part in parts for n in part.columns)]):
        if name in done:
            loaders[name] = partial(_itself, done[name])
        else:
            sources = [_source(part.columns, name) for part in parts]
            loaders[name] = partial(_joined, fields[name], sources, rows, memory)
    derived = {
        name: partial(
            _joined, fields[name], [_source(p.derived, name) for p in parts], rows, memory
        )
        for name in dict.fromkeys(n for part in parts for n in part.derived)
    }
    links: dict[str, Callable[[Watch | None], Array]] = {}
    if table.name != PRIMARY:
        links_of_parts = [part.links for part in parts]
        sessions = [store.sessions for store in stores]
        links["offsets"] = partial(_offsets, links_of_parts, sum(sessions) + 1, memory)
        links["parent"] = partial(_parent, links_of_parts, sessions, sum(rows), memory)
    return TableData(table.name, sum(rows), Watched(loaders), Watched(links), Watched(derived))


def _itself(column: AnyColumn, _: Watch | None) -> AnyColumn:
    return column


def _source(columns: Mapping[str, AnyColumn], name: str) -> Source | None:
    """Where a part has a column. For a part in memory it is the column alone, so that the part's
    other columns can be released as they are joined."""
    if name not in columns:
        return None
    if isinstance(columns, Lazy):
        return partial(uncached, columns, name)
    return partial(_itself, columns[name])


def _joined(
    field: Field,
    sources: Sequence[Source | None],
    rows: Sequence[int],
    memory: _Memory,
    watch: Watch | None,
) -> AnyColumn:
    parts: list[Held] = []
    for source, count in zip(sources, rows, strict=True):
        if watch is not None:
            watch.check()
        parts.append((None if source is None else source(watch), count))
    if watch is None:
        return merge(field, parts, Pace(None, memory.step))
    most = most_of(parts)
    give = watch.hold(most, JOINED)
    try:
        column = merge(field, parts, Pace(watch, memory.step))
    except BaseException:
        give(most)
        raise
    size = column_bytes(column)
    give(most - size)
    memory.held.append((give, size))
    return column


def _offsets(
    parts: Sequence[Mapping[str, Array]], count: int, memory: _Memory, watch: Watch | None
) -> Array:
    _hold(8 * count, memory, watch)
    return merge_offsets([uncached(part, "offsets", watch) for part in parts])


def _parent(
    parts: Sequence[Mapping[str, Array]],
    sessions: Sequence[int],
    count: int,
    memory: _Memory,
    watch: Watch | None,
) -> Array:
    kind = np.dtype(np.int32 if sum(sessions) + 1 < 2**31 else np.int64)
    _hold(kind.itemsize * count, memory, watch)
    parents = np.empty(count, dtype=kind)
    at = 0
    for part, first in zip(parts, itertools.accumulate(sessions, initial=0), strict=False):
        numbers = uncached(part, "parent", watch)
        np.add(numbers, kind.type(first), out=parents[at : at + len(numbers)])
        at += len(numbers)
    return parents


def _hold(size: int, memory: _Memory, watch: Watch | None) -> None:
    if watch is not None:
        memory.held.append((watch.hold(size, JOINED), size))
