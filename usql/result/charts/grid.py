"""The groups of two keys, as kinds draw them whose rows are one key and whose colours or columns
are the other."""

from __future__ import annotations

from usql.frozen import dataclass
from usql.result.charts.plot import Plot
from usql.result.charts.view import MOST_LABELS
from usql.result.texts.cells import PLAIN_NULL, counted


@dataclass(frozen=True, slots=True)
class Grid:
    """``first`` and ``second`` are the keys, ``labels`` their texts in each row of the result;
    ``orders`` are the distinct labels of each in the order in which they are drawn. ``across`` is
    the number of the key, 0 or 1, that a heat map draws from left to right: the axis of time, or
    the first one."""

    first: int
    second: int
    labels: tuple[list[str], list[str]]
    orders: tuple[list[str], list[str]]
    across: int


def grid_of(plot: Plot, null: str = PLAIN_NULL) -> Grid:
    """The grid of a result with two keys: periods in the order of time, with the missing ones if
    they are known; other values as they come. A missing value is ``null``."""
    first, second = plot.keys
    labels = (plot.row_labels([first], null=null), plot.row_labels([second], null=null))
    orders = (_order(plot, first, labels[0]), _order(plot, second, labels[1]))
    across = int(plot.axis is not None and plot.axis.column == second)
    return Grid(first, second, labels, orders, across)


def _order(plot: Plot, column: int, labels: list[str]) -> list[str]:
    distinct = list(dict.fromkeys(labels))
    described = plot.result.schema[column]
    if plot.axis is not None and plot.axis.column == column:
        numbers, named = plot.axis.numbers, plot.axis.labels
    elif described.periods is not None and (
        places := described.periods.places([v for v in plot.values(column) if v is not None])
    ):
        numbers, named = places.numbers, places.labels
    else:
        return distinct
    values = dict(zip(labels, plot.values(column), strict=True))
    places_of = {label: numbers[v] for label, v in values.items() if v is not None}
    ordered = sorted(places_of, key=places_of.__getitem__)
    missing = set(named) - set(places_of.values())
    if missing and len(named) <= MOST_LABELS:
        at = {number: label for label, number in places_of.items()}
        ordered = [at.get(number, named[number]) for number in sorted(named)]
    return ordered + [label for label in distinct if label not in places_of]


def about_room(plot: Plot, column: int, total: int) -> tuple[str, ...]:
    """A sentence about the values of a key for which there is no room."""
    if total <= MOST_LABELS:
        return ()
    return (
        f"The first {MOST_LABELS} of {counted(total, 'value')} of {plot.name(column)} are drawn.",
    )
