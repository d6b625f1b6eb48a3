"""The groups of some rows: their keys' values, their order, and where their rows are."""

from __future__ import annotations

import numpy as np

from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Array, Ints
from usql.engine.arrays.vectors import Factors, decode
from usql.engine.groups.aggregates.totals import Totals
from usql.engine.groups.cell_indexes import CellIndexes
from usql.engine.groups.members import Chunk
from usql.engine.runtime.limits import Check
from usql.frozen import dataclass
from usql.store.columns import Column, NumberColumn
from usql.store.widths import unsigned


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
        kind = unsigned(len(numbers))
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
