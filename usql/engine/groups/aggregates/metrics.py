"""Metrics and lists per group (LANGUAGE.md §8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import (
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    KeyRef,
    Keys,
    Metric,
    TopList,
)
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Array, Ints, distinct_in_runs, gather, offsets_of, run_ids
from usql.engine.arrays.sorting import counted, extremes_by_group, numbered, ordered
from usql.engine.arrays.vectors import Factors, Vector, decode, every_value, present
from usql.engine.groups.aggregates.accumulate import is_additive
from usql.engine.groups.aggregates.distinct import count_distinct
from usql.engine.groups.aggregates.quantile import quantiles, read_sorted
from usql.engine.groups.grouping import Groups, may_overflow, run_totals
from usql.engine.groups.member_values import all_members
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node, compile_condition
from usql.engine.rows.evaluate import Evaluator, RowEvaluator
from usql.engine.rows.piecewise import Numbered, distinct_by_row, evaluated, numbered_values
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn
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
        if isinstance(node, Metric) and self._indexed(node):
            return
        match node:
            case KeyRef(index=index):
                self._known[node] = self.groups.key(index)
            case Metric() if is_additive(node):
                self._additive(node)
            case Metric(function="DISTINCT"):
                self._known[node] = self._distinct(node)
            case Metric():
                self._quantiles(node)
            case TopList(operand=operand, count=count):
                self._known[node] = self._top(operand, count)
            case DistinctList(operand=operand):
                self._known[node] = self._distinct_list(operand)
            case Extreme(operand=operand, largest=largest):
                self._known[node] = self._extreme(operand, largest)
            case _:
                raise TypeError(f"{type(node).__name__} is no expression of groups")

    # --- metrics

    def _indexed(self, metric: Metric) -> bool:
        """Read a metric from an index of the cells, if one serves it."""
        indexes = self.groups.indexes
        if indexes is None or not indexes.serves(metric, self.metrics):
            return False
        assert metric.field is not None
        cells = self.groups.cell_of
        if metric.function == "DISTINCT":
            counts = np.diff(indexes.distinct(metric.field)["ends"], prepend=0)[cells]
            self._known[metric] = NumberColumn(FieldType.LONG, counts, None)
        else:
            column = read_sorted(metric, indexes.sorted(metric.field), cells)
            self._known[metric] = _without_nan(column)
        return True

    def _additive(self, metric: Metric) -> None:
        """From the totals of the first pass, or, with all others that are missing, from one more
        over the members."""
        groups = self.groups
        for metrics, totals in groups.totals:
            if metric in metrics or metric == Metric("ROWS"):
                column = totals.column(metric, groups.cells, groups.cell_groups, groups.count)
                self._known[metric] = _without_nan(column)
                return
        late = [m for m in self.metrics if is_additive(m) and not self._is_early(m)]
        every = np.arange(groups.count, dtype=np.int64)
        for metrics, totals in run_totals(self.access, self._chunks(), late, groups.count + 1):
            for one in metrics:
                column = totals.column(one, every, every, groups.count)
                self._known[one] = _without_nan(column)

    def _is_early(self, metric: Metric) -> bool:
        indexes = self.groups.indexes
        if indexes is not None and indexes.serves(metric, self.metrics):
            return True
        return any(metric in metrics for metrics, _ in self.groups.totals)

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

    def _node(self, metric: Metric) -> Node | None:
        return None if metric.where is None else compile_condition(self.access, metric.where)

    def _distinct(self, metric: Metric) -> NumberColumn:
        assert metric.field is not None
        counts = count_distinct(
            self.access, self._chunks(), metric.field, self._node(metric), self.size
        )
        return NumberColumn(FieldType.LONG, counts, None)

    def _quantiles(self, metric: Metric) -> None:
        """All quantiles of the same values together."""
        assert metric.field is not None
        source = (metric.field, metric.where)
        alike = [m for m in self.metrics if m.percent is not None and (m.field, m.where) == source]
        shares = [m.percent / 100 for m in alike if m.percent is not None]
        node = self._node(metric)
        found = quantiles(self.access, self._chunks(), metric.field, node, self.size, shares)
        for one, (values, has) in zip(alike, found, strict=True):
            self._known[one] = _without_nan(NumberColumn(FieldType.DOUBLE, values, has))

    # --- lists

    def _members(self) -> tuple[Ints, Ints]:
        """The table rows and groups of all members."""
        chunks = self._chunks()
        self.access.control.reserve(_MEMBER * sum(map(len, chunks)), _WHAT)
        return all_members(chunks, self.size)

    def _top(self, node: FieldRef | Keys, most: int) -> ListColumn:
        """The most frequent values per group; a value counts once per member."""
        groups, values, frequency, factors = self._frequencies(node)
        order = ordered(self.access.control, [groups, -frequency, values])
        groups, values = groups[order], values[order]
        starts = np.searchsorted(groups, groups, side="left")
        shown = np.arange(len(groups)) - starts < most
        return ListColumn(offsets_of(groups[shown], self.size), decode(factors, values[shown]))

    def _frequencies(self, node: FieldRef | Keys) -> tuple[Ints, Ints, Ints, Factors]:
        """The pairs of a group and a value in it, by their codes, and their members."""
        indexes = self.groups.indexes
        if indexes is not None and isinstance(node, FieldRef):
            column = self.access.column(node)
            counts = None
            if isinstance(column, DictionaryColumn):
                counts = indexes.frequencies(node)
            if isinstance(column, DictionaryColumn) and counts is not None:
                own = counts[:-1, self.groups.cell_of].T
                groups, values = np.nonzero(own)
                return groups, values, own[groups, values], every_value(column)
        rows, ids = self._members()
        found = numbered_values(self.access, rows, node, _WHAT)
        if found.offsets is None:
            owners, codes = _with_value(found)
        else:
            owners, codes = distinct_by_row(self.access.control, found, _distinct, _WHAT)
        pairs = self._pairs(ids, owners, codes, found.factors)
        span = found.factors.null + 1
        if self.size * span <= max(_FEW_PAIRS, 4 * len(pairs)):
            every = np.bincount(pairs, minlength=self.size * span)
            chosen = np.flatnonzero(every)
            return chosen // span, chosen % span, every[chosen], found.factors
        chosen, frequency = counted(self.access.control, pairs)
        return chosen // span, chosen % span, frequency, found.factors

    def _pairs(self, ids: Ints, owners: Ints, codes: Ints, factors: Factors) -> Ints:
        """The group and the value of entries as one number."""
        self.access.control.reserve(_PAIR * len(owners), _WHAT)
        pairs = ids[owners]
        pairs *= factors.null + 1
        pairs += codes
        return pairs

    def _distinct_list(self, node: Expression) -> ListColumn:
        control = self.access.control
        rows, ids = self._members()
        found = numbered_values(self.access, rows, node, _WHAT)
        owners, codes = _with_value(found)
        span = found.factors.null + 1
        pairs, inverse = numbered(control, self._pairs(ids, owners, codes, found.factors))
        groups, values = pairs // span, pairs % span
        if found.times is not None:
            # Texts stand in the order of their earliest time in the group.
            times = found.times[found.factors.codes != found.factors.null]
            earliest, _ = extremes_by_group(control, inverse, times, len(pairs), largest=False)
            order = ordered(control, [groups, earliest])
            groups, values = groups[order], values[order]
        return ListColumn(offsets_of(groups, self.size), decode(found.factors, values))

    def _extreme(self, node: Expression, largest: bool) -> Column:
        control = self.access.control
        rows, ids = self._members()
        column = evaluated(self.access, rows, node, RowEvaluator.order_column, _WHAT)
        if isinstance(column, ListColumn):
            ids, column = ids[run_ids(column.offsets)], column.entries
        assert isinstance(column, Column)
        has = present(column)
        keys: Array = column.codes if isinstance(column, DictionaryColumn) else column.values
        values, found = extremes_by_group(control, ids[has], keys[has], self.size, largest)
        if isinstance(column, DictionaryColumn):
            codes = np.where(found, values, values.dtype.type(column.null_code))
            return DictionaryColumn(column.type, codes, column.dictionary)
        return NumberColumn(column.type, values, found)


_WHAT = "values of lists"

_MEMBER = 24
_PAIR = 40
_GROUP = 64
"""Bytes that a member of a list, a value of it, and a group that is shown take."""

_FEW_PAIRS = 1 << 12
"""Pairs of a group and a value that could be, which are counted in an array however few there are."""


def _with_value(found: Numbered) -> tuple[Ints, Ints]:
    """The row and the number of each entry that has a value."""
    has = found.factors.codes != found.factors.null
    return found.owners[has], found.factors.codes[has]


def _distinct(found: Numbered) -> tuple[Ints, ...]:
    """The distinct values of each row: ``(owners, codes)``."""
    return distinct_in_runs(*_with_value(found), found.factors.null + 1)


def _without_nan(column: NumberColumn) -> NumberColumn:
    """The metric with nulls where infinities of both signs leave no number, as in arithmetic."""
    nan = np.isnan(column.values) if column.values.dtype.kind == "f" else None
    if nan is None or not nan.any():
        return column
    return NumberColumn(column.type, np.where(nan, 0.0, column.values), present(column) & ~nan)
