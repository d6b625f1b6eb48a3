"""Keys that have no codes of their own: evaluated over all rows, then numbered by sorting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usql.analysis.bound import Key
from usql.engine.access import Access
from usql.engine.control import Control
from usql.engine.kernels import Ints, dense, group_extremes, narrow_unsigned
from usql.engine.members import Chunk
from usql.engine.scan import MORSEL, Source, selected
from usql.engine.sorting import extremes_by_group, numbered
from usql.engine.vectors import Factors
from usql.engine.whole import Numbered, distinct_by_row, numbered_values


@dataclass(frozen=True, eq=False)
class Counted:
    """Cells that occur, ascending by ``numbers``: per key the code of each with the key's values
    and, for a DATETIME, the earliest time; the members of each cell. ``levels[i]``, if a later key
    multiplies the members of key i: the number of each cell's prefix, and the members by that
    number."""

    numbers: Ints
    codes: Sequence[Ints]
    factors: Sequence[Factors]
    times: Sequence[Ints | None]
    counts: Ints
    levels: Sequence[tuple[Ints, Ints] | None]


@dataclass(frozen=True, eq=False)
class _KeyValues:
    """A key over the grouped rows: entry i of row ``owners[i]`` has ``codes[i]`` and, for a
    DATETIME, the time ``times[i]``. Entries of a row are distinct; owners ascend."""

    owners: Ints
    codes: Ints
    times: Ints | None
    factors: Factors
    single: bool


def factorized(found: Source, keys: Sequence[Key]) -> tuple[Counted, tuple[Chunk, ...]]:
    """The cells of the keys that occur among a source's rows, numbered from 0, and the members."""
    access = found.access
    control = access.control
    rows = selected(found)
    members = np.arange(len(rows), dtype=np.int64)
    ids = np.zeros(len(rows), dtype=np.int64)
    codes: list[Ints] = []
    factors: list[Factors] = []
    times: list[Ints | None] = []
    prefixes: list[Ints] = []
    counts: list[Ints] = []
    held = 0
    for key in keys:
        values = _values(access, rows, key)
        joined, picked = _join(control, members, values, len(rows))
        span = values.factors.null + 1
        with control.working(_JOINING * len(picked), _WHAT):
            cells, new_ids = numbered(control, ids[joined] * span + values.codes[picked])
            members = members[joined]
            earliest = None
            if values.times is not None:
                earliest, _ = extremes_by_group(
                    control, new_ids, values.times[picked], len(cells), largest=False
                )
        # Members and their numbers take the place of what they were joined from.
        del joined, picked
        control.release(held)
        held = _MEMBER * len(new_ids)
        control.reserve(_CELL * (len(codes) + 2) * len(cells), "groups")
        parents = cells // span
        codes = [c[parents] for c in codes] + [cells % span]
        times = [None if t is None else t[parents] for t in times]
        times.append(earliest)
        factors.append(values.factors)
        prefixes = [p[parents] for p in prefixes] + [np.arange(len(cells), dtype=np.int64)]
        counts.append(np.bincount(new_ids, minlength=len(cells)))
        ids = new_ids
    levels = list(zip(prefixes, counts, strict=True))
    counted = Counted(
        np.arange(len(counts[-1]), dtype=np.int64), codes, factors, times, counts[-1], levels
    )
    control.reserve(_MEMBER * len(ids), _WHAT)
    return counted, tuple(_chunks(rows, members, narrow_unsigned(ids, len(counts[-1]))))


_WHAT = "group members"

_MEMBER = 16
"""Bytes that a member and its number take."""

_JOINING = 32
"""Bytes a member that numbering it takes beside sorting."""

_CELL = 24
"""Bytes that a cell takes for each key."""


def _chunks(rows: Ints, members: Ints, ids: Ints) -> list[Chunk]:
    """Members, which ascend by row, in pieces of whole rows."""
    made = []
    for first in range(0, len(rows), MORSEL):
        last = min(first + MORSEL, len(rows))
        begin, end = np.searchsorted(members, (first, last))
        places = members[begin:end] - first
        made.append(Chunk(rows[first:last], places, ids[begin:end]))
    return made


def _values(access: Access, rows: Ints, key: Key) -> _KeyValues:
    found = numbered_values(access, rows, key.expression, _WHAT)
    if found.offsets is None:
        return _KeyValues(found.owners, found.factors.codes, found.times, found.factors, True)
    owners, codes, *times = distinct_by_row(access.control, found, _distinct, _WHAT)
    return _KeyValues(owners, codes, times[0] if times else None, found.factors, False)


def _distinct(found: Numbered) -> tuple[Ints, ...]:
    """The distinct values of each row, ``(owners, codes)``, and for a DATETIME the earliest time of
    each. Rows without a value belong to the null group; of KEYS it is left out once all is
    counted."""
    assert found.offsets is not None
    null, size = found.factors.null, len(found.offsets) - 1
    has = found.factors.codes != null
    owners, codes = found.owners[has], found.factors.codes[has]
    span = null + 1
    pairs, ids = dense(owners * span + codes)
    owners, codes = pairs // span, pairs % span
    empty = np.flatnonzero(np.bincount(owners, minlength=size) == 0)
    order = np.argsort(np.concatenate((owners, empty)), kind="stable")
    made = [
        np.concatenate((owners, empty))[order],
        np.concatenate((codes, np.full(len(empty), null)))[order],
    ]
    if found.times is not None:
        times, _ = group_extremes(ids, found.times[has], len(pairs), largest=False)
        made.append(np.concatenate((times, np.zeros(len(empty), dtype=np.int64)))[order])
    return tuple(made)


def _join(control: Control, rows: Ints, values: _KeyValues, size: int) -> tuple[Ints, Ints]:
    """Each member with each of its row's key values: ``(members, entries of values)``."""
    if values.single:
        control.reserve(_MEMBER * len(rows), _WHAT)
        return np.arange(len(rows), dtype=np.int64), rows
    lengths = np.bincount(values.owners, minlength=size)
    starts = np.cumsum(lengths) - lengths
    own = lengths[rows]
    total = int(own.sum())
    control.reserve(_MEMBER * total, _WHAT)
    with control.working(_MEMBER * total, _WHAT):
        members = np.repeat(np.arange(len(rows), dtype=np.int64), own)
        begin = np.cumsum(own) - own
        picked = np.repeat(starts[rows] - begin, own)
        picked += np.arange(len(members), dtype=np.int64)
    return members, picked
