"""Bars of a funnel, made of characters."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from usql.escape import escape_controls
from usql.result.columns import FunnelStep
from usql.result.drawings.layout import GAP, fit
from usql.result.options import Options
from usql.result.texts.cells import percent
from usql.result.texts.widths import width as width_of

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_BAR = 40
_LEAST_NAME = 12
_LEAST_BAR = 8
"""Shorter bars compare nothing; where there is no room for one, the numbers stand alone."""


def funnel_text(steps: tuple[FunnelStep, ...], options: Options) -> str:
    """The bars of a funnel as lines of text."""
    from rich.console import Console

    out = io.StringIO()
    # In a notebook rich would show its output instead of writing it to the file.
    console = Console(
        file=out,
        width=options.width or _UNBOUNDED,
        color_system="standard" if options.is_styled else None,
        force_terminal=options.is_styled,
        force_jupyter=False,
        legacy_windows=False,
    )
    console.print(funnel_bars(steps, console.width))
    return "\n".join(text.rstrip() for text in out.getvalue().split("\n")).strip("\n") + "\n"


_UNBOUNDED = 10_000
"""Cells of a line that cuts nothing."""


def funnel_bars(steps: tuple[FunnelStep, ...], width: int) -> RenderableType:
    """A bar per step, with the length of its share of the first step, beside its numbers."""
    from rich.text import Text

    most = max((s.count for s in steps), default=0)
    titles = ["step", "count", "of first", "of previous"]
    columns = [
        [Text(escape_controls(s.name)) for s in steps],
        [Text(str(s.count)) for s in steps],
        [Text(percent(s.from_first)) for s in steps],
        [Text(percent(s.from_previous)) for s in steps],
    ]
    widths = [
        max(width_of(text) for text in (title, *(t.plain for t in column)))
        for title, column in zip(titles, columns, strict=True)
    ]
    right = [False, True, True, True]
    room = width - GAP * (len(titles) + 1) + 2 - sum(widths[1:])
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


def _grid(
    heads: Sequence[Text],
    right: Sequence[bool],
    widths: Sequence[int],
    columns: Sequence[Sequence[Text]],
) -> RenderableType:
    """The first ``len(widths)`` columns with the given widths; longer cells end in ``…``."""
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


_EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float, width: int) -> str:
    """A bar for ``share`` (0 to 1) of ``width`` cells, to an eighth of a cell.

    >>> bar(0.5, 4)
    '██'
    """
    whole, eighths = divmod(round(share * width * 8), 8)
    return "█" * whole + (_EIGHTHS[eighths] if eighths else "")
