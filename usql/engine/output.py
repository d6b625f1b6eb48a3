"""Columns of a result as Arrow arrays, made piece by piece, with their memory reserved first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from usql.analysis.bound import Column, Expression, RowJson, fields_of
from usql.catalog.model import PRIMARY
from usql.engine.arrays.gather import gather, gather_texts, text_offsets
from usql.engine.arrays.types import Ints
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


def columns_of_rows(access: Access, rows: Ints, columns: Sequence[Column]) -> list[ArrowColumn]:
    """The columns of a result without groups, for the rows with these numbers."""

    def evaluator(part: slice) -> Evaluator:
        return RowEvaluator(access, rows[part])

    parts: list[tuple[Column, list[slice]]] = []
    for column in columns:
        access.control.check()
        if isinstance(column.expression, RowJson):
            parts.append((column, _json_pieces(access, rows)))
        else:
            fields = list(dict.fromkeys(fields_of(column.expression)))
            parts.append((column, pieces(access, rows, fields)))

    def make(part: tuple[Column, slice]) -> list[pa.Array]:
        column, piece = part
        if isinstance(column.expression, RowJson):
            return [_json(access, rows[piece])]
        return _chunks(access, evaluator, column.expression, piece)

    return _side_by_side(access, parts, make, len(rows))


def columns_of_groups(
    access: Access, evaluator: Evaluator, columns: Sequence[Column]
) -> list[ArrowColumn]:
    """The columns of a result of groups, for all groups of the evaluator."""
    size, step = evaluator.size, access.tuning.groups_evaluated_at_once
    cuts = [slice(i, min(i + step, size)) for i in range(0, max(size, 1), step)]

    def part_of(part: slice) -> Evaluator:
        is_whole = part.stop - part.start == size
        return evaluator if is_whole else PartEvaluator(evaluator, part)

    arrays: list[ArrowColumn] = []
    for column in columns:  # what a metric needs is computed at the first look, by all threads
        chunks = []
        for part in cuts:
            chunks += _chunks(access, part_of, column.expression, part)
        arrays.append(_chunked(chunks))
    return arrays


class PartEvaluator(Evaluator):
    """An evaluator for a range of the rows or groups of another one."""

    def __init__(self, whole: Evaluator, part: slice) -> None:
        super().__init__(whole.access, part.stop - part.start)
        self._whole = whole
        self._rows = part

    def leaf(self, node: Expression) -> Vector:
        """The values of the whole for the rows of the part."""
        values = self._whole.leaf(node)
        assert not isinstance(values, Nested)
        return window(values, self._rows)


def _side_by_side(
    access: Access,
    parts: Sequence[tuple[Column, list[slice]]],
    make: Callable[[tuple[Column, slice]], list[pa.Array]],
    rows: int,
) -> list[ArrowColumn]:
    """Columns made in parts; those of many rows by all threads."""
    tasks = [(column, part) for column, slices in parts for part in slices or [slice(0, 0)]]
    most = None if rows >= access.tuning.fewest_rows_side_by_side else 1
    results = iter(map_morsels(lambda _, task: make(task), tasks, access.control, most))
    return [
        _chunked([chunk for _ in range(max(len(slices), 1)) for chunk in next(results)])
        for _, slices in parts
    ]


def _chunked(chunks: list[pa.Array]) -> ArrowColumn:
    return chunks[0] if len(chunks) == 1 else pa.chunked_array(chunks)


def _chunks(
    access: Access, evaluator: Callable[[slice], Evaluator], node: Expression, part: slice
) -> list[pa.Array]:
    """An expression over some rows: one array, or several where texts are long."""
    vector = evaluator(part).evaluate(node)
    size = arrow_bytes(access, vector)
    rows = part.stop - part.start
    if size > access.tuning.most_column_bytes and rows > 1:
        middle = part.start + rows // 2
        halves = (slice(part.start, middle), slice(middle, part.stop))
        return [chunk for half in halves for chunk in _chunks(access, evaluator, node, half)]
    access.control.reserve(size, _WHAT)
    return [_arrow(access, vector)]


def _arrow(access: Access, vector: Vector) -> pa.Array:
    """A vector as an Arrow array. Texts of one width are gathered faster."""
    fewest = access.tuning.fewest_even_texts
    if not isinstance(vector, DictionaryColumn) or len(vector.codes) < fewest:
        return to_arrow(vector)
    shortest, width = access.cache.text_widths(vector.dictionary)
    is_even = 0 < shortest == width and width * len(vector) < 2**31
    if not is_even or (vector.codes == vector.null_code).any():
        return to_arrow(vector)
    return gather_texts(vector.dictionary, width, vector.codes)


def arrow_bytes(access: Access, vector: Vector) -> int:
    """The bytes of a vector as an Arrow array; for short texts an upper bound."""
    match vector:
        case Nested():
            return int(vector.offsets.nbytes) + arrow_bytes(access, vector.lists)
        case ListColumn():
            return int(vector.offsets.nbytes) + arrow_bytes(access, vector.entries)
        case PropertiesColumn():
            values = arrow_bytes(access, vector.values)
            return int(vector.offsets.nbytes) + arrow_bytes(access, vector.keys) + values
        case DictionaryColumn():
            return _text_bytes(access, vector)
        case NumberColumn():
            return 9 * len(vector.values)


def _text_bytes(access: Access, column: DictionaryColumn) -> int:
    if not pa.types.is_string(column.dictionary.type):
        return len(column.codes)
    rows = len(column.codes)
    shortest, longest = access.cache.text_widths(column.dictionary)
    most = access.tuning.most_text_bytes_by_width
    if longest * rows <= most or shortest == longest:
        return (longest + 5) * rows
    offsets = text_offsets(column.dictionary)
    codes = column.codes.astype(np.intp)
    begin = int(gather(offsets, codes).sum(dtype=np.int64))
    np.minimum(codes + 1, column.null_code, out=codes)  # a null has no bytes
    return int(gather(offsets, codes).sum(dtype=np.int64)) - begin + 5 * rows


def _json_pieces(access: Access, rows: Ints) -> list[slice]:
    """The rows in pieces, by the number of their children."""
    tables = access.store.tables if access.table == PRIMARY else {}
    every = [access.offsets(name) for name in tables if name != PRIMARY]

    def children(part: Ints) -> list[Ints]:
        return [offsets[part + 1] - offsets[part] for offsets in every]

    return cut(rows, children, access.tuning.json_rows_at_once)


def _json(access: Access, rows: Ints) -> pa.Array:
    """The rows as JSON texts."""
    table = nested(access.store, access.table, rows, access.control)
    texts = pa.array(json_lines(table), pa.string())
    access.control.reserve(texts.nbytes, _WHAT)
    return texts
