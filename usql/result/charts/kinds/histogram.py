"""How the values of a column are distributed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from usql.formats.kind import Kind
from usql.frozen import dataclass
from usql.result.charts.plot import Plot
from usql.result.charts.view import (
    HEIGHT,
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
from usql.result.texts.cells import counted

KIND = Kind(
    "histogram",
    "how many rows have values of about this size",
    70,
    "several rows, not groups, with a number",
)

_MOST_BINS = 30


def fits(plot: Plot) -> bool:
    """Whether there are values of several rows, which no key makes groups."""
    is_of_rows = not plot.keys and len(plot.result) > 1
    return is_of_rows and any(
        value is not None for number in plot.numbers for value in plot.values(number)
    )


suits = fits


@dataclass(frozen=True, slots=True)
class Bin:
    """The number of values from ``start`` to below ``end``."""

    start: float
    end: float
    count: int


def bins(values: Sequence[float]) -> list[Bin]:
    """At most about 30 bins of equal size from the least value to the largest, whose bounds are
    round numbers; between whole numbers no smaller than 1.

    >>> [(b.start, b.end, b.count) for b in bins([1, 2, 2, 4])]
    [(1, 2, 1), (2, 3, 2), (3, 4, 0), (4, 5, 1)]
    """
    least, most = min(values), max(values)
    is_whole = all(isinstance(value, int) for value in values)
    size = _round_size((most - least) / _MOST_BINS)
    if is_whole:
        size = max(1, math.ceil(size))
    first = math.floor(least / size)
    counts = Counter(math.floor(value / size) for value in values)
    return [
        Bin(_bound(place * size), _bound((place + 1) * size), counts[place])
        for place in range(first, max(counts) + 1)
    ]


def _bound(value: float) -> float:
    """A bound without the digits that multiplying adds: 0.3 in place of 0.30000000000000004."""
    return value if isinstance(value, int) else float(f"{value:.12g}")


def _round_size(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below this; 1 for 0."""
    if least <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(least))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= least)


def view(plot: Plot) -> View:
    """A histogram of each column of numbers."""
    views: list[Spec] = []
    notes: list[str] = []
    for number in plot.numbers[:MOST_PANELS]:
        values = plot.values(number)
        known = [value for value in values if value is not None]
        missing = len(values) - len(known)
        if missing:
            have = "has" if missing == 1 else "have"
            notes.append(f"{counted(missing, 'row')} {have} no {plot.name(number)}.")
        views.append(_panel(plot, number, known))
    return View(panels(views, "vconcat"), (*notes, *about_numbers(plot)))


def _panel(plot: Plot, number: int, known: Sequence[float]) -> Spec:
    start, end = f"c{number}", f"c{number}_end"
    counts = bins(known) if known else []
    binned = {"binned": True, "step": counts[0].end - counts[0].start} if counts else None
    is_whole = all(isinstance(b.start, int) for b in counts)
    look = {"format": ",d"} if is_whole else {}
    across = field(start, "quantitative", plot.title(number), bin=binned, axis=look)
    up = number_field("rows", "rows", (b.count for b in counts))
    until = field(end, "quantitative", "below")
    return {
        "data": {"values": [{start: b.start, end: b.end, "rows": b.count} for b in counts]},
        "width": WIDTH,
        "height": HEIGHT,
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": across,
            "x2": {"field": end},
            "y": up,
            "tooltip": tooltip(across | {"title": "from"}, until, up),
        },
    }
