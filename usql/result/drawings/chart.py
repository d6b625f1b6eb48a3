"""Charts made of characters, for terminals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from usql.escape import escape_controls
from usql.frozen import dataclass
from usql.result.charts.axis import Axis
from usql.result.charts.choice import AUTO, kind_of
from usql.result.charts.kinds.histogram import bins
from usql.result.charts.kinds.single_value import figure_text
from usql.result.charts.plot import Plot, plot_of
from usql.result.drawings.dots import Dots
from usql.result.drawings.funnels import bar, funnel_bars
from usql.result.drawings.grids import heat_map, stacked_bars
from usql.result.drawings.labels import LEAST_BAR, axis_labels, bar_widths, name_in, short_number
from usql.result.texts.cells import cell

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from usql.result.data import ResultData

HEIGHT = 12
"""Lines of a course over time, without its title and the labels below it."""

_COLOURS = ("cyan", "yellow", "magenta", "green", "red")
_MOST_PANELS = 4


@dataclass(frozen=True, slots=True)
class _Line:
    """A named line: its values by position number. It is broken where a value is missing."""

    name: str
    values: dict[int, float]

    @property
    def runs(self) -> Iterator[list[int]]:
        """The consecutive position numbers of each unbroken piece."""
        numbers = sorted(self.values)
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            yield [number for _, number in run]


def chart(result: ResultData, width: int, height: int = HEIGHT, kind: str = AUTO) -> RenderableType:
    """Draw a result ``width`` columns wide, as ``kind`` or as the kind that :func:`kind_of` chooses;
    errors as there.

    A funnel becomes a bar per step; a line is drawn for each column of numbers over time, to scale
    and broken where groups are missing, with a second key for each of its values, for at most the
    largest five; a histogram has a bar per bin; stacked bars and heat maps are told apart by
    shades. Of everything else each row becomes a bar with the length of its first number; times
    become texts.
    """
    from rich.console import Group

    plot = plot_of(result)
    chosen = kind_of(plot, kind)
    if result.funnel is not None and chosen == "funnel":
        return funnel_bars(result.funnel, width)
    if chosen == "line" and plot.axis is not None:
        panels = list(_panels(plot, plot.axis))
        return Group(*(_course(title, lines, plot.axis, width, height) for title, lines in panels))
    if chosen == "histogram":
        return Group(*(_bins(plot, number, width) for number in plot.numbers[:_MOST_PANELS]))
    if chosen == "single-value":
        return Group(*(_figure(plot, column) for column in plot.figures))
    if chosen == "stacked-bar":
        return stacked_bars(plot, width)
    if chosen == "heat-map":
        return heat_map(plot, width)
    number = plot.numbers[0]
    values = plot.values(number)
    texts = [cell(value, False) for value in values]
    labels = plot.row_texts(plot.labels)
    return _bars(plot.name(number), labels, values, texts, width)


# --- lines over time --------------------------------------------------------------------------------


def _panels(plot: Plot, axis: Axis) -> Iterator[tuple[str, list[_Line]]]:
    """The titles and lines of the charts, which are drawn below each other."""
    times = plot.values(axis.column)
    names = plot.row_texts(plot.series)
    for number in plot.numbers[:_MOST_PANELS]:
        courses: dict[str, dict[int, float]] = {}
        for time, name, value in zip(times, names, plot.values(number), strict=True):
            if time is None:
                continue
            course = courses.setdefault(name, {})
            if value is not None:
                course[axis.numbers[time]] = value
        largest = sorted(courses, key=lambda name: -sum(courses[name].values()))
        shown = [_Line(name, courses[name]) for name in largest[: len(_COLOURS)]]
        hidden = len(courses) - len(shown)
        title = plot.name(number) + (f", the largest {len(shown)}" if hidden else "")
        yield title, shown


def _course(
    title: str,
    lines: Sequence[_Line],
    axis: Axis,
    width: int,
    height: int,
) -> Text:
    """One chart: title, vertical axis, lines, horizontal axis with labels."""
    from rich.text import Text

    values = [v for line in lines for v in line.values.values()]
    low, high = _bounds(values)
    marks = {
        0: short_number(high),
        height // 2: short_number((low + high) / 2),
        height - 1: short_number(low),
    }
    margin = max(map(len, marks.values())) + 1
    across = max(LEAST_BAR, width - margin - 1)
    dots = Dots(across, height)
    for number, line in enumerate(lines):
        for run in line.runs:
            points = [(axis.place(i), (line.values[i] - low) / (high - low)) for i in run]
            if len(points) == 1:
                dots.point(*points[0], number)
            else:
                dots.line(points, number)
    text = Text(no_wrap=True, overflow="crop")
    text.append(escape_controls(title), style="bold")
    for number, line in enumerate(lines):
        if len(lines) > 1:
            text.append(f"  ━ {line.name}", style=_COLOURS[number])
    text.append("\n")
    for row, pieces in enumerate(dots.rows()):
        text.append(f"{marks.get(row, ''):>{margin - 1}} ", style="dim")
        text.append("┤" if row in marks else "│", style="dim")
        for piece, colour in pieces:
            text.append(piece, style=_COLOURS[colour] if colour is not None else "")
        text.append("\n")
    text.append(" " * margin + "└" + "─" * across + "\n", style="dim")
    shown = axis_labels([axis.place(i) for i in axis.labels], list(axis.labels.values()), across)
    text.append(" " * (margin + 1) + shown + "\n", style="dim")
    return text


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """Round bounds of the vertical axis; they include 0.

    >>> _bounds([3, 87]), _bounds([])
    ((0.0, 100.0), (0.0, 1.0))
    """
    low, high = min([0.0, *values]), max([0.0, *values])
    return (0.0 - _round_up(-low), _round_up(high)) if high > low else (0.0, 1.0)


def _round_up(value: float) -> float:
    """The next number that is round: one or two digits times a power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        f * power for f in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if f * power >= value * (1 - 1e-12)
    )


# --- bars --------------------------------------------------------------------------------------------


def _bars(
    title: str,
    labels: Sequence[str],
    values: Sequence[float | None],
    texts: Sequence[str],
    width: int,
) -> Text:
    """A bar for each value, between its label and its text."""
    from rich.cells import cell_len
    from rich.text import Text

    most = max((value for value in values if value is not None), default=0)
    value_width = max(map(cell_len, texts))
    name_width, across = bar_widths(labels, width, value_width)
    text = Text(no_wrap=True, overflow="crop")
    text.append(title + "\n", style="bold")
    for label, value, text_of_value in zip(labels, values, texts, strict=True):
        share = (value or 0) / most if most > 0 else 0.0
        drawn = bar(max(0.0, share), across)
        text.append(name_in(label, name_width) + " ")
        text.append(drawn, style="cyan")
        text.append(" " * (across - cell_len(drawn)) + f" {text_of_value:>{value_width}}\n")
    return text


def _bins(plot: Plot, number: int, width: int) -> Text:
    """A bar for the number of rows in each bin, whose label is its lower bound."""
    parts = bins([value for value in plot.values(number) if value is not None])
    bounds = [cell(one.start, False) for one in parts]
    right = max(map(len, bounds))
    labels = [f"{bound:>{right}}" for bound in bounds]
    counts = [one.count for one in parts]
    title = f"rows by {plot.title(number)}"
    return _bars(title, labels, counts, list(map(str, counts)), width)


def _figure(plot: Plot, column: int) -> Text:
    """A number or a time of a single row."""
    from rich.text import Text

    text = Text(no_wrap=True, overflow="crop")
    text.append(plot.name(column), style="bold")
    text.append(f"  {figure_text(plot, column, plot.values(column)[0])}", style="cyan")
    return text
