"""A page with a table, or with the bars of a funnel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.drawings.drawn import drawn
from usql.result.drawings.html import (
    STYLE,
    TABLE_END,
    explanation_paragraphs,
    funnel_table,
    safe,
    table_head,
    table_rows,
)
from usql.result.options import Options
from usql.result.texts.cells import NULL
from usql.result.values import batches

FORMAT = Format("html", "a page with a table", ("html", "htm"), shows_cells=True, is_drawn=True)

_LONGEST_TITLE = 200


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """One batch of rows per piece."""
    null = NULL if options.null is None else options.null
    shown = drawn(result, replace(options, null=null))
    title = safe(" ".join(result.text.split())[:_LONGEST_TITLE] or "usql")
    head = f'<!doctype html>\n<meta charset="utf-8">\n<title>{title}</title>\n{STYLE}\n'
    if result.funnel is not None:
        yield f"{head}{funnel_table(result.funnel)}\n".encode()
    else:
        yield f"{head}{table_head(result, shown)}\n".encode()
        for number, part in enumerate(shown.parts):
            if number:
                yield f"<tr>{'<td>⋮</td>' * len(shown.columns)}</tr>\n".encode()
            for batch in batches(part):
                yield table_rows(batch, shown).encode()
        yield f"{TABLE_END}\n".encode()
    yield f"{explanation_paragraphs(result)}\n".encode()
