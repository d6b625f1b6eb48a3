"""Results in a terminal, drawn by rich (imported on first use)."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.harmless import harmless
from usql.result.cells import NULL, PLAIN_NULL, bracketed, cell, counted, entries

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from usql.result.result import FunnelStep, Result

_MOST_ROWS = 60
"""Longer results are cut in the middle by ``print``."""

_BAR = 40


def plain_text(
    result: Result,
    width: int | None = None,
    most_rows: int | None = _MOST_ROWS,
    with_limit_note: bool = True,
) -> str:
    """The result as plain text of at most ``width`` columns: without one those of the terminal, or
    100. Results of more than ``most_rows`` rows are cut in the middle. Without styles a missing value
    is ``∅``, so that it is not taken for the string ``null``. ``with_limit_note``: see
    :func:`renderables`."""
    from rich.console import Console

    columns = width or shutil.get_terminal_size((100, 24)).columns
    out = io.StringIO()
    # In a notebook rich would show its output instead of writing it to the file.
    console = Console(
        file=out,
        width=columns,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        legacy_windows=False,
    )
    for part in renderables(result, columns, most_rows, PLAIN_NULL, with_limit_note):
        console.print(part)
    lines = [line.rstrip() for line in out.getvalue().split("\n")]
    return "\n".join(lines).strip("\n")


def on_console(result: Result, console: Console) -> RenderableType:
    """The result for a console, without the note of the default limit. Without styles a missing
    value needs a mark of its own."""
    from rich.console import Group

    null = NULL if console.color_system else PLAIN_NULL
    return Group(*renderables(result, console.width, null=null, with_limit_note=False))


def renderables(
    result: Result,
    width: int,
    most_rows: int | None = None,
    null: str = NULL,
    with_limit_note: bool = True,
) -> Iterator[RenderableType]:
    """What to print: the table or the funnel's bars, the number of rows, the explanations.
    ``null`` stands for a missing value and is dim. Without ``with_limit_note`` whoever prints tells
    of the default limit elsewhere."""
    from rich.text import Text

    steps = result.funnel
    if steps is not None:
        yield funnel_bars(steps, width)
    else:
        table, hidden = _table(result, width, most_rows, null)
        yield table
        shown = counted(len(result), "row")
        if hidden:
            shown += (
                f", {hidden} more columns do not fit: {', '.join(result.columns[-hidden:][:5])}"
            )
            shown += ", …" if hidden > 5 else ""
        yield Text(harmless(shown), style="dim", no_wrap=True, overflow="ellipsis")
    for note in result.explanations:
        if note == result.limit_note and not with_limit_note:
            continue
        yield Text(harmless(note), style="dim")


_GAP = 3
"""Cells between two columns."""
_LEAST_WIDTH = 10


def _table(
    result: Result, width: int, most_rows: int | None, null: str
) -> tuple[RenderableType, int]:
    """The table, and how many columns at its end do not fit."""
    from rich.cells import cell_len
    from rich.text import Text

    rows = len(result)
    half = (most_rows or 0) // 2
    cut = most_rows is not None and rows > most_rows
    values: list[Sequence[Any] | None] = []
    for number, row in enumerate(result):
        if not cut or number < half or number >= rows - half:
            values.append(row)
        elif number == half:
            values.append(None)
    mark = Text("⋮", style="dim")
    heads = [Text(harmless(c.name)) for c in result.schema]
    moments = [c.is_timestamp for c in result.schema]
    columns = [
        [mark if row is None else _cell(row[i], moments[i], null) for row in values]
        for i in range(len(heads))
    ]
    natural = [
        max(cell_len(text.plain) for text in (head, *column))
        for head, column in zip(heads, columns, strict=True)
    ]
    widths = fit(natural, width)
    for i, cells in enumerate(widths):
        if cells < natural[i]:
            for at, shown in enumerate(values):
                if shown is not None and isinstance(shown[i], list):
                    columns[i][at] = Text(_cut_list(shown[i], moments[i], null, cells))
    types = result.to_arrow().schema.types
    right = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in types]
    return _grid(heads, right, widths, columns), len(heads) - len(widths)


def _grid(
    heads: Sequence[Text],
    right: Sequence[bool],
    widths: Sequence[int],
    columns: Sequence[Sequence[Text]],
) -> RenderableType:
    """The first ``len(widths)`` columns, each as wide as given; longer cells end in ``…``."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for head, is_right, cells in zip(heads, right, widths, strict=False):
        table.add_column(
            head,
            justify="right" if is_right else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=cells,
            min_width=cells,
        )
    for texts in zip(*columns[: len(widths)], strict=True):
        table.add_row(*texts)
    return table


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


def _cell(value: Any, is_timestamp: bool, null: str) -> Text:
    from rich.text import Text

    return Text(null, style="dim") if value is None else Text(cell(value, is_timestamp, null))


def _cut_list(values: list[Any], is_timestamp: bool, null: str, width: int) -> str:
    """As many whole entries as fit, then ``…]``; of a list whose first entry is too long, all."""
    from rich.cells import cell_len

    texts = entries(values, is_timestamp, null)
    for count in range(len(texts), 0, -1):
        shown = bracketed(texts[:count], len(values))
        if cell_len(shown) <= width:
            return shown
    return bracketed(texts, len(values))


_LEAST_NAME = 12
_LEAST_BAR = 8
"""Shorter bars compare nothing; where there is no room for one, the numbers stand alone."""


def funnel_bars(steps: tuple[FunnelStep, ...], width: int) -> RenderableType:
    """A bar per step, as long as its share of the first step, beside its numbers."""
    from rich.cells import cell_len
    from rich.text import Text

    most = max((s.count for s in steps), default=0)
    titles = ["step", "count", "of first", "of previous"]
    columns = [
        [Text(harmless(s.name)) for s in steps],
        [Text(str(s.count)) for s in steps],
        [Text(percent(s.from_first)) for s in steps],
        [Text(percent(s.from_previous)) for s in steps],
    ]
    widths = [
        max(cell_len(text) for text in (title, *(t.plain for t in column)))
        for title, column in zip(titles, columns, strict=True)
    ]
    right = [False, True, True, True]
    room = width - _GAP * (len(titles) + 1) + 2 - sum(widths[1:])
    name = min(widths[0], max(_LEAST_NAME, room // 2, room - _BAR))
    longest = min(_BAR, room - name)
    if longest >= _LEAST_BAR:
        shares = [s.count / most if most else 0.0 for s in steps]
        columns.insert(1, [Text(bar(share, longest), style="cyan") for share in shares])
        titles.insert(1, "")
        right.insert(1, False)
        widths[:1] = [name, longest]
    else:
        widths = fit(widths, width)
    return _grid([Text(title) for title in titles], right, widths, columns)


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
