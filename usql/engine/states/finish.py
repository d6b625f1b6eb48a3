"""The groups of merged states: cut, ordered and evaluated like those of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from usql.analysis.bound import Metric
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import missing
from usql.engine.groups import parts
from usql.engine.groups.aggregates.aggregate import Node, OfValues
from usql.engine.groups.aggregates.registry import aggregate_of
from usql.engine.groups.aggregates.state import State, StateColumn
from usql.engine.groups.aggregates.sum import Sum
from usql.engine.groups.evaluator import GroupEvaluator
from usql.engine.groups.factorized import Counted
from usql.engine.groups.groups import Groups
from usql.engine.groups.prefixes import built
from usql.engine.rows.access import Access
from usql.engine.rows.piecewise import factorize
from usql.engine.states.groups import (
    Collected,
    GroupStates,
    columns_of_pairs,
    keys_of,
    prefix_numbers,
)
from usql.engine.states.partial import Partial, pairs_of, type_of_values
from usql.frozen import dataclass
from usql.planner.plan import Group
from usql.store.columns import Column

Fetch = Callable[[Sequence[Column]], Collected]
"""Gives, of the groups with these keys, the value pairs that the first round left out."""


@dataclass(frozen=True, eq=False)
class MergedTotals:
    """Totals of merged states (:class:`usql.engine.groups.aggregates.slot_states.Totals`)."""

    columns: frozenset[StateColumn]
    state: State

    def read(self, column: StateColumn) -> Array | None:
        """A column by group."""
        return self.state.find(column)


def evaluator_of(
    access: Access, plan: Group, partial: Partial, collected: Collected, fetch: Fetch
) -> MergedEvaluator:
    """The groups of a query's Group node, over all sessions whose states are ``collected``."""
    control, states = access.control, collected.states
    factors = [factorize(control, key) for key in states.keys]
    codes = [(f.codes, f.null + 1) for f in factors]
    levels: list[tuple[Ints, Ints] | None] = [None] * len(factors)
    for key, prefix in states.prefixes.items():
        numbers = prefix_numbers(control, codes[: key + 1])
        counts = np.zeros(len(prefix.counts), dtype=np.int64)
        counts[numbers[prefix.groups]] = prefix.counts
        levels[key] = (numbers, counts)
    rows, *_ = partial.totals
    counted = Counted(
        np.arange(states.count, dtype=np.int64),
        [f.codes for f in factors],
        factors,
        [states.times.get(key) for key in range(len(factors))],
        states.totals.read(rows),
        levels,
    )
    totals = MergedTotals(frozenset(partial.totals), states.totals)
    groups = built(control, plan.keys, counted, (totals,))
    return MergedEvaluator(access, groups, plan.needs.metrics, collected, fetch)


class MergedEvaluator(GroupEvaluator):
    """Expressions over groups of ``collected`` states. Value pairs that these do not have are fetched
    on demand for the groups that remain."""

    def __init__(
        self,
        access: Access,
        groups: Groups,
        metrics: Sequence[Metric],
        collected: Collected,
        fetch: Fetch,
    ) -> None:
        super().__init__(access, groups, metrics)
        self._collected = collected
        self._fetch = fetch
        self._fetched: tuple[Ints, Collected] | None = None

    def _over(self, groups: Groups) -> MergedEvaluator:
        return MergedEvaluator(self.access, groups, self.metrics, self._collected, self._fetch)

    def check_sums(self) -> None:
        """Compute each SUM, since the width of the parts' numbers is no longer known."""
        for metric in self.metrics:
            if isinstance(aggregate_of(metric), Sum):
                self.leaf(metric)

    def _collect(self, aggregate: OfValues[Any], node: Node) -> None:
        pairs_node, alike, control = pairs_of(node), self._alike(node), self.access.control
        if not self.size:
            columns = aggregate.finished(alike, _of_no_groups(pairs_node), control)
        else:
            numbers, collected = self._holding(pairs_node)
            counts = collected.states.counts.get(pairs_node)
            if counts is not None:
                self._known[node] = aggregate.of_counts(np.append(counts, 0)[numbers])
                return
            columns = collected.pairs[pairs_node].finished(aggregate, alike, numbers, control)
        self._known.update(zip(alike, columns, strict=True))

    def _holding(self, node: Node) -> tuple[Ints, Collected]:
        """States that have the value pairs of a node, or their number, and which of their groups each
        group of this evaluator is; one past the last where it is none."""
        collected = self._collected
        if node in collected.pairs or node in collected.states.counts:
            return self.groups.slot_of, collected
        if self._fetched is None:
            keys = keys_of(self.groups)
            fetched = self._fetch(keys)
            self._fetched = (_places(self, keys, fetched.states), fetched)
        return self._fetched


def _places(evaluator: GroupEvaluator, keys: Sequence[Column], states: GroupStates) -> Ints:
    """Which of the groups of some states each of an evaluator's groups is."""
    _, (group_numbers, state_numbers) = parts.numbered_keys(
        evaluator.access.control, [keys, states.keys]
    )
    table = np.full(int(group_numbers.max()) + 1, states.count, dtype=np.int64)
    table[state_numbers] = np.arange(states.count)
    return table[group_numbers]


def _of_no_groups(node: Node) -> State:
    columns = {column: column.empty(0) for column in columns_of_pairs(node)}
    nothing = missing(type_of_values(node), 0)
    return State(0, columns.__getitem__, np.zeros(0, np.int64), nothing)
