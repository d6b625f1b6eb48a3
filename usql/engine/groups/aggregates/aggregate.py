"""What an aggregate declares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np

from usql.analysis.bound import DistinctList, Extreme, FieldRef, Metric, TopList
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Array, Bools, Ints
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, NumberColumn

Node = Metric | TopList | DistinctList | Extreme
"""What asks for an aggregate in a bound query."""

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
    """An aggregate whose state is a total, which the pass over all rows adds up with those of others
    (:mod:`usql.engine.groups.aggregates.passes`). A cube, or sorted values, serve it if they hold
    its columns."""

    @abstractmethod
    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        """Its number per group, or a null."""

    def may_overflow(self, access: Access, metric: Metric) -> bool:
        """Whether its value may have no number, for which the query is refused whatever groups it
        shows."""
        return False


def real_column(values: Array, has: Bools | None = None) -> NumberColumn:
    """A column of doubles, with nulls also where infinities of both signs leave no number, as in
    arithmetic."""
    nan = np.isnan(values)
    if nan.any():
        values, has = np.where(nan, 0.0, values), ~nan if has is None else has & ~nan
    return NumberColumn(FieldType.DOUBLE, values, has)


@dataclass(frozen=True, eq=False)
class Members:
    """The members of ``count`` groups, from which values are collected. ``chunks`` gives them;
    ``frequencies``, of a field with one value a row, from an index: how often a row of each group
    has each value, codes by groups with the missing one last, or ``None``."""

    access: Access
    count: int
    chunks: Callable[[], Sequence[Chunk]]
    frequencies: Callable[[FieldRef], Ints | None]


class OfValues(Aggregate[N]):
    """An aggregate whose state are value pairs."""

    index: str | None = None
    """The kind of index of cells that answers it (:mod:`usql.engine.groups.cell_indexes`)."""

    @abstractmethod
    def state(self, node: N, members: Members) -> State:
        """The members added to a state."""

    def answers(self, nodes: Sequence[N], members: Members) -> Sequence[AnyColumn]:
        """What some nodes that differ in a percentage alone give of the members. A way that is
        faster than over a state goes here."""
        return [
            self.finish(node, self.state(node, members), members.access.control) for node in nodes
        ]

    def of_index(self, node: N, arrays: Arrays, cells: Ints) -> NumberColumn:
        """What it gives of these cells by an index of its kind."""
        raise NotImplementedError
