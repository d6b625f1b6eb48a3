"""From occurring slots to groups: prefix by prefix, cut by TOP and put into their default order
(LANGUAGE.md §8).

After key i every *prefix* of i + 1 key values has a frequency, the number of (row, prefix) pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import numpy as np

from usql.engine.arrays.reductions import extremes_by_group
from usql.engine.arrays.sorting import numbered, ordered
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.groups.aggregates.slot_states import SlotStates
from usql.engine.groups.factorized import Counted
from usql.engine.groups.groups import Groups
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.runtime.limits import Control
from usql.planner.keys import GroupKey, KeyOrder
from usql.store.widths import unsigned

_ALL = slice(None)

_GROUP = 40
"""Bytes of a group per key, and once more."""


def built(
    control: Control,
    keys: tuple[GroupKey, ...],
    counted: Counted,
    slot_states: tuple[SlotStates, ...],
    capacity: int | None = None,
    chunks: Sequence[Chunk] = (),
) -> Groups:
    """Number the prefixes key by key, cut them, and collect the columns that sort them.
    ``capacity``: the number of slots of the pairs, if these are kept or indexes can provide them
    later."""
    control.reserve(_GROUP * (1 + len(keys)) * len(counted.numbers), "groups")
    alive: Ints | slice = _ALL  # slots that no cut has removed so far
    prefix = np.zeros(len(counted.numbers), dtype=np.int64)  # of each, that of the keys so far
    first: Ints | slice = _ALL  # of each prefix, the first slot
    order: list[Array] = []
    times: list[Ints | None] = []
    cut: list[int] = []
    for level, key in enumerate(keys):
        codes, null = counted.codes[level][alive], counted.domains[level].null
        parents = prefix
        first, prefix = _numbered(control, prefix * (null + 1) + codes if level else codes)
        frequency = _frequencies(control, counted, level, alive, first, prefix)
        codes = codes[first]
        level_times = counted.times[level]
        earliest = None
        if level_times is not None:
            earliest = level_times[alive]
            if not isinstance(first, slice):
                size = len(frequency)
                earliest, _ = extremes_by_group(control, prefix, earliest, size, largest=False)
        remains: Bools | None = None if key.has_null_group else codes != null
        left_out = 0
        if key.top is not None and len(frequency) > key.top:
            frequent = _most_frequent(control, parents[first], frequency, codes, key.top)
            left_out = len(frequent) - int(np.count_nonzero(frequent))
            remains = frequent if remains is None else remains & frequent
        cut.append(left_out)
        columns = _order_columns(key, frequency, codes, earliest, null)
        spread = _ALL if isinstance(first, slice) else prefix
        order += [column[spread] for column in columns]
        times.append(None if earliest is None else earliest[spread])
        if remains is not None and not remains.all():
            stays = remains[prefix].nonzero()[0]
            alive = stays if isinstance(alive, slice) else alive[stays]
            first, prefix = _numbered(control, prefix[stays])
            order = [column[stays] for column in order]
            times = [None if t is None else t[stays] for t in times]
    slots = counted.numbers[alive]
    count = len(slots[first])
    return Groups(
        count=count,
        codes=tuple([c[alive][first] for c in counted.codes]),
        domains=tuple(counted.domains),
        times=tuple([None if t is None else t[first] for t in times]),
        order=tuple([column[first] for column in order]),
        cut=tuple(cut),
        slots=slots,
        slot_groups=prefix,
        chunks=tuple(chunks),
        table=None if capacity is None else _group_of_slot(count, slots, prefix, capacity),
        slot_states=slot_states,
    )


def _numbered(control: Control, values: Ints) -> tuple[Ints | slice, Ints]:
    """The distinct values, ascending, as the place of the first occurrence of each, and the number
    of each value. Slots mostly ascend already; if none repeats either, every place is a first
    one."""
    control.check()
    if not len(values):
        return values, values
    rises = values[1:] > values[:-1]
    if rises.all():
        is_dense = values[0] == 0 and values[-1] == len(values) - 1
        return _ALL, values if is_dense else np.arange(len(values), dtype=np.int64)
    if (values[1:] >= values[:-1]).all():
        numbers = np.zeros(len(values), dtype=np.int64)
        rises.cumsum(out=numbers[1:])
        return np.concatenate(([0], rises.nonzero()[0] + 1)), numbers
    distinct, numbers = numbered(control, values)
    first = np.empty(len(distinct), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(values) - 1, -1, -1)  # the last write wins
    return first, numbers


def _frequencies(
    control: Control,
    counted: Counted,
    level: int,
    alive: Ints | slice,
    first: Ints | slice,
    prefix: Ints,
) -> Ints:
    """The number of (row, prefix) pairs per prefix."""
    known = counted.levels[level]
    if known is None:
        counts = counted.counts[alive]
        return counts if isinstance(first, slice) else np.bincount(prefix, counts).astype(np.int64)
    # Several slots share a counted prefix, and prefixes with one text several counts.
    raw, counts = known[0][alive], known[1]
    once, _ = _numbered(control, raw)
    return np.bincount(prefix[once], counts[raw[once]]).astype(np.int64)


def _most_frequent(
    control: Control, parents: Ints, frequency: Ints, codes: Ints, top: int
) -> Bools:
    """Which prefixes are among the ``top`` most frequent ones of their parent; ties by value."""
    order = ordered(control, [parents, -frequency, codes])
    sorted_parents = parents[order]
    first = np.searchsorted(sorted_parents, sorted_parents, side="left")
    chosen = np.zeros(len(parents), dtype=np.bool_)
    chosen[order] = np.arange(len(parents)) - first < top
    return chosen


def _order_columns(
    key: GroupKey, frequency: Ints, codes: Ints, times: Ints | None, null: int
) -> list[Array]:
    """The columns that sort prefixes in the default order of their last key; codes ascend with the
    values, and null is the last one."""
    match key.order:
        case KeyOrder.TIME:
            assert times is not None
            return [codes == null, times, codes]
        case KeyOrder.VALUE:
            return [codes]
        case KeyOrder.FREQUENCY:
            return [-frequency, codes]
    assert_never(key.order)


def _group_of_slot(count: int, slots: Ints, groups: Ints, capacity: int) -> Array | None:
    """The group of each slot; ``None`` if the slots are the groups."""
    if len(slots) == count == capacity - 1 and (groups == slots).all():
        return None
    table: Array = np.full(capacity, count, dtype=unsigned(count))
    table[slots] = groups
    return table
