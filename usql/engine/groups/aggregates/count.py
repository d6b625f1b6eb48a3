"""COUNT: the number of rows, or of rows with a value (LANGUAGE.md §8)."""

from __future__ import annotations

from usql.analysis.bound import Metric
from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.aggregate import Additive
from usql.engine.groups.aggregates.state import Kind, State, StateColumn, state_column
from usql.engine.runtime.limits import Control
from usql.store.columns import NumberColumn

EVERY_ROW = Metric("ROWS")
"""COUNT(*)."""


class Count(Additive):
    """The number of matching rows; for a field, of those that have a value."""

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        return (state_column(Kind.ROWS, node.field, node.where),)

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        return NumberColumn(FieldType.LONG, state.read(*self.columns(node)), None)


AGGREGATES = {"ROWS": Count(), "COUNT": Count()}
