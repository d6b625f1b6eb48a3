"""Rows upright: a line per value, behind the name of its column."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from usql.formats.format import Format
from usql.harmless import harmless
from usql.result import functions as fn
from usql.result.data import ResultData
from usql.result.drawn import Drawn, below, drawn
from usql.result.layout import GAP
from usql.result.lines import raw
from usql.result.options import Options
from usql.result.texts import cell_texts, every
from usql.result.values import batches
from usql.result.widths import cut, padded, width

FORMAT = Format("line", "for people, a line per value", shows_cells=True, is_drawn=True)


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """The rows of a batch in each piece; see :func:`strings`."""
    return (text.encode() for text in strings(result, options))


def strings(result: ResultData, options: Options) -> Iterator[str]:
    """The rows with an empty line between two of them, in whole lines."""
    shown = drawn(result, options)
    names = [harmless(column.name) for _, column in shown.columns]
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
