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


def plain_text(result: Result) -> str:
    """The result as plain text that fits the terminal, or 100 columns without one."""
    from rich.console import Console

    width = shutil.get_terminal_size((100, 24)).columns
    out = io.StringIO()
    console = Console(
        file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False
    )
    for part in renderables(result, width, most_rows=_MOST_ROWS):
        console.print(part)
    return out.getvalue().rstrip("\n")


def renderables(
    result: Result, width: int, most_rows: int | None = None
) -> Iterator[RenderableType]:
    """What to print: the table or the funnel's bars, the number of rows, the explanations."""
    from rich.text import Text

    steps = result.funnel
    if steps is not None:
        yield from _funnel(steps, width)
    else:
        yield _table(result, most_rows)
        count = len(result)
        yield Text(f"{count} {'row' if count == 1 else 'rows'}", style="dim")
    for note in result.explanations:
        yield Text(harmless(note), style="dim")


def _table(result: Result, most_rows: int | None) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    types = result.to_arrow().schema.types
    for column, kind in zip(result.schema, types, strict=True):
        right = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        table.add_column(
            Text(harmless(column.name)),
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    rows = len(result)
    cut = most_rows is not None and rows > most_rows
    half = (most_rows or 0) // 2
    for number, row in enumerate(result):
        if cut and half <= number < rows - half:
            if number == half:
                table.add_row(*[Text("⋮", style="dim")] * len(result.schema))
            continue
        cells = zip(row, result.schema, strict=True)
        table.add_row(*[_cell(value, column.is_timestamp) for value, column in cells])
    return table


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
