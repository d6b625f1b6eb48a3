"""The axis of time: the positions of the values of a column in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from usql.escape import escape_controls
from usql.frozen import dataclass
from usql.result.texts.times import time_text

if TYPE_CHECKING:
    from usql.result.columns import ResultColumn


@dataclass(frozen=True, slots=True)
class Axis:
    """The positions of the values of ``column``: the number of each value, and labels for some of
    the positions. Of periods no position is missing between consecutive numbers.

    ``places`` are those of times, from 0 to 1. ``moments`` are the milliseconds of each value on
    the local clock, at which its period begins; ``None`` if the values recur, as hours do.
    """

    column: int
    numbers: Mapping[Any, int]
    count: int
    labels: Mapping[int, str]
    places: Sequence[float] | None = None
    moments: Mapping[Any, int] | None = None

    def place(self, number: int) -> float:
        """The place of a position, from 0 to 1: times to scale, everything else at equal
        distances. There is more than one."""
        if self.places is not None:
            return self.places[number]
        return number / (self.count - 1)


def axis_of(
    index: int, column: ResultColumn, values: Sequence[Any], utc_offset: int
) -> Axis | None:
    """The axis of these values in the order of time: times to scale, groups at equal distances
    including the missing ones. If the missing ones cannot be determined, there is an axis only if
    the rows come in the order of the groups."""
    known = list(dict.fromkeys(v for v in values if v is not None))
    if column.is_timestamp:
        return _of_times(index, sorted(known), utc_offset)
    periods = None if column.periods is None else column.periods.places(known)
    if periods is not None and column.periods is not None:
        labels = {i: escape_controls(label) for i, label in sorted(periods.labels.items())}
        begins = {v: column.periods.beginning(v) for v in known}
        moments = {v: ms for v, ms in begins.items() if ms is not None}
        whole = moments if len(moments) == len(known) else None
        return Axis(index, periods.numbers, periods.count, labels, moments=whole)
    if column.time_order is None:
        return None
    if column.time_order == "descending":
        known.reverse()
    numbers = {value: number for number, value in enumerate(known)}
    labels = {n: escape_controls(str(v)) for v, n in numbers.items()}
    return Axis(index, numbers, len(known), labels)


def _of_times(index: int, known: Sequence[int], utc_offset: int) -> Axis:
    least, most = (known[0], known[-1]) if known else (0, 0)
    return Axis(
        index,
        {v: i for i, v in enumerate(known)},
        len(known),
        _TimeLabels(known, utc_offset),
        [(v - least) / (most - least or 1) for v in known],
        {v: v + 60_000 * utc_offset for v in known},
    )


class _TimeLabels(Mapping[int, str]):
    """The labels of times, each written when it is asked for: most charts show few of them or none,
    and whether a result can be drawn at all is asked for every result of the page."""

    def __init__(self, times: Sequence[int], utc_offset: int) -> None:
        self._times = times
        self._utc_offset = utc_offset

    def __getitem__(self, number: int) -> str:
        if number not in range(len(self._times)):
            raise KeyError(number)
        return time_text(self._times[number], utc_offset=self._utc_offset)[:16]

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._times)))

    def __len__(self) -> int:
        return len(self._times)
