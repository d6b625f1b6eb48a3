"""COUNT(DISTINCT …) (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import FieldRef, Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Ints, flags_in_rows, scratch
from usql.engine.groups.aggregates.aggregate import Members, OfValues
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import condition_node, field_pairs
from usql.engine.groups.member_values import fitting, member_values
from usql.engine.groups.members import Chunk
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import DictionaryColumn, NumberColumn

_MOST_FLAGS = 1 << 27
"""Bytes of a table of one flag per group and value."""

_ROWS_OF_FLAGS = 1 << 20
"""Flags that one thread counts at once."""

_WHAT = "distinct values"


class Distinct(OfValues[Metric]):
    """The number of distinct values."""

    index = "distinct values"

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        """The values alone."""
        return ()

    def state(self, node: Metric, members: Members) -> State:
        return field_pairs(node, members, _WHAT)

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        groups, _ = state.pairs
        return _counts(np.bincount(groups, minlength=state.count))

    def answers(self, nodes: Sequence[Metric], members: Members) -> Sequence[NumberColumn]:
        """By a table of flags, a byte per group and value, where that is
        not too sparse."""
        return [self._answer(node, members) for node in nodes]

    def _answer(self, node: Metric, members: Members) -> NumberColumn:
        assert node.field is not None
        column = members.access.column(node.field)
        if isinstance(column, DictionaryColumn) and not node.field.multi:
            span = -(-(column.null_code + 1) // 64) * 64
            flags = (members.count + 1) * span
            if flags <= min(_MOST_FLAGS, max(1 << 16, 32 * sum(map(len, members.chunks())))):
                return _counts(_by_flags(node, node.field, members, span))
        return self.finish(node, self.state(node, members), members.access.control)

    def of_index(self, node: Metric, arrays: Arrays, cells: Ints) -> NumberColumn:
        return _counts(np.diff(arrays["ends"], prepend=0)[cells])


def _counts(numbers: Ints) -> NumberColumn:
    return NumberColumn(FieldType.LONG, numbers, None)


def _by_flags(metric: Metric, field: FieldRef, members: Members, span: int) -> Ints:
    access, count = members.access, members.count
    node = condition_node(access, metric)
    access.control.reserve((count + 1) * span, _WHAT)
    seen = np.zeros((count + 1) * span, dtype=np.bool_)

    def work(_: int, chunk: Chunk) -> None:
        ids, column = member_values(access, fitting(chunk, node), field)
        assert isinstance(column, DictionaryColumn)
        places = scratch("wide", np.intp, len(ids))
        np.multiply(ids, span, out=places, dtype=np.intp, casting="unsafe")
        np.add(places, column.codes, out=places, casting="unsafe")
        seen[places] = True  # threads may set the same flag; all set it alike

    map_morsels(work, members.chunks(), access.control)
    column = access.column(field)
    assert isinstance(column, DictionaryColumn)
    table = seen.reshape(count + 1, span)
    table[:, column.null_code] = False
    step = max(_ROWS_OF_FLAGS // span, 1)
    parts = [slice(i, min(i + step, count)) for i in range(0, count, step)]
    counts = map_morsels(lambda _, part: flags_in_rows(table[part]), parts, access.control)
    return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)


AGGREGATES = {"DISTINCT": Distinct()}
