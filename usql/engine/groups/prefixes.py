"""Groups of the cells that occur: prefix by prefix cut by TOP and put into their default order
(LANGUAGE.md §8).

After key i every *prefix* of i + 1 key values has a frequency, the number of (row, prefix) pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import numpy as np

from usql.engine.arrays.kernels import Array, Bools, Ints
from usql.engine.arrays.sorting import extremes_by_group, numbered, ordered
from usql.engine.groups.aggregates.totals import Totals
from usql.engine.groups.factorized import Counted
from usql.engine.groups.groups import Groups
from usql.engine.groups.members import Chunk
from usql.engine.runtime.limits import Control
from usql.planner.keys import GroupKey, KeyOrder
from usql.store.widths import unsigned

_ALL = slice(None)

_GROUP = 40
"""Bytes that a group takes for each key and once more."""


def built(
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
    table: Array = np.full(slots, count, dtype=unsigned(count))
    table[cells] = groups
    return table
