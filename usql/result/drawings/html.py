"""Results as HTML, for notebooks and pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.escape import escape_controls
from usql.result.drawings.drawn import Drawn, drawn
from usql.result.options import Options
from usql.result.texts import functions as fn
from usql.result.texts.cells import NULL, counted, percent
from usql.result.texts.columns import cell_texts, every, is_numeric
from usql.result.texts.lines import lines
from usql.result.values import batches

if TYPE_CHECKING:
    from usql.result.columns import FunnelStep
    from usql.result.data import ResultData

_MOST_ROWS = 200
_LONGEST = 300

STYLE = (
    # Notebooks centre tables and align all cells right, by rules of higher specificity.
    "<style>.usql{border-collapse:collapse;font-variant-numeric:tabular-nums;"
    "margin:0 0 1em 0!important;table-layout:auto!important}"
    ".usql th,.usql td{padding:.2em .8em;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);"
    "text-align:left!important;max-width:40em;overflow:hidden;text-overflow:ellipsis}"
    ".usql .n{text-align:right!important}.usql .null{opacity:.5;font-style:italic}"
    ".usql .bar{background:#3b82c4;height:1em;min-width:1px}</style>"
)


def html(result: ResultData) -> str:
    """A table of the first rows, or a bar per step of a funnel; all data is escaped."""
    if result.funnel is not None:
        return f"{STYLE}{funnel_table(result.funnel)}{explanation_paragraphs(result)}"
    count = len(result)
    rows_text = counted(count, "row")
    if count > _MOST_ROWS:
        rows_text += f", the first {_MOST_ROWS} are shown"
    shown = drawn(result, Options(null=NULL))
    rows = (
        table_rows(batch, shown, _LONGEST) for batch in batches(result.table.slice(0, _MOST_ROWS))
    )
    return (
        f"{STYLE}{table_head(result, shown)}{''.join(rows)}{TABLE_END}"
        f"<p><small>{rows_text}</small></p>{explanation_paragraphs(result)}"
    )


def explanation_paragraphs(result: ResultData) -> str:
    """The explanations, one per paragraph."""
    return "".join(f"<p><small>{safe(note)}</small></p>" for note in result.explanations)


def funnel_table(steps: Sequence[FunnelStep]) -> str:
    """A bar per step beside its numbers."""
    most = max((s.count for s in steps), default=0)
    rows = "".join(
        f'<tr><th scope="row">{safe(s.name)}</th>'
        f'<td style="width:20em"><div class="bar" style="width:{100 * s.count / most if most else 0:.1f}%">'
        f'</div></td><td class="n">{s.count}</td><td class="n">{percent(s.from_first)}</td>'
        f'<td class="n">{percent(s.from_previous)}</td></tr>'
        for s in steps
    )
    titles = ("step", "", "count", "of first", "of previous")
    head = "<tr>" + "".join(_head(t, i > 1) for i, t in enumerate(titles)) + "</tr>"
    return f'<table class="usql"><thead>{head}</thead><tbody>{rows}{TABLE_END}'


TABLE_END = "</tbody></table>"


def table_head(result: ResultData, shown: Drawn) -> str:
    """The beginning of a table, with the names of its columns."""
    types = result.table.schema.types
    heads = (_head(c.name, is_numeric(types[i], c, shown.look)) for i, c in shown.columns)
    return f'<table class="usql"><thead><tr>{"".join(heads)}</tr></thead><tbody>'


def table_rows(batch: pa.RecordBatch, shown: Drawn, longest: int | None = None) -> str:
    """The rows of a batch; texts longer than ``longest`` are cut."""

    def cut(text: str) -> str:
        if longest is not None and len(text) > longest:
            return escape(f"{text[: longest - 1]}…")
        return escape(text)

    null = escape(shown.look.null)
    cells = []
    for index, column in shown.columns:
        values = batch.column(index)
        texts = every(cell_texts(values, column, shown.look), cut)
        begin = "<td class=n>" if is_numeric(values.type, column, shown.look) else "<td>"
        joined = fn.joined(begin, texts, "</td>")
        cells.append(fn.filled(joined, f'<td class="null">{null}</td>'))
    cells[0] = fn.joined("<tr>", cells[0])
    return lines(cells, "", "</tr>\n").decode()


def _head(name: str, right: bool) -> str:
    return f'<th scope="col"{" class=n" if right else ""}>{safe(name)}</th>'


def safe(text: str) -> str:
    """The text with HTML escaped, and without characters that change the direction of what
    follows."""
    return escape(escape_controls(text))
