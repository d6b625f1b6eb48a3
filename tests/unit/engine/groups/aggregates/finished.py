"""Metrics finished from totals, and from members, as the engine does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from usql.analysis.bound import Condition, FieldRef, Metric
from usql.engine.groups.aggregates.aggregate import OfValues, RowGroupPairs
from usql.engine.groups.aggregates.registry import aggregate_of
from usql.engine.groups.aggregates.slot_states import SlotStates, state_of_groups
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.runtime.limits import Control
from usql.store.columns import NumberColumn


def column_of(
    slot_states: SlotStates, metric: Metric, slots: Any, groups: Any, count: int
) -> NumberColumn:
    """A metric of so many groups; cell ``cells[i]`` is of group ``groups[i]``."""
    state = state_of_groups([slot_states], slots, groups, count)
    found = aggregate_of(metric).finish(metric, state, Control())
    assert isinstance(found, NumberColumn)
    return found


def pairs_of(access: Access, chunks: Sequence[Chunk], count: int) -> RowGroupPairs:
    """The members of groups, without an index."""
    return RowGroupPairs(access, count, lambda: chunks, lambda _: None)


def answered(
    access: Access, chunks: Sequence[Chunk], metrics: Sequence[Metric], count: int
) -> list[NumberColumn]:
    """Metrics of the members' values."""
    aggregate = aggregate_of(metrics[0])
    assert isinstance(aggregate, OfValues)
    found = aggregate.answers(metrics, pairs_of(access, chunks, count))
    return [column for column in found if isinstance(column, NumberColumn)]


def quantiles(
    access: Access,
    chunks: Sequence[Chunk],
    field: FieldRef,
    where: Condition | None,
    count: int,
    shares: Sequence[float],
) -> list[tuple[Any, Any]]:
    """Quantiles of a field: the numbers, and which groups have one."""
    metrics = [Metric("PERCENTILE", field, 100 * share, where) for share in shares]
    return [(c.values, c.valid) for c in answered(access, chunks, metrics, count)]


def count_distinct(
    access: Access, chunks: Sequence[Chunk], field: FieldRef, where: Condition | None, count: int
) -> Any:
    """The number of distinct values per group."""
    return answered(access, chunks, [Metric("DISTINCT", field, None, where)], count)[0].values
