"""A table of characters, for terminals and texts; the bars of a funnel; one row upright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from usql.formats.format import Format
from usql.result import functions as fn
from usql.result.data import ResultData
from usql.result.drawn import Drawn, below, drawn, explanations
from usql.result.formats import line
from usql.result.funnels import funnel_text
from usql.result.layout import GAP, Shape, layout
from usql.result.lines import between, raw
from usql.result.options import Options
from usql.result.values import batches
from usql.result.widths import padded

FORMAT = Format("table", "for people", ("txt",), shows_cells=True, is_drawn=True)


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """The rows of a batch in each piece; see :func:`strings`."""
    return (text.encode() for text in strings(result, options))


def strings(result: ResultData, options: Options) -> Iterator[str]:
    """The table, in whole lines. Its widths are those of the first rows and of all numbers."""
    if result.funnel is not None:
        yield funnel_text(result.funnel, options)
        notes = "".join(explanations(result, drawn(result, options)))
        yield f"\n{notes}" if notes else ""
        return
    if len(result) == 1 and len(result.schema) > 1:
        yield from line.strings(result, options)
        return
    shown = drawn(result, options)
    table = pa.concat_tables(shown.parts)
    shapes = layout(table, shown.columns, shown.look, options.width)
    yield from _head(shapes, shown)
    for number, part in enumerate(shown.parts):
        if number:
            marks = [padded("⋮", s.cells, is_right=s.is_right) for s in shapes]
            yield shown.dim(_joined(marks)) + "\n"
        for batch in batches(part):
            yield _rows(batch, shapes, shown)
    yield "\n"
    yield from below(result, shown, [c.name for _, c in shown.columns[len(shapes) :]])


def _head(shapes: Sequence[Shape], shown: Drawn) -> Iterator[str]:
    yield shown.bold(_joined([shape.drawn_head() for shape in shapes])) + "\n"
    yield " " + "─" * (sum(s.cells for s in shapes) + GAP * (len(shapes) - 1)) + "\n"


def _joined(cells: Sequence[str]) -> str:
    return (" " + (" " * GAP).join(cells)).rstrip()


def _rows(batch: pa.RecordBatch, shapes: Sequence[Shape], shown: Drawn) -> str:
    columns = [s.drawn(batch.column(s.index), shown.look, shown.null) for s in shapes]
    columns[0] = fn.joined(" ", columns[0])
    rows = fn.without_end(between(columns, " " * GAP))
    return raw(fn.joined(rows, "\n")).decode()
