"""MIN and MAX, and the smallest or largest value of an expression for sorting (LANGUAGE.md §8)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import Extreme, Metric
from usql.engine.arrays.reductions import extremes_by_group
from usql.engine.arrays.runs import run_ids
from usql.engine.arrays.types import Array
from usql.engine.arrays.vectors import present
from usql.engine.groups.aggregates.aggregate import Additive, OfValues, RowGroupPairs
from usql.engine.groups.aggregates.state import Kind, State, StateColumn, state_column
from usql.engine.groups.aggregates.value_pairs import LISTS, pairs_state, reserved_pairs
from usql.engine.rows.evaluate import RowEvaluator
from usql.engine.rows.piecewise import evaluated
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn
from usql.store.views import take_values


@dataclass(frozen=True)
class Extremes(Additive):
    """The smallest or the largest number; null without values."""

    kind: Kind

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        return tuple(state_column(kind, node.field, node.where) for kind in (self.kind, Kind.HAS))

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        assert node.field is not None
        values, has = (state.read(column) for column in self.columns(node))
        return NumberColumn(node.field.type, np.where(has, values, values.dtype.type(0)), has)


class ExtremeValue(OfValues[Extreme]):
    """The first or last value in the order of an expression's values; for a DATETIME, its time."""

    def columns(self, node: Extreme) -> tuple[StateColumn, ...]:
        """Only the values."""
        return ()

    def state(self, node: Extreme, pairs: RowGroupPairs) -> State:
        """For each group only its extreme value."""
        access = pairs.access
        rows, ids = reserved_pairs(pairs)
        column = evaluated(access, rows, node.operand, RowEvaluator.order_column, LISTS)
        if isinstance(column, ListColumn):
            ids, column = ids[run_ids(column.offsets)], column.entries
        assert isinstance(column, Column)
        has = present(column)
        keys: Array = column.codes if isinstance(column, DictionaryColumn) else column.values
        extremes, known = extremes_by_group(
            access.control, ids[has], keys[has], pairs.count, node.largest
        )
        groups = np.flatnonzero(known)
        values: Column
        if isinstance(column, DictionaryColumn):
            values = DictionaryColumn(column.type, extremes[groups], column.dictionary)
        else:
            values = NumberColumn(column.type, extremes[groups], None)
        return pairs_state(pairs.count, groups, values, {})

    def finish(self, node: Extreme, state: State, control: Control) -> Column:
        groups, values = state.pairs
        if not node.largest:  # the last write wins
            groups, values = groups[::-1], take_values(values, np.arange(len(groups))[::-1])
        if isinstance(values, DictionaryColumn):
            codes = np.full(state.count, values.null_code, dtype=values.codes.dtype)
            codes[groups] = values.codes
            return DictionaryColumn(values.type, codes, values.dictionary)
        numbers = np.zeros(state.count, dtype=values.values.dtype)
        numbers[groups] = values.values
        has = np.zeros(state.count, dtype=np.bool_)
        has[groups] = True
        return NumberColumn(values.type, numbers, has)


AGGREGATES = {
    "MIN": Extremes(Kind.LEAST),
    "MAX": Extremes(Kind.GREATEST),
    Extreme: ExtremeValue(),
}
