"""Numbers over time, broken where groups are missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from usql.formats.kind import Kind
from usql.result.charts.axis import Axis
from usql.result.charts.plot import Plot
from usql.result.charts.series import Series, largest_series
from usql.result.charts.view import (
    CLOCK,
    HEIGHT,
    MOST_PANELS,
    WIDTH,
    Spec,
    View,
    about_numbers,
    field,
    number_field,
    panels,
    series_colours,
    tooltip,
)
from usql.result.texts.cells import counted

KIND = Kind(
    "line",
    "numbers over time, a line per value of a second key",
    30,
    "a column with two times or more, and one of numbers",
)

_MOST_DOTS = 100
"""With more points only those that stand alone are marked."""


def fits(plot: Plot) -> bool:
    """Whether there is an axis of time with more than one of them, and a number over it."""
    return plot.axis is not None and len(plot.axis.numbers) > 1 and bool(plot.numbers)


suits = fits


def view(plot: Plot) -> View:
    """A panel per column of numbers, with a line per series; no line joins over what is missing."""
    axis = plot.axis
    assert axis is not None
    times = plot.values(axis.column)
    labels = plot.row_labels(plot.series) if plot.series else None
    views = [_panel(plot, axis, number, times, labels) for number in plot.numbers[:MOST_PANELS]]
    notes = [note for panel in views for note in panel.notes]
    without = sum(time is None for time in times)
    if without:
        are = "is" if without == 1 else "are"
        notes.append(f"{counted(without, 'row')} without a time {are} left out.")
    spec = panels([panel.spec for panel in views], "vconcat")
    return View(spec, (*dict.fromkeys(notes), *about_numbers(plot)))


def _panel(
    plot: Plot, axis: Axis, number: int, times: Sequence[Any], labels: Sequence[str] | None
) -> View:
    values = plot.values(number)
    names = labels or [""] * len(values)
    series = largest_series(names, values, plot.result.schema[number].is_additive)
    points = _points(axis, number, series, times, names, values)
    across, across_name = _across(plot, axis)
    up = number_field(f"c{number}", plot.title(number), (p[f"c{number}"] for p in points))
    encoding: Spec = {"x": across, "y": up}
    shown = [field("label", "nominal", plot.title(axis.column)), up]
    if labels is not None:
        colour = field("series", "nominal", plot.names(plot.series))
        shown.insert(1, colour)
        scale = series_colours(series.names, series.rest)
        encoding["color"] = colour | {"scale": scale, "legend": {"labelLimit": 240}}
    for point in points:
        point[across_name] = _place(axis, point.pop("time"))
    is_few = len(points) <= _MOST_DOTS
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
        "encoding": {"tooltip": tooltip(*shown)},
    }
    if not is_few:
        dots["transform"] = [{"filter": {"field": "alone", "equal": True}}]
    line = {
        "mark": {"type": "line", "tooltip": False},
        "encoding": {"detail": {"field": "run", "type": "nominal"}},
    }
    spec = {
        "data": {"values": points},
        "width": WIDTH,
        "height": HEIGHT,
        "encoding": encoding,
        "layer": [line, dots],
    }
    return View(spec, () if series.note is None else (series.note,))


def _across(plot: Plot, axis: Axis) -> tuple[Spec, str]:
    """The encoding of the axis of time, and the name of its field: dates to scale on the local
    clock, and what recurs, such as hours, as all of its positions in order."""
    name, title = f"c{axis.column}", plot.title(axis.column)
    if axis.moments is not None:
        look: Spec = {"format": CLOCK}
        return field(name, "temporal", title, scale={"type": "utc"}, axis=look), name
    domain = [label for _, label in sorted(axis.labels.items())]
    look = {"labelAngle": 0, "labelOverlap": True, "grid": False}
    return field(name, "ordinal", title, scale={"domain": domain}, axis=look), name


def _place(axis: Axis, value: Any) -> int | str:
    return axis.labels[axis.numbers[value]] if axis.moments is None else axis.moments[value]


def _points(
    axis: Axis,
    number: int,
    series: Series,
    times: Sequence[Any],
    names: Sequence[str],
    values: Sequence[float | None],
) -> list[Spec]:
    """The points of all lines, in the order of time. ``run`` is the same of points that are joined:
    those of one series whose positions follow each other without a gap."""
    drawn: dict[str, list[tuple[int, Any, float | None]]] = {n: [] for n in series.names}
    together: dict[Any, float] = {}
    for time, name, value in zip(times, names, values, strict=True):
        kept = series.of(name)
        if time is None or kept is None:
            continue
        if kept == series.rest:
            together[time] = together.get(time, 0) + (value or 0)
        else:
            drawn[kept].append((axis.numbers[time], time, value))
    if series.rest is not None:
        drawn[series.rest] = [(axis.numbers[t], t, v) for t, v in together.items()]
    points: list[Spec] = []
    run = 0
    for name, course in drawn.items():
        before = None
        course.sort(key=lambda point: point[0])
        for place, time, value in course:
            if value is None:
                before = None
                continue
            is_joined = before is not None and place - before <= 1
            run += not is_joined
            if is_joined:
                points[-1]["alone"] = False
            points.append(
                {
                    "time": time,
                    "label": axis.labels[place],
                    f"c{number}": value,
                    "series": name,
                    "run": run,
                    "alone": not is_joined,
                }
            )
            before = place
    return points
