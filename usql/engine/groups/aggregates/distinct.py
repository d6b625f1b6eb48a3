"""COUNT(DISTINCT …) (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.native.distinct import mark_pairs
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.aggregates.aggregate import OfValues, RowGroupPairs
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import condition_node, field_pairs
from usql.engine.groups.grouped_values import fitting, grouped_values
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import DictionaryColumn, NumberColumn

_WHAT = "distinct values"


class Distinct(OfValues[Metric]):
    """The number of distinct values."""

    index = "distinct values"
    counts_pairs = True

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        """Only the values."""
        return ()

    def state(self, node: Metric, pairs: RowGroupPairs) -> State:
        return field_pairs(node, pairs, _WHAT)

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        groups, _ = state.pairs
        return self.of_counts(np.bincount(groups, minlength=state.count))

    def of_counts(self, counts: Ints) -> NumberColumn:
        return NumberColumn(FieldType.LONG, counts, None)

    def answers(self, nodes: Sequence[Metric], pairs: RowGroupPairs) -> Sequence[NumberColumn]:
        """With a table of flags, one byte per group and value, unless it would be too sparse."""
        return [self._answer(node, pairs) for node in nodes]

    def _answer(self, node: Metric, pairs: RowGroupPairs) -> NumberColumn:
        assert node.field is not None
        column = pairs.access.column(node.field)
        if isinstance(column, DictionaryColumn) and not node.field.multi:
            words = column.null_code // 64 + 1
            flags = 64 * words * (pairs.count + 1)
            most = max(1 << 16, 32 * sum(map(len, pairs.chunks())))
            if flags <= min(most, pairs.access.tuning.most_distinct_flags):
                return self.of_counts(_by_flags(node, column, pairs, words))
        return self.finish(node, self.state(node, pairs), pairs.access.control)

    def of_index(self, node: Metric, arrays: Arrays, slots: Ints) -> NumberColumn:
        return self.of_counts(np.diff(arrays["ends"], prepend=0)[slots])


def _by_flags(metric: Metric, column: DictionaryColumn, pairs: RowGroupPairs, words: int) -> Ints:
    """The distinct values of each group, marked in a line of so many 64-bit words: by each thread in
    a table of its own."""
    access, count, field = pairs.access, pairs.count, metric.field
    assert field is not None
    node = condition_node(access, metric)
    threads = max(access.control.threads, 1)
    access.control.reserve(8 * (count + 1) * words * threads, _WHAT)
    tables: list[Array | None] = [None] * threads

    def work(worker: int, chunk: Chunk) -> None:
        ids, values = grouped_values(access, fitting(chunk, node), field)
        assert isinstance(values, DictionaryColumn)
        table = tables[worker]
        if table is None:
            table = tables[worker] = np.zeros((count + 1, words), dtype=np.uint64)
        mark_pairs(ids, values.codes, table)

    map_morsels(work, pairs.chunks(), access.control)
    marks, *others = [t for t in tables if t is not None] or [np.zeros((count, words), np.uint64)]
    null_word, null_bit = divmod(column.null_code, 64)
    step = max(access.tuning.distinct_flags_at_once // (64 * words), 1)

    def counted(_: int, part: slice) -> Ints:
        lines = marks[part]
        for other in others:
            lines |= other[part]
        lines[:, null_word] &= ~np.uint64(1 << null_bit)
        return np.bitwise_count(lines).sum(axis=1, dtype=np.int64)

    parts = [slice(i, min(i + step, count)) for i in range(0, count, step)]
    counts = map_morsels(counted, parts, access.control)
    return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)


AGGREGATES = {"DISTINCT": Distinct()}
