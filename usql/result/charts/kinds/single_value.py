"""The values of a single row, in large letters."""

from __future__ import annotations

from typing import Any

from usql.formats.kind import Kind
from usql.result.charts.plot import Plot
from usql.result.charts.view import MOST_PANELS, Spec, View, panels
from usql.result.texts.cells import counted

KIND = Kind(
    "single-value",
    "the numbers of a single row",
    20,
    "a single row without keys, with a number or a time",
)

_SIZE = 40
_ADVANCE = 0.62
"""The width of a letter, as a share of its size."""


def fits(plot: Plot) -> bool:
    """Whether there is one row, which is no group of several."""
    return len(plot.result) == 1 and not plot.keys and bool(plot.figures)


def suits(plot: Plot) -> bool:
    """Whether it has nothing but numbers and times."""
    return fits(plot) and not plot.labels


def view(plot: Plot) -> View:
    """Each value as text above its name."""
    left = len(plot.figures) - MOST_PANELS
    notes = (f"{counted(left, 'more value')} left out.",) if left > 0 else ()
    return View(
        panels([_value(plot, i) for i in plot.figures[:MOST_PANELS]], "hconcat"),
        notes,
        is_named=True,
    )


def _value(plot: Plot, column: int) -> Spec:
    text = figure_text(plot, column, plot.values(column)[0])
    title = plot.title(column)
    return {
        "data": {"values": [{f"c{column}": text, "title": title}]},
        "width": max(120, round(len(text) * _SIZE * _ADVANCE), round(len(title) * 14 * _ADVANCE)),
        "height": 90,
        "layer": [
            {
                "mark": {"type": "text", "fontSize": _SIZE, "dy": -10},
                "encoding": {"text": {"field": f"c{column}", "type": "nominal"}},
            },
            {
                "mark": {"type": "text", "fontSize": 14, "dy": 26},
                "encoding": {"text": {"field": "title", "type": "nominal"}},
            },
        ],
    }


def figure_text(plot: Plot, column: int, value: Any) -> str:
    """A number with its digits in groups of three; anything else as in a table."""
    described = plot.result.schema[column]
    if value is None or described.is_timestamp or described.is_mean_time:
        return plot.text(column, value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
