"""Results in notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.harmless import harmless
from usql.result.cells import NULL, cell, counted
from usql.result.terminal import percent

if TYPE_CHECKING:
    from usql.result.result import Result

_MOST_ROWS = 200
_LONGEST = 300

_STYLE = (
    # Notebooks put tables into the middle and align all cells right, by rules of more weight.
    "<style>.usql{border-collapse:collapse;font-variant-numeric:tabular-nums;"
    "margin:0 0 1em 0!important;table-layout:auto!important}"
    ".usql th,.usql td{padding:.2em .8em;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);"
    "text-align:left!important;max-width:40em;overflow:hidden;text-overflow:ellipsis}"
    ".usql .n{text-align:right!important}.usql .null{opacity:.5;font-style:italic}"
    ".usql .bar{background:#3b82c4;height:1em;min-width:1px}</style>"
)


def html(result: Result) -> str:
    """A table, or a bar per step of a funnel; everything from data is escaped."""
    steps = result.funnel
    if steps is None:
        body = _table(result)
    else:
        most = max((s.count for s in steps), default=0)
        rows = "".join(
            f'<tr><th scope="row">{_safe(s.name)}</th>'
            f'<td style="width:20em"><div class="bar" style="width:{100 * s.count / most if most else 0:.1f}%">'
            f'</div></td><td class="n">{s.count}</td><td class="n">{percent(s.from_first)}</td>'
            f'<td class="n">{percent(s.from_previous)}</td></tr>'
            for s in steps
        )
        titles = ("step", "", "count", "of first", "of previous")
        head = "<tr>" + "".join(_head(t, i > 1) for i, t in enumerate(titles)) + "</tr>"
        body = f'<table class="usql"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    notes = "".join(f"<p><small>{_safe(note)}</small></p>" for note in result.explanations)
    return f"{_STYLE}{body}{notes}"


def _table(result: Result) -> str:
    kinds = result.to_arrow().schema.types
    numeric = [pa.types.is_integer(k) or pa.types.is_floating(k) for k in kinds]
    head = "".join(_head(c.name, right) for c, right in zip(result.schema, numeric, strict=True))
    rows = []
    for number, row in enumerate(result):
        if number == _MOST_ROWS:
            break
        rows.append(
            "<tr>"
            + "".join(
                '<td class="null">' + NULL + "</td>"
                if value is None
                else f"<td{' class=n' if right else ''}>{escape(_short(cell(value, c.is_timestamp)))}</td>"
                for value, c, right in zip(row, result.schema, numeric, strict=True)
            )
            + "</tr>"
        )
    count = len(result)
    shown = counted(count, "row")
    if count > _MOST_ROWS:
        shown += f", the first {_MOST_ROWS} are shown"
    return (
        f'<table class="usql"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f"<p><small>{shown}</small></p>"
    )


def _head(name: str, right: bool) -> str:
    return f'<th scope="col"{" class=n" if right else ""}>{_safe(name)}</th>'


def _safe(text: str) -> str:
    """Escaped, and without characters that turn the direction of what follows."""
    return escape(harmless(text))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
