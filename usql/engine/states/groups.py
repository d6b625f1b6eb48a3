"""States of groups: their keys and totals, before any cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from usql.analysis.bound import Extreme, Metric, type_of
from usql.engine.arrays.sorting import numbered, numbered_first
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups import parts
from usql.engine.groups.aggregates.aggregate import Node, OfValues
from usql.engine.groups.aggregates.registry import aggregate_of
from usql.engine.groups.aggregates.slot_states import know
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import EARLIEST
from usql.engine.groups.evaluator import GroupEvaluator
from usql.engine.groups.grouping import group
from usql.engine.groups.groups import Groups
from usql.engine.rows.access import Access
from usql.engine.rows.piecewise import factorize
from usql.engine.rows.scan import source
from usql.engine.run import weight_of
from usql.engine.runtime.limits import Control
from usql.engine.states import wire
from usql.engine.states.columns import decoded, encoded, numbers_of, of_numbers, places
from usql.engine.states.pair_runs import PairRuns
from usql.engine.states.partial import Partial, group_of, type_of_values
from usql.frozen import dataclass
from usql.planner import Prepared
from usql.planner.plan import GroupNeeds
from usql.store.columns import Column
from usql.store.views import take_values


@dataclass(frozen=True, eq=False)
class Prefix:
    """The number of pairs of a row and a prefix of keys: ``counts[i]`` for the prefix of group
    ``groups[i]``; each prefix occurs once."""

    groups: Ints
    counts: Ints


@dataclass(frozen=True, eq=False)
class GroupStates:
    """The states of ``count`` groups, no two of which have the same ``keys``.

    ``totals``: of each group. ``times[i]``: the earliest rounded time behind key i, of a key that
    is a text of times, among the groups with the same keys up to it. ``prefixes``: by the number of
    their last key. ``pairs``: the value pairs by the node that they are of. ``counts``: how many value
    pairs each group has, of the nodes whose pairs are counted already.
    """

    keys: Sequence[Column]
    count: int
    totals: State
    times: Mapping[int, Ints]
    prefixes: Mapping[int, Prefix]
    pairs: Mapping[Node, State]
    counts: Mapping[Node, Ints]


# --- of the rows of a part ------------------------------------------------------------------------


def states_of(
    access: Access, prepared: Prepared, partial: Partial, only: Sequence[Column] | None = None
) -> GroupStates:
    """The states of a part's groups, or only of the groups with the keys ``only``."""
    scan = source(access, group_of(prepared.plan).input, weight_of(access, prepared))
    groups = group(scan, partial.keys, GroupNeeds(partial.metrics, lists=bool(partial.collected)))
    evaluator = GroupEvaluator(access, groups, partial.metrics)
    if only is not None:
        evaluator = evaluator.only(_chosen(access.control, keys_of(groups), only))
        groups = evaluator.groups
    columns = partial.totals
    is_early = know(groups.slot_states, columns)
    totals = evaluator.groups.known if is_early else evaluator.late(partial.metrics)
    return GroupStates(
        keys_of(groups),
        groups.count,
        parts.held(columns, totals),
        {key: _time_of(groups, key) for key in partial.timed},
        {key: _prefix(access.control, groups, key) for key in partial.prefixes},
        {node: _pairs(evaluator, node) for node in partial.collected},
        {},
    )


def keys_of(groups: Groups) -> list[Column]:
    """The keys of groups."""
    return [groups.key(level) for level in range(len(groups.codes))]


def _chosen(control: Control, keys: Sequence[Column], only: Sequence[Column]) -> Ints:
    """Which groups have one of some keys."""
    distinct, (numbers, chosen) = parts.numbered_keys(control, [keys, only])
    is_chosen = np.zeros(len(distinct[0]) if distinct else 1, dtype=np.bool_)
    is_chosen[chosen] = True
    return np.flatnonzero(is_chosen[numbers])


def _time_of(groups: Groups, key: int) -> Ints:
    times = groups.times[key]
    assert times is not None
    return times


def _prefix(control: Control, groups: Groups, key: int) -> Prefix:
    """Keys that are ordered by frequency have that of their prefix before their own codes."""
    if not groups.count:
        return Prefix(np.zeros(0, np.int64), np.zeros(0, np.int64))
    codes = [(groups.codes[i], groups.domains[i].null + 1) for i in range(key + 1)]
    _, first = numbered_first(control, prefix_numbers(control, codes))
    return Prefix(first, -groups.order[2 * key][first])


def prefix_numbers(control: Control, codes: Sequence[tuple[Ints, int]]) -> Ints:
    """Of each group the number of its prefix, from the codes of its keys and how many codes each
    key has."""
    numbers, _ = codes[0]
    for key_codes, count in codes[1:]:
        _, numbers = numbered(control, numbers)
        numbers = numbers * count + key_codes
    return numbered(control, numbers)[1]


def _pairs(evaluator: GroupEvaluator, node: Node) -> State:
    """The value pairs of a node, from an index if one has them."""
    aggregate = aggregate_of(node)
    assert isinstance(aggregate, OfValues)
    indexes = evaluator.groups.indexes
    if indexes is not None and isinstance(node, Metric):
        state = indexes.pairs(node, evaluator.groups.slot_of)
        if state is not None:
            return state
    return parts.held(aggregate.columns(node), aggregate.state(node, evaluator.pairs()))


# --- merged ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Collected:
    """The states of all sessions, without value pairs, and these: of each node not merged yet."""

    states: GroupStates
    pairs: Mapping[Node, PairRuns]


def collected(control: Control, partial: Partial, states: Sequence[GroupStates]) -> Collected:
    """The states of all sessions of several parts, to be finished."""
    bare = [replace(part, pairs={}) for part in states]
    if len(states) == 1:
        numbers: Sequence[Ints] = [np.arange(states[0].count)]
        whole = bare[0]
    else:
        keys, numbers = parts.numbered_keys(control, [part.keys for part in states])
        whole = _merged(control, partial, bare, keys, numbers)

    def runs(node: Node) -> PairRuns:
        of_parts = [(n, part.pairs[node]) for n, part in zip(numbers, states, strict=True)]
        return PairRuns.of(control, whole.count, columns_of_pairs(node), of_parts)

    return Collected(whole, {node: runs(node) for node in states[0].pairs})


def merged(control: Control, partial: Partial, states: Sequence[GroupStates]) -> GroupStates:
    """The states of all sessions of several parts, from the states of each."""
    if len(states) == 1:
        return states[0]
    keys, numbers = parts.numbered_keys(control, [part.keys for part in states])
    return _merged(control, partial, states, keys, numbers)


def _merged(
    control: Control,
    partial: Partial,
    states: Sequence[GroupStates],
    keys: Sequence[Column],
    numbers: Sequence[Ints],
) -> GroupStates:
    count = len(keys[0]) if keys else 1
    columns = partial.totals

    def of_all(columns: Sequence[StateColumn], part_states: Sequence[State]) -> State:
        return parts.merge(control, columns, list(zip(numbers, part_states, strict=True)), count)

    def earliest(key: int) -> Ints:
        times = [State(part.count, {EARLIEST: part.times[key]}.__getitem__) for part in states]
        return of_all([EARLIEST], times).read(EARLIEST)

    def counts(node: Node) -> Ints:
        sums = np.zeros(count, dtype=np.int64)
        for number, part in zip(numbers, states, strict=True):
            sums[number] += part.counts[node]
        return sums

    def pairs(node: Node) -> State:
        columns = columns_of_pairs(node)
        return _trimmed(node, of_all(columns, [part.pairs[node] for part in states]))

    return GroupStates(
        keys,
        count,
        of_all(columns, [part.totals for part in states]),
        {key: earliest(key) for key in partial.timed},
        {key: _merged_prefix(control, keys, key, numbers, states) for key in partial.prefixes},
        {node: pairs(node) for node in states[0].pairs},
        {node: counts(node) for node in states[0].counts},
    )


def columns_of_pairs(node: Node) -> tuple[StateColumn, ...]:
    """What is known of the value pairs of a node beside their values."""
    aggregate = aggregate_of(node)
    assert isinstance(aggregate, OfValues)
    columns: tuple[StateColumn, ...] = aggregate.columns(node)
    return columns


def _merged_prefix(
    control: Control,
    keys: Sequence[Column],
    key: int,
    numbers: Sequence[Ints],
    states: Sequence[GroupStates],
) -> Prefix:
    if not len(keys[0]):
        return Prefix(np.zeros(0, np.int64), np.zeros(0, np.int64))
    factors = [factorize(control, keys[i]) for i in range(key + 1)]
    prefix_of = prefix_numbers(control, [(f.codes, f.null + 1) for f in factors])
    _, first = numbered_first(control, prefix_of)
    counts = np.zeros(len(first), dtype=np.int64)
    for number, part in zip(numbers, states, strict=True):
        prefix = part.prefixes[key]
        counts[prefix_of[number[prefix.groups]]] += prefix.counts
    return Prefix(first, counts)


def _trimmed(node: Node, state: State) -> State:
    """For an extreme value, only the most extreme of the parts' values."""
    if not isinstance(node, Extreme):
        return state
    groups, values = state.pairs
    steps = groups[1:] != groups[:-1]
    extremes = np.flatnonzero(np.append(steps, True) if node.largest else np.append(True, steps))
    extremes = extremes[: len(groups)]
    return State(state.count, state.find, groups[extremes], take_values(values, extremes))


# --- as tables ------------------------------------------------------------------------------------


def tables_of(partial: Partial, states: GroupStates) -> list[pa.Table]:
    """States as tables, for sending: the groups, with a column per key, time and total; the
    prefixes, each by a group that has it; the value pairs of each node, or a column with their
    number."""
    groups = [encoded(key) for key in states.keys]
    groups += [of_numbers(states.times[key]) for key in partial.timed]
    groups += [of_numbers(states.totals.read(column)) for column in partial.totals]
    tables = [wire.table(groups)]
    for key in partial.prefixes:
        prefix = states.prefixes[key]
        tables.append(wire.table([places(prefix.groups, states.count), of_numbers(prefix.counts)]))
    for node in partial.collected:
        if node in states.counts:
            tables.append(wire.table([of_numbers(states.counts[node])]))
            continue
        state = states.pairs[node]
        owners, values = state.pairs
        columns = [of_numbers(state.read(column)) for column in columns_of_pairs(node)]
        tables.append(wire.table([places(owners, states.count), encoded(values), *columns]))
    return tables


def states_in(partial: Partial, tables: Sequence[pa.Table]) -> GroupStates:
    """The states in tables made by :func:`tables_of`."""
    remaining = iter(tables)
    groups = wire.columns(next(remaining))
    keys = [decoded(type_of(key.expression), next(groups)) for key in partial.keys]
    times = {key: numbers_of(next(groups)) for key in partial.timed}
    totals = dict(zip(partial.totals, groups, strict=True))
    count = len(next(iter(totals.values())))
    prefixes = {}
    for key in partial.prefixes:
        owners, rows = map(numbers_of, wire.columns(next(remaining)))
        prefixes[key] = Prefix(owners, rows)
    pairs: dict[Node, State] = {}
    counts: dict[Node, Ints] = {}
    for node, table in zip(partial.collected, remaining, strict=True):
        if table.num_columns == 1:
            (counts[node],) = map(numbers_of, wire.columns(table))
        else:
            pairs[node] = _pairs_in(node, count, table)

    def find(column: StateColumn) -> Array:
        """Made wide when it is read, since of many groups narrow numbers take much less."""
        return numbers_of(totals[column], column.type)

    return GroupStates(keys, count, State(count, find), times, prefixes, pairs, counts)


def _pairs_in(node: Node, count: int, table: pa.Table) -> State:
    arrays = wire.columns(table)
    owners = numbers_of(next(arrays))
    values = decoded(type_of_values(node), next(arrays))
    columns = {column: numbers_of(next(arrays), column.type) for column in columns_of_pairs(node)}
    return State(count, columns.__getitem__, owners, values)


def keys_table(keys: Sequence[Column]) -> pa.Table:
    """The keys of some groups as a table, for sending."""
    return wire.table([encoded(key) for key in keys])


def keys_in(partial: Partial, table: pa.Table) -> list[Column]:
    """The keys in a table made by :func:`keys_table`."""
    arrays = wire.columns(table)
    return [decoded(type_of(key.expression), next(arrays)) for key in partial.keys]
