"""Merging states as they arrive."""

from __future__ import annotations

from collections.abc import Sequence

from usql.engine.runtime.limits import Control
from usql.engine.states.groups import GroupStates
from usql.engine.states.question import Question, States, merged
from usql.engine.states.rows import RowStates

_WHAT = "states of parts"

_NUMBER = 8
"""Bytes of a number that is known of a group."""

_PAIR = 24
"""Bytes of a value pair: its group, its value, and how often it occurs."""


class Merging:
    """Merges states of one query. New states wait until they are half as many as those already
    merged, so that each is merged only a few times, and never are all held separately. What is held
    is reserved.

    Raises :class:`usql.errors.MemoryLimit` if there is no room for it.
    """

    def __init__(self, control: Control, question: Question) -> None:
        self._control = control
        self._question = question
        self._held: list[States] = []
        self._merged = 0
        self._waiting = 0
        self._reserved = 0

    def add(self, states: States) -> None:
        """Add the states of more parts."""
        if 2 * self._waiting >= max(self._merged, self._control.tuning.few_states):
            self.result()
        self._reserve(states)
        self._held.append(states)
        self._waiting += size_of(states)

    def result(self) -> States | None:
        """The states of all parts so far; ``None`` if there were none."""
        if not self._held:
            return None
        if len(self._held) > 1:
            before = self._reserved
            whole = merged(self._control, self._question, self._held)
            self._reserve(whole)
            self._held = [whole]
            self._control.release(before)
            self._reserved -= before
        self._merged, self._waiting = size_of(self._held[0]), 0
        return self._held[0]

    def held(self) -> Sequence[States]:
        """The states of all parts so far, as they are held: merged ones, and some that wait."""
        return self._held

    def _reserve(self, states: States) -> None:
        size = bytes_held(self._question, states)
        self._control.reserve(size, _WHAT)
        self._reserved += size


def size_of(states: States) -> int:
    """The number of entries in states: groups with their value pairs, or rows."""
    match states:
        case GroupStates():
            return states.count + _pairs(states)
        case RowStates():
            return len(states)
    return 1


def bytes_held(question: Question, states: States) -> int:
    """The bytes that states hold, without dictionaries."""
    match states:
        case GroupStates():
            partial = question.groups
            columns = (
                len(partial.keys) + len(partial.totals) + len(partial.timed) + len(states.counts)
            )
            return _NUMBER * columns * states.count + _PAIR * _pairs(states)
        case RowStates():
            return int(states.shown.nbytes)
    return 0


def _pairs(states: GroupStates) -> int:
    return sum(len(state.pairs[0]) for state in states.pairs.values())
