"""The labels of charts made of characters."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_BAR = 8
_MOST_NAME = 32


def short_number(value: float) -> str:
    """A number in a few characters.

    >>> short_number(0), short_number(12.5), short_number(118505), short_number(2_500_000)
    ('0', '12.5', '118.5k', '2.5M')
    """
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scale = 1e3 if unit == "k" else limit
            return f"{value / scale:.1f}".removesuffix(".0") + unit
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def axis_labels(places: Sequence[float], labels: Sequence[str], width: int) -> str:
    """As many labels as fit, always with the first and the last, each below its position."""
    from rich.cells import cell_len

    longest = max(map(cell_len, labels), default=0)
    most = max(2, (width + 2) // (longest + 2))
    last = len(labels) - 1
    count = min(most, len(labels))
    chosen = sorted({round(i * last / (count - 1)) for i in range(count)} if count > 1 else {0})
    line = [" "] * width
    free = 0
    for index in chosen:
        label = labels[index]
        size = cell_len(label)
        start = round(places[index] * (width - 1)) - size // 2
        start = max(0, min(start, width - size))
        if start >= free and size <= width:
            line[start : start + size] = [label] + [""] * (size - 1)
            free = start + size + 1
    return "".join(line).rstrip()


def name_in(text: str, width: int) -> str:
    """A name in exactly this many cells; a longer one ends in ``…``.

    >>> name_in("Spain", 7), name_in("Spain", 4)
    ('Spain  ', 'Spa…')
    """
    from rich.cells import cell_len, set_cell_size

    return set_cell_size(
        text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…", width
    )


def bar_widths(names: Sequence[str], width: int, beside: int = 0) -> tuple[int, int]:
    """The cells for names, and those for bars between them and ``beside`` cells of numbers."""
    from rich.cells import cell_len

    gaps = 2 if beside else 1
    longest = max(map(cell_len, names), default=0)
    name_width = min(longest, _MOST_NAME, max(1, width - beside - LEAST_BAR - gaps))
    return name_width, max(LEAST_BAR, width - name_width - beside - gaps)
