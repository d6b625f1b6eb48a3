"""COUNT(DISTINCT …) (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import FieldRef, Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.buffers import scratch
from usql.engine.arrays.masks import flags_in_rows
from usql.engine.arrays.types import Ints
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
            span = -(-(column.null_code + 1) // 64) * 64
            flags = (pairs.count + 1) * span
            most = max(1 << 16, 32 * sum(map(len, pairs.chunks())))
            if flags <= min(most, pairs.access.tuning.most_distinct_flags):
                return self.of_counts(_by_flags(node, node.field, pairs, span))
        return self.finish(node, self.state(node, pairs), pairs.access.control)

    def of_index(self, node: Metric, arrays: Arrays, slots: Ints) -> NumberColumn:
        return self.of_counts(np.diff(arrays["ends"], prepend=0)[slots])


def _by_flags(metric: Metric, field: FieldRef, pairs: RowGroupPairs, span: int) -> Ints:
    access, count = pairs.access, pairs.count
    node = condition_node(access, metric)
    access.control.reserve((count + 1) * span, _WHAT)
    flags = np.zeros((count + 1) * span, dtype=np.bool_)

    def work(_: int, chunk: Chunk) -> None:
        ids, column = grouped_values(access, fitting(chunk, node), field)
        assert isinstance(column, DictionaryColumn)
        places = scratch("wide", np.intp, len(ids))
        np.multiply(ids, span, out=places, dtype=np.intp, casting="unsafe")
        np.add(places, column.codes, out=places, casting="unsafe")
        flags[places] = True  # threads may set the same flag, to the same value

    map_morsels(work, pairs.chunks(), access.control)
    column = access.column(field)
    assert isinstance(column, DictionaryColumn)
    table = flags.reshape(count + 1, span)
    table[:, column.null_code] = False
    step = max(access.tuning.distinct_flags_at_once // span, 1)
    parts = [slice(i, min(i + step, count)) for i in range(0, count, step)]
    counts = map_morsels(lambda _, part: flags_in_rows(table[part]), parts, access.control)
    return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)


AGGREGATES = {"DISTINCT": Distinct()}
