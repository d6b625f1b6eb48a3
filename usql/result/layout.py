"""Where the columns of a table stand: their widths, measured before the first row is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.frozen import dataclass
from usql.harmless import harmless
from usql.result import functions as fn
from usql.result import numbers
from usql.result.columns import ResultColumn
from usql.result.texts import Look, cell_texts, every, is_numeric, is_plain
from usql.result.widths import cut, padded, width
from usql.store.views import plain

GAP = 3
"""Cells between two columns."""
_LEAST_WIDTH = 10
_MEASURED = 1000
"""Rows whose texts are measured. Of numbers all are: a number that is cut is another one."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A column of a table: ``cells`` wide; ``most`` is where its texts are cut, if at all;
    ``decimals`` are the places behind the point of its numbers."""

    index: int
    column: ResultColumn
    head: str
    is_right: bool
    cells: int
    most: int | None
    decimals: int

    def drawn_head(self) -> str:
        """The name, as wide as the column."""
        return self._fitted(self.head)

    def _fitted(self, text: str) -> str:
        shown = text if self.most is None else cut(text, self.most)
        return padded(shown, self.cells, is_right=self.is_right)

    def drawn(self, values: pa.Array, look: Look, null: str) -> pa.Array:
        """The cells of the column, as wide as it is; ``null``, as it is sent, where none is."""
        texts = cell_texts(values, self.column, look, self.most)
        if self.decimals:
            texts = _with_places(texts, self.decimals)
        if is_plain(texts):
            if self.most is not None:
                texts = _cut_plain(texts, self.most)
            texts = fn.padded_texts(texts, self.cells, is_right=self.is_right)
        else:
            texts = every(texts, self._fitted)
        if not texts.null_count:
            return texts
        mark = self._fitted(look.null)
        return fn.filled(texts, mark.replace(look.null, null, 1) if look.null in mark else mark)


def layout(
    table: pa.Table,
    columns: Sequence[tuple[int, ResultColumn]],
    look: Look,
    most: int | None,
) -> list[Shape]:
    """The shapes of these columns, each with its number in the table, in lines of at most ``most``
    cells; the last columns are left out where all are narrow and yet do not fit."""
    shapes: list[Shape] = []
    least: list[int] = []
    first = table.slice(0, _MEASURED).combine_chunks()
    for index, column in columns:
        head = harmless(column.name)
        values = table.column(index)
        is_right = is_numeric(values.type, column, look)
        cells, decimals = _measured(values, first.column(index), column, look, most is None)
        if values.null_count:
            cells = max(cells, width(look.null))
        wanted = max(cells, width(head))
        shapes.append(Shape(index, column, head, is_right, wanted, None, decimals))
        is_rigid = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
        least.append(cells if is_rigid else min(wanted, _LEAST_WIDTH))
    if most is None:
        return shapes
    widths = fit([s.cells for s in shapes], most, least)
    return [
        Shape(s.index, s.column, s.head, s.is_right, cells, cells, s.decimals)
        for s, cells in zip(shapes, widths, strict=False)
    ]


def fit(natural: Sequence[int], width: int, least: Sequence[int] | None = None) -> list[int]:
    """Column widths that fit: the widest columns give way first, none below ``least``, which is ten
    cells or what it wants; when all have, the last columns are left out.

    >>> fit([5, 40, 80], 70)
    [5, 29, 29]
    >>> fit([5, 40, 80], 70, [5, 35, 10])
    [5, 35, 23]
    """
    kept = list(natural)
    bounds = list(least) if least is not None else [min(w, _LEAST_WIDTH) for w in natural]
    while len(kept) > 1 and sum(bounds) + GAP * len(bounds) - 2 > width:
        kept.pop()
        bounds.pop()
    if len(kept) == 1:
        bounds = [1]
    room = width - GAP * len(kept) + 2
    while sum(kept) > room:
        free = [i for i, w in enumerate(kept) if w > bounds[i]]
        if not free:
            break
        widest = max(kept[i] for i in free)
        same = [i for i in free if kept[i] == widest]
        below = max([w for i, w in enumerate(kept) if i in free and w < widest], default=1)
        below = max(below, *(bounds[i] for i in same))
        spare = sum(kept) - room
        step = min(widest - below, -(-spare // len(same)))
        for index in same:
            kept[index] -= step
    return kept


def _measured(
    values: pa.ChunkedArray,
    first: pa.ChunkedArray,
    column: ResultColumn,
    look: Look,
    is_whole: bool,
) -> tuple[int, int]:
    """The cells that a column wants, and the places behind the point of its numbers."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        known = pa.array(fn.ends(values), kind)
        seen = [cell_texts(chunk, column, look) for chunk in (known, *first.chunks)]
        if not pa.types.is_floating(kind) or not is_numeric(kind, column, look):
            return _widest(seen), 0
        places = max((numbers.places(chunk) for chunk in values.chunks), default=0)
        return _widest([_with_places(texts, places) for texts in seen]), places
    texts = [cell_texts(chunk, column, look) for chunk in first.chunks]
    widest = _widest(texts)
    if is_whole and (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        widest = max([widest, *(_most(chunk) for chunk in values.chunks if is_plain(chunk))])
    return widest, 0


def _widest(chunks: Sequence[pa.Array]) -> int:
    widest = 0
    for texts in chunks:
        if is_plain(texts):
            widest = max(widest, _most(texts))
        else:
            widest = max([widest, *map(width, filter(None, texts.to_pylist()))])
    return widest


def _with_places(texts: pa.Array, places: int) -> pa.Array:
    """Numbers with so many places behind the point: the missing ones are blank, so that points
    stand below each other."""
    point = fn.in_numpy(fn.place_of(texts, "."), -1)
    length = fn.in_numpy(fn.characters(texts))
    missing = np.where(point < 0, 0, np.clip(places - (length - point - 1), 0, places))
    blanks = pa.array([" " * n for n in range(places + 1)], pa.string())
    return fn.joined(texts, fn.taken(blanks, plain(missing)))


def _cut_plain(texts: pa.Array, most: int) -> pa.Array:
    is_long = fn.in_numpy(fn.characters(texts)) > most
    if not is_long.any():
        return texts
    return fn.chosen(is_long, fn.joined(fn.begins(texts, most - 1), "…"), texts)


def _most(texts: pa.Array) -> int:
    return fn.largest(fn.characters(texts))
