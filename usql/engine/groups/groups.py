"""The groups of some rows: the values of their keys, their order, and their rows."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from usql.catalog.model import FieldType
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import Domain, decode
from usql.engine.groups.aggregates.slot_states import SlotStates, in_order_of, state_of_groups
from usql.engine.groups.aggregates.state import State
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.groups.slot_indexes import SlotIndexes
from usql.engine.runtime.limits import Check
from usql.frozen import dataclass
from usql.store.columns import Column, NumberColumn
from usql.store.widths import unsigned


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of some rows.

    ``codes[i]``: per group the code of key i, ``domains[i]`` its values; ``times[i]``: for a
    DATETIME key the earliest rounded time per group, else ``None``. ``order``: columns that sort
    the groups in their default order. ``cut[i]``: the number of values that TOP left out at key i.

    ``chunks`` are the pairs, if they were kept, in slots, where ``table[slot]`` is the slot's
    group, or ``count`` for none; without a table slots are groups. ``slot_states``: states of all
    slots, where ``slots[i]`` belongs to group ``slot_groups[i]``. ``indexes``: the indexes of the
    slots, if the groups are those of a whole table and each is one slot.
    """

    count: int
    codes: tuple[Ints, ...]
    domains: tuple[Domain, ...]
    times: tuple[Ints | None, ...]
    order: tuple[Array, ...]
    cut: tuple[int, ...]
    slots: Ints
    slot_groups: Ints
    chunks: tuple[Chunk, ...]
    table: Array | None
    slot_states: tuple[SlotStates, ...]
    indexes: SlotIndexes | None = None

    def key(self, index: int) -> Column:
        """The value of key ``index`` per group."""
        return decode(self.domains[index], self.codes[index])

    def key_order(self, index: int) -> Column:
        """The sort column of key ``index``: its value, or the earliest time of a DATETIME."""
        times = self.times[index]
        if times is None:
            return self.key(index)
        valid = self.codes[index] != self.domains[index].null
        return NumberColumn(FieldType.TIMESTAMP, times, valid)

    @property
    def slot_of(self) -> Ints:
        """The slot of each group, if each is a single slot."""
        return in_order_of(self.slot_groups, self.slots)

    @cached_property
    def known(self) -> State:
        """The known state of the groups."""
        return state_of_groups(self.slot_states, self.slots, self.slot_groups, self.count)

    def only(self, numbers: Ints, check: Check) -> Groups:
        """Only these groups, in this order. ``check`` is called between passes over all groups."""

        count = len(numbers)
        kind = unsigned(count)
        renumbered: Array = np.empty(self.count + 1, dtype=kind)
        renumbered.fill(count)
        renumbered[numbers] = np.arange(count, dtype=kind)
        slot_groups = renumbered[self.slot_groups]
        remaining = slot_groups < count
        check()
        codes = [c[numbers] for c in self.codes]
        check()
        times = [None if t is None else t[numbers] for t in self.times]
        check()
        order = [column[numbers] for column in self.order]
        return Groups(
            count=count,
            codes=tuple(codes),
            domains=self.domains,
            times=tuple(times),
            order=tuple(order),
            cut=self.cut,
            slots=self.slots[remaining],
            slot_groups=slot_groups[remaining].astype(np.int64),
            chunks=self.chunks,
            # Without a table slots are groups, and the number after the last one means no group.
            table=renumbered if self.table is None else renumbered[self.table],
            slot_states=self.slot_states,
            indexes=self.indexes,
        )
