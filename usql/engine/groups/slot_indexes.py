"""Indexes of group slots: how the rows of a whole table are distributed over the slots of some
keys.

They serve queries that group a whole table and, if a key has several values per row, all queries
that group by it. They exist for plain fields only: what is computed from a date depends on the
query.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from usql.analysis.bound import FieldRef, Metric
from usql.engine.arrays.gather import gather
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.aggregates.aggregate import OfValues, RowGroupPairs
from usql.engine.groups.aggregates.passes import accumulate
from usql.engine.groups.aggregates.registry import aggregate_of, has_columns_of
from usql.engine.groups.aggregates.state import Kind, State, StateColumn
from usql.engine.groups.aggregates.value_pairs import WEIGHT, field_pairs, of_groups
from usql.engine.groups.cube_totals import sizes_with
from usql.engine.groups.grouped_values import grouped_values
from usql.engine.groups.row_group_pairs import Chunk, Slots
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.engine.runtime.index_cache import Arrays, name_of
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn
from usql.store.widths import unsigned


def every_chunk(source: Source, slots: Slots) -> list[Chunk]:
    """The row–group pairs of all rows of a table, whatever the source's condition."""
    access = source.access
    whole = Slots(Source(access, weight=source.weight), slots.numbers)
    whole.pairs = slots.pairs

    def work(_: int, morsel: tuple[slice, bool]) -> Chunk:
        chunk_and_levels = whole.chunk(*morsel)
        assert chunk_and_levels is not None
        chunk = chunk_and_levels[0]
        access.control.reserve(chunk.nbytes, "group members")
        return chunk

    return map_morsels(work, whole.source.morsels(), access.control)


_SORTED, _DISTINCT, _PAIRS = "sorted values", "distinct values", "value pairs"
"""The kinds of indexes of values."""

_OF_SORTED = frozenset({Kind.VALUES, Kind.SUM, Kind.HIGH, Kind.LEAST, Kind.GREATEST, Kind.HAS})
"""The kinds of state columns that sorted values provide."""


def _index_of(metric: Metric) -> str | None:
    """The kind of index that can answer a metric."""
    aggregate = aggregate_of(metric)
    return aggregate.index if isinstance(aggregate, OfValues) else None


def state_of_sorted(index: Arrays, slots: Ints) -> State:
    """The state of slots from the sorted values of a field (:func:`sorted_values`)."""
    values, ends = index["values"], index["ends"]
    stop = ends[slots]
    start = np.where(slots > 0, ends[slots - 1], 0)
    has = stop > start

    def find(column: StateColumn) -> Array | None:
        match column.kind:
            case Kind.VALUES:
                return stop - start
            case Kind.SUM:
                return index["sums"][slots]
            case Kind.HIGH:  # their sums stay within 64 bits
                return None
            case Kind.HAS:
                return has
        extremes = column.empty(len(slots))
        extremes[has] = values[(start if column.kind is Kind.LEAST else stop - 1)[has]]
        return extremes

    return State(len(slots), find)


class SlotIndexes:
    """The indexes of the slots of some fields, over a whole table."""

    def __init__(self, source: Source, slots: Slots, fields: tuple[FieldRef, ...]) -> None:
        self._source = source
        self._access = source.access
        self._slots = slots
        self._fields = fields
        self._chunks: list[Chunk] | None = None

    def serves(self, metric: Metric, metrics: Sequence[Metric]) -> bool:
        """Whether an index answers a metric. Values are sorted only for metrics that require it;
        once they are sorted, they also answer sums, counts and extremes."""
        field = metric.field
        if field is None or metric.where is not None or self._slots.keys[0].offsets is not None:
            return False
        kind = _index_of(metric)
        if kind is None and has_columns_of(metric, _OF_SORTED):
            alike = (m for m in metrics if m.field == field and m.where is None)
            kind = _SORTED if any(_index_of(m) == _SORTED for m in alike) else None
        return kind is not None and bool(self._of(kind, field))

    def column(self, metric: Metric, slots: Ints) -> NumberColumn:
        """A metric for these slots, answered by an index."""
        aggregate, field = aggregate_of(metric), metric.field
        assert field is not None
        if isinstance(aggregate, OfValues):
            assert aggregate.index is not None
            return aggregate.of_index(metric, self._of(aggregate.index, field), slots)
        state = state_of_sorted(self.sorted(field), slots)
        return aggregate.finish(metric, state, self._access.control)

    def _of(self, kind: str, field: FieldRef) -> Arrays:
        """The index of a kind; empty if the field cannot have one."""
        column = self._access.column(field)
        if kind == _DISTINCT:
            return self.distinct(field) if isinstance(column, DictionaryColumn) else {}
        return self.sorted(field) if isinstance(column, NumberColumn) else {}

    def sizes(self) -> Ints:
        """The number of pairs in each slot."""

        def make() -> Arrays:
            (counted,) = accumulate(self._access, self.every(), (), self._slots.capacity)
            return {"sizes": counted.counts[: self._slots.space]}

        return self._get("sizes", None, make)["sizes"]

    def frequencies(self, field: FieldRef) -> Ints | None:
        """How often rows of each slot have each value of a field: an array of codes, with the
        missing value last, by slots. ``None`` if it would be too large, or if a row may have
        several values."""
        if self._slots.keys[0].offsets is not None:
            return None
        return sizes_with(self._source, self._slots.keys, field)

    def sorted(self, field: FieldRef) -> Arrays:
        """The values of a field, sorted within each slot (:func:`sorted_values`)."""

        def make() -> Arrays:
            return sorted_values(self._access, self.every(), field, self._slots.space)

        return self._get(_SORTED, field, make)

    def distinct(self, field: FieldRef) -> Arrays:
        """The distinct values of a field within each slot (:func:`distinct_values`)."""

        def make() -> Arrays:
            return distinct_values(self._access, self.every(), field, self._slots.space)

        return self._get(_DISTINCT, field, make)

    def pairs(self, metric: Metric, slots: Ints) -> State | None:
        """The value pairs of a metric in these slots, in their order; ``None`` if no index has
        them."""
        field = metric.field
        if field is None or metric.where is not None or self._slots.keys[0].offsets is not None:
            return None
        column = self._access.column(field)
        entries = column.entries if isinstance(column, ListColumn) else column
        assert isinstance(entries, Column)

        def make() -> Arrays:
            return value_pairs(self._access, self.every(), metric, self.sizes())

        index = self._get(_PAIRS, field, make)
        if not index:
            return None
        values: Column = (
            DictionaryColumn(entries.type, index["values"], entries.dictionary)
            if isinstance(entries, DictionaryColumn)
            else NumberColumn(entries.type, index["values"], None)
        )
        groups = np.cumsum(self.sizes() > 0) - 1
        state = State(int(groups[-1]) + 1, {WEIGHT: index["weights"]}.get, index["groups"], values)
        return of_groups((WEIGHT,), state, groups[slots])

    def _get(self, kind: str, field: FieldRef | None, make: Callable[[], Arrays]) -> Arrays:
        name = name_of(kind, self._access.table, self._fields, field)
        arrays = self._access.index(name, make)
        return {} if arrays is None else arrays

    def every(self) -> list[Chunk]:
        """The pairs of all slots."""
        if self._chunks is None:
            self._chunks = every_chunk(self._source, self._slots)
        return self._chunks


def sorted_values(access: Access, chunks: Sequence[Chunk], field: FieldRef, slots: int) -> Arrays:
    """The values of a field by slot, ascending in each: ``values``; ``ends``: the end of each slot;
    ``sums`` of each slot. Empty if slot and value do not fit into one number for sorting, or if
    sums may exceed 64 bits. Pairs without a slot have a number after the last slot."""
    column = access.column(field)
    assert isinstance(column, NumberColumn)
    if column.values.dtype.kind == "f":
        return {}
    low, high = access.cache.whole_span(column)
    bits = max((high - low).bit_length(), 1)
    if slots.bit_length() + bits > 63 or (high.bit_length() > 40 or low.bit_length() > 40):
        return {}
    kind = np.uint32 if slots.bit_length() + bits <= 32 else np.uint64

    def key(_: int, chunk: Chunk) -> tuple[Array, Ints]:
        ids, chunk_column = grouped_values(access, chunk, field)
        assert isinstance(chunk_column, NumberColumn)
        values = chunk_column.values
        if chunk_column.valid is not None:
            valid = np.flatnonzero(chunk_column.valid)
            ids, values = gather(ids, valid), gather(values, valid)
        access.control.reserve(2 * kind().itemsize * len(values), "values of an index")
        keys = ids.astype(kind)
        counts = np.bincount(ids, minlength=slots + 1)[: slots + 1]
        np.left_shift(keys, kind(bits), out=keys)
        above = values.astype(kind)  # wraps where values are negative, and back
        np.subtract(above, np.int64(low).astype(kind), out=above)
        np.add(keys, above, out=keys)
        return keys, counts

    keyed = map_morsels(key, chunks, access.control)
    counts = np.sum([c for _, c in keyed], axis=0) if keyed else np.zeros(slots + 1, dtype=np.int64)
    ends = np.cumsum(counts[:slots])
    edges = _edges(ends, access.control.threads)

    def order(_: int, part: tuple[int, int]) -> tuple[Array, Ints]:
        first, last = (kind(edge << bits) for edge in part)
        inside = [keys.compress((keys >= first) & (keys < last)) for keys, _ in keyed]
        joined: Array = np.concatenate(inside) if inside else np.zeros(0, dtype=kind)
        joined.sort()
        np.bitwise_and(joined, kind((1 << bits) - 1), out=joined)
        values = joined.astype(column.values.dtype)
        values += column.values.dtype.type(low)
        sizes = counts[part[0] : part[1]]
        sums = np.zeros(len(sizes), dtype=np.int64)
        filled = np.flatnonzero(sizes)
        if len(filled):
            starts = (np.cumsum(sizes) - sizes)[filled]
            sums[filled] = np.add.reduceat(values, starts, dtype=np.int64)
        return values, sums

    parts = map_morsels(order, list(itertools.pairwise(edges)), access.control)
    values = np.concatenate([v for v, _ in parts]) if parts else column.values[:0]
    sums = np.concatenate([s for _, s in parts]) if parts else np.zeros(0, dtype=np.int64)
    return {"values": values, "ends": ends, "sums": sums}


def _edges(ends: Ints, parts: int) -> list[int]:
    """Slots that cut the values into parts of about equal size, including 0 and the number of
    slots."""
    total = int(ends[-1]) if len(ends) else 0
    inner = np.searchsorted(ends, [total * i // parts for i in range(1, parts)]) + 1
    return sorted({0, *(int(slot) for slot in inner if slot < len(ends)), len(ends)})


def distinct_values(access: Access, chunks: Sequence[Chunk], field: FieldRef, slots: int) -> Arrays:
    """The distinct codes of a dictionary field by slot, ascending in each: ``codes``, without the
    missing value, and ``ends``: the end of each slot. Empty if a table of flags would be too
    large."""
    column = access.column(field)
    assert isinstance(column, DictionaryColumn)
    span = column.null_code + 1
    if (slots + 1) * span > access.tuning.most_indexed_flags:
        return {}
    access.control.reserve((slots + 1) * span, "values of an index")
    flags = np.zeros((slots + 1) * span, dtype=np.bool_)

    def work(_: int, chunk: Chunk) -> None:
        ids, chunk_column = grouped_values(access, chunk, field)
        assert isinstance(chunk_column, DictionaryColumn)
        places = np.multiply(ids, span, dtype=np.intp, casting="unsafe")
        np.add(places, chunk_column.codes, out=places, casting="unsafe")
        flags[places] = True

    map_morsels(work, chunks, access.control)
    table = flags.reshape(slots + 1, span)[:slots]
    table[:, -1] = False
    rows = map_morsels(lambda _, slot: np.flatnonzero(table[slot]), range(slots), access.control)
    ends = np.cumsum([len(row) for row in rows], dtype=np.int64)
    codes = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return {"codes": codes.astype(unsigned(span)), "ends": ends}


def value_pairs(access: Access, chunks: Sequence[Chunk], metric: Metric, sizes: Ints) -> Arrays:
    """The distinct values of a metric's field in each slot, ascending, as ``values`` (codes of a dictionary's)
    with their ``groups``, which number the slots that have rows, and ``weights``: how often each
    occurs. ``sizes``: the rows of each slot."""
    pairs = RowGroupPairs(access, len(sizes), lambda: chunks, lambda _: None)
    state = field_pairs(metric, pairs, "values of an index")
    slots, values = state.pairs
    weights = state.read(WEIGHT)
    group_of_slot = np.cumsum(sizes > 0) - 1
    most = int(weights.max()) if len(weights) else 0
    return {
        "groups": group_of_slot.astype(unsigned(len(sizes)))[slots],
        "values": values.codes if isinstance(values, DictionaryColumn) else values.values,
        "weights": weights.astype(unsigned(most)),
    }


def every_pair(chunks: Sequence[Chunk]) -> Arrays:
    """Pairs of a key with several values per row: ``rows`` ascending, and the slot of each,
    ``ids``. Chunks are of ranges of rows, in their order."""
    rows: list[Array] = [np.zeros(0, dtype=np.int64)]
    ids: list[Array] = [np.zeros(0, dtype=np.uint8)]
    for chunk in chunks:
        assert isinstance(chunk.rows, slice)
        assert chunk.places is not None
        rows.append(chunk.places.astype(np.int64) + chunk.rows.start)
        ids.append(chunk.ids)
    joined = np.concatenate(rows)
    kind = unsigned(int(joined[-1]) + 1 if len(joined) else 0)
    return {"rows": joined.astype(kind), "ids": np.concatenate(ids)}
