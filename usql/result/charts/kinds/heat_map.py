"""A cell for each pair of two keys, coloured by a number."""

from __future__ import annotations

from usql.formats.kind import Kind
from usql.result.charts.grid import about_room, grid_of
from usql.result.charts.plot import Plot
from usql.result.charts.view import MOST_LABELS, View, field, tooltip

KIND = Kind(
    "heat-map",
    "a cell for each pair of two keys, coloured by a number",
    50,
    "two keys, each pair of values once, and a number",
)

_WIDTH = 24
_HEIGHT = 22


def fits(plot: Plot) -> bool:
    """Whether there are two keys, and one number for each pair."""
    if len(plot.keys) != 2 or not plot.numbers or not len(plot.result):
        return False
    pairs = zip(*(plot.values(key) for key in plot.keys), strict=True)
    return len(set(map(repr, pairs))) == len(plot.result)


suits = fits


def view(plot: Plot) -> View:
    """The cells of the first column of numbers: the first key from left to right, or the axis of
    time, the other from top to bottom."""
    number = plot.numbers[0]
    grid = grid_of(plot)
    columns = (grid.first, grid.second)
    across, down = grid.across, 1 - grid.across
    orders = [order[:MOST_LABELS] for order in grid.orders]
    names = [f"c{column}" for column in columns]
    encoded = [
        field(
            names[side],
            "ordinal",
            plot.title(columns[side]),
            scale={"domain": orders[side]},
            axis={"labelLimit": 180, "grid": False, "domain": False, "ticks": False},
        )
        for side in (0, 1)
    ]
    encoded[across]["axis"] |= {"labelAngle": -45}
    colour = field(f"c{number}", "quantitative", plot.title(number))
    kept = [set(order) for order in orders]
    data = [
        {names[0]: first, names[1]: second, f"c{number}": value}
        for first, second, value in zip(*grid.labels, plot.values(number), strict=True)
        if first in kept[0] and second in kept[1] and value is not None
    ]
    spec = {
        "data": {"values": data},
        "width": {"step": _WIDTH},
        "height": {"step": _HEIGHT},
        "mark": "rect",
        "encoding": {
            "x": encoded[across],
            "y": encoded[down],
            "color": colour,
            "tooltip": tooltip(encoded[0], encoded[1], colour),
        },
    }
    left = [plot.name(n) for n in plot.numbers[1:]]
    others = (f"Only {plot.name(number)} is drawn, not {', '.join(left)}.",) if left else ()
    rooms = (about_room(plot, columns[side], len(grid.orders[side])) for side in (0, 1))
    return View(spec, (*(note for room in rooms for note in room), *others))
