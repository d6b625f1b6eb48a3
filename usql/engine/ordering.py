"""What rows and groups are sorted by (LANGUAGE.md §7)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import OrderBy
from usql.engine.evaluate import Evaluator
from usql.engine.kernels import Array, descending, group_extremes, run_ids
from usql.engine.vectors import flat, sort_keys
from usql.store.columns import ListColumn


def order_keys(evaluator: Evaluator, order: OrderBy) -> list[Array]:
    """The null flag and the key of an order column; a list counts as its smallest value
    ascending, its largest descending."""
    column = flat(evaluator.order_column(order.expression))
    if isinstance(column, ListColumn):
        nulls, keys = _extremes(column, order.descending)
    else:
        nulls, keys = sort_keys(column)  # type: ignore[arg-type]  # property lists are refused
    if order.descending:
        keys = descending(keys)
    if not nulls.any():
        return [keys]
    return [nulls, np.where(nulls, keys.dtype.type(0), keys)]


def _extremes(column: ListColumn, largest: bool) -> tuple[Array, Array]:
    nulls, keys = sort_keys(column.entries)
    ids = run_ids(column.offsets)[~nulls]
    found, any_value = group_extremes(ids, keys[~nulls], len(column), largest)
    return ~any_value, found
