"""TOP as a column: the most frequent values (LANGUAGE.md §8)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import FieldRef, TopList
from usql.engine.arrays.kernels import Ints, distinct_in_runs, offsets_of
from usql.engine.arrays.sorting import counted, ordered
from usql.engine.arrays.vectors import Factors, decode, every_value
from usql.engine.groups.aggregates.aggregate import Members, OfValues
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import (
    LISTS,
    WEIGHT,
    numbered_members,
    pair_numbers,
    pairs_state,
    with_value,
)
from usql.engine.rows.piecewise import Numbered, distinct_by_row
from usql.engine.runtime.limits import Control
from usql.store.columns import DictionaryColumn, ListColumn
from usql.store.views import take_values

_FEW_PAIRS = 1 << 12
"""Pairs of a group and a value that could be, which are counted in an array however few there are."""


class TopValues(OfValues[TopList]):
    """The values that most members have, ties by value; a value counts once per member."""

    def columns(self, node: TopList) -> tuple[StateColumn, ...]:
        return (WEIGHT,)

    def state(self, node: TopList, members: Members) -> State:
        groups, codes, frequency, factors = _frequencies(node, members)
        return pairs_state(members.count, groups, decode(factors, codes), {WEIGHT: frequency})

    def finish(self, node: TopList, state: State, control: Control) -> ListColumn:
        groups, values = state.pairs
        order = ordered(control, [groups, -state.read(WEIGHT)])  # ties stay in value order
        starts = np.searchsorted(groups, groups, side="left")
        shown = np.arange(len(groups)) - starts < node.count
        return ListColumn(offsets_of(groups[shown], state.count), take_values(values, order[shown]))


def _frequencies(node: TopList, members: Members) -> tuple[Ints, Ints, Ints, Factors]:
    """The pairs of a group and a value in it, by their codes, and how many members have them."""
    access = members.access
    operand = node.operand
    if isinstance(operand, FieldRef):
        column = access.column(operand)
        known = members.frequencies(operand) if isinstance(column, DictionaryColumn) else None
        if isinstance(column, DictionaryColumn) and known is not None:
            own = known[:-1].T
            groups, codes = np.nonzero(own)
            return groups, codes, own[groups, codes], every_value(column)
    ids, found = numbered_members(members, operand)
    if found.offsets is None:
        owners, codes = with_value(found)
    else:
        owners, codes = distinct_by_row(access.control, found, _distinct, LISTS)
    span = found.factors.null + 1
    pairs = pair_numbers(access, ids, owners, codes, span)
    if members.count * span <= max(_FEW_PAIRS, 4 * len(pairs)):
        every = np.bincount(pairs, minlength=members.count * span)
        chosen = np.flatnonzero(every)
        frequency = every[chosen]
    else:
        chosen, frequency = counted(access.control, pairs)
    return chosen // span, chosen % span, frequency, found.factors


def _distinct(found: Numbered) -> tuple[Ints, ...]:
    """The distinct values of each row: ``(owners, codes)``."""
    return distinct_in_runs(*with_value(found), found.factors.null + 1)


AGGREGATES = {TopList: TopValues()}
