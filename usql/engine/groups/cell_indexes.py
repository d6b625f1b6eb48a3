"""Indexes of cells: how the rows of a whole table fall into the cells of some keys.

They serve queries that group a table as a whole, and, where a key has several values per row, all
that group by it. Of plain fields only: what is computed from a date depends on the query.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from usql.analysis.bound import FieldRef, Metric
from usql.engine.arrays.kernels import Array, Ints, gather
from usql.engine.groups.aggregates.aggregate import OfValues
from usql.engine.groups.aggregates.passes import run_totals
from usql.engine.groups.aggregates.registry import aggregate_of, has_columns_of
from usql.engine.groups.aggregates.state import Kind, State, StateColumn
from usql.engine.groups.cube_totals import sizes_with
from usql.engine.groups.member_values import member_values
from usql.engine.groups.members import Cells, Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.engine.runtime.index_cache import Arrays, name_of
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import DictionaryColumn, NumberColumn
from usql.store.widths import unsigned

_MOST_PAIRS = 1 << 27
"""Bytes of a table of one flag per cell and value."""


def every_chunk(found: Source, cells: Cells) -> list[Chunk]:
    """The members of all rows of a table, whatever the source's condition."""
    access = found.access
    whole = Cells(Source(access, weight=found.weight), cells.keys)
    whole.members = cells.members

    def work(_: int, morsel: tuple[slice, bool]) -> Chunk:
        made = whole.chunk(*morsel)
        assert made is not None
        access.control.reserve(made[0].nbytes, "group members")
        return made[0]

    return map_morsels(work, whole.found.morsels(), access.control)


_SORTED, _DISTINCT = "sorted values", "distinct values"
"""The kinds of indexes of values."""

_OF_SORTED = frozenset({Kind.VALUES, Kind.SUM, Kind.HIGH, Kind.LEAST, Kind.GREATEST, Kind.HAS})
"""What sorted values tell."""


def _index_of(metric: Metric) -> str | None:
    """The kind of index that a metric is answered from."""
    aggregate = aggregate_of(metric)
    return aggregate.index if isinstance(aggregate, OfValues) else None


def state_of_sorted(index: Arrays, cells: Ints) -> State:
    """The state of cells from the sorted values of a field (:func:`sorted_values`)."""
    values, ends = index["values"], index["ends"]
    stop = ends[cells]
    start = np.where(cells > 0, ends[cells - 1], 0)
    has = stop > start

    def find(column: StateColumn) -> Array | None:
        match column.kind:
            case Kind.VALUES:
                return stop - start
            case Kind.SUM:
                return index["sums"][cells]
            case Kind.HIGH:  # their sums stay within 64 bits
                return None
            case Kind.HAS:
                return has
        found = column.empty(len(cells))
        found[has] = values[(start if column.kind is Kind.LEAST else stop - 1)[has]]
        return found

    return State(len(cells), find)


class CellIndexes:
    """The indexes of the cells of some fields, over a whole table."""

    def __init__(self, found: Source, cells: Cells, fields: Sequence[FieldRef]) -> None:
        self._found = found
        self._access = found.access
        self._cells = cells
        self._fields = tuple(fields)
        self._chunks: list[Chunk] | None = None

    def serves(self, metric: Metric, asked: Sequence[Metric]) -> bool:
        """Whether an index answers a metric. Values are sorted for those that need them so; once
        they are, they also answer for what adds them up and for extremes."""
        field = metric.field
        if field is None or metric.where is not None or self._cells.keys[0].offsets is not None:
            return False
        kind = _index_of(metric)
        if kind is None and has_columns_of(metric, _OF_SORTED):
            alike = (m for m in asked if m.field == field and m.where is None)
            kind = _SORTED if any(_index_of(m) == _SORTED for m in alike) else None
        return kind is not None and bool(self._of(kind, field))

    def column(self, metric: Metric, cells: Ints) -> NumberColumn:
        """A metric of these cells, which an index answers."""
        aggregate, field = aggregate_of(metric), metric.field
        assert field is not None
        if isinstance(aggregate, OfValues):
            assert aggregate.index is not None
            return aggregate.of_index(metric, self._of(aggregate.index, field), cells)
        state = state_of_sorted(self.sorted(field), cells)
        return aggregate.finish(metric, state, self._access.control)

    def _of(self, kind: str, field: FieldRef) -> Arrays:
        """The index of a kind; nothing where the field can have none."""
        column = self._access.column(field)
        if kind == _DISTINCT:
            return self.distinct(field) if isinstance(column, DictionaryColumn) else {}
        return self.sorted(field) if isinstance(column, NumberColumn) else {}

    def sizes(self) -> Ints:
        """The members of each cell."""

        def make() -> Arrays:
            (counted,) = run_totals(self._access, self.every(), (), self._cells.slots)
            return {"sizes": counted.counts[: self._cells.space]}

        return self._get("sizes", None, make)["sizes"]

    def frequencies(self, field: FieldRef) -> Ints | None:
        """How often a row of each cell has each value of a field: codes, the last one that of a
        missing value, by cells. ``None`` where they would be too many, or a row may have several."""
        if self._cells.keys[0].offsets is not None:
            return None
        return sizes_with(self._found, self._cells.keys, field)

    def sorted(self, field: FieldRef) -> Arrays:
        """The values of a field, sorted within each cell (:func:`sorted_values`)."""

        def make() -> Arrays:
            return sorted_values(self._access, self.every(), field, self._cells.space)

        return self._get(_SORTED, field, make)

    def distinct(self, field: FieldRef) -> Arrays:
        """The values of a field, each once within each cell (:func:`distinct_values`)."""

        def make() -> Arrays:
            return distinct_values(self._access, self.every(), field, self._cells.space)

        return self._get(_DISTINCT, field, make)

    def _get(self, kind: str, field: FieldRef | None, make: Callable[[], Arrays]) -> Arrays:
        name = name_of(kind, self._access.table, self._fields, field)
        found = self._access.index(name, make)
        return {} if found is None else found

    def every(self) -> list[Chunk]:
        """The members of all cells."""
        if self._chunks is None:
            self._chunks = every_chunk(self._found, self._cells)
        return self._chunks


def sorted_values(access: Access, chunks: Sequence[Chunk], field: FieldRef, cells: int) -> Arrays:
    """The values of a field by cell, ascending in each: ``values``; ``ends``: where each cell's
    end; ``sums`` of each cell. Nothing where cell and value do not fit one sorted number, or where
    sums may leave 64 bits. Members of no cell have that very number."""
    column = access.column(field)
    assert isinstance(column, NumberColumn)
    if column.values.dtype.kind == "f":
        return {}
    low, high = access.derived.whole_span(column)
    bits = max((high - low).bit_length(), 1)
    if cells.bit_length() + bits > 63 or (high.bit_length() > 40 or low.bit_length() > 40):
        return {}
    kind = np.uint32 if cells.bit_length() + bits <= 32 else np.uint64

    def key(_: int, chunk: Chunk) -> tuple[Array, Ints]:
        ids, found = member_values(access, chunk, field)
        assert isinstance(found, NumberColumn)
        values = found.values
        if found.valid is not None:
            kept = np.flatnonzero(found.valid)
            ids, values = gather(ids, kept), gather(values, kept)
        access.control.reserve(2 * kind().itemsize * len(values), "values of an index")
        keys = ids.astype(kind)
        counts = np.bincount(ids, minlength=cells + 1)[: cells + 1]
        np.left_shift(keys, kind(bits), out=keys)
        above = values.astype(kind)  # wraps where values are negative, and back
        np.subtract(above, np.int64(low).astype(kind), out=above)
        np.add(keys, above, out=keys)
        return keys, counts

    found = map_morsels(key, chunks, access.control)
    counts = np.sum([c for _, c in found], axis=0) if found else np.zeros(cells + 1, dtype=np.int64)
    ends = np.cumsum(counts[:cells])
    edges = _edges(ends, access.control.threads)

    def order(_: int, part: tuple[int, int]) -> tuple[Array, Ints]:
        first, last = (kind(edge << bits) for edge in part)
        inside = [keys.compress((keys >= first) & (keys < last)) for keys, _ in found]
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
    """Cells that cut the values into parts of about one size, 0 and the number of cells included."""
    total = int(ends[-1]) if len(ends) else 0
    inner = np.searchsorted(ends, [total * i // parts for i in range(1, parts)]) + 1
    return sorted({0, *(int(cell) for cell in inner if cell < len(ends)), len(ends)})


def distinct_values(access: Access, chunks: Sequence[Chunk], field: FieldRef, cells: int) -> Arrays:
    """The distinct codes of a dictionary field by cell, ascending in each: ``codes``, without the
    missing one, and ``ends``: where each cell's end. Nothing where a table of flags would be too
    large."""
    column = access.column(field)
    assert isinstance(column, DictionaryColumn)
    span = column.null_code + 1
    if (cells + 1) * span > _MOST_PAIRS:
        return {}
    access.control.reserve((cells + 1) * span, "values of an index")
    seen = np.zeros((cells + 1) * span, dtype=np.bool_)

    def work(_: int, chunk: Chunk) -> None:
        ids, found = member_values(access, chunk, field)
        assert isinstance(found, DictionaryColumn)
        places = np.multiply(ids, span, dtype=np.intp, casting="unsafe")
        np.add(places, found.codes, out=places, casting="unsafe")
        seen[places] = True

    map_morsels(work, chunks, access.control)
    table = seen.reshape(cells + 1, span)[:cells]
    table[:, -1] = False
    rows = map_morsels(lambda _, cell: np.flatnonzero(table[cell]), range(cells), access.control)
    ends = np.cumsum([len(row) for row in rows], dtype=np.int64)
    codes = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return {"codes": codes.astype(unsigned(span)), "ends": ends}


def all_members(chunks: Sequence[Chunk]) -> Arrays:
    """Members of a key with several values per row: ``rows`` ascending, and the cell of each,
    ``ids``. Chunks are of ranges of rows."""
    rows: list[Array] = [np.zeros(0, dtype=np.int64)]
    ids: list[Array] = [np.zeros(0, dtype=np.uint8)]
    for chunk in chunks:
        assert isinstance(chunk.rows, slice)
        assert chunk.places is not None
        places, own = in_row_order(chunk.places, chunk.ids)
        rows.append(places.astype(np.int64) + chunk.rows.start)
        ids.append(own)
    joined = np.concatenate(rows)
    kind = unsigned(int(joined[-1]) + 1 if len(joined) else 0)
    return {"rows": joined.astype(kind), "ids": np.concatenate(ids)}


def in_row_order(places: Array, ids: Array) -> tuple[Array, Array]:
    """Members with those of rows without a value, which stand last, moved to where their row is."""
    falls = np.flatnonzero(places[1:] < places[:-1])
    if not len(falls):
        return places, ids
    cut = int(falls[0]) + 1
    at = np.searchsorted(places[:cut], places[cut:])
    return np.insert(places[:cut], at, places[cut:]), np.insert(ids[:cut], at, ids[cut:])
