"""The declaration of an aggregate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np

from usql.analysis.bound import DistinctList, Extreme, FieldRef, Metric, TopList
from usql.catalog.model import FieldType
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, NumberColumn

Node = Metric | TopList | DistinctList | Extreme
"""A node of a bound query that an aggregate computes."""

N = TypeVar("N", bound=Node)


class Aggregate(ABC, Generic[N]):
    """A function of the rows of a group (LANGUAGE.md §8)."""

    @abstractmethod
    def columns(self, node: N) -> tuple[StateColumn, ...]:
        """The columns of its state."""

    @abstractmethod
    def finish(self, node: N, state: State, control: Control) -> AnyColumn:
        """Its value per group, in one order and within the limits of a run.

        Raises :class:`usql.errors.SumOverflow`.
        """


class Additive(Aggregate[Metric]):
    """An aggregate whose state is a total, which the pass over all rows adds up together with
    others (:mod:`usql.engine.groups.aggregates.passes`). A cube or sorted values can also provide
    it if they hold its columns."""

    @abstractmethod
    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        """Its number per group, or null."""

    def may_overflow(self, access: Access, metric: Metric) -> bool:
        """Whether its value may not be representable; then the query is rejected, whichever groups
        it shows."""
        return False


def real_column(values: Array, has: Bools | None = None) -> NumberColumn:
    """A column of doubles. As in arithmetic, values are also null where infinities of both signs
    leave no number."""
    nan = np.isnan(values)
    if nan.any():
        values, has = np.where(nan, 0.0, values), ~nan if has is None else has & ~nan
    return NumberColumn(FieldType.DOUBLE, values, has)


@dataclass(frozen=True, eq=False)
class RowGroupPairs:
    """The row–group pairs of ``count`` groups, from which values are collected. ``chunks`` returns
    them. ``frequencies`` returns, for a field with one value per row, from an index how often rows
    of each group have each value: an array of codes by groups, with the missing value last, or
    ``None``."""

    access: Access
    count: int
    chunks: Callable[[], Sequence[Chunk]]
    frequencies: Callable[[FieldRef], Ints | None]


class OfValues(Aggregate[N]):
    """An aggregate whose state is value pairs."""

    index: str | None = None
    """The kind of slot index that answers it (:mod:`usql.engine.groups.slot_indexes`)."""

    counts_pairs = False
    """Whether its value is how many value pairs a group has, whatever they are."""

    takes_repeats = False
    """Whether it finishes value pairs of which some stand there more than once, each time with a part
    of their weight."""

    @abstractmethod
    def state(self, node: N, pairs: RowGroupPairs) -> State:
        """The state after adding the row–group pairs."""

    def answers(self, nodes: Sequence[N], pairs: RowGroupPairs) -> Sequence[AnyColumn]:
        """The values of nodes that differ only in a percentage, computed directly from the pairs.
        Faster algorithms than via a state belong here."""
        return self.finished(nodes, self.state(nodes[0], pairs), pairs.access.control)

    def finished(self, nodes: Sequence[N], state: State, control: Control) -> Sequence[AnyColumn]:
        """The values of nodes that differ only in a percentage, or in how many they show."""
        return [self.finish(node, state, control) for node in nodes]

    def of_counts(self, counts: Ints) -> NumberColumn:
        """Its values of groups that have so many value pairs, if it counts them."""
        raise NotImplementedError

    def of_index(self, node: N, arrays: Arrays, slots: Ints) -> NumberColumn:
        """Its values for these slots, from an index of its kind."""
        raise NotImplementedError
