"""A table of characters, for terminals and text files; the bars of a funnel; a single row
vertically."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.drawings.drawn import Drawn, below, drawn, explanation_lines
from usql.result.drawings.funnels import funnel_text
from usql.result.drawings.layout import GAP, Shape, layout
from usql.result.formats import line
from usql.result.options import Options
from usql.result.texts import functions as fn
from usql.result.texts.lines import between, raw
from usql.result.texts.widths import padded
from usql.result.values import batches

FORMAT = Format(
    "table", "for people", ("txt",), shows_cells=True, is_drawn=True, is_for_screens=True
)


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """One batch of rows per piece; see :func:`table_strings`."""
    return (text.encode() for text in table_strings(result, options))


def table_strings(result: ResultData, options: Options) -> Iterator[str]:
    """The table as whole lines. Its column widths depend on the first rows and on all numbers."""
    if result.funnel is not None:
        yield funnel_text(result.funnel, options)
        notes = "".join(explanation_lines(result, drawn(result, options)))
        yield f"\n{notes}" if notes else ""
        return
    if len(result) == 1 and len(result.schema) > 1:
        yield from line.line_strings(result, options)
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
