"""States of groups, partitioned by a hash of their keys: whichever part a group comes from, it is in
the same partition, so that each partition can be merged for itself.

The values of a group with very many distinct ones would all be in one partition. Where they only have
to be counted, value pairs are partitioned by key and value: each partition counts its share, and the
counts of a group add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.aggregates.aggregate import Node
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.states.columns import encoded
from usql.engine.states.groups import GroupStates, Prefix
from usql.engine.states.partial import counts_pairs
from usql.store.batches.rowhash import U64, row_hashes
from usql.store.views import arrow_view, take_values


def hash_partitions(states: GroupStates, partitions: int) -> Iterator[GroupStates]:
    """The groups in so many partitions, of which some may be empty. A group is at home in one
    partition, which alone has its totals. Others have those of its value pairs that are counted
    there. The frequency of a prefix goes with one of its groups: it is counted once over all
    partitions."""
    keys = {str(number): encoded(key) for number, key in enumerate(states.keys)}
    hashes = row_hashes(keys, states.count)
    homes = _by_partition(hashes, partitions)
    prefixes = {
        key: _by_partition(hashes[prefix.groups], partitions)
        for key, prefix in states.prefixes.items()
    }
    pairs = {
        node: _by_partition(_pair_hashes(node, state, hashes), partitions)
        for node, state in states.pairs.items()
    }
    numbers = np.zeros(states.count, dtype=np.int64)
    is_home = np.zeros(states.count, dtype=np.bool_)
    for index, at_home in enumerate(homes):
        of_pairs = [(states.pairs[node], places[index]) for node, places in pairs.items()]
        groups = _groups(states, at_home, of_pairs)
        numbers[groups] = np.arange(len(groups))
        is_home[at_home] = True
        yield GroupStates(
            [take_values(key, groups) for key in states.keys],
            len(groups),
            _columns_at(states.totals, groups, len(groups), is_home[groups]),
            {key: times[groups] for key, times in states.times.items()},
            {
                key: _prefixes(states.prefixes[key], places[index], numbers)
                for key, places in prefixes.items()
            },
            {
                node: _pairs(states.pairs[node], places[index], numbers, len(groups))
                for node, places in pairs.items()
            },
            {node: counts[groups] for node, counts in states.counts.items()},
        )
        is_home[at_home] = False


def with_pair_counts(states: GroupStates) -> GroupStates:
    """The states of a partition of all parts, with counts in place of the value pairs that are only
    counted."""
    counts = {
        node: np.bincount(state.pairs[0], minlength=states.count)
        for node, state in states.pairs.items()
        if counts_pairs(node)
    }
    pairs = {node: state for node, state in states.pairs.items() if node not in counts}
    return replace(states, pairs=pairs, counts=counts)


def _by_partition(hashes: U64, partitions: int) -> list[Ints]:
    """The places, ascending, that each partition gets."""
    partition_of = (hashes % np.uint64(partitions)).astype(np.int64)
    ends = np.cumsum(np.bincount(partition_of, minlength=partitions))
    return np.split(np.argsort(partition_of, kind="stable"), ends[:-1])


def _pair_hashes(node: Node, state: State, hashes: U64) -> U64:
    """What value pairs are partitioned by: the hashes of their groups, or also of their values."""
    groups, values = state.pairs
    of_groups = hashes[groups]
    if not counts_pairs(node):
        return of_groups
    keys = {"group": arrow_view(of_groups.view(np.int64)), "value": encoded(values)}
    return row_hashes(keys, len(of_groups))


def _groups(states: GroupStates, at_home: Ints, pairs: Sequence[tuple[State, Ints]]) -> Ints:
    """The groups of a partition, ascending: those at home there, and those of its value pairs. The
    only group of a question without keys is in every partition."""
    if not states.keys:
        return np.arange(states.count)
    return np.unique(
        np.concatenate([at_home, *(state.pairs[0][places] for state, places in pairs)])
    )


def _prefixes(prefix: Prefix, places: Ints, numbers: Ints) -> Prefix:
    return Prefix(numbers[prefix.groups[places]], prefix.counts[places])


def _pairs(state: State, places: Ints, numbers: Ints, count: int) -> State:
    owners, values = state.pairs
    columns = _columns_at(state, places, count)
    return State(count, columns.find, numbers[owners[places]], take_values(values, places))


def _columns_at(state: State, places: Ints, count: int, is_home: Array | None = None) -> State:
    """The columns of a state at these places, of so many groups; nothing of those that are at home
    in another partition."""

    def find(column: StateColumn) -> Array:
        values = state.read(column)[places]
        if is_home is None or is_home.all():
            return values
        return np.where(is_home, values, column.empty(1))

    return State(count, find)
