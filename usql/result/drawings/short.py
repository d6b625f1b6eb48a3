"""The representation of a result at a Python prompt: its first rows, below the names and types of
columns."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.escape import escape_controls
from usql.result.texts.cells import PLAIN_NULL, counted
from usql.result.texts.columns import Look, cell_texts, is_numeric

if TYPE_CHECKING:
    from usql.result.data import ResultData

MOST_ROWS = 10
"""Rows that are shown."""
_WIDEST = 40
_GAP = 2


def first_rows(result: ResultData) -> str:
    """The first rows as plain text, no wider than the terminal, or than 100 columns without one.
    The last line says how many rows and columns there are, and how many of them are shown."""
    from rich.cells import cell_len, set_cell_size

    room = shutil.get_terminal_size((100, 24)).columns
    columns: list[list[str]] = []
    for texts, is_number in _columns(result):
        widest = _WIDEST if columns else max(1, min(_WIDEST, room))
        cut = [t if cell_len(t) <= widest else set_cell_size(t, widest - 1) + "…" for t in texts]
        width = max(map(cell_len, cut))
        if columns and width > room:
            break
        room -= width + _GAP
        padding = [" " * (width - cell_len(text)) for text in cut]
        drawn = [p + t if is_number else t + p for t, p in zip(cut, padding, strict=True)]
        columns.append([*drawn[:2], "─" * width, *drawn[2:]])
    lines = [(" " * _GAP).join(pieces).rstrip() for pieces in zip(*columns, strict=True)]
    lines[2:3] = [("─" * _GAP).join(column[2] for column in columns)]
    return "\n".join([*lines, _size(result, len(columns))])


def _columns(result: ResultData) -> Iterator[tuple[list[str], bool]]:
    """The name, type and first values of each column, and whether it is numeric."""
    look = Look(PLAIN_NULL)
    kinds = result.to_arrow().schema.types
    first = result.table.slice(0, MOST_ROWS).columns
    for column, kind, values in zip(result.schema, kinds, first, strict=True):
        parts = (cell_texts(part, column, look).to_pylist() for part in values.chunks)
        texts = [PLAIN_NULL if text is None else text for part in parts for text in part]
        yield (
            [escape_controls(column.name), type_word(kind), *texts],
            is_numeric(kind, column, look),
        )


def _size(result: ResultData, drawn: int) -> str:
    rows, columns = len(result), len(result.schema)
    rows_text = counted(rows, "row") if rows <= MOST_ROWS else f"{MOST_ROWS} of {rows} rows"
    return rows_text if drawn == columns else f"{rows_text}, {drawn} of {columns} columns"


_WORDS = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "double"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_struct, "property"),
    (pa.types.is_null, "null"),
)


def type_word(kind: pa.DataType) -> str:
    """The type of a column's values in a few words.

    >>> type_word(pa.list_(pa.int64()))
    'list of integer'
    """
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list of {type_word(kind.value_type)}"
    return next((word for is_kind, word in _WORDS if is_kind(kind)), "string")
