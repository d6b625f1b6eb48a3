"""The bars of a funnel, with their shares of the first and of the previous step."""

from __future__ import annotations

from usql.escape import escape_controls
from usql.formats.kind import Kind
from usql.result.charts.plot import Plot, free_label
from usql.result.charts.view import WIDTH, Spec, View, field, number_field, tooltip
from usql.result.texts.cells import percent

KIND = Kind("funnel", "the steps of a FUNNEL as bars", 10, "the steps of a FUNNEL")


def fits(plot: Plot) -> bool:
    """Whether the result is that of a FUNNEL."""
    return plot.result.funnel is not None


suits = fits


def view(plot: Plot) -> View:
    """A bar per step, with its count and both shares as text."""
    taken: set[str] = set()
    values: list[Spec] = []
    for step in plot.result.funnel or ():
        shares = [
            f"{percent(share)} of {which}"
            for share, which in ((step.from_first, "first"), (step.from_previous, "previous"))
            if share is not None and values
        ]
        values.append(
            {
                "c0": free_label(escape_controls(step.name), taken),
                "c1": step.count,
                "text": " · ".join([f"{step.count:,}", *shares]),
            }
        )
    across = number_field("c1", "count", (v["c1"] for v in values), axis={"grid": False})
    down = field("c0", "nominal", None, sort=None, axis={"labelLimit": 300})
    text = field("text", "nominal", "share")
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {"tooltip": tooltip(down | {"title": "step"}, across)},
    }
    texts = {
        "mark": {"type": "text", "align": "left", "dx": 6},
        "encoding": {"text": text},
    }
    return View(
        {
            "data": {"values": values},
            "width": WIDTH,
            "height": {"step": 36},
            "encoding": {"x": across, "y": down},
            "layer": [bars, texts],
        }
    )
