"""What parts compute for any kind of query, and how their states are merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import pyarrow as pa

from usql.analysis.bound import FunnelQuery, GroupQuery, RowQuery
from usql.engine.rows.access import Access
from usql.engine.runtime.limits import Control
from usql.engine.states import funnels, groups, rows, wire
from usql.engine.states.funnels import FunnelStates
from usql.engine.states.groups import GroupStates
from usql.engine.states.hash_partitions import hash_partitions, with_pair_counts
from usql.engine.states.partial import Partial, counts_pairs
from usql.engine.states.rows import RowStates
from usql.frozen import dataclass
from usql.planner import Prepared

States: TypeAlias = GroupStates | RowStates | FunnelStates
"""What parts answer: of one question all are of one kind."""


@dataclass(frozen=True, slots=True)
class Question:
    """What each part computes. ``partial``: for queries of groups only. ``only``: the requested
    groups, by a table of their keys as bytes; without it all groups."""

    prepared: Prepared
    partial: Partial | None = None
    only: bytes | None = None

    @property
    def groups(self) -> Partial:
        """What is asked of groups."""
        assert self.partial is not None
        return self.partial

    @property
    def counts_pairs(self) -> bool:
        """Whether value pairs are asked for of which only their number counts."""
        return self.partial is not None and any(map(counts_pairs, self.partial.collected))


def states_of(access: Access, question: Question, part: int) -> States:
    """The states of a part's rows; ``part`` is its number among all parts."""
    match question.prepared.bound:
        case GroupQuery():
            partial = question.groups
            keys = None
            if question.only is not None:
                keys = groups.keys_in(partial, *wire.tables_from_bytes(question.only))
            return groups.states_of(access, question.prepared, partial, keys)
        case RowQuery():
            return rows.states_of(access, question.prepared, part)
        case FunnelQuery():
            return funnels.states_of(access, question.prepared)


def merged(control: Control, question: Question, states: Sequence[States]) -> States:
    """The states of all sessions of several parts, from the states of each. States may be merged in
    any order and in any number of steps."""
    match states[0]:
        case GroupStates():
            of_groups = cast("Sequence[GroupStates]", states)
            return groups.merged(control, question.groups, of_groups)
        case RowStates():
            return rows.merged(control, question.prepared, cast("Sequence[RowStates]", states))
        case FunnelStates():
            return funnels.merged(cast("Sequence[FunnelStates]", states))


def in_partitions(states: States, partitions: int) -> list[States]:
    """States of groups in so many hash partitions, the same of all parts: what each holds is merged without
    the others. States of other questions stay whole, and those of the only group, unless it has
    value pairs to be counted."""
    if isinstance(states, GroupStates) and (states.keys or any(map(counts_pairs, states.pairs))):
        return [*hash_partitions(states, partitions)]
    return [states]


def counted_pairs(states: States) -> States:
    """States of a hash partition of all parts, with counts in place of the value pairs that are only counted."""
    return with_pair_counts(states) if isinstance(states, GroupStates) else states


def packed(question: Question, states: States) -> pa.Buffer:
    """States as bytes."""
    match states:
        case GroupStates():
            return wire.tables_to_bytes(groups.tables_of(question.groups, states))
        case RowStates():
            return wire.tables_to_bytes(rows.tables_of(states))
        case FunnelStates():
            return wire.tables_to_bytes(funnels.tables_of(states))


def unpacked(question: Question, states: pa.Buffer | bytes) -> States:
    """The states from bytes made by :func:`packed`."""
    tables = wire.tables_from_bytes(states)
    match question.prepared.bound:
        case GroupQuery():
            return groups.states_in(question.groups, tables)
        case RowQuery():
            return rows.states_in(question.prepared, tables)
        case FunnelQuery():
            return funnels.states_in(tables)
