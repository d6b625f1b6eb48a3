"""What rows and groups are sorted by (LANGUAGE.md §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from usql.analysis.bound import OrderBy
from usql.engine.arrays.kernels import Array, Ints, descending, run_extremes
from usql.engine.arrays.sorting import extremes_by_group, numbered
from usql.engine.arrays.vectors import Vector, flat, present, sort_keys
from usql.engine.groups.grouping import Groups
from usql.engine.rows.access import Access
from usql.engine.rows.evaluate import Evaluator
from usql.engine.rows.piecewise import evaluated
from usql.engine.runtime.limits import Control
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


def timed(control: Control, groups: Groups, keys: Sequence[int]) -> Groups:
    """The groups with the times by which DATETIME keys order them, where ``keys`` are those of ORDER
    BY: the earliest among all groups with the same values of these keys up to and including it, so
    that equal texts stay together (LANGUAGE.md §8)."""
    times = list(groups.times)
    for place, index in enumerate(keys):
        own, upto = groups.times[index], {*keys[: place + 1]}
        if own is None or upto == {*range(index + 1)}:  # else they are those already
            continue
        numbers: Ints = np.zeros(groups.count, dtype=np.int64)
        for key in upto:
            _, numbers = numbered(
                control, numbers * (groups.factors[key].null + 1) + groups.codes[key]
            )
        count = int(numbers.max(initial=-1)) + 1
        earliest, _ = extremes_by_group(control, numbers, own, count, largest=False)
        times[index] = earliest[numbers]
    return replace(groups, times=tuple(times))


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
