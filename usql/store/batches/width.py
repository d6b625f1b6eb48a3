"""How wide the sessions are: the memory of columns in which most sessions have no value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from usql.store.batches.flat import FlatBatch

_BYTES_PER_GAP = 2
"""A missing number takes a value and a flag."""

_SMALL = 1 << 28
_MOST_PER_VALUE = 1000
"""Bytes of gaps that are accepted per value, beyond ``_SMALL``."""


class Width:
    """Counts the gaps in the columns: rows of batches that lack a field which others have."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = defaultdict(int)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._cells: dict[str, int] = defaultdict(int)
        self._values = 0

    def add(self, batch: FlatBatch) -> None:
        """Count one more batch."""
        for name, table in batch.items():
            self._rows[name] += table.rows
            self._names[name].update(table.columns)
            self._cells[name] += table.rows * len(table.columns)
            self._values += sum(len(c) - c.null_count for c in table.columns.values())

    @property
    def fields(self) -> int:
        """How many fields there are in all tables."""
        return sum(map(len, self._names.values()))

    @property
    def gaps(self) -> int:
        """Bytes that the columns will take in addition to what the batches hold."""
        cells = (rows * len(self._names[name]) for name, rows in self._rows.items())
        return _BYTES_PER_GAP * (sum(cells) - sum(self._cells.values()))

    @property
    def is_too_sparse(self) -> bool:
        """Whether the columns would take many times as much as their values."""
        return self.gaps > max(_SMALL, _MOST_PER_VALUE * self._values)


class Names:
    """The distinct names in the rows collected for the next batch, in which every row has a place
    for each of them."""

    _FEW, _MOST = 400, 1 << 18

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._rows = 0

    def add(self, row: Mapping[str, object]) -> None:
        """Count one more session."""
        self._names.update(row)
        self._rows += 1
        for held in row.values():
            if isinstance(held, list):
                for entry in held:
                    if isinstance(entry, dict):
                        self._names.update(entry)
                        self._rows += 1

    @property
    def are_many(self) -> bool:
        """Whether the rows should be turned into a batch now."""
        return (len(self._names) - self._FEW) * self._rows > self._MOST
