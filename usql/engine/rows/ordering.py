"""Sort keys of rows (LANGUAGE.md §7)."""

from __future__ import annotations

import numpy as np

from usql.analysis.bound import OrderBy
from usql.engine.arrays.runs import run_extremes
from usql.engine.arrays.stable_order import descending
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import Vector, flat, present, sort_keys
from usql.engine.rows.access import Access
from usql.engine.rows.evaluate import Evaluator
from usql.engine.rows.piecewise import evaluated
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn

_WHAT = "an order"


def keys_of_rows(access: Access, rows: Ints, order: OrderBy) -> list[Array]:
    """The null flag and the key of an order column for these rows."""
    return order_keys(order_column(access, rows, order), order.descending)


def order_column(access: Access, rows: Ints, order: OrderBy) -> Column:
    """The values of an order column for these rows, evaluated piece by piece."""

    def evaluate(evaluator: Evaluator, _: object) -> Vector:
        return single_values(evaluator.order_column(order.expression), order.descending)

    column = evaluated(access, rows, order.expression, evaluate, _WHAT)
    assert isinstance(column, Column)
    return column


def order_keys(column: Vector, is_descending: bool) -> list[Array]:
    """The null flag, if there are nulls, and the key of an order column, both to be sorted
    ascending."""
    assert isinstance(column, Column)
    nulls, keys = sort_keys(column)
    if is_descending:
        keys = descending(keys)
    if not nulls.any():
        return [keys]
    return [nulls, np.where(nulls, keys.dtype.type(0), keys)]


def single_values(vector: Vector, largest: bool) -> Column:
    """One value per row: a list is represented by its smallest value ascending, by its largest
    descending."""
    column = flat(vector)
    if not isinstance(column, ListColumn):
        assert isinstance(column, Column)  # the analysis rejects property lists
        return column
    entries = column.entries
    keys: Array = entries.codes if isinstance(entries, DictionaryColumn) else entries.values
    values, filled = run_extremes(keys, column.offsets, largest, present(entries))
    if isinstance(entries, DictionaryColumn):
        values[~filled] = entries.null_code
        return DictionaryColumn(entries.type, values, entries.dictionary)
    return NumberColumn(entries.type, values, filled)
