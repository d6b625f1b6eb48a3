"""What the first pass over the rows adds up, and what has to wait until the groups are known."""

from __future__ import annotations

from collections.abc import Sequence

from usql.analysis.bound import Metric
from usql.engine.groups.aggregates.count import EVERY_ROW
from usql.engine.groups.aggregates.passes import Layout, layouts, shares_count_pass
from usql.engine.groups.aggregates.registry import additive, columns_of, is_additive
from usql.engine.groups.row_group_pairs import Slots
from usql.engine.rows.access import Access
from usql.frozen import dataclass
from usql.planner.plan import GroupNeeds


@dataclass(frozen=True, eq=False)
class FirstPass:
    """What the first pass adds up: the states of ``metrics``, by these ``layouts``. ``keeps_pairs``:
    whether the row–group pairs are still needed afterwards."""

    metrics: tuple[Metric, ...]
    layouts: tuple[Layout, ...]
    keeps_pairs: bool


def first_pass(needs: GroupNeeds, slots: Slots) -> FirstPass:
    """What the first pass adds up for a plan whose groups have these slots."""
    access = slots.access

    def decided() -> FirstPass:
        metrics = tuple(early(needs, access, slots.space))
        added = layouts(access, columns_of(metrics), slots.capacity)
        return FirstPass(metrics, added, keeps_pairs(needs, metrics))

    return access.cache.of_part(needs, access.table, decided)


def early(needs: GroupNeeds, access: Access, slots: int) -> list[Metric]:
    """The metrics to be added up in the first pass: all if most groups are shown, otherwise those
    of one field if they share the pass with the count, which saves a second pass. A SUM that may
    exceed 64 bits is computed for all groups, so that it fails whatever is shown."""
    if needs.most is None or 4 * needs.most >= slots:
        return [m for m in needs.metrics if is_additive(m)]
    chosen = [m for m in needs.first if is_additive(m)]
    chosen += [m for m in needs.rest if is_additive(m) and may_overflow(access, m)]
    deferred = [m for m in needs.rest if m not in chosen and m != EVERY_ROW]
    summed = {m.field for m in (*chosen, *deferred) if m.field is not None}
    if len(summed) == 1 and all(shares_count_pass(access, m, slots) for m in deferred):
        chosen += deferred
    return chosen


def keeps_pairs(needs: GroupNeeds, added: Sequence[Metric]) -> bool:
    """Whether the row–group pairs are still needed after these metrics have been added up."""
    others = {*needs.metrics} - {*added, EVERY_ROW}
    return needs.lists or len(others) > 0


def may_overflow(access: Access, metric: Metric) -> bool:
    """Whether a metric is additive and may exceed 64 bits."""
    aggregate = additive(metric)
    return aggregate is not None and aggregate.may_overflow(access, metric)
