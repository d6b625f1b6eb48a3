"""What of a result is drawn: which of its columns are times, keys and numbers, and their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.escape import escape_controls
from usql.frozen import dataclass
from usql.result.charts.axis import Axis, axis_of
from usql.result.columns import ColumnRole
from usql.result.texts.cells import NULL, PLAIN_NULL, cell
from usql.result.texts.times import time_text
from usql.result.values import strict_values

if TYPE_CHECKING:
    from usql.result.data import ResultData


@dataclass(frozen=True, slots=True)
class Plot:
    """The columns of a result by what they are in a chart, each as its number.

    ``axis`` is the axis of time, if there is one; ``keys`` are all keys, ``numbers`` what bars and
    lines can show, ``figures`` what can stand alone: numbers and times. ``labels`` say what a row
    is: its keys, or without keys its texts.
    """

    result: ResultData
    axis: Axis | None
    keys: tuple[int, ...]
    labels: tuple[int, ...]
    numbers: tuple[int, ...]
    figures: tuple[int, ...]

    @property
    def series(self) -> tuple[int, ...]:
        """The keys beside the axis of time."""
        return tuple(k for k in self.keys if self.axis is None or k != self.axis.column)

    def values(self, column: int, rows: int | None = None) -> list[Any]:
        """The values of a column, of the first ``rows`` rows; what is not finite is ``None``."""
        return strict_values(self.result.table.column(column).slice(0, rows))

    def name(self, column: int) -> str:
        """The column's name, without characters that could change what follows."""
        return escape_controls(self.result.schema[column].name)

    def title(self, column: int) -> str:
        """The column's name with its unit, or with the clock on which its times are."""
        described = self.result.schema[column]
        if described.is_timestamp or described.is_mean_time or described.periods is not None:
            return f"{self.name(column)} in {clock_name(self.result.utc_offset)}"
        unit = described.unit
        return self.name(column) if unit is None else f"{self.name(column)} in {unit}"

    def text(self, column: int, value: Any, null: str = PLAIN_NULL) -> str:
        """A value as a line of text; times are on the local clock."""
        described = self.result.schema[column]
        is_time = described.is_timestamp or described.is_mean_time
        if described.is_mean_time and value is not None:
            value = round(value)
        offset = self.result.utc_offset or None  # UTC without a suffix, as in tables
        return cell(value, is_time, null, lambda ms: time_text(ms, utc_offset=offset))

    def names(self, columns: Sequence[int]) -> str:
        """The names of some columns in one line."""
        return " · ".join(self.name(column) for column in columns)

    def row_texts(self, columns: Sequence[int]) -> list[str]:
        """The texts of these columns in each row, on a terminal; a missing value is ``null``."""
        if not columns:
            return [""] * len(self.result)
        texts = [[self.text(c, value, NULL) for value in self.values(c)] for c in columns]
        return [" · ".join(row) for row in zip(*texts, strict=True)]

    def row_labels(
        self, columns: Sequence[int], rows: int | None = None, null: str = PLAIN_NULL
    ) -> list[str]:
        """The texts of these columns in each row. Rows with other values have other labels: where a
        missing value and the text ``∅`` meet, the later one is ``∅ (2)``."""
        values = [self.values(column, rows) for column in columns]
        labels: list[str] = []
        known: dict[str, str] = {}
        taken: set[str] = set()
        for row in zip(*values, strict=True):
            identity = repr(row)
            if identity not in known:
                text = " · ".join(self.text(c, v, null) for c, v in zip(columns, row, strict=True))
                known[identity] = free_label(text, taken)
            labels.append(known[identity])
        return labels


def free_label(text: str, taken: set[str]) -> str:
    """The text, or if it is taken the text with the next free number; then it is taken.

    >>> taken = {"a"}
    >>> free_label("a", taken), free_label("a", taken), free_label("b", taken)
    ('a (2)', 'a (3)', 'b')
    """
    label, number = text, 2
    while label in taken:
        label = f"{text} ({number})"
        number += 1
    taken.add(label)
    return label


def clock_name(utc_offset: int) -> str:
    """The name of the clock with this offset in minutes.

    >>> clock_name(0), clock_name(-90)
    ('UTC', 'UTC-01:30')
    """
    return "UTC" if utc_offset == 0 else "UTC" + time_text(0, utc_offset=utc_offset)[-6:]


def plot_of(result: ResultData) -> Plot:
    """What of a result can be drawn."""
    types = result.to_arrow().schema.types
    axis = _axis(result, types)
    time = None if axis is None else axis.column
    keys, texts, numbers, figures = [], [], [], []
    for index, (column, kind) in enumerate(zip(result.schema, types, strict=True)):
        is_number = bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
        is_time = column.is_mean_time or bool(pa.types.is_timestamp(kind))
        if column.role is ColumnRole.KEY:
            keys.append(index)
        elif is_number or is_time:
            figures.append(index)
            if not is_time and index != time:
                numbers.append(index)
        elif not pa.types.is_nested(kind):
            texts.append(index)
    labels = keys or texts
    return Plot(result, axis, tuple(keys), tuple(labels), tuple(numbers), tuple(figures))


def _axis(result: ResultData, types: Sequence[pa.DataType]) -> Axis | None:
    """The axis of the date function by which the rows are ordered, of a time of the row itself, or
    of another date function."""
    first = [
        index
        for index, column in enumerate(result.schema)
        if column.time_order or (column.is_timestamp and pa.types.is_timestamp(types[index]))
    ]
    others = [i for i, c in enumerate(result.schema) if c.periods is not None and i not in first]
    for index in (*first[:1], *others):
        values = result.table.column(index).to_pylist()
        axis = axis_of(index, result.schema[index], values, result.utc_offset)
        if axis is not None:
            return axis
    return None
