"""Conditions answered by indexes: the matching rows of a test of codes, as row numbers or as flags;
and the names of indexes of such rows in the order of fields."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import FieldRef, OrderBy
from usql.engine.arrays.gather import gather
from usql.engine.arrays.types import Array, Bools
from usql.engine.rows.conditions import Node
from usql.engine.rows.predicates import CodeRange, CodeSet, Compiled, Rows
from usql.engine.runtime.index_cache import Arrays, label
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.frozen import dataclass
from usql.store.widths import unsigned


@dataclass(frozen=True, eq=False)
class RowIds(Node):
    """The matching rows, ascending, from the index with this name."""

    name: str
    numbers: Array
    zoned: bool = False

    def row_ids(self, rows: slice) -> Array:
        limits = np.array((rows.start, rows.stop), dtype=self.numbers.dtype)
        low, high = np.searchsorted(self.numbers, limits)
        return self.numbers[low:high].astype(np.int64)

    def mask(self, rows: Rows) -> Bools:
        if isinstance(rows, slice):
            mask = np.zeros(rows.stop - rows.start, dtype=np.bool_)
            mask[self.row_ids(rows) - rows.start] = True
            return mask
        if not len(self.numbers):
            return np.zeros(len(rows), dtype=np.bool_)
        ids = rows.astype(self.numbers.dtype)
        at = np.searchsorted(self.numbers, ids)
        return self.numbers.take(at, mode="clip") == ids

    def verdict(self, rows: slice) -> bool | None:
        return None


@dataclass(frozen=True, eq=False)
class RowFlags(Node):
    """A flag per row, from the index with this name."""

    name: str
    flags: Bools
    zoned: bool = False

    def mask(self, rows: Rows) -> Bools:
        return self.flags[rows].copy() if isinstance(rows, slice) else gather(self.flags, rows)

    def verdict(self, rows: slice) -> bool | None:
        return None


def digest(test: Compiled) -> str | None:
    """A text that distinguishes tests of the same column; ``None`` for tests that have no index."""
    if isinstance(test, CodeRange):
        return f"{test.low}-{test.high - 1}"
    if isinstance(test, CodeSet):
        return hashlib.sha256(np.packbits(test.fits).tobytes()).hexdigest()[:24]
    return None


def rows_that_fit(node: Node, rows: int, control: Control) -> Arrays:
    """The index of a node: the matching ``rows``, or a flag per row if there are many."""
    step = control.tuning.indexed_rows_at_once
    parts = [slice(i, min(i + step, rows)) for i in range(0, rows, step)]
    masks = map_morsels(lambda _, part: node.mask(part), parts, control)
    matches = sum(int(np.count_nonzero(mask)) for mask in masks)
    if matches * control.tuning.few_listed_one_in > rows:
        return {"flags": np.concatenate(masks)}
    kind = unsigned(rows)
    numbers = [np.flatnonzero(m) + p.start for m, p in zip(masks, parts, strict=True)]
    return {"rows": np.concatenate(numbers).astype(kind)}


def node_of(name: str, arrays: Arrays) -> RowIds | RowFlags:
    """An index as a node of a condition."""
    if "rows" in arrays:
        return RowIds(name, arrays["rows"])
    return RowFlags(name, arrays["flags"])


def rows_of(node: Node | None, table: str) -> str | None:
    """A name for the rows that meet a condition: the whole table, or the index that holds them."""
    if node is None:
        return f"rows of {table}"
    return node.name if isinstance(node, RowIds | RowFlags) else None


def in_order(rows: str, table: str, order: Sequence[OrderBy]) -> str | None:
    """The name of the index of these rows in the order of fields of their own table; ``None`` for
    orders by anything else, which may depend on more than the data."""
    words = []
    for one in order:
        field = one.expression
        if not isinstance(field, FieldRef) or field.table != table or field.multi:
            return None
        words.append(f"{label(field)} {'descending' if one.descending else 'ascending'}")
    return f"{rows} in the order of {', '.join(words)}"
