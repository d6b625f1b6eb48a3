"""Rows that have a key of their properties more than once, and the notes that tell of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from usql.store.columns import PropertiesColumn

_TOLD = re.compile(
    r"(\d+) rows of (\w+) have a key of (\w+) more than once; the first value answers\."
)

Doubled = dict[tuple[str, str], int]
"""How many rows, by the names of their table and of the properties."""


def doubled_rows(column: PropertiesColumn) -> int:
    """How many rows have a key twice."""
    count = column.keys.null_code + 1
    lengths = np.diff(column.offsets)
    pairs = np.repeat(np.arange(len(lengths)) * count, lengths)
    pairs += column.keys.codes
    pairs.sort()
    rows = pairs[1:][pairs[1:] == pairs[:-1]] // count
    return int(np.count_nonzero(np.diff(rows, prepend=-1)))


def sentence(count: int, table: str, name: str) -> str:
    """The note on so many rows."""
    return f"{count} rows of {table} have a key of {name} more than once; the first value answers."


def without_doubled(notes: Iterable[str]) -> tuple[list[str], Doubled]:
    """The other ones of some notes, and what these tell."""
    others: list[str] = []
    found: Doubled = {}
    for note in notes:
        told = _TOLD.fullmatch(note)
        if told is None:
            others.append(note)
        else:
            count, table, name = told.groups()
            found[table, name] = found.get((table, name), 0) + int(count)
    return others, found
