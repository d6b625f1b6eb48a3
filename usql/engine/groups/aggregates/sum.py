"""SUM, of which only the final total has to fit 64 bits (LANGUAGE.md §8)."""

from __future__ import annotations

import functools

import numpy as np

from usql.analysis.bound import Condition, FieldRef, Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.aggregates.aggregate import Additive, real_column
from usql.engine.groups.aggregates.state import LOW, Kind, State, StateColumn, state_column
from usql.engine.rows.access import Access
from usql.engine.runtime.limits import Control
from usql.errors import SumOverflow
from usql.store.columns import NumberColumn


class Sum(Additive):
    """The sum of the values, 0 without values."""

    def columns(self, node: Metric) -> tuple[StateColumn, ...]:
        assert node.field is not None
        return sum_columns(node.field, node.where)

    def finish(self, node: Metric, state: State, control: Control) -> NumberColumn:
        assert node.field is not None
        sums = exact_sums(node.field, node.where, state)
        is_real = node.field.type is FieldType.DOUBLE
        return real_column(sums) if is_real else NumberColumn(FieldType.LONG, sums, None)

    def may_overflow(self, access: Access, metric: Metric) -> bool:
        """Whether the numbers are so large that their sum may exceed 64 bits."""
        assert metric.field is not None
        column = access.column(metric.field)
        return isinstance(column, NumberColumn) and column.values.dtype == np.int64


@functools.lru_cache(256)
def sum_columns(field: FieldRef, where: Condition | None = None) -> tuple[StateColumn, ...]:
    """The columns of a sum; for whole numbers two."""
    kinds = (Kind.SUM,) if field.type is FieldType.DOUBLE else (Kind.SUM, Kind.HIGH)
    return tuple(state_column(kind, field, where) for kind in kinds)


def whole_sums(field: FieldRef, low: Ints, high: Ints | None) -> Ints:
    """Sums of whole numbers from their two halves; from the lower one only, if it holds everything.

    Raises :class:`SumOverflow`.
    """
    if high is None or not high.any():
        return low
    high = high + (low >> 32)
    if not (high.min() >= -(2**31) and high.max() < 2**31):
        raise SumOverflow(f"SUM({field.text}) is too large for 64 bits")
    return (high << 32) + (low & LOW)


def exact_sums(field: FieldRef, where: Condition | None, state: State) -> Array:
    """Sums in the type of the field.

    Raises :class:`SumOverflow`.
    """
    low, *high = sum_columns(field, where)
    sums = state.read(low)
    return whole_sums(field, sums, state.find(*high)) if high else sums


def real_sums(field: FieldRef, where: Condition | None, state: State) -> Array:
    """Sums as doubles, which may exceed 64 bits."""
    of_low, *of_high = sum_columns(field, where)
    low = state.read(of_low)
    high = state.find(*of_high) if of_high else None
    if high is None:
        return low.astype(np.float64)
    # Doubles hold both halves exactly when the lower one is small.
    high = high + (low >> 32)
    return (low & LOW).astype(np.float64) + high.astype(np.float64) * 2.0**32


AGGREGATES = {"SUM": Sum()}
