"""MIN and MAX, and the smallest or largest value of an expression, to order by (LANGUAGE.md §8)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import Extreme, Metric
from usql.engine.arrays.kernels import Array, run_ids
from usql.engine.arrays.sorting import extremes_by_group
from usql.engine.arrays.vectors import present
from usql.engine.groups.aggregates.aggregate import Additive, Members, OfValues
from usql.engine.groups.aggregates.state import Kind, State, StateColumn
from usql.engine.groups.aggregates.value_pairs import LISTS, announced_members, pairs_state
from usql.engine.rows.evaluate import RowEvaluator
from usql.engine.rows.piecewise import evaluated
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn
from usql.store.views import take_values


@dataclass(frozen=True)
class Extremes(Additive):
    """The smallest or the largest number; null of none."""

    kind: Kind

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        return tuple(StateColumn(kind, node.field, node.where) for kind in (self.kind, Kind.HAS))

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        assert node.field is not None
        values, has = (state.read(column) for column in self.columns(node))
        return NumberColumn(node.field.type, np.where(has, values, values.dtype.type(0)), has)


class ExtremeValue(OfValues[Extreme]):
    """The first or the last value in the order of an expression's values: of a DATETIME, its time."""

    def columns(self, node: Extreme) -> tuple[StateColumn, ...]:
        """The values alone."""
        return ()

    def state(self, node: Extreme, members: Members) -> State:
        """Of each group the extreme value alone."""
        access = members.access
        rows, ids = announced_members(members)
        column = evaluated(access, rows, node.operand, RowEvaluator.order_column, LISTS)
        if isinstance(column, ListColumn):
            ids, column = ids[run_ids(column.offsets)], column.entries
        assert isinstance(column, Column)
        has = present(column)
        keys: Array = column.codes if isinstance(column, DictionaryColumn) else column.values
        found, known = extremes_by_group(
            access.control, ids[has], keys[has], members.count, node.largest
        )
        groups = np.flatnonzero(known)
        values: Column
        if isinstance(column, DictionaryColumn):
            values = DictionaryColumn(column.type, found[groups], column.dictionary)
        else:
            values = NumberColumn(column.type, found[groups], None)
        return pairs_state(members.count, groups, values, {})

    def finish(self, node: Extreme, state: State, control: Control) -> Column:
        groups, values = state.pairs
        if not node.largest:  # the last one written stands
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
