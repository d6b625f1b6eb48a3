"""Value pairs: the values of groups' members, collected with how often each occurs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from usql.analysis.bound import Expression, Metric
from usql.engine.arrays.kernels import Array, Ints
from usql.engine.arrays.sorting import ordered
from usql.engine.arrays.vectors import present
from usql.engine.groups.aggregates.aggregate import Members
from usql.engine.groups.aggregates.state import Kind, State, StateColumn
from usql.engine.groups.member_values import all_members, fitting, member_values
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node, compile_condition
from usql.engine.rows.piecewise import Numbered, numbered_values
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn

LISTS = "values of lists"
"""What is reserved for an expression over all members."""

WEIGHT = StateColumn(Kind.WEIGHT)
EARLIEST = StateColumn(Kind.EARLIEST)

_SORTED = 50
"""Bytes a value that all values take which are sorted."""

_MEMBER = 24
_PAIR = 40
"""Bytes that a member of a list, and a value of it, take."""


def pairs_state(
    count: int, groups: Ints, values: Column, columns: Mapping[StateColumn, Array]
) -> State:
    """The state of groups with these values, which ascend in each group."""
    return State(count, columns.__getitem__, groups, values)


def condition_node(access: Access, metric: Metric) -> Node | None:
    """The condition of a metric, ready to be tested."""
    return None if metric.where is None else compile_condition(access, metric.where)


def field_pairs(metric: Metric, members: Members, what: str) -> State:
    """The values that members have of a metric's field, where they fit its condition, each as often
    as they have it. ``what`` names what is reserved for them."""
    field = metric.field
    assert field is not None
    access, count, control = members.access, members.count, members.access.control
    node = condition_node(access, metric)

    def work(_: int, chunk: Chunk) -> tuple[Array, Array]:
        ids, column = member_values(access, fitting(chunk, node), field)
        kept = np.flatnonzero(present(column) & (ids < count))
        control.reserve(_SORTED * len(kept), what)
        values = column.codes if isinstance(column, DictionaryColumn) else column.values
        return ids[kept].astype(np.int64), values[kept]

    parts = map_morsels(work, members.chunks(), control)
    held = access.column(field)
    entries = held.entries if isinstance(held, ListColumn) else held
    assert isinstance(entries, Column)
    own = entries.codes if isinstance(entries, DictionaryColumn) else entries.values
    ids = np.concatenate([np.zeros(0, dtype=np.int64), *(ids for ids, _ in parts)])
    values = np.concatenate([own[:0], *(values for _, values in parts)])
    order = ordered(control, [ids, values])
    ids, values = ids[order], values[order]
    fresh = np.ones(len(ids), dtype=np.bool_)
    fresh[1:] = (ids[1:] != ids[:-1]) | (values[1:] != values[:-1])
    first = np.flatnonzero(fresh)
    weights = np.diff(first, append=len(ids))
    values = values[first]
    found: Column
    if isinstance(entries, DictionaryColumn):
        found = DictionaryColumn(entries.type, values, entries.dictionary)
    else:
        found = NumberColumn(entries.type, values, None)
    return pairs_state(count, ids[first], found, {WEIGHT: weights})


def announced_members(members: Members) -> tuple[Ints, Ints]:
    """The table rows and groups of all members."""
    chunks = members.chunks()
    members.access.control.reserve(_MEMBER * sum(map(len, chunks)), LISTS)
    return all_members(chunks, members.count)


def numbered_members(members: Members, node: Expression) -> tuple[Ints, Numbered]:
    """The groups of all members, and the values of an expression in them, numbered."""
    rows, ids = announced_members(members)
    return ids, numbered_values(members.access, rows, node, LISTS)


def with_value(found: Numbered) -> tuple[Ints, Ints]:
    """The row and the number of each entry that has a value."""
    has = found.factors.codes != found.factors.null
    return found.owners[has], found.factors.codes[has]


def pair_numbers(access: Access, ids: Ints, owners: Ints, codes: Ints, span: int) -> Ints:
    """The group and the value of entries as one number, of values below ``span``."""
    access.control.reserve(_PAIR * len(owners), LISTS)
    pairs = ids[owners]
    pairs *= span
    pairs += codes
    return pairs
