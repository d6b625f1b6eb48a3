"""Summaries: the totals of a table by the values of a few fields, of which a query takes what fits.

The *dimensions* of a summary are a query's group keys and the fields that its conditions test, all
with few values. A cell of the grid holds how many rows have that combination of values, and per
summed field how many values and which sum they have. Conditions are decided on the values of the
dimensions alone; a query adds up the cells that fit. A range of time, which has too many values, is
a dimension of blocks of rows: blocks inside of it are taken from the summary, rows of blocks at its
edges are added up.
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
from usql.engine.arrays.kernels import Array, Bools, Ints, narrow_unsigned
from usql.engine.arrays.vectors import Factors
from usql.engine.groups.aggregates.passes import accumulators
from usql.engine.groups.aggregates.state import ADDING_INFINITIES, Kind, StateColumn
from usql.engine.groups.aggregates.sum import exact_sums, sum_columns
from usql.engine.groups.aggregates.totals import state_of_groups
from usql.engine.groups.key_codes import KeyCodes, NumberCoder
from usql.engine.groups.members import Cells
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
from usql.engine.rows.zones import BLOCK
from usql.engine.runtime.index_cache import Arrays, name_of
from usql.engine.runtime.workers import map_morsels
from usql.errors import InternalError, SumOverflow
from usql.frozen import dataclass
from usql.store.columns import ListColumn, NumberColumn

_ROWS_PER_CELL = 4
"""Rows of the table for which a summary may have one cell."""

_FEW_CELLS = 1 << 12
"""Cells that a summary may always have."""

_MOST_CELLS = 1 << 20

_WORTH = 6
"""A summary is made of the whole table: not where fewer than one row in so many is asked for."""

_SAMPLE = 1 << 12
"""Rows that are tested to tell how many are asked for."""

_FAR = 2.0**62
"""Sums that together stay below it can be added up in 64 bits."""


@dataclass(frozen=True, eq=False)
class _Blocks:
    """A dimension of ``BLOCK`` rows each."""

    size: int

    def codes(self, rows: Rows) -> Array:
        """The number of each row's block."""
        numbers = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        return narrow_unsigned(numbers // BLOCK, self.size)

    def values(self) -> Factors | None:
        """Blocks have none."""


@dataclass(frozen=True, eq=False)
class Grid:
    """The arrays of one grid: the rows of each cell; per field, as far as it is asked for, the rows
    with a value, its values, and their sum."""

    rows: Ints
    having: dict[FieldRef, Ints]
    values: dict[FieldRef, Ints]
    sums: dict[FieldRef, Array]


class Summary:
    """The grid of the fields that conditions test and, last, of the keys. ``zone``: a source of the
    rows in the range of time, if there is one."""

    def __init__(
        self,
        found: Source,
        zone: Source | None,
        tested: Sequence[KeyCodes],
        keys: Sequence[KeyCodes],
    ) -> None:
        self._found = found
        self._access = found.access
        self._zone = zone
        self._dimensions = [*tested, *keys]
        self._tested = len(tested)
        self._sizes = [d.coder.size for d in self._dimensions]
        self._space = math.prod(self._sizes)
        self._blocks = -(-found.access.data.rows // BLOCK) if zone is not None else 1

    @property
    def is_small(self) -> bool:
        """Whether the grid has few cells for the rows of the table."""
        most = max(self._access.data.rows // _ROWS_PER_CELL, _FEW_CELLS)
        return self._space * self._blocks <= min(most, _MOST_CELLS)

    # --- the grid

    @ADDING_INFINITIES
    def grid(self, fields: Sequence[FieldRef]) -> Grid | None:
        """The totals by cell, of the rows in the zone if there is one."""
        known = self._known(fields)
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

    def _known(self, fields: Sequence[FieldRef]) -> Grid | None:
        """The index of the whole table: what there is of it, and what is worth making."""
        access = self._access
        by = [d.field for d in self._dimensions if d.field is not None]
        blocks = None if self._zone is None else BLOCK
        names = {f: name_of("totals", access.table, by, f, blocks) for f in fields}
        sizes = name_of("sizes", access.table, by, None, blocks)
        known = {f: access.known_index(name) for f, name in names.items()}
        rows = access.known_index(sizes)
        if rows is None or any(arrays is None for arrays in known.values()):
            if not access.builds or not self._is_worth():
                return None
            dimensions = list(self._dimensions)
            if self._zone is not None:
                dimensions.insert(0, KeyCodes(_Blocks(self._blocks), None))
            missing = [f for f, arrays in known.items() if arrays is None]
            whole = Source(access, weight=self._found.weight)
            morsels = whole.morsels(least=4 * self._space * self._blocks)
            made = self._added(whole, dimensions, morsels, missing)
            for field in missing:
                arrays: Arrays = {} if made is None else _arrays_of(made, field)
                known[field] = access.index(names[field], lambda arrays=arrays: arrays)  # type: ignore[misc]
            if made is not None:
                rows = access.index(sizes, lambda: {"sizes": made.rows})
        if not rows or not all(known.values()):
            return None
        every = rows["sizes"]
        found = Grid(every, {}, {}, {})
        for field, own in known.items():
            assert own is not None
            found.having[field] = own.get("rows", every)
            if "sums" in own:
                found.sums[field] = own["sums"]
                found.values[field] = own.get("values", found.having[field])
        return found

    def _is_worth(self) -> bool:
        """Whether enough rows are asked for."""
        rows = self._access.data.rows
        if self._zone is not None:
            left = sum(part.stop - part.start for part, _ in self._zone.morsels())
            return left * _WORTH >= rows
        condition, node = self._found.condition, self._found.node
        if condition is None or node is None:
            return True

        def look() -> bool:
            sample = np.arange(0, rows, max(rows // _SAMPLE, 1), dtype=np.int64)
            return int(np.count_nonzero(node.mask(sample))) * _WORTH >= len(sample)

        return self._access.derived.of_condition(condition, look)

    def _parts(self) -> tuple[list[slice], list[tuple[slice, bool]]]:
        """The blocks that lie in the zone, and the ranges of rows at its edges."""
        assert self._zone is not None
        inside: list[slice] = []
        edges: list[tuple[slice, bool]] = []
        for rows, every in self._zone.morsels(least=self._access.data.rows):
            if not every:
                edges.append((rows, every))
                continue
            at_end = rows.stop == self._access.data.rows
            first, last = -(-rows.start // BLOCK), self._blocks if at_end else rows.stop // BLOCK
            if last <= first:
                edges.append((rows, every))
                continue
            inside.append(slice(first, last))
            outside = (slice(rows.start, first * BLOCK), slice(last * BLOCK, rows.stop))
            edges += [(part, True) for part in outside if part.stop > part.start]
        return inside, edges

    def _added(
        self,
        found: Source,
        dimensions: Sequence[KeyCodes],
        morsels: Sequence[tuple[slice, bool]],
        fields: Sequence[FieldRef],
    ) -> Grid | None:
        """The totals of some rows; ``None`` where sums may leave 64 bits."""
        access = self._access
        cells = Cells(found, dimensions)
        asked = [c for f in fields for c in _columns_of(access, f)]
        parts = accumulators(access, asked, cells.slots)

        def work(worker: int, morsel: tuple[slice, bool]) -> None:
            made = cells.chunk(*morsel)
            if made is not None:
                for part in parts:
                    part.add(worker, made[0].rows, made[0].places, made[0].ids)

        map_morsels(work, morsels, access.control, found.threads)
        totals = [part.finish() for part in parts]

        every = np.arange(cells.space, dtype=np.int64)
        state = state_of_groups(totals, every, every, cells.space)
        made = Grid(totals[0].counts[: cells.space], {}, {}, {})
        for field in fields:
            made.having[field] = state.read(StateColumn(Kind.ROWS, field))
            if not _has_numbers(access, field):
                continue
            try:
                sums = exact_sums(field, None, state)
            except SumOverflow:
                return None
            if sums.dtype.kind == "i" and np.abs(sums.astype(np.float64)).sum() >= _FAR:
                return None
            made.sums[field] = sums
            values = StateColumn(Kind.VALUES, field)
            made.values[field] = state.read(values) if field.multi else made.having[field]
        return made

    # --- what fits

    @ADDING_INFINITIES
    def reduced(self, array: Array, conditions: Sequence[Condition | None]) -> Array:
        """An array of the grid added up to cells of the keys, of the values that fit."""
        tested = math.prod(self._sizes[: self._tested])
        by_tested = array.reshape(tested, -1)
        masks = [self._mask(c) for c in conditions if c is not None]
        if not masks:
            return by_tested[0] if tested == 1 else by_tested.sum(axis=0)
        mask = masks[0] if len(masks) == 1 else np.logical_and(masks[0], masks[1])
        if math.prod(mask.shape[self._tested :]) == 1:
            own = mask.reshape(mask.shape[: self._tested])
            fits = np.broadcast_to(own, self._sizes[: self._tested]).ravel()
            return by_tested[fits].sum(axis=0)
        kept = np.where(mask, array.reshape(self._sizes), array.dtype.type(0))
        return kept.reshape(tested, -1).sum(axis=0)

    def _mask(self, condition: Condition) -> Bools:
        """Per cell of the grid whether the condition holds; of length one along dimensions that
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
        made = np.full([1] * len(self._sizes), operation.identity)  # parts may be none
        for part in parts:
            made = operation(made, self._mask(part))
        return made


def by_code(test: Compiled, dimension: KeyCodes) -> Bools:
    """Per code of a dimension whether the test holds of its value."""
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
            own = NumberColumn(column.type, values, numbers < size - 1)
            return replace(test, column=own).mask(every)
    raise InternalError(f"{type(test).__name__} is no test of single values")


def _has_numbers(access: Access, field: FieldRef) -> bool:
    column = access.column(field)
    values = column.entries if isinstance(column, ListColumn) else column
    return isinstance(values, NumberColumn)


def _columns_of(access: Access, field: FieldRef) -> list[StateColumn]:
    """What a grid holds of a field."""
    having = StateColumn(Kind.ROWS, field)
    if not _has_numbers(access, field):
        return [having]
    return [having, *sum_columns(field), StateColumn(Kind.VALUES, field)]


def _arrays_of(made: Grid, field: FieldRef) -> Arrays:
    """The index of one field; arrays that are as another one stay out."""
    arrays: dict[str, Array] = {}
    if field not in made.sums or not np.array_equal(made.having[field], made.rows):
        arrays["rows"] = made.having[field]
    if field in made.sums:
        arrays["sums"] = made.sums[field]
        if made.values[field] is not made.having[field]:
            arrays["values"] = made.values[field]
    return arrays
