"""A bar per value of the first key, made of those of the second."""

from __future__ import annotations

from usql.formats.kind import Kind
from usql.result.charts.grid import about_room, grid_of
from usql.result.charts.plot import Plot
from usql.result.charts.series import largest_series
from usql.result.charts.view import (
    MOST_LABELS,
    MOST_SERIES,
    WIDTH,
    View,
    field,
    number_field,
    series_colours,
    tooltip,
)

KIND = Kind(
    "stacked-bar",
    "a bar per value of a key, in pieces by a second",
    40,
    "two keys and a number that adds up, COUNT or SUM",
)


def fits(plot: Plot) -> bool:
    """Whether there are two keys, and a number that may be added up."""
    return len(plot.keys) == 2 and bool(plot.numbers) and _adds_up(plot) and len(plot.result) > 0


def suits(plot: Plot) -> bool:
    """Whether the second key has few enough values to tell their colours apart."""
    if not fits(plot):
        return False
    return len(set(map(repr, plot.values(plot.keys[1])))) <= MOST_SERIES


def _adds_up(plot: Plot) -> bool:
    return plot.result.schema[plot.numbers[0]].is_additive


def view(plot: Plot) -> View:
    """The bars of the first column of numbers."""
    number = plot.numbers[0]
    values = plot.values(number)
    grid = grid_of(plot)
    series = largest_series(grid.labels[1], values, True)
    order = grid.orders[0][:MOST_LABELS]
    kept = set(order)
    sums: dict[tuple[str, str], float] = {}
    for first, second, value in zip(*grid.labels, values, strict=True):
        piece = series.of(second)
        if first in kept and piece is not None:
            sums[first, piece] = sums.get((first, piece), 0) + (value or 0)
    first, second, length = f"c{grid.first}", f"c{grid.second}", f"c{number}"
    down = field(
        first, "nominal", plot.title(grid.first), scale={"domain": order}, axis={"labelLimit": 240}
    )
    totals: dict[str, float] = {}
    for (label, _), value in sums.items():
        totals[label] = totals.get(label, 0) + value
    across = number_field(length, plot.title(number), totals.values(), stack="zero")
    colour = field(
        second,
        "nominal",
        plot.title(grid.second),
        scale=series_colours(series.names, series.rest),
        legend={"labelLimit": 240},
    )
    place = {name: n for n, name in enumerate([*series.names, series.rest])}
    data = [{first: f, second: s, length: v, "order": place[s]} for (f, s), v in sums.items()]
    spec = {
        "data": {"values": data},
        "width": WIDTH,
        "height": {"step": 22},
        "mark": "bar",
        "encoding": {
            "x": across,
            "y": down,
            "color": colour,
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": tooltip(down, colour, across),
        },
    }
    left = [plot.name(n) for n in plot.numbers[1:]]
    others = (f"Only {plot.name(number)} is drawn, not {', '.join(left)}.",) if left else ()
    return View(spec, (*about_room(plot, grid.first, len(grid.orders[0])), *others))
