"""How sessions are laid out in memory: one contiguous numpy array per column and role.

Dictionary columns have no bitmap for nulls: null is the code one past the dictionary, so that it
sorts last and counts as one more group. Arrays are read-only by convention and may be views of
Arrow buffers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog.model import Catalog, FieldType
from usql.frozen import dataclass
from usql.store.lazy import with_own_cache
from usql.store.tuning import DEFAULT, StoreTuning

Array = npt.NDArray[Any]

BOOLEANS = pa.Array.from_buffers(pa.bool_(), 2, [None, pa.py_buffer(b"\x02")])
"""The dictionary of every column of booleans: ``[False, True]``."""


@dataclass(frozen=True, eq=False)
class DictionaryColumn:
    """Strings, enums, addresses and booleans: a code per row into a sorted dictionary.

    ``codes``: unsigned integers of the narrowest width (8, 16, 32 bit) that holds
    ``len(dictionary)``, which is itself the code of null. ``dictionary``: distinct non-null values,
    ascending: strings by code point, addresses by address then text (unreadable ones after all
    others), booleans false before true. Every dictionary value occurs in the column. (Booleans: the
    dictionary is always ``BOOLEANS``.)
    """

    type: FieldType
    codes: Array
    dictionary: pa.Array

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def null_code(self) -> int:
        """The code of a missing value."""
        return len(self.dictionary)


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """Integers, longs, doubles and dates (milliseconds since 1970 UTC).

    ``values``: the narrowest signed integer that holds the column, or float64 for DOUBLE.
    ``valid``: a bool per row, or ``None`` when nothing is missing; the value of a missing row is 0.
    A NaN in the data counts as missing.
    """

    type: FieldType
    values: Array
    valid: npt.NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.values)


Column = DictionaryColumn | NumberColumn


@dataclass(frozen=True, eq=False)
class ListColumn:
    """A ``list<…>`` field: row i owns ``entries[offsets[i]:offsets[i+1]]``; offsets are int64.

    Null entries are kept (as nulls of ``entries``); a missing list is stored as an empty one.
    """

    offsets: npt.NDArray[np.int64]
    entries: Column

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True, eq=False)
class PropertiesColumn:
    """A property list: row i owns the pairs ``keys[o:p], values[o:p]`` with o, p from offsets.

    Pairs are in the export's order. Pairs without a key are refused at load, pairs whose value is
    null are kept. Where a row has a key twice, the first pair counts. ``more`` is present if any
    pair has more than key and value: that remainder as JSON text (``pairs``), or null.
    """

    offsets: npt.NDArray[np.int64]
    keys: DictionaryColumn
    values: Column
    more: DictionaryColumn | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1


AnyColumn = DictionaryColumn | NumberColumn | ListColumn | PropertiesColumn


@dataclass(frozen=True, eq=False)
class TableData:
    """The rows of one table. ``columns`` holds only what the data has, by the catalog's field
    names. ``links`` tie the rows of a secondary table to their sessions: ``offsets`` and
    ``parent``. ``derived`` columns answer queries in place of those of the same name, but are not
    exported."""

    name: str
    rows: int
    columns: Mapping[str, AnyColumn]
    links: Mapping[str, Array] = field(default_factory=dict)
    derived: Mapping[str, AnyColumn] = field(default_factory=dict)

    def with_own_cache(self) -> TableData:
        """The same table with a cache of its own for what it reads and joins."""
        columns, links, derived = self.columns, self.links, self.derived
        return TableData(
            self.name,
            self.rows,
            with_own_cache(columns),
            with_own_cache(links),
            with_own_cache(derived),
        )

    @property
    def offsets(self) -> npt.NDArray[np.int64] | None:
        """For a secondary table: session i owns the rows ``offsets[i]:offsets[i+1]``; int64."""
        return self.links.get("offsets")

    @property
    def parent(self) -> Array | None:
        """For a secondary table: the session of each row; int32 or int64."""
        return self.links.get("parent")


@dataclass(frozen=True, eq=False)
class Saved:
    """Where a store was opened from: its ``folder``, and its ``seal``, the checksum of its
    manifest, by which it is recognised. ``repeated`` is how many of its sessions have a key that
    occurred before. ``keys`` holds two arrays with a hash per session: ``key`` and ``content``
    (``rowhash``)."""

    folder: Path
    seal: str
    repeated: int
    keys: Mapping[str, npt.NDArray[np.uint64]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of the ``parts`` of files (row groups, or whole files) hold, according to their
    statistics, no session that was asked for."""

    count: int
    parts: int


@dataclass(frozen=True, eq=False)
class Store:
    """All tables of a data set with the catalog extended by what they hold.

    ``notes`` are sentences for people about what loading did to the data (lines left out, duplicate
    property keys). ``indexes`` are named groups of arrays that the store was saved with; the engine
    gives them their meaning. ``known_span`` is ``span`` where it is known. ``saved`` says which
    folder the store was opened from, if any. ``ended_early``: reading ended because there was
    enough for one question; there may be more sessions. ``left_out`` counts the parts of files that
    were skipped for one question, except for the few fields that still matter. ``tuning``: what it was
    loaded with, and is looked at with.
    """

    tables: Mapping[str, TableData]
    catalog: Catalog
    notes: tuple[str, ...] = field(default=())
    indexes: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    known_span: tuple[int, int] | None = None
    saved: Saved | None = None
    ended_early: bool = False
    left_out: LeftOut | None = None
    tuning: StoreTuning = DEFAULT

    def with_own_cache(self) -> Store:
        """The same store with a cache of its own for what it reads and joins: for work that needs
        much of it, once."""
        return replace(
            self, tables={name: data.with_own_cache() for name, data in self.tables.items()}
        )

    @property
    def sessions(self) -> int:
        """The number of sessions."""
        return self.tables["usersession"].rows

    @property
    def span(self) -> tuple[int, int]:
        """The smallest start and one past the largest end of all sessions, in milliseconds; zeros
        if there are no sessions. A missing end counts as the start (LANGUAGE.md §4)."""
        if self.known_span is not None:
            return self.known_span
        columns = self.tables["usersession"].columns
        starts, ends = (_present(columns.get(name)) for name in ("startTime", "endTime"))
        if not len(starts):
            return 0, 0
        last = max(int(values.max()) for values in (starts, ends) if len(values))
        return int(starts.min()), last + 1


def _present(column: AnyColumn | None) -> Array:
    if not isinstance(column, NumberColumn):
        return np.zeros(0, dtype=np.int64)
    return column.values if column.valid is None else column.values[column.valid]
