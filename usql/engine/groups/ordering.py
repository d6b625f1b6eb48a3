"""Sort keys of groups (LANGUAGE.md §7, §8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from usql.analysis.bound import OrderBy
from usql.engine.arrays.reductions import extremes_by_group
from usql.engine.arrays.sorting import numbered
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.groups import Groups
from usql.engine.rows.evaluate import Evaluator
from usql.engine.rows.ordering import order_keys, single_values
from usql.engine.runtime.limits import Control
from usql.planner.keys import KeyTime


def keys_of_groups(evaluator: Evaluator, order: OrderBy) -> list[Array]:
    """The null flag and the key of an order column of groups."""
    column = single_values(evaluator.order_column(order.expression), order.descending)
    return order_keys(column, order.descending)


def timed(control: Control, groups: Groups, key_times: Sequence[KeyTime]) -> Groups:
    """The groups with the times by which DATETIME keys are sorted, if these are not the earliest
    times of the groups themselves."""
    if not key_times:
        return groups
    times = list(groups.times)
    for one in key_times:
        group_times = groups.times[one.key]
        assert group_times is not None
        numbers: Ints = np.zeros(groups.count, dtype=np.int64)
        for key in one.upto:
            _, numbers = numbered(
                control, numbers * (groups.domains[key].null + 1) + groups.codes[key]
            )
        count = int(numbers.max(initial=-1)) + 1
        earliest, _ = extremes_by_group(control, numbers, group_times, count, largest=False)
        times[one.key] = earliest[numbers]
    return replace(groups, times=tuple(times))
