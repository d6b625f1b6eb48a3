"""Layout of tables: column widths, measured before the first row is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.escape import escape_controls
from usql.frozen import dataclass
from usql.result.columns import ResultColumn
from usql.result.texts import functions as fn
from usql.result.texts import numbers
from usql.result.texts.columns import Look, cell_texts, every, is_numeric, is_plain
from usql.result.texts.widths import cut, padded, width
from usql.store.views import arrow_view

GAP = 3
"""Cells between two columns."""
_LEAST_WIDTH = 10
_MEASURED = 1000
"""Rows whose texts are measured. Numbers are all measured, since a number that is cut off would be another number."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a table column: ``cells`` is its width; ``most`` is the width at which its texts
    are cut, if any; ``decimals`` is the number of decimal places of its numbers."""

    index: int
    column: ResultColumn
    head: str
    is_right: bool
    cells: int
    most: int | None
    decimals: int

    def drawn_head(self) -> str:
        """The name, padded to the width of the column."""
        return self._fitted(self.head)

    def _fitted(self, text: str) -> str:
        shown = text if self.most is None else cut(text, self.most)
        return padded(shown, self.cells, is_right=self.is_right)

    def drawn(self, values: pa.Array, look: Look, null: str) -> pa.Array:
        """The cells of the column, padded to its width; ``null`` is the marker for a missing
        value."""
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
    """The shapes of these columns, each with its number in the table, for lines of at most ``most``
    cells. If the narrowest columns still do not fit, the last ones are left out."""
    shapes: list[Shape] = []
    least: list[int] = []
    first = table.slice(0, _MEASURED).combine_chunks()
    for index, column in columns:
        head = escape_controls(column.name)
        values = table.column(index)
        is_right = is_numeric(values.type, column, look)
        cells, decimals = _measured(values, first.column(index), column, look, most is None)
        if values.null_count:
            cells = max(cells, width(look.null))
        natural = max(cells, width(head))
        shapes.append(Shape(index, column, head, is_right, natural, None, decimals))
        is_rigid = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
        least.append(cells if is_rigid else min(natural, _LEAST_WIDTH))
    if most is None:
        return shapes
    widths = fit([s.cells for s in shapes], most, least)
    return [
        Shape(s.index, s.column, s.head, s.is_right, cells, cells, s.decimals)
        for s, cells in zip(shapes, widths, strict=False)
    ]


def fit(natural: Sequence[int], width: int, least: Sequence[int] | None = None) -> list[int]:
    """Column widths that fit into ``width``: the widest columns shrink first, none below ``least``,
    which is by default ten cells or its natural width. If that is not enough, the last columns are
    left out.

    >>> fit([5, 40, 80], 70)
    [5, 29, 29]
    >>> fit([5, 40, 80], 70, [5, 35, 10])
    [5, 35, 23]
    """
    widths = list(natural)
    bounds = list(least) if least is not None else [min(w, _LEAST_WIDTH) for w in natural]
    while len(widths) > 1 and sum(bounds) + GAP * len(bounds) - 2 > width:
        widths.pop()
        bounds.pop()
    if len(widths) == 1:
        bounds = [1]
    room = width - GAP * len(widths) + 2
    while sum(widths) > room:
        free = [i for i, w in enumerate(widths) if w > bounds[i]]
        if not free:
            break
        widest = max(widths[i] for i in free)
        same = [i for i in free if widths[i] == widest]
        below = max([w for i, w in enumerate(widths) if i in free and w < widest], default=1)
        below = max(below, *(bounds[i] for i in same))
        spare = sum(widths) - room
        step = min(widest - below, -(-spare // len(same)))
        for index in same:
            widths[index] -= step
    return widths


def _measured(
    values: pa.ChunkedArray,
    first: pa.ChunkedArray,
    column: ResultColumn,
    look: Look,
    is_whole: bool,
) -> tuple[int, int]:
    """The natural width of a column in cells, and the number of decimal places of its numbers."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        known = pa.array(fn.ends(values), kind)
        measured = [cell_texts(chunk, column, look) for chunk in (known, *first.chunks)]
        if not pa.types.is_floating(kind) or not is_numeric(kind, column, look):
            return _widest(measured), 0
        places = max((numbers.places(chunk) for chunk in values.chunks), default=0)
        return _widest([_with_places(texts, places) for texts in measured]), places
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
    """Numbers with this number of decimal places; missing decimals are blank, so that the points
    are aligned."""
    point = fn.in_numpy(fn.place_of(texts, "."), -1)
    length = fn.in_numpy(fn.characters(texts))
    missing = np.where(point < 0, 0, np.clip(places - (length - point - 1), 0, places))
    blanks = pa.array([" " * n for n in range(places + 1)], pa.string())
    return fn.joined(texts, fn.taken(blanks, arrow_view(missing)))


def _cut_plain(texts: pa.Array, most: int) -> pa.Array:
    is_long = fn.in_numpy(fn.characters(texts)) > most
    if not is_long.any():
        return texts
    return fn.chosen(is_long, fn.joined(fn.begins(texts, most - 1), "…"), texts)


def _most(texts: pa.Array) -> int:
    return fn.largest(fn.characters(texts))
