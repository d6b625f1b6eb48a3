"""Expressions over many rows: evaluated piece by piece, and joined where all are needed together.

A piece has a bounded number of rows and entries of lists, so that between pieces the limits of a run
are looked at, and what a piece works on needs no account.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from usql.analysis.bound import Expression, FieldRef, fields_of
from usql.catalog.model import PRIMARY
from usql.engine.access import Access
from usql.engine.evaluate import RowEvaluator
from usql.engine.kernels import Ints
from usql.engine.predicates import at
from usql.engine.vectors import Vector, flat, nbytes, present
from usql.engine.workers import map_morsels
from usql.store.columns import (
    AnyColumn,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)

_PIECE = 1 << 17
"""Rows, and entries of their lists, of a piece."""


def pieces(access: Access, rows: Ints, fields: Sequence[FieldRef]) -> list[slice]:
    """The rows in pieces by what the fields have in them: a row whose lists are longer than a
    piece is one of its own."""

    def entries(part: Ints) -> list[Ints]:
        found = (_lengths(access, field, part) for field in fields)
        return [lengths for lengths in found if lengths is not None]

    return cut(rows, entries, _PIECE)


def cut(rows: Ints, weights: Callable[[Ints], Sequence[Ints]], size: int) -> list[slice]:
    """The rows in pieces of about ``size``, each row counting one and its ``weights``."""
    made: list[slice] = []
    for first in range(0, len(rows), size):
        part = rows[first : first + size]
        lengths = weights(part)
        if len(part) + sum(int(own.sum()) for own in lengths) <= size:
            made.append(slice(first, first + len(part)))
            continue
        ends = np.cumsum(np.sum(lengths, axis=0) + 1)
        inner = np.searchsorted(ends, np.arange(size, ends[-1], size), side="right")
        edges = np.unique(np.concatenate(([0], inner, [len(part)])))
        made += [slice(first + int(a), first + int(b)) for a, b in itertools.pairwise(edges)]
    return made


def _lengths(access: Access, field: FieldRef, rows: Ints) -> Ints | None:
    """How many entries a field has in each of the rows; ``None`` where it has one value."""
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
    """An expression over all the rows, children's lists as one list a row: ``evaluate`` is asked
    piece by piece. What is joined is reserved as ``what``."""
    parts = pieces(access, rows, list(dict.fromkeys(fields_of(node))))

    def work(_: int, part: slice) -> AnyColumn:
        found = flat(evaluate(RowEvaluator(access, rows[part]), node))
        access.control.reserve(nbytes(found), what)
        return found

    made = map_morsels(work, parts or [slice(0, 0)], access.control)
    if len(made) == 1:
        return made[0]
    with access.control.working(sum(map(nbytes, made)), what):
        return joined(made)


def joined(parts: Sequence[AnyColumn]) -> AnyColumn:
    """Columns of one kind one after the other; those of codes have one dictionary."""
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
