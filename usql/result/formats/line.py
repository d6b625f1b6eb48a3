"""Vertical rows: one line per value, after the name of its column."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from usql.escape import escape_controls
from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.drawings.drawn import Drawn, below, drawn
from usql.result.drawings.layout import GAP
from usql.result.options import Options
from usql.result.texts import functions as fn
from usql.result.texts.columns import cell_texts, every
from usql.result.texts.lines import raw
from usql.result.texts.widths import cut, padded, width
from usql.result.values import batches

FORMAT = Format(
    "line", "for people, a line per value", shows_cells=True, is_drawn=True, is_for_screens=True
)


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """One batch of rows per piece; see :func:`line_strings`."""
    return (text.encode() for text in line_strings(result, options))


def line_strings(result: ResultData, options: Options) -> Iterator[str]:
    """The rows as whole lines, with an empty line between two rows."""
    shown = drawn(result, options)
    names = [escape_controls(column.name) for _, column in shown.columns]
    margin = max(map(width, names), default=0)
    most = None
    if options.width is not None:
        margin = min(margin, max(1, min(options.width // 2, options.width - GAP - 1)))
        names = [cut(name, margin) for name in names]
        most = max(1, options.width - margin - GAP)
    heads = [shown.bold(padded(name, margin)) + " " * GAP for name in names]
    is_first = True
    for number, part in enumerate(shown.parts):
        if number:
            yield "\n" + shown.dim("⋮") + "\n"
        for batch in batches(part):
            text = _rows(batch, heads, shown, most)
            yield text.removeprefix("\n") if is_first else text
            is_first = False
    yield "" if is_first else "\n"
    yield from below(result, shown)


def _rows(batch: pa.RecordBatch, heads: list[str], shown: Drawn, most: int | None) -> str:
    rows = []
    for head, (index, column) in zip(heads, shown.columns, strict=True):
        texts = cell_texts(batch.column(index), column, shown.look, most)
        if most is not None:
            texts = every(texts, lambda text: cut(text, most))
        texts = fn.filled(texts, shown.null)
        line = fn.joined(head, texts)
        rows.append(fn.joined(fn.without_end(line), "\n"))
    return raw(fn.joined("\n", *rows)).decode()
