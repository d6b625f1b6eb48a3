"""The largest series of a chart, and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Sequence

from usql.frozen import dataclass
from usql.result.charts.plot import free_label
from usql.result.charts.view import MOST_SERIES
from usql.result.texts.cells import counted


@dataclass(frozen=True, slots=True)
class Series:
    """``names`` of the largest series, largest first. ``of`` gives the series in which a name is
    drawn: itself, or ``rest``, where the others are added up; ``None`` if it is left out."""

    names: tuple[str, ...]
    rest: str | None
    note: str | None

    def of(self, name: str) -> str | None:
        """The series in which the values of this name are drawn."""
        return name if name in self.names else self.rest


def largest_series(
    labels: Sequence[str],
    values: Sequence[float | None],
    is_additive: bool,
    most: int = MOST_SERIES,
) -> Series:
    """Of the series with these labels the ``most`` largest by the sum of their values. The others
    become one series if their values add up; else they are left out, with a note.

    >>> largest_series(["a", "b", "b"], [3, 2, 2], True).names
    ('b', 'a')
    """
    sums: dict[str, float] = dict.fromkeys(labels, 0)
    for label, value in zip(labels, values, strict=True):
        sums[label] += value or 0
    ordered = sorted(sums, key=lambda name: -sums[name])
    names, left = tuple(ordered[:most]), len(ordered) - most
    if left <= 0:
        return Series(names, None, None)
    if is_additive:
        return Series(names, free_label(counted(left, "other"), set(names)), None)
    are = "is" if left == 1 else "are"
    note = f"The largest {most} are drawn; {left} {are} left out, since their values do not add up."
    return Series(names, None, note)
