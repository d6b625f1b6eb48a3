"""A Markdown table in which values contain no markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa

from usql.escape import escape_controls
from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.drawings.drawn import drawn
from usql.result.options import Options
from usql.result.texts import functions as fn
from usql.result.texts.columns import cell_texts, every, is_numeric
from usql.result.texts.lines import lines
from usql.result.values import batches

FORMAT = Format("markdown", "a table for Markdown", ("md",), shows_cells=True, is_drawn=True)

_MARKUP = re.compile(r"[\\`*\[\]<>&~|$]|(?<!\w)_|_(?!\w)")
"""What Markdown may take for more than itself; an underscore inside of a word is one."""


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """The header, then one batch of rows per piece."""
    shown = drawn(result, options)
    names = [escaped(escape_controls(column.name)) for _, column in shown.columns]
    types = result.table.schema.types
    marks = ["---:" if is_numeric(types[i], c, shown.look) else "---" for i, c in shown.columns]
    yield "".join(f"| {' | '.join(row)} |\n" for row in (names, marks)).encode()
    for number, part in enumerate(shown.parts):
        if number:
            yield f"| {' | '.join('⋮' for _ in names)} |\n".encode()
        for batch in batches(part):
            cells = []
            for index, column in shown.columns:
                texts = cell_texts(batch.column(index), column, shown.look)
                if not pa.types.is_primitive(batch.column(index).type):
                    texts = every(texts, escaped)
                cells.append(fn.filled(texts, escaped(shown.look.null)))
            cells[0] = fn.joined("| ", cells[0])
            yield lines(cells, " | ", " |\n")


def escaped(text: str) -> str:
    """The text, escaped so that Markdown shows it unchanged.

    >>> escaped("count(*) of a_b | _c_")
    'count(\\\\*) of a_b \\\\| \\\\_c\\\\_'
    """
    return _MARKUP.sub(r"\\\g<0>", text)
