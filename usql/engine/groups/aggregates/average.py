"""AVG (LANGUAGE.md §8)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import Metric
from usql.engine.groups.aggregates.aggregate import Additive, real_column
from usql.engine.groups.aggregates.state import Kind, State, StateColumn, state_column
from usql.engine.groups.aggregates.sum import real_sums, sum_columns
from usql.engine.runtime.limits import Control
from usql.store.columns import NumberColumn


class Average(Additive):
    """The sum of the values divided by their number, as a double; null without values."""

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        assert node.field is not None
        return (
            *sum_columns(node.field, node.where),
            state_column(Kind.VALUES, node.field, node.where),
        )

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        assert node.field is not None
        sums = real_sums(node.field, node.where, state)
        sizes = state.read(state_column(Kind.VALUES, node.field, node.where))
        has = sizes > 0
        averages = np.divide(sums, sizes, out=np.zeros(state.count), where=has)
        return real_column(averages, has)


AGGREGATES = {"AVG": Average()}
