"""Value pairs: the values in each group, each with its number of occurrences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from usql.analysis.bound import Expression, Metric
from usql.engine.arrays.runs import offsets_of, run_ids
from usql.engine.arrays.sorting import ordered, value_counts_below
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import present
from usql.engine.groups.aggregates.aggregate import RowGroupPairs
from usql.engine.groups.aggregates.state import Kind, State, StateColumn
from usql.engine.groups.grouped_values import all_pairs, fitting, grouped_values
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node, compile_condition
from usql.engine.rows.piecewise import Numbered, numbered_values
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn
from usql.store.views import take_values

LISTS = "values of lists"
"""The name of the memory reserved for an expression over all pairs."""

WEIGHT = StateColumn(Kind.WEIGHT)
EARLIEST = StateColumn(Kind.EARLIEST)

ONE_NUMBER = 1 << 62
"""Below this a group and a value are one number."""

_SORTED = 50
"""Bytes per value for sorting all values."""

_PAIR = 40
"""Bytes of a pair of a list and one of its values."""


def pairs_state(
    count: int, groups: Ints, values: Column, columns: Mapping[StateColumn, Array]
) -> State:
    """The state of groups with these values, which are ascending in each group."""
    return State(count, columns.__getitem__, groups, values)


def of_groups(
    columns: Sequence[StateColumn], state: State, numbers: Ints, offsets: Ints | None = None
) -> State:
    """The value pairs of the groups with these numbers, as of groups that are numbered in their order;
    a group with the number after the last one has none. ``offsets``: where those of each group begin,
    those after the last one included."""
    if len(numbers) == state.count and (numbers == np.arange(len(numbers))).all():
        return state
    owners, values = state.pairs
    if offsets is None:
        offsets = offsets_of(owners, state.count)
        offsets = np.append(offsets, offsets[-1])
    edges = np.append(0, np.cumsum((offsets[1:] - offsets[:-1])[numbers]))
    groups = run_ids(edges)
    places = np.repeat(offsets[numbers] - edges[:-1], np.diff(edges))
    places += np.arange(len(places))
    chosen = {column: state.read(column)[places] for column in columns}
    return pairs_state(len(numbers), groups, take_values(values, places), chosen)


def condition_node(access: Access, metric: Metric) -> Node | None:
    """The compiled condition of a metric, or ``None``."""
    return None if metric.where is None else compile_condition(access, metric.where)


def field_pairs(metric: Metric, pairs: RowGroupPairs, what: str) -> State:
    """The values of a metric's field in the pairs that meet its condition, with their numbers of
    occurrences. ``what`` names the memory that is reserved for them."""
    field = metric.field
    assert field is not None
    access, count, control = pairs.access, pairs.count, pairs.access.control
    node = condition_node(access, metric)

    def work(_: int, chunk: Chunk) -> tuple[Array, Array]:
        ids, column = grouped_values(access, fitting(chunk, node), field)
        places = np.flatnonzero(present(column) & (ids < count))
        control.reserve(_SORTED * len(places), what)
        values = column.codes if isinstance(column, DictionaryColumn) else column.values
        return ids[places].astype(np.int64), values[places]

    parts = map_morsels(work, pairs.chunks(), control)
    stored = access.column(field)
    entries = stored.entries if isinstance(stored, ListColumn) else stored
    assert isinstance(entries, Column)
    stored_values = entries.codes if isinstance(entries, DictionaryColumn) else entries.values
    ids = np.concatenate([np.zeros(0, dtype=np.int64), *(ids for ids, _ in parts)])
    values = np.concatenate([stored_values[:0], *(values for _, values in parts)])
    ids, values, weights = _distinct(control, count, ids, values)
    distinct: Column
    if isinstance(entries, DictionaryColumn):
        distinct = DictionaryColumn(entries.type, values, entries.dictionary)
    else:
        distinct = NumberColumn(entries.type, values, None)
    return pairs_state(count, ids, distinct, {WEIGHT: weights})


def _distinct(control: Control, count: int, ids: Ints, values: Array) -> tuple[Ints, Array, Ints]:
    """The distinct pairs of one of ``count`` groups and a value, ascending, and how often each
    occurs."""
    if not len(ids):
        return ids, values, ids
    low, span = span_of(values)
    if span and count * span < ONE_NUMBER:
        numbers = ids * span
        numbers += values
        numbers -= low
        distinct, weights = value_counts_below(control, numbers, count * span)
        ids = distinct.astype(np.int64, copy=False) // span
        restored = distinct - ids * span
        restored += low
        return ids, restored.astype(values.dtype), weights
    order = ordered(control, [ids, values])
    ids, values = ids[order], values[order]
    first = np.flatnonzero(np.append(True, (ids[1:] != ids[:-1]) | (values[1:] != values[:-1])))
    return ids[first], values[first], np.diff(first, append=len(ids))


def span_of(values: Array) -> tuple[int, int]:
    """The smallest of some whole numbers, and how many there could be up to the largest; no number of
    other values, and of none."""
    if not len(values) or values.dtype.kind == "f":
        return 0, 0
    low = int(values.min())
    return low, int(values.max()) - low + 1


def reserved_pairs(pairs: RowGroupPairs) -> tuple[Ints, Ints]:
    """The table rows and groups of all row–group pairs, with their memory reserved."""
    chunks = pairs.chunks()
    pairs.access.control.reserve(_PAIR * sum(map(len, chunks)), LISTS)
    return all_pairs(chunks, pairs.count)


def numbered_in_groups(pairs: RowGroupPairs, node: Expression) -> tuple[Ints, Numbered]:
    """The groups of all row–group pairs, and the numbered values of an expression in them."""
    rows, ids = reserved_pairs(pairs)
    return ids, numbered_values(pairs.access, rows, node, LISTS)


def with_value(entries: Numbered) -> tuple[Ints, Ints]:
    """The row and the number of each entry that has a value."""
    has = entries.factors.codes != entries.factors.null
    return entries.owners[has], entries.factors.codes[has]


def pair_numbers(access: Access, ids: Ints, owners: Ints, codes: Ints, span: int) -> Ints:
    """The group and the value of each entry as one number, for values below ``span``."""
    access.control.reserve(_PAIR * len(owners), LISTS)
    combined = ids[owners]
    combined *= span
    combined += codes
    return combined
