"""What rows and groups are sorted by (LANGUAGE.md §7)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import OrderBy
from usql.engine.access import Access
from usql.engine.evaluate import Evaluator
from usql.engine.kernels import Array, Ints, descending, run_extremes
from usql.engine.vectors import Vector, flat, present, sort_keys
from usql.engine.whole import evaluated
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn

_WHAT = "an order"


def keys_of_rows(access: Access, rows: Ints, order: OrderBy) -> list[Array]:
    """The null flag and the key of an order column of these rows, evaluated piece by piece."""

    def evaluate(evaluator: Evaluator, _: object) -> Vector:
        return _single(evaluator.order_column(order.expression), order.descending)

    column = evaluated(access, rows, order.expression, evaluate, _WHAT)
    return _keys(column, order.descending)


def keys_of_groups(evaluator: Evaluator, order: OrderBy) -> list[Array]:
    """The null flag and the key of an order column of groups."""
    column = _single(evaluator.order_column(order.expression), order.descending)
    return _keys(column, order.descending)


def _keys(column: Vector, is_descending: bool) -> list[Array]:
    assert isinstance(column, Column)
    nulls, keys = sort_keys(column)
    if is_descending:
        keys = descending(keys)
    if not nulls.any():
        return [keys]
    return [nulls, np.where(nulls, keys.dtype.type(0), keys)]


def _single(found: Vector, largest: bool) -> Column:
    """One value a row: a list counts as its smallest value ascending, its largest descending."""
    column = flat(found)
    if not isinstance(column, ListColumn):
        assert isinstance(column, Column)  # property lists are refused
        return column
    entries, has = column.entries, present(column.entries)
    offsets = column.offsets
    keys: Array = entries.codes if isinstance(entries, DictionaryColumn) else entries.values
    if not has.all():
        offsets = np.append(0, np.cumsum(has))[offsets]
        keys = keys.compress(has)
    values, filled = run_extremes(keys, offsets, largest)
    if isinstance(entries, DictionaryColumn):
        values[~filled] = entries.null_code
        return DictionaryColumn(entries.type, values, entries.dictionary)
    return NumberColumn(entries.type, values, filled)
