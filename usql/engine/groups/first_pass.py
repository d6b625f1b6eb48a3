"""What is added up in the first pass over the rows, and what has to wait for the groups."""

from __future__ import annotations

from collections.abc import Sequence

from usql.analysis.bound import Metric
from usql.engine.groups.aggregates.aggregate import Additive
from usql.engine.groups.aggregates.count import EVERY_ROW
from usql.engine.groups.aggregates.passes import rides
from usql.engine.groups.aggregates.registry import aggregate_of, is_additive
from usql.engine.rows.access import Access
from usql.planner.plan import GroupNeeds


def early(needs: GroupNeeds, access: Access, cells: int) -> list[Metric]:
    """The metrics to be added up in the first pass: all where most groups are shown, or where those
    of one field ride along with the count, which saves a second pass. A SUM that may leave 64 bits is
    computed of all groups, so that it does so whatever is shown."""
    if needs.most is None or 4 * needs.most >= cells:
        return [m for m in needs.metrics if is_additive(m)]
    chosen = [m for m in needs.first if is_additive(m)]
    chosen += [m for m in needs.rest if is_additive(m) and may_overflow(access, m)]
    left = [m for m in needs.rest if m not in chosen and m != EVERY_ROW]
    summed = {m.field for m in (*chosen, *left) if m.field is not None}
    if len(summed) == 1 and all(rides(access, m, cells) for m in left):
        chosen += left
    return chosen


def keeps_members(needs: GroupNeeds, added: Sequence[Metric]) -> bool:
    """Whether the members are needed once these metrics are added up."""
    others = {*needs.metrics} - {*added, EVERY_ROW}
    return needs.lists or len(others) > 0


def may_overflow(access: Access, metric: Metric) -> bool:
    """Whether a metric is added up and may have no number in 64 bits."""
    aggregate = aggregate_of(metric)
    return isinstance(aggregate, Additive) and aggregate.may_overflow(access, metric)
