"""Results in a terminal, drawn by rich (imported on first use)."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.result.cells import NULL, cell, harmless

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from usql.result.result import FunnelStep, Result

_MOST_ROWS = 60
"""Longer results are cut in the middle by ``print``."""

_BAR = 40


def plain_text(result: Result, width: int | None = None, most_rows: int | None = _MOST_ROWS) -> str:
    """The result as plain text of at most ``width`` columns: without one those of the terminal, or
    100. Results of more than ``most_rows`` rows are cut in the middle."""
    from rich.console import Console

    columns = width or shutil.get_terminal_size((100, 24)).columns
    out = io.StringIO()
    console = Console(
        file=out, width=columns, color_system=None, force_terminal=False, legacy_windows=False
    )
    for part in renderables(result, columns, most_rows):
        console.print(part)
    lines = [line.rstrip() for line in out.getvalue().split("\n")]
    return "\n".join(lines).strip("\n")


def renderables(
    result: Result, width: int, most_rows: int | None = None
) -> Iterator[RenderableType]:
    """What to print: the table or the funnel's bars, the number of rows, the explanations."""
    from rich.text import Text

    steps = result.funnel
    if steps is not None:
        yield from _funnel(steps, width)
    else:
        table, hidden = _table(result, width, most_rows)
        yield table
        count = len(result)
        shown = f"{count} {'row' if count == 1 else 'rows'}"
        if hidden:
            shown += (
                f", {hidden} more columns do not fit: {', '.join(result.columns[-hidden:][:5])}"
            )
            shown += ", …" if hidden > 5 else ""
        yield Text(harmless(shown), style="dim", no_wrap=True, overflow="ellipsis")
    for note in result.explanations:
        yield Text(harmless(note), style="dim")


_GAP = 3
"""Cells between two columns."""
_LEAST_WIDTH = 10


def _table(result: Result, width: int, most_rows: int | None) -> tuple[RenderableType, int]:
    """The table, and how many columns at its end do not fit."""
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    rows = len(result)
    half = (most_rows or 0) // 2
    cut = most_rows is not None and rows > most_rows
    shown: list[list[Text]] = []
    for number, row in enumerate(result):
        if cut and half <= number < rows - half:
            if number == half:
                shown.append([Text("⋮", style="dim")] * len(row))
            continue
        cells = zip(row, result.schema, strict=True)
        shown.append([_cell(value, column.is_timestamp) for value, column in cells])
    heads = [Text(harmless(c.name)) for c in result.schema]
    natural = [
        max([cell_len(head.plain), *(cell_len(row[i].plain) for row in shown)])
        for i, head in enumerate(heads)
    ]
    widths = fit(natural, width)
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    types = result.to_arrow().schema.types
    for head, kind, cells_wide in zip(heads, types, widths, strict=False):
        right = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        table.add_column(
            head,
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=cells_wide,
            min_width=cells_wide,
        )
    for texts in shown:
        table.add_row(*texts[: len(widths)])
    return table, len(heads) - len(widths)


def fit(natural: list[int], width: int) -> list[int]:
    """Column widths that fit: the widest columns give way first; when all are narrow, the last
    columns are left out.

    >>> fit([5, 40, 80], 70)
    [5, 29, 29]
    """
    kept = list(natural)
    while len(kept) > 1 and sum(min(w, _LEAST_WIDTH) + _GAP for w in kept) > width:
        kept.pop()
    room = width - _GAP * len(kept) + 2
    while sum(kept) > room:
        widest = max(kept)
        if widest <= 1:
            break
        below = max((w for w in kept if w < widest), default=1)
        same = [i for i, w in enumerate(kept) if w == widest]
        spare = sum(kept) - room
        step = min(widest - below, -(-spare // len(same)))
        for index in same:
            kept[index] -= step
    return kept


def _cell(value: Any, is_timestamp: bool) -> Text:
    from rich.text import Text

    return Text(NULL, style="dim") if value is None else Text(cell(value, is_timestamp))


def _funnel(steps: tuple[FunnelStep, ...], width: int) -> Iterator[RenderableType]:
    """A bar per step, as long as its share of the first step."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column(
        "step", no_wrap=True, overflow="ellipsis", max_width=max(12, width - _BAR - 36)
    )
    table.add_column("")
    table.add_column("count", justify="right")
    table.add_column("of first", justify="right")
    table.add_column("of previous", justify="right")
    most = max((s.count for s in steps), default=0)
    for step in steps:
        table.add_row(
            Text(harmless(step.name)),
            Text(bar(step.count / most if most else 0.0, _BAR), style="cyan"),
            str(step.count),
            percent(step.from_first),
            percent(step.from_previous),
        )
    yield table


_EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float, width: int) -> str:
    """A bar of ``share`` (0 to 1) of ``width`` cells, to an eighth of a cell.

    >>> bar(0.5, 4)
    '██'
    """
    whole, eighths = divmod(round(share * width * 8), 8)
    return "█" * whole + (_EIGHTHS[eighths] if eighths else "")


def percent(share: float | None) -> str:
    """A share as per cent; nothing where there is none."""
    return "" if share is None else f"{share * 100:.1f} %"
