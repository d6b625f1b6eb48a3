"""Cubes: counts and sums of a table by the values of a few fields, from which a query takes those
that match.

The *dimensions* of a cube are a query's group keys and the fields that its conditions test, all
with few values. A slot of the grid holds the number of rows with that combination of values, and
for each summed field the number of values and their sum. Conditions are evaluated only on the
values of the dimensions; a query adds up the matching slots. A time range, which has too many
values, becomes a dimension of blocks of rows: blocks inside the range are taken from the cube, rows
of blocks at its edges are added up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Condition,
    FieldRef,
    Negation,
    Test,
)
from usql.engine.arrays.codes import narrow_unsigned
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.groups.aggregates.passes import accumulators
from usql.engine.groups.aggregates.slot_states import state_of_groups
from usql.engine.groups.aggregates.state import ADDING_INFINITIES, Kind, StateColumn, state_column
from usql.engine.groups.aggregates.sum import exact_sums, sum_columns
from usql.engine.groups.key_codes import KeyCodes, NumberCoder
from usql.engine.groups.row_group_pairs import Slots
from usql.engine.groups.slot_numbers import slot_numbers
from usql.engine.rows.access import Access
from usql.engine.rows.predicates import (
    CodeRange,
    CodeSet,
    Compiled,
    Decided,
    NumberRange,
    NumberSet,
    Rows,
)
from usql.engine.rows.scan import Source
from usql.engine.runtime.index_cache import Arrays, name_of
from usql.engine.runtime.workers import map_morsels
from usql.errors import InternalError, SumOverflow
from usql.frozen import dataclass
from usql.store.columns import ListColumn, NumberColumn

_FAR = 2.0**62
"""Sums with a total below this limit can be added up in 64 bits."""


@dataclass(frozen=True, eq=False)
class _Blocks:
    """A dimension of blocks of ``rows`` rows each."""

    rows: int
    size: int

    def codes(self, rows: Rows) -> Array:
        """The block number of each row."""
        numbers = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        return narrow_unsigned(numbers // self.rows, self.size)

    def values(self) -> None:
        """``None``: blocks have no values."""


@dataclass(frozen=True, eq=False)
class Grid:
    """The arrays of one grid: the number of rows in each slot and, for each requested field, the
    number of rows with a value, the number of values, and their sum."""

    rows: Ints
    having: dict[FieldRef, Ints]
    values: dict[FieldRef, Ints]
    sums: dict[FieldRef, Array]


class Cube:
    """The grid of the tested fields and, last, of the keys. ``zone``: a source of the rows in the
    time range, if there is one."""

    def __init__(
        self,
        source: Source,
        zone: Source | None,
        tested: Sequence[KeyCodes],
        keys: Sequence[KeyCodes],
    ) -> None:
        self._source = source
        self._access = source.access
        self._zone = zone
        self._dimensions = [*tested, *keys]
        self._tested = len(tested)
        self._sizes = [d.coder.size for d in self._dimensions]
        self._space = math.prod(self._sizes)
        self._block = source.access.tuning.zone_rows
        self._blocks = -(-source.access.data.rows // self._block) if zone is not None else 1

    @property
    def is_small(self) -> bool:
        """Whether the grid has few slots compared with the rows of the table."""
        tuning = self._access.tuning
        most = self._access.data.rows // tuning.rows_per_cube_slot
        most = min(max(most, tuning.always_cube_slots), tuning.most_cube_slots)
        return self._space * self._blocks <= most

    # --- the grid

    @ADDING_INFINITIES
    def grid(self, fields: Sequence[FieldRef]) -> Grid | None:
        """The totals by slot, for the rows in the zone if there is one."""
        known = self._indexed(fields)
        if known is None:
            return None
        if self._zone is None:
            return known
        inside, edges = self._parts()
        added = self._added(self._zone, self._dimensions, edges, fields)
        if added is None:
            return None

        def total(of: Array, at_edges: Array) -> Array:
            blocks = of.reshape(self._blocks, self._space)
            return sum((blocks[part].sum(axis=0) for part in inside), start=at_edges)

        return Grid(
            total(known.rows, added.rows),
            {f: total(a, added.having[f]) for f, a in known.having.items()},
            {f: total(a, added.values[f]) for f, a in known.values.items()},
            {f: total(a, added.sums[f]) for f, a in known.sums.items()},
        )

    def _indexed(self, fields: Sequence[FieldRef]) -> Grid | None:
        """The index of the whole table: the existing parts, and those worth building."""
        access = self._access
        by = tuple(d.field for d in self._dimensions if d.field is not None)
        blocks = None if self._zone is None else self._block
        names = {f: name_of("totals", access.table, by, f, blocks) for f in fields}
        sizes = name_of("sizes", access.table, by, None, blocks)
        by_field = {f: access.known_index(name) for f, name in names.items()}
        rows = access.known_index(sizes)
        if rows is None or any(arrays is None for arrays in by_field.values()):
            if not access.builds or not self._is_worth():
                return None
            dimensions = list(self._dimensions)
            if self._zone is not None:
                dimensions.insert(0, KeyCodes(_Blocks(self._block, self._blocks), None))
            missing = [f for f, arrays in by_field.items() if arrays is None]
            whole = Source(access, weight=self._source.weight)
            per_cell = access.tuning.rows_per_slot
            morsels = whole.morsels(least=per_cell * self._space * self._blocks)
            totals = self._added(whole, dimensions, morsels, missing)
            for field in missing:
                arrays: Arrays = {} if totals is None else _arrays_of(totals, field)
                by_field[field] = access.index(names[field], lambda arrays=arrays: arrays)  # type: ignore[misc]
            if totals is not None:
                rows = access.index(sizes, lambda: {"sizes": totals.rows})
        if not rows or not all(by_field.values()):
            return None
        every = rows["sizes"]
        grid = Grid(every, {}, {}, {})
        for field, index in by_field.items():
            assert index is not None
            grid.having[field] = index.get("rows", every)
            if "sums" in index:
                grid.sums[field] = index["sums"]
                grid.values[field] = index.get("values", grid.having[field])
        return grid

    def _is_worth(self) -> bool:
        """Whether the query selects enough rows to make a cube worthwhile."""
        rows, tuning = self._access.data.rows, self._access.tuning
        one_in = tuning.worth_cube_one_in
        if self._zone is not None:
            in_zone = sum(part.stop - part.start for part, _ in self._zone.morsels())
            return in_zone * one_in >= rows
        condition, node = self._source.condition, self._source.node
        if condition is None or node is None:
            return True

        def look() -> bool:
            step = max(rows // tuning.cube_sample_rows, 1)
            sample = np.arange(0, rows, step, dtype=np.int64)
            return int(np.count_nonzero(node.mask(sample))) * one_in >= len(sample)

        return self._access.cache.of_part(condition, self._access.table, look)

    def _parts(self) -> tuple[list[slice], list[tuple[slice, bool]]]:
        """The blocks inside the zone, and the ranges of rows at its edges."""
        assert self._zone is not None
        inside: list[slice] = []
        edges: list[tuple[slice, bool]] = []
        for rows, every in self._zone.morsels(least=self._access.data.rows):
            if not every:
                edges.append((rows, every))
                continue
            at_end = rows.stop == self._access.data.rows
            first = -(-rows.start // self._block)
            last = self._blocks if at_end else rows.stop // self._block
            if last <= first:
                edges.append((rows, every))
                continue
            inside.append(slice(first, last))
            starts, ends = first * self._block, last * self._block
            outside = (slice(rows.start, starts), slice(ends, rows.stop))
            edges += [(part, True) for part in outside if part.stop > part.start]
        return inside, edges

    def _added(
        self,
        source: Source,
        dimensions: Sequence[KeyCodes],
        morsels: Sequence[tuple[slice, bool]],
        fields: Sequence[FieldRef],
    ) -> Grid | None:
        """The totals of some rows; ``None`` if sums may exceed 64 bits."""
        access = self._access
        slots = Slots(source, slot_numbers(dimensions))
        columns = [c for f in fields for c in _columns_of(access, f)]
        parts = accumulators(access, columns, slots.capacity)

        def work(worker: int, morsel: tuple[slice, bool]) -> None:
            chunk_and_levels = slots.chunk(*morsel)
            if chunk_and_levels is not None:
                chunk, _ = chunk_and_levels
                for part in parts:
                    part.add(worker, chunk.rows, chunk.places, chunk.ids)

        map_morsels(work, morsels, access.control, source.threads)
        slot_states = [part.finish() for part in parts]

        every = np.arange(slots.space, dtype=np.int64)
        state = state_of_groups(slot_states, every, every, slots.space)
        grid = Grid(slot_states[0].counts[: slots.space], {}, {}, {})
        for field in fields:
            grid.having[field] = state.read(state_column(Kind.ROWS, field))
            if not _has_numbers(access, field):
                continue
            try:
                sums = exact_sums(field, None, state)
            except SumOverflow:
                return None
            if sums.dtype.kind == "i" and np.abs(sums.astype(np.float64)).sum() >= _FAR:
                return None
            grid.sums[field] = sums
            values = state_column(Kind.VALUES, field)
            grid.values[field] = state.read(values) if field.multi else grid.having[field]
        return grid

    # --- matching slots

    @ADDING_INFINITIES
    def reduced(self, array: Array, conditions: Sequence[Condition | None]) -> Array:
        """An array of the grid added up by slot of the keys, over the values that match."""
        tested = math.prod(self._sizes[: self._tested])
        by_tested = array.reshape(tested, -1)
        masks = [self._mask(c) for c in conditions if c is not None]
        if not masks:
            return by_tested[0] if tested == 1 else by_tested.sum(axis=0)
        mask = masks[0] if len(masks) == 1 else np.logical_and(masks[0], masks[1])
        if math.prod(mask.shape[self._tested :]) == 1:
            tested_mask = mask.reshape(mask.shape[: self._tested])
            fits = np.broadcast_to(tested_mask, self._sizes[: self._tested]).ravel()
            return by_tested[fits].sum(axis=0)
        matching = np.where(mask, array.reshape(self._sizes), array.dtype.type(0))
        return matching.reshape(tested, -1).sum(axis=0)

    def _mask(self, condition: Condition) -> Bools:
        """Whether the condition holds in each slot of the grid; of length one along dimensions that
        it does not test."""
        match condition:
            case Test(field=field):
                at = next(i for i, d in enumerate(self._dimensions) if d.field == field)
                test, _, _ = self._access.test(condition)
                shape = [1] * len(self._sizes)
                shape[at] = self._sizes[at]
                return by_code(test, self._dimensions[at]).reshape(shape)
            case Negation(part=part):
                return ~self._mask(part)
            case AllOf(parts=parts):
                return self._joined(np.logical_and, parts)
            case AnyOf(parts=parts):
                return self._joined(np.logical_or, parts)

    def _joined(self, operation: np.ufunc, parts: tuple[Condition, ...]) -> Bools:
        mask = np.full([1] * len(self._sizes), operation.identity)  # parts may be none
        for part in parts:
            mask = operation(mask, self._mask(part))
        return mask


def by_code(test: Compiled, dimension: KeyCodes) -> Bools:
    """Whether the test holds for the value of each code of a dimension."""
    size = dimension.coder.size
    numbers = np.arange(size, dtype=np.int64)
    every = slice(0, size)
    match test:
        case Decided():
            return test.mask(every)
        case CodeRange():
            return replace(test, codes=narrow_unsigned(numbers, size)).mask(every)
        case CodeSet():
            return test.fits
        case NumberRange(column=column) | NumberSet(column=column):
            coder = dimension.coder
            assert isinstance(coder, NumberCoder)
            values = np.append(numbers[:-1] + coder.low, 0).astype(column.values.dtype)
            of_codes = NumberColumn(column.type, values, numbers < size - 1)
            return replace(test, column=of_codes).mask(every)
    raise InternalError(f"{type(test).__name__} is no test of single values")


def _has_numbers(access: Access, field: FieldRef) -> bool:
    column = access.column(field)
    values = column.entries if isinstance(column, ListColumn) else column
    return isinstance(values, NumberColumn)


def _columns_of(access: Access, field: FieldRef) -> list[StateColumn]:
    """The columns that a grid holds for a field."""
    having = state_column(Kind.ROWS, field)
    if not _has_numbers(access, field):
        return [having]
    return [having, *sum_columns(field), state_column(Kind.VALUES, field)]


def _arrays_of(grid: Grid, field: FieldRef) -> Arrays:
    """The index of one field, without arrays that are equal to another one."""
    arrays: dict[str, Array] = {}
    if field not in grid.sums or not np.array_equal(grid.having[field], grid.rows):
        arrays["rows"] = grid.having[field]
    if field in grid.sums:
        arrays["sums"] = grid.sums[field]
        if grid.values[field] is not grid.having[field]:
            arrays["values"] = grid.values[field]
    return arrays
