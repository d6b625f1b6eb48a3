"""A bar per row."""

from __future__ import annotations

from usql.formats.kind import Kind
from usql.result.charts.plot import Plot, free_label
from usql.result.charts.view import (
    MOST_LABELS,
    MOST_PANELS,
    WIDTH,
    Spec,
    View,
    about_numbers,
    field,
    number_field,
    panels,
    tooltip,
)

KIND = Kind(
    "bar", "a bar per row", 60, "a key, or a text that names each row, and a column of numbers"
)


def fits(plot: Plot) -> bool:
    """Whether there are numbers, and something that says what each of them is of."""
    return bool(plot.labels and plot.numbers and len(plot.result))


suits = fits


def view(plot: Plot) -> View:
    """The bars of each column of numbers beside those of the others, in the order of the rows."""
    total = len(plot.result)
    shown = plot.numbers[:MOST_PANELS]
    # Without keys several rows may be named alike, and each has a bar of its own.
    labels = plot.row_labels(plot.labels, MOST_LABELS)
    taken: set[str] = set()
    rows = [free_label(label, taken) for label in labels]
    width = WIDTH // len(shown)
    views = [_bars(plot, number, rows, width, is_first=n == 0) for n, number in enumerate(shown)]
    notes = about_numbers(plot)
    if total > MOST_LABELS:
        notes = (f"The first {MOST_LABELS} of {total} rows are drawn.", *notes)
    return View(panels(views, "hconcat"), notes)


def _bars(plot: Plot, number: int, rows: list[str], width: int, is_first: bool) -> Spec:
    values = plot.values(number, len(rows))
    name = f"c{plot.labels[0]}" if len(plot.labels) == 1 else "label"
    title = plot.names(plot.labels)
    look = {"labelLimit": 240} if is_first else {"labels": False, "ticks": False, "title": None}
    down = field(name, "nominal", title, sort=None, axis=look)
    across = number_field(f"c{number}", plot.title(number), values)
    return {
        "data": {
            "values": [
                {name: label, f"c{number}": value}
                for label, value in zip(rows, values, strict=True)
            ]
        },
        "width": width,
        "height": {"step": 20},
        "mark": "bar",
        "encoding": {"x": across, "y": down, "tooltip": tooltip(down, across)},
    }
