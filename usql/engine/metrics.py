"""Metrics and lists per group (LANGUAGE.md §8)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import (
    DateText,
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    KeyRef,
    Metric,
    TopList,
)
from usql.catalog.model import FieldType
from usql.engine.access import Access
from usql.engine.conditions import evaluate
from usql.engine.evaluate import Evaluator, RowEvaluator
from usql.engine.groups import Groups
from usql.engine.kernels import (
    Array,
    Ints,
    any_in_run,
    distinct_pairs,
    group_extremes,
    group_quantiles,
    group_sums_exact,
    offsets_of,
    run_ids,
    stable_order,
)
from usql.engine.vectors import Vector, decode, factorize, present
from usql.store.columns import Column, ListColumn, NumberColumn


class SumOverflow(Exception):
    """A SUM left 64 bits (LANGUAGE.md §8)."""


class GroupEvaluator(Evaluator):
    """Expressions over groups: keys, metrics and lists are the leaves."""

    def __init__(self, access: Access, rows: Ints, groups: Groups) -> None:
        super().__init__(access, groups.count)
        self.rows = rows
        self.groups = groups
        self._known: dict[Expression, Vector] = {}

    def leaf(self, node: Expression) -> Vector:
        """A key, metric or list; each is computed once."""
        if node not in self._known:
            self._known[node] = self._compute(node)
        return self._known[node]

    def order_column(self, node: Expression) -> Vector:
        """What orders groups by the expression."""
        if isinstance(node, KeyRef):
            return self.groups.key_order(node.index)
        return super().order_column(node)

    def _compute(self, node: Expression) -> Vector:
        match node:
            case KeyRef(index=index):
                return self.groups.key(index)
            case Metric():
                return self._metric(node)
            case TopList(operand=operand, count=count):
                return self._top(operand, count)
            case DistinctList(operand=operand):
                return self._distinct_list(operand)
            case Extreme(operand=operand, largest=largest):
                return self._extreme(operand, largest)
        raise TypeError(f"{type(node).__name__} is no expression of groups")

    # --- what the members of the groups have

    def _member_values(self, node: Expression, ids: Ints, rows: Ints) -> tuple[Ints, Column]:
        """All values of a row expression with their groups: ``(ids, column)``."""
        found = RowEvaluator(self.access, rows).evaluate(node)
        if isinstance(found, ListColumn):
            return ids[run_ids(found.offsets)], found.entries
        assert isinstance(found, Column)
        return ids, found

    def _members(self, metric: Metric) -> tuple[Ints, Ints]:
        """The groups and table rows of the members that the metric sees."""
        groups = self.groups
        rows = self.rows[groups.rows]
        if metric.where is None:
            return groups.ids, rows
        fits = evaluate(self.access, metric.where)[rows]
        return groups.ids[fits], rows[fits]

    def _metric(self, metric: Metric) -> NumberColumn:
        ids, rows = self._members(metric)
        count = self.groups.count
        field = metric.field
        if field is None:
            return _counts(np.bincount(ids, minlength=count))
        if metric.function == "COUNT":
            has = _row_has(RowEvaluator(self.access, rows).evaluate(field))
            return _counts(np.bincount(ids[has], minlength=count))
        value_ids, column = self._member_values(field, ids, rows)
        valid = present(column)
        value_ids = value_ids[valid]
        if metric.function == "DISTINCT":
            factors = factorize(column)
            found, _ = distinct_pairs(value_ids, factors.codes[valid], factors.null + 1)
            return _counts(np.bincount(found, minlength=count))
        assert isinstance(column, NumberColumn)
        return _aggregate(metric, field, value_ids, column.values[valid], count)

    # --- lists

    def _pairs(self, node: Expression) -> tuple[Ints, Ints, Column, object]:
        """Per member the distinct non-null values: ``(groups, codes)``, a pair per member."""
        groups = self.groups
        member_ids = np.arange(len(groups.rows), dtype=np.int64)
        owners, column = self._member_values(node, member_ids, self.rows[groups.rows])
        factors = factorize(column)
        has = factors.codes != factors.null
        owners, codes = distinct_pairs(owners[has], factors.codes[has], factors.null + 1)
        return groups.ids[owners], codes, column, factors

    def _top(self, node: FieldRef | Expression, most: int) -> ListColumn:
        ids, codes, _, factors = self._pairs(node)
        span = factors.null + 1  # type: ignore[attr-defined]
        pairs, frequency = np.unique(ids * span + codes, return_counts=True)
        owners, values = pairs // span, pairs % span
        order = stable_order([owners, -frequency, values])
        owners, values = owners[order], values[order]
        first = np.searchsorted(owners, owners, side="left")
        kept = np.arange(len(owners)) - first < most
        return ListColumn(
            offsets_of(owners[kept], self.groups.count),
            decode(factors, values[kept]),  # type: ignore[arg-type]
        )

    def _distinct_list(self, node: Expression) -> ListColumn:
        groups = self.groups
        ids, column = self._member_values(node, groups.ids, self.rows[groups.rows])
        factors = factorize(column)
        has = factors.codes != factors.null
        span = factors.null + 1
        pairs, inverse = np.unique(ids[has] * span + factors.codes[has], return_inverse=True)
        owners, values = pairs // span, pairs % span
        if isinstance(node, DateText):
            # Texts stand in the order of their earliest time in the group.
            times = RowEvaluator(self.access, self.rows[groups.rows]).times(node)
            entries = times.entries if isinstance(times, ListColumn) else times
            assert isinstance(entries, NumberColumn)
            earliest, _ = group_extremes(inverse, entries.values[has], len(pairs), largest=False)
            order = stable_order([owners, earliest])
            owners, values = owners[order], values[order]
        return ListColumn(offsets_of(owners, groups.count), decode(factors, values))

    def _extreme(self, node: Expression, largest: bool) -> Column:
        groups = self.groups
        evaluator = RowEvaluator(self.access, self.rows[groups.rows])
        found = evaluator.order_column(node)
        ids, column = groups.ids, found
        if isinstance(found, ListColumn):
            ids, column = groups.ids[run_ids(found.offsets)], found.entries
        assert isinstance(column, Column)
        factors = factorize(column)
        has = factors.codes != factors.null
        codes, any_value = group_extremes(ids[has], factors.codes[has], groups.count, largest)
        return decode(factors, np.where(any_value, codes, factors.null))


def _row_has(found: Vector) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Per row, whether the field has a value in it."""
    from usql.engine.vectors import NestedProperties

    if isinstance(found, NestedProperties):
        return any_in_run(present(found.lists), found.offsets)
    return present(found)


def _counts(counts: Array) -> NumberColumn:
    return NumberColumn(FieldType.LONG, counts.astype(np.int64), None)


def _aggregate(
    metric: Metric, field: FieldRef, ids: Ints, values: Array, count: int
) -> NumberColumn:
    """SUM, MIN, MAX, AVG and PERCENTILE of valid values."""
    whole = values.dtype.kind != "f"
    match metric.function:
        case "MIN" | "MAX":
            extremes, found = group_extremes(ids, values, count, metric.function == "MAX")
            return NumberColumn(field.type, extremes, found)
        case "PERCENTILE":
            assert metric.percent is not None
            quantiles, found = group_quantiles(ids, values, count, metric.percent / 100)
            return NumberColumn(FieldType.DOUBLE, quantiles, found)
        case "SUM" if whole:
            try:
                sums = group_sums_exact(ids, values.astype(np.int64), count)
            except OverflowError:
                raise SumOverflow(f"SUM({field.text}) is larger than 64 bits hold") from None
            return NumberColumn(FieldType.LONG, sums, None)
    totals = np.bincount(ids, weights=values, minlength=count)
    if metric.function == "SUM":
        return NumberColumn(FieldType.DOUBLE, totals, None)
    sizes = np.bincount(ids, minlength=count)
    averages = np.divide(totals, sizes, out=np.zeros(count), where=sizes > 0)
    return NumberColumn(FieldType.DOUBLE, averages, sizes > 0)
