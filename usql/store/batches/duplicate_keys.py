"""Rows that have a property key more than once, and the notes that report them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from usql.store.columns import PropertiesColumn

_NOTE = re.compile(
    r"(\d+) rows of (\w+) have a key of (\w+) more than once; the first value answers\."
)

DuplicateCounts = dict[tuple[str, str], int]
"""The number of such rows, by the names of their table and of the property list."""


def rows_with_duplicates(column: PropertiesColumn) -> int:
    """The number of rows that have some key twice."""
    count = column.keys.null_code + 1
    lengths = np.diff(column.offsets)
    pairs = np.repeat(np.arange(len(lengths)) * count, lengths)
    pairs += column.keys.codes
    pairs.sort()
    rows = pairs[1:][pairs[1:] == pairs[:-1]] // count
    return int(np.count_nonzero(np.diff(rows, prepend=-1)))


def sentence(count: int, table: str, name: str) -> str:
    """The note about ``count`` rows."""
    return f"{count} rows of {table} have a key of {name} more than once; the first value answers."


def without_duplicate_notes(notes: Iterable[str]) -> tuple[list[str], DuplicateCounts]:
    """The notes without those about duplicate keys, and the counts that those reported."""
    others: list[str] = []
    counts: DuplicateCounts = {}
    for note in notes:
        match = _NOTE.fullmatch(note)
        if match is None:
            others.append(note)
        else:
            count, table, name = match.groups()
            counts[table, name] = counts.get((table, name), 0) + int(count)
    return others, counts
