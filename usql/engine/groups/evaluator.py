"""Expressions over groups: keys, metrics and lists (LANGUAGE.md §8)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from usql.analysis.bound import (
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    KeyRef,
    Metric,
    TopList,
)
from usql.engine.arrays.gather import gather
from usql.engine.arrays.types import Ints
from usql.engine.arrays.vectors import Vector
from usql.engine.groups.aggregates.aggregate import Node, OfValues, RowGroupPairs
from usql.engine.groups.aggregates.passes import accumulate
from usql.engine.groups.aggregates.registry import (
    additive,
    aggregate_of,
    columns_of_metric,
    is_additive,
)
from usql.engine.groups.aggregates.slot_states import know, state_of_groups
from usql.engine.groups.aggregates.state import State
from usql.engine.groups.first_pass import may_overflow
from usql.engine.groups.groups import Groups
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.evaluate import Evaluator
from usql.engine.runtime.workers import map_morsels
from usql.errors import InternalError
from usql.store.columns import Column
from usql.store.views import take_values


class GroupEvaluator(Evaluator):
    """Expressions over groups, with keys, metrics and lists as leaves. ``metrics`` are all that
    will be needed; those that can be computed together are."""

    def __init__(self, access: Access, groups: Groups, metrics: Sequence[Metric]) -> None:
        super().__init__(access, groups.count)
        self.groups = groups
        self.metrics = tuple(metrics)
        self._known: dict[Expression, Vector] = {}

    def only(self, numbers: Ints) -> GroupEvaluator:
        """The evaluator for only these groups, in this order, with everything that is already
        computed for them."""
        capacity = self.groups.count if self.groups.table is None else len(self.groups.table)
        self.access.control.reserve(8 * capacity + _GROUP * len(numbers), "groups")
        evaluator = self._over(self.groups.only(numbers, self.access.control.check))
        for node, known in self._known.items():
            if isinstance(known, Column):
                evaluator._known[node] = take_values(known, numbers)
        return evaluator

    def _over(self, groups: Groups) -> GroupEvaluator:
        """An evaluator of the same kind over other groups."""
        return GroupEvaluator(self.access, groups, self.metrics)

    def check_sums(self) -> None:
        """Compute each SUM that may exceed 64 bits, so that it fails whatever a limit shows."""
        for metric in self.metrics:
            if may_overflow(self.access, metric):
                self.leaf(metric)

    def leaf(self, node: Expression) -> Vector:
        """A key, metric or list; each is computed once."""
        known = self._known.get(node)
        return self._computed(node) if known is None else known

    def order_column(self, node: Expression) -> Vector:
        """The sort column of the expression."""
        if isinstance(node, KeyRef):
            return self.groups.key_order(node.index)
        return super().order_column(node)

    def _computed(self, node: Expression) -> Vector:
        self.access.control.check()
        vector: Vector
        match node:
            case KeyRef(index=index):
                vector = self.groups.key(index)
            case Metric() if self._is_indexed(node):
                assert self.groups.indexes is not None
                vector = self.groups.indexes.column(node, self.groups.slot_of)
            case Metric() if (aggregate := additive(node)) is not None:
                if not self.is_early(node):
                    self._add_up(node)
                    return self._known[node]
                vector = aggregate.finish(node, self.groups.known, self.access.control)
            case Metric() | TopList() | DistinctList() | Extreme():
                of_values = aggregate_of(node)
                assert isinstance(of_values, OfValues)
                self._collect(of_values, node)
                return self._known[node]
            case _:
                raise InternalError(f"{type(node).__name__} is no expression of groups")
        self._known[node] = vector
        return vector

    def _add_up(self, metric: Metric) -> None:
        """Compute an additive metric, together with all others that need it, by another pass over
        the row–group pairs."""
        late = (m for m in self.metrics if is_additive(m) and not self._is_known(m))
        metrics = list(dict.fromkeys((metric, *late)))
        state = self.late(metrics)
        for one in metrics:
            self._known[one] = aggregate_of(one).finish(one, state, self.access.control)

    def _collect(self, aggregate: OfValues[Any], node: Node) -> None:
        """Compute a metric from the pairs' values, together with all that differ only in a
        percentage."""
        alike = self._alike(node)
        answers = aggregate.answers(alike, self.pairs())
        self._known.update(zip(alike, answers, strict=True))

    def _alike(self, node: Node) -> list[Node]:
        """The node, and the metrics that differ from it only in a percentage."""
        if not isinstance(node, Metric) or node.percent is None:
            return [node]
        others = (m for m in self.metrics if m != node and _differ_in_percent(m, node))
        return [node, *others]

    def _is_indexed(self, metric: Metric) -> bool:
        indexes = self.groups.indexes
        return indexes is not None and indexes.serves(metric, self.metrics)

    def is_early(self, metric: Metric) -> bool:
        """Whether the first pass added a metric up."""
        return know(self.groups.slot_states, columns_of_metric(metric))

    def _is_known(self, metric: Metric) -> bool:
        return self.is_early(metric) or self._is_indexed(metric)

    def late(self, metrics: Sequence[Metric]) -> State:
        """The state that another pass over the row–group pairs adds up."""
        count = self.groups.count
        slot_states = accumulate(self.access, self._chunks(), metrics, count + 1)
        every = np.arange(count, dtype=np.int64)
        return state_of_groups(slot_states, every, every, count)

    def pairs(self) -> RowGroupPairs:
        """The row–group pairs whose values the aggregates read."""
        return RowGroupPairs(
            self.access, self.size, functools.cache(self._chunks), self._frequencies
        )

    def _frequencies(self, field: FieldRef) -> Ints | None:
        indexes = self.groups.indexes
        known = None if indexes is None else indexes.frequencies(field)
        return None if known is None else known[:, self.groups.slot_of]

    def _grouped(self, chunk: Chunk) -> Chunk:
        """The chunk's pairs by the group numbers of this evaluator. Pairs of other groups are left
        out if the pairs are few; otherwise they have a number past the groups."""
        table = self.groups.table
        assert table is not None
        ids = gather(table, chunk.ids)
        matching = ids != self.groups.count
        matches = int(np.count_nonzero(matching))
        if 2 * matches > len(ids):
            return Chunk(chunk.rows, chunk.places, ids)
        chosen = np.flatnonzero(matching)
        if chunk.places is not None:
            return Chunk(chunk.rows, chunk.places[chosen], ids[chosen])
        rows = chunk.rows
        numbers = chosen + rows.start if isinstance(rows, slice) else rows[chosen]
        return Chunk(numbers, None, ids[chosen])

    def _chunks(self) -> Sequence[Chunk]:
        groups = self.groups
        chunks: Sequence[Chunk] = groups.chunks
        if not chunks and groups.indexes is not None:
            chunks = groups.indexes.every()
        if groups.table is None:
            return chunks
        return map_morsels(lambda _, c: self._grouped(c), chunks, self.access.control)


def _differ_in_percent(one: Metric, other: Metric) -> bool:
    """Whether two metrics differ in nothing but possibly a percentage."""
    of_other = (other.function, other.field, other.where)
    return (one.function, one.field, one.where) == of_other


_GROUP = 64
"""Bytes of a shown group."""
