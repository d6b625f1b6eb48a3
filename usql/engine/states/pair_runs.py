"""Value pairs of several states, merged only where they are finished, and piece by piece.

Value pairs are the largest part of states, and what they are finished to is small: a number or a few
values of each group. So where states are merged for the last time, no whole of their value pairs is
built: some groups at a time, as few as the processor's cache holds, are merged and finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from usql.engine.arrays.runs import offsets_of
from usql.engine.arrays.types import Ints
from usql.engine.groups import parts
from usql.engine.groups.aggregates.aggregate import Node, OfValues
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.value_pairs import of_groups
from usql.engine.rows.piecewise import joined
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, Column
from usql.store.views import between, take


@dataclass(frozen=True, eq=False)
class _Run:
    """The value pairs of one state: those of its group g are ``offsets[g]:offsets[g+1]``. ``group_of``:
    which of its groups each overall group is; one past the last where it is none."""

    state: State
    offsets: Ints
    group_of: Ints

    @staticmethod
    def of(state: State, numbers: Ints, count: int) -> _Run:
        """Of a state whose group g is group ``numbers[g]`` of ``count``."""
        group_of = np.full(count + 1, state.count, dtype=np.int64)
        group_of[numbers] = np.arange(state.count)
        offsets = offsets_of(state.pairs[0], state.count)
        return _Run(state, np.append(offsets, offsets[-1]), group_of)

    def sizes(self, groups: Ints) -> Ints:
        """How many value pairs overall groups have."""
        places = self.group_of[groups]
        return self.offsets[places + 1] - self.offsets[places]

    def at(self, groups: Ints, columns: Sequence[StateColumn]) -> tuple[Ints, State]:
        """The value pairs of overall groups, as a part of a state of these groups."""
        places = self.group_of[groups]
        numbers = np.flatnonzero(places < self.state.count)
        places = places[numbers]
        count = len(places)
        if count and places[-1] - places[0] == count - 1 and (np.diff(places) == 1).all():
            return numbers, self._between(int(places[0]), count, columns)
        return numbers, of_groups(columns, self.state, places, self.offsets)

    def _between(self, first: int, count: int, columns: Sequence[StateColumn]) -> State:
        """The value pairs of consecutive groups, over the same memory."""
        inside = slice(int(self.offsets[first]), int(self.offsets[first + count]))
        owners, values = self.state.pairs
        held = {column: self.state.read(column)[inside] for column in columns}
        entries = between(values, inside)
        assert isinstance(entries, Column)
        groups = owners[inside] - owners.dtype.type(first)
        return State(count, held.__getitem__, groups, entries)


@dataclass(frozen=True, eq=False)
class PairRuns:
    """The value pairs of ``count`` groups, in several states, with these columns."""

    count: int
    columns: Sequence[StateColumn]
    _runs: Sequence[_Run]

    @staticmethod
    def of(
        control: Control,
        count: int,
        columns: Sequence[StateColumn],
        states: Sequence[tuple[Ints, State]],
    ) -> PairRuns:
        """Of states whose group g is group ``numbers[g]`` of ``count`` each."""
        values = parts.with_one_dictionary(control, [state.pairs[1] for _, state in states])
        alike = [replace(state, values=v) for (_, state), v in zip(states, values, strict=True)]
        numbered = zip(states, alike, strict=True)
        return PairRuns(
            count, columns, [_Run.of(state, numbers, count) for (numbers, _), state in numbered]
        )

    def finished(
        self, aggregate: OfValues[Any], nodes: Sequence[Node], groups: Ints, control: Control
    ) -> list[AnyColumn]:
        """The values of nodes for overall groups, in this order; the number after the last group stands
        for one without value pairs."""
        if len(self._runs) == 1:
            (run,) = self._runs
            state = of_groups(self.columns, run.state, run.group_of[groups], run.offsets)
            return list(aggregate.finished(nodes, state, control))
        order = np.argsort(groups, kind="stable")
        groups = groups[order]
        pieces = self._pieces(groups, control.tuning.pairs_merged_at_once)
        finished = [self._piece(aggregate, nodes, piece, control) for piece in pieces]
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        return [take(joined(column), back) for column in zip(*finished, strict=True)]

    def _pieces(self, groups: Ints, size: int) -> list[Ints]:
        """Consecutive groups with about so many value pairs together."""
        ends = np.cumsum(np.sum([run.sizes(groups) for run in self._runs], axis=0))
        cuts = np.unique(np.searchsorted(ends, np.arange(size, int(ends[-1]), size)) + 1)
        return np.split(groups, cuts[cuts < len(groups)])

    def _piece(
        self, aggregate: OfValues[Any], nodes: Sequence[Node], groups: Ints, control: Control
    ) -> Sequence[AnyColumn]:
        control.check()
        states = [run.at(groups, self.columns) for run in self._runs]
        may_repeat = aggregate.takes_repeats
        state = parts.merge(control, self.columns, states, len(groups), may_repeat)
        return aggregate.finished(nodes, state, control)
