"""A field or expression next to aggregates: the list of its distinct values (LANGUAGE.md §8)."""

from __future__ import annotations

from usql.analysis.bound import DateText, DistinctList
from usql.engine.arrays.reductions import extremes_by_group
from usql.engine.arrays.runs import offsets_of
from usql.engine.arrays.sorting import numbered, ordered
from usql.engine.arrays.vectors import decode
from usql.engine.groups.aggregates.aggregate import OfValues, RowGroupPairs
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import (
    EARLIEST,
    numbered_in_groups,
    pair_numbers,
    pairs_state,
    with_value,
)
from usql.engine.runtime.limits import Control
from usql.store.columns import ListColumn
from usql.store.views import take_values


class DistinctValues(OfValues[DistinctList]):
    """The distinct values, ascending; texts of dates ordered by their earliest time."""

    def columns(self, node: DistinctList) -> tuple[StateColumn, ...]:
        return (EARLIEST,) if isinstance(node.operand, DateText) else ()

    def state(self, node: DistinctList, pairs: RowGroupPairs) -> State:
        control = pairs.access.control
        ids, entries = numbered_in_groups(pairs, node.operand)
        span = entries.factors.null + 1
        owners, codes = with_value(entries)
        combined, inverse = numbered(control, pair_numbers(pairs.access, ids, owners, codes, span))
        columns = {}
        if entries.times is not None:
            times = entries.times[entries.factors.codes != entries.factors.null]
            columns[EARLIEST], _ = extremes_by_group(
                control, inverse, times, len(combined), largest=False
            )
        values = decode(entries.factors, combined % span)
        return pairs_state(pairs.count, combined // span, values, columns)

    def finish(self, node: DistinctList, state: State, control: Control) -> ListColumn:
        groups, values = state.pairs
        offsets = offsets_of(groups, state.count)
        if isinstance(node.operand, DateText):
            values = take_values(values, ordered(control, [groups, state.read(EARLIEST)]))
        return ListColumn(offsets, values)


AGGREGATES = {DistinctList: DistinctValues()}
