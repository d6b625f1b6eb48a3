"""Charts of two keys, made of characters: stacked bars and heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usql.result.charts.grid import grid_of
from usql.result.charts.plot import Plot
from usql.result.charts.series import largest_series
from usql.result.drawings.labels import axis_labels, bar_widths, name_in, short_number
from usql.result.texts.cells import NULL, cell

if TYPE_CHECKING:
    from rich.text import Text

_FILLS = (("█", "cyan"), ("▓", "yellow"), ("▒", "magenta"), ("░", "green"), ("▚", "red"))
"""What the pieces of bars are made of, for terminals with and without colours."""
_REST = ("·", "dim")
_SHADES = "░▒▓█"
_WIDEST = 20
"""Cells of a terminal, at most, for a value of the key from left to right."""


def stacked_bars(plot: Plot, width: int) -> Text:
    """A bar for each value of the first key, in pieces by the second: the five largest, and the
    others together. The number beside it is the sum."""
    from rich.cells import cell_len
    from rich.text import Text

    number = plot.numbers[0]
    values = plot.values(number)
    grid = grid_of(plot, NULL)
    series = largest_series(grid.labels[1], values, True, len(_FILLS))
    pieces: dict[str, dict[str, float]] = {label: {} for label in grid.orders[0]}
    for first, second, value in zip(*grid.labels, values, strict=True):
        piece = series.of(second)
        if piece is not None:
            pieces[first][piece] = pieces[first].get(piece, 0) + (value or 0)
    sums = {label: sum(bar.values()) for label, bar in pieces.items()}
    fills = dict(zip(series.names, _FILLS, strict=False))
    if series.rest is not None:
        fills[series.rest] = _REST
    totals = [cell(value, False) for value in sums.values()]
    beside = max(map(cell_len, totals))
    names, across = bar_widths(grid.orders[0], width, beside)
    most = max(sums.values())
    text = Text(no_wrap=True, overflow="crop")
    text.append(plot.name(number), style="bold")
    for name, (fill, style) in fills.items():
        text.append(f"  {fill} {name}", style=style)
    text.append("\n")
    for (label, bar), total in zip(pieces.items(), totals, strict=True):
        text.append(name_in(label, names) + " ")
        reached, drawn = 0.0, 0
        for name, (fill, style) in fills.items():
            reached += max(0, bar.get(name, 0))
            end = min(across, round(reached / most * across)) if most > 0 else 0
            text.append(fill * (end - drawn), style=style)
            drawn = end
        text.append(" " * (across - drawn) + f" {total:>{beside}}\n")
    return text


def heat_map(plot: Plot, width: int) -> Text:
    """A shade for each pair of values, from the least to the largest number; nothing for a pair
    that is missing. Values from left to right for which there is no room are counted."""
    from rich.cells import cell_len
    from rich.text import Text

    number = plot.numbers[0]
    grid = grid_of(plot, NULL)
    down, across = grid.orders[1 - grid.across], grid.orders[grid.across]
    pairs = zip(grid.labels[1 - grid.across], grid.labels[grid.across], strict=True)
    numbers = {
        pair: value
        for pair, value in zip(pairs, plot.values(number), strict=True)
        if value is not None
    }
    names, room = bar_widths(down, width)
    shown = across[:room]
    cells = min(max(map(cell_len, shown)) + 2, _WIDEST, room // len(shown))  # two between labels
    low, high = min(numbers.values(), default=0), max(numbers.values(), default=0)
    step = (high - low) / len(_SHADES)
    text = Text(no_wrap=True, overflow="crop")
    text.append(plot.name(number), style="bold")
    for place, shade in enumerate(_SHADES if step else _SHADES[-1]):
        text.append(f"  {shade} from {short_number(low + place * step)}", style="cyan")
    if len(shown) < len(across):
        text.append(f"  the first {len(shown)} of {len(across)}", style="bold")
    text.append("\n")
    for name in down:
        text.append(name_in(name, names) + " ")
        for label in shown:
            value = numbers.get((name, label))
            text.append(cells * (" " if value is None else _shade(value, low, step)), style="cyan")
        text.append("\n")
    last = max(1, cells * len(shown) - 1)
    places = [(n * cells + (cells - 1) // 2) / last for n in range(len(shown))]
    text.append(" " * (names + 1) + axis_labels(places, shown, cells * len(shown)), style="dim")
    return text


def _shade(value: float, low: float, step: float) -> str:
    """The shade of a number, of which each begins a ``step`` above the one before."""
    place = int((value - low) / step) if step else len(_SHADES)
    return _SHADES[min(place, len(_SHADES) - 1)]
