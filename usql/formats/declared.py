"""All formats, generated of what usql/result/formats declares by ``python -m tests.tools.docs``."""

from __future__ import annotations

from usql.formats.format import Format

# fmt: off
ALL: tuple[Format, ...] = (
    Format(
        name='arrow',
        summary='an IPC stream',
        suffixes=('arrow',),
        is_text=False,
    ),
    Format(
        name='csv',
        summary='RFC 4180: lists as JSON text, a missing value empty',
        suffixes=('csv',),
        shows_cells=True,
    ),
    Format(
        name='html',
        summary='a page with a table',
        suffixes=('html', 'htm'),
        shows_cells=True,
        is_drawn=True,
    ),
    Format(
        name='json',
        summary='{"columns": […], "rows": [[…]]}, since names may repeat',
        suffixes=('json',),
    ),
    Format(
        name='line',
        summary='for people, a line per value',
        shows_cells=True,
        is_drawn=True,
        is_for_screens=True,
    ),
    Format(
        name='markdown',
        summary='a table for Markdown',
        suffixes=('md',),
        shows_cells=True,
        is_drawn=True,
    ),
    Format(
        name='ndjson',
        summary='an object a row, repeated names with _2 …',
        suffixes=('ndjson', 'jsonl'),
    ),
    Format(
        name='parquet',
        summary='repeated names with _2 …',
        suffixes=('parquet',),
        is_text=False,
    ),
    Format(
        name='response',
        summary="the vendor's table response",
    ),
    Format(
        name='table',
        summary='for people',
        suffixes=('txt',),
        shows_cells=True,
        is_drawn=True,
        is_for_screens=True,
    ),
    Format(
        name='tree',
        summary="the vendor's tree response",
    ),
)
