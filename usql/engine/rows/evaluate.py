"""Expressions over rows and groups, evaluated to vectors (LANGUAGE.md §7, §8)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace as changed

import numpy as np

from usql.analysis.bound import (
    Calculation,
    Constant,
    DatePart,
    DateText,
    Expression,
    FieldRef,
    Keys,
    Rounded,
)
from usql.catalog.model import FieldType
from usql.engine.arrays.arithmetic import calculate_doubles, calculate_integers, round_half_up
from usql.engine.arrays.codes import narrow_unsigned
from usql.engine.arrays.dates import bins, date_part, rounded, texts
from usql.engine.arrays.runs import run_ids
from usql.engine.arrays.types import Bools, Ints
from usql.engine.arrays.vectors import Nested, Vector, flat, present, with_entries
from usql.engine.rows.access import Access
from usql.engine.rows.predicates import Rows, row_count
from usql.store.columns import Column, DictionaryColumn, ListColumn, NumberColumn, PropertiesColumn
from usql.store.views import take_values

_INT64 = np.iinfo(np.int64)


class Evaluator(ABC):
    """Evaluates expressions over ``size`` rows or groups; subclasses give the values of leaves."""

    def __init__(self, access: Access, size: int) -> None:
        self.access = access
        self.size = size

    @abstractmethod
    def leaf(self, node: Expression) -> Vector:
        """A field, key or metric."""

    def evaluate(self, node: Expression) -> Vector:
        """The expression's value per row or group."""
        match node:
            case Constant(value=value):
                kind = FieldType.DOUBLE if isinstance(value, float) else FieldType.LONG
                return _constant(kind, value, self.size)
            case DatePart(part=part, operand=operand):
                column = self.evaluate(operand)
                return _over(column, lambda c: self._part(part, c))
            case DateText():
                return _over(self.starts(node), lambda c: self._text(node, c))
            case Rounded(operand=operand):
                return _over(self.evaluate(operand), _round)
            case Calculation(op=op, left=left, right=right, double=double):
                self.access.control.check()
                return _calculate(op, self.evaluate(left), self.evaluate(right), double)
        return self.leaf(node)

    def starts(self, node: DateText) -> Vector:
        """The starts of the bins of instants that a DATETIME formats alike."""
        return _over(
            self.evaluate(node.operand),
            lambda c: NumberColumn(
                FieldType.TIMESTAMP, bins(node.format, node.interval, self._local(c)), present(c)
            ),
        )

    def times(self, node: DateText) -> Vector:
        """The rounded local times of a DATETIME, for sorting."""
        column = self.evaluate(node.operand)
        return _over(
            column,
            lambda c: NumberColumn(
                FieldType.TIMESTAMP, rounded(node.format, node.interval, self._local(c)), present(c)
            ),
        )

    def order_column(self, node: Expression) -> Vector:
        """The sort column of an expression: its value, or the times of a DATETIME."""
        return self.times(node) if isinstance(node, DateText) else self.evaluate(node)

    def _local(self, column: Column) -> Ints:
        """Milliseconds on the local clock, limited to 64 bits."""
        assert isinstance(column, NumberColumn)
        shift = self.access.utc_offset * 60_000
        if column.values.dtype.kind == "f":  # an average of dates
            return np.floor(np.clip(column.values + shift, -(2.0**62), 2.0**62)).astype(np.int64)
        values = column.values.astype(np.int64, copy=False)
        low, high = _INT64.min + 2**60, _INT64.max - 2**60
        return np.clip(values, low, high) + shift

    def _part(self, part: str, column: Column) -> Column:
        return NumberColumn(
            FieldType.INTEGER, date_part(part, self._local(column)), present(column)
        )

    def _text(self, node: DateText, column: Column) -> Column:
        assert isinstance(column, NumberColumn)
        valid = present(column)
        distinct, text_codes = texts(self.access.control, node.format, column.values[valid])
        codes = np.full(len(column), len(distinct), dtype=np.int64)
        codes[valid] = text_codes
        return DictionaryColumn(FieldType.STRING, narrow_unsigned(codes, len(distinct)), distinct)


class RowEvaluator(Evaluator):
    """Expressions over rows of the queried table, given as a range or by their numbers."""

    def __init__(self, access: Access, rows: Rows) -> None:
        super().__init__(access, row_count(rows))
        self.rows = rows

    def leaf(self, node: Expression) -> Vector:
        """A field of the rows, or KEYS of one."""
        if isinstance(node, FieldRef):
            return self.access.values(node, self.rows)
        assert isinstance(node, Keys)
        return _keys(self.access.values(changed(node.field), self.rows))


def _keys(properties: Vector) -> ListColumn | Nested:
    """The distinct keys per property list, in the order of their first pair."""
    if isinstance(properties, Nested):
        inner = _keys(properties.lists)
        assert isinstance(inner, ListColumn)
        return Nested(properties.offsets, inner)
    assert isinstance(properties, PropertiesColumn)
    offsets, keys = properties.offsets, properties.keys
    owners = run_ids(offsets)
    pairs = owners * (keys.null_code + 1) + keys.codes
    _, first = np.unique(pairs, return_index=True)
    first.sort()
    lengths = np.bincount(owners[first], minlength=len(offsets) - 1)
    return ListColumn(np.concatenate(([0], np.cumsum(lengths))), take_values(keys, first))


def _over(column: Vector, function: object) -> Vector:
    """A function of values, applied to a value or to the entries of a list."""
    assert callable(function)
    if isinstance(column, ListColumn | Nested):
        return with_entries(column, function(_entries(column)))
    return function(column)


def _entries(column: ListColumn | Nested) -> Column:
    """The entries of all lists, one after the other."""
    lists = column.lists if isinstance(column, Nested) else column
    assert isinstance(lists, ListColumn)
    return lists.entries


def _constant(kind: FieldType, value: int | float, size: int) -> NumberColumn:
    if isinstance(value, float):
        return NumberColumn(kind, np.full(size, value), None)
    if not _INT64.min <= value <= _INT64.max:  # numbers beyond 64 bits do not exist
        return NumberColumn(kind, np.zeros(size, np.int64), np.zeros(size, np.bool_))
    return NumberColumn(kind, np.full(size, value, dtype=np.int64), None)


def _calculate(op: str, left: Vector, right: Vector, double: bool) -> Vector:
    """Element by element; a single value is combined with every entry of a list."""
    for shape in (left, right):
        if isinstance(shape, ListColumn | Nested):
            a, b = _spread(left, shape), _spread(right, shape)
            return with_entries(shape, _calculate_columns(op, a, b, double))
    assert isinstance(left, NumberColumn)
    assert isinstance(right, NumberColumn)
    return _calculate_columns(op, left, right, double)


def _spread(column: Vector, shape: ListColumn | Nested) -> Column:
    """The column's entries, or its value for each entry of the shape."""
    if isinstance(column, ListColumn | Nested):
        return _entries(column)
    assert isinstance(column, NumberColumn)
    lists = flat(shape)
    assert isinstance(lists, ListColumn)
    return take_values(column, run_ids(lists.offsets))


def _calculate_columns(op: str, left: Column, right: Column, double: bool) -> NumberColumn:
    assert isinstance(left, NumberColumn)
    assert isinstance(right, NumberColumn)
    valid: Bools = present(left) & present(right)
    if double:
        a, b = (c.values.astype(np.float64, copy=False) for c in (left, right))
        numbers, answered = calculate_doubles(op, a, b)
        return NumberColumn(FieldType.DOUBLE, np.where(valid, numbers, 0.0), valid & answered)
    x, y = (c.values.astype(np.int64, copy=False) for c in (left, right))
    whole, fits = calculate_integers(op, x, y)
    return NumberColumn(FieldType.LONG, np.where(valid & fits, whole, 0), valid & fits)


def _round(column: Column) -> Column:
    assert isinstance(column, NumberColumn)
    whole, fits = round_half_up(column.values.astype(np.float64, copy=False))
    return NumberColumn(FieldType.LONG, whole, present(column) & fits)
