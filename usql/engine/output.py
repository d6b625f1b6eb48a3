"""Columns of a result as Arrow arrays, made piece by piece and reserved before they are built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from usql.analysis.bound import Column, Expression, RowJson, fields_of
from usql.catalog.model import PRIMARY
from usql.engine.arrays.kernels import Ints, gather, gather_texts, text_offsets
from usql.engine.arrays.vectors import Nested, Vector, to_arrow
from usql.engine.rows.access import Access, window
from usql.engine.rows.evaluate import Evaluator, RowEvaluator
from usql.engine.rows.piecewise import cut, pieces
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import (
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)
from usql.store.export.nested import json_lines, nested

ArrowColumn: TypeAlias = pa.Array | pa.ChunkedArray

_WHAT = "result"

_FEW_TEXTS = 1 << 10
"""Rows whose texts are worth a look at how wide the texts are."""

_MANY_ROWS = 1 << 13
"""Rows whose columns are made side by side."""

_JSON = 1 << 11
"""Sessions and their children that become JSON in one piece: it is the slowest of all results."""

_GROUPS = 1 << 17
"""Groups whose expressions are evaluated in one piece."""

_FEW_BYTES = 1 << 20
"""Bytes of texts that are not counted one by one."""

_LARGE = 1 << 26
"""Bytes of a piece that is made in two halves instead."""


def columns_of_rows(access: Access, rows: Ints, columns: Sequence[Column]) -> list[ArrowColumn]:
    """The columns of a result without groups, whose rows have these numbers."""

    def evaluator(part: slice) -> Evaluator:
        return RowEvaluator(access, rows[part])

    parts: list[tuple[Column, list[slice]]] = []
    for column in columns:
        if isinstance(column.expression, RowJson):
            parts.append((column, _json_pieces(access, rows)))
        else:
            fields = list(dict.fromkeys(fields_of(column.expression)))
            parts.append((column, pieces(access, rows, fields)))

    def make(part: tuple[Column, slice]) -> list[pa.Array]:
        column, own = part
        if isinstance(column.expression, RowJson):
            return [_json(access, rows[own])]
        return _made(access, evaluator, column.expression, own)

    return _side_by_side(access, parts, make, len(rows))


def columns_of_groups(
    access: Access, evaluator: Evaluator, columns: Sequence[Column]
) -> list[ArrowColumn]:
    """The columns of a result of groups, all that the evaluator has."""
    cuts = [slice(i, min(i + _GROUPS, evaluator.size)) for i in range(0, evaluator.size, _GROUPS)]

    def part_of(part: slice) -> Evaluator:
        is_whole = part.stop - part.start == evaluator.size
        return evaluator if is_whole else PartEvaluator(evaluator, part)

    columns_made: list[ArrowColumn] = []
    for column in columns:  # what a metric needs is computed at the first look, by all threads
        chunks: list[pa.Array] = []
        for part in cuts or [slice(0, 0)]:
            access.control.check()
            chunks += _made(access, part_of, column.expression, part)
        columns_made.append(_chunked(chunks))
    return columns_made


class PartEvaluator(Evaluator):
    """Some neighbouring rows or groups of another evaluator."""

    def __init__(self, whole: Evaluator, part: slice) -> None:
        super().__init__(whole.access, part.stop - part.start)
        self._whole = whole
        self._rows = part

    def leaf(self, node: Expression) -> Vector:
        """The values of the whole for the rows of the part."""
        found = self._whole.leaf(node)
        assert not isinstance(found, Nested)
        return window(found, self._rows)


def _side_by_side(
    access: Access,
    parts: Sequence[tuple[Column, list[slice]]],
    make: Callable[[tuple[Column, slice]], list[pa.Array]],
    rows: int,
) -> list[ArrowColumn]:
    """Columns made in parts; those of many rows by all threads."""
    tasks = [(column, part) for column, own in parts for part in own or [slice(0, 0)]]
    most = None if rows >= _MANY_ROWS else 1
    made = iter(map_morsels(lambda _, task: make(task), tasks, access.control, most))
    return [
        _chunked([chunk for _ in range(max(len(own), 1)) for chunk in next(made)])
        for _, own in parts
    ]


def _chunked(chunks: list[pa.Array]) -> ArrowColumn:
    return chunks[0] if len(chunks) == 1 else pa.chunked_array(chunks)


def _made(
    access: Access, evaluator: Callable[[slice], Evaluator], node: Expression, part: slice
) -> list[pa.Array]:
    """An expression over some rows: one array, or several where texts are long."""
    found = evaluator(part).evaluate(node)
    size = arrow_bytes(access, found)
    rows = part.stop - part.start
    if size > _LARGE and rows > 1:
        middle = part.start + rows // 2
        halves = (slice(part.start, middle), slice(middle, part.stop))
        return [made for half in halves for made in _made(access, evaluator, node, half)]
    access.control.reserve(size, _WHAT)
    return [_arrow(access, found)]


def _arrow(access: Access, found: Vector) -> pa.Array:
    """A vector as an Arrow array. Texts that are all of one width are fetched faster."""
    if not isinstance(found, DictionaryColumn) or len(found) < _FEW_TEXTS:
        return to_arrow(found)
    shortest, width = access.derived.text_widths(found.dictionary)
    is_even = 0 < shortest == width and width * len(found) < 2**31
    if not is_even or (found.codes == found.null_code).any():
        return to_arrow(found)
    return gather_texts(found.dictionary, width, found.codes)


def arrow_bytes(access: Access, found: Vector) -> int:
    """The bytes of a vector as an Arrow array; of short texts the most that they can have."""
    match found:
        case Nested():
            return int(found.offsets.nbytes) + arrow_bytes(access, found.lists)
        case ListColumn():
            return int(found.offsets.nbytes) + arrow_bytes(access, found.entries)
        case PropertiesColumn():
            values = arrow_bytes(access, found.values)
            return int(found.offsets.nbytes) + arrow_bytes(access, found.keys) + values
        case DictionaryColumn():
            return _text_bytes(access, found)
        case NumberColumn():
            return 9 * len(found)


def _text_bytes(access: Access, column: DictionaryColumn) -> int:
    if not pa.types.is_string(column.dictionary.type):
        return len(column)
    rows = len(column)
    shortest, longest = access.derived.text_widths(column.dictionary)
    if longest * rows <= _FEW_BYTES or shortest == longest:
        return (longest + 5) * rows
    offsets = text_offsets(column.dictionary)
    codes = column.codes.astype(np.intp)
    begin = int(gather(offsets, codes).sum(dtype=np.int64))
    np.minimum(codes + 1, column.null_code, out=codes)  # a null has no bytes
    return int(gather(offsets, codes).sum(dtype=np.int64)) - begin + 5 * rows


def _json_pieces(access: Access, rows: Ints) -> list[slice]:
    """The rows in pieces by how many children they have."""
    tables = access.store.tables if access.table == PRIMARY else {}
    every = [access.offsets(name) for name in tables if name != PRIMARY]

    def children(part: Ints) -> list[Ints]:
        return [offsets[part + 1] - offsets[part] for offsets in every]

    return cut(rows, children, _JSON)


def _json(access: Access, rows: Ints) -> pa.Array:
    """The rows as JSON texts."""
    table = nested(access.store, access.table, rows, access.control)
    made = pa.array(json_lines(table), pa.string())
    access.control.reserve(made.nbytes, _WHAT)
    return made
