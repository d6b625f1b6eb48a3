"""TOP as a column: the most frequent values (LANGUAGE.md §8)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import FieldRef, TopList
from usql.engine.arrays.native.runs import distinct_in_runs
from usql.engine.arrays.runs import offsets_of
from usql.engine.arrays.sorting import ordered, value_counts_below
from usql.engine.arrays.types import Ints
from usql.engine.arrays.vectors import Factors, decode, every_value
from usql.engine.groups.aggregates.aggregate import OfValues, RowGroupPairs
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import (
    LISTS,
    WEIGHT,
    numbered_in_groups,
    pair_numbers,
    pairs_state,
    with_value,
)
from usql.engine.rows.piecewise import Numbered, distinct_by_row
from usql.engine.runtime.limits import Control
from usql.store.columns import DictionaryColumn, ListColumn
from usql.store.views import take_values


class TopValues(OfValues[TopList]):
    """The values that most rows of the group have, ties by value; a value counts once per row."""

    def columns(self, node: TopList) -> tuple[StateColumn, ...]:
        return (WEIGHT,)

    def state(self, node: TopList, pairs: RowGroupPairs) -> State:
        groups, codes, frequency, factors = _frequencies(node, pairs)
        return pairs_state(pairs.count, groups, decode(factors, codes), {WEIGHT: frequency})

    def finish(self, node: TopList, state: State, control: Control) -> ListColumn:
        groups, values = state.pairs
        order = ordered(control, [groups, -state.read(WEIGHT)])  # ties stay in value order
        starts = np.searchsorted(groups, groups, side="left")
        shown = np.arange(len(groups)) - starts < node.count
        return ListColumn(offsets_of(groups[shown], state.count), take_values(values, order[shown]))


def _frequencies(node: TopList, pairs: RowGroupPairs) -> tuple[Ints, Ints, Ints, Factors]:
    """The pairs of a group and a value in it, by their codes, and the number of rows that have
    them."""
    access = pairs.access
    operand = node.operand
    if isinstance(operand, FieldRef):
        column = access.column(operand)
        frequencies = pairs.frequencies(operand) if isinstance(column, DictionaryColumn) else None
        if isinstance(column, DictionaryColumn) and frequencies is not None:
            by_group = frequencies[:-1].T
            groups, codes = np.nonzero(by_group)
            return groups, codes, by_group[groups, codes], every_value(column)
    ids, entries = numbered_in_groups(pairs, operand)
    if entries.offsets is None:
        owners, codes = with_value(entries)
    else:
        owners, codes = distinct_by_row(access.control, entries, _distinct, LISTS)
    span = entries.factors.null + 1
    combined = pair_numbers(access, ids, owners, codes, span)
    chosen, frequency = value_counts_below(access.control, combined, pairs.count * span)
    return chosen // span, chosen % span, frequency, entries.factors


def _distinct(entries: Numbered) -> tuple[Ints, ...]:
    """The distinct values of each row: ``(owners, codes)``."""
    assert entries.offsets is not None
    factors = entries.factors
    return distinct_in_runs(factors.codes, entries.offsets, factors.null, keeps_empty=False)


AGGREGATES = {TopList: TopValues()}
