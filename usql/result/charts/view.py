"""Parts of Vega-Lite specifications that several kinds of charts have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from usql.frozen import dataclass
from usql.result.charts.plot import Plot
from usql.result.texts.cells import counted

Spec = dict[str, Any]
"""A Vega-Lite specification, or a part of one."""

WIDTH = 600
HEIGHT = 260
MOST_PANELS = 4
"""Columns of numbers that are drawn, each with an axis of its own."""
MOST_LABELS = 50
"""Bars, or rows and columns of a heat map."""
MOST_SERIES = 10
_MOST_TICKS = 10
COLOURS = (
    "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2",
    "#b279a2", "#eeca3b", "#9d755d", "#ff9da6", "#6b4c9a",
)  # fmt: skip
"""A colour for each series, told apart on white and on black."""
_REST = "#a0a0a0"
"""The colour of the others together."""


@dataclass(frozen=True, slots=True)
class View:
    """A drawing: its specification without the frame, and sentences about what it leaves out.
    ``is_named``: it says itself what is drawn, and needs no title."""

    spec: Spec
    notes: tuple[str, ...] = ()
    is_named: bool = False


def field(name: str, kind: str, title: str | None, **more: Any) -> Spec:
    """The encoding of a field of the data."""
    return {"field": name, "type": kind, "title": title, **more}


def number_field(name: str, title: str, values: Iterable[float | None], **more: Any) -> Spec:
    """The encoding of numbers along an axis that begins with 0. Where all are 0, it ends with 1:
    Vega would put that 0 into the middle. Small whole numbers have no ticks between them."""
    known = [value for value in values if value is not None]
    if not any(known):
        more["scale"] = {"domain": [0, 1]}
    least, most = min(known, default=0), max([1, *known])
    if least >= 0 and most <= _MOST_TICKS and all(isinstance(value, int) for value in known):
        ticks = {"values": list(range(int(most) + 1)), "format": "d"}
        more["axis"] = {**ticks, **more.get("axis", {})}
    return field(name, "quantitative", title, **more)


def tooltip(*fields: Spec) -> list[Spec]:
    """What is shown of a row under the pointer."""
    return [{k: f[k] for k in ("field", "type", "title")} for f in fields]


CONFIG: dict[str, Any] = {"view": {"stroke": None}, "range": {"heatmap": {"scheme": "blues"}}}
"""How charts look. It is apart from what they draw, so that a page may replace it by its own."""

CLOCK = {
    "milliseconds": ".%L",
    "seconds": "%H:%M:%S",
    "minutes": "%H:%M",
    "hours": "%H:%M",
    "day": "%b %d",
    "date": "%b %d",
    "week": "%b %d",
    "month": "%b %Y",
    "quarter": "%b %Y",
    "year": "%Y",
}
"""How an axis of time writes its ticks, each by the coarsest unit that it begins."""


def panels(views: Sequence[Spec], direction: str) -> Spec:
    """One view, or several beside (``hconcat``) or below (``vconcat``) each other."""
    return views[0] if len(views) == 1 else {direction: list(views)}


def about_numbers(plot: Plot) -> tuple[str, ...]:
    """A sentence about columns of numbers for which there is no room."""
    left = [plot.name(n) for n in plot.numbers[MOST_PANELS:]]
    if not left:
        return ()
    return (f"{counted(len(left), 'more column')} of numbers left out: {', '.join(left)}.",)


def series_colours(names: Sequence[str], rest: str | None) -> Spec:
    """A scale with a colour for each name; grey for ``rest``, which stands for several."""
    shown = [*names, *([] if rest is None else [rest])]
    colours = [*COLOURS[: len(names)], *([] if rest is None else [_REST])]
    return {"domain": shown, "range": colours}
