"""A field or expression beside aggregates: the list of its distinct values (LANGUAGE.md §8)."""

from __future__ import annotations

from usql.analysis.bound import DateText, DistinctList
from usql.engine.arrays.kernels import offsets_of
from usql.engine.arrays.sorting import extremes_by_group, numbered, ordered
from usql.engine.arrays.vectors import decode
from usql.engine.groups.aggregates.aggregate import Members, OfValues
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import (
    EARLIEST,
    numbered_members,
    pair_numbers,
    pairs_state,
    with_value,
)
from usql.engine.runtime.limits import Control
from usql.store.columns import ListColumn
from usql.store.views import take_values


class DistinctValues(OfValues[DistinctList]):
    """The distinct values, ascending; texts of dates in the order of their earliest time."""

    def columns(self, node: DistinctList) -> tuple[StateColumn, ...]:
        return (EARLIEST,) if isinstance(node.operand, DateText) else ()

    def state(self, node: DistinctList, members: Members) -> State:
        control = members.access.control
        ids, found = numbered_members(members, node.operand)
        span = found.factors.null + 1
        owners, codes = with_value(found)
        pairs, inverse = numbered(control, pair_numbers(members.access, ids, owners, codes, span))
        columns = {}
        if found.times is not None:
            times = found.times[found.factors.codes != found.factors.null]
            columns[EARLIEST], _ = extremes_by_group(
                control, inverse, times, len(pairs), largest=False
            )
        values = decode(found.factors, pairs % span)
        return pairs_state(members.count, pairs // span, values, columns)

    def finish(self, node: DistinctList, state: State, control: Control) -> ListColumn:
        groups, values = state.pairs
        offsets = offsets_of(groups, state.count)
        if isinstance(node.operand, DateText):
            values = take_values(values, ordered(control, [groups, state.read(EARLIEST)]))
        return ListColumn(offsets, values)


AGGREGATES = {DistinctList: DistinctValues()}
