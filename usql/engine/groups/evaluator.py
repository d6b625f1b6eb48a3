"""Expressions over groups: keys, metrics and lists (LANGUAGE.md §8)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
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
from usql.engine.arrays.kernels import Ints, gather
from usql.engine.arrays.vectors import Vector
from usql.engine.groups.aggregates.aggregate import Additive, Members, Node, OfValues
from usql.engine.groups.aggregates.passes import run_totals
from usql.engine.groups.aggregates.registry import aggregate_of, columns_of_metric, is_additive
from usql.engine.groups.aggregates.state import State
from usql.engine.groups.aggregates.totals import know, state_of_groups
from usql.engine.groups.first_pass import may_overflow
from usql.engine.groups.groups import Groups
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.evaluate import Evaluator
from usql.engine.runtime.workers import map_morsels
from usql.errors import InternalError
from usql.store.columns import Column
from usql.store.views import take_values


class GroupEvaluator(Evaluator):
    """Expressions over groups: keys, metrics and lists are the leaves. ``metrics`` are those that
    will be asked for; what can be computed together is."""

    def __init__(self, access: Access, groups: Groups, metrics: Sequence[Metric]) -> None:
        super().__init__(access, groups.count)
        self.groups = groups
        self.metrics = tuple(dict.fromkeys(metrics))
        self._known: dict[Expression, Vector] = {}

    def only(self, numbers: Ints) -> GroupEvaluator:
        """The evaluator of these groups alone, in this order, with what is known of them."""
        slots = self.groups.count if self.groups.table is None else len(self.groups.table)
        self.access.control.reserve(8 * slots + _GROUP * len(numbers), "groups")
        evaluator = GroupEvaluator(
            self.access, self.groups.only(numbers, self.access.control.check), self.metrics
        )
        for node, known in self._known.items():
            if isinstance(known, Column):
                evaluator._known[node] = take_values(known, numbers)
        return evaluator

    def check_sums(self) -> None:
        """Compute each SUM that may leave 64 bits, so that it does so whatever a limit shows."""
        for metric in self.metrics:
            if may_overflow(self.access, metric):
                self.leaf(metric)

    def leaf(self, node: Expression) -> Vector:
        """A key, metric or list; each is computed once."""
        if node not in self._known:
            self._compute(node)
        return self._known[node]

    def order_column(self, node: Expression) -> Vector:
        """What orders groups by the expression."""
        if isinstance(node, KeyRef):
            return self.groups.key_order(node.index)
        return super().order_column(node)

    def _compute(self, node: Expression) -> None:
        self.access.control.check()
        match node:
            case KeyRef(index=index):
                self._known[node] = self.groups.key(index)
            case Metric() if self._is_indexed(node):
                assert self.groups.indexes is not None
                self._known[node] = self.groups.indexes.column(node, self.groups.cell_of)
            case Metric() | TopList() | DistinctList() | Extreme():
                aggregate = aggregate_of(node)
                if isinstance(aggregate, Additive):
                    assert isinstance(node, Metric)
                    self._add_up(node)
                else:
                    self._collect(aggregate, node)
            case _:
                raise InternalError(f"{type(node).__name__} is no expression of groups")

    def _add_up(self, metric: Metric) -> None:
        """An additive metric: of what the first pass added up or, with all others that need one, by
        one more pass over the members."""
        if self.is_early(metric):
            asked, state = [metric], self.early()
        else:
            late = (m for m in self.metrics if is_additive(m) and not self._is_known(m))
            asked = list(dict.fromkeys((metric, *late)))
            state = self.late(asked)
        for one in asked:
            self._known[one] = aggregate_of(one).finish(one, state, self.access.control)

    def _collect(self, aggregate: OfValues[Any], node: Node) -> None:
        """What is made of the members' values; with it all that differ in a percentage alone."""
        alike = [node]
        if isinstance(node, Metric):
            others = (m for m in self.metrics if replace(m, percent=node.percent) == node)
            alike = list(dict.fromkeys((node, *others)))
        answers = aggregate.answers(alike, self.members())
        self._known.update(zip(alike, answers, strict=True))

    def _is_indexed(self, metric: Metric) -> bool:
        indexes = self.groups.indexes
        return indexes is not None and indexes.serves(metric, self.metrics)

    def is_early(self, metric: Metric) -> bool:
        """Whether the first pass added a metric up."""
        return know(self.groups.totals, columns_of_metric(metric))

    def _is_known(self, metric: Metric) -> bool:
        return self.is_early(metric) or self._is_indexed(metric)

    def early(self) -> State:
        """What the first pass added up."""
        groups = self.groups
        return state_of_groups(groups.totals, groups.cells, groups.cell_groups, groups.count)

    def late(self, metrics: Sequence[Metric]) -> State:
        """What one more pass over the members adds up."""
        count = self.groups.count
        totals = run_totals(self.access, self._chunks(), metrics, count + 1)
        every = np.arange(count, dtype=np.int64)
        return state_of_groups(totals, every, every, count)

    def members(self) -> Members:
        """The members whose values aggregates look at."""
        return Members(self.access, self.size, functools.cache(self._chunks), self._frequencies)

    def _frequencies(self, field: FieldRef) -> Ints | None:
        indexes = self.groups.indexes
        known = None if indexes is None else indexes.frequencies(field)
        return None if known is None else known[:, self.groups.cell_of]

    def _grouped(self, chunk: Chunk) -> Chunk:
        """The chunk's members in the groups of this evaluator, by group number; of few members the
        others are left out, of many they have a number past the groups."""
        table = self.groups.table
        assert table is not None
        ids = gather(table, chunk.ids)
        kept = ids != self.groups.count
        hits = int(np.count_nonzero(kept))
        if 2 * hits > len(ids):
            return Chunk(chunk.rows, chunk.places, ids)
        chosen = np.flatnonzero(kept)
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


_GROUP = 64
"""Bytes that a group that is shown takes."""
