"""Expressions over many rows: evaluated piece by piece, and joined where all values are needed at
once.

A piece has a bounded number of rows and list entries, so that the limits of a run are checked
between pieces, and the working memory of a piece need not be accounted for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from usql.analysis.bound import DateText, Expression, FieldRef, fields_of
from usql.catalog.model import PRIMARY, FieldType
from usql.engine.arrays.dates import rounded, texts
from usql.engine.arrays.runs import run_ids
from usql.engine.arrays.sorting import numbered
from usql.engine.arrays.types import Ints
from usql.engine.arrays.vectors import Factors, Vector, every_value, flat, nbytes, present
from usql.engine.rows.access import Access
from usql.engine.rows.evaluate import RowEvaluator
from usql.engine.rows.predicates import at
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.frozen import dataclass
from usql.store.columns import (
    AnyColumn,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)
from usql.store.widths import unsigned


def pieces(access: Access, rows: Ints, fields: Sequence[FieldRef]) -> list[slice]:
    """The rows in pieces that are limited by the number of entries of the fields; a row whose lists
    are longer than a piece is a piece of its own."""

    def entries(part: Ints) -> list[Ints]:
        by_field = (_lengths(access, field, part) for field in fields)
        return [lengths for lengths in by_field if lengths is not None]

    return cut(rows, entries, access.tuning.rows_evaluated_at_once)


def cut(rows: Ints, weights: Callable[[Ints], Sequence[Ints]], size: int) -> list[slice]:
    """The rows in pieces of a weight of about ``size``, where each row counts one plus its
    ``weights``."""
    slices: list[slice] = []
    for first in range(0, len(rows), size):
        part = rows[first : first + size]
        lengths = weights(part)
        if len(part) + sum(int(array.sum()) for array in lengths) <= size:
            slices.append(slice(first, first + len(part)))
            continue
        ends = np.cumsum(np.sum(lengths, axis=0) + 1)
        inner = np.searchsorted(ends, np.arange(size, ends[-1], size), side="right")
        edges = np.unique(np.concatenate(([0], inner, [len(part)])))
        slices += [slice(first + int(a), first + int(b)) for a, b in itertools.pairwise(edges)]
    return slices


def _lengths(access: Access, field: FieldRef, rows: Ints) -> Ints | None:
    """The number of entries of a field in each of the rows; ``None`` if it has single values."""
    column = access.column(field)
    inner = column.offsets if isinstance(column, ListColumn | PropertiesColumn) else None
    is_childs = field.table != access.table == PRIMARY
    if inner is None and not is_childs:
        return None
    if access.table not in (field.table, PRIMARY):
        rows = at(access.parent, rows).astype(np.int64, copy=False)
    begin, end = rows, rows + 1
    if is_childs:
        offsets = access.offsets(field.table)
        begin, end = offsets[begin], offsets[end]
    return end - begin if inner is None else inner[end] - inner[begin]


def evaluated(
    access: Access,
    rows: Ints,
    node: Expression,
    evaluate: Callable[[RowEvaluator, Expression], Vector],
    what: str,
) -> AnyColumn:
    """The values of an expression over all the rows, with children's lists joined to one list per
    row; ``evaluate`` is called piece by piece. The joined column is reserved as ``what``."""
    parts = pieces(access, rows, list(dict.fromkeys(fields_of(node))))

    def work(_: int, part: slice) -> AnyColumn:
        column = flat(evaluate(RowEvaluator(access, rows[part]), node))
        access.control.reserve(nbytes(column), what)
        return column

    columns = map_morsels(work, parts or [slice(0, 0)], access.control)
    if len(columns) == 1:
        return columns[0]
    with access.control.working(sum(map(nbytes, columns)), what):
        return joined(columns)


def joined(parts: Sequence[AnyColumn]) -> AnyColumn:
    """Columns of one kind concatenated; those of codes have one common dictionary."""
    first = parts[0]
    if isinstance(first, ListColumn):
        lists = [part for part in parts if isinstance(part, ListColumn)]
        ends = np.cumsum([0, *(len(part.entries) for part in lists)])
        offsets = [part.offsets[1:] + end for part, end in zip(lists, ends[:-1], strict=True)]
        return ListColumn(
            np.concatenate([first.offsets[:1], *offsets]), _values([p.entries for p in lists])
        )
    return _values([part for part in parts if isinstance(part, Column)])


def _values(parts: Sequence[Column]) -> Column:
    first = parts[0]
    if isinstance(first, DictionaryColumn):
        codes = [part.codes for part in parts if isinstance(part, DictionaryColumn)]
        return DictionaryColumn(first.type, np.concatenate(codes), first.dictionary)
    numbers = [part for part in parts if isinstance(part, NumberColumn)]
    valid = None
    if any(part.valid is not None for part in numbers):
        valid = np.concatenate([present(part) for part in numbers])
    return NumberColumn(first.type, np.concatenate([p.values for p in numbers]), valid)


# --- numbered values ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Numbered:
    """The values of an expression over some rows, as numbers of its distinct values: entry i has
    the value ``factors.codes[i]`` and, for a DATETIME, the rounded time ``times[i]``. Row r has the
    entries ``offsets[r]:offsets[r+1]``; without offsets each row is an entry."""

    factors: Factors
    offsets: Ints | None
    times: Ints | None

    @property
    def owners(self) -> Ints:
        """The row of each entry."""
        if self.offsets is None:
            return np.arange(len(self.factors.codes), dtype=np.int64)
        return run_ids(self.offsets)


def numbered_values(access: Access, rows: Ints, node: Expression, what: str) -> Numbered:
    """The values of an expression over all the rows, numbered in the order of the values."""

    def evaluate(evaluator: RowEvaluator, _: Expression) -> Vector:
        return evaluator.starts(node) if isinstance(node, DateText) else evaluator.evaluate(node)

    column = evaluated(access, rows, node, evaluate, what)
    offsets, entries = None, column
    if isinstance(column, ListColumn):
        offsets, entries = column.offsets, column.entries
    assert isinstance(entries, Column)
    access.control.reserve(16 * len(entries), what)
    if not isinstance(node, DateText):
        return Numbered(factorize(access.control, entries), offsets, None)
    times = factorize(access.control, entries)
    assert isinstance(times.values, NumberColumn)
    distinct, numbers = texts(access.control, node.format, times.values.values)
    codes = np.append(numbers, len(distinct))[times.codes]
    column = DictionaryColumn(FieldType.STRING, np.zeros(0, unsigned(len(distinct))), distinct)
    assert isinstance(entries, NumberColumn)
    moments = rounded(node.format, node.interval, entries.values)
    return Numbered(Factors(codes, every_value(column).values), offsets, moments)


def factorize(control: Control, column: Column) -> Factors:
    """Codes in value order. A dictionary already has them; numbers are sorted once."""
    if isinstance(column, DictionaryColumn):
        return Factors(column.codes.astype(np.int64), every_value(column).values)
    if column.valid is None:
        distinct, codes = numbered(control, column.values)
    else:
        distinct, valid_codes = numbered(control, column.values[column.valid])
        codes = np.full(len(column), len(distinct), dtype=np.int64)
        codes[column.valid] = valid_codes
    return Factors(codes, NumberColumn(column.type, distinct, None))


def distinct_by_row(
    control: Control, entries: Numbered, make: Callable[[Numbered], tuple[Ints, ...]], what: str
) -> tuple[Ints, ...]:
    """The arrays that ``make`` returns for pieces of whole rows, concatenated; its first array
    holds rows. ``what`` names the memory that is reserved for it."""
    assert entries.offsets is not None
    offsets, codes, times = entries.offsets, entries.factors.codes, entries.times
    lengths = np.diff(offsets)

    def work(_: int, part: slice) -> tuple[Ints, ...]:
        inside = slice(int(offsets[part.start]), int(offsets[part.stop]))
        piece = Numbered(
            Factors(codes[inside], entries.factors.values),
            offsets[part.start : part.stop + 1] - offsets[part.start],
            None if times is None else times[inside],
        )
        rows, *others = make(piece)
        control.reserve(rows.nbytes + sum(other.nbytes for other in others), what)
        return rows + part.start, *others

    size = control.tuning.rows_evaluated_at_once
    parts = cut(np.arange(len(lengths)), lambda rows: [lengths[rows]], size)
    results = map_morsels(work, parts or [slice(0, 0)], control)
    if len(results) == 1:
        return results[0]
    with control.working(sum(array.nbytes for result in results for array in result), what):
        return tuple(np.concatenate(arrays) for arrays in zip(*results, strict=True))
