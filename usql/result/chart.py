"""A result drawn with characters: a funnel, a course over time, or bars side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.frozen import dataclass
from usql.harmless import harmless
from usql.result.cells import cell
from usql.result.columns import ColumnRole
from usql.result.dots import Dots
from usql.result.funnels import bar, funnel_bars
from usql.result.times import time_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from usql.result.columns import ResultColumn
    from usql.result.data import ResultData

HEIGHT = 12
"""Lines of a course over time, without its title and the labels below it."""

_COLOURS = ("cyan", "yellow", "magenta", "green", "red")
_MOST_PANELS = 4
_MOST_NAME = 32
_LEAST_BAR = 8


@dataclass(frozen=True, slots=True)
class _Axis:
    """The horizontal axis: the number of each value's place, labels of some of the places, and where
    times stand (0 to 1). Between places whose numbers follow each other nothing is missing."""

    numbers: dict[Any, int]
    count: int
    labels: dict[int, str]
    times: Sequence[float] | None = None

    def place(self, number: int) -> float:
        """Where a place is, from 0 to 1: times where they belong, all else at equal distances."""
        if self.times is not None:
            return self.times[number]
        return number / (self.count - 1) if self.count > 1 else 0.5


@dataclass(frozen=True, slots=True)
class _Line:
    """A named course: the values by the numbers of their places. Where there is none, the line is
    broken."""

    name: str
    values: dict[int, float]

    @property
    def runs(self) -> Iterator[list[int]]:
        """The numbers that follow each other, of each unbroken piece."""
        numbers = sorted(self.values)
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            yield [number for _, number in run]


def chart(result: ResultData, width: int, height: int = HEIGHT) -> RenderableType:
    """Draw a result in ``width`` columns.

    A funnel becomes a bar per step. Where a key is a date function, or the rows have a time, each
    number becomes a course over it, by the clock, and broken where groups are missing; with a
    second key one course per value of that, the largest five. Otherwise each row becomes a bar as
    long as its first number. ``ValueError`` for a result without rows or numbers.
    """
    from rich.console import Group

    if result.funnel is not None:
        return funnel_bars(result.funnel, width)
    numbers = [i for i, _ in enumerate(result.schema) if _is_number(result, i)]
    rows = result.rows()
    time, axis = _time(result, rows)
    numbers = [i for i in numbers if i != time]
    if not rows:
        raise ValueError("there is nothing to draw: the result has no rows")
    if not numbers:
        raise ValueError("there is nothing to draw: the result has no column of numbers")
    if axis is None or time is None:
        return _bars(result, rows, numbers[0], width)
    panels = list(_panels(result, rows, time, numbers, axis))
    return Group(*(_course(title, lines, axis, width, height) for title, lines in panels))


def _is_number(result: ResultData, index: int) -> bool:
    """Whether a column has numbers that bars and courses can show; of times they are no lengths."""
    column, kind = result.schema[index], result.to_arrow().schema.types[index]
    is_leaf = column.role is ColumnRole.LEAF and not column.is_mean_time
    return is_leaf and bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _time(
    result: ResultData, rows: Sequence[Sequence[Any]]
) -> tuple[int, _Axis] | tuple[None, None]:
    """The column to draw from left to right, and its axis: the date function in whose order the rows
    come, a time of the row itself, or another date function."""
    types = result.to_arrow().schema.types
    first = [
        index
        for index, column in enumerate(result.schema)
        if column.time_order or (column.is_timestamp and pa.types.is_timestamp(types[index]))
    ]
    others = [i for i, c in enumerate(result.schema) if c.periods is not None and i not in first]
    for index in (*first[:1], *others):
        axis = _axis(result.schema[index], [row[index] for row in rows])
        if axis is not None:
            return index, axis
    return None, None


# --- courses over time ------------------------------------------------------------------------------


def _axis(column: ResultColumn, values: Sequence[Any]) -> _Axis | None:
    """The axis of these values in the order of time: times where they belong, groups side by side
    with those that are missing. Where it is not known which these are, only groups whose rows come
    in order have an axis."""
    known = list(dict.fromkeys(v for v in values if v is not None))
    if column.is_timestamp:
        known.sort()
        least, most = known[0] if known else 0, known[-1] if known else 0
        places = [(v - least) / (most - least or 1) for v in known]
        labels = {i: time_text(v)[:16] for i, v in enumerate(known)}
        return _Axis({v: i for i, v in enumerate(known)}, len(known), labels, places)
    found = None if column.periods is None else column.periods.places(known)
    if found is not None:
        labels = {i: harmless(label) for i, label in sorted(found.labels.items())}
        return _Axis(found.numbers, found.count, labels)
    if column.time_order is None:
        return None
    if column.time_order == "descending":
        known.reverse()
    numbers = {value: number for number, value in enumerate(known)}
    return _Axis(numbers, len(known), {n: harmless(str(v)) for v, n in numbers.items()})


def _panels(
    result: ResultData,
    rows: Sequence[Sequence[Any]],
    time: int,
    numbers: Sequence[int],
    axis: _Axis,
) -> Iterator[tuple[str, list[_Line]]]:
    """The titles and lines of the charts to draw below each other."""
    keys = [i for i, c in enumerate(result.schema) if c.role is ColumnRole.KEY and i != time]
    for number in numbers[:_MOST_PANELS]:
        courses: dict[str, dict[int, float]] = {}
        for row in rows:
            if row[time] is None:
                continue
            course = courses.setdefault(_label(result, row, keys), {})
            if row[number] is not None:
                course[axis.numbers[row[time]]] = row[number]
        largest = sorted(courses, key=lambda name: -sum(courses[name].values()))
        shown = [_Line(name, courses[name]) for name in largest[: len(_COLOURS)]]
        left = len(courses) - len(shown)
        title = result.columns[number] + (f", the largest {len(shown)}" if left else "")
        yield title, shown


def _course(
    title: str,
    lines: Sequence[_Line],
    axis: _Axis,
    width: int,
    height: int,
) -> Text:
    """One chart: title, vertical axis, lines, horizontal axis with labels."""
    from rich.text import Text

    values = [v for line in lines for v in line.values.values()]
    low, high = _bounds(values)
    marks = {0: short(high), height // 2: short((low + high) / 2), height - 1: short(low)}
    margin = max(map(len, marks.values())) + 1
    across = max(_LEAST_BAR, width - margin - 1)
    dots = Dots(across, height)
    for number, line in enumerate(lines):
        for run in line.runs:
            points = [(axis.place(i), (line.values[i] - low) / (high - low)) for i in run]
            if len(points) == 1:
                dots.point(*points[0], number)
            else:
                dots.line(points, number)
    text = Text(no_wrap=True, overflow="crop")
    text.append(harmless(title), style="bold")
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
    shown = _axis_labels([axis.place(i) for i in axis.labels], list(axis.labels.values()), across)
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


def short(value: float) -> str:
    """A number in a few characters.

    >>> short(0), short(12.5), short(118505), short(2_500_000)
    ('0', '12.5', '118.5k', '2.5M')
    """
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scale = 1e3 if unit == "k" else limit
            return f"{value / scale:.1f}".removesuffix(".0") + unit
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _axis_labels(places: Sequence[float], labels: Sequence[str], width: int) -> str:
    """As many labels as fit, the first and the last among them, each below its place."""
    from rich.cells import cell_len

    longest = max(map(cell_len, labels), default=0)
    most = max(2, (width + 2) // (longest + 2))
    last = len(labels) - 1
    count = min(most, len(labels))
    chosen = sorted({round(i * last / (count - 1)) for i in range(count)} if count > 1 else {0})
    line = [" "] * width
    free = 0
    for index in chosen:
        label = labels[index]
        size = cell_len(label)
        start = round(places[index] * (width - 1)) - size // 2
        start = max(0, min(start, width - size))
        if start >= free and size <= width:
            line[start : start + size] = [label] + [""] * (size - 1)
            free = start + size + 1
    return "".join(line).rstrip()


# --- bars --------------------------------------------------------------------------------------------


def _bars(result: ResultData, rows: Sequence[Sequence[Any]], number: int, width: int) -> Text:
    """A bar per row in the order of the rows."""
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    names = [i for i, c in enumerate(result.schema) if c.role is ColumnRole.KEY]
    others = [i for i in range(len(result.schema)) if i != number]
    labels = [_label(result, row, names or others) for row in rows]
    values = [cell(row[number], False) for row in rows]
    most = max((row[number] for row in rows if row[number] is not None), default=0)
    right = max(map(cell_len, values))
    left = min(max(map(cell_len, labels)), _MOST_NAME, max(1, width - right - _LEAST_BAR - 2))
    across = max(_LEAST_BAR, width - left - right - 2)
    text = Text(no_wrap=True, overflow="crop")
    text.append(harmless(result.columns[number]) + "\n", style="bold")
    for label, value, row in zip(labels, values, rows, strict=True):
        share = (row[number] or 0) / most if most > 0 else 0.0
        drawn = bar(max(0.0, share), across)
        cut = label if cell_len(label) <= left else set_cell_size(label, left - 1) + "…"
        text.append(set_cell_size(cut, left) + " ")
        text.append(drawn, style="cyan")
        text.append(" " * (across - cell_len(drawn)) + f" {value:>{right}}\n")
    return text


def _label(result: ResultData, row: Sequence[Any], columns: Sequence[int]) -> str:
    """The values of a row that tell it from others."""
    return " · ".join(cell(row[i], result.schema[i].is_timestamp) for i in columns)
