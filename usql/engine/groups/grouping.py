"""Groups: the cells that occur, cut by TOP and in their default order (LANGUAGE.md §8).

After key i every *prefix* of i + 1 key values has a frequency, the number of (row, prefix) pairs.
Cuts by TOP and the default order go prefix by prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

import numpy as np

from usql.analysis.bound import DateText, FieldRef, Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.dates import texts
from usql.engine.arrays.kernels import Array, Bools, Ints, narrowest
from usql.engine.arrays.sorting import extremes_by_group, numbered, ordered
from usql.engine.arrays.vectors import Factors, decode, every_value
from usql.engine.groups.aggregates.aggregate import Additive
from usql.engine.groups.aggregates.count import EVERY_ROW
from usql.engine.groups.aggregates.passes import accumulators, rides, run_totals
from usql.engine.groups.aggregates.registry import aggregate_of, columns_of, is_additive
from usql.engine.groups.aggregates.totals import Accumulated, Totals
from usql.engine.groups.cell_indexes import CellIndexes, all_members, every_chunk
from usql.engine.groups.cube_totals import summarized
from usql.engine.groups.factorized import Counted, factorized
from usql.engine.groups.key_codes import BinCoder, EdgeCoder, KeyCodes, key_codes
from usql.engine.groups.members import Cells, Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source, count_selected
from usql.engine.runtime.index_cache import name_of
from usql.engine.runtime.limits import Check, Control
from usql.engine.runtime.workers import map_morsels
from usql.frozen import dataclass
from usql.planner.keys import GroupKey, KeyOrder
from usql.store.columns import Column, DictionaryColumn, NumberColumn

_MOST_CELLS = 1 << 24
_FEWEST_CELLS = 1 << 14
"""Cells that are counted in an array, however few rows there are."""

_CELL = 16
_GROUP = 40
"""Bytes that a cell that occurs, and what is made of it, take for each key and once more."""

_MOST_KEPT_TEXTS = 1 << 14
"""Texts of time bins that are kept for the next query with the same bins."""


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of some rows.

    ``codes[i]``: per group the code of key i, ``factors[i]`` its values; ``times[i]``: the earliest
    rounded time per group of a DATETIME key, else ``None``. ``order``: columns that put the groups
    in their default order. ``cut[i]``: how many values TOP left out at key i.

    ``chunks`` are the members, if they were kept, in cells of which ``table[cell]`` is the group,
    ``count`` for none; without a table cells are groups. ``totals``: what is known of all cells, of which
    ``cells[i]`` is of group ``cell_groups[i]``. ``indexes``: those of the cells, where the groups
    are of a whole table and each is one cell.
    """

    count: int
    codes: tuple[Ints, ...]
    factors: tuple[Factors, ...]
    times: tuple[Ints | None, ...]
    order: tuple[Array, ...]
    cut: tuple[int, ...]
    cells: Ints
    cell_groups: Ints
    chunks: tuple[Chunk, ...]
    table: Array | None
    totals: tuple[Totals, ...]
    indexes: CellIndexes | None = None

    def key(self, index: int) -> Column:
        """The value of key ``index`` per group."""
        return decode(self.factors[index], self.codes[index])

    def key_order(self, index: int) -> Column:
        """What orders by key ``index``: its value, or the earliest time of a DATETIME."""
        times = self.times[index]
        if times is None:
            return self.key(index)
        valid = self.codes[index] != self.factors[index].null
        return NumberColumn(FieldType.TIMESTAMP, times, valid)

    @property
    def cell_of(self) -> Ints:
        """The cell of each group, where each is one."""
        cells = np.empty(self.count, dtype=np.int64)
        cells[self.cell_groups] = self.cells
        return cells

    def only(self, numbers: Ints, check: Check) -> Groups:
        """These groups alone, in this order. ``check`` is called between passes over all."""

        def taken(values: Array) -> Array:
            check()
            return values[numbers]

        # Without a table cells are groups, and the one past them, of no group, is in use, too.
        groups = np.arange(self.count + 1) if self.table is None else self.table
        kind = narrowest(len(numbers))
        renumbered: Array = np.full(self.count + 1, len(numbers), dtype=kind)
        renumbered[numbers] = np.arange(len(numbers), dtype=kind)
        kept = renumbered[self.cell_groups] < len(numbers)
        return Groups(
            count=len(numbers),
            codes=tuple(taken(c) for c in self.codes),
            factors=self.factors,
            times=tuple(None if t is None else taken(t) for t in self.times),
            order=tuple(taken(o) for o in self.order),
            cut=self.cut,
            cells=self.cells[kept],
            cell_groups=renumbered[self.cell_groups[kept]].astype(np.int64),
            chunks=self.chunks,
            table=renumbered[groups],
            totals=self.totals,
            indexes=self.indexes,
        )


@dataclass(frozen=True)
class Wanted:
    """What will be asked of groups: ``first`` to choose and order them, ``rest`` of those that are
    shown, at most ``most`` if given. ``lists``: whether lists or extremes of the members are."""

    first: tuple[Metric, ...]
    rest: tuple[Metric, ...]
    lists: bool
    most: int | None

    def early(self, access: Access, cells: int) -> list[Metric]:
        """The metrics to be added up in the first pass: all where most groups are shown, or where
        those of one field ride along with the count, which saves a second pass. A SUM that may
        leave 64 bits is computed of all groups, so that it does so whatever is shown."""
        if self.most is None or 4 * self.most >= cells:
            return [m for m in (*self.first, *self.rest) if is_additive(m)]
        chosen = [m for m in self.first if is_additive(m)]
        chosen += [m for m in self.rest if is_additive(m) and may_overflow(access, m)]
        left = [m for m in self.rest if m not in chosen and m != EVERY_ROW]
        summed = {m.field for m in (*chosen, *left) if m.field is not None}
        if len(summed) == 1 and all(rides(access, m, cells) for m in left):
            chosen += left
        return chosen

    def keep(self, early: Sequence[Metric]) -> bool:
        """Whether the members are needed after the first pass."""
        others = {*self.first, *self.rest} - {*early, EVERY_ROW}
        return self.lists or len(others) > 0


def may_overflow(access: Access, metric: Metric) -> bool:
    """Whether a metric is added up and may have no number in 64 bits."""
    aggregate = aggregate_of(metric)
    return isinstance(aggregate, Additive) and aggregate.may_overflow(access, metric)


def group(found: Source, keys: tuple[GroupKey, ...], wanted: Wanted) -> Groups:
    """Group the rows of a source by the keys, computing on the way what can be. Without keys there
    is one group, also of no rows."""
    access = found.access
    if not keys and not wanted.lists and {*wanted.first, *wanted.rest} <= {EVERY_ROW}:
        return _counted(found)
    coded = [key_codes(access, key.expression) for key in keys]
    if all(c is not None for c in coded):
        cells = Cells(found, [c for c in coded if c is not None])
        if cells.space <= min(_MOST_CELLS, max(_FEWEST_CELLS, 2 * access.data.rows)):
            return _streamed(found, keys, cells, wanted)
    counted, chunks = factorized(found, keys)
    slots = len(counted.numbers) + 1
    early = wanted.early(access, slots)
    totals = run_totals(access, chunks, early, slots) if early else ()
    return _built(access.control, keys, counted, totals, slots if chunks else None, chunks)


def _counted(found: Source) -> Groups:
    """One group of which only the rows are counted."""
    counts = np.array([count_selected(found)], dtype=np.int64)
    one = np.zeros(1, dtype=np.int64)
    totals = Accumulated.of_counts(counts)
    counted = Counted(one, (), (), (), counts, ())
    return _built(found.access.control, (), counted, (totals,))


def _streamed(found: Source, keys: tuple[GroupKey, ...], cells: Cells, wanted: Wanted) -> Groups:
    """One pass over the morsels: filter, cells, counts and metrics; or what indexes know of it."""
    access = found.access
    fields = [k.field for k in cells.keys if k.field is not None]
    indexed = access.has_indexes and len(fields) == len(keys)
    asked = tuple(dict.fromkeys((EVERY_ROW, *wanted.first, *wanted.rest)))
    if indexed and not wanted.lists and not any(cells.levels):
        summary = summarized(found, cells.keys, asked)
        if summary is not None:
            counted = _occurring(cells, summary.counts, [], keys)
            return _built(access.control, keys, counted, (summary,))
    indexed = indexed and len(keys) > 0
    if indexed and len(keys) == 1 and cells.keys[0].offsets is not None:
        name = name_of("members", access.table, fields)
        cells.members = access.index(name, lambda: all_members(every_chunk(found, cells)))
    if indexed and found.node is None and not any(cells.levels):
        return _whole(found, keys, cells, wanted, fields)
    early = wanted.early(access, cells.space)
    return _passed(found, keys, cells, early, wanted.keep(early))


def _passed(
    found: Source, keys: tuple[GroupKey, ...], cells: Cells, early: Sequence[Metric], keep: bool
) -> Groups:
    access = found.access
    parts = accumulators(access, columns_of(early), cells.slots)
    levels: list[dict[int, Ints]] = [{} for _ in range(access.control.threads)]
    takes_runs = not keep and cells.has_runs and all(part.takes_runs for part in parts)
    if takes_runs:
        for part in parts:
            part.use_running_sums()

    def work(worker: int, morsel: tuple[slice, bool]) -> Chunk | None:
        runs = cells.runs(*morsel) if takes_runs else None
        if runs is not None:
            for part in parts:
                part.add_runs(worker, morsel[0], *runs)
            return None
        made = cells.chunk(*morsel)
        if made is None:
            return None
        chunk, counted = made
        for level, numbers in counted:
            size = cells.slots // cells.strides[level] + 1
            added = np.bincount(numbers, minlength=size)
            known = levels[worker].get(level)
            levels[worker][level] = added if known is None else known + added
        for part in parts:
            part.add(worker, chunk.rows, chunk.places, chunk.ids)
        if not keep:
            return None
        access.control.reserve(chunk.nbytes, "group members")
        return chunk

    # Every morsel costs a pass over the cells; what indexes know of runs costs nothing else.
    least = 4 * parts[0].size
    if takes_runs and cells.knows_runs and all(part.knows_runs for part in parts):
        least = access.data.rows
    morsels = cells.cut(found.morsels(least=least))
    made = map_morsels(work, morsels, access.control, found.threads)
    chunks = tuple(c for c in made if c is not None)
    totals = tuple(part.finish() for part in parts)
    counts = totals[0].counts[: cells.space]
    counted = _occurring(cells, counts, levels, keys)
    slots = cells.slots if chunks else None
    return _built(access.control, keys, counted, totals, slots, chunks)


def _whole(
    found: Source, keys: tuple[GroupKey, ...], cells: Cells, wanted: Wanted, fields: list[FieldRef]
) -> Groups:
    """The groups of a whole table: their sizes from an index, what is asked of sorted or distinct
    values from others, the rest from one pass over the rows."""
    access = found.access
    indexes = CellIndexes(found, cells, fields)
    asked = (*wanted.first, *wanted.rest)
    served = [m for m in asked if indexes.serves(m, asked)]
    others = [m for m in asked if m not in served and m != EVERY_ROW]
    early = [m for m in wanted.early(access, cells.space) if m in others]
    late = wanted.lists or any(m not in early for m in others)
    if early:
        groups = _passed(found, keys, cells, early, late)
        return replace(groups, indexes=indexes)
    sizes = indexes.sizes()
    totals = Accumulated.of_counts(sizes)
    counted = _occurring(cells, sizes, [], keys)
    slots = cells.slots if late else None
    return replace(_built(access.control, keys, counted, (totals,), slots), indexes=indexes)


def _occurring(
    cells: Cells, counts: Ints, levels: list[dict[int, Ints]], keys: tuple[GroupKey, ...]
) -> Counted:
    numbers = np.flatnonzero(counts != 0) if keys else np.zeros(1, dtype=np.int64)
    cells.access.control.reserve(_CELL * (1 + len(keys)) * len(numbers), "groups")
    codes: list[Ints] = []
    factors: list[Factors] = []
    times: list[Ints | None] = []
    prefixes: list[tuple[Ints, Ints] | None] = []
    for level, (coded, key) in enumerate(zip(cells.keys, keys, strict=True)):
        stride = cells.strides[level]
        code = numbers if stride == 1 else numbers // stride
        if level:
            code = code % cells.sizes[level]
        values, starts = coded.coder.values(), None
        if values is None:
            code, values, starts = _bin_texts(cells.access, coded, key, code)
        codes.append(code)
        factors.append(values)
        times.append(starts)
        own = [counted[level] for counted in levels if level in counted]
        prefixes.append((numbers // cells.strides[level], np.sum(own, axis=0)) if own else None)
    return Counted(numbers, codes, factors, times, counts[numbers], prefixes)


def _bin_texts(
    access: Access, coded: KeyCodes, key: GroupKey, code: Ints
) -> tuple[Ints, Factors, Ints]:
    """Codes of time bins as codes of their texts, with the texts, and the bins' first instants."""
    coder, expression = coded.coder, key.expression
    assert isinstance(coder, BinCoder | EdgeCoder)
    assert isinstance(expression, DateText)
    valid = code != coder.size - 1
    starts = np.where(valid, coder.starts(code), 0)
    count = coder.size - 1
    if isinstance(coder, BinCoder) and count <= min(_MOST_KEPT_TEXTS, 2 * len(code)):
        ordered, found = access.derived.even_texts(
            expression.format, coder.first, coder.step, count, access.control
        )
        found = found[code[valid]]
    else:
        ordered, found = texts(access.control, expression.format, starts[valid])
    column = DictionaryColumn(FieldType.STRING, np.zeros(0, narrowest(len(ordered))), ordered)
    made = np.full(len(code), len(ordered), dtype=np.int64)
    made[valid] = found
    return made, every_value(column), starts


_ALL = slice(None)


def _built(
    control: Control,
    keys: tuple[GroupKey, ...],
    counted: Counted,
    totals: tuple[Totals, ...],
    slots: int | None = None,
    chunks: Sequence[Chunk] = (),
) -> Groups:
    """Number the prefixes key by key; cut them; collect what orders them. ``slots``: of the cells of
    members, if these are kept or indexes can give them later."""
    control.reserve(_GROUP * (1 + len(keys)) * len(counted.numbers), "groups")
    alive: Ints | slice = _ALL  # cells that no cut has dropped so far
    prefix = np.zeros(len(counted.numbers), dtype=np.int64)  # of each, that of the keys so far
    order: list[Array] = []
    times: list[Ints | None] = []
    cut: list[int] = []
    for level, key in enumerate(keys):
        codes, null = counted.codes[level][alive], counted.factors[level].null
        parents = prefix
        first, prefix = _numbered(control, prefix * (null + 1) + codes if level else codes)
        frequency = _frequencies(control, counted, level, alive, first, prefix)
        size = len(frequency)
        found = counted.times[level]
        earliest = None
        if found is not None:
            earliest = found[alive]
            if not isinstance(first, slice):
                earliest, _ = extremes_by_group(control, prefix, earliest, size, largest=False)
        kept = np.ones(size, dtype=np.bool_)
        if key.top is not None:
            kept = _most_frequent(control, parents[first], frequency, codes[first], key.top)
        cut.append(size - int(np.count_nonzero(kept)))
        if not key.has_null_group:
            kept &= codes[first] != null
        columns = _order_columns(key, frequency, codes[first], earliest, null)
        spread = _ALL if isinstance(first, slice) else prefix
        order += [column[spread] for column in columns]
        times.append(None if earliest is None else earliest[spread])
        if not kept.all():
            stays = np.flatnonzero(kept[prefix])
            alive = stays if isinstance(alive, slice) else alive[stays]
            prefix = (np.cumsum(kept) - 1)[prefix[stays]]
            order = [column[stays] for column in order]
            times = [None if t is None else t[stays] for t in times]
    first, groups = _numbered(control, prefix)
    cells = counted.numbers[alive]
    count = len(cells[first])
    return Groups(
        count=count,
        codes=tuple(c[alive][first] for c in counted.codes),
        factors=tuple(counted.factors),
        times=tuple(None if t is None else t[first] for t in times),
        order=tuple(column[first] for column in order),
        cut=tuple(cut),
        cells=cells,
        cell_groups=groups,
        chunks=tuple(chunks),
        table=None if slots is None else _group_of_cell(count, cells, groups, slots),
        totals=totals,
    )


def _numbered(control: Control, values: Ints) -> tuple[Ints | slice, Ints]:
    """Distinct values, ascending: where each stands first, and the number of each value. Cells
    mostly ascend already; where none repeats either, every place is a first one."""
    control.check()
    if len(values) and (values[1:] > values[:-1]).all():
        ascending = values[0] == 0 and values[-1] == len(values) - 1
        return _ALL, values if ascending else np.arange(len(values), dtype=np.int64)
    distinct, numbers = numbered(control, values)
    first = np.empty(len(distinct), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(values) - 1, -1, -1)  # the last one written stands
    return first, numbers


def _frequencies(
    control: Control,
    counted: Counted,
    level: int,
    alive: Ints | slice,
    first: Ints | slice,
    prefix: Ints,
) -> Ints:
    """How many (row, prefix) pairs there are per prefix."""
    known = counted.levels[level]
    if known is None:
        counts = counted.counts[alive]
        return counts if isinstance(first, slice) else np.bincount(prefix, counts).astype(np.int64)
    # Several cells share a counted prefix, and prefixes with one text several counts.
    raw, counts = known[0][alive], known[1]
    once, _ = _numbered(control, raw)
    return np.bincount(prefix[once], counts[raw[once]]).astype(np.int64)


def _most_frequent(
    control: Control, parents: Ints, frequency: Ints, codes: Ints, top: int
) -> Bools:
    """Which prefixes are among the ``top`` most frequent ones of their parent; ties by value."""
    order = ordered(control, [parents, -frequency, codes])
    own = parents[order]
    first = np.searchsorted(own, own, side="left")
    kept = np.zeros(len(parents), dtype=np.bool_)
    kept[order] = np.arange(len(parents)) - first < top
    return kept


def _order_columns(
    key: GroupKey, frequency: Ints, codes: Ints, times: Ints | None, null: int
) -> list[Array]:
    """What puts prefixes in the default order of their last key; codes ascend with the values, the
    null is the last one."""
    match key.order:
        case KeyOrder.TIME:
            assert times is not None
            return [codes == null, times, codes]
        case KeyOrder.VALUE:
            return [codes]
        case KeyOrder.FREQUENCY:
            return [-frequency, codes]
    assert_never(key.order)


def _group_of_cell(count: int, cells: Ints, groups: Ints, slots: int) -> Array | None:
    """The group of each of all cells; ``None`` where the cells are the groups."""
    if len(cells) == count == slots - 1 and (groups == cells).all():
        return None
    table: Array = np.full(slots, count, dtype=narrowest(count))
    table[cells] = groups
    return table
